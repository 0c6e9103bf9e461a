"""A pacs.008 that breaks its guideline is answered, as long as it says whose answer it needs."""

import re

import pytest
from scheme_gateway_acts import forwarded, letters, opened, quoted, told
from scheme_nodes import GATEWAY_NODE, source_transfer

from moments import NOW, Fresh
from qantara.db.mail import Incoming
from qantara.rails import flow as rails
from qantara.rails.model import CreditTransfer, InvalidMessage, Profile, Status
from qantara.scheme.gateway import flow
from qantara.scheme.gateway.flow import Unreadable


def without(tag: str) -> tuple[str, str]:
    return rf"<{tag}>.*?</{tag}>", ""


BROKEN = {
    "standard element missing": (*without("CdtrAgt"), "FF01"),
    "wrong order": (*(r"(<InstgAgt>.*?</InstgAgt>)(<InstdAgt>.*?</InstdAgt>)", r"\2\1", "FF01"),),
    "not well-formed": (r"</Document>", "", "FF01"),
    "another version": (r"pacs\.008\.001\.13", "pacs.008.001.12", "FF01"),
    "a document type": (r"\?>", "?><!DOCTYPE x>", "FF01"),
    "usage element missing": (*without("InstrPrty"), "CH21"),
    "no fee of the payee's provider": (
        *(r"(<ChrgsInf>.*?</ChrgsInf>)<ChrgsInf>.*?</ChrgsInf>", r"\1", "CH21"),
    ),
    "no acceptance time": (*without("AddtlDtTm"), "CH21"),
    "proprietary purpose": (
        *(r"</CdtrAcct>", "</CdtrAcct><Purp><Prtry>GIFT</Prtry></Purp>", "CH21"),
    ),
    "priority outside its set": (r"<InstrPrty>NORM", "<InstrPrty>FAST", "CH21"),
    "three decimals": (r"(<InstdAmt Ccy=\"MYR\">[0-9]+\.[0-9]{2})", r"\g<1>5", "CH20"),
    "schema before usage": (r"<InstrPrty>.*?</InstrPrty>|<CdtrAgt>.*?</CdtrAgt>", "", "FF01"),
}


def unreadable(transfer: CreditTransfer, pattern: str, instead: str) -> Unreadable:
    raw = rails.build(transfer, Profile.NEXUS)
    broken = re.sub(pattern, instead, raw.decode()).encode()
    assert broken != raw
    with pytest.raises(InvalidMessage) as found:
        rails.read(broken, Profile.NEXUS)
    name = rails.name_of(transfer, Profile.NEXUS).value
    return Unreadable(Incoming("duitnow", "key", name, None, broken), found.value)


@pytest.mark.parametrize("name", BROKEN)
async def test_each_breach_has_its_code(fresh: Fresh, name: str) -> None:
    tx = await opened(fresh)
    pattern, instead, code = BROKEN[name]
    transfer = source_transfer(await quoted(tx))
    item = unreadable(transfer, pattern, instead)
    for _ in range(2):
        assert await flow.reject_unreadable(tx, GATEWAY_NODE, [item], NOW) == [None]
    said = await told(tx)
    assert [(one.status, one.reason) for one in said] == [(Status.RJCT, code)] * 2
    assert {(one.uetr, one.original_message_id) for one in said} == {
        (transfer.uetr, transfer.message_id)
    }
    assert len({one.message_id for one in said}) == 1
    assert await letters(tx, "raast") == []


async def test_what_names_nobody_is_refused_to_who_brought_it(fresh: Fresh) -> None:
    tx = await opened(fresh)
    transfer = source_transfer(await quoted(tx))
    for pattern in (r"<UETR>.*?</UETR>", r"<MsgId>.*?</MsgId>", r"<UETR>..", r".*"):
        raw = re.sub(pattern, "", rails.build(transfer, Profile.NEXUS).decode()).encode()
        with pytest.raises(InvalidMessage) as found:
            rails.read(raw, Profile.NEXUS)
        item = Unreadable(Incoming("duitnow", "key", "pacs.008.001.13", None, raw), found.value)
        assert await flow.reject_unreadable(tx, GATEWAY_NODE, [item], NOW) == [found.value]
    assert await told(tx) == []


async def test_a_payment_on_its_way_is_not_rejected_by_a_broken_copy_of_it(fresh: Fresh) -> None:
    tx = await opened(fresh)
    transfer, _ = await forwarded(tx)
    item = unreadable(transfer, *without("InstrPrty"))
    assert await flow.reject_unreadable(tx, GATEWAY_NODE, [item], NOW) == [item.error]
    assert await told(tx) == []


def test_looking_for_ids_is_quick_on_anything() -> None:
    for part in (b"<MsgId>" * 9000, b"<MsgId>" + b" " * 60_000, b"<x:" * 20_000):
        assert rails.remains(part) is None
