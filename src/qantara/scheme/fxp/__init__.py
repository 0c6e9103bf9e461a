"""An FX provider: pushes rates, and exchanges both legs in its own book in one chain."""
