import hashlib

from hypothesis import assume, given
from hypothesis import strategies as st

from qantara import merkle

leaves_of = st.lists(st.binary(max_size=8), min_size=1, max_size=40)


def _by_the_book(leaves: list[bytes]) -> bytes:
    """RFC 9162 2.1.1, as it is written there."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return hashlib.sha256(b"\x00" + leaves[0]).digest()
    middle = 1 << (len(leaves) - 1).bit_length() - 1
    halves = _by_the_book(leaves[:middle]) + _by_the_book(leaves[middle:])
    return hashlib.sha256(b"\x01" + halves).digest()


@given(st.lists(st.binary(max_size=8), max_size=40))
def test_the_root_is_that_of_the_standard(leaves: list[bytes]) -> None:
    assert merkle.root(leaves) == _by_the_book(leaves)


@given(leaves_of, st.data())
def test_a_proof_joins_its_leaf_to_the_root(leaves: list[bytes], data: st.DataObject) -> None:
    index = data.draw(st.integers(0, len(leaves) - 1))
    path = merkle.proof(leaves, index)
    assert merkle.verify(leaves[index], index, len(leaves), path, merkle.root(leaves))


@given(leaves_of, st.data())
def test_a_proof_fits_nothing_else(leaves: list[bytes], data: st.DataObject) -> None:
    index = data.draw(st.integers(0, len(leaves) - 1))
    path, size, root = merkle.proof(leaves, index), len(leaves), merkle.root(leaves)
    assert not merkle.verify(leaves[index] + b"!", index, size, path, root)
    assert not merkle.verify(leaves[index], index, size, [*path, b"\x00" * 32], root)
    if path:
        assert not merkle.verify(leaves[index], index, size, path[:-1], root)
        assert not merkle.verify(leaves[index], index, size, [*path[1:], b"\x00" * 32], root)


@given(leaves_of, st.data())
def test_a_leaf_is_proved_at_its_own_place_only(leaves: list[bytes], data: st.DataObject) -> None:
    assume(len(set(leaves)) == len(leaves))
    index = data.draw(st.integers(0, len(leaves) - 1))
    path, root = merkle.proof(leaves, index), merkle.root(leaves)
    for other in range(-1, len(leaves) + 1):
        if other != index:
            assert not merkle.verify(leaves[index], other, len(leaves), path, root)
