"""The words rules are written in: facts, expressions, and what they mean."""
