"""Payment-scheme operators and the world around them, each with its own database and books.

`gateway` (Nexus), `ips` (DuitNow and Raast), `sap` (settlement access provider), `fxp` (FX
provider). They know nothing of each other but the messages.
"""
