"""What authenticators are asked and how their answers are verified (WebAuthn, level 3).

User verification is demanded every time: a passkey is then two factors, what one has and what
unlocks it. No attestation is asked for: which make of authenticator it is decides nothing here.
"""

from collections.abc import Sequence
from typing import NamedTuple

import webauthn
from cbor2 import CBORDecodeError
from webauthn.helpers import (
    parse_authentication_credential_json,
    parse_authenticator_data,
    parse_client_data_json,
)
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from qantara.access.credentials.model import Passkey, Terms
from qantara.errors import Malformed, Reason

ANSWER_LONGEST = 16_384
_UNREADABLE = (WebAuthnException, CBORDecodeError, ValueError, KeyError, TypeError, IndexError)


class Registered(NamedTuple):
    handle: bytes
    public_key: bytes
    counter: int


def registration(
    terms: Terms, principal_id: str, name: str, challenge: bytes, had: Sequence[Passkey]
) -> str:
    """The JSON that `navigator.credentials.create` takes."""
    options = webauthn.generate_registration_options(
        rp_id=terms.rp_id,
        rp_name=terms.rp_name,
        user_id=principal_id.encode(),
        user_name=name,
        challenge=challenge,
        timeout=terms.challenge_seconds * 1000,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED,
            user_verification=UserVerificationRequirement.REQUIRED,
        ),
        exclude_credentials=[PublicKeyCredentialDescriptor(id=each.handle) for each in had],
    )
    return webauthn.options_to_json(options)


def registered(terms: Terms, challenge: bytes, answer: str) -> Registered | None:
    """What was registered; None if the answer does not prove it."""
    _check_length(answer)
    try:
        found = webauthn.verify_registration_response(
            credential=answer,
            expected_challenge=challenge,
            expected_rp_id=terms.rp_id,
            expected_origin=list(terms.origins),
            require_user_verification=True,
        )
    except _UNREADABLE:
        return None
    return Registered(found.credential_id, found.credential_public_key, found.sign_count)


def authentication(terms: Terms, challenge: bytes, allowed: Sequence[Passkey] = ()) -> str:
    """The JSON that `navigator.credentials.get` takes. Without `allowed` whoever is there chooses
    among their own passkeys, and we need not know who asks.
    """
    options = webauthn.generate_authentication_options(
        rp_id=terms.rp_id,
        challenge=challenge,
        timeout=terms.challenge_seconds * 1000,
        allow_credentials=[PublicKeyCredentialDescriptor(id=each.handle) for each in allowed],
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return webauthn.options_to_json(options)


def handle_of(answer: str) -> bytes | None:
    """Which passkey an answer says it is from; None if it cannot be read."""
    _check_length(answer)
    try:
        return parse_authentication_credential_json(answer).raw_id
    except _UNREADABLE:
        return None


def counted(terms: Terms, challenge: bytes, passkey: Passkey, answer: str) -> int | None:
    """What the passkey counts now; None if the answer does not prove it. A counter that runs
    back is found here and once more where it is kept.
    """
    _check_length(answer)
    try:
        found = webauthn.verify_authentication_response(
            credential=answer,
            expected_challenge=challenge,
            expected_rp_id=terms.rp_id,
            expected_origin=list(terms.origins),
            credential_public_key=passkey.public_key,
            credential_current_sign_count=passkey.counter,
            require_user_verification=True,
        )
    except _UNREADABLE:
        return None
    return found.new_sign_count


def flaw(terms: Terms, challenge: bytes, answer: str) -> Reason:
    """Why an answer that proves nothing does not, as far as it says so itself: used on a page that
    is not ours, given for another question, or given by a device that did not look who holds it.
    """
    try:
        said = parse_authentication_credential_json(answer).response
        client = parse_client_data_json(said.client_data_json)
        device = parse_authenticator_data(said.authenticator_data)
    except _UNREADABLE:
        return Reason.CONFIRMATION_WRONG
    if client.origin not in terms.origins:
        return Reason.PASSKEY_ELSEWHERE
    if client.challenge != challenge:
        return Reason.CONFIRMATION_MISMATCH
    return Reason.CONFIRMATION_WRONG if device.flags.uv else Reason.PASSKEY_UNVERIFIED


def _check_length(answer: str) -> None:
    if len(answer) > ANSWER_LONGEST:
        raise Malformed(Reason.BODY_TOO_LARGE, limit=f"{ANSWER_LONGEST} characters")
