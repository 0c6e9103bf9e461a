"""Every defect there is, each told in words with the object and the place."""

import base64

import pytest
from msgspec.structs import replace
from rails_qr_samples import DUITNOW, EPC, FRENCH, PAKISTANI, RAAST_STATIC, sealed

from qantara.errors import Malformed, Reason
from qantara.rails.qr import flow as codes
from qantara.rails.qr.defects import Defect
from qantara.rails.qr.model import Labels, Scheme
from qantara.rails.qr.tlv import crc

BODY = DUITNOW[:-8]


def body(old: str = "", new: str = "") -> str:
    """The DuitNow vector with one change, its checksum made right."""
    assert old in BODY
    return sealed(BODY.replace(old, new))


def raast(objects: str) -> str:
    return f"{objects}1004{crc(objects + '1004')}"


def payer(hexadecimal: str) -> str:
    return base64.b64encode(bytes.fromhex(f"8505{b'CPV01'.hex()}{hexadecimal}")).decode()


def lines(old: str, new: str) -> str:
    assert old in EPC
    return EPC.replace(old, new)


RAAST = "000202010211020200"
MERCHANT = f"00020101021228420010A0000007360124{PAKISTANI}53035865802PK".replace("PK33", "PK34")
CASES: tuple[tuple[Defect, str, str | None, int], ...] = (
    (Defect.EMPTY, "", None, 1),
    (Defect.UNKNOWN_KIND, "https://example.org/pay", None, 1),
    (Defect.TOO_LONG, "0" * 513, None, 513),
    (Defect.CONTROL, body("QRCSDNBHD", "QRC\tDNBHD"), None, 95),
    (Defect.BIDI, body("QRCSDNBHD", "QRC\u202eDNBHD"), None, 95),
    (Defect.INVISIBLE, body("QRCSDNBHD", "QRC\u200bDNBHD"), None, 95),
    (Defect.INVISIBLE, body("QRCSDNBHD", "QRC\ue000DNBHD"), None, 95),
    (Defect.CONTROL, body("QRCSDNBHD", "QRC\u2028DNBHD"), None, 95),
    (Defect.TRUNCATED, DUITNOW[:3], "00", 1),
    (Defect.TRUNCATED, BODY + "6", None, len(BODY) + 1),
    (Defect.BEYOND_END, DUITNOW[:-2], "63", len(BODY) + 1),
    (Defect.BEYOND_END, body("0209123456789", "0299123456789"), "26.02", 45),
    (Defect.ID_FORMAT, body("5303458", "5X03458"), None, 66),
    (Defect.ID_FORMAT, body("5303458", "٥303458"), None, 66),
    (Defect.ID_FORMAT, body("0209123456789", "X209123456789"), "26", 45),
    (Defect.LENGTH_FORMAT, body("5303458", "53+3458"), "53", 66),
    (Defect.LENGTH_FORMAT, body("5303458", "53 3458"), "53", 66),
    (Defect.VALUE_EMPTY, body("5303458", "5300"), "53", 66),
    (Defect.DUPLICATE, body("5303458", "53034585303458"), "53", 73),
    (Defect.FIRST_OBJECT, sealed("010211000201"), "00", 1),
    (Defect.MISSING, body("5303458", ""), "53", 1),
    (Defect.MISSING, body("0106501664", "03065016" + "64"), "26.01", 17),
    (Defect.VERSION, body("000202", "000203"), "00", 1),
    (Defect.INITIATION, body("010211", "010213"), "01", 7),
    (Defect.CRC_MISSING, BODY, "63", len(BODY) + 1),
    (Defect.CRC_FORMAT, DUITNOW.replace("343F", "343f"), "63", len(BODY) + 1),
    (Defect.CRC_WRONG, DUITNOW.replace("343F", "3430"), "63", len(BODY) + 1),
    (Defect.CRC_NOT_LAST, DUITNOW + "6102AB", "63", len(DUITNOW) + 1),
    (Defect.STRAY, DUITNOW + "?", "63", len(DUITNOW) + 1),
    (Defect.STRAY, DUITNOW + "stray bytes", "63", len(DUITNOW) + 1),
    (Defect.FIELD_LONG, body("5909QRCSDNBHD", "5926" + "N" * 26), "59", 88),
    (Defect.FIELD_LONG, body("6005BANGI", "6016" + "N" * 16), "60", 101),
    (Defect.FIELD_LONG, body("6005BANGI", "6005BANGI6111" + "1" * 11), "61", 110),
    (Defect.FIELD_LONG, body("6005BANGI", "6005BANGI6230" + "0126" + "1" * 26), "62.01", 114),
    (Defect.FIELD_FORMAT, body("0106501664", "010650A664"), "26.01", 35),
    (Defect.FIELD_FORMAT, body("6005BANGI", "6005BANGI62060902MM"), "62.09", 114),
    (Defect.CATEGORY, body("52049999", "5204999X"), "52", 58),
    (Defect.CURRENCY, body("5303458", "5303MYR"), "53", 66),
    (Defect.CURRENCY_UNKNOWN, body("5303458", "5303999"), "53", 66),
    (Defect.CURRENCY_FOREIGN, body("5303458", "5303586"), "53", 66),
    (Defect.COUNTRY, body("5802MY", "5802my"), "58", 82),
    (Defect.COUNTRY_FOREIGN, body("5802MY", "5802SG"), "58", 82),
    (Defect.AMOUNT, body("540510.00", "540510,00"), "54", 73),
    (Defect.AMOUNT, body("540510.00", "5405-1.00"), "54", 73),
    (Defect.AMOUNT, body("540510.00", "54041E10"), "54", 73),
    (Defect.AMOUNT_ZERO, body("540510.00", "54040.00"), "54", 73),
    (Defect.AMOUNT_SCALE, body("540510.00", "540610.005"), "54", 73),
    (Defect.FIELD_LONG, body("540510.00", "541412345678901.00"), "54", 73),
    (Defect.AMOUNT_LARGE, lines("EUR12.3", "EUR1000000000.00"), "amount", 61),
    (Defect.TIP, body("5802MY", "5502015603" + "1.0" + "5802MY"), "55", 82),
    (Defect.TIP, body("5802MY", "56031.0" + "5802MY"), "56", 82),
    (Defect.TIP, body("5802MY", "5502035802MY"), "55", 82),
    (Defect.NO_ACCOUNT, body("26410014A000000615000101065016640209123456789", ""), "26", 1),
    (Defect.IBAN, raast(f"{RAAST}0424PK34ABCD0000000000000000"), "04", 19),
    (Defect.IBAN, raast(f"{RAAST}0427{FRENCH}"), "04", 19),
    (Defect.IBAN, sealed(MERCHANT), "28.01", 31),
    (Defect.IBAN, lines(FRENCH, FRENCH[:-1] + "0"), "iban", 33),
    (Defect.BIC, lines("SCT\n\n", "SCT\nNOBIC\n"), "bic", 15),
    (Defect.EXPIRY, raast(f"{RAAST}0424{PAKISTANI}0712311320261830"), "07", 47),
    (Defect.EXPIRY, raast(f"{RAAST}0424{PAKISTANI}07082026" + "1231"), "07", 47),
    (Defect.EXPIRY_MISSING, raast(f"{RAAST}0424{PAKISTANI}05041.00"), "07", 1),
    (Defect.CRC_WRONG, RAAST_STATIC[:-1] + "1", "10", len(RAAST_STATIC) - 7),
    (Defect.CRC_MISSING, f"{RAAST}0424{PAKISTANI}", "10", 47),
    (Defect.TOO_DEEP, payer("61086306710472027300"), "61.63.71.72", 16),
    (Defect.BASE64, "hQVDUFYwMWE", None, 1),
    (Defect.BASE64, "hQ==!", None, 1),
    (Defect.BER_LENGTH, payer("6181034F0100"), "61", 9),
    (Defect.BER_LENGTH, payer("6180"), "61", 9),
    (Defect.BER_TAG, payer("5F8181814F"), None, 8),
    (Defect.BEYOND_END, payer("61054F01"), "61", 8),
    (Defect.MISSING, payer(""), "61", 8),
    (Defect.MISSING, payer("6103500141"), "61.4F", 8),
    (Defect.DUPLICATE, payer("610E" + "4F05A000000005" * 2), "61.4F", 8),
    (Defect.FIELD_FORMAT, payer("61034F0100"), "61.4F", 8),
    (Defect.CHARSET, lines("BCD\n002\n1", "BCD\n002\n9"), "charset", 9),
    (Defect.CHARSET, lines("\n1\nSCT", "\n5\nSCT"), "charset", 9),
    (Defect.LINES, "BCD\n002\n1\nSCT", None, 14),
    (Defect.LINES, lines("SCT", "SDD"), "identification", 11),
    (Defect.MISSING, lines("002", "001"), "bic", 15),
    (Defect.VERSION, lines("002", "003"), "version", 5),
    (Defect.PURPOSE, lines("EUR12.3\n", "EUR12.3\ngift"), "purpose", 69),
    (Defect.REFERENCE, lines("\n\nFacture 7", "\nRF00ABC\n"), "reference", 70),
    (Defect.BOTH_REFERENCES, lines("\n\nFacture 7", "\nRF18539007547034\nFacture 7"), "text", 87),
    (Defect.AMOUNT, lines("EUR12.3", "12.3"), "amount", 61),
    (Defect.AMOUNT_ZERO, lines("EUR12.3", "EUR0"), "amount", 61),
    (Defect.BIDI, lines("Facture 7", "\u202eFacture 7"), "text", 71),
    (Defect.BYTES_LONG, lines("Facture 7", "é" * 139), "tag", 1),
    (Defect.FIELD_LONG, lines("Facture 7", "e" * 141), "text", 71),
)


@pytest.mark.parametrize(
    ("defect", "text", "named", "position"),
    CASES,
    ids=[f"{n}-{c[0].name}" for n, c in enumerate(CASES)],
)
def test_a_bad_code_is_told_by_its_defect_its_object_and_the_place(defect, text, named, position):
    with pytest.raises(Malformed) as told:
        codes.decode(text)
    assert told.value.reason is Reason.QR_UNREADABLE
    facts = {"defect": defect.value, "position": str(position)}
    assert told.value.facts == (facts | {"object": named} if named else facts)


def test_no_defect_is_without_a_case():
    assert {case[0] for case in CASES} | {Defect.SCHEME} == set(Defect)


def test_a_code_is_not_written_under_another_schemes_name():
    with pytest.raises(Malformed, match=Defect.SCHEME.value):
        codes.encode(replace(codes.decode(DUITNOW), scheme=Scheme.PAYNOW))


def test_the_joiners_of_urdu_are_letters_and_no_hidden_words():
    text = body("5909QRCSDNBHD", "5908کتاب\u200cگھر")
    assert codes.decode(text).name == "کتاب\u200cگھر"


def test_a_code_that_cannot_be_written_is_told():
    code = codes.decode(DUITNOW)
    for change in ({"name": "N" * 26}, {"name": ""}, {"currency": "ABC"}, {"currency": "PKR"}):
        with pytest.raises(Malformed, match="qr_unreadable"):
            codes.encode(replace(code, **change))
    for change in ({"labels": Labels(text="t")}, {"accounts": code.accounts * 2}, {"accounts": ()}):
        with pytest.raises(Malformed, match="qr_unreadable"):
            codes.encode(replace(code, **change))
