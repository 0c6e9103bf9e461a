"""What is wrong with each of the other messages is told with its place, in the profile's words."""

import re
from datetime import timedelta

import pytest
import rails_samples as one
import rails_samples_afterwards as after
import rails_samples_euro as two
from msgspec.structs import replace
from rails_defects import ANSWER, CASES, PAGE, REQUEST, RETURN, TX
from rails_goldens import GOLDEN

from qantara.errors import Reason
from qantara.money import EUR, MYR, PKR, Money
from qantara.rails import flow
from qantara.rails.dialect import SINGLE_CAP
from qantara.rails.model import InvalidMessage, MessageName, Party, Profile, UnwritableMessage

P = Profile


def _swapped(raw, old, new):
    changed = re.sub(old.encode(), new.encode(), raw, count=1)
    assert changed != raw
    return changed


@pytest.mark.parametrize("case", CASES)
def test_each_defect_is_named_with_its_place(case):
    name, old, new, told = CASES[case]
    profile, message = GOLDEN[name]
    raw = _swapped(flow.build(message, profile), old, new)
    found = flow.validate(raw, profile)
    assert [(defect.xpath, defect.code) for defect in found] == [told]
    assert found[0].message.endswith(".")
    with pytest.raises(InvalidMessage) as caught:
        flow.read(raw, profile)
    assert caught.value.defects == tuple(found)


@pytest.mark.parametrize("name", GOLDEN)
def test_no_message_is_taken_in_another_version_with_an_entity_or_of_another_kind(name):
    profile, message = GOLDEN[name]
    raw = flow.build(message, profile)
    spoken = flow.name_of(message, profile)
    older = raw.replace(b"xsd:" + spoken.encode(), b"xsd:" + spoken[:-2].encode() + b"99")
    entity = raw.replace(b"<Document", b'<!DOCTYPE Document [<!ENTITY x "y">]><Document', 1)
    for damaged, reason in (
        (older, Reason.MESSAGE_VERSION),
        (entity, Reason.MESSAGE_UNREADABLE),
    ):
        with pytest.raises(InvalidMessage) as caught:
            flow.read(damaged, profile)
        assert caught.value.reason is reason
    other = MessageName.INITIATION if profile is not P.CUSTOMER else MessageName.CREDIT_TRANSFER
    with pytest.raises(InvalidMessage) as caught:
        flow.read(raw, profile, other)
    assert caught.value.reason is Reason.MESSAGE_VERSION


UNWRITABLE = {
    "alias-in-2019": (
        P.OCT_INST,
        replace(two.OUT, creditor_account=replace(two.OUT.creditor_account, other=None)),
        f"{TX}/CdtrAcct/Id",
    ),
    "wrong-rate-in-2019": (
        P.OCT_INST,
        replace(two.OUT, agreed_rate=replace(two.OUT.agreed_rate, unit_currency="PKR")),
        f"{TX}/IntrBkSttlmAmt/@Ccy",
    ),
    "unknown-reason": (
        P.RAAST,
        replace(one.REJECTION, reason="AC01"),
        "/Document/FIToFIPmtStsRpt/TxInfAndSts/StsRsnInf/Rsn/Cd",
    ),
    "sentence-alone": (
        P.NEXUS,
        replace(after.AGREED, reason_texts=("Why.",)),
        f"{ANSWER}/CxlStsRsnInf/Rsn/Cd",
    ),
    "period": (P.NEXUS, replace(after.DAY, ends_at=after.DAY.begins_at), f"{PAGE}/FrToDt/ToDtTm"),
    "foreign-entry": (
        P.NEXUS,
        replace(after.DAY, entries=(replace(after.DAY.entries[0], amount=Money(1, EUR)),)),
        f"{PAGE}/Ntry/Amt/@Ccy",
    ),
    "request-in-time": (
        P.RAAST_DOMESTIC,
        replace(two.NOW_PLEASE, expires_at=one.AT - timedelta(seconds=1)),
        f"{REQUEST}/XpryDt/DtTm",
    ),
    "name": (
        P.SCT_INST,
        replace(two.SEPA, debtor=Party("Zo\xeb")),
        f"{TX}/Dbtr/Nm",
    ),
    "more-than-paid": (
        P.RAAST_DOMESTIC,
        replace(after.GIVEN_BACK, returned_amount=after.GIVEN_BACK.original_amount + Money(1, PKR)),
        f"{RETURN}/RtrdIntrBkSttlmAmt",
    ),
    "other-currency": (
        P.DUITNOW_DOMESTIC,
        replace(two.IN_MALAYSIA, settlement_amount=Money(1, PKR)),
        f"{TX}/IntrBkSttlmAmt/@Ccy",
    ),
}


@pytest.mark.parametrize("case", UNWRITABLE)
def test_what_may_not_travel_is_never_written(case):
    profile, message, xpath = UNWRITABLE[case]
    with pytest.raises(UnwritableMessage) as caught:
        flow.build(message, profile)
    assert xpath in {defect.xpath.removeprefix("/BusMsg") for defect in caught.value.defects}


def test_a_day_of_ten_thousand_payments_is_one_page_below_the_cap():
    entry = after.DAY.entries[0]
    entries = tuple(replace(entry, amount=Money(n, MYR)) for n in range(1, 10_001))
    raw = flow.build(replace(after.DAY, entries=entries), P.NEXUS)
    read = flow.read(raw, P.NEXUS)
    assert sum(line.amount.minor for line in read.entries) == 50_005_000
    assert b"<TtlDbtNtries><NbOfNtries>10000</NbOfNtries><Sum>500050.00</Sum>" in raw
    assert flow.validate(raw) == []
    assert flow.identify(raw) == (MessageName.NOTIFICATION, P.NEXUS)


def test_only_what_is_of_many_payments_may_be_large():
    small = flow.build(after.WHERE_IS_IT, P.NEXUS)
    large = small + b" " * SINGLE_CAP
    pretending = large.replace(b"<Document", b"<!-- xsd:camt.054.001.11 --><Document")
    named = large.replace(
        b"<Document", b"<!-- urn:iso:std:iso:20022:tech:xsd:camt.054.001.11 --><Document"
    )
    for raw in (large, pretending, named):
        for profile in (P.NEXUS, None):
            assert flow.validate(raw, profile)[0].code is Reason.BODY_TOO_LARGE
    with pytest.raises(InvalidMessage) as caught:
        flow.read(named, P.SCT_INST)
    assert caught.value.reason is Reason.BODY_TOO_LARGE
