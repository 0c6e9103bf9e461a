"""Answer when others ask whose account it is."""

from collections.abc import Sequence
from datetime import datetime

from qantara.db import Tx
from qantara.db.mail import Outgoing, Received, send, take
from qantara.errors import NotFound
from qantara.parties import flow as parties
from qantara.parties.model import AccountState, Holding
from qantara.payees import messages
from qantara.payees.model import Asker
from qantara.rails import flow as rails
from qantara.rails.model import (
    MessageName,
    Profile,
    ResolutionReport,
    ResolutionRequest,
    UnwritableMessage,
    envelope_name,
)


async def answer_resolution(
    tx: Tx, asker: Asker, received: Sequence[Received[ResolutionRequest]], now: datetime
) -> list[None]:
    """Answer acmt.023 about our own accounts; a repeat is answered again."""
    await take(tx, [each.message for each in received], now)
    numbers = [each.record.account.number or "" for each in received]
    holdings = await parties.account_by_number(tx, numbers)
    outgoing = []
    for each, holding in zip(received, holdings, strict=True):
        profile = _profile_of(asker, each.message.name)
        message_id, raw = _written(asker, each.record, holding, profile, now)
        name = envelope_name(MessageName.RESOLUTION_REPORT, profile)
        outgoing.append(Outgoing(each.message.sender, message_id, name, None, raw))
    await send(tx, outgoing, now)
    return [None] * len(received)


def _profile_of(asker: Asker, message: str) -> Profile:
    """The guideline that a question came under; it is answered under the same."""
    inside = asker.profile.inside
    is_inside = message == envelope_name(MessageName.RESOLUTION_REQUEST, inside)
    return inside if is_inside else asker.profile


def _written(
    asker: Asker,
    asked: ResolutionRequest,
    holding: Holding | NotFound,
    profile: Profile,
    now: datetime,
) -> tuple[str, bytes]:
    """The answer as it leaves; a name that the rails cannot carry is no answer, and no failure."""
    report = _report(asker, asked, holding, profile, now)
    try:
        return report.message_id, rails.build(report, profile)
    except UnwritableMessage:
        report = messages.denial(asker, asked, messages.NO_ANSWER, now)
        return report.message_id, rails.build(report, profile)


def _report(
    asker: Asker,
    asked: ResolutionRequest,
    holding: Holding | NotFound,
    profile: Profile,
    now: datetime,
) -> ResolutionReport:
    if isinstance(holding, NotFound):
        return messages.denial(asker, asked, messages.NO_ACCOUNT, now)
    if holding.account.state is not AccountState.OPEN:
        return messages.denial(asker, asked, messages.CLOSED, now)
    return messages.report(asker, asked, holding, profile, now)
