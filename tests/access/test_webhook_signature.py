import base64
import hashlib
import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qantara import webhook
from qantara.errors import Malformed
from qantara.webhook import Fault

# The example that the specification's own libraries are tested with.
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"  # noqa: S105 - published
ID, TIME, BODY = "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}'
SIGNATURE = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
OTHER = "whsec_" + base64.b64encode(b"another secret of 24 byte").decode()


def independent(secret: str, message_id: str, timestamp: int, body: bytes) -> str:
    """The specification's words, word for word, beside the code under test."""
    key = base64.b64decode(secret[len("whsec_") :])
    content = message_id.encode() + b"." + str(timestamp).encode() + b"." + body
    return "v1," + base64.b64encode(hmac.digest(key, content, hashlib.sha256)).decode()


def test_the_signature_of_the_specification_comes_out() -> None:
    assert webhook.sign(SECRET, ID, TIME, BODY) == SIGNATURE == independent(SECRET, ID, TIME, BODY)


@given(
    key=st.binary(min_size=24, max_size=64),
    message_id=st.from_regex(r"evt_[a-z0-9]{1,26}", fullmatch=True),
    timestamp=st.integers(0, 10**11),
    body=st.binary(max_size=300),
)
def test_any_message_is_signed_as_the_specification_says(
    key: bytes, message_id: str, timestamp: int, body: bytes
) -> None:
    secret = "whsec_" + base64.b64encode(key).decode()
    signed = webhook.headers([secret], message_id, timestamp, body)
    assert signed["webhook-signature"] == independent(secret, message_id, timestamp, body)
    assert webhook.verify(secret, signed, body, timestamp)
    assert not webhook.verify(OTHER, signed, body, timestamp)
    assert not webhook.verify(secret, signed, body + b" ", timestamp)
    renamed = signed | {"webhook-id": message_id + "x"}
    assert not webhook.verify(secret, renamed, body, timestamp)


def test_while_a_secret_is_replaced_both_open() -> None:
    signed = webhook.headers([OTHER, SECRET], ID, TIME, BODY)
    assert signed["webhook-signature"].split(" ")[1] == SIGNATURE
    assert webhook.verify(SECRET, signed, BODY, TIME)
    assert webhook.verify(OTHER, signed, BODY, TIME)


def test_header_names_come_in_any_case() -> None:
    signed = webhook.headers([SECRET], ID, TIME, BODY)
    loud = {name.upper(): value for name, value in signed.items()}
    assert webhook.verify(SECRET, loud, BODY, TIME)


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"webhook-id": ""}, Fault.HEADERS_MISSING),
        ({"webhook-signature": ""}, Fault.HEADERS_MISSING),
        ({"webhook-timestamp": "yesterday"}, Fault.TIMESTAMP_MALFORMED),
        ({"webhook-timestamp": "-5"}, Fault.TIMESTAMP_MALFORMED),
        ({"webhook-timestamp": "٣"}, Fault.TIMESTAMP_MALFORMED),
        ({"webhook-timestamp": "9" * 40}, Fault.TIMESTAMP_MALFORMED),
        ({"webhook-timestamp": str(TIME - 301)}, Fault.TIMESTAMP_STALE),
        ({"webhook-timestamp": str(TIME + 301)}, Fault.TIMESTAMP_STALE),
        ({"webhook-timestamp": str(TIME - 1)}, Fault.SIGNATURE_WRONG),
        ({"webhook-signature": SIGNATURE.replace("v1,", "v2,")}, Fault.SIGNATURE_WRONG),
        ({"webhook-signature": "v1,é " + SIGNATURE[:-3]}, Fault.SIGNATURE_WRONG),
    ],
)
def test_what_is_wrong_with_a_message_is_told(change: dict[str, str], fault: Fault) -> None:
    signed = webhook.headers([SECRET], ID, TIME, BODY) | change
    assert webhook.fault(SECRET, signed, BODY, TIME) is fault
    assert not webhook.verify(SECRET, signed, BODY, TIME)


def test_a_new_secret_is_256_random_bits_and_never_told_in_an_error() -> None:
    made = {webhook.new_secret() for _ in range(20)}
    assert len(made) == 20
    assert all(len(webhook.key_of(secret)) == 32 for secret in made)
    for wrong in ("whsec_", "whsec_short", "whsec_" + "A" * 400, "whsec_não"):
        with pytest.raises(Malformed) as caught:
            webhook.sign(wrong, ID, TIME, BODY)
        assert wrong not in str(caught.value)
