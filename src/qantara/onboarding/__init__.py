"""How people become customers: step by step, tier by tier, with reasons."""
