"""Whether the books are sound: lint, cases, and faults put in on purpose."""
