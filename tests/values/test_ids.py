import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qantara import ids
from qantara.errors import Malformed

uuids = st.uuids()
prefixes = st.sampled_from(["rem", "acc", "cus"])


@given(prefixes, uuids)
def test_an_id_gives_its_uuid_back(prefix: str, value: uuid.UUID) -> None:
    text = ids.encode(prefix, value)
    assert ids.decode(prefix, text) == value
    assert len(text) == len(prefix) + 27


@given(uuids, uuids)
def test_ids_sort_as_their_uuids_do(one: uuid.UUID, other: uuid.UUID) -> None:
    assert (ids.encode("rem", one) < ids.encode("rem", other)) is (one < other)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "rem",
        "rem_",
        "acc_00000000000000000000000000",
        "rem_0000000000000000000000000",
        "rem_000000000000000000000000000",
        "rem_0000000000000000000000000i",
        "rem_0000000000000000000000000A",
        "rem_z0000000000000000000000000",
        "rem_80000000000000000000000000",
        " rem_00000000000000000000000000",
    ],
)
def test_what_is_no_id_is_malformed(text: str) -> None:
    with pytest.raises(Malformed):
        ids.decode("rem", text)


@given(st.text())
def test_any_text_is_an_id_or_malformed(text: str) -> None:
    try:
        value = ids.decode("rem", text)
    except Malformed:
        return
    assert ids.encode("rem", value) == text


def test_a_new_id_is_a_version_7_uuid_and_rises_with_time() -> None:
    made = [ids.decode("rem", ids.new("rem")) for _ in range(1000)]
    assert {(value.version, value.variant) for value in made} == {(7, uuid.RFC_4122)}
    moments = [value.int >> 80 for value in made]
    assert moments == sorted(moments)
    assert len(set(made)) == 1000


_WORDS = st.text(st.characters(codec="utf-8", exclude_characters="\x1f"))


@given(st.lists(_WORDS, min_size=1), st.text())
def test_the_same_words_give_the_same_id(words: list[str], other: str) -> None:
    value = ids.decode("rem", ids.derived("rem", *words))
    assert (value.version, value.variant) == (8, uuid.RFC_4122)
    assert ids.derived("rem", *words) == ids.derived("rem", *words)
    assert ids.derived("rem", *words) != ids.derived("rem", *words, other)


def test_words_are_kept_apart() -> None:
    assert ids.derived("rem", "ab", "c") != ids.derived("rem", "a", "bc")


def test_references_of_messages_have_their_standards_form() -> None:
    uetr = ids.new_uetr()
    assert uuid.UUID(uetr).version == 4
    assert uetr == uetr.lower()
    assert len(ids.new_message_id()) == 32
