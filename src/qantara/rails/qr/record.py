"""A code as one JSON record and back: amounts in major units, moments in ISO 8601.

`objects` are the data objects as they were read; with them a record gives back the very code.
"""

import re
from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec

from qantara.clock import to_text
from qantara.errors import Malformed, Reason
from qantara.money import Money
from qantara.rails.qr.currencies import BY_CODE
from qantara.rails.qr.model import (
    Account,
    Application,
    Code,
    ConsumerCode,
    Element,
    Labels,
    Language,
    Pairs,
    Scheme,
    Tip,
    TipKind,
)

_FIGURE = re.compile(r"[0-9]{1,13}(?:\.[0-9]{1,10})?").fullmatch
_PAYEE, _PAYER = "payee", "payer"


class _TipRecord(msgspec.Struct, forbid_unknown_fields=True):
    kind: TipKind
    fixed: str | None = None
    percent: str | None = None


class _CodeRecord(msgspec.Struct, tag=_PAYEE, tag_field="shown_by"):
    """A code that a payee shows, as a record."""

    scheme: Scheme
    accounts: list[Account]
    name: str | None = None
    city: str | None = None
    country: str | None = None
    postcode: str | None = None
    category: str | None = None
    currency: str | None = None
    amount: str | None = None
    dynamic: bool | None = None
    tip: _TipRecord | None = None
    labels: Labels | None = None
    language: Language | None = None
    expires_at: datetime | None = None
    version: str = "01"
    charset: str | None = None
    rest: Pairs = ()
    objects: Pairs = ()


class _ConsumerRecord(msgspec.Struct, tag=_PAYER, tag_field="shown_by"):
    """A code that a payer shows, as a record; bytes in base64."""

    applications: tuple[Application, ...]
    common: Application | None = None
    rest: tuple[Element, ...] = ()
    objects: tuple[Element, ...] = ()


_SHARED = (
    *("scheme", "name", "city", "country", "postcode", "category", "currency", "dynamic"),
    *("labels", "language", "version", "charset", "rest"),
)


def to_record(code: Code | ConsumerCode) -> dict[str, Any]:
    """Only what the code says: fields that are not known are left out."""
    if isinstance(code, ConsumerCode):
        made = _ConsumerRecord(code.applications, code.common, code.rest, code.kept)
        told: dict[str, Any] = _told(msgspec.to_builtins(made))
        return told
    tip = _tip_record(code.tip) if code.tip else None
    record = _CodeRecord(
        **{name: getattr(code, name) for name in _SHARED},
        accounts=list(code.accounts),
        amount=_text(code.amount),
        tip=tip,
        objects=code.kept,
    )
    told = _told(msgspec.to_builtins(record))
    if code.expires_at is not None:
        told["expires_at"] = to_text(code.expires_at)
    return told


def _tip_record(tip: Tip) -> _TipRecord:
    return _TipRecord(tip.kind, _text(tip.fixed), _text(tip.percent))


def _text(value: Money | Decimal | None) -> str | None:
    return None if value is None else str(value)


def _told(value: Any) -> Any:
    """Without what is None or empty, at every depth."""
    if isinstance(value, dict):
        return {key: _told(each) for key, each in value.items() if each not in (None, (), [])}
    return [_told(each) for each in value] if isinstance(value, list | tuple) else value


def from_record(record: object) -> Code | ConsumerCode:
    """The code a record tells, or `Malformed` with the field that is wrong."""
    try:
        made = msgspec.convert(record, _CodeRecord | _ConsumerRecord)
    except (msgspec.ValidationError, RecursionError, UnicodeEncodeError) as error:
        raise Malformed(Reason.FIELD_INVALID, param="code", value=str(error)) from None
    if isinstance(made, _ConsumerRecord):
        return ConsumerCode(made.applications, made.common, made.rest, made.objects)
    if made.expires_at is not None and made.expires_at.tzinfo is None:
        raise Malformed(Reason.TIME_MALFORMED, param="expires_at")
    return Code(
        **{name: getattr(made, name) for name in _SHARED},
        accounts=tuple(made.accounts),
        amount=_money(made.amount, made.currency),
        tip=_tip(made.tip, made.currency) if made.tip else None,
        expires_at=made.expires_at,
        kept=made.objects,
    )


def _tip(tip: _TipRecord, currency: str | None) -> Tip:
    percent = tip.percent
    if percent is not None and not _FIGURE(percent):
        raise Malformed(Reason.AMOUNT_MALFORMED, param="percent")
    fixed = _money(tip.fixed, currency)
    return Tip(tip.kind, fixed, None if percent is None else Decimal(percent))


def _money(text: str | None, currency: str | None) -> Money | None:
    if text is None:
        return None
    if currency not in BY_CODE:
        raise Malformed(Reason.CURRENCY_UNKNOWN, param="currency")
    if not _FIGURE(text):
        raise Malformed(Reason.AMOUNT_MALFORMED, param="amount")
    return Money.parse(text, BY_CODE[currency])
