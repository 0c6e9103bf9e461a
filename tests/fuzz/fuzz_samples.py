"""Where fuzzing begins: words that every reader takes."""

import importlib
import json
import re
from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from functools import cache
from random import Random
from typing import Any

import msgspec
from fastapi.routing import APIRoute
from msgspec.structs import replace

from moments import NOW
from qantara.clock import to_text
from qantara.edge import envelope
from qantara.host import config
from qantara.host.kinds import configured
from qantara.money import PKR
from qantara.rails import cases
from qantara.rails.model import Profile
from qantara.rails.qr import flow as qr
from qantara.remittance.model import ForeignAccount, Institution, OwnFx
from qantara.scheme import model as scheme
from qantara.world.bench import qr_samples
from source_tree import ROOT

__all__ = ["NOW", "answers", "bodies", "body_seeds", "institution", "notices", "packed", "words"]

_UETR = "3fa85f64-5717-4562-b3fc-2c963f66afa6"
_CONSUMER_CODE = "hQVDUFYwMWEaTwegAAAAVVVVVw8SNFZ4kBI0WNGRIgESNF8="
_LATER = NOW + timedelta(hours=1)
_DEMO = ROOT / "src/qantara/world/demo.toml"
_GOLDEN = ROOT / "tests/golden/iso20022"


@cache
def institution() -> Institution:
    """One that asks the gateway for offers, and exchanges the money itself where it likes."""
    spec = config.read(_DEMO, "fuzz")
    abroad = ForeignAccount("sap-pk", "SAPPPKK0", "PK00SAPP0009", PKR)
    node: Institution = configured(spec, spec.role("my"), NOW.date())
    return replace(node, own_fx=OwnFx("WAUOWNFX01", {"PK": abroad}))


def xml() -> list[bytes]:
    """Every golden message, behind the place of its profile; the file is named for that."""
    places = {profile.value: place for place, profile in enumerate(Profile)}
    return [
        bytes([places[golden.name.partition("-")[0]]]) + golden.read_bytes()
        for golden in sorted(_GOLDEN.glob("*.xml"))
    ]


def packed() -> list[bytes]:
    full = envelope.Envelope("key-1", "pacs.008.001.13", _UETR, b"<Document/>")
    bare = envelope.Envelope("key-2", "nexus.rate", None, b"{}")
    no = envelope.Ack("key-2", accepted=False, reason="message_schema", detail="/Document: no")
    yes = envelope.Ack("key-1", accepted=True)
    return [envelope.encode(each) for each in ([full], [full, bare], [], [yes, no])]


def notices() -> list[bytes]:
    """One of each kind of JSON message, behind its place in the target's list."""
    said: Sequence[tuple[Any, bytes]] = [
        (n, scheme.write_notice(n)) for n in (_rate(), _exchange(), _asked(), _granted())
    ]
    made = [raw for _, raw in said] + [cases.write(_case()), cases.write(_case_answer())]
    return [bytes([place]) + raw for place, raw in enumerate(made)]


def _rate() -> scheme.RateNotice:
    return scheme.RateNotice("m1", "r1", "MYR", "PKR", Decimal("63.40"), NOW, _LATER)


def _exchange() -> scheme.ExchangeNotice:
    return scheme.ExchangeNotice(
        *("m2", _UETR, NOW, "MYR", "497.50", "PKR", "31541.50", Decimal("63.4"), "r1", "q1"),
        *("WAUEMYK0", "RAVIPKK0", "0", "0.00", "WAUEMYK0", 5),
    )


def _asked() -> scheme.AuthorisationRequest:
    return scheme.AuthorisationRequest(
        *("m3", NOW, _UETR, "880100000001", "MYR", "497.50"),
        *("Aisha Contoh", "WAUEMYK0", "Bilal Misaal", "RAVIPKK0"),
    )


def _granted() -> scheme.Authorisation:
    return scheme.Authorisation("m4", NOW, _UETR, "m3", granted=False, reason="AM04", text="No")


def _case() -> cases.CaseNotice:
    kind = next(iter(cases.CAUSES))
    return cases.CaseNotice(
        *("m5", "cas_1", kind, next(iter(cases.CAUSES[kind])), _UETR, "WAUEMYK0", NOW),
        *("Twice", "RAVIPKK0", _LATER, "MYR", "500.00", "PKR", "31500.73"),
    )


def _case_answer() -> cases.CaseAnswer:
    return cases.CaseAnswer(
        *("m6", "cas_1", cases.Act.REFUSE, "RAVIPKK0", NOW, "CUST", "No", _UETR, "WAUEMYK0"),
        *(_LATER, "MYR", "500.00", "PKR", "31500.73"),
    )


_SENT = {
    "interbankSettlementAmount": {
        "amount": "497.50",
        "currency": "MYR",
        "cappedToMaxAmount": False,
    },
    "nexusSchemeFee": {"amount": "0.10", "currency": "MYR"},
}
_ARRIVES = {
    "interbankSettlementAmount": {
        "amount": "31541.50",
        "currency": "PKR",
        "cappedToMaxAmount": False,
    },
    "creditorAccountAmount": {"amount": "31500.73", "currency": "PKR"},
}
_FEE = {"amount": "40.77", "currency": "PKR"}
_OFFER = {
    "quoteId": _UETR,
    "issuedDateTime": to_text(NOW),
    "fxpfinInstIdType": "BICFI",
    "fxpfinInstId": "KITEMYK0",
    "exchangeRate": "63.4",
    "debtorAgent": _SENT,
    "intermediaryAgent1": {"finInstId": {"BICFI": "SAPMMYK0"}},
    "intermediaryAgent1Account": {"id": "880100000001"},
    "intermediaryAgent2": {"finInstId": {"BICFI": "SAPPPKK0"}},
    "intermediaryAgent2Account": {"id": "PK00SAPP0001"},
    "creditorAgent": _ARRIVES | {"chargesInformation": {"amount": _FEE, "agent": "RAVIPKK0"}},
}
_OFFERS = {
    "quoteRequestId": "q1",
    "sourceCountry": "MY",
    "sourceCurrency": "MYR",
    "destinationCountry": "PK",
    "destinationCurrency": "PKR",
    "amountCurrency": "MYR",
    "amount": "500.00",
    "quotes": [_OFFER, _OFFER],
}
_FEES = {"debtorAgent": _SENT, "creditorAgent": _ARRIVES | {"chargesAmount": _FEE}}
_TROUBLE = {
    "type": "urn:qantara:reason:rate_stale",
    "title": "t",
    "status": 503,
    "detail": "d",
    "code": "rate_stale",
    "iso_code": "NARR",
    "retryable": True,
    "request_id": "req_1",
    "param": "amount",
}


def answers() -> list[bytes]:
    """A gateway's offers, its fees for a rate of our own, and a problem."""
    said = enumerate((_OFFERS, _FEES, _TROUBLE))
    return [bytes([place]) + msgspec.json.encode(each) for place, each in said]


@cache
def bodies() -> dict[str, Any]:
    """The bodies that the doors of all kinds of role take, by the route that takes them."""
    doors = importlib.import_module("qantara.api.app")._DOORS  # noqa: SLF001 - the whole table
    routers = {id(each): each for kind in doors.values() for each in kind}
    return {
        f"{min(route.methods)} {route.path}": route.body_field
        for router in routers.values()
        for route in router.routes
        if isinstance(route, APIRoute) and route.body_field is not None
    }


def body_seeds() -> list[bytes]:
    """For every body one that its own schema makes: each field by its first example or type."""
    made = []
    for place, (_, field) in enumerate(sorted(bodies().items())):
        schema = field._type_adapter.json_schema()  # noqa: SLF001 - as the description has it
        value = _of(schema, schema.get("$defs", {}), Random(place))
        made.append(bytes([place]) + json.dumps(value).encode())
    return made


def _of(schema: dict[str, Any], named: dict[str, Any], dice: Random) -> Any:
    if "$ref" in schema:
        return _of(named[schema["$ref"].rpartition("/")[2]], named, dice)
    for told in ("examples", "enum"):
        if told in schema:
            return schema[told][0]
    if "const" in schema:
        return schema["const"]
    if "anyOf" in schema:
        return _of(schema["anyOf"][0], named, dice)
    match schema.get("type"):
        case "object":
            fields = schema.get("properties", {})
            return {name: _of(each, named, dice) for name, each in fields.items()}
        case "array":
            return [_of(schema.get("items", {}), named, dice)]
        case "integer" | "number":
            return max(1, schema.get("minimum", 1))
        case "boolean":
            return True
        case _:
            return _text(schema)


def _text(schema: dict[str, Any]) -> str:
    known = (
        *("500.00", "MY", "MYR", "MBNO", "FAMI", "psp", "NORM", "0.01", "pacs.008", "2026-03-02"),
        *("WAUEMYK0", "110000000001", "5493001KJTIIGC8Y1R12", to_text(NOW), _UETR),
        *("123456", "0" * 64),
    )
    pattern = schema.get("pattern", "")
    first = re.match(r"\^\(([A-Za-z0-9_]+)[|)]", pattern)
    if first is not None and re.search(pattern, first[1]):
        return first[1]
    fits = re.compile(pattern)
    long = schema.get("maxLength", 99)
    return next(each for each in known if len(each) <= long and fits.search(each))


def worlds() -> list[bytes]:
    """The world that a new user starts with, whole and as one role after the other."""
    raw = _DEMO.read_bytes()
    return [raw, raw.replace(b"steps = 4", b"steps = 5")]


def codes() -> list[bytes]:
    """A payment code of every kind, and the record of each."""
    texts = [*qr_samples.texts()[:10], _CONSUMER_CODE]
    records = [json.dumps(qr.to_record(qr.decode(text)), ensure_ascii=False) for text in texts]
    return [each.encode() for each in (*texts, *records)]


def words() -> list[bytes]:
    said = (
        *("Muhammad bin Abdullah|Mohd. b. Abdullah", "Aisha Binti Contoh|AISHA CONTOH"),
        *(
            "Bilal Malik|Malik Bilal",
            "Société Générale SARL|SOCIETE GENERALE",
            "بلال ملک|Bilal Malik",
        ),
        *("+923001234567|0300 1234567", "PK36SCBL0000001123456702|110000000001"),
        *(
            "050305-14-0001|42101-1234567-1",
            "aisha@contoh.example|500.00",
            "RAVIPKK0|M C Tan Ah Kow",
        ),
    )
    return [each.encode() for each in said]
