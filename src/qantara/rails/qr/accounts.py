"""Merchant account templates, read and written by the table of schemes."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from qantara.rails.qr.defects import Defect, Fault, Path
from qantara.rails.qr.iban import is_iban
from qantara.rails.qr.model import Account, Confidence, Kind, Scheme
from qantara.rails.qr.schemes import (
    BY_GUID,
    BY_PLACE,
    CARD_NETWORKS,
    GUID_FIELD,
    Field,
    Row,
    row_of,
)
from qantara.rails.qr.tlv import join, split
from qantara.rails.qr.values import paynow_moment, paynow_text

Read = tuple[Account, Row | None, datetime | None]
CARD_LAST = "25"
_GUID = "00"
_NO_TEMPLATE = "26"
"""Where an account of no known scheme goes if it does not say."""


def card(template: str, value: str) -> Account:
    """A card scheme's merchant identifier, which is no template."""
    label = CARD_NETWORKS.get(template)
    return Account(Scheme.CARD, template, Kind.MERCHANT, value, label=label)


def read(template: str, text: str, country: str | None) -> Read:
    """The account, the row it was read by, and until when it may be paid."""
    objects = split(text, (template,))
    guid = objects.get(_GUID)
    if guid is None:
        raise Fault(Defect.MISSING, (template, _GUID), 0)
    rows = BY_GUID.get(guid.upper()) or BY_PLACE.get((country, template), ())
    for row in rows:
        account, expires_at = _by(row, template, objects)
        if account.value is not None or row is rows[-1]:
            return account, row, expires_at
    del objects[_GUID]
    rest = tuple(objects.items())
    return Account(Scheme.UNKNOWN, template, guid=guid, rest=rest), None, None


def _by(row: Row, template: str, objects: dict[str, str]) -> tuple[Account, datetime | None]:
    """The account as a row of the table reads it."""
    told: dict[str, Any] = {}
    rest = _fields(row, objects, row.fields, (template,), told)
    if not row.required <= objects.keys():
        missing = min(row.required - objects.keys())
        raise Fault(Defect.MISSING, (template, missing), 0)
    expires_at = told.pop("expires_at", None)
    return Account(row.scheme, template, rest=tuple(rest), **told), expires_at


def _fields(
    row: Row,
    objects: dict[str, str],
    fields: Mapping[str, Field],
    path: Path,
    told: dict[str, Any],
) -> list[tuple[str, str]]:
    """Fill what the table names; what it does not name is given back."""
    rest = []
    for name, value in objects.items():
        field = fields.get(name)
        if field is None or field.attr in told:
            rest.append((name, value))
        elif not field.shape(value):
            if row.confidence is not Confidence.LOW:
                raise Fault(Defect.FIELD_FORMAT, (*path, name))
            rest.append((name, value))
        elif field.plain:
            told[field.attr] = value
            if field.kind is not None:
                told["kind"] = field.kind
        elif field.inside:
            below = (*path, name)
            inner = split(value, below)
            if _fields(row, inner, field.inside, below, told):
                raise Fault(Defect.FIELD_FORMAT, below)
            if inner.keys() != field.inside.keys():
                raise Fault(Defect.MISSING, below)
        else:
            _field(field, value, (*path, name), told)
    return rest


def _field(field: Field, value: str, path: Path, told: dict[str, Any]) -> None:
    """What is not told as it is written."""
    if field.kind is not None:
        told["kind"] = field.kind
    if field.kind is Kind.IBAN and not is_iban(value):
        raise Fault(Defect.IBAN, path)
    if field.attr == "expires_at":
        told["expires_at"] = paynow_moment(value, path)
    elif field.prefix is not None:
        told[field.attr] = field.prefix[1] + value[len(field.prefix[0]) :]
    else:
        told[field.attr] = field.words[value] if field.words else value


def template(account: Account) -> str:
    """The id an account is written under."""
    if account.template:
        return account.template
    row = row_of(account)
    return row.templates[0] if row else _NO_TEMPLATE


def write(account: Account, expires_at: datetime | None) -> str:
    """The value of the account's data object."""
    if account.scheme is Scheme.CARD:
        return account.value or ""
    row = row_of(account)
    name = template(account)
    objects = dict(account.rest)
    if row is None or row.fields.get(_GUID, GUID_FIELD) is GUID_FIELD:
        guid = account.guid or (row.guids[0] if row and row.guids else None)
        if guid is None:
            raise Fault(Defect.MISSING, (name, _GUID), 0)
        objects[_GUID] = guid
    if row is not None:
        left = _unsaid(account) - _put(account, row.fields, objects, expires_at, (name,))
        if left:
            raise Fault(Defect.FIELD_FORMAT, (name,), 0)
    return join(sorted(objects.items()), (name,))


def _unsaid(account: Account) -> set[str]:
    """The attributes an account has that a template must have taken."""
    named = ("value", "kind", "acquirer", "merchant", "label", "mobile", "criteria")
    others = ("payment_type", "reference_1", "reference_2", "editable")
    return {attr for attr in (*named, *others) if getattr(account, attr) is not None}


def _put(
    account: Account,
    fields: Mapping[str, Field],
    objects: dict[str, str],
    expires_at: datetime | None,
    path: Path,
) -> set[str]:
    """Write what the table names, and say which attributes that were."""
    put: set[str] = set()
    for name, field in fields.items():
        if field is GUID_FIELD:
            continue
        if field.inside:
            inner: dict[str, str] = {}
            put |= _put(account, field.inside, inner, None, (*path, name))
            objects[name] = join(inner.items(), (*path, name))
            continue
        value = expires_at if field.attr == "expires_at" else getattr(account, field.attr)
        if value is None or (field.kind is not None and field.kind is not account.kind):
            continue
        objects[name] = _wire(field, value, (*path, name))
        put |= {field.attr, "kind"} if field.kind else {field.attr}
    return put


def _wire(field: Field, value: Any, path: Path) -> str:
    if isinstance(value, datetime):
        return paynow_text(value)
    if field.words:
        codes = [code for code, meaning in field.words.items() if meaning == value]
        if not codes:
            raise Fault(Defect.FIELD_FORMAT, path, 0)
        return codes[0]
    text = str(value)
    if field.prefix is not None and text.startswith(field.prefix[1]):
        return field.prefix[0] + text[len(field.prefix[1]) :]
    return text
