"""Rulebooks: dated, cited entries, read from files and written out again."""
