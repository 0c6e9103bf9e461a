"""What the rows of an account mean to its owner: whose payment each is, in whose words."""

import re
from collections.abc import Mapping, Sequence
from typing import TypeVar

from msgspec import Struct
from msgspec.structs import replace

from qantara.db import Tx
from qantara.domestic import flow as domestic
from qantara.domestic.model import FEES
from qantara.domestic.records import Arrival, ArrivalKind, Transfer
from qantara.ledger.model import Entry
from qantara.money import Money
from qantara.parties.model import Account
from qantara.payees import flow as payees
from qantara.payees.model import PayeeCheck
from qantara.remittance import flow as remittance
from qantara.remittance.model import Inbound, Remittance
from qantara.wallet import pot_store
from qantara.wallet.model import Pot
from qantara.wallet.statement_model import Line, LineKind

_UETR = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_POTS = {"wallet.pot_in": LineKind.POT_IN, "wallet.pot_out": LineKind.POT_OUT}
_TAKEN = frozenset({"domestic.take_back", "remittance.take_back"})


_Came = TypeVar("_Came", Arrival, Inbound)


class _Known(Struct, frozen=True):
    """The payments of one account that its rows refer to, by UETR, and pots by id; of a payment
    between two customers of ours each side has only its own.
    """

    transfers: Mapping[str, Transfer]
    arrivals: Mapping[str, Arrival]
    remittances: Mapping[str, Remittance]
    inbounds: Mapping[str, Inbound]
    payees: Mapping[str, str | None]
    pots: Mapping[str, Pot]


async def told(tx: Tx, account: Account, entries: Sequence[Entry]) -> list[Line]:
    """A line for each entry, in their order."""
    known = await _known(tx, account, list(dict.fromkeys(each.reference for each in entries)))
    return [_line(account, known, each) for each in entries]


async def _known(tx: Tx, account: Account, references: Sequence[str]) -> _Known:
    uetrs = [each for each in references if _UETR.fullmatch(each)]
    sent = await domestic.by_uetrs(tx, uetrs)
    abroad = await remittance.by_uetrs(tx, uetrs)
    arrivals = await domestic.arrivals(tx, ArrivalKind.PAYMENT, uetrs) if uetrs else []
    inbounds = await remittance.received_payments(tx, uetrs) if uetrs else []
    own = {
        key: each
        for key, each in abroad.items()
        if each.quote.request.account_id == account.id and each.payee_check_id
    }
    checks = await payees.checks(tx, [each.payee_check_id or "" for each in own.values()])
    shown = {each.id: each.display_name for each in checks if isinstance(each, PayeeCheck)}
    return _Known(
        {key: each for key, each in sent.items() if each.account_id == account.id},
        _mine(arrivals, account.id, Arrival),
        own,
        _mine(inbounds, account.id, Inbound),
        {key: shown.get(each.payee_check_id or "") for key, each in own.items()},
        await pot_store.by_ids(tx, [each for each in references if each.startswith("pot_")]),
    )


def _line(account: Account, known: _Known, entry: Entry) -> Line:
    line = Line(
        sequence=entry.sequence,
        entry_id=entry.id,
        kind=LineKind.OTHER,
        amount=Money(entry.amount, account.currency),
        balance=Money(entry.balance, account.currency),
        booked_at=entry.recorded_at,
        happened_at=entry.occurred_at,
        uetr=entry.reference if _UETR.fullmatch(entry.reference) else None,
    )
    key = entry.reference
    if entry.counterparty == FEES:
        return replace(line, kind=LineKind.FEE, counterpart=_payee(known, key))
    if entry.code in _POTS:
        pot = known.pots.get(key)
        return replace(line, kind=_POTS[entry.code], counterpart=pot.name if pot else None)
    if entry.amount < 0:
        return _went(known, entry, line)
    return _came(known, entry, line)


def _payee(known: _Known, uetr: str) -> str | None:
    transfer = known.transfers.get(uetr)
    return None if transfer is None else transfer.payee.shown


def _went(known: _Known, entry: Entry, line: Line) -> Line:
    """A payment of the owner's own, or one that came and goes back."""
    key = entry.reference
    transfer, abroad = known.transfers.get(key), known.remittances.get(key)
    if transfer is not None:
        return replace(
            line,
            kind=LineKind.TRANSFER_SENT,
            counterpart=transfer.payee.shown,
            note=transfer.note,
            reference=transfer.reference,
        )
    if abroad is not None:
        return replace(
            line,
            kind=LineKind.REMITTANCE_SENT,
            counterpart=known.payees.get(key),
            note=abroad.note,
            reference=abroad.reference,
            fee=abroad.quote.sender_fee,
        )
    if entry.code in _TAKEN:
        return replace(line, kind=LineKind.TAKEN_BACK, counterpart=_sender(known, key))
    kind = LineKind.GIVEN_BACK if line.uetr else LineKind.OTHER
    return replace(line, kind=kind, counterpart=_sender(known, key))


def _sender(known: _Known, uetr: str) -> str | None:
    came = known.arrivals.get(uetr) or known.inbounds.get(uetr)
    return None if came is None else came.sender_name


def _came(known: _Known, entry: Entry, line: Line) -> Line:
    """A payment to the owner, or one of the owner's own that comes back."""
    key = entry.reference
    inbound, arrival = known.inbounds.get(key), known.arrivals.get(key)
    if inbound is not None:
        kind = LineKind.RETURNED if inbound.returns else LineKind.REMITTANCE_RECEIVED
        return replace(
            line, kind=kind, counterpart=inbound.sender_name, note=inbound.note, fee=inbound.fee
        )
    if arrival is not None:
        return replace(
            line,
            kind=LineKind.TRANSFER_RECEIVED,
            counterpart=arrival.sender_name,
            note=arrival.note,
        )
    if key in known.transfers or key in known.remittances:
        name = _payee(known, key) or known.payees.get(key)
        return replace(line, kind=LineKind.RETURNED, counterpart=name)
    return line


def _mine(found: Sequence[object], account_id: str, kind: type[_Came]) -> dict[str, _Came]:
    return {
        each.uetr: each
        for each in found
        if isinstance(each, kind) and each.account_id == account_id
    }
