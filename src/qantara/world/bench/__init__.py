"""Measurements anyone can repeat: figures as ratios to a yardstick of the same run."""
