"""Whether an IBAN is one: its country's length and the check digits (ISO 13616, ISO 7064)."""

import re

_LENGTHS = """
AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DJ27 DK18
DO28 EE20 EG29 ES24 FI18 FK18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HN28 HR21 HU28 IE22 IL23
IQ23 IS26 IT27 JO30 KW30 KZ20 LB28 LC32 LI21 LT20 LU20 LV21 LY25 MC27 MD24 ME22 MK19 MN20 MR27
MT31 MU30 NI28 NL18 NO15 OM23 PK24 PL28 PS29 PT25 QA29 RO24 RS22 RU33 SA24 SC31 SD18 SE24 SI19
SK24 SM27 SO23 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20 YE30
"""
LENGTHS = {each[:2]: int(each[2:]) for each in _LENGTHS.split()}
"""Source: SWIFT IBAN Registry."""
_SHAPE = re.compile(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}").fullmatch
_NUMBERS = {ord(letter): str(ord(letter) - 55) for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"}
_MODULUS, _REMAINDER = 97, 1


def is_iban(text: str) -> bool:
    """In its electronic form: capitals and digits, no spaces."""
    if LENGTHS.get(text[:2]) != len(text) or not _SHAPE(text):
        return False
    return int((text[4:] + text[:4]).translate(_NUMBERS)) % _MODULUS == _REMAINDER


def is_reference(text: str) -> bool:
    """A creditor reference of ISO 11649: RF, two check digits, up to 21 more."""
    shape = re.fullmatch(r"RF[0-9]{2}[A-Z0-9]{1,21}", text)
    return bool(shape) and int((text[4:] + text[:4]).translate(_NUMBERS)) % _MODULUS == _REMAINDER
