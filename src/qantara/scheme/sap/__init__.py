"""A settlement access provider: keeps the FX provider's account and speaks for it in a system."""
