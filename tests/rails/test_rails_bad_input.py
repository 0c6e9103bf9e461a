"""Whatever is wrong with a message from outside is told precisely, with its XPath."""

import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rails_goldens import GOLDEN
from rails_samples import (
    ARRIVING,
    FILE,
    NO_ANSWER,
    QUESTION,
    REJECTION,
    STATUS,
    TRANSFER,
)

from qantara.errors import Reason
from qantara.money import ASSETS
from qantara.rails import flow
from qantara.rails.dialect import FILE_CAP, SINGLE_CAP
from qantara.rails.model import InvalidMessage, MessageName, Profile
from qantara.rails.schemas import MOST_DEFECTS

NEXUS = flow.build(TRANSFER, Profile.NEXUS)
TX = "/Document/FIToFICstmrCdtTrf/CdtTrfTxInf"
HDR = "/Document/FIToFICstmrCdtTrf/GrpHdr"
BOMB = b"""<?xml version="1.0"?><!DOCTYPE d [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;">
<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;"><!ENTITY e "&c;&c;&c;&c;&c;&c;">]><d>&e;</d>"""
EXTERNAL = b'<!DOCTYPE Document SYSTEM "http://127.0.0.1:9/x.dtd"><Document/>'
STOLEN = b'<!DOCTYPE d [<!ENTITY f SYSTEM "file:///etc/passwd">]><d>&f;</d>'


def _swap(old, new, raw=NEXUS):
    changed = re.sub(old.encode(), new.encode(), raw, count=1)
    assert changed != raw
    return changed


def _refused(raw, profile=Profile.NEXUS, name=None):
    with pytest.raises(InvalidMessage) as caught:
        flow.read(raw, profile, name)
    return caught.value


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b"", "Not well-formed"),
        (b"this is no xml", "Not well-formed"),
        (NEXUS[:-20], "Not well-formed"),
        (_swap("Aisyah", "\x00"), "Not well-formed"),
        (NEXUS.decode().encode("utf-16"), "Not well-formed"),
        (b"<d>" * 400 + b"</d>" * 400, "Not well-formed"),
        (BOMB, "document type"),
        (EXTERNAL, "document type"),
        (STOLEN, "document type"),
    ],
    ids=["empty", "text", "cut", "nul", "utf-16", "deep", "bomb", "external-dtd", "file"],
)
def test_what_is_not_plain_xml_is_unreadable(raw, words):
    error = _refused(raw)
    assert error.reason is Reason.MESSAGE_UNREADABLE
    assert error.defects[0].xpath == "/"
    assert words in error.defects[0].message
    assert [one.code for one in flow.validate(raw)] == [Reason.MESSAGE_UNREADABLE]


@pytest.mark.parametrize(
    ("profile", "cap"), [(Profile.NEXUS, SINGLE_CAP), (Profile.CUSTOMER, FILE_CAP)]
)
def test_an_oversized_message_is_not_even_parsed(profile, cap):
    error = _refused(b" " * (cap + 1), profile)
    assert error.reason is Reason.BODY_TOO_LARGE
    assert str(cap) in error.defects[0].message


def test_only_a_payment_file_may_be_large_when_nobody_says_what_it_is():
    large = b" " * (SINGLE_CAP + 1)
    assert flow.validate(NEXUS + large)[0].code is Reason.BODY_TOO_LARGE
    assert flow.validate(flow.build(FILE, Profile.CUSTOMER) + large) == []


@pytest.mark.parametrize(
    "raw",
    [
        _swap("pacs.008.001.13", "pacs.008.001.08"),
        _swap("pacs.008.001.13", "camt.103.001.03"),
        _swap(' xmlns="[^"]*"', ""),
        flow.build(FILE, Profile.CUSTOMER),
    ],
    ids=["older", "foreign", "none", "not-spoken-here"],
)
def test_another_version_or_message_is_named(raw):
    error = _refused(raw)
    assert error.reason is Reason.MESSAGE_VERSION
    assert error.defects[0].xpath == "/Document"
    assert "pacs.008.001.13" in error.defects[0].message


def test_a_known_message_where_another_is_due_is_refused():
    error = _refused(flow.build(STATUS, Profile.NEXUS), name=MessageName.CREDIT_TRANSFER)
    assert error.reason is Reason.MESSAGE_VERSION


DEFECTS = {
    "missing": ("<UETR>.*?</UETR>", "", f"{TX}/PmtId/UETR", Reason.MESSAGE_ELEMENT_MISSING),
    "missing-last": (
        "<CdtrAcct>.*?</CdtrAcct>",
        "",
        f"{TX}/CdtrAcct",
        Reason.MESSAGE_ELEMENT_MISSING,
    ),
    "missing-second-charge": (
        "(?s)<ChrgsInf>((?!ChrgsInf).)*</ChrgsInf>(?=<InstgAgt)",
        "",
        f"{TX}/ChrgsInf",
        Reason.MESSAGE_ELEMENT_MISSING,
    ),
    "wrong-order": (
        "(<EndToEndId>.*?</EndToEndId>)(<TxId>.*?</TxId>)",
        r"\2\1",
        f"{TX}/PmtId/TxId",
        Reason.MESSAGE_SCHEMA,
    ),
    "unknown-element": ("<ChrgBr>", "<Foo/><ChrgBr>", f"{TX}/Foo", Reason.MESSAGE_SCHEMA),
    "old-place-of-acceptance": (
        "<AddtlDtTm>(.*?)</AddtlDtTm>",
        r"\1",
        f"{TX}/AddtlDtTm",
        Reason.MESSAGE_ELEMENT_MISSING,
    ),
    "two-transactions": (
        "(?s)(<CdtTrfTxInf>.*</CdtTrfTxInf>)",
        r"\1\1",
        f"{TX}[2]",
        Reason.MESSAGE_SCHEMA,
    ),
    "bearer": (">SHAR<", ">SLEV<", f"{TX}/ChrgBr", Reason.MESSAGE_CODE_UNKNOWN),
    "priority": (">NORM<", ">URGP<", f"{TX}/PmtTpInf/InstrPrty", Reason.MESSAGE_CODE_UNKNOWN),
    "decimals": (">500.00<", ">500.001<", f"{TX}/InstdAmt", Reason.AMOUNT_SCALE),
    "no-decimals": (">500.00<", ">500<", f"{TX}/InstdAmt", Reason.AMOUNT_SCALE),
    "zero": (">500.00<", ">0.00<", f"{TX}/InstdAmt", Reason.AMOUNT_NOT_POSITIVE),
    "negative": (">500.00<", ">-5.00<", f"{TX}/InstdAmt", Reason.AMOUNT_NOT_POSITIVE),
    "no-number": (">500.00<", ">1e3<", f"{TX}/InstdAmt", Reason.AMOUNT_MALFORMED),
    "currency": (
        'InstdAmt Ccy="MYR"',
        'InstdAmt Ccy="ZZZ"',
        f"{TX}/InstdAmt/@Ccy",
        Reason.CURRENCY_UNKNOWN,
    ),
    "no-currency": (
        'InstdAmt Ccy="MYR"',
        "InstdAmt",
        f"{TX}/InstdAmt/@Ccy",
        Reason.MESSAGE_ELEMENT_MISSING,
    ),
    "odd-attribute": (
        "InstdAmt Ccy=",
        'InstdAmt x="1" Ccy=',
        f"{TX}/InstdAmt/@x",
        Reason.MESSAGE_SCHEMA,
    ),
    "upper-uetr": ("3f0c1d6e", "3F0C1D6E", f"{TX}/PmtId/UETR", Reason.MESSAGE_SCHEMA),
    "hyphened-message-id": (
        "<MsgId>.*?<",
        "<MsgId>0197a1b2-c3d4-e5f6-0718-293a4b5c6d01<",
        f"{HDR}/MsgId",
        Reason.MESSAGE_SCHEMA,
    ),
    "local-time": (
        "<CreDtTm>.*?<",
        "<CreDtTm>2026-03-02T16:00:00+08:00<",
        f"{HDR}/CreDtTm",
        Reason.TIME_MALFORMED,
    ),
    "hour-24": (
        "<CreDtTm>.*?<",
        "<CreDtTm>2026-03-02T24:00:00Z<",
        f"{HDR}/CreDtTm",
        Reason.TIME_MALFORMED,
    ),
    "no-day": (">2026-03-02<", ">2026-02-30<", f"{TX}/IntrBkSttlmDt", Reason.TIME_MALFORMED),
    "slash": (">RENT/", ">/RENT/", f"{TX}/PmtId/EndToEndId", Reason.MESSAGE_SCHEMA),
    "double-slash": (">RENT/", ">RENT//", f"{TX}/PmtId/EndToEndId", Reason.MESSAGE_SCHEMA),
    "urdu": ("Bilal Ahmed", "&#x628;&#x644;&#x627;&#x644;", f"{TX}/Cdtr/Nm", Reason.MESSAGE_SCHEMA),
    "coded-purpose-only": (
        "<Purp><Cd>RENT</Cd></Purp>",
        "<Purp><Prtry>RENT</Prtry></Purp>",
        f"{TX}/Purp/Cd",
        Reason.MESSAGE_ELEMENT_MISSING,
    ),
    "charge-currency": (
        'Amt Ccy="PKR">50.00',
        'Amt Ccy="EUR">50.00',
        f"{TX}/ChrgsInf[2]/Amt/@Ccy",
        Reason.CURRENCY_MISMATCH,
    ),
    "unknown-payer": (
        "<PstlAdr>.*?</PstlAdr>",
        "",
        f"{TX}/Dbtr/PstlAdr",
        Reason.MESSAGE_ELEMENT_MISSING,
    ),
}


@pytest.mark.parametrize("case", DEFECTS)
def test_each_defect_is_named_with_its_place(case):
    old, new, xpath, code = DEFECTS[case]
    raw = _swap(old, new)
    error = _refused(raw)
    assert error.reason is Reason.MESSAGE_SCHEMA
    found = flow.validate(raw)
    assert tuple(found) == error.defects
    assert [(one.xpath, one.code) for one in found] == [(xpath, code)]
    assert found[0].message.endswith(".")


def test_all_defects_are_told_not_only_the_first():
    raw = _swap(">SHAR<", ">SLEV<", _swap(">500.00<", ">500.0<", _swap("3f0c", "3F0C")))
    assert [one.xpath.rpartition("/")[2] for one in flow.validate(raw)] == [
        "UETR",
        "InstdAmt",
        "ChrgBr",
    ]


def test_a_prefix_in_place_of_the_default_namespace_changes_nothing():
    raw = re.sub(rb"<(/?)(\w)", rb"<\1m:\2", NEXUS.partition(b"\n")[2])
    raw = raw.replace(b" xmlns=", b" xmlns:m=")
    assert flow.read(raw, Profile.NEXUS) == TRANSFER
    bad = raw.replace(b">SHAR<", b">SLEV<")
    assert flow.validate(bad)[0].xpath == f"{TX}/ChrgBr"


def test_a_file_wrong_in_every_line_is_refused_at_once():
    lines = re.search(rb"<CdtTrfTxInf>.*?</CdtTrfTxInf>", flow.build(FILE, Profile.CUSTOMER))[0]
    wrong = lines.replace(b"<Cdtr>", b"<Who>").replace(b"</Cdtr>", b"</Who>")
    raw = flow.build(FILE, Profile.CUSTOMER).replace(lines, wrong * 5000)
    found = flow.validate(raw)
    assert len(found) == MOST_DEFECTS
    assert found[1].xpath == "/Document/CstmrCdtTrfInitn/PmtInf/CdtTrfTxInf[2]/Cdtr"


@pytest.mark.parametrize("amount", ["NaN", "1e999999999", "1_0", "-1", "", "٣"])
def test_an_odd_amount_is_the_instructions_own_defect(amount):
    raw = _swap(">500.00<", f">{amount}<", flow.build(FILE, Profile.CUSTOMER))
    assert flow.read(raw, Profile.CUSTOMER).instructions[2].amount == amount


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(list(GOLDEN.values())), st.data())
def test_no_damage_gets_past_as_anything_but_an_invalid_message(golden, data):
    """Bytes cut out, doubled or replaced: a record, or `InvalidMessage` with its place."""
    profile, message = golden
    raw = flow.build(message, profile)
    start = data.draw(st.integers(0, len(raw)))
    end = start + data.draw(st.integers(0, 60))
    middle = data.draw(st.sampled_from([b"", raw[start:end] * 2, b"9", b"<a/>", b"T24:00:00Z"]))
    damaged = raw[:start] + middle + raw[end:]
    places = ["/"]
    try:
        flow.read(damaged, profile)
    except InvalidMessage as error:
        places = [one.xpath for one in error.defects]
    assert all(place.startswith("/") for place in places)


def test_each_thread_has_its_own_schemas():
    with ThreadPoolExecutor(4) as pool:
        read = list(pool.map(lambda raw: flow.read(raw, Profile.NEXUS), [NEXUS] * 64))
    assert read == [TRANSFER] * 64


def test_comments_and_cdata_do_not_disturb_the_reading():
    raw = _swap("<PmtId>", "<PmtId><!-- x --><?y z?>")
    raw = _swap("Bilal Ahmed", "<![CDATA[Bilal]]> Ahmed", raw)
    assert flow.read(raw, Profile.NEXUS) == TRANSFER


def test_a_rejection_without_reason_is_refused():
    raw = _swap("<StsRsnInf>.*</StsRsnInf>", "", flow.build(REJECTION, Profile.NEXUS))
    assert [one.xpath for one in flow.validate(raw)] == [
        "/Document/FIToFIPmtStsRpt/TxInfAndSts/StsRsnInf/Rsn/Cd"
    ]


@pytest.mark.parametrize("code", ["AC01", "BE23", "NOPE"])
def test_a_reason_outside_the_nexus_set_is_refused(code):
    raw = _swap(">AC04<", f">{code}<", flow.build(REJECTION, Profile.NEXUS))
    assert flow.validate(raw)[0].code is Reason.MESSAGE_CODE_UNKNOWN


def test_an_unconfirmed_account_has_a_reason():
    raw = _swap("<Rsn>.*</Rsn>", "", flow.build(NO_ANSWER, Profile.NEXUS))
    assert [one.xpath for one in flow.validate(raw)] == ["/Document/IdVrfctnRpt/Rpt/Rsn/Cd"]


def test_the_routing_country_is_mandatory():
    raw = _swap("<Ctry>PK</Ctry>", "", flow.build(QUESTION, Profile.NEXUS))
    assert flow.validate(raw)[0].xpath.endswith("/Assgne/Agt/FinInstnId/PstlAdr/Ctry")


def test_the_schema_knows_exactly_the_currencies_of_the_platform():
    """And their decimals: two or none, which the schema lets through and a look at each finds."""
    assert {asset.scale for asset in ASSETS.values()} == {0, 2}
    for code in ASSETS:
        raw = NEXUS.replace(b'InstdAmt Ccy="MYR"', f'InstdAmt Ccy="{code}"'.encode())
        assert Reason.CURRENCY_UNKNOWN not in {one.code for one in flow.validate(raw)}


@pytest.mark.parametrize(
    ("currency", "amount", "fits"),
    [("VND", "500", True), ("VND", "500.00", False), ("MYR", "500", False), ("MYR", "1.00", True)],
)
def test_an_amount_in_the_form_of_another_currency_is_refused(currency, amount, fits):
    said = f'<InstdAmt Ccy="{currency}">{amount}</InstdAmt>'.encode()
    raw = re.sub(rb"<InstdAmt Ccy=.*?</InstdAmt>", said, NEXUS)
    found = [one.xpath for one in flow.validate(raw) if one.code is Reason.AMOUNT_SCALE]
    assert [each.rpartition("/")[2] for each in found] == ([] if fits else ["InstdAmt"])


@pytest.mark.parametrize(
    ("old", "new", "xpath"),
    [
        (
            "<Fr>.*?<BICFI>WAUEMYK0",
            "<Fr><FIId><FinInstnId><BICFI>SAPMMYK0",
            "Fr/FIId/FinInstnId/BICFI",
        ),
        ("110OXB", "010OXB", "BizMsgIdr"),
        ("<MsgDefIdr>pacs.008.001.13", "<MsgDefIdr>pacs.002.001.15", "MsgDefIdr"),
        ("110OXB", "999OXB", "BizMsgIdr"),
    ],
)
def test_a_duitnow_header_that_contradicts_its_document_is_refused(old, new, xpath):
    raw = _swap(old, new, flow.build(TRANSFER, Profile.DUITNOW))
    assert [one.xpath for one in flow.validate(raw)] == [f"/BusMsg/AppHdr/{xpath}"]
    assert _refused(raw, Profile.DUITNOW).reason is Reason.MESSAGE_SCHEMA


def test_duitnow_takes_no_naked_document_and_nexus_no_envelope():
    assert _refused(NEXUS, Profile.DUITNOW).defects[0].xpath == "/Document"
    wrapped = flow.build(TRANSFER, Profile.DUITNOW)
    assert _refused(wrapped).defects[0].xpath == "/BusMsg"


def test_a_defect_in_an_envelope_is_placed_within_it():
    raw = _swap(">SHAR<", ">SLEV<", flow.build(TRANSFER, Profile.DUITNOW))
    assert flow.validate(raw)[0].xpath == f"/BusMsg{TX}/ChrgBr"


@pytest.mark.parametrize(
    ("profile", "message", "old", "new", "step"),
    [
        (Profile.RAAST, ARRIVING, "<IBAN>PK70RAVI", "<IBAN>PK70RAV", "CdtrAcct/Id"),
        (Profile.RAAST, ARRIVING, "<IBAN>PK70RAVI", "<IBAN>FR70RAVI", "CdtrAcct/Id"),
        (
            Profile.DUITNOW,
            TRANSFER,
            "<Othr><Id>112233445566</Id></Othr>",
            "<IBAN>MY70WAUE0000000011223344</IBAN>",
            "DbtrAcct/Id",
        ),
    ],
)
def test_an_account_has_the_form_of_its_country(profile, message, old, new, step):
    raw = _swap(old, new, flow.build(message, profile))
    assert flow.validate(raw, profile)[0].xpath.endswith(f"CdtTrfTxInf/{step}")


@pytest.mark.parametrize(("profile", "message"), [(Profile.RAAST, TRANSFER)])
def test_a_rail_carries_its_own_currency_only(profile, message):
    raw = flow.build(message, Profile.NEXUS)
    assert flow.validate(raw, profile)[0].xpath == f"{TX}/IntrBkSttlmAmt/@Ccy"
