"""Whose account it is among our own customers: answered at once, and no message leaves."""

from collections.abc import Sequence
from datetime import datetime

from msgspec.structs import replace

from qantara import ids
from qantara.db import Tx, events
from qantara.errors import Conflict, Reason, Refused
from qantara.parties import flow as parties
from qantara.parties.model import AccountState, AliasType, CustomerState, Holding
from qantara.payees import messages, rules, store
from qantara.payees.model import Asker, CheckEvent, CheckPayee, PayeeCheck, Source

Found = PayeeCheck | Refused | Conflict


async def check_here(
    tx: Tx, asker: Asker, asked: Sequence[CheckPayee], now: datetime
) -> list[Found]:
    """Answer from the own book who is behind an alias or an account number; what is found is
    paid without leaving it.

    Refused for another country than ours. The same question again gives the first answer.
    """
    first = {each.id: each for each in reversed(asked) if each.country == asker.country}
    holdings = await _holdings(tx, list(first.values()))
    opened = {key: rules.opened(asker, each, ids.new_message_id()) for key, each in first.items()}
    begun = [replace(check, source=Source.HERE) for check in opened.values()]
    new = await store.add(tx, begun, now)
    told = [_answer(asker, check, holdings[check.id], now) for check in begun if check.id in new]
    await store.answer(tx, told, now)
    await events.add(tx, [(check.id, check.state.value) for check in told], now)
    kept = await store.by_ids(tx, list(first))
    return [_told(each, kept.get(each.id)) for each in asked]


async def _holdings(tx: Tx, asked: Sequence[CheckPayee]) -> dict[str, Holding | None]:
    """The account behind each address, by the id of the question."""
    numbered = [each for each in asked if each.address_type in rules.NUMBERS]
    aliased = [each for each in asked if each.address_type in set(AliasType)]
    by_number = await parties.account_by_number(tx, [each.address for each in numbered])
    by_alias = await parties.resolve_alias(
        tx, [(AliasType(each.address_type), each.address) for each in aliased]
    )
    found = zip([*numbered, *aliased], [*by_number, *by_alias], strict=True)
    nobody: dict[str, Holding | None] = {each.id: None for each in asked}
    return nobody | {each.id: holding for each, holding in found if isinstance(holding, Holding)}


def _answer(asker: Asker, check: PayeeCheck, holding: Holding | None, now: datetime) -> PayeeCheck:
    reason = _objection(check, holding)
    if holding is None or reason is not None:
        code = messages.CLOSED if reason is Reason.PAYEE_CLOSED else messages.NO_ACCOUNT
        return replace(_moved(check, CheckEvent.DENY), reason=code, warning=reason)
    match = rules.verified(check.name, holding.customer) if check.name is not None else None
    number = holding.account.number
    return rules.warned(
        replace(
            _moved(check, CheckEvent.CONFIRM),
            match=match,
            display_name=holding.shown_name,
            legal_name=holding.customer.rails_name,
            town=holding.customer.address.rails_town,
            account_number=number,
            account_is_iban=number[:2].isalpha(),
            account_agent_bic=asker.bic,
            valid_until=rules.held_until(asker, now),
        )
    )


def _moved(check: PayeeCheck, event: CheckEvent) -> PayeeCheck:
    after = rules.advance(check, event)
    if isinstance(after, Conflict):
        raise after
    return after


def _objection(check: PayeeCheck, holding: Holding | None) -> Reason | None:
    """Why nobody can be paid there. Of the dead only that the account takes nothing is told; a
    customer without a name that rails carry cannot be named to anybody.
    """
    if holding is None or not holding.customer.rails_name:
        is_number = check.address_type in rules.NUMBERS
        return Reason.PAYEE_UNKNOWN if is_number else Reason.ALIAS_UNKNOWN
    is_open = holding.account.state is AccountState.OPEN
    is_alive = holding.customer.state is CustomerState.ACTIVE
    return None if is_open and is_alive else Reason.PAYEE_CLOSED


def _told(asked: CheckPayee, kept: PayeeCheck | None) -> Found:
    if kept is None:
        facts = {"country": asked.country}
        return Refused(Reason.CORRIDOR_CLOSED, rule="payee.here", facts=facts)
    is_same = rules.same_question(asked, kept) and kept.source is Source.HERE
    return kept if is_same else Conflict(Reason.ID_REUSED, id=asked.id)
