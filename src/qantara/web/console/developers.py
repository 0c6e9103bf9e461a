"""What programs use: keys, and the webhooks that tell them what happened."""

from fastapi.responses import Response

from qantara.access import flow as access
from qantara.access import keys, roll
from qantara.access.model import Action, Key, Scope
from qantara.access.webhooks import flow as webhooks
from qantara.access.webhooks.model import DeliveryState, Endpoint, EndpointState, NewDelivery
from qantara.db import Tx
from qantara.edge.proposing import Wish
from qantara.errors import Conflict, NotFound, Reason
from qantara.ids import PrincipalId
from qantara.web.console.deciding import keep, names_of, pending, why_of
from qantara.web.sites import Page
from qantara.web.visits import Visit, gone_on

PAGE = 50


async def show_keys(visit: Visit) -> Response:
    """Every key, the newest first."""
    async with visit.door.database.read() as tx:
        found = await roll.keys(tx, visit.asked("before") or None, PAGE + 1)
        names = await names_of(tx, [each.principal_id for each in found])
    older = found[PAGE - 1].id if len(found) > PAGE else None
    return visit.shown("keys.html", keys=found[:PAGE], names=names, older=older)


async def show_key(visit: Visit) -> Response:
    async with visit.door.database.read() as tx:
        key = await _key(tx, visit)
        holder = (await access.principals(tx, [PrincipalId(key.principal_id)]))[0]
        proposal = (await pending(tx, visit, [Action.KEY_REVOKE], "key_id")).get(key.id)
        trail = await access.audit(tx, key.id)
        people = [each.entry.actor for each in trail]
        names = await names_of(tx, [*people, *([proposal.proposed_by] if proposal else [])])
    if isinstance(holder, NotFound):
        raise holder
    return visit.shown(
        "key.html", key=key, holder=holder, proposal=proposal, trail=trail, names=names
    )


async def _key(tx: Tx, visit: Visit) -> Key:
    wanted = str(visit.request.path_params["id"])
    found = await keys.seen(tx, visit.caller.principal, wanted)
    if isinstance(found, NotFound):
        raise found
    return found


async def propose_closing(visit: Visit) -> Response:
    """Close a key for ever, once somebody else has approved."""
    why = why_of(visit.form)
    async with visit.door.database.read() as tx:
        key = await _key(tx, visit)
    if key.revoked_at is not None:
        raise Conflict(Reason.STATE_CONFLICT, key=key.id, state="revoked")
    said = {
        "key_id": key.id,
        "principal_id": key.principal_id,
        "label": key.label,
        "legal_reason": why.legal_reason,
        "citation": why.citation,
    }
    return await keep(visit, Wish(Action.KEY_REVOKE, said))


async def show_endpoints(visit: Visit) -> Response:
    async with visit.door.database.read() as tx:
        found = await webhooks.newest(tx, visit.asked("before") or None, PAGE + 1)
        names = await names_of(tx, [each.principal_id for each in found])
    older = found[PAGE - 1].id if len(found) > PAGE else None
    return visit.shown("webhooks.html", endpoints=found[:PAGE], names=names, older=older)


async def show_endpoint(visit: Visit) -> Response:
    """One endpoint with what it was told, newest first; its secret is shown to nobody."""
    async with visit.door.database.read() as tx:
        found = await _endpoint(tx, visit)
        told = await webhooks.deliveries(tx, found.id, visit.asked("before") or None, PAGE + 1)
        names = await names_of(tx, [found.principal_id])
    older = told[PAGE - 1].id if len(told) > PAGE else None
    return visit.shown(
        "webhook.html", endpoint=found, deliveries=told[:PAGE], names=names, older=older
    )


async def _endpoint(tx: Tx, visit: Visit) -> Endpoint:
    wanted = str(visit.request.path_params["id"])
    found = (await webhooks.endpoints(tx, [wanted])).get(wanted)
    if found is None:
        raise NotFound(Reason.WEBHOOK_NOT_FOUND, id=wanted)
    return found


async def redeliver(visit: Visit) -> Response:
    """Tell an endpoint once more; what still waits is tried at once."""
    async with visit.door.database.read() as tx:
        found = await _endpoint(tx, visit)
        old = await webhooks.one_delivery(tx, found.id, visit.form.get("delivery", ""))
    if found.state is not EndpointState.ENABLED:
        raise Conflict(Reason.STATE_CONFLICT, endpoint=found.id, state=found.state.value)
    run = visit.door.batcher.run
    if old.state is DeliveryState.PENDING:
        await run(webhooks.hasten, old)
    else:
        new_id = visit.caller.new_id("whd")
        said = (old.webhook_id, old.type, old.subject, old.body)
        await run(webhooks.deliver, NewDelivery(new_id, found.id, *said))
    return gone_on(visit.site, f"/console/webhooks/{found.id}")


_KEYS, _HOOKS = frozenset({Scope.KEYS_MANAGE}), frozenset({Scope.WEBHOOKS_MANAGE})
PAGES = (
    Page("keys", "/keys", show_keys, _KEYS, section="system"),
    Page("keys", "/keys/{id}", show_key, _KEYS, act=propose_closing),
    Page("webhooks", "/webhooks", show_endpoints, _HOOKS, section="system"),
    Page("webhooks", "/webhooks/{id}", show_endpoint, _HOOKS, act=redeliver),
)
