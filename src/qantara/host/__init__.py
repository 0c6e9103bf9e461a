"""Assembles roles: database, writer, doors, delivery and links, in one process or several."""
