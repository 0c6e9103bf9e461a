"""What each kind of role is made of: its packages, its configuration, its recurring work."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from qantara.access import flow as access
from qantara.access.credentials import flow as credentials
from qantara.access.webhooks import flow as webhooks
from qantara.agents import flow as agents
from qantara.db import Tx
from qantara.db.batcher import Verb
from qantara.disputes import flow as disputes
from qantara.domestic import flow as domestic
from qantara.edge import flow as edge
from qantara.errors import Malformed, Reason
from qantara.host import nodes
from qantara.host.config import RoleSpec, WorldSpec
from qantara.host.corridor_terms import neighbours
from qantara.ledger import flow as ledger
from qantara.onboarding import flow as onboarding
from qantara.payees import flow as payees
from qantara.policy import flow as policy
from qantara.policy.model import Rulebook
from qantara.remittance import flow as remittance
from qantara.remittance.model import Institution
from qantara.scheme.desk import flow as desk
from qantara.scheme.fxp import flow as fxp
from qantara.scheme.fxp.model import FxpNode, Tick
from qantara.scheme.gateway import flow as gateway
from qantara.scheme.gateway.model import GatewayNode
from qantara.scheme.ips import flow as ips
from qantara.scheme.psp import flow as psp
from qantara.scheme.sap import flow as sap
from qantara.supervision import flow as supervision
from qantara.supervision.model import REPORT
from qantara.ussd import flow as ussd
from qantara.wallet import flow as wallet
from qantara.web import flow as web

SEAL_SECONDS = 60
FORGET_SECONDS = 3600
GATHER_SECONDS = 5
REPORT_SECONDS = 300


async def seal(tx: Tx, _node: object, commands: Sequence[object], now: datetime) -> list[None]:
    """Release overdue holds, then put a Merkle root over the batches since the last seal."""
    await ledger.expire_holds(tx, now)
    await ledger.seal(tx, now)
    return [None] * len(commands)


async def close_proposals(
    tx: Tx, _node: object, commands: Sequence[object], now: datetime
) -> list[None]:
    await access.expire(tx, now)
    return [None] * len(commands)


async def keep_rulebook(
    tx: Tx, node: Institution, commands: Sequence[object], now: datetime
) -> list[None]:
    """Store the rulebook in force: decisions refer to it and replay from it."""
    await policy.keep_rulebook(tx, node.rulebook, now)
    return [None] * len(commands)


async def keep_renewed(
    tx: Tx, _node: Institution, commands: Sequence[Rulebook], now: datetime
) -> list[None]:
    """Store a rulebook that is about to come into force."""
    for rulebook in commands:
        await policy.keep_rulebook(tx, rulebook, now)
    return [None] * len(commands)


async def push_rates(
    tx: Tx, node: FxpNode, commands: Sequence[object], now: datetime
) -> list[None]:
    """The next rate of every pair, on its way to the gateway."""
    await fxp.next_rate(tx, node, [Tick(pair.name) for pair in node.pairs], now)
    return [None] * len(commands)


async def acknowledge(
    tx: Tx, node: Institution, message_ids: Sequence[str], now: datetime
) -> list[None]:
    """What the payment system has taken may be a payment abroad, or one inside."""
    abroad = await remittance.acknowledge(tx, message_ids, now)
    inside = [each for each in message_ids if each not in abroad]
    if inside:
        await domestic.acknowledge(tx, node, inside, now)
    return [None] * len(message_ids)


async def bounce(
    tx: Tx, node: Institution, bounced: Sequence[tuple[str, str]], now: datetime
) -> list[None]:
    await remittance.bounce(tx, node, bounced, now)
    return await domestic.bounce(tx, node, bounced, now)


def opening(open_books: Callable[[Tx, Any, datetime], Awaitable[None]]) -> Verb:
    """A role's own way of opening its books, as a verb."""

    async def verb(tx: Tx, node: Any, commands: Sequence[Any], now: datetime) -> list[None]:
        await open_books(tx, node, now)
        return [None] * len(commands)

    return verb


@dataclass(frozen=True, slots=True)
class Work:
    """A recurring verb; `seconds` is its rhythm, or the key of it in the role's table."""

    verb: Verb
    seconds: int | str


@dataclass(frozen=True, slots=True)
class Kind:
    packages: tuple[str, ...]
    node: Callable[[WorldSpec, RoleSpec, date], Any]
    work: Mapping[str, Work] = field(default_factory=dict)
    begin: tuple[Verb, ...] = ()
    acknowledged: Verb | None = None
    bounced: Verb | None = None


_TIDYING = {"forget": Work(edge.forget, FORGET_SECONDS)}
_BOOKKEEPING = _TIDYING | {"seal": Work(seal, SEAL_SECONDS)}

KINDS: dict[str, Kind] = {
    "institution": Kind(
        packages=(
            *("access", "access.credentials", "access.webhooks", "edge", "policy", "parties"),
            *("ledger", "payees", "remittance", "domestic", "wallet", "disputes", "onboarding"),
            *("agents", "supervision", "ussd", "web"),
        ),
        node=nodes.institution,
        work=_BOOKKEEPING
        | {
            "expire": Work(remittance.expire, 2),
            "checks": Work(payees.expire, 2),
            "inside": Work(domestic.expire, 1),
            "cash": Work(agents.expire, 5),
            "returns": Work(remittance.expire_returns, 2),
            "orders": Work(wallet.run_due, 5),
            "requests": Work(wallet.expire_money, 5),
            "disputes": Work(disputes.expire, 60),
            "proposals": Work(close_proposals, 60),
            "webhooks": Work(webhooks.forget, FORGET_SECONDS),
            "sessions": Work(web.forget, FORGET_SECONDS),
            "talks": Work(ussd.forget, 60),
            "credentials": Work(credentials.tidy, 60),
            "onboarding": Work(onboarding.expire, 60),
            "figures": Work(supervision.gather, GATHER_SECONDS),
            REPORT: Work(supervision.gather, REPORT_SECONDS),
        },
        begin=(remittance.open_books, domestic.open_books, agents.open_books, keep_rulebook),
        acknowledged=acknowledge,
        bounced=bounce,
    ),
    "gateway": Kind(
        ("access", "edge", "scheme.triggers", "scheme.gateway", "scheme.desk"),
        nodes.gateway,
        work=_TIDYING
        | {"time_outs": Work(gateway.time_out, 1), "reports": Work(gateway.report_days, 1)}
        | {"desk": Work(desk.expire, 5)},
        begin=(opening(gateway.begin),),
    ),
    "ips": Kind(
        ("access", "edge", "ledger", "scheme.triggers", "scheme.ips"),
        nodes.payment_system,
        work=_BOOKKEEPING
        | {
            "settle": Work(ips.close_due, "cycle_seconds"),
            "time_outs": Work(ips.expire, 1),
        },
        begin=(opening(ips.open_books),),
    ),
    "sap": Kind(
        ("access", "edge", "ledger", "scheme.triggers", "scheme.sap"),
        nodes.access_provider,
        work=_BOOKKEEPING | {"reminders": Work(sap.remind, 10)},
        begin=(opening(sap.open_books),),
    ),
    "fxp": Kind(
        ("access", "edge", "ledger", "scheme.triggers", "scheme.fxp"),
        nodes.fx_provider,
        work=_BOOKKEEPING | {"rates": Work(push_rates, "rate_seconds")},
        begin=(opening(fxp.open_books),),
    ),
    "psp": Kind(
        ("access", "edge", "ledger", "scheme.triggers", "scheme.psp"),
        nodes.participant,
        work=_BOOKKEEPING,
        begin=(opening(psp.open_books),),
    ),
}


_OF_GATEWAY = frozenset({"ips", "fxp", "institution"})
"""Institutions hear from its service desk; a simulated bank has no line to it."""


def peers(world: WorldSpec, role: RoleSpec) -> list[str]:
    """The roles this one sends messages to or asks. Institutions tell each other nothing but days
    in figures.
    """
    if role.kind == "gateway":
        return [each.name for each in world.roles.values() if each.kind in _OF_GATEWAY]
    if role.kind == "ips":
        members = [each.name for each in world.roles.values() if each.table.get("ips") == role.name]
        return [*members, role.take("gateway", str)]
    named = [str(role.table[key]) for key in ("ips", "gateway") if key in role.table]
    return [*named, *(neighbours(world, role) if role.kind == "institution" else ())]


def configured(world: WorldSpec, role: RoleSpec, on: date) -> Any:
    """The role's configuration as its flows take it; `Malformed` where its terms disagree."""
    try:
        return KINDS[role.kind].node(world, role, on)
    except ValueError as error:
        place = f"roles.{role.name}"
        raise Malformed(Reason.FIELD_INVALID, param=place, value=str(error)) from error


def endpoints(node: object) -> list[str]:
    """The addresses, beside its peers, to which a role posts answers."""
    if not isinstance(node, GatewayNode):
        return []
    return [address for country in node.countries for address in country.endpoints]
