"""Accounts: what stands, what stood, what moved."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response

from qantara.access.model import Scope
from qantara.api import shapes
from qantara.api.answers import PROBLEMS, Documented, documented, json
from qantara.api.forms import DAY, MOMENT
from qantara.api.statement_shapes import Statement
from qantara.api.statements import stated
from qantara.clock import from_text, to_text
from qantara.db import Tx
from qantara.edge.calls import CurrentCall, needs
from qantara.edge.own_accounts import own_account, own_holding
from qantara.edge.routes import ReadRoute
from qantara.edge.statement_files import Form
from qantara.errors import NotFound
from qantara.ledger import flow as ledger
from qantara.ledger.model import Balance, Entry
from qantara.money import Asset, Money
from qantara.parties import flow as parties
from qantara.parties.model import Account

reads = APIRouter(
    prefix="/v1/accounts",
    tags=["accounts"],
    route_class=ReadRoute,
    dependencies=[Depends(needs(Scope.ACCOUNTS_READ))],
)
PAGE = 100


@reads.get("", responses=documented(shapes.AccountPage))
async def accounts(
    call: CurrentCall,
    customer_id: Annotated[str | None, Query(description="For staff: whose.")] = None,
) -> Response:
    """A customer's accounts, oldest first, all at one moment."""
    owner = call.whose(customer_id)
    async with call.door.database.read() as tx:
        held = (await parties.accounts_of(tx, [owner]))[0]
        shown = await _shapes(tx, held)
    return json(shapes.AccountPage(shown, has_more=False))


@reads.get("/{account_id}", responses=documented(shapes.Account))
async def one_account(call: CurrentCall, account_id: str) -> Response:
    """An account as it stands."""
    async with call.door.database.read() as tx:
        found = await own_account(tx, call, account_id)
        shown = await _shapes(tx, [found])
    return json(shown[0])


@reads.get("/{account_id}/balance", responses=documented(shapes.Balance))
async def balance(
    call: CurrentCall,
    account_id: str,
    at: Annotated[
        str | None,
        Query(description="A past moment, ISO 8601 with offset.", json_schema_extra=MOMENT),
    ] = None,
) -> Response:
    """The balance at a moment, as far as is known today."""
    moment = call.now if at is None else from_text(at)
    async with call.door.database.read() as tx:
        found = await own_account(tx, call, account_id)
        past = await ledger.balance_at(tx, found.ledger_code, moment)
    shown = shapes.Balance(
        found.id, past.asset.code, str(Money(past.posted, past.asset)), to_text(moment)
    )
    return json(shown)


_FORMS: Documented = {
    200: {
        "model": shapes.EntryPage | Statement,
        "content": {
            "text/csv": {},
            "text/html": {},
            "application/pdf": {},
            "application/xml": {},
        },
    }
}


@reads.get("/{account_id}/statement", responses=_FORMS | PROBLEMS)
async def statement(
    request: Request,
    call: CurrentCall,
    account_id: str,
    begins: Annotated[
        str | None,
        Query(
            alias="from", description="The first day of a statement, UTC.", json_schema_extra=DAY
        ),
    ] = None,
    ends: Annotated[
        str | None,
        Query(alias="to", description="Its last day; today if left out.", json_schema_extra=DAY),
    ] = None,
    form: Annotated[
        Form, Query(alias="format", description="The form of the statement.")
    ] = Form.JSON,
    starting_after: Annotated[
        int | None, Query(ge=1, le=2**63 - 1, description="The last sequence already seen.")
    ] = None,
    limit: Annotated[int, Query(ge=1, le=PAGE)] = 50,
) -> Response:
    """With `from` a statement of that period: both balances and every line between them, as JSON,
    CSV, a page or a PDF in the reader's language, or camt.053. Without it a page of what moved,
    the newest first.
    """
    async with call.door.database.read() as tx:
        if begins is not None:
            holding = await own_holding(tx, call, account_id)
            return await stated(request, call, tx, holding, (begins, ends, form))
        found = await own_account(tx, call, account_id)
        lines = await ledger.statement(
            tx, found.ledger_code, before=starting_after, limit=limit + 1
        )
    shown = [_entry(line, found.currency) for line in lines[:limit]]
    return json(shapes.EntryPage(shown, has_more=len(lines) > limit))


async def _shapes(tx: Tx, held: Sequence[Account]) -> list[shapes.Account]:
    balances = await ledger.balances(tx, [account.ledger_code for account in held])
    holders = await parties.customers(tx, [account.customer_id for account in held])
    names = ["" if isinstance(each, NotFound) else each.rails_name for each in holders]
    return [
        _shape(account, name, found)
        for account, name, found in zip(held, names, balances, strict=True)
    ]


def _shape(account: Account, rails_name: str, found: Balance) -> shapes.Account:
    def text(minor: int) -> str:
        return str(Money(minor, found.asset))

    return shapes.Account(
        id=account.id,
        number=account.number,
        rails_name=rails_name,
        country=account.country,
        currency=found.asset.code,
        status=found.status.value,
        balance=text(found.posted),
        held=text(found.held_debit),
        available=text(found.available),
    )


def _entry(line: Entry, asset: Asset) -> shapes.Entry:
    """Whom the other side belongs to is not told here: it may be another customer."""
    return shapes.Entry(
        sequence=line.sequence,
        transfer_id=line.id,
        code=line.code,
        reference=line.reference,
        amount=str(Money(line.amount, asset)),
        balance=str(Money(line.balance, asset)),
        currency=asset.code,
        occurred_at=to_text(line.occurred_at),
        recorded_at=to_text(line.recorded_at),
    )
