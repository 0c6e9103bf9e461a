from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.my import nric as stdnum_nric
from stdnum.pk import cnic as stdnum_cnic

from qantara.errors import Malformed, Reason
from qantara.ids import CustomerId
from qantara.parties import rules
from qantara.parties.model import (
    Address,
    AliasType,
    Customer,
    CustomerKind,
    Identity,
    IdentityType,
)

ON = date(2026, 3, 2)
PERSON = Customer(
    CustomerId("cus_1"),
    CustomerKind.PERSON,
    "Aisha Binti Khan",
    "Aisha Khan",
    "MY",
    Address("12 Jalan Contoh", "Kuala Lumpur"),
    born_on=date(2005, 3, 5),
)
COMPANY = Customer(
    CustomerId("cus_2"),
    CustomerKind.COMPANY,
    "Contoh Sdn Bhd",
    "Contoh",
    "MY",
    Address("1 Jalan Contoh", "Shah Alam"),
)


def reason_of(call, *arguments) -> Reason:
    with pytest.raises(Malformed) as caught:
        call(*arguments)
    return caught.value.reason


# NRIC: two digits of a year


def test_the_library_takes_a_person_of_twenty_for_one_of_a_hundred_and_twenty():
    assert stdnum_nric.get_birth_date("050305-14-1234") == date(1905, 3, 5)


def test_a_young_holder_of_a_mykad_is_born_in_this_century():
    assert rules.nric_birth_date("050305-14-1234", ON) == date(2005, 3, 5)


def test_an_old_holder_of_a_mykad_is_born_in_the_last_century():
    assert rules.nric_birth_date("640229-14-1234", ON) == date(1964, 2, 29)


def test_where_both_centuries_are_possible_only_a_document_decides():
    number = "200305-14-1234"
    assert rules.nric_birth_date(number, ON) is None
    assert rules.nric_birth_date(number, ON, date(2020, 3, 5)) == date(2020, 3, 5)
    assert rules.nric_birth_date(number, ON, date(1920, 3, 5)) == date(1920, 3, 5)
    assert rules.nric_birth_date(number, ON, date(1920, 3, 6)) is None


def test_a_birth_date_on_the_day_itself_is_possible_and_one_tomorrow_is_not():
    assert rules.nric_birth_date("260302-14-1234", ON, ON) == ON
    assert rules.nric_birth_date("260303-14-1234", ON) == date(1926, 3, 3)


@given(st.dates(date(1906, 3, 3), ON))
def test_the_declared_birth_date_is_always_recognised_in_its_own_number(born):
    number = f"{born:%y%m%d}141234"
    assert rules.nric_birth_date(number, ON, born) == born
    assert rules.nric_birth_date(number, ON) in {born, None}


def test_a_mykad_number_must_agree_with_the_declared_birth_date():
    mykad = Identity(IdentityType.NRIC, "050305-14-1234")
    assert rules.identity(mykad, ON, date(2005, 3, 5)).value == "050305141234"
    assert reason_of(rules.identity, mykad, ON, date(1905, 3, 5)) is Reason.IDENTITY_INVALID
    assert reason_of(rules.identity, mykad, ON, date(2005, 3, 6)) is Reason.IDENTITY_INVALID


@pytest.mark.parametrize("text", ["", "050305", "051305141234", "050305171234", "05030514123x"])
def test_what_is_no_mykad_number_is_refused(text):
    assert reason_of(rules.nric, text) is Reason.IDENTITY_INVALID


# CNIC: Azad Jammu and Kashmir begins with 8


def test_the_library_refuses_azad_kashmir_and_women_ending_in_zero():
    assert not stdnum_cnic.is_valid("81302-1234567-1")
    assert not stdnum_cnic.is_valid("34201-0891231-0")


def test_a_number_from_azad_kashmir_is_valid():
    assert rules.cnic("81302-1234567-1") == "8130212345671"


def test_a_number_ending_in_zero_is_valid():
    assert rules.cnic("34201-0891231-0") == "3420108912310"


@pytest.mark.parametrize(
    "text",
    ["", "0420108912318", "9420108912318", "342010891231", "34201089123188", "3420108912x18"],
)
def test_what_is_no_cnic_is_refused(text):
    assert reason_of(rules.cnic, text) is Reason.IDENTITY_INVALID


@given(st.from_regex(r"[1-7][0-9]{11}[1-9]", fullmatch=True))
def test_whatever_the_library_accepts_as_cnic_we_accept(number):
    assert stdnum_cnic.is_valid(number)
    assert rules.cnic(number) == number


def test_other_documents_are_read_by_their_own_kind():
    for kind, text, normal in [
        (IdentityType.LEI, "5493001kjtiigc8y1r12", "5493001KJTIIGC8Y1R12"),
        (IdentityType.SIREN, "552 008 443", "552008443"),
        (IdentityType.PASSPORT, "pk ab1234567", "PKAB1234567"),
        (IdentityType.REGISTRATION, "202001-01-2345", "202001012345"),
    ]:
        assert rules.identity(Identity(kind, text), ON, None).value == normal


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        (IdentityType.LEI, Reason.LEI_INVALID),
        (IdentityType.SIREN, Reason.IDENTITY_INVALID),
        (IdentityType.PASSPORT, Reason.IDENTITY_INVALID),
        (IdentityType.REGISTRATION, Reason.IDENTITY_INVALID),
    ],
)
def test_a_wrong_document_number_has_its_reason_and_is_not_repeated(kind, reason):
    with pytest.raises(Malformed) as caught:
        rules.identity(Identity(kind, "??123"), ON, None)
    assert caught.value.reason is reason
    assert "??123" not in str(caught.value)


# account numbers


@given(st.from_regex(r"[A-Z]{4}", fullmatch=True), st.from_regex(r"[0-9]{16}", fullmatch=True))
def test_a_made_pakistani_iban_is_valid_and_any_changed_digit_is_not(bank, account):
    made = rules.make_iban("PK", bank, account)
    assert rules.account_number(made, "PK") == made
    assert made[4:] == bank + account
    for place in (2, 3, 10, 23):
        spoilt = made[:place] + str((int(made[place]) + 1) % 10) + made[place + 1 :]
        assert reason_of(rules.account_number, spoilt, "PK") is Reason.IBAN_INVALID


def test_a_made_french_iban_carries_its_rib_key():
    made = rules.make_iban("FR", "30001", "12345678901", branch="00794")
    assert made == "FR7630001007941234567890185"
    assert rules.account_number("FR76 3000 1007 9412 3456 7890 185", "FR") == made


def test_an_iban_of_another_country_and_a_bank_code_of_no_country_are_refused():
    assert reason_of(rules.iban, "PK36SCBL0000001123456702", "FR") is Reason.IBAN_INVALID
    assert reason_of(rules.iban, "GB82WEST12345698765432", "PK") is Reason.IBAN_INVALID
    assert reason_of(rules.make_iban, "MY", "WAUE", "1234567890") is Reason.IBAN_INVALID


@given(st.from_regex(r"[0-9]{10,17}", fullmatch=True))
def test_a_malaysian_account_number_is_ten_to_seventeen_digits(digits):
    assert rules.account_number(digits, "MY") == digits


@pytest.mark.parametrize(
    "text", ["", "123456789", "1" * 18, "12345678٩٠", "12345abcde", "PK36SCBL"]
)
def test_what_is_no_malaysian_account_number_is_refused(text):
    assert reason_of(rules.account_number, text, "MY") is Reason.ACCOUNT_NUMBER_INVALID


def test_a_number_in_a_country_without_accounts_here_is_refused():
    assert reason_of(rules.account_number, "1234567890", "SG") is Reason.ACCOUNT_NUMBER_INVALID


@given(st.text(max_size=40), st.sampled_from(["MY", "PK", "FR"]))
def test_any_text_is_an_account_number_or_malformed_and_never_a_crash(text, country):
    try:
        plain = rules.account_number(text, country)
    except Malformed:
        return
    assert rules.account_number(plain, country) == plain


# BIC, phone, e-mail


def test_a_bic_is_of_its_country():
    assert rules.bic("WAUEMYK0", "MY") == "WAUEMYK0"
    assert reason_of(rules.bic, "WAUEMYK0", "PK") is Reason.BIC_INVALID
    assert reason_of(rules.bic, "WAUEZZK0", "ZZ") is Reason.BIC_INVALID
    assert reason_of(rules.bic, "WAUE", "MY") is Reason.BIC_INVALID


@pytest.mark.parametrize(
    ("text", "country", "normal"),
    [
        ("012-345 6789", "MY", "+60123456789"),
        ("0301 2345678", "PK", "+923012345678"),
        ("06 12 34 56 78", "FR", "+33612345678"),
        ("+923012345678", None, "+923012345678"),
        ("06 39 98 00 01", "FR", "+33639980001"),
    ],
)
def test_a_mobile_number_is_stored_as_e164(text, country, normal):
    assert rules.phone(text, country) == normal


@pytest.mark.parametrize(
    ("text", "country"),
    [
        ("03-2161 0000", "MY"),
        ("+923012345678", "MY"),
        ("0301 2345678", None),
        ("+6012", "MY"),
        ("", "MY"),
        ("not a number", "PK"),
        ("+33639980001", "MY"),
        ("+336399800011", "FR"),
    ],
)
def test_a_landline_a_foreign_or_an_impossible_number_is_refused(text, country):
    assert reason_of(rules.phone, text, country) is Reason.PHONE_INVALID


@pytest.mark.parametrize("text", ["", "a", "a@b", "a b@example.com", "@example.com", "a@.com"])
def test_what_is_no_address_of_electronic_mail_is_refused(text):
    assert reason_of(rules.email, text) is Reason.FIELD_INVALID


def test_an_alias_has_one_spelling():
    for kind, text, normal in [
        (AliasType.MBNO, "012-345 6789", "+60123456789"),
        (AliasType.EMAL, " Aisha@Example.COM ", "aisha@example.com"),
        (AliasType.NIDN, "050305-14-1234", "050305141234"),
        (AliasType.CCPT, "MY A12345678", "MYA12345678"),
    ]:
        assert rules.alias_value(kind, text, "MY") == normal
    assert rules.alias_value(AliasType.NIDN, "81302-1234567-1", "PK") == "8130212345671"
    assert reason_of(rules.alias_value, AliasType.NIDN, "8130212345671", "MY") is (
        Reason.IDENTITY_INVALID
    )


# customers


def changed(customer: Customer, **fields) -> Customer:
    return Customer(
        **{name: fields.get(name, getattr(customer, name)) for name in customer.__slots__}
    )


@pytest.mark.parametrize(
    ("customer", "reason"),
    [
        (changed(PERSON, legal_name=" "), Reason.FIELD_MISSING),
        (changed(PERSON, display_name="A\x00"), Reason.FIELD_INVALID),
        (changed(PERSON, legal_name="A" * 141), Reason.FIELD_INVALID),
        (changed(PERSON, address=Address("", "Ipoh")), Reason.FIELD_MISSING),
        (changed(PERSON, born_on=None), Reason.FIELD_INVALID),
        (changed(PERSON, born_on=date(2026, 3, 3)), Reason.FIELD_INVALID),
        (changed(PERSON, phone="+923012345678"), Reason.PHONE_INVALID),
        (changed(PERSON, email="nowhere"), Reason.FIELD_INVALID),
        (
            changed(PERSON, identity=Identity(IdentityType.SIREN, "552008443")),
            Reason.IDENTITY_INVALID,
        ),
        (changed(COMPANY, born_on=date(2000, 1, 1)), Reason.FIELD_INVALID),
        (
            changed(COMPANY, identity=Identity(IdentityType.CNIC, "8130212345671")),
            Reason.IDENTITY_INVALID,
        ),
    ],
)
def test_each_wrong_field_of_a_customer_has_its_reason(customer, reason):
    assert reason_of(rules.customer, customer, ON) is reason


def test_a_customer_in_normal_form_stays_as_it_is():
    given_customer = changed(
        PERSON,
        phone="012-345 6789",
        email="Aisha@Example.com",
        identity=Identity(IdentityType.NRIC, "050305-14-1234"),
    )
    normal = rules.customer(given_customer, ON)
    assert normal.phone == "+60123456789"
    assert rules.customer(normal, ON) == normal


# masked names


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Aisha Binti Khan", "AISHA B**** K***"),
        ("  aisha   khan ", "AISHA K***"),
        ("Sukarno", "SUK****"),
        ("X", "*"),
        ("", ""),
        ("José O'Neil", "JOSÉ O*****"),
    ],
)
def test_a_masked_name_lets_only_those_recognise_it_who_know_it(name, shown):
    assert rules.mask(name) == shown


def test_combining_marks_are_not_counted_as_letters():
    assert rules.mask("Ali Jose\u0301") == "ALI J***"


@given(st.text(alphabet=st.characters(categories=["Lu", "Ll", "Lo", "Zs"]), max_size=60))
def test_a_masked_name_keeps_its_words_and_hides_all_but_one_letter_of_the_later_ones(name):
    words, shown = name.upper().split(), rules.mask(name).split()
    assert len(shown) == len(words)
    assert all(set(masked[1:]) <= {"*"} for masked in shown[1:])
    assert all(word[0] == masked[0] for word, masked in zip(words[1:], shown[1:], strict=True))


def test_a_companys_name_is_shown_whole():
    assert rules.shown_name(COMPANY) == "CONTOH"
    assert rules.shown_name(PERSON) == "AISHA K***"
