"""The whole corridor as a stepped simulation: a seed decides what happens next and what goes
wrong, and the same seed does it again.
"""
