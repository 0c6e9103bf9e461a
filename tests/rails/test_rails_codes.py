"""Code maps are total: every word and reason that may come in means one thing, both ways."""

from pathlib import Path

import pytest
from lxml import etree
from msgspec.structs import replace
from rails_samples import NO_ANSWER, REJECTION, STATUS
from rails_samples_euro import CLOSE, EURO_QUESTION

from qantara.errors import Reason
from qantara.rails import flow, schemas
from qantara.rails.dialect import DIALECTS, REASON_DEFAULT, VERIFICATION_REASONS
from qantara.rails.dialect import REASONS as NEXUS_REASONS
from qantara.rails.model import (
    DOMESTIC,
    InvalidMessage,
    Match,
    MessageName,
    Notification,
    PaymentStatus,
    Profile,
    Status,
    UnwritableMessage,
    envelope_name,
)
from qantara.reasons import REASONS

INTERBANK = [profile for profile in Profile if profile is not Profile.CUSTOMER]
OPEN = [profile for profile in INTERBANK if profile is not Profile.NEXUS]
DUITNOW = [Profile.DUITNOW, Profile.DUITNOW_DOMESTIC]
# The status reasons of the standard's external code list, as far as they are known here.
EXTERNAL = (Path(__file__).parent / "external_status_reasons.txt").read_text().split()


def _rejected(profile, code):
    raw = flow.build(REJECTION, profile)
    changed = raw.replace(b"<Cd>AC04</Cd>", f"<Cd>{code}</Cd>".encode())
    assert (changed == raw) is (code == "AC04")
    return changed


@pytest.mark.parametrize("profile", INTERBANK)
def test_every_status_has_one_word_and_every_word_one_status(profile):
    dialect = DIALECTS[profile]
    words = {dialect.word(status) for status in Status}
    assert len(words) == len(Status)
    for status in Status:
        message = replace(STATUS, status=status, reason="AC04" if status is Status.RJCT else None)
        raw = flow.build(message, profile)
        assert f"<TxSts>{dialect.word(status)}</TxSts>".encode() in raw
        assert flow.read(raw, profile) == message
    raw = flow.build(STATUS, profile)
    for word in {*Status, "ACSP", "ACSC", "ACCP", "PDNG", "RCVD"}:
        told = raw.replace(f">{dialect.word(STATUS.status)}<".encode(), f">{word}<".encode())
        codes = {one.code for one in flow.validate(told, profile)}
        assert (Reason.MESSAGE_CODE_UNKNOWN in codes) is (word not in words)


@pytest.mark.parametrize("profile", OPEN)
def test_every_reason_of_the_standard_is_read_to_one_of_ours(profile):
    for code in EXTERNAL:
        read = flow.read(_rejected(profile, code), profile)
        known = code in NEXUS_REASONS
        assert read.reason == flow.reason_in(profile, code) == (code if known else REASON_DEFAULT)
        assert read.reason_texts == (
            ("The account is closed.",) if known else (code, "The account is closed.")
        )


def test_nexus_takes_its_own_reasons_and_refuses_every_other():
    for code in EXTERNAL:
        found = flow.validate(_rejected(Profile.NEXUS, code))
        assert bool(found) is (code not in NEXUS_REASONS)
        assert {one.code for one in found} <= {Reason.MESSAGE_CODE_UNKNOWN}


def test_the_set_of_reasons_is_that_of_the_schema_and_covers_our_own():
    path = schemas._FOLDER / "reasons.xsd"  # noqa: SLF001  the very file is the point
    types = etree.parse(path).getroot()
    listed = {
        kind.get("name"): {one.get("value") for one in kind.iter("{*}enumeration")}
        for kind in types.iter("{*}simpleType")
    }
    assert listed["StatusReasonCode"] == NEXUS_REASONS
    assert listed["VerificationReasonCode"] == VERIFICATION_REASONS
    assert len(NEXUS_REASONS) == 62
    assert len(VERIFICATION_REASONS) == 13
    assert {told.iso for told in REASONS.values()} <= NEXUS_REASONS | VERIFICATION_REASONS


@pytest.mark.parametrize("profile", INTERBANK)
def test_our_reasons_go_round_exactly_in_every_profile(profile):
    for code in NEXUS_REASONS:
        message = replace(REJECTION, reason=code)
        assert flow.read(flow.build(message, profile), profile) == message


@pytest.mark.parametrize("profile", DUITNOW)
@pytest.mark.parametrize(
    ("own", "iso"), [("U110", "NARR"), ("U111", "AM06"), ("U112", "AM02"), ("U115", "TM01")]
)
def test_duitnows_own_codes_are_written_and_read(profile, own, iso):
    message = replace(REJECTION, reason=iso)
    raw = flow.build(message, profile)
    assert f"<Rsn><Prtry>{own}</Prtry></Rsn>".encode() in raw
    assert flow.read(raw, profile) == message
    assert flow.reason_in(profile, own) == iso
    plain = raw.replace(f"<Prtry>{own}</Prtry>".encode(), f"<Cd>{iso}</Cd>".encode())
    assert flow.read(plain, profile) == message


@pytest.mark.parametrize("profile", DUITNOW)
def test_any_other_code_of_duitnows_becomes_the_default_and_is_kept_in_words(profile):
    raw = flow.build(REJECTION, profile).replace(b"<Cd>AC04</Cd>", b"<Prtry>U999</Prtry>")
    read = flow.read(raw, profile)
    assert (read.reason, read.reason_texts[0]) == ("NARR", "U999")


def test_a_code_kept_in_words_never_makes_a_message_that_cannot_go_on():
    sentences = tuple(f"Sentence {number}." for number in range(10))
    raw = flow.build(replace(REJECTION, reason_texts=sentences), Profile.RAAST)
    read = flow.read(raw.replace(b"<Cd>AC04<", b"<Cd>AC01<"), Profile.RAAST)
    assert read.reason_texts == ("AC01", *sentences[:9])
    assert flow.build(read, Profile.NEXUS)


@pytest.mark.parametrize("profile", OPEN)
def test_every_verification_reason_is_read_to_one_of_ours(profile):
    raw = flow.build(NO_ANSWER, profile)
    for code in EXTERNAL:
        read = flow.read(raw.replace(b"BE23", code.encode()), profile)
        assert read.reason == (code if code in VERIFICATION_REASONS else "AB08")


@pytest.mark.parametrize("profile", [one for one in INTERBANK if not DIALECTS[one].compares])
def test_names_and_matches_travel_only_where_names_are_compared(profile):
    with pytest.raises(UnwritableMessage, match="PtyAndAcctId/Pty"):
        flow.build(EURO_QUESTION, profile)
    with pytest.raises(UnwritableMessage):
        flow.build(CLOSE, profile)


def test_no_match_keeps_the_holders_name():
    told = replace(CLOSE, match=Match.NMTC)
    with pytest.raises(UnwritableMessage, match="UpdtdPtyAndAcctId/Pty/Nm"):
        flow.build(told, Profile.SCT_INST)
    assert flow.build(told, Profile.OCT_INST)


def test_a_name_cannot_match_on_an_account_that_is_not_there():
    with pytest.raises(UnwritableMessage, match="Rsn/Cd"):
        flow.build(replace(CLOSE, verified=False, match=Match.MTCH), Profile.SCT_INST)
    with pytest.raises(UnwritableMessage, match="Rsn/Cd"):
        flow.build(replace(CLOSE, reason="AC04"), Profile.SCT_INST)


@pytest.mark.parametrize("profile", Profile)
def test_every_record_has_one_name_in_a_profile_and_no_name_elsewhere(profile):
    for kind, name in DIALECTS[profile].messages.items():
        assert flow.name_of(kind, profile) is name
        suffix = f"/{profile.value}" if profile in DOMESTIC else ""
        assert envelope_name(name, profile) == name.value + suffix
    absent = PaymentStatus if profile is Profile.CUSTOMER else type(None)
    with pytest.raises(TypeError, match="not spoken"):
        flow.name_of(absent, profile)


def test_the_euro_schemes_speak_the_editions_they_name():
    spoken = {
        profile: {name.value for name in DIALECTS[profile].names}
        for profile in (Profile.OCT_INST, Profile.SCT_INST)
    }
    assert {"pacs.008.001.08", "pacs.002.001.10"} <= spoken[Profile.OCT_INST]
    assert {"pacs.004.001.10", "pacs.028.001.03"} <= spoken[Profile.SCT_INST]
    with pytest.raises(TypeError):
        flow.name_of(Notification, Profile.OCT_INST)


def test_the_name_of_the_original_is_the_newest_whatever_edition_is_spoken():
    raw = flow.build(STATUS, Profile.SCT_INST)
    assert b"<OrgnlMsgNmId>pacs.008.001.08</OrgnlMsgNmId>" in raw
    assert flow.read(raw, Profile.SCT_INST).original_name is MessageName.CREDIT_TRANSFER
    with pytest.raises(InvalidMessage):
        flow.read(raw.replace(b"pacs.008.001.08", b"pacs.008.001.13"), Profile.SCT_INST)


def test_every_amount_with_a_currency_is_looked_at():
    """Which have one, the schemas say; the customer's own messages are judged elsewhere."""
    of = {"xs": "http://www.w3.org/2001/XMLSchema"}
    roots = [
        etree.parse(path).getroot()
        for path in Path(schemas.__file__).with_name("schemas").glob("*.xsd")
        if not path.name.startswith(("camt.053", "pain.001"))
    ]
    types = {
        str(each.get("name"))
        for root in roots
        for each in root.xpath("xs:complexType[.//xs:attribute/@name='Ccy']", namespaces=of)
    }
    named = {
        f"{{*}}{each.get('name')}"
        for root in roots
        for each in root.iter(f"{{{of['xs']}}}element")
        if each.get("type") in types
    }
    assert types >= {"Amount", "SettlementAmount"}
    assert named == set(schemas.SCALED)
