"""Which message does what, per kind of role: the whole of what peers can cause here."""

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

from qantara.db.batcher import Verb
from qantara.errors import Malformed, Reason
from qantara.rails import flow as rails
from qantara.rails.model import MessageName, Profile
from qantara.remittance import flow as remittance
from qantara.remittance.model import Institution
from qantara.scheme.fxp import flow as fxp
from qantara.scheme.fxp.model import FxpNode
from qantara.scheme.gateway import flow as gateway
from qantara.scheme.gateway.model import GatewayNode
from qantara.scheme.ips import flow as ips
from qantara.scheme.ips.model import IpsNode
from qantara.scheme.model import (
    EXCHANGE_NOTICE,
    RATE_NOTICE,
    ExchangeNotice,
    RateNotice,
    read_notice,
)
from qantara.scheme.sap import flow as sap
from qantara.scheme.sap.model import SapNode

NOTICE_CAP_BYTES = 16 * 1024

PAYMENT = MessageName.CREDIT_TRANSFER
STATUS = MessageName.PAYMENT_STATUS
REQUEST = MessageName.RESOLUTION_REQUEST
REPORT = MessageName.RESOLUTION_REPORT


class Entry(NamedTuple):
    verb: Verb
    read: Callable[[bytes], Any]


Routes = Callable[[Any, str], dict[str, Entry]]
"""(role's configuration, sender) to what this sender may send; empty for a stranger."""


def _iso(profile: Profile, verbs: dict[MessageName, Verb]) -> dict[str, Entry]:
    return {
        name.value: Entry(verb, partial(rails.read, profile=profile, name=name))
        for name, verb in verbs.items()
    }


def _rate(raw: bytes) -> RateNotice:
    return read_notice(_capped(raw), RateNotice)


def _exchange(raw: bytes) -> ExchangeNotice:
    return read_notice(_capped(raw), ExchangeNotice)


def _capped(raw: bytes) -> bytes:
    if len(raw) > NOTICE_CAP_BYTES:
        raise Malformed(Reason.BODY_TOO_LARGE, limit=f"{NOTICE_CAP_BYTES} bytes")
    return raw


_INSTITUTION: dict[MessageName, Verb] = {
    PAYMENT: remittance.receive,
    STATUS: remittance.conclude,
    REQUEST: remittance.answer_resolution,
    REPORT: remittance.payee_answered,
}
_GATEWAY: dict[MessageName, Verb] = {
    PAYMENT: gateway.forward,
    STATUS: gateway.conclude,
    REQUEST: gateway.relay_request,
    REPORT: gateway.relay_report,
}
_IPS_FROM_GATEWAY: dict[MessageName, Verb] = {
    PAYMENT: ips.deliver,
    STATUS: ips.confirm,
    REQUEST: ips.resolve,
    REPORT: ips.resolved,
}
_IPS_FROM_PARTICIPANT: dict[MessageName, Verb] = {
    PAYMENT: ips.submit,
    STATUS: ips.answer,
    REQUEST: ips.resolve,
    REPORT: ips.resolved,
}
_SAP: dict[MessageName, Verb] = {PAYMENT: sap.reserve, STATUS: sap.finish}


def _institution(node: Institution, sender: str) -> dict[str, Entry]:
    return _iso(node.profile, _INSTITUTION) if sender == node.ips else {}


def _gateway(node: GatewayNode, sender: str) -> dict[str, Entry]:
    if node.fxp(sender) is not None:
        return {RATE_NOTICE: Entry(gateway.publish_rate, _rate)}
    return _iso(Profile.NEXUS, _GATEWAY) if node.country_of(sender) is not None else {}


def _ips(node: IpsNode, sender: str) -> dict[str, Entry]:
    if sender == node.gateway:
        return _iso(Profile.NEXUS, _IPS_FROM_GATEWAY)
    known = node.participant(sender) is not None
    return _iso(node.profile, _IPS_FROM_PARTICIPANT) if known else {}


def _sap(node: SapNode, sender: str) -> dict[str, Entry]:
    return _iso(node.profile, _SAP) if sender == node.ips else {}


def _fxp(node: FxpNode, sender: str) -> dict[str, Entry]:
    exchange = {EXCHANGE_NOTICE: Entry(fxp.exchange, _exchange)}
    return exchange if sender == node.gateway else {}


_ROUTES: dict[str, Routes] = {
    "institution": _institution,
    "gateway": _gateway,
    "ips": _ips,
    "sap": _sap,
    "fxp": _fxp,
}
KINDS = tuple(_ROUTES)


def routes_of(kind: str) -> Routes:
    return _ROUTES[kind]
