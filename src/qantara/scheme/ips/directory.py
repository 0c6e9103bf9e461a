"""The proxy directory, and questions about accounts carried to who can answer them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from qantara.db import Tx, mail
from qantara.errors import REASONS, Conflict, NotFound, QantaraError, Reason
from qantara.rails.model import (
    Agent,
    Party,
    Profile,
    Proxy,
    ResolutionReport,
    ResolutionRequest,
)
from qantara.scheme import letters
from qantara.scheme.ips import rules, store
from qantara.scheme.ips.model import Alias, IpsNode, ParticipantKind

_Asked = mail.Received[ResolutionRequest]


async def register_aliases(
    tx: Tx, node: IpsNode, aliases: Sequence[Alias], now: datetime
) -> list[QantaraError | None]:
    """Aliases of accounts at participants. One that stands for something else already is a
    Conflict, one of a bank that takes no part is NotFound.
    """
    known = [node.agent(alias.agent, ParticipantKind.PSP) is not None for alias in aliases]
    await store.insert_aliases(
        tx, [alias for alias, ours in zip(aliases, known, strict=True) if ours], now
    )
    there = await store.aliases(tx, [alias.proxy for alias in aliases])
    outcomes: list[QantaraError | None] = []
    for alias, ours in zip(aliases, known, strict=True):
        if not ours:
            outcomes.append(NotFound(Reason.INSTITUTION_UNKNOWN, agent=alias.agent))
        elif there[alias.proxy] != alias:
            outcomes.append(Conflict(Reason.ALIAS_EXISTS, alias=alias.proxy.value))
        else:
            outcomes.append(None)
    return outcomes


@dataclass(frozen=True, slots=True)
class _Asker:
    role: str
    bic: str
    profile: Profile


def _asker(node: IpsNode, role: str) -> _Asker | None:
    if role == node.gateway:
        return _Asker(role, node.gateway_bic, Profile.NEXUS)
    participant = node.participant(role)
    return None if participant is None else _Asker(role, participant.bic, node.profile)


async def resolve(
    tx: Tx, node: IpsNode, received: Sequence[_Asked], now: datetime
) -> list[QantaraError | None]:
    """acmt.023. Abroad: to the gateway. An alias of ours: answered from the directory, the
    display name masked. An account of ours: to the participant that keeps it. A participant
    asks in its own name, or it is a Conflict.
    """
    fresh = await mail.take(tx, [item.message for item in received], now)
    proxies = [r.record.account.proxy for r in received if r.record.account.proxy is not None]
    directory = await store.aliases(tx, proxies)
    asked: list[store.Resolution] = []
    out: list[mail.Outgoing] = []
    outcomes: list[QantaraError | None] = []
    for item, is_fresh in zip(received, fresh, strict=True):
        asker = _asker(node, item.message.sender)
        if asker is None:
            outcomes.append(NotFound(Reason.INSTITUTION_UNKNOWN, sender=item.message.sender))
            continue
        if asker.role != node.gateway and not _in_own_name(asker, item.record):
            outcomes.append(Conflict(Reason.MESSAGE_WRONG_PARTY, sender=asker.role))
            continue
        outcomes.append(None)
        if not is_fresh:
            continue
        onward = _onward(node, item.record)
        if onward is None:
            out.append(_from_directory(node, item.record, asker, directory, now))
            continue
        key = (item.record.first_agent.bic, item.record.message_id)
        asked.append(store.Resolution(*key, asker.role, asker.bic, onward.role))
        out.append(_forwarded(item.record, onward))
    await store.insert_resolutions(tx, asked, now)
    await mail.send(tx, out, now)
    return outcomes


def _in_own_name(asker: _Asker, record: ResolutionRequest) -> bool:
    """Who asks is limited and told by the first agent: nobody asks in the name of another."""
    return {record.first_agent.bic, record.assigner.bic} == {asker.bic}


def _onward(node: IpsNode, record: ResolutionRequest) -> _Asker | None:
    """Whom to ask; None where the answer is ours to give."""
    if record.destination_country != node.country:
        return _Asker(node.gateway, node.gateway_bic, Profile.NEXUS)
    if record.account.number is None or record.agent is None:
        return None
    keeper = node.agent(record.agent.bic, ParticipantKind.PSP)
    return None if keeper is None else _Asker(keeper.role, keeper.bic, node.profile)


def _forwarded(record: ResolutionRequest, to: _Asker) -> mail.Outgoing:
    return letters.letter(to.role, replace(record, assignee=Agent(to.bic)), to.profile)


def _from_directory(
    node: IpsNode,
    record: ResolutionRequest,
    asker: _Asker,
    directory: dict[Proxy, Alias],
    now: datetime,
) -> mail.Outgoing:
    """BE23: the alias is not registered. RC07: no such bank here."""
    proxy = record.account.proxy
    alias = None if proxy is None else directory.get(proxy)
    unknown = Reason.INSTITUTION_UNKNOWN if proxy is None else Reason.ALIAS_UNKNOWN
    report = ResolutionReport(
        message_id=letters.message_id(
            node.role, "report", record.first_agent.bic, record.message_id
        ),
        created_at=now,
        first_agent=record.first_agent,
        assigner=Agent(node.bic),
        assignee=Agent(asker.bic),
        original_message_id=record.message_id,
        original_created_at=record.created_at,
        original_request_id=record.request_id,
        original_account=record.account,
        original_agent=record.agent,
        verified=alias is not None,
        reason=None if alias is not None else REASONS[unknown].iso,
    )
    return letters.letter(
        asker.role, report if alias is None else _said(report, alias), asker.profile
    )


def _said(report: ResolutionReport, alias: Alias) -> ResolutionReport:
    return replace(
        report,
        payee=Party(name=alias.name, country=alias.country, town=alias.town),
        account=replace(alias.account, name=rules.mask(alias.name), proxy=alias.proxy),
        agent=Agent(alias.agent),
    )


async def resolved(
    tx: Tx, node: IpsNode, received: Sequence[mail.Received[ResolutionReport]], now: datetime
) -> list[QantaraError | None]:
    """acmt.024 back to who asked; only the assignee changes."""
    fresh = await mail.take(tx, [item.message for item in received], now)
    keys = [(r.record.first_agent.bic, r.record.original_message_id) for r in received]
    known = await store.resolutions(tx, keys)
    out: list[mail.Outgoing] = []
    outcomes: list[QantaraError | None] = []
    for item, key, is_fresh in zip(received, keys, fresh, strict=True):
        asked = known.get(key)
        asker = None if asked is None else _asker(node, asked.asked_by)
        if asked is None or asker is None:
            outcomes.append(NotFound(Reason.PAYEE_UNKNOWN, request=key[1]))
        elif asked.asked_of != item.message.sender:
            outcomes.append(Conflict(Reason.MESSAGE_WRONG_PARTY, sender=item.message.sender))
        else:
            outcomes.append(None)
            if is_fresh:
                back = replace(item.record, assignee=Agent(asker.bic))
                out.append(letters.letter(asker.role, back, asker.profile))
    await mail.send(tx, out, now)
    return outcomes
