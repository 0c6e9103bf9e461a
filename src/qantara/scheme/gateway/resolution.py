"""Whose account is this: questions and answers carried between systems, nothing changed."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from qantara.db import Tx, mail
from qantara.errors import REASONS, Conflict, NotFound, QantaraError, Reason
from qantara.rails.model import Agent, Profile, ResolutionReport, ResolutionRequest
from qantara.scheme import letters
from qantara.scheme.gateway import store
from qantara.scheme.gateway.model import Country, GatewayNode


async def relay_request(
    tx: Tx, node: GatewayNode, received: Sequence[mail.Received[ResolutionRequest]], now: datetime
) -> list[None]:
    """acmt.023 to the system of the destination country; only the assignee changes.

    A country that is not on Nexus is answered here with RC07.
    """
    fresh = await mail.take(tx, [item.message for item in received], now)
    asked: list[store.Resolution] = []
    out: list[mail.Outgoing] = []
    for item, is_fresh in zip(received, fresh, strict=True):
        record, sender = item.record, item.message.sender
        if not is_fresh:
            continue
        country, asking = node.country(record.destination_country), node.country_of(sender)
        if country is None or asking is None or country.ips == sender:
            out.append(_unknown(node, record, sender, asking, now))
            continue
        key = (record.first_agent.bic, record.message_id)
        asked.append(store.Resolution(*key, sender, country.ips))
        onward = replace(record, assignee=Agent(country.ips_bic))
        out.append(letters.letter(country.ips, onward, Profile.NEXUS))
    await store.insert_resolutions(tx, asked, now)
    await mail.send(tx, out, now)
    return [None] * len(received)


def _unknown(
    node: GatewayNode,
    record: ResolutionRequest,
    sender: str,
    asking: Country | None,
    now: datetime,
) -> mail.Outgoing:
    report = ResolutionReport(
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
        reason=REASONS[Reason.INSTITUTION_UNKNOWN].iso,
    )
    return letters.letter(sender, report, Profile.NEXUS)


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
            out.append(letters.letter(asked.asked_by, back, Profile.NEXUS))
    await mail.send(tx, out, now)
    return outcomes
