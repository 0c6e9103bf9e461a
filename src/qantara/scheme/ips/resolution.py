"""Whose account is this: answered from the directory, or carried to who can answer."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta

from msgspec import Struct
from msgspec.structs import replace

from qantara.db import Tx, mail
from qantara.errors import Conflict, NotFound, QantaraError, Reason
from qantara.rails.model import (
    Agent,
    Party,
    Profile,
    Proxy,
    ResolutionReport,
    ResolutionRequest,
)
from qantara.reasons import REASONS
from qantara.scheme import letters
from qantara.scheme.ips import directory_store, rules, store
from qantara.scheme.ips.model import Alias, IpsNode, ParticipantKind

_Asked = mail.Received[ResolutionRequest]
_COMPARING = frozenset({Profile.OCT_INST, Profile.SCT_INST})
"""Where a question bears a name and its answer the match; no other rail has a place for them."""


class _End(Struct, frozen=True):
    """Who asks, or is asked, and in which dialect."""

    role: str
    bic: str
    profile: Profile


class _Known(Struct, frozen=True):
    """What a batch of questions is answered from; `spent` askers have asked too often."""

    directory: dict[Proxy, Alias]
    suspended: frozenset[str]
    spent: frozenset[tuple[str, str]]


async def resolve(
    tx: Tx, node: IpsNode, received: Sequence[_Asked], now: datetime
) -> list[QantaraError | None]:
    """acmt.023. Abroad: to the gateway. An alias of ours: answered from the directory, the
    display name masked. An account of ours: to the participant that keeps it. A participant
    asks in its own name, or it is a Conflict.
    """
    fresh = await mail.take(tx, [item.message for item in received], now)
    news = [item for item, is_fresh in zip(received, fresh, strict=True) if is_fresh]
    known = await _known(tx, node, news, now)
    asked: list[directory_store.Resolution] = []
    out: list[mail.Outgoing] = []
    outcomes: list[QantaraError | None] = []
    for item, is_fresh in zip(received, fresh, strict=True):
        asker = _asker(node, item)
        wrong = _unwelcome(node, asker, item, known)
        outcomes.append(wrong)
        if asker is None or wrong is not None or not is_fresh:
            continue
        onward = _onward(node, item, asker, known)
        if not isinstance(onward, _End):
            out.append(_own_answer(node, item.record, asker, onward, now))
            continue
        key = (item.record.first_agent.bic, item.record.message_id)
        asked.append(
            directory_store.Resolution(*key, asker.role, asker.bic, onward.role, asker.profile)
        )
        out.append(_forwarded(item.record, onward))
    await directory_store.insert_resolutions(tx, asked, now)
    await mail.send(tx, out, now)
    return outcomes


async def _known(tx: Tx, node: IpsNode, news: Sequence[_Asked], now: datetime) -> _Known:
    ours = [item.record for item in news if item.record.destination_country == node.country]
    proxies = [record.account.proxy for record in ours if record.account.proxy is not None]
    directory = await directory_store.aliases(tx, proxies)
    spent = await _spent(tx, node, ours, now)
    return _Known(directory, await store.suspended(tx), spent)


async def _spent(
    tx: Tx, node: IpsNode, ours: Sequence[ResolutionRequest], now: datetime
) -> frozenset[tuple[str, str]]:
    """Questions about aliases beyond what one hashed person may ask, by first agent and id."""
    looked_up = [record for record in ours if record.account.proxy is not None]
    if node.lookups is None or not looked_up:
        return frozenset()
    passed = int(now.timestamp()) % node.lookup_seconds
    window_at = now.replace(microsecond=0) - timedelta(seconds=passed)
    names = [f"{record.first_agent.bic}/{record.creator_id}" for record in looked_up]
    counts = await directory_store.count_lookups(tx, names, window_at)
    left = Counter({name: node.lookups - counts[name] + names.count(name) for name in set(names)})
    spent = set()
    for name, record in zip(names, looked_up, strict=True):
        left[name] -= 1
        if left[name] < 0:
            spent.add((record.first_agent.bic, record.message_id))
    return frozenset(spent)


def _asker(node: IpsNode, item: _Asked) -> _End | None:
    sender = item.message.sender
    if sender == node.gateway:
        return _End(sender, node.gateway_bic, Profile.NEXUS)
    participant = node.participant(sender)
    if participant is None:
        return None
    inside = item.message.name.endswith(f"/{node.domestic.value}")
    return _End(sender, participant.bic, node.domestic if inside else node.profile)


def _unwelcome(
    node: IpsNode, asker: _End | None, item: _Asked, known: _Known
) -> QantaraError | None:
    if asker is None:
        return NotFound(Reason.INSTITUTION_UNKNOWN, sender=item.message.sender)
    if asker.role in known.suspended:
        return Conflict(Reason.PARTICIPANT_SUSPENDED, agent=asker.bic)
    if asker.role != node.gateway and not _in_own_name(asker, item.record):
        return Conflict(Reason.MESSAGE_WRONG_PARTY, sender=asker.role)
    return None


def _in_own_name(asker: _End, record: ResolutionRequest) -> bool:
    """Who asks is limited and told by the first agent: nobody asks in the name of another."""
    return {record.first_agent.bic, record.assigner.bic} == {asker.bic}


def _onward(node: IpsNode, item: _Asked, asker: _End, known: _Known) -> _End | Alias | str:
    """Whom to ask; or the entry that answers; or the code of a refusal."""
    record = item.record
    if item.refusal is not None:
        return item.refusal
    if record.destination_country != node.country:
        return _End(node.gateway, node.gateway_bic, Profile.NEXUS)
    if record.account.number is None or record.agent is None:
        return _from_directory(record, known)
    keeper = node.agent(record.agent.bic, ParticipantKind.PSP)
    if keeper is None:
        known_here = node.knows(record.agent.bic)
        reason = Reason.AGENT_WRONG if known_here else Reason.INSTITUTION_UNKNOWN
        return REASONS[reason].iso
    if keeper.role in known.suspended:
        return REASONS[Reason.COUNTERPARTY_UNAVAILABLE].iso
    profile = node.domestic if asker.profile is node.domestic else node.profile
    return _End(keeper.role, keeper.bic, profile)


def _from_directory(record: ResolutionRequest, known: _Known) -> Alias | str:
    """BE23: the alias is not registered. RC07: no such bank here. AB08: asked too often."""
    proxy = record.account.proxy
    if proxy is None:
        return REASONS[Reason.INSTITUTION_UNKNOWN].iso
    if (record.first_agent.bic, record.message_id) in known.spent:
        return REASONS[Reason.LOOKUPS_EXCEEDED].iso
    return known.directory.get(proxy) or REASONS[Reason.ALIAS_UNKNOWN].iso


def _forwarded(record: ResolutionRequest, to: _End) -> mail.Outgoing:
    name = record.name if to.profile in _COMPARING else None
    onward = replace(record, assignee=Agent(to.bic), name=name)
    return letters.letter(to.role, onward, to.profile)


def _own_answer(
    node: IpsNode, record: ResolutionRequest, asker: _End, found: Alias | str, now: datetime
) -> mail.Outgoing:
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
        verified=isinstance(found, Alias),
        reason=found if isinstance(found, str) else None,
    )
    said = _said(report, found) if isinstance(found, Alias) else report
    return letters.letter(asker.role, said, asker.profile)


def _said(report: ResolutionReport, alias: Alias) -> ResolutionReport:
    return replace(
        report,
        payee=Party(name=alias.name, country=alias.country, town=alias.town),
        account=replace(alias.account, name=rules.mask(alias.name), proxy=alias.proxy),
        agent=Agent(alias.agent),
    )


async def resolved(
    tx: Tx, _node: IpsNode, received: Sequence[mail.Received[ResolutionReport]], now: datetime
) -> list[QantaraError | None]:
    """acmt.024 back to who asked, in the dialect of the question; the assignee changes."""
    fresh = await mail.take(tx, [item.message for item in received], now)
    keys = [(r.record.first_agent.bic, r.record.original_message_id) for r in received]
    known = await directory_store.resolutions(tx, keys)
    out: list[mail.Outgoing] = []
    outcomes: list[QantaraError | None] = []
    for item, key, is_fresh in zip(received, keys, fresh, strict=True):
        asked = known.get(key)
        if asked is None:
            outcomes.append(NotFound(Reason.PAYEE_UNKNOWN, request=key[1]))
        elif asked.asked_of != item.message.sender:
            outcomes.append(Conflict(Reason.MESSAGE_WRONG_PARTY, sender=item.message.sender))
        else:
            outcomes.append(None)
            if is_fresh:
                match = item.record.match if asked.profile in _COMPARING else None
                back = replace(item.record, assignee=Agent(asked.asked_by_bic), match=match)
                out.append(letters.letter(asked.asked_by, back, asked.profile))
    await mail.send(tx, out, now)
    return outcomes
