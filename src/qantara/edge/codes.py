"""Payment codes at the doors: what was scanned, and what a customer shows."""

from datetime import timedelta

from qantara.db import Tx
from qantara.edge.calls import Call
from qantara.edge.own_accounts import own_holding
from qantara.errors import Reason, Refused
from qantara.money import Money
from qantara.payees import codes, showing
from qantara.payees.codes import Scanned
from qantara.payees.showing import Wanted
from qantara.rails.qr import flow as qr
from qantara.rails.qr.model import Code, ConsumerCode
from qantara.remittance.model import Institution

__all__ = ["Scanned", "read", "shown"]


def read(call: Call, text: str) -> tuple[Code | ConsumerCode, Scanned | Refused]:
    """A code's content, and whom it pays; `Malformed` with the defect where it is unreadable."""
    found = qr.decode(text)
    return found, codes.scanned(call.door.node, found, call.now)


async def shown(
    tx: Tx, call: Call, account_id: str, amount: Money | None, reference: str | None
) -> Code | Refused:
    """The code by which the caller's account is paid: for one payment where an amount is given.

    `NotFound` for an account that is not the caller's.
    """
    node: Institution = call.door.node
    holding = await own_holding(tx, call, account_id)
    if not node.bank:
        return Refused(Reason.QR_BANK_UNKNOWN, codes.RULE, facts={"bank": node.bic})
    account, holder = holding.account, holding.customer
    until = None if amount is None else call.now + timedelta(seconds=node.code_seconds)
    wanted = Wanted(
        account.number,
        holder.rails_name,
        holder.address.town,
        account.currency.code,
        amount,
        reference,
        until,
    )
    return showing.shown(node, wanted)
