"""ISO 20022 as the rails speak it: typed records in and out of validated bytes."""
