"""The roll: everybody who can act here, and every key, for those who look after them."""

from qantara.access.roll_store import acting_for, keys, keys_of, principals

__all__ = ["acting_for", "keys", "keys_of", "principals"]
