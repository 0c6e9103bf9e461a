"""What authorities see: figures of their own jurisdiction, and signed ones of others."""
