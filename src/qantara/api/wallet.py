"""The wallet at one look, and the holder's own switch."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response

from qantara.access.model import Scope
from qantara.api import wallet_shapes as shapes
from qantara.api.answers import documented, json
from qantara.api.payments import refusal
from qantara.api.shapes import money
from qantara.edge.calls import Call, CurrentCall, keyed, needs
from qantara.edge.problems import language
from qantara.edge.routes import ActRoute, ReadRoute
from qantara.errors import NotFound
from qantara.ids import AccountId
from qantara.parties.model import Account
from qantara.wallet import flow
from qantara.wallet.model import Limit, Overview, Standing, Switch, Way

reads = APIRouter(
    prefix="/v1/wallet",
    tags=["wallet"],
    route_class=ReadRoute,
    dependencies=[Depends(needs(Scope.ACCOUNTS_READ))],
)
acts = APIRouter(
    prefix="/v1/accounts",
    tags=["wallet"],
    route_class=ActRoute,
    dependencies=[Depends(keyed), Depends(needs(Scope.REMITTANCES_WRITE))],
)


@reads.get("", responses=documented(shapes.Wallet))
async def overview(
    request: Request,
    call: CurrentCall,
    customer_id: Annotated[str | None, Query(description="For staff: whose.")] = None,
) -> Response:
    """All accounts at one moment, and how much may be sent where, before a limit bites."""
    owner = call.whose(customer_id)
    async with call.door.database.read() as tx:
        found = (await flow.overviews(tx, call.door.node, [owner], call.now))[0]
    if isinstance(found, NotFound):
        raise found
    return json(_overview(found, language(request)))


def _overview(found: Overview, spoken: str) -> shapes.Wallet:
    return shapes.Wallet(
        found.customer_id,
        [_account(each) for each in found.accounts],
        [_way(each, spoken) for each in found.ways],
    )


def _account(standing: Standing) -> shapes.WalletAccount:
    account = standing.account
    return shapes.WalletAccount(
        id=account.id,
        number=account.number,
        country=account.country,
        status=standing.status,
        stopped=account.stopped,
        currency=standing.balance.asset.code,
        balance=str(standing.balance),
        held=str(standing.held),
        available=str(standing.available),
        in_review=str(standing.in_review),
        pending_in=str(standing.pending_in),
        in_pots=str(standing.in_pots),
    )


def _way(way: Way, spoken: str) -> shapes.WalletWay:
    no = way.refusal
    why = None if no is None else refusal(no.reason, None, no.rule, no.citation, spoken)
    return shapes.WalletWay(
        way.country, list(way.rails), [_limit(each) for each in way.limits], why
    )


def _limit(limit: Limit) -> shapes.WalletLimit:
    return shapes.WalletLimit(
        money(limit.most),
        limit.consequence.value,
        limit.side,
        limit.rule,
        limit.provision,
        limit.confidence,
        limit.label or None,
    )


@acts.post("/{account_id}/stop", responses=documented(shapes.AccountSwitch))
async def stop_sending(call: CurrentCall, account_id: str) -> Response:
    """Stop all sending from an own account at once. What comes still arrives; what is under way
    goes on.
    """
    return await _switched(call, account_id, stop=True)


@acts.post("/{account_id}/resume", responses=documented(shapes.AccountSwitch))
async def resume_sending(call: CurrentCall, account_id: str) -> Response:
    """Let an own account send again. A freeze by the institution is not ended by it."""
    return await _switched(call, account_id, stop=False)


async def _switched(call: Call, account_id: str, *, stop: bool) -> Response:
    wish = Switch(AccountId(account_id), call.acting_for, call.principal.id, stop)
    account: Account = await call.door.batcher.run(flow.switch, wish)
    return json(shapes.AccountSwitch(account.id, account.stopped))
