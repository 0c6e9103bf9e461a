"""Merkle roots over ordered leaves, as RFC 9162 section 2.1 builds them with SHA-256."""

import hashlib
from collections.abc import Sequence

EMPTY_ROOT = hashlib.sha256(b"").digest()


def leaf_hash(data: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def root(leaves: Sequence[bytes]) -> bytes:
    """The root over leaf data; the root of nothing is the hash of the empty string.

    Pairing neighbours level by level, with an odd last node carried up unchanged, gives the
    same tree as the recursive split at the largest power of two.
    """
    level = [leaf_hash(leaf) for leaf in leaves]
    if not level:
        return EMPTY_ROOT
    while len(level) > 1:
        paired = [node_hash(level[i], level[i + 1]) for i in range(0, len(level) - 1, 2)]
        level = paired + level[len(level) - len(level) % 2 :]
    return level[0]


def proof(leaves: Sequence[bytes], index: int) -> list[bytes]:
    """The audit path of one leaf, from its sibling up to the root's children."""
    level, path = [leaf_hash(leaf) for leaf in leaves], []
    while len(level) > 1:
        sibling = index ^ 1
        if sibling < len(level):
            path.append(level[sibling])
        paired = [node_hash(level[i], level[i + 1]) for i in range(0, len(level) - 1, 2)]
        level = paired + level[len(level) - len(level) % 2 :]
        index //= 2
    return path


def verify(leaf: bytes, index: int, size: int, path: Sequence[bytes], expected: bytes) -> bool:
    """Whether the audit path joins the leaf to the expected root of a tree of `size` leaves."""
    if not 0 <= index < size:
        return False
    node, remaining, last = leaf_hash(leaf), list(path), size - 1
    while last > 0:
        if index % 2 == 1:
            node = node_hash(remaining.pop(0), node) if remaining else b""
        elif index < last:
            node = node_hash(node, remaining.pop(0)) if remaining else b""
        index //= 2
        last //= 2
    return not remaining and node == expected
