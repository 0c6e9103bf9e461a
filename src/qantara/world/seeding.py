"""Give a new world its people and its money; harmless when repeated."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from qantara import ids
from qantara.access import certificates
from qantara.access import flow as access
from qantara.access.model import INSTALLER, ROLE_SCOPES, NewPrincipal, PrincipalKind, Role
from qantara.agents import flow as agents
from qantara.agents.commands import Move, MoveFloat, Register
from qantara.db import Tx
from qantara.errors import QantaraError, Reason, Refused, Unavailable
from qantara.ids import PrincipalId
from qantara.ledger import flow as ledger
from qantara.ledger.model import Transfer
from qantara.money import Money
from qantara.onboarding import flow as onboarding
from qantara.onboarding.model import Enrolment, NewRelation
from qantara.remittance import flow as remittance
from qantara.remittance.model import CAPITAL, Institution
from qantara.world.people import Resident


def _must(outcomes: Sequence[object]) -> None:
    """Seeding has no second way: what does not work out is a bug and stops the world."""
    for outcome in outcomes:
        if isinstance(outcome, QantaraError):
            raise outcome
        if isinstance(outcome, Refused):
            raise Unavailable(Reason.INTERNAL, detail=f"seeding was refused: {outcome}")


async def settle_in(
    tx: Tx, node: Institution, groups: Sequence[Sequence[Resident]], now: datetime
) -> list[None]:
    """Open the institution's books, register residents, and issue their opening e-money."""
    await remittance.open_books(tx, node, [None], now)
    residents = [resident for group in groups for resident in group]
    new = [NewRelation(r.customer, r.account, r.alias, r.ceiling) for r in residents]
    await onboarding.open_relations(tx, node.asset, new, now)
    await _issue(tx, node, residents, now)
    return [None] * len(groups)


async def _issue(tx: Tx, node: Institution, residents: Sequence[Resident], now: datetime) -> None:
    issued = [
        Transfer(
            id=ids.uuid_text("issue", resident.account.id),
            debit=node.claim,
            credit=resident.account.ledger_code,
            amount=resident.opening,
            asset=node.asset.code,
            code="e_money.issue",
            reference=resident.customer.id,
            occurred_at=now,
        )
        for resident in residents
        if resident.opening
    ]
    for outcome in await ledger.post(tx, issued, now):
        if outcome.refusal is not None:
            raise Unavailable(Reason.INTERNAL, detail=f"issuing: {outcome}")


async def enrol(
    tx: Tx, _node: object, groups: Sequence[Sequence[Enrolment]], now: datetime
) -> list[None]:
    """Let residents sign in to the app, each by a phone and a PIN."""
    await onboarding.enrol(tx, [each for group in groups for each in group], now)
    return [None] * len(groups)


@dataclass(frozen=True, slots=True)
class Shop:
    """An agent to be: a resident whose float begins with so much of its own money."""

    owner: Resident
    name: str
    district: str
    float: int

    @property
    def agent_id(self) -> str:
        return ids.derived("agt", self.owner.customer.id)


async def open_agents(
    tx: Tx, node: Institution, groups: Sequence[Sequence[Shop]], now: datetime
) -> list[None]:
    """Make agents of residents, and fill their floats."""
    await agents.open_books(tx, node, [None], now)
    shops = [shop for group in groups for shop in group]
    wishes = [Register(s.agent_id, s.name, s.district, s.owner.account.id) for s in shops]
    _must(await agents.register(tx, node, wishes, now))
    moves = [
        MoveFloat(f"flt_{s.agent_id}", s.agent_id, Move.FUND, Money(s.float, node.asset))
        for s in shops
    ]
    _must(await agents.move_float(tx, node, moves, now))
    return [None] * len(groups)


async def own_funds(tx: Tx, node: Institution, amounts: Sequence[int], now: datetime) -> list[None]:
    """The institution's own money at its payment system, in minor units."""
    await ledger.post(
        tx,
        [
            Transfer(
                id=ids.uuid_text("own_funds", node.role),
                debit=node.own,
                credit=CAPITAL,
                amount=amount,
                asset=node.asset.code,
                code="capital.pay_in",
                reference=node.role,
                occurred_at=now,
            )
            for amount in amounts
        ],
        now,
    )
    return [None] * len(amounts)


async def issue_key(
    tx: Tx, _node: object, subjects: Sequence[tuple[Role, PrincipalKind, str, str]], now: datetime
) -> list[str]:
    """Make principals (role, kind, name, subject) with one key each; the keys to present."""
    keys = []
    for role, kind, name, subject in subjects:
        principal_id = PrincipalId(ids.derived("prn", role, subject))
        _must(
            await access.register_principals(
                tx, [NewPrincipal(principal_id, kind, name, (role,), subject)], now
            )
        )
        scopes = ROLE_SCOPES[role]
        issued = await access.issue_key(tx, INSTALLER, principal_id, scopes, now)
        keys.append(issued.presented)
    return keys


async def bind_certificate(
    tx: Tx, _node: object, proofs: Sequence[tuple[str, str]], now: datetime
) -> list[None]:
    """Each counterparty (role, thumbprint of its certificate) known by its certificate, too."""
    for caller, thumbprint in proofs:
        principal_id = PrincipalId(ids.derived("prn", Role.COUNTERPARTY, caller))
        await certificates.bind(tx, INSTALLER, principal_id, thumbprint, now)
    return [None] * len(proofs)
