"""Which writer and reader belongs to which record."""

from collections.abc import Callable
from typing import Any

from lxml.etree import _Element as Element
from msgspec import Struct

from qantara.rails import (
    acmt,
    camt054,
    domestic,
    pacs002,
    pacs004,
    pacs008,
    pacs028,
    pain,
    pain013,
    recalls,
)
from qantara.rails.dialect import Dialect
from qantara.rails.model import (
    CancellationRequest,
    CreditTransfer,
    DomesticTransfer,
    Initiation,
    InitiationReport,
    InvestigationResolution,
    Message,
    Notification,
    PaymentRequest,
    PaymentRequestReport,
    PaymentReturn,
    PaymentStatus,
    ResolutionReport,
    ResolutionRequest,
    StatusRequest,
)


class Form(Struct, frozen=True):
    """Both directions between a record and the element inside `Document`."""

    write: Callable[[Any, Dialect], str]
    read: Callable[[Element, Dialect], Message]


def _alike(act: Callable[[Any], Any]) -> Callable[[Any, Dialect], Any]:
    """For what every dialect says alike."""
    return lambda given, _: act(given)


FORMS: dict[type[Message], Form] = {
    CreditTransfer: Form(pacs008.write, pacs008.read),
    DomesticTransfer: Form(domestic.write, domestic.read),
    PaymentStatus: Form(pacs002.write, pacs002.read),
    ResolutionRequest: Form(_alike(acmt.write_request), _alike(acmt.read_request)),
    ResolutionReport: Form(_alike(acmt.write_report), acmt.read_report),
    Initiation: Form(_alike(pain.write_initiation), _alike(pain.read_initiation)),
    InitiationReport: Form(_alike(pain.write_report), _alike(pain.read_report)),
    StatusRequest: Form(pacs028.write, _alike(pacs028.read)),
    PaymentReturn: Form(pacs004.write, _alike(pacs004.read)),
    CancellationRequest: Form(recalls.write_request, _alike(recalls.read_request)),
    InvestigationResolution: Form(recalls.write_resolution, _alike(recalls.read_resolution)),
    PaymentRequest: Form(_alike(pain013.write_request), _alike(pain013.read_request)),
    PaymentRequestReport: Form(_alike(pain013.write_report), _alike(pain013.read_report)),
    Notification: Form(_alike(camt054.write), _alike(camt054.read)),
}
