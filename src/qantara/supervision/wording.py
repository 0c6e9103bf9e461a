"""Aggregates as bytes: canonical JSON, the message around it, and what is wrong with either."""

import re
from typing import TypeVar

import msgspec

from qantara.errors import Malformed, Reason
from qantara.money import Money, asset
from qantara.supervision.model import AGGREGATE, Aggregate, Document, Offered, Row, Signed

CAP_BYTES = 512 * 1024
_SHOWN = 64
_HEX = re.compile(r"[0-9a-f]{128}")
_ROLE = re.compile(r"[a-z][a-z0-9-]{0,31}")
_WORD = re.compile(r"[a-z][a-z0-9_-]{0,39}")
_COUNTRY = re.compile(r"[A-Z]{2}")
_PERCENT = re.compile(r"-?[0-9]{1,6}\.[0-9]{2}")
_SIGNED_AMOUNTS = ("margin",)
_AMOUNTS = {"sent": "source", "received": "destination", "fees": "source", "margin": "source"}
_COUNTS = (
    *("completed", "rejected", "refused", "held", "overdue", "blocked", "returned"),
    *("p50_ms", "p95_ms"),
)
_encoder = msgspec.json.Encoder(order="sorted")
Kind = TypeVar("Kind")


def canonical(aggregate: Aggregate) -> bytes:
    """The same aggregate always as the same bytes: names in order, nothing between them, no
    fractions but as text.
    """
    return _encoder.encode(aggregate)


def message(document: Document) -> bytes:
    """A document as it goes to others."""
    told = document.aggregate
    return msgspec.json.encode(
        Signed(
            told.message_id,
            told.issuer,
            document.key_id,
            document.signature.hex(),
            document.body.decode(),
        )
    )


def read(raw: bytes) -> Offered:
    """A message as it claims to be; `Malformed` where it is none. Nothing is verified here."""
    if len(raw) > CAP_BYTES:
        raise Malformed(Reason.BODY_TOO_LARGE, limit=f"{CAP_BYTES} bytes")
    said = _decoded(raw, Signed)
    if not _HEX.fullmatch(said.signature):
        raise _wrong("signature", said.signature)
    body = said.body.encode()
    aggregate = read_body(body)
    if canonical(aggregate) != body:
        raise _wrong("body", "not the canonical form of itself")
    if (aggregate.message_id, aggregate.issuer) != (said.message_id, said.issuer):
        raise _wrong("body", "of another message or issuer than its envelope")
    _judge(aggregate)
    return Offered(said.message_id, aggregate, said.key_id, bytes.fromhex(said.signature), body)


def read_body(body: bytes) -> Aggregate:
    return _decoded(body, Aggregate)


def _decoded(raw: bytes, kind: type[Kind]) -> Kind:
    try:
        return msgspec.json.decode(raw, type=kind, strict=True)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise Malformed(Reason.BODY_MALFORMED, detail=str(error)) from error


def _judge(told: Aggregate) -> None:
    """What the types alone do not say."""
    if told.schema != AGGREGATE:
        raise Malformed(Reason.MESSAGE_VERSION, message=f"not taken here: {told.schema[:_SHOWN]}")
    if told.issued_at.tzinfo is None:
        raise Malformed(Reason.TIME_MALFORMED, param="issued_at", value=told.issued_at.isoformat())
    if told.revision < 1 or told.least < 1:
        raise _wrong("revision", str(told.revision))
    if not _COUNTRY.fullmatch(told.jurisdiction) or not _ROLE.fullmatch(told.issuer):
        raise _wrong("jurisdiction", told.jurisdiction)
    for row in told.rows:
        _judge_row(row)
    if len({row.corridor for row in told.rows}) < len(told.rows):
        raise _wrong("rows", "one corridor twice")
    for case in told.complaints:
        if not (_WORD.fullmatch(case.kind) and _WORD.fullmatch(case.origin)):
            raise _wrong("complaints", case.kind)
        if any(count is not None and count < 0 for count in (case.opened, case.closed)):
            raise _wrong("complaints", "less than none")


def _judge_row(row: Row) -> None:
    if not (_COUNTRY.fullmatch(row.source) and _COUNTRY.fullmatch(row.destination)):
        raise _wrong("rows", f"{row.source} to {row.destination}")
    if not _WORD.fullmatch(row.rail):
        raise _wrong("rail", row.rail)
    currencies = {
        "source": asset(row.source_currency),
        "destination": asset(row.destination_currency),
    }
    for name, side in _AMOUNTS.items():
        text = getattr(row, name)
        if text is not None and Money.parse(text, currencies[side]).minor < 0:
            if name in _SIGNED_AMOUNTS:
                continue  # a rate better than mid-market
            raise _wrong(name, text)
    if row.cost_percent is not None and not _PERCENT.fullmatch(row.cost_percent):
        raise _wrong("cost_percent", row.cost_percent)
    for name in _COUNTS:
        count = getattr(row, name)
        if count is not None and count < 0:
            raise _wrong(name, str(count))


def _wrong(param: str, value: str) -> Malformed:
    return Malformed(Reason.FIELD_INVALID, param=param, value=value[:_SHOWN])
