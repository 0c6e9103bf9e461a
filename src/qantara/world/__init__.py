"""Whole worlds: every role wired together, with invented people and money, for demo and test."""
