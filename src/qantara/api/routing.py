"""Which message does what, per kind of role: the whole of what peers can cause here."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, NamedTuple

from qantara.db.batcher import Verb
from qantara.domestic import flow as domestic
from qantara.errors import Malformed, Reason
from qantara.payees import flow as payees
from qantara.rails import cases
from qantara.rails import flow as rails
from qantara.rails.cases import ANSWER_NOTICE, CASE_NOTICE, CaseAnswer, CaseNotice
from qantara.rails.model import (
    DOMESTIC,
    CancellationRequest,
    CreditTransfer,
    DomesticTransfer,
    InvestigationResolution,
    Message,
    Notification,
    PaymentRequest,
    PaymentRequestReport,
    PaymentReturn,
    PaymentStatus,
    Profile,
    ResolutionReport,
    ResolutionRequest,
    StatusRequest,
    envelope_name,
)
from qantara.remittance import flow as remittance
from qantara.remittance.model import Institution
from qantara.scheme import kept
from qantara.scheme.desk import flow as desk
from qantara.scheme.fxp import flow as fxp
from qantara.scheme.fxp.model import FxpNode
from qantara.scheme.gateway import flow as gateway
from qantara.scheme.gateway.model import GatewayNode
from qantara.scheme.ips import flow as ips
from qantara.scheme.ips.model import IpsNode
from qantara.scheme.model import (
    AUTHORISATION,
    AUTHORISATION_REQUEST,
    EXCHANGE_NOTICE,
    RATE_NOTICE,
    Authorisation,
    AuthorisationRequest,
    ExchangeNotice,
    RateNotice,
    read_notice,
)
from qantara.scheme.psp import flow as psp
from qantara.scheme.psp.model import PspNode
from qantara.scheme.sap import flow as sap
from qantara.scheme.sap.model import SapNode
from qantara.supervision import flow as supervision
from qantara.supervision.model import AGGREGATE

NOTICE_CAP_BYTES = 16 * 1024

PAYMENT, INSIDE = CreditTransfer, DomesticTransfer
STATUS = PaymentStatus
REQUEST, REPORT = ResolutionRequest, ResolutionReport
REPORTED = Notification


_Verbs = Mapping[type[Message], Verb]


class Entry(NamedTuple):
    """`broken` answers a message that cannot be read, where its sender is owed an answer."""

    verb: Verb
    read: Callable[[bytes], Any]
    broken: Verb | None = None


Routes = Callable[[Any, str], dict[str, Entry]]
"""(role's configuration, sender) to what this sender may send; empty for a stranger."""


def _iso(profile: Profile, verbs: _Verbs) -> dict[str, Entry]:
    """By the names these messages have on their envelopes in this profile."""
    routes = {}
    for kind, verb in verbs.items():
        name = rails.name_of(kind, profile)
        read = partial(rails.read, profile=profile, name=name)
        routes[envelope_name(name, profile)] = Entry(verb, read)
    return routes


def _inside(profile: Profile, verbs: _Verbs) -> dict[str, Entry]:
    """The same of payments that stay in a system: none where its own words are not known here."""
    return _iso(profile, verbs) if profile in DOMESTIC else {}


def _rate(raw: bytes) -> RateNotice:
    return read_notice(_capped(raw), RateNotice)


def _exchange(raw: bytes) -> ExchangeNotice:
    return read_notice(_capped(raw), ExchangeNotice)


def _authorisation_request(raw: bytes) -> AuthorisationRequest:
    return read_notice(_capped(raw), AuthorisationRequest)


def _authorisation(raw: bytes) -> Authorisation:
    return read_notice(_capped(raw), Authorisation)


def _case(raw: bytes) -> CaseNotice:
    return cases.read(_capped(raw), CaseNotice)


def _case_answer(raw: bytes) -> CaseAnswer:
    return cases.read(_capped(raw), CaseAnswer)


def _capped(raw: bytes) -> bytes:
    if len(raw) > NOTICE_CAP_BYTES:
        raise Malformed(Reason.BODY_TOO_LARGE, limit=f"{NOTICE_CAP_BYTES} bytes")
    return raw


_INSTITUTION: _Verbs = {
    PAYMENT: remittance.receive,
    STATUS: remittance.conclude,
    REQUEST: payees.answer_resolution,
    REPORT: payees.payee_answered,
}
_INSTITUTION_ASKED: _Verbs = {
    PaymentRequest: domestic.present,
    PaymentRequestReport: domestic.answered,
}
_INSTITUTION_INSIDE: _Verbs = {
    INSIDE: domestic.receive,
    STATUS: domestic.conclude,
    PaymentReturn: domestic.given_back,
    CancellationRequest: domestic.recalled,
    InvestigationResolution: domestic.resolved,
    REQUEST: payees.answer_resolution,
    REPORT: payees.payee_answered,
}
_GATEWAY: _Verbs = {
    PAYMENT: gateway.forward,
    STATUS: gateway.conclude,
    REQUEST: gateway.relay_request,
    REPORT: gateway.relay_report,
}
_IPS_FROM_GATEWAY: _Verbs = {
    PAYMENT: ips.deliver,
    STATUS: ips.confirm,
    REQUEST: ips.resolve,
    REPORT: ips.resolved,
    REPORTED: kept.keep,
}
_IPS_FROM_PARTICIPANT: _Verbs = {
    PAYMENT: ips.submit,
    STATUS: ips.answer,
    REQUEST: ips.resolve,
    REPORT: ips.resolved,
}
_IPS_INSIDE: _Verbs = {
    INSIDE: ips.carry,
    STATUS: ips.answer,
    REQUEST: ips.resolve,
    REPORT: ips.resolved,
}
_IPS_REQUESTS: _Verbs = {
    PaymentRequest: ips.ask_payer,
    PaymentRequestReport: ips.payer_answered,
}
_IPS_AFTERWARDS: _Verbs = {
    StatusRequest: ips.inquire,
    PaymentReturn: ips.give_back,
    CancellationRequest: ips.recall,
    InvestigationResolution: ips.answer_recall,
}
_SAP: _Verbs = {PAYMENT: sap.reserve, STATUS: sap.finish}
_PSP_ABROAD: _Verbs = {
    PAYMENT: psp.receive,
    STATUS: psp.conclude,
    REQUEST: psp.answer_resolution,
    REPORT: psp.answered,
}
_PSP_INSIDE: _Verbs = {
    INSIDE: psp.receive,
    STATUS: psp.conclude,
    REQUEST: psp.answer_resolution,
    REPORT: psp.answered,
}


_INSTITUTION_DESK = {
    CASE_NOTICE: Entry(remittance.case_assigned, _case),
    ANSWER_NOTICE: Entry(remittance.case_told, _case_answer),
}
_INSTITUTION_ABROAD = {AGGREGATE: Entry(supervision.take_aggregates, supervision.read)}
_GATEWAY_DESK = {
    CASE_NOTICE: Entry(desk.open_case, _case),
    ANSWER_NOTICE: Entry(desk.answer, _case_answer),
}


def _institution(node: Institution, sender: str) -> dict[str, Entry]:
    if sender == node.gateway:
        return _INSTITUTION_DESK
    if sender != node.ips:
        return _INSTITUTION_ABROAD if sender in node.neighbours else {}
    inside = dict(_INSTITUTION_INSIDE)
    if domestic.takes_requests(node):
        inside |= _INSTITUTION_ASKED
    return _iso(node.profile, _INSTITUTION) | _iso(node.profile.inside, inside)


def _gateway(node: GatewayNode, sender: str) -> dict[str, Entry]:
    if node.fxp(sender) is not None:
        return {RATE_NOTICE: Entry(gateway.publish_rate, _rate)}
    if sender in node.desk.members:
        return _GATEWAY_DESK
    if node.country_of(sender) is None:
        return {}
    entries = _iso(Profile.NEXUS, _GATEWAY)
    name = rails.name_of(PAYMENT, Profile.NEXUS).value
    return entries | {name: entries[name]._replace(broken=gateway.reject_unreadable)}


def _ips(node: IpsNode, sender: str) -> dict[str, Entry]:
    if sender == node.gateway:
        return _iso(Profile.NEXUS, _IPS_FROM_GATEWAY)
    if node.participant(sender) is None:
        return {}
    inside = dict(_IPS_INSIDE)
    inside |= _IPS_REQUESTS if node.takes_requests else {}
    inside |= _IPS_AFTERWARDS if node.exceptions else {}
    answers = {AUTHORISATION: Entry(ips.authorised, _authorisation)}
    return answers | _iso(node.profile, _IPS_FROM_PARTICIPANT) | _inside(node.domestic, inside)


def _sap(node: SapNode, sender: str) -> dict[str, Entry]:
    if sender != node.ips:
        return {}
    requests = {AUTHORISATION_REQUEST: Entry(sap.authorise, _authorisation_request)}
    return requests | _iso(node.profile, _SAP)


def _psp(node: PspNode, sender: str) -> dict[str, Entry]:
    if sender != node.ips:
        return {}
    return _iso(node.profile, _PSP_ABROAD) | _inside(node.domestic, _PSP_INSIDE)


def _fxp(node: FxpNode, sender: str) -> dict[str, Entry]:
    exchange = {EXCHANGE_NOTICE: Entry(fxp.exchange, _exchange)}
    return exchange if sender == node.gateway else {}


_ROUTES: dict[str, Routes] = {
    "institution": _institution,
    "gateway": _gateway,
    "ips": _ips,
    "sap": _sap,
    "fxp": _fxp,
    "psp": _psp,
}
KINDS = tuple(_ROUTES)


def routes_of(kind: str) -> Routes:
    return _ROUTES[kind]
