"""What goes between a door and its writer comes out as it went in, and nothing else is built."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qantara.db import Tx
from qantara.db.events import Happening
from qantara.db.mail import Incoming
from qantara.errors import Conflict, Malformed, NotFound, Reason, Refused
from qantara.host import codec
from qantara.ledger.model import AccountClass, NewAccount
from qantara.money import MYR, PKR, Money, Rate
from qantara.rails.model import Defect, InvalidMessage
from qantara.remittance import flow as remittance

NOW = datetime(2026, 3, 2, 8, 0, 0, 123456, tzinfo=UTC)
leaves = st.one_of(
    *(
        st.none(),
        st.booleans(),
        st.text(),
        st.binary(),
        st.integers(),
        st.decimals(allow_nan=False),
    ),
    *(st.datetimes(timezones=st.just(UTC)), st.dates(), st.times(), st.timedeltas()),
    *(st.fractions(), st.sampled_from(Reason), st.floats(allow_nan=False)),
    st.builds(Money, st.integers(), st.sampled_from([MYR, PKR])),
)
keys = st.one_of(st.text(), st.integers(), st.sampled_from(Reason), st.dates())
values = st.recursive(
    leaves,
    lambda inner: st.one_of(
        *(st.lists(inner), st.lists(inner).map(tuple), st.dictionaries(keys, inner)),
        st.frozensets(leaves),
        st.builds(Refused, st.sampled_from(Reason), facts=st.dictionaries(st.text(), inner)),
    ),
    max_leaves=12,
)


@given(values)
def test_a_value_comes_out_as_it_went_in(value: object) -> None:
    back = codec.decode(codec.encode(value))
    assert back == value
    assert type(back) is type(value)


@pytest.mark.parametrize(
    "value",
    [
        *(NOW, date(2026, 3, 2), time(8), timedelta(days=-1, microseconds=1), Decimal("1.10")),
        *(Fraction(1, 3), 10**38, -(2**63), 2**63, {1, 2}, frozenset({MYR})),
        Happening(1, "rem_1", "quoted", NOW),
        Incoming("my", "key", "pacs.008", None, b"\x00<xml/>"),
        NewAccount("customer/1", MYR, AccountClass.E_MONEY, floor=0),
        Rate(MYR, PKR, Decimal("63.5")),
    ],
    ids=repr,
)
def test_so_does_every_kind_of_it(value: object) -> None:
    back = codec.decode(codec.encode(value))
    assert (back, type(back)) == (value, type(value))


@pytest.mark.parametrize(
    "error",
    [
        Conflict(Reason.ID_REUSED, id="x"),
        NotFound(Reason.ACCOUNT_NOT_FOUND),
        InvalidMessage(Reason.BODY_MALFORMED, (Defect("/a", "b", "c"),)),
    ],
    ids=lambda error: type(error).__name__,
)
def test_an_error_keeps_its_kind_reason_and_facts(error: Exception) -> None:
    back = codec.decode(codec.encode(error))
    assert (type(back), vars(back), str(back)) == (type(error), vars(error), str(error))


@pytest.mark.parametrize(
    "said",
    [
        ["record", "os:system", "true"],
        ["record", "qantara.host.codec:asyncio.Lock"],
        ["record", "qantara.db.database:Database", "postgresql://elsewhere"],
        ["record", "qantara.nowhere:Thing", 1],
        ["record", "qantara.money:Money", 1],
        ["enum", "qantara.money:Money", 1],
        ["enum", "qantara.errors:Reason", "no such reason"],
        ["error", "qantara.errors:Refused", ["map"]],
        ["what", 1],
        [],
        ["int"],
        ["datetime", "yesterday"],
    ],
    ids=repr,
)
def test_nothing_but_values_of_ours_is_built(said: list[Any]) -> None:
    with pytest.raises(Malformed):
        codec.decode(msgspec.msgpack.encode(said))


class Stranger:
    pass


@pytest.mark.parametrize(
    "value",
    [Stranger(), object(), asyncio.Lock, iter(())],
    ids=["record", "object", "class", "iterator"],
)
def test_what_is_none_of_ours_does_not_go(value: object) -> None:
    with pytest.raises((TypeError, AttributeError)):
        codec.encode(value)


def test_a_verb_is_called_by_its_name() -> None:
    name = codec.name_of(remittance.accept)
    assert codec.verb_of(name) is remittance.accept


@pytest.mark.parametrize(
    "name",
    [
        "qantara.remittance.flow:nothing",
        "qantara.clock:utc_now",
        "qantara.host.hatch:Hatch.open",
        "asyncio:sleep",
        "qantara.host.codec:asyncio.sleep",
        "qantara.db.events:of",
    ],
)
def test_what_is_no_verb_is_not_called(name: str) -> None:
    with pytest.raises(TypeError):
        codec.verb_of(name)


def made(word: str) -> Callable[..., Any]:
    async def verb(tx: Tx, _node: object, commands: Sequence[str], now: datetime) -> list[str]:
        return [word] * len(commands)

    return verb


def test_a_verb_that_only_one_process_has_cannot_be_named() -> None:
    with pytest.raises(TypeError):
        codec.name_of(made("x"))
