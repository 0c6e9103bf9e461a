"""Whose a payment is, whatever kind of payment it is."""

from collections.abc import Mapping, Sequence

from qantara.db import Tx
from qantara.domestic import flow as domestic
from qantara.errors import NotFound
from qantara.ids import AccountId
from qantara.parties import flow as parties
from qantara.parties.model import Holding
from qantara.remittance import flow as remittance
from qantara.remittance.model import State

_NO_PAYMENT = frozenset({State.QUOTED})


async def owners(tx: Tx, payment_ids: Sequence[str]) -> dict[str, str]:
    """The customer who sent or was paid, by payment; what is no payment of ours is left out."""
    groups: dict[str, list[str]] = {"rem": [], "trf": [], "arr": [], "": []}
    for each in dict.fromkeys(payment_ids):
        prefix, underscore, _ = each.partition("_")
        groups.get(prefix if underscore else "", []).append(each)
    found = await _sent_abroad(tx, groups["rem"])
    found |= await _sent_inside(tx, groups["trf"])
    found |= await _of_accounts(tx, await _came_inside(tx, groups["arr"]))
    found |= await _of_accounts(tx, await _came_from_abroad(tx, groups[""]))
    return found


async def _sent_abroad(tx: Tx, ids: Sequence[str]) -> dict[str, str]:
    """A quote that nobody accepted is no payment."""
    if not ids:
        return {}
    found = await remittance.remittances(tx, ids)
    return {
        each.id: each.quote.request.customer_id
        for each in found
        if not isinstance(each, NotFound) and each.state not in _NO_PAYMENT
        if each.state is not State.EXPIRED or each.hold_id is not None
    }


async def _sent_inside(tx: Tx, ids: Sequence[str]) -> dict[str, str]:
    if not ids:
        return {}
    found = await domestic.transfers(tx, ids)
    return {each.id: each.customer_id for each in found if not isinstance(each, NotFound)}


async def _came_inside(tx: Tx, ids: Sequence[str]) -> dict[str, AccountId]:
    if not ids:
        return {}
    found = await domestic.arrivals_by_id(tx, ids)
    return {each.id: AccountId(each.account_id) for each in found if each.account_id}


async def _came_from_abroad(tx: Tx, uetrs: Sequence[str]) -> dict[str, AccountId]:
    if not uetrs:
        return {}
    found = await remittance.received_payments(tx, uetrs)
    return {
        each.uetr: AccountId(each.account_id)
        for each in found
        if not isinstance(each, NotFound) and each.account_id is not None
    }


async def _of_accounts(tx: Tx, accounts: Mapping[str, AccountId]) -> dict[str, str]:
    holdings = await parties.accounts(tx, list(accounts.values()))
    return {
        each: holding.customer.id
        for each, holding in zip(accounts, holdings, strict=True)
        if isinstance(holding, Holding)
    }
