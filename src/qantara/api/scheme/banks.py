"""A simulated bank's operator: its customers' accounts, and what the bank is told to send."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Body, Depends, Query, Request
from fastapi.responses import Response
from pydantic import Field

from qantara.access.model import Scope
from qantara.api import shapes
from qantara.api.answers import PROBLEMS, created, documented, json
from qantara.api.forms import TEXT, Name, SentAmount
from qantara.api.scheme import bank_payments
from qantara.api.scheme.bank_payments import NewBankPayment
from qantara.edge.calls import CurrentCall, keyed, needs
from qantara.edge.problems import problem
from qantara.edge.routes import ActRoute, ReadRoute
from qantara.errors import NotFound, Refused
from qantara.money import Money
from qantara.rails.model import Party
from qantara.scheme.psp import flow as psp
from qantara.scheme.psp.model import Account, Change, Condition, Funding, Pay, PspNode, Sent

reads = APIRouter(
    prefix="/v1/scheme/accounts",
    tags=["scheme"],
    route_class=ReadRoute,
    dependencies=[Depends(needs(Scope.SCHEME_READ))],
    responses=PROBLEMS,
)
acts = APIRouter(
    prefix="/v1/scheme",
    tags=["scheme"],
    route_class=ActRoute,
    dependencies=[Depends(keyed), Depends(needs(Scope.SCHEME_OPERATE))],
    responses=PROBLEMS,
)
PAGE = 100
_Condition = Annotated[Condition, Field(strict=False)]


class NewBankAccount(shapes.Request):
    """An account of an invented customer. `minimum` and `maximum` bound one payment to it,
    `ceiling` its balance; `payers` are the accounts it may be paid from where they are listed.
    """

    number: str = Field(pattern=r"^[A-Z0-9]{6,34}$")
    iban: bool
    name: Name = Field(min_length=1)
    country: str | None = Field(None, pattern=r"^[A-Z]{2}$")
    town: str | None = Field(None, max_length=35, json_schema_extra=TEXT)
    street: str | None = Field(None, max_length=70, json_schema_extra=TEXT)
    national_id: str | None = Field(None, max_length=35, json_schema_extra=TEXT)
    conditions: list[_Condition] = Field(default_factory=list)
    minimum: SentAmount | None = None
    maximum: SentAmount | None = None
    ceiling: SentAmount | None = None
    payers: list[Annotated[str, Field(max_length=34)]] = Field(default_factory=list)


class NewConditions(shapes.Request):
    """From now on these are all the conditions of the account."""

    conditions: list[_Condition]


class NewDeposit(shapes.Request):
    """Money for the account. The same amount must be put into the payment system, too."""

    amount: SentAmount = Field(examples=["1000.00"])


@dataclass(frozen=True, slots=True)
class BankAccount:
    number: str
    name: str
    currency: str
    conditions: list[str]
    minimum: shapes.Amount | None
    maximum: shapes.Amount | None
    ceiling: shapes.Amount | None
    payers: list[str]


@dataclass(frozen=True, slots=True)
class BankAccountPage:
    data: list[BankAccount]
    has_more: bool


@dataclass(frozen=True, slots=True)
class BankPayment:
    """A payment that was sent; what became of it is told at `/v1/scheme/payments/{uetr}`."""

    uetr: str
    message_id: str
    state: str
    amount: shapes.Money
    domestic: bool
    booked: bool


@reads.get("", responses=documented(BankAccountPage))
async def accounts(
    call: CurrentCall,
    starting_after: Annotated[str, Query(max_length=34, description="The last number seen.")] = "",
    limit: Annotated[int, Query(ge=1, le=PAGE)] = 20,
) -> Response:
    """The accounts of this simulated bank, by number."""
    node: PspNode = call.door.node
    async with call.door.database.read() as tx:
        found = await psp.page_of_accounts(tx, starting_after, limit + 1, node.asset)
    shown = [_account(node, each) for each in found[:limit]]
    return json(BankAccountPage(shown, has_more=len(found) > limit))


@acts.post("/accounts", status_code=201, responses=documented(BankAccount, status=201))
async def open_account(call: CurrentCall, said: Annotated[NewBankAccount, Body()]) -> Response:
    """Open an account, with whatever is the matter with it."""
    node: PspNode = call.door.node

    def bound(text: str | None) -> Money | None:
        return None if text is None else Money.parse(text, node.asset)

    wished = Account(
        number=said.number,
        holder=Party(said.name, said.country, said.town, said.street, national_id=said.national_id),
        iban=said.iban,
        conditions=frozenset(said.conditions),
        minimum=bound(said.minimum),
        maximum=bound(said.maximum),
        ceiling=bound(said.ceiling),
        payers=tuple(said.payers),
    )
    opened: Account = await call.door.batcher.run(psp.open_accounts, wished)
    return created(_account(node, opened), "/v1/scheme/accounts")


@acts.post("/accounts/{number}/conditions", responses=documented(BankAccount))
async def change_conditions(
    call: CurrentCall, number: str, said: Annotated[NewConditions, Body()]
) -> Response:
    """Change what is the matter with an account."""
    change = Change(number, frozenset(said.conditions))
    await call.door.batcher.run(psp.change_conditions, change)
    async with call.door.database.read() as tx:
        found = await psp.account(tx, call.door.node, number)
    return json(_account(call.door.node, _known(found)))


@acts.post("/accounts/{number}/deposits", status_code=201)
async def deposit(
    request: Request, call: CurrentCall, number: str, said: Annotated[NewDeposit, Body()]
) -> Response:
    """Put money into an account."""
    node: PspNode = call.door.node
    wish = Funding(call.new_id("dep"), Money.parse(said.amount, node.asset), number)
    refused: Refused | None = await call.door.batcher.run(psp.fund, wish)
    if refused is not None:
        return problem(request, refused)
    return created({"number": number, "amount": said.amount}, "/v1/scheme/accounts")


@acts.post("/payments", status_code=201, responses=documented(BankPayment, status=201))
async def pay(
    request: Request, call: CurrentCall, said: Annotated[NewBankPayment, Body()]
) -> Response:
    """Send a payment as it is told, right or wrong."""
    async with call.door.database.read() as tx:
        payer = _known(await psp.account(tx, call.door.node, said.account))
    transfer = await bank_payments.transfer(call, payer, said)
    raw = None if said.xml is None else said.xml.encode()
    command = Pay(transfer, booked=said.booked, raw=raw)
    sent: Sent | Refused = await call.door.batcher.run(psp.pay, command)
    if isinstance(sent, Refused):
        return problem(request, sent)
    shown = BankPayment(
        uetr=sent.uetr,
        message_id=sent.message_id,
        state=sent.state.value,
        amount=shapes.money(sent.amount),
        domestic=sent.domestic,
        booked=sent.booked,
    )
    return created(shown, f"/v1/scheme/payments/{sent.uetr}")


def _known(found: Account | NotFound) -> Account:
    if isinstance(found, NotFound):
        raise found
    return found


def _account(node: PspNode, account: Account) -> BankAccount:
    def text(bound: Money | None) -> str | None:
        return None if bound is None else str(bound)

    return BankAccount(
        number=account.number,
        name=account.holder.name,
        currency=node.asset.code,
        conditions=sorted(condition.value for condition in account.conditions),
        minimum=text(account.minimum),
        maximum=text(account.maximum),
        ceiling=text(account.ceiling),
        payers=list(account.payers),
    )
