"""Every way an act can fail; what each means to others stands in `reasons`.

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
from typing import Any


class Reason(StrEnum):
    """Why. The value is stable: it is the `code` of an API problem and the id of its text."""

    ACCESS_PROVIDER_LATE = "access_provider_late"
    ACCOUNT_BUSY = "account_busy"
    ACCOUNT_CLOSED = "account_closed"
    ACCOUNT_EXISTS = "account_exists"
    ACCOUNT_FROZEN = "account_frozen"
    ACCOUNT_NOT_FOUND = "account_not_found"
    ACCOUNT_NUMBER_INVALID = "account_number_invalid"
    ACCOUNT_STOPPED = "account_stopped"
    ACCOUNT_TYPE_INVALID = "account_type_invalid"
    AGENT_NOT_FOUND = "agent_not_found"
    AGENT_SUSPENDED = "agent_suspended"
    AGENT_WRONG = "agent_wrong"
    AGE_BELOW_LEAST = "age_below_least"
    AGGREGATE_NOT_FOUND = "aggregate_not_found"
    ALIAS_EXISTS = "alias_exists"
    ALIAS_UNKNOWN = "alias_unknown"
    AMOUNT_ABOVE_LIMIT = "amount_above_limit"
    AMOUNT_ABOVE_SYSTEM_MAXIMUM = "amount_above_system_maximum"
    AMOUNT_BELOW_LIMIT = "amount_below_limit"
    AMOUNT_BELOW_SYSTEM_MINIMUM = "amount_below_system_minimum"
    AMOUNT_MALFORMED = "amount_malformed"
    AMOUNT_NOT_POSITIVE = "amount_not_positive"
    AMOUNT_SCALE = "amount_scale"
    ANSWER_UNFIT = "answer_unfit"
    APPLICATION_NOT_FOUND = "application_not_found"
    APPROVAL_NEEDS_SECOND = "approval_needs_second"
    APPROVAL_NOT_FOUND = "approval_not_found"
    APPROVAL_NOT_PENDING = "approval_not_pending"
    APPROVAL_UNCHECKED = "approval_unchecked"
    ASSET_MISMATCH = "asset_mismatch"
    AUTHORISATION_MISSING = "authorisation_missing"
    AUTHORITY_ELSEWHERE = "authority_elsewhere"
    AUTHORITY_UNKNOWN = "authority_unknown"
    BALANCE_ABOVE_CEILING = "balance_above_ceiling"
    BENEFICIARY_EXISTS = "beneficiary_exists"
    BENEFICIARY_NOT_FOUND = "beneficiary_not_found"
    BIC_INVALID = "bic_invalid"
    BODY_MALFORMED = "body_malformed"
    BODY_TOO_LARGE = "body_too_large"
    CASE_EXISTS = "case_exists"
    CASE_NOT_FOUND = "case_not_found"
    CASH_CODE_WRONG = "cash_code_wrong"
    CASH_ORDER_EXPIRED = "cash_order_expired"
    CASH_ORDER_LOCKED = "cash_order_locked"
    CASH_ORDER_NOT_FOUND = "cash_order_not_found"
    CERTIFICATE_FOREIGN = "certificate_foreign"
    CERTIFICATE_MISSING = "certificate_missing"
    CHAIN_BROKEN = "chain_broken"
    CHALLENGE_GONE = "challenge_gone"
    CODE_EXPIRED = "code_expired"
    CODE_WRONG = "code_wrong"
    CONFIRMATION_EXPIRED = "confirmation_expired"
    CONFIRMATION_MISMATCH = "confirmation_mismatch"
    CONFIRMATION_MISSING = "confirmation_missing"
    CONFIRMATION_USED = "confirmation_used"
    CONFIRMATION_WRONG = "confirmation_wrong"
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
    DISPUTE_EXISTS = "dispute_exists"
    DISPUTE_NOT_FOUND = "dispute_not_found"
    DUPLICATE_REFUSED = "duplicate_refused"
    DUTY_OVERDUE = "duty_overdue"
    ENDPOINT_FOREIGN = "endpoint_foreign"
    FIELD_INVALID = "field_invalid"
    FIELD_MISSING = "field_missing"
    FILES_TOO_MANY = "files_too_many"
    FILE_NOT_FOUND = "file_not_found"
    FILE_TOO_LARGE = "file_too_large"
    FILE_UNREADABLE = "file_unreadable"
    FLOAT_SHORT = "float_short"
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
    IDENTITY_KNOWN = "identity_known"
    IDENTITY_UNVERIFIED = "identity_unverified"
    ID_MALFORMED = "id_malformed"
    ID_REUSED = "id_reused"
    INSTITUTION_UNKNOWN = "institution_unknown"
    INSUFFICIENT_FUNDS = "insufficient_funds"
    INTERNAL = "internal"
    KEY_INVALID = "key_invalid"
    KEY_NOT_FOUND = "key_not_found"
    KEY_SCOPE = "key_scope"
    LAW_UNREAD = "law_unread"
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
    MONEY_REQUESTS_TOO_MANY = "money_requests_too_many"
    MONEY_REQUEST_NOT_FOUND = "money_request_not_found"
    NET_DEBIT_CAP = "net_debit_cap"
    ONBOARDING_INCOMPLETE = "onboarding_incomplete"
    OWN_ACCOUNT_NOT_FOUND = "own_account_not_found"
    PARTICIPANT_SUSPENDED = "participant_suspended"
    PASSKEY_ELSEWHERE = "passkey_elsewhere"
    PASSKEY_FOREIGN = "passkey_foreign"
    PASSKEY_INVALID = "passkey_invalid"
    PASSKEY_NOT_FOUND = "passkey_not_found"
    PASSKEY_UNVERIFIED = "passkey_unverified"
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
    PAYER_ELSEWHERE = "payer_elsewhere"
    PAYMENT_NOT_FOUND = "payment_not_found"
    PAYMENT_REQUESTS_UNAVAILABLE = "payment_requests_unavailable"
    PAYMENT_REQUEST_EXPIRED = "payment_request_expired"
    PAYMENT_REQUEST_NOT_FOUND = "payment_request_not_found"
    PAYMENT_RETURNED = "payment_returned"
    PHONE_INVALID = "phone_invalid"
    PIN_INVALID = "pin_invalid"
    PIN_WEAK = "pin_weak"
    POTS_TOO_MANY = "pots_too_many"
    POT_CLOSED = "pot_closed"
    POT_NOT_FOUND = "pot_not_found"
    PRINCIPAL_NOT_FOUND = "principal_not_found"
    PRIORITY_UNSUPPORTED = "priority_unsupported"
    PURPOSE_REQUIRED = "purpose_required"
    QR_BANK_UNKNOWN = "qr_bank_unknown"
    QR_CURRENCY = "qr_currency"
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
    RECEIPT_NOT_FOUND = "receipt_not_found"
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
    SIGNATURE_INVALID = "signature_invalid"
    SIGN_IN_FAILED = "sign_in_failed"
    SIGN_IN_LOCKED = "sign_in_locked"
    SPLIT_NOT_FOUND = "split_not_found"
    SPLIT_UNEVEN = "split_uneven"
    STATEMENT_TOO_LONG = "statement_too_long"
    STATE_CONFLICT = "state_conflict"
    TERMS_UNLAWFUL = "terms_unlawful"
    TIER_UNAVAILABLE = "tier_unavailable"
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
