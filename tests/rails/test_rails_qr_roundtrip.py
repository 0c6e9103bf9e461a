"""Every code the model allows is written and read as the same; any text is a code or Malformed."""

from hypothesis import example, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from rails_qr_samples import (
    GOLDEN,
    consumer_codes,
    epc_codes,
    merchant_codes,
    plain,
    raast_codes,
    sealed,
)

from qantara import texts
from qantara.errors import Malformed, Reason
from qantara.rails.qr import flow as codes
from qantara.rails.qr.defects import Defect
from qantara.rails.qr.tlv import LONGEST, join, split

WORDS = {each.value for each in Defect}


def again(code):
    text = codes.encode(code)
    read = codes.decode(text)
    placed = codes.decode(codes.encode(plain(read)))
    assert plain(placed) == plain(read)
    assert codes.encode(read) == text
    assert codes.from_record(codes.to_record(read)) == read
    return read


def unplaced(code):
    """Without the template's id and identifier, which the table adds, and the object that holds
    the expiry of KHQR.
    """
    told = codes.to_record(plain(code))
    told.pop("rest", None)
    for account in told["accounts"]:
        account.pop("template", None)
        account.pop("guid", None)
    return told


@given(merchant_codes())
def test_merchant_codes_of_every_scheme_come_back(code):
    assert unplaced(again(code)) == unplaced(code)


@given(raast_codes())
def test_raast_codes_come_back(code):
    assert plain(again(code)) == code


@given(epc_codes())
def test_sepa_codes_come_back(code):
    assert plain(again(code)) == code


@given(consumer_codes)
def test_payers_codes_come_back(code):
    assert plain(again(code)) == code


@given(
    st.dictionaries(
        st.integers(0, 99).map(lambda number: f"{number:02}"),
        st.text("aÉ北ک", min_size=1, max_size=99),
    )
)
def test_objects_keep_their_order_and_count_characters(objects):
    text = join(objects.items())
    assert split(text) == objects
    assert list(split(text)) == list(objects)


def judged(text):
    """A code that is written as it was, or a defect of the list at a place in the text."""
    try:
        code = codes.decode(text)
    except Malformed as error:
        told(error, text)
    else:
        assert codes.encode(code) == text


def told(error, text):
    assert error.reason is Reason.QR_UNREADABLE
    assert error.facts["defect"] in WORDS
    assert 1 <= int(error.facts["position"]) <= min(len(text), LONGEST) + 1
    assert error.facts["defect"] in texts.sentence(error.reason, "en", error.facts)


@given(st.text(max_size=600))
@example("hQ")
@example("BCD")
@example("0002")
def test_any_text_is_a_code_or_malformed(text):
    judged(text)


@settings(max_examples=400)
@given(st.sampled_from(sorted(GOLDEN)), st.data())
def test_a_code_with_a_few_changes_is_a_code_or_malformed(name, data):
    text = GOLDEN[name]
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(text)))
        gone = data.draw(st.integers(0, 3))
        put = data.draw(st.text(st.sampled_from("0123456789A\n.\u202eکhQ=/"), max_size=4))
        text = text[:at] + put + text[at + gone :]
    judged(text)


@settings(max_examples=400)
@given(st.sampled_from(sorted(GOLDEN)), st.data())
def test_a_changed_code_with_a_good_checksum_is_a_code_or_malformed(name, data):
    """Behind the checksum every field has its own judge."""
    body = GOLDEN[name]
    if body.startswith(("BCD", "hQ")):
        body = GOLDEN["duitnow"]
    body = body.rpartition("6304")[0] or GOLDEN["qris"].rpartition("6304")[0]
    objects = split(body)
    which = data.draw(st.sampled_from(sorted(objects)))
    objects[which] = data.draw(
        st.text("0123456789.AZ*@ک", min_size=1, max_size=99) | st.sampled_from(["11", "01", "0"])
    )
    if data.draw(st.booleans()):
        objects.pop(data.draw(st.sampled_from(sorted(objects))))
    judged(sealed(join(objects.items())))


@given(st.integers(0, 255), st.integers(1, 200))
def test_deep_and_long_input_is_bounded(byte, deep):
    nested = "x"
    for _ in range(deep):
        if len(nested) > 95:
            break
        nested = f"62{len(nested):02}{nested}"
    judged(nested)
    judged("0" * 10**6)
    judged(f"hQ{chr(byte)}" * deep)


@given(merchant_codes(), merchant_codes())
def test_what_is_changed_after_reading_is_what_is_read_next(first, second):
    read = codes.decode(codes.encode(first))
    said = {"name": second.name, "postcode": second.postcode, "labels": second.labels}
    changed = replace(read, **said, language=second.language, dynamic=second.dynamic)
    assert plain(codes.decode(codes.encode(changed))) == plain(changed)
    assert codes.encode(replace(read, name=read.name)) == codes.encode(first)
