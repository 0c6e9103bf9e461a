"""Saved payees: kept from a confirmed check, named, used, and let go of."""

from collections.abc import Sequence
from datetime import datetime

from msgspec.structs import replace

from qantara.db import Tx
from qantara.errors import Conflict, NotFound, Reason, Refused
from qantara.payees import flow as payees
from qantara.payees.model import CheckPayee, PayeeCheck
from qantara.remittance.model import Institution
from qantara.wallet import beneficiary_store as store
from qantara.wallet.model import Beneficiary, BeneficiaryState, Remove, Rename, Save, Use

Saved = Beneficiary | Refused | Conflict


async def save(tx: Tx, _node: Institution, wishes: Sequence[Save], now: datetime) -> list[Saved]:
    """Keep payees whom a check has confirmed, while the check still holds.

    The same wish again gives the same payee; one that the customer has saved already is a
    `Conflict`.
    """
    checks = await payees.checks(tx, [each.payee_check_id for each in wishes])
    judged = [_judge(each, check, now) for each, check in zip(wishes, checks, strict=True)]
    await store.add(tx, [each for each in judged if isinstance(each, Beneficiary)])
    kept = await store.by_ids(tx, [each.id for each in wishes])
    return [_told(each, kept.get(each.id), said) for each, said in zip(wishes, judged, strict=True)]


def _judge(wish: Save, check: PayeeCheck | NotFound, now: datetime) -> Beneficiary | Refused:
    if isinstance(check, NotFound) or check.customer_id != wish.customer_id:
        return Refused(Reason.PAYEE_NOT_CONFIRMED, rule="payee.confirmed")
    objection = payees.objection(check, now)
    if objection is not None:
        return objection
    return Beneficiary(
        id=wish.id,
        customer_id=wish.customer_id,
        state=BeneficiaryState.SAVED,
        payee_check_id=check.id,
        country=check.country,
        address_type=check.address_type,
        address=check.address,
        agent_bic=check.agent_bic,
        name=check.display_name,
        asked_name=check.name,
        nickname=wish.nickname,
        saved_at=now,
    )


def _told(wish: Save, kept: Beneficiary | None, judged: Beneficiary | Refused) -> Saved:
    if kept is not None:
        same = (kept.customer_id, kept.payee_check_id) == (wish.customer_id, wish.payee_check_id)
        return kept if same else Conflict(Reason.ID_REUSED, id=wish.id)
    if isinstance(judged, Refused):
        return judged
    return Conflict(Reason.BENEFICIARY_EXISTS, address=judged.address)


async def beneficiaries(tx: Tx, ids: Sequence[str]) -> list[Beneficiary | NotFound]:
    """Saved payees, and those that were removed, by id."""
    found = await store.by_ids(tx, ids)
    return [found.get(each) or _unknown(each) for each in ids]


async def beneficiaries_of(
    tx: Tx, customer_id: str, state: BeneficiaryState, before: int | None, limit: int
) -> list[Beneficiary]:
    """A customer's payees in one state, newest first, those before a sequence number."""
    return await store.page(tx, customer_id, state, before, limit)


def _unknown(key: str) -> NotFound:
    return NotFound(Reason.BENEFICIARY_NOT_FOUND, id=key)


def _own(found: dict[str, Beneficiary], key: str, customer_id: str) -> Beneficiary | None:
    kept = found.get(key)
    return kept if kept is not None and kept.customer_id == customer_id else None


async def rename(
    tx: Tx, _node: Institution, wishes: Sequence[Rename], _now: datetime
) -> list[Beneficiary | NotFound]:
    """Give saved payees another name of the customer's own, or none; the last wish stands."""
    found = await store.lock(tx, [each.id for each in wishes])
    last: dict[str, Rename] = {}
    for each in wishes:
        kept = _own(found, each.id, each.customer_id)
        if kept is not None and kept.state is BeneficiaryState.SAVED:
            last[each.id] = each
    await store.rename(tx, list(last.values()))
    return [
        replace(found[each.id], nickname=last[each.id].nickname)
        if each.id in last and _own(found, each.id, each.customer_id)
        else _unknown(each.id)
        for each in wishes
    ]


async def remove(
    tx: Tx, _node: Institution, wishes: Sequence[Remove], now: datetime
) -> list[Beneficiary | NotFound]:
    """Let go of payees; they stay in the history. Said again it changes nothing."""
    found = await store.lock(tx, [each.id for each in wishes])
    outcomes: list[Beneficiary | NotFound] = []
    removed: list[str] = []
    for each in wishes:
        kept = _own(found, each.id, each.customer_id)
        if kept is None:
            outcomes.append(_unknown(each.id))
            continue
        if kept.state is BeneficiaryState.SAVED:
            removed.append(each.id)
            found[each.id] = replace(kept, state=BeneficiaryState.REMOVED, removed_at=now)
        outcomes.append(found[each.id])
    await store.remove(tx, removed, now)
    return outcomes


async def check_again(
    tx: Tx, node: Institution, uses: Sequence[Use], now: datetime
) -> list[PayeeCheck | Refused | Conflict | NotFound]:
    """Begin payments to saved payees: each is asked for anew, as nobody is paid on an old answer.

    What comes is a payee check like any other; a quote or a transfer goes on from it.
    """
    found = await store.lock(tx, [each.id for each in uses])
    known = {
        each.check_id: kept
        for each in uses
        if (kept := _own(found, each.id, each.customer_id)) is not None
        if kept.state is BeneficiaryState.SAVED
    }
    asked = [_question(each, known[each.check_id]) for each in uses if each.check_id in known]
    told = dict(
        zip(
            [each.id for each in asked],
            await payees.check_payee(tx, node, asked, now),
            strict=True,
        )
    )
    begun = [each for each in uses if isinstance(told.get(each.check_id), PayeeCheck)]
    await store.use(tx, begun, now)
    return [told.get(each.check_id) or _unknown(each.id) for each in uses]


def _question(use: Use, kept: Beneficiary) -> CheckPayee:
    return CheckPayee(
        use.check_id,
        kept.customer_id,
        kept.country,
        kept.address_type,
        kept.address,
        kept.agent_bic,
        kept.asked_name,
    )
