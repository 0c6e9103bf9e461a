"""Whose account is this: questions this bank answers, and questions it asks."""

from collections.abc import Sequence
from datetime import datetime

from msgspec.structs import replace

from qantara.db import Tx, mail
from qantara.errors import Conflict, NotFound, QantaraError, Reason, Refused
from qantara.rails.model import (
    DOMESTIC,
    AccountRef,
    Agent,
    Match,
    Profile,
    ResolutionReport,
    ResolutionRequest,
    UnwritableMessage,
)
from qantara.scheme import letters
from qantara.scheme.psp import rules, sent_store, store
from qantara.scheme.psp.model import Account, Enquire, PspNode

enquiry = sent_store.enquiry
_MATCHING = frozenset({Profile.SCT_INST, Profile.OCT_INST})
"""Where an answer may compare names: by law inside the Union, by our choice across its border."""


def _profile(node: PspNode, message_name: str) -> Profile:
    """The words in which a message was put, as its envelope says."""
    said = message_name.partition("/")[2]
    return Profile(said) if said in DOMESTIC else node.profile


async def answer_resolution(
    tx: Tx, node: PspNode, received: Sequence[mail.Received[ResolutionRequest]], now: datetime
) -> list[QantaraError | None]:
    """Each acmt.023 of the system about one of our accounts, answered by acmt.024."""
    fresh = await mail.take(tx, [item.message for item in received], now)
    asked = [item.record for item in received]
    numbers = [record.account.number or "" for record in asked]
    accounts = await store.accounts(tx, numbers, node.asset)
    again = await sent_store.asked_before(tx, asked)
    reasons: list[str | None] = []
    out: list[mail.Outgoing] = []
    outcomes: list[QantaraError | None] = []
    for item, number, is_fresh in zip(received, numbers, fresh, strict=True):
        record, account = item.record, accounts.get(number)
        is_again = record.message_id in again
        reason = item.refusal or rules.enquiry_reason(account, record.creator_id, again=is_again)
        reasons.append(reason)
        if item.message.sender != node.ips:
            outcomes.append(Conflict(Reason.MESSAGE_WRONG_PARTY, sender=item.message.sender))
            continue
        outcomes.append(None)
        if is_fresh:
            profile = _profile(node, item.message.name)
            report = _report(node, record, account if reason is None else None, reason, now)
            report = _matched(report, record, account, profile)
            out.append(letters.letter(node.ips, report, profile))
    await sent_store.insert_asked(tx, asked, reasons, now)
    await mail.send(tx, out, now)
    return outcomes


def _report(
    node: PspNode,
    asked: ResolutionRequest,
    account: Account | None,
    reason: str | None,
    now: datetime,
) -> ResolutionReport:
    own_id = letters.message_id(node.role, "report", asked.first_agent.bic, asked.message_id)
    report = ResolutionReport(
        message_id=own_id,
        created_at=now,
        first_agent=asked.first_agent,
        assigner=Agent(node.bic),
        assignee=asked.assigner,
        original_message_id=asked.message_id,
        original_created_at=asked.created_at,
        original_request_id=asked.request_id,
        original_account=asked.account,
        original_agent=asked.agent,
        verified=account is not None,
        reason=reason,
    )
    if account is None:
        return report
    shown = rules.mask(account.holder.name)
    iban, other = (account.number, None) if account.iban else (None, account.number)
    reference = AccountRef(iban=iban, other=other, name=shown)
    return replace(report, payee=account.holder, account=reference, agent=Agent(node.bic))


def _matched(
    report: ResolutionReport, asked: ResolutionRequest, account: Account | None, profile: Profile
) -> ResolutionReport:
    if asked.name is None or profile not in _MATCHING:
        return report
    if account is None or report.account is None:
        return report
    match = rules.compare(asked.name, account.holder.name)
    if match is Match.NMTC:
        return replace(report, match=match, payee=None, account=None, agent=None)
    return replace(report, match=match, account=replace(report.account, name=account.holder.name))


async def enquire(
    tx: Tx, node: PspNode, commands: Sequence[Enquire], now: datetime
) -> list[Refused | None]:
    """Ask as given; inside the country in the system's domestic words."""
    outcomes: list[Refused | None] = []
    out: list[mail.Outgoing] = []
    kept: list[tuple[ResolutionRequest, bool]] = []
    for command in commands:
        inside = command.request.destination_country == node.country
        try:
            letter = letters.letter(
                node.ips, command.request, node.domestic if inside else node.profile
            )
        except UnwritableMessage as error:
            facts = {"detail": error.defects[0].message}
            outcomes.append(Refused(Reason.MESSAGE_SCHEMA, facts=facts))
            continue
        outcomes.append(None)
        kept.append((command.request, inside))
        out.append(letter)
    await sent_store.insert_enquiries(
        tx, [request for request, _ in kept], [inside for _, inside in kept], now
    )
    await mail.send(tx, out, now)
    return outcomes


async def answered(
    tx: Tx, node: PspNode, received: Sequence[mail.Received[ResolutionReport]], now: datetime
) -> list[QantaraError | None]:
    """Each acmt.024 on a question of ours; the first answer counts."""
    fresh = await mail.take(tx, [item.message for item in received], now)
    records = [item.record for item, new in zip(received, fresh, strict=True) if new]
    ours = await sent_store.answer_enquiries(tx, records, now)
    outcomes: list[QantaraError | None] = []
    for item, is_fresh in zip(received, fresh, strict=True):
        if item.message.sender != node.ips:
            raise Conflict(Reason.MESSAGE_WRONG_PARTY, sender=item.message.sender)
        unknown = is_fresh and item.record.original_message_id not in ours
        outcomes.append(
            NotFound(Reason.PAYEE_CHECK_NOT_FOUND, request=item.record.original_message_id)
            if unknown
            else None
        )
    return outcomes
