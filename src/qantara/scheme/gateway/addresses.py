"""How accounts are named in each country, and what a form must ask for them.

Patterns are written so that browsers and Python read them alike, and each accepts its own
placeholder. Where the published examples err (a lost backslash, `CrtrAcct`), these follow the
standard. Formats are those of the public account and identity numbers; the order is aliases
first, then IBAN, then account numbers. Those of TH, SG, ID, PH, VN and KH are what the payment
codes of these countries name.
"""

from collections.abc import Mapping

from msgspec import Struct

_ACMT = "/Document/IdVrfctnReq/Vrfctn/PtyAndAcctId"
_PACS = "/Document/FIToFICstmrCdtTrf/CdtTrfTxInf"
Labels = Mapping[str, str]


class Input(Struct, frozen=True):
    """One field of the form. `name` says what it is of the address; a `value` is fixed and not
    shown. `acmt023` and `pacs008` are the XPaths of the elements that carry it.
    """

    name: str
    code: str
    labels: Labels
    kind: str
    pattern: str
    placeholder: str
    acmt023: str
    pacs008: str
    value: str | None = None


class AddressType(Struct, frozen=True):
    country: str
    code: str
    labels: Labels
    inputs: tuple[Input, ...]

    @property
    def id(self) -> str:
        return f"{self.country}{self.code}"

    @property
    def is_proxy(self) -> bool:
        """An alias, which a directory resolves, and not an account number."""
        return self.code not in {"IBAN", "ACCT"}


_NAMES: dict[str, Labels] = {
    "MBNO": {
        "en": "Mobile number",
        "ms": "Nombor telefon bimbit",
        "ur": "موبائل نمبر",
        "fr": "Numéro de téléphone mobile",
    },
    "NIDN": {
        "en": "Identity card number",
        "ms": "Nombor kad pengenalan",
        "ur": "قومی شناختی کارڈ نمبر",
        "fr": "Numéro de carte d’identité",
    },
    "CCPT": {
        "en": "Passport number",
        "ms": "Nombor pasport",
        "ur": "پاسپورٹ نمبر",
        "fr": "Numéro de passeport",
    },
    "CINC": {
        "en": "Business registration number",
        "ms": "Nombor pendaftaran perniagaan",
        "ur": "کاروبار کا رجسٹریشن نمبر",
        "fr": "Numéro d’immatriculation de l’entreprise",
    },
    "SHID": {
        "en": "Army or police number",
        "ms": "Nombor tentera atau polis",
        "ur": "فوج یا پولیس نمبر",
        "fr": "Matricule de l’armée ou de la police",
    },
    "EWAL": {
        "en": "Wallet number",
        "ms": "Nombor dompet",
        "ur": "والیٹ نمبر",
        "fr": "Numéro de portefeuille",
    },
    "BIID": {
        "en": "Merchant or biller number",
        "ms": "Nombor peniaga atau pengebil",
        "ur": "تاجر یا بلر نمبر",
        "fr": "Numéro de commerçant ou de facturier",
    },
    "IBAN": {"en": "IBAN", "ms": "IBAN", "ur": "آئی بان", "fr": "IBAN"},
    "ACCT": {
        "en": "Account number",
        "ms": "Nombor akaun",
        "ur": "اکاؤنٹ نمبر",
        "fr": "Numéro de compte",
    },
}
_BANK: Labels = {
    "en": "Bank (BIC)",
    "ms": "Bank (BIC)",
    "ur": "بینک (BIC)",
    "fr": "Banque (BIC)",
}
_KIND: Labels = {
    "en": "Kind of address",
    "ms": "Jenis alamat",
    "ur": "پتے کی قسم",
    "fr": "Type d’adresse",
}
_BIC = r"^[A-Z0-9]{4}[A-Z]{2}[A-Z0-9]{2}([A-Z0-9]{3})?$"
_FORMS: dict[str, dict[str, tuple[str, str]]] = {
    "MY": {
        "MBNO": (r"^\+601[0-9]{8,9}$", "+60123456789"),
        "NIDN": (r"^[0-9]{12}$", "900101145678"),
        "CCPT": (r"^[A-Z][0-9]{8}$", "A12345678"),
        "CINC": (r"^[0-9]{12}$", "202401000001"),
        "SHID": (r"^[A-Z]{0,4}[0-9]{4,10}$", "T1234567"),
        "ACCT": (r"^[0-9]{6,17}$", "700100200300"),
    },
    "PK": {
        "MBNO": (r"^\+923[0-9]{9}$", "+923001234567"),
        "IBAN": (r"^PK[0-9]{2}[A-Z]{4}[A-Z0-9]{16}$", "PK36RAVI0000001123456702"),
    },
    "FR": {
        "IBAN": (r"^FR[0-9]{12}[A-Z0-9]{11}[0-9]{2}$", "FR7630006000011234567890189"),
    },
    "TH": {
        "MBNO": (r"^\+66[0-9]{8,9}$", "+66812345678"),
        "NIDN": (r"^[0-9]{13}$", "1100100000001"),
        "EWAL": (r"^[0-9]{15}$", "004999000000001"),
        "BIID": (r"^[0-9]{15}$", "099400000000001"),
    },
    "SG": {
        "MBNO": (r"^\+65[0-9]{8}$", "+6581234567"),
        "NIDN": (r"^[A-Z][0-9]{7}[A-Z]$", "S1234567D"),
        "CINC": (r"^[0-9A-Z]{9,13}$", "202612345A"),
        "EWAL": (r"^[!-~]{1,42}$", "+6581234567#WALLET"),
    },
    "ID": {
        "BIID": (r"^[0-9A-Z]{1,15}$", "ID1020304050607"),
        "ACCT": (r"^[0-9]{6,19}$", "936009990000000017"),
    },
    "PH": {"ACCT": (r"^[0-9A-Za-z]{1,34}$", "000000000123")},
    "VN": {"ACCT": (r"^[0-9A-Za-z]{1,19}$", "000000000123")},
    "KH": {"EWAL": (r"^[^@\s]{1,30}@[^@\s]{1,30}$", "shop@examplekh")},
}
"""Per country and kind of address: the pattern and an example of it."""


def _inputs(country: str, code: str) -> tuple[Input, ...]:
    pattern, example = _FORMS[country][code]
    place = {"IBAN": "Id/IBAN", "ACCT": "Id/Othr/Id"}.get(code, "Prxy/Id")
    address = Input(
        *("accountOrProxyId", code, _NAMES[code], "tel" if code == "MBNO" else "text"),
        *(pattern, example, f"{_ACMT}/Acct/{place}", f"{_PACS}/CdtrAcct/{place}"),
    )
    if code == "ACCT":
        bank = Input(
            *("finInstId", "BICFI", _BANK, "text", _BIC, f"BANK{country}00"),
            *(f"{_ACMT}/Agt/FinInstnId/BICFI", f"{_PACS}/CdtrAgt/FinInstnId/BICFI"),
        )
        return (address, bank)
    if code == "IBAN":
        return (address,)
    kind = Input(
        *("addressTypeCode", code, _KIND, "hidden", f"^{code}$", code),
        *(f"{_ACMT}/Acct/Prxy/Tp/Cd", f"{_PACS}/CdtrAcct/Prxy/Tp/Cd", code),
    )
    return (address, kind)


ADDRESS_TYPES: dict[str, tuple[AddressType, ...]] = {
    country: tuple(
        AddressType(country, code, _NAMES[code], _inputs(country, code)) for code in forms
    )
    for country, forms in _FORMS.items()
}
