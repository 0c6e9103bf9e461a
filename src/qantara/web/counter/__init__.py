"""The counter: what an agent's screen shows, and does, for whoever stands before it."""
