"""Every way an act can fail, in one table.

    QantaraError             expected in normal operation, worded for the person who meets it
    ├── Malformed     400    the request cannot be read as what it claims to be
    ├── NotFound      404    what it names does not exist here, or is not the caller's
    ├── Conflict      409    it contradicts what already happened
    ├── Limited       429    it comes too soon after others of the same caller
    ├── Unauthorised  401    who asks is not known; 403 if known and not allowed to
    └── Unavailable   503    a party needed for it does not answer; try again

`Refused` is not raised but returned: it is a decision, and its record must be kept.
Any other exception is a bug.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NamedTuple


class Reason(StrEnum):
    """Why. The value is stable: it is the `code` of an API problem and the id of its text."""

    ACCESS_PROVIDER_LATE = "access_provider_late"
    ACCOUNT_CLOSED = "account_closed"
    ACCOUNT_EXISTS = "account_exists"
    ACCOUNT_FROZEN = "account_frozen"
    ACCOUNT_NOT_FOUND = "account_not_found"
    ACCOUNT_NUMBER_INVALID = "account_number_invalid"
    ACCOUNT_STOPPED = "account_stopped"
    ACCOUNT_TYPE_INVALID = "account_type_invalid"
    AGENT_WRONG = "agent_wrong"
    ALIAS_EXISTS = "alias_exists"
    ALIAS_UNKNOWN = "alias_unknown"
    AMOUNT_ABOVE_LIMIT = "amount_above_limit"
    AMOUNT_ABOVE_SYSTEM_MAXIMUM = "amount_above_system_maximum"
    AMOUNT_BELOW_LIMIT = "amount_below_limit"
    AMOUNT_BELOW_SYSTEM_MINIMUM = "amount_below_system_minimum"
    AMOUNT_MALFORMED = "amount_malformed"
    AMOUNT_NOT_POSITIVE = "amount_not_positive"
    AMOUNT_SCALE = "amount_scale"
    APPROVAL_NEEDS_SECOND = "approval_needs_second"
    APPROVAL_NOT_FOUND = "approval_not_found"
    APPROVAL_NOT_PENDING = "approval_not_pending"
    APPROVAL_UNCHECKED = "approval_unchecked"
    ASSET_MISMATCH = "asset_mismatch"
    AUTHORISATION_MISSING = "authorisation_missing"
    BALANCE_ABOVE_CEILING = "balance_above_ceiling"
    BENEFICIARY_EXISTS = "beneficiary_exists"
    BENEFICIARY_NOT_FOUND = "beneficiary_not_found"
    BIC_INVALID = "bic_invalid"
    BODY_MALFORMED = "body_malformed"
    BODY_TOO_LARGE = "body_too_large"
    CASE_EXISTS = "case_exists"
    CASE_NOT_FOUND = "case_not_found"
    CERTIFICATE_FOREIGN = "certificate_foreign"
    CERTIFICATE_MISSING = "certificate_missing"
    CHAIN_BROKEN = "chain_broken"
    CORRIDOR_CLOSED = "corridor_closed"
    COUNTERPARTY_UNAVAILABLE = "counterparty_unavailable"
    CREDITOR_BANK_UNKNOWN = "creditor_bank_unknown"
    CURRENCY_MISMATCH = "currency_mismatch"
    CURRENCY_NOT_ALLOWED = "currency_not_allowed"
    CURRENCY_UNKNOWN = "currency_unknown"
    CURSOR_MALFORMED = "cursor_malformed"
    CUSTOMER_CLOSED = "customer_closed"
    CUSTOMER_DECEASED = "customer_deceased"
    CUSTOMER_HAS_ACCOUNTS = "customer_has_accounts"
    CUSTOMER_NOT_FOUND = "customer_not_found"
    DATA_MISSING = "data_missing"
    DECISION_NOT_FOUND = "decision_not_found"
    DUPLICATE_REFUSED = "duplicate_refused"
    DUTY_OVERDUE = "duty_overdue"
    ENDPOINT_FOREIGN = "endpoint_foreign"
    FIELD_INVALID = "field_invalid"
    FIELD_MISSING = "field_missing"
    FORM_UNPROVED = "form_unproved"
    FX_ACCOUNT_FOREIGN = "fx_account_foreign"
    HOLD_EXCEEDED = "hold_exceeded"
    HOLD_EXPIRED = "hold_expired"
    HOLD_NOT_FOUND = "hold_not_found"
    HOLD_NOT_PENDING = "hold_not_pending"
    IBAN_INVALID = "iban_invalid"
    IDEMPOTENCY_KEY_MISSING = "idempotency_key_missing"
    IDEMPOTENCY_KEY_REUSED = "idempotency_key_reused"
    IDENTITY_INVALID = "identity_invalid"
    IDENTITY_UNVERIFIED = "identity_unverified"
    ID_MALFORMED = "id_malformed"
    ID_REUSED = "id_reused"
    INSTITUTION_UNKNOWN = "institution_unknown"
    INSUFFICIENT_FUNDS = "insufficient_funds"
    INTERNAL = "internal"
    KEY_INVALID = "key_invalid"
    KEY_NOT_FOUND = "key_not_found"
    KEY_SCOPE = "key_scope"
    LEI_INVALID = "lei_invalid"
    LIQUIDITY_SHORT = "liquidity_short"
    LOOKUPS_EXCEEDED = "lookups_exceeded"
    MESSAGE_CODE_UNKNOWN = "message_code_unknown"
    MESSAGE_DUPLICATE = "message_duplicate"
    MESSAGE_ELEMENT_MISSING = "message_element_missing"
    MESSAGE_SCHEMA = "message_schema"
    MESSAGE_STALE = "message_stale"
    MESSAGE_UNREADABLE = "message_unreadable"
    MESSAGE_VERSION = "message_version"
    MESSAGE_WRONG_PARTY = "message_wrong_party"
    METHOD_NOT_ALLOWED = "method_not_allowed"
    NET_DEBIT_CAP = "net_debit_cap"
    PARTICIPANT_SUSPENDED = "participant_suspended"
    PAYEE_ANSWER_FOREIGN = "payee_answer_foreign"
    PAYEE_CHECK_EXPIRED = "payee_check_expired"
    PAYEE_CHECK_NOT_FOUND = "payee_check_not_found"
    PAYEE_CLOSED = "payee_closed"
    PAYEE_NAME_CLOSE = "payee_name_close"
    PAYEE_NAME_MISMATCH = "payee_name_mismatch"
    PAYEE_NAME_UNCHECKED = "payee_name_unchecked"
    PAYEE_NOT_CONFIRMED = "payee_not_confirmed"
    PAYEE_PROVIDER_LATE = "payee_provider_late"
    PAYEE_UNKNOWN = "payee_unknown"
    PAYER_ADDRESS_MISSING = "payer_address_missing"
    PAYMENT_REQUESTS_UNAVAILABLE = "payment_requests_unavailable"
    PAYMENT_REQUEST_EXPIRED = "payment_request_expired"
    PAYMENT_REQUEST_NOT_FOUND = "payment_request_not_found"
    PAYMENT_RETURNED = "payment_returned"
    PHONE_INVALID = "phone_invalid"
    POTS_TOO_MANY = "pots_too_many"
    POT_CLOSED = "pot_closed"
    POT_NOT_FOUND = "pot_not_found"
    PRINCIPAL_NOT_FOUND = "principal_not_found"
    PRIORITY_UNSUPPORTED = "priority_unsupported"
    PURPOSE_REQUIRED = "purpose_required"
    QR_BANK_UNKNOWN = "qr_bank_unknown"
    QR_EXPIRED = "qr_expired"
    QR_NOT_FOUND = "qr_not_found"
    QR_PICTURE_UNREADABLE = "qr_picture_unreadable"
    QR_UNREACHABLE = "qr_unreachable"
    QR_UNREADABLE = "qr_unreadable"
    QUESTION_INVALID = "question_invalid"
    QUOTE_EXPIRED = "quote_expired"
    QUOTE_FOREIGN = "quote_foreign"
    QUOTE_MISMATCH = "quote_mismatch"
    QUOTE_NOT_FOUND = "quote_not_found"
    QUOTE_USED = "quote_used"
    RATE_LIMITED = "rate_limited"
    RATE_MISSING = "rate_missing"
    RATE_STALE = "rate_stale"
    RECALL_UNAVAILABLE = "recall_unavailable"
    REJECTED_BY_RECEIVER = "rejected_by_receiver"
    REMITTANCE_NOT_FOUND = "remittance_not_found"
    REQUEST_IN_PROGRESS = "request_in_progress"
    RETURN_NOT_FOUND = "return_not_found"
    RETURN_UNMATCHED = "return_unmatched"
    REVIEW_CLEARED = "review_cleared"
    REVIEW_LAPSED = "review_lapsed"
    REVIEW_REFUSED = "review_refused"
    REVIEW_REQUIRED = "review_required"
    REVIEW_WAITING = "review_waiting"
    ROUTE_NOT_FOUND = "route_not_found"
    RULEBOOK_INVALID = "rulebook_invalid"
    RULEBOOK_UNKNOWN = "rulebook_unknown"
    RULEBOOK_VALUE_MISSING = "rulebook_value_missing"
    SAME_ACCOUNT = "same_account"
    SCHEDULE_CEILING = "schedule_ceiling"
    SCHEDULE_NOT_FOUND = "schedule_not_found"
    SESSION_ENDED = "session_ended"
    SETTLEMENT_CLOSED = "settlement_closed"
    STATEMENT_TOO_LONG = "statement_too_long"
    STATE_CONFLICT = "state_conflict"
    TERMS_UNLAWFUL = "terms_unlawful"
    TIMED_OUT = "timed_out"
    TIME_MALFORMED = "time_malformed"
    TRANSFER_NOT_FOUND = "transfer_not_found"
    TRIGGER_NOT_FOUND = "trigger_not_found"
    WEBHOOK_ADDRESS_REFUSED = "webhook_address_refused"
    WEBHOOK_ENDPOINTS_TOO_MANY = "webhook_endpoints_too_many"
    WEBHOOK_NOT_FOUND = "webhook_not_found"
    WORLD_MISSING = "world_missing"
    WORLD_RUNNING = "world_running"
    WRITER_ELSEWHERE = "writer_elsewhere"
    WRITER_REPLACED = "writer_replaced"


class Facts(NamedTuple):
    """What each door says of a reason.

    `http` is the status of the API problem; `iso` the ISO 20022 external status reason code a
    message carries for it (`NARR` where no code fits: the sentence then stands in AddtlInf);
    `retryable` whether the same request may succeed later without being changed.
    """

    http: int
    iso: str
    retryable: bool = False


REASONS: dict[Reason, Facts] = {
    Reason.ACCESS_PROVIDER_LATE: Facts(504, "AB06", retryable=True),
    Reason.ACCOUNT_CLOSED: Facts(422, "AC04"),
    Reason.ACCOUNT_EXISTS: Facts(409, "NARR"),
    Reason.ACCOUNT_FROZEN: Facts(422, "AC06"),
    Reason.ACCOUNT_NOT_FOUND: Facts(404, "AC14"),
    Reason.ACCOUNT_NUMBER_INVALID: Facts(400, "AC14"),
    Reason.ACCOUNT_STOPPED: Facts(422, "AC06"),
    Reason.ACCOUNT_TYPE_INVALID: Facts(422, "AC14"),
    Reason.AGENT_WRONG: Facts(422, "AGNT"),
    Reason.ALIAS_EXISTS: Facts(409, "NARR"),
    Reason.ALIAS_UNKNOWN: Facts(422, "BE23"),
    Reason.AMOUNT_ABOVE_LIMIT: Facts(422, "AM02"),
    Reason.AMOUNT_ABOVE_SYSTEM_MAXIMUM: Facts(422, "AM13"),
    Reason.AMOUNT_BELOW_LIMIT: Facts(422, "AM06"),
    Reason.AMOUNT_BELOW_SYSTEM_MINIMUM: Facts(422, "AM15"),
    Reason.AMOUNT_MALFORMED: Facts(400, "AM03"),
    Reason.AMOUNT_NOT_POSITIVE: Facts(400, "AM03"),
    Reason.AMOUNT_SCALE: Facts(400, "CH20"),
    Reason.APPROVAL_NEEDS_SECOND: Facts(403, "NARR"),
    Reason.APPROVAL_NOT_FOUND: Facts(404, "NARR"),
    Reason.APPROVAL_NOT_PENDING: Facts(409, "NARR"),
    Reason.APPROVAL_UNCHECKED: Facts(422, "NARR"),
    Reason.ASSET_MISMATCH: Facts(422, "CURR"),
    Reason.AUTHORISATION_MISSING: Facts(422, "RR04"),
    Reason.BALANCE_ABOVE_CEILING: Facts(422, "AM21"),
    Reason.BENEFICIARY_EXISTS: Facts(409, "NARR"),
    Reason.BENEFICIARY_NOT_FOUND: Facts(404, "NARR"),
    Reason.BIC_INVALID: Facts(400, "RC04"),
    Reason.BODY_MALFORMED: Facts(400, "FF01"),
    Reason.BODY_TOO_LARGE: Facts(413, "FF01"),
    Reason.CASE_EXISTS: Facts(409, "NARR"),
    Reason.CASE_NOT_FOUND: Facts(404, "NARR"),
    Reason.CERTIFICATE_FOREIGN: Facts(403, "NARR"),
    Reason.CERTIFICATE_MISSING: Facts(401, "NARR"),
    Reason.CHAIN_BROKEN: Facts(422, "NARR"),
    Reason.CORRIDOR_CLOSED: Facts(422, "RR04"),
    Reason.COUNTERPARTY_UNAVAILABLE: Facts(503, "AB08", retryable=True),
    Reason.CREDITOR_BANK_UNKNOWN: Facts(422, "CNOR"),
    Reason.CURRENCY_MISMATCH: Facts(400, "CURR"),
    Reason.CURRENCY_NOT_ALLOWED: Facts(422, "AM03"),
    Reason.CURRENCY_UNKNOWN: Facts(400, "CURR"),
    Reason.CURSOR_MALFORMED: Facts(400, "NARR"),
    Reason.CUSTOMER_CLOSED: Facts(422, "BE06"),
    Reason.CUSTOMER_DECEASED: Facts(422, "MD07"),
    Reason.CUSTOMER_HAS_ACCOUNTS: Facts(422, "NARR"),
    Reason.CUSTOMER_NOT_FOUND: Facts(404, "BE06"),
    Reason.DATA_MISSING: Facts(422, "RR04"),
    Reason.DECISION_NOT_FOUND: Facts(404, "NARR"),
    Reason.DUPLICATE_REFUSED: Facts(409, "AM05"),
    Reason.DUTY_OVERDUE: Facts(422, "RR04"),
    Reason.ENDPOINT_FOREIGN: Facts(422, "NARR"),
    Reason.FIELD_INVALID: Facts(400, "NARR"),
    Reason.FIELD_MISSING: Facts(400, "CH21"),
    Reason.FORM_UNPROVED: Facts(403, "NARR"),
    Reason.FX_ACCOUNT_FOREIGN: Facts(422, "RC11"),
    Reason.HOLD_EXCEEDED: Facts(422, "AM14"),
    Reason.HOLD_EXPIRED: Facts(409, "TM01"),
    Reason.HOLD_NOT_FOUND: Facts(404, "NARR"),
    Reason.HOLD_NOT_PENDING: Facts(409, "NARR"),
    Reason.IBAN_INVALID: Facts(400, "AC14"),
    Reason.IDEMPOTENCY_KEY_MISSING: Facts(400, "NARR"),
    Reason.IDEMPOTENCY_KEY_REUSED: Facts(422, "DUPL"),
    Reason.IDENTITY_INVALID: Facts(400, "BE05"),
    Reason.IDENTITY_UNVERIFIED: Facts(422, "RR04"),
    Reason.ID_MALFORMED: Facts(400, "NARR"),
    Reason.ID_REUSED: Facts(409, "DU01"),
    Reason.INSTITUTION_UNKNOWN: Facts(422, "RC07"),
    Reason.INSUFFICIENT_FUNDS: Facts(422, "AM04"),
    Reason.INTERNAL: Facts(500, "NARR"),
    Reason.KEY_INVALID: Facts(401, "NARR"),
    Reason.KEY_NOT_FOUND: Facts(404, "NARR"),
    Reason.KEY_SCOPE: Facts(403, "NARR"),
    Reason.LEI_INVALID: Facts(400, "RC07"),
    Reason.LIQUIDITY_SHORT: Facts(422, "AM04"),
    Reason.LOOKUPS_EXCEEDED: Facts(503, "AB08", retryable=True),
    Reason.MESSAGE_CODE_UNKNOWN: Facts(422, "CH21"),
    Reason.MESSAGE_DUPLICATE: Facts(409, "DU03"),
    Reason.MESSAGE_ELEMENT_MISSING: Facts(422, "CH21"),
    Reason.MESSAGE_SCHEMA: Facts(400, "FF01"),
    Reason.MESSAGE_STALE: Facts(422, "TM01"),
    Reason.MESSAGE_UNREADABLE: Facts(400, "FF01"),
    Reason.MESSAGE_VERSION: Facts(400, "FF01"),
    Reason.MESSAGE_WRONG_PARTY: Facts(403, "AG01"),
    Reason.METHOD_NOT_ALLOWED: Facts(405, "NARR"),
    Reason.NET_DEBIT_CAP: Facts(422, "AM23"),
    Reason.PARTICIPANT_SUSPENDED: Facts(422, "AG11"),
    Reason.PAYEE_ANSWER_FOREIGN: Facts(422, "NARR"),
    Reason.PAYEE_CHECK_EXPIRED: Facts(422, "NARR"),
    Reason.PAYEE_CHECK_NOT_FOUND: Facts(404, "NARR"),
    Reason.PAYEE_CLOSED: Facts(422, "AC07"),
    Reason.PAYEE_NAME_CLOSE: Facts(422, "BE01"),
    Reason.PAYEE_NAME_MISMATCH: Facts(422, "BE01"),
    Reason.PAYEE_NAME_UNCHECKED: Facts(422, "BE01"),
    Reason.PAYEE_NOT_CONFIRMED: Facts(422, "BE01"),
    Reason.PAYEE_PROVIDER_LATE: Facts(504, "AB05", retryable=True),
    Reason.PAYEE_UNKNOWN: Facts(422, "BE06"),
    Reason.PAYER_ADDRESS_MISSING: Facts(422, "RR02"),
    Reason.PAYMENT_REQUESTS_UNAVAILABLE: Facts(422, "NARR"),
    Reason.PAYMENT_REQUEST_EXPIRED: Facts(422, "NARR"),
    Reason.PAYMENT_REQUEST_NOT_FOUND: Facts(404, "NARR"),
    Reason.PAYMENT_RETURNED: Facts(409, "NARR"),
    Reason.PHONE_INVALID: Facts(400, "NARR"),
    Reason.POTS_TOO_MANY: Facts(409, "NARR"),
    Reason.POT_CLOSED: Facts(422, "NARR"),
    Reason.POT_NOT_FOUND: Facts(404, "NARR"),
    Reason.PRINCIPAL_NOT_FOUND: Facts(404, "NARR"),
    Reason.PRIORITY_UNSUPPORTED: Facts(422, "AG03"),
    Reason.PURPOSE_REQUIRED: Facts(422, "RR04"),
    Reason.QR_BANK_UNKNOWN: Facts(422, "RC01"),
    Reason.QR_EXPIRED: Facts(422, "TM01"),
    Reason.QR_NOT_FOUND: Facts(422, "NARR"),
    Reason.QR_PICTURE_UNREADABLE: Facts(422, "NARR"),
    Reason.QR_UNREACHABLE: Facts(422, "AG03"),
    Reason.QR_UNREADABLE: Facts(422, "NARR"),
    Reason.QUESTION_INVALID: Facts(422, "NARR"),
    Reason.QUOTE_EXPIRED: Facts(422, "AB04"),
    Reason.QUOTE_FOREIGN: Facts(404, "AB04"),
    Reason.QUOTE_MISMATCH: Facts(422, "AB04"),
    Reason.QUOTE_NOT_FOUND: Facts(404, "AB04"),
    Reason.QUOTE_USED: Facts(409, "AB04"),
    Reason.RATE_LIMITED: Facts(429, "NARR", retryable=True),
    Reason.RATE_MISSING: Facts(503, "NARR", retryable=True),
    Reason.RATE_STALE: Facts(503, "NARR", retryable=True),
    Reason.RECALL_UNAVAILABLE: Facts(422, "NARR"),
    Reason.REJECTED_BY_RECEIVER: Facts(422, "NARR"),
    Reason.REMITTANCE_NOT_FOUND: Facts(404, "NARR"),
    Reason.REQUEST_IN_PROGRESS: Facts(409, "NARR", retryable=True),
    Reason.RETURN_NOT_FOUND: Facts(404, "NARR"),
    Reason.RETURN_UNMATCHED: Facts(422, "NARR"),
    Reason.REVIEW_CLEARED: Facts(422, "AB04"),
    Reason.REVIEW_LAPSED: Facts(422, "AB04"),
    Reason.REVIEW_REFUSED: Facts(422, "RR04"),
    Reason.REVIEW_REQUIRED: Facts(422, "RR04"),
    Reason.REVIEW_WAITING: Facts(409, "NARR"),
    Reason.ROUTE_NOT_FOUND: Facts(404, "NARR"),
    Reason.RULEBOOK_INVALID: Facts(500, "NARR"),
    Reason.RULEBOOK_UNKNOWN: Facts(404, "NARR"),
    Reason.RULEBOOK_VALUE_MISSING: Facts(404, "NARR"),
    Reason.SAME_ACCOUNT: Facts(422, "NARR"),
    Reason.SCHEDULE_CEILING: Facts(422, "NARR"),
    Reason.SCHEDULE_NOT_FOUND: Facts(404, "NARR"),
    Reason.SESSION_ENDED: Facts(401, "NARR"),
    Reason.SETTLEMENT_CLOSED: Facts(503, "ED06", retryable=True),
    Reason.STATEMENT_TOO_LONG: Facts(422, "NARR"),
    Reason.STATE_CONFLICT: Facts(409, "NARR"),
    Reason.TERMS_UNLAWFUL: Facts(422, "RR04"),
    Reason.TIMED_OUT: Facts(504, "AB03", retryable=True),
    Reason.TIME_MALFORMED: Facts(400, "NARR"),
    Reason.TRANSFER_NOT_FOUND: Facts(404, "NARR"),
    Reason.TRIGGER_NOT_FOUND: Facts(404, "NARR"),
    Reason.WEBHOOK_ADDRESS_REFUSED: Facts(422, "NARR"),
    Reason.WEBHOOK_ENDPOINTS_TOO_MANY: Facts(409, "NARR"),
    Reason.WEBHOOK_NOT_FOUND: Facts(404, "NARR"),
    Reason.WORLD_MISSING: Facts(404, "NARR"),
    Reason.WORLD_RUNNING: Facts(409, "NARR"),
    Reason.WRITER_ELSEWHERE: Facts(503, "AB08", retryable=True),
    Reason.WRITER_REPLACED: Facts(503, "AB08", retryable=True),
}


class QantaraError(Exception):
    """Expected in normal operation. `facts` fill the places in the reason's sentence."""

    def __init__(self, reason: Reason, **facts: str) -> None:
        self.reason = reason
        self.facts = facts
        told = ", ".join(f"{name}={value}" for name, value in facts.items())
        super().__init__(f"{reason}: {told}" if told else str(reason))


class Malformed(QantaraError):
    """The request cannot be read as what it claims to be."""


class NotFound(QantaraError):
    """What the request names does not exist here, or is not the caller's to see."""


class Conflict(QantaraError):
    """The request contradicts what already happened."""


class Limited(QantaraError):
    """Too many requests; the fact `seconds` says how long to wait."""


class Unauthorised(QantaraError):
    """Who asks is not known (401), or is known and may not do this (403)."""


class Unavailable(QantaraError):
    """A party needed for the act does not answer; nothing happened, try again."""


@dataclass(frozen=True, slots=True)
class Refused:
    """A decision not to act, returned so that its record is kept.

    `rule` names the rule that decided and `citation` where it comes from; both are empty for
    refusals that no rulebook makes (a short balance needs no article of law).
    """

    reason: Reason
    rule: str = ""
    citation: str = ""
    facts: dict[str, Any] = field(default_factory=dict)
