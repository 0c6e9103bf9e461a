"""Whose account is this: questions and answers carried between systems, nothing changed."""

from collections.abc import Sequence
from datetime import datetime

from msgspec.structs import replace

from qantara.db import Tx, mail
from qantara.errors import Conflict, NotFound, QantaraError, Reason
from qantara.rails.model import Agent, Profile, ResolutionReport, ResolutionRequest
from qantara.reasons import REASONS
from qantara.scheme import letters
from qantara.scheme.gateway import reference, store
from qantara.scheme.gateway.model import Country, FinInst, GatewayNode
from qantara.scheme.gateway.payments import Posted

_Item = tuple[mail.Received[ResolutionRequest], str | None]


async def relay_request(
    tx: Tx, node: GatewayNode, received: Sequence[mail.Received[ResolutionRequest]], now: datetime
) -> list[None]:
    """acmt.023 to the system of the destination country; only the assignee changes.

    Answered here: a country that is not on Nexus (RC07), an institution that is listed and not
    on Nexus (AGNT).
    """
    return await _relay(tx, node, [(item, None) for item in received], now)


async def relay_posted(
    tx: Tx, node: GatewayNode, posted: Sequence[Posted[ResolutionRequest]], now: datetime
) -> list[None]:
    """`relay_request`, for questions whose answers are posted to an address."""
    return await _relay(tx, node, [(item.received, item.answer_to) for item in posted], now)


async def _relay(tx: Tx, node: GatewayNode, items: Sequence[_Item], now: datetime) -> list[None]:
    fresh = await mail.take(tx, [item.message for item, _ in items], now)
    asked_for = {item.record.agent.bic for item, _ in items if item.record.agent is not None}
    listed = await reference.institutions(tx, sorted(asked_for), now) if asked_for else {}
    asked: list[store.Resolution] = []
    out: list[mail.Outgoing] = []
    for (item, answer_to), is_fresh in zip(items, fresh, strict=True):
        if not is_fresh:
            continue
        record, sender = item.record, item.message.sender
        denied = _denial(node, item, listed)
        country = node.country(record.destination_country)
        if denied is not None or country is None:
            report = _denied(node, record, node.country_of(sender), denied or "RC07", now)
            out.append(letters.letter(answer_to or sender, report, Profile.NEXUS))
            continue
        key = (record.first_agent.bic, record.message_id)
        asked.append(store.Resolution(*key, sender, country.ips, answer_to))
        onward = replace(record, assignee=Agent(country.ips_bic))
        out.append(letters.letter(country.ips, onward, Profile.NEXUS))
    await store.insert_resolutions(tx, asked, now)
    await mail.send(tx, out, now)
    return [None] * len(items)


def _denial(
    node: GatewayNode, item: mail.Received[ResolutionRequest], listed: dict[str, FinInst]
) -> str | None:
    """The code of a question that is not passed on."""
    record, sender = item.record, item.message.sender
    country = node.country(record.destination_country)
    if country is None or node.country_of(sender) is None or country.ips == sender:
        return REASONS[Reason.INSTITUTION_UNKNOWN].iso
    known = None if record.agent is None else listed.get(record.agent.bic)
    if known is not None and not known.participant:
        return _NOT_ON_NEXUS
    return item.refusal


_NOT_ON_NEXUS = "AGNT"


def _denied(
    node: GatewayNode,
    record: ResolutionRequest,
    asking: Country | None,
    reason: str,
    now: datetime,
) -> ResolutionReport:
    return ResolutionReport(
        message_id=letters.message_id(
            node.role, "report", record.first_agent.bic, record.message_id
        ),
        created_at=now,
        first_agent=record.first_agent,
        assigner=Agent(node.bic),
        assignee=record.assigner if asking is None else Agent(asking.ips_bic),
        original_message_id=record.message_id,
        original_created_at=record.created_at,
        original_request_id=record.request_id,
        original_account=record.account,
        original_agent=record.agent,
        verified=False,
        reason=reason,
    )


async def relay_report(
    tx: Tx, node: GatewayNode, received: Sequence[mail.Received[ResolutionReport]], now: datetime
) -> list[QantaraError | None]:
    """acmt.024 back to the system that asked; display names pass as they are."""
    fresh = await mail.take(tx, [item.message for item in received], now)
    keys = [(r.record.first_agent.bic, r.record.original_message_id) for r in received]
    known = await store.resolutions(tx, keys)
    out: list[mail.Outgoing] = []
    outcomes: list[QantaraError | None] = []
    for item, key, is_fresh in zip(received, keys, fresh, strict=True):
        asked = known.get(key)
        country = None if asked is None else node.country_of(asked.asked_by)
        if asked is None or country is None:
            outcomes.append(NotFound(Reason.PAYEE_UNKNOWN, request=key[1]))
            continue
        if asked.asked_of != item.message.sender:
            outcomes.append(Conflict(Reason.MESSAGE_WRONG_PARTY, sender=item.message.sender))
            continue
        outcomes.append(None)
        if is_fresh:
            back = replace(item.record, assignee=Agent(country.ips_bic))
            out.append(letters.letter(asked.answer_to or asked.asked_by, back, Profile.NEXUS))
    await mail.send(tx, out, now)
    return outcomes
