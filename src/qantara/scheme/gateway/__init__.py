"""The Nexus gateway: quotes, message validation and conversion, name resolution between systems."""
