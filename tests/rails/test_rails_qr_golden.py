"""Codes that must be read as they are and written again to the character."""

from datetime import UTC, datetime
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from rails_qr_samples import (
    CONSUMER,
    DUITNOW,
    EMVCO,
    FRENCH,
    GOLDEN,
    PAKISTANI,
    RAAST_DYNAMIC,
    ibans,
    plain,
    sealed,
)
from schwifty import IBAN

from qantara.errors import Malformed, Reason
from qantara.money import MYR, Money
from qantara.rails.qr import flow as codes
from qantara.rails.qr.currencies import BY_NUMBER
from qantara.rails.qr.iban import LENGTHS, is_iban
from qantara.rails.qr.model import Kind, Scheme, Tip, TipKind
from qantara.rails.qr.schemes import CONFIDENCE, ROWS
from qantara.rails.qr.tlv import crc

PAYEES = {
    "duitnow": (Scheme.DUITNOW, Kind.MERCHANT, "123456789"),
    "duitnow_person": (Scheme.DUITNOW, Kind.MERCHANT, "123456789"),
    "raast": (Scheme.RAAST, Kind.IBAN, PAKISTANI),
    "raast_static": (Scheme.RAAST, Kind.IBAN, PAKISTANI),
    "raast_merchant": (Scheme.RAAST_MERCHANT, Kind.IBAN, PAKISTANI),
    "raast_merchant_bank": (Scheme.RAAST_MERCHANT, Kind.IBAN, PAKISTANI),
    "promptpay": (Scheme.PROMPTPAY, Kind.PHONE, "+66812345678"),
    "promptpay_bill": (Scheme.PROMPTPAY, Kind.BILLER, "099400000000001"),
    "paynow": (Scheme.PAYNOW, Kind.COMPANY, "202612345A"),
    "qris": (Scheme.QRIS, Kind.CARD, "936000000000000001"),
    "qrph": (Scheme.QRPH, Kind.ACCOUNT, "000000000123"),
    "qrph_merchant": (Scheme.QRPH, Kind.MERCHANT, "SHOP0001"),
    "vietqr": (Scheme.VIETQR, Kind.ACCOUNT, "000000000123"),
    "khqr": (Scheme.KHQR, Kind.WALLET, "shop@examplekh"),
    "khqr_merchant": (Scheme.KHQR, Kind.WALLET, "shop@examplekh"),
    "epc": (Scheme.EPC, Kind.IBAN, FRENCH),
    "card": (Scheme.CARD, Kind.MERCHANT, "555500000000001"),
}


@pytest.mark.parametrize("name", GOLDEN)
def test_what_was_read_is_written_again_to_the_character(name):
    code = codes.decode(GOLDEN[name])
    assert codes.encode(code) == GOLDEN[name]
    assert codes.from_record(codes.to_record(code)) == code


@pytest.mark.parametrize("name", PAYEES)
def test_the_payee_of_every_scheme_is_known_by_kind(name):
    code = codes.decode(GOLDEN[name])
    assert code.payee is not None
    assert (code.scheme, code.payee.kind, code.payee.value) == PAYEES[name]


def test_every_row_of_the_table_has_a_code_here():
    read = [codes.decode(text) for name, text in GOLDEN.items() if name != "consumer"]
    seen = {(each.scheme, each.template) for code in read for each in code.accounts}
    for row in ROWS:
        assert any((row.scheme, template) in seen for template in row.templates)
    assert set(CONFIDENCE) == set(Scheme)


def test_the_checksum_is_the_one_of_the_standard():
    assert crc("123456789") == "29B1"


def test_duitnow_says_what_is_paid_and_where():
    code = codes.decode(DUITNOW)
    assert (code.name, code.city, code.country) == ("QRCSDNBHD", "BANGI", "MY")
    assert (code.amount, code.dynamic, code.category) == (Money(1000, MYR), False, "9999")
    assert (code.payee.acquirer, code.version, code.expires_at) == ("501664", "02", None)


def test_raast_expires_at_the_minute_in_pakistan():
    code = codes.decode(RAAST_DYNAMIC)
    moment = datetime(2026, 12, 31, 13, 30, tzinfo=UTC)
    assert (str(code.amount), code.expires_at, code.dynamic) == ("5000.50", moment, True)
    assert codes.expired(code, moment) is None
    refusal = codes.expired(code, moment.replace(hour=14))
    assert refusal.reason is Reason.QR_EXPIRED
    assert refusal.facts == {"moment": "2026-12-31T13:30:00.000Z"}


def test_a_code_of_no_known_scheme_is_kept_and_told_as_unknown():
    code = codes.decode(EMVCO)
    assert code.scheme is Scheme.UNKNOWN
    assert code.payee.guid == "D15600000000"
    assert code.payee.rest == (("05", "A93FO3230Q"),)
    assert (code.language.name, code.language.city) == ("最佳运输", "北京")
    assert (code.labels.customer, code.labels.terminal) == ("***", "A6008667")
    assert code.tip == Tip(TipKind.ASKED)
    assert code.rest == (("91", "0016A011223344998877070812345678"),)


def test_the_times_of_other_schemes_are_read_where_they_stand():
    paynow = codes.decode(GOLDEN["paynow"])
    assert paynow.expires_at == datetime(2031, 12, 31, 15, 59, 59, tzinfo=UTC)
    assert paynow.payee.editable is False
    assert codes.decode(GOLDEN["khqr"]).expires_at == datetime(2030, 1, 1, tzinfo=UTC)


def test_a_change_touches_its_object_alone():
    text = EMVCO.replace("540523.72", "540523.7").replace("A13A", "")
    read = codes.decode(sealed(text.replace("540523.7", "540423.7")[: -len("6304")]))
    changed = codes.encode(replace(read, amount=Money(99, read.amount.asset)))
    assert changed[:-4] == EMVCO[:-4].replace("540523.72", "54040.99")
    paid = replace(read, name="ANOTHER")
    assert "540423.7" in codes.encode(paid)
    fewer = codes.encode(replace(read, labels=None, postcode="1000"))
    assert "0603***" not in fewer
    assert codes.decode(fewer).postcode == "1000"


def test_the_lines_of_a_sepa_code_stay_as_they_were():
    for text in (GOLDEN["epc"], GOLDEN["epc"].replace("\n", "\r\n"), GOLDEN["epc"] + "\n\n"):
        code = codes.decode(text)
        assert codes.encode(code) == text
        newline = "\r\n" if "\r" in text else "\n"
        changed = codes.encode(replace(code, name="Autre"))
        assert changed == text.replace("Épicerie du Pont", "Autre")
        assert "EUR12.3" + newline in changed


def test_the_payers_code_of_the_standard_is_read():
    code = codes.decode(CONSUMER)
    first, second = code.applications
    assert (first.adf_name, first.label) == ("A0000000555555", "Product1")
    assert (second.adf_name, second.label) == ("A0000000666666", "Product2")
    assert (code.common.pan, code.common.cardholder) == ("1234567890123458", "CARDHOLDER/EMV")
    assert code.common.languages == "ruesdeen"
    assert [each.tag for each in code.common.transparent] == ["9F10", "9F26", "9F36", "9F37"]
    assert codes.encode(plain(code)) == CONSUMER


def test_the_currencies_have_three_digits_each_and_stand_once():
    assert len(BY_NUMBER) == 155
    assert all(len(number) == 3 and number.isdigit() for number in BY_NUMBER)
    assert {each.scale for each in BY_NUMBER.values()} == {0, 2, 3}


@given(ibans())
def test_an_iban_is_one_by_country_length_and_digits(iban):
    assert is_iban(iban)
    other = 2 if iban[2:4] == "98" else int(iban[2:4]) + 1
    assert not is_iban(f"{iban[:2]}{other:02}{iban[4:]}")
    assert not is_iban(iban + "0")


@pytest.mark.parametrize("country", sorted(LENGTHS))
def test_the_length_of_an_iban_is_its_countrys(country):
    made = IBAN.random(country_code=country, random=Random(7)).compact
    assert is_iban(str(made))


@given(st.sampled_from(sorted(GOLDEN)))
def test_a_code_is_drawn_without_anything_from_elsewhere(name):
    picture = codes.svg(codes.decode(GOLDEN[name]))
    assert picture.startswith("<svg")
    assert picture.endswith("</svg>")
    assert "script" not in picture
    assert picture.count("http") == 1


def test_a_record_that_is_no_code_is_told():
    for record in ({}, [], None, {"shown_by": "payee"}, {"shown_by": "nobody"}):
        with pytest.raises(Malformed, match="field_invalid"):
            codes.from_record(record)
