"""`qantara reviews`: what waits for a person, and the two people who decide it.

Signed in as the compliance officers of the example world: the first proposes, the second
approves.
"""

from dataclasses import dataclass

import msgspec
from rich.table import Table
from rich.text import Text

from qantara.cli.show import as_json_line, money, out
from qantara.cli.staff import Proposal, approval, signed_in, tell
from qantara.client.calls import Call, get, part, post
from qantara.client.model import Money, Page
from qantara.errors import Malformed, Reason

FIRST, SECOND = "compliance", "compliance-second"
LIST, RELEASE, REFUSE = "list", "release", "refuse"
_ABOUT = "remittance_id"


class Finding(msgspec.Struct, frozen=True):
    rule: str
    provision: str
    observed: str
    threshold: str
    unit: str
    label: str


class Review(msgspec.Struct, frozen=True):
    """A review as the API answers it; fields this version does not know are passed over."""

    remittance_id: str
    decision_id: str
    state: str
    since: str
    ended_at: str | None
    customer_id: str
    destination_country: str
    purpose: str | None
    total_debit: Money
    findings: list[Finding]
    proposal_id: str | None
    proposal_action: str | None
    proposed_by: str | None
    decided_by: str | None
    used_by: str | None


@dataclass(frozen=True, slots=True)
class Wish:
    """The command and its options as they were given; `act` is `list`, `release` or `refuse`."""

    act: str = LIST
    role: str = "my"
    state: str = "waiting"
    remittance_id: str = ""
    legal_reason: str | None = None
    citation: str | None = None
    approve: bool = False


async def run(wish: Wish, *, as_json: bool) -> int:
    key = SECOND if wish.approve else FIRST
    async with signed_in(wish.role, lambda _: key, as_json=as_json) as client:
        if wish.act == LIST:
            page = await client.do(_listed(wish.state))
            _show(page, as_json=as_json)
            return 0
        proposed = _proposal(wish) if not wish.approve else None
        done = await client.do(
            proposed or await approval(client, f"review_{wish.act}", _ABOUT, wish.remittance_id)
        )
    tell(done, _ABOUT, as_json=as_json)
    return 0


def _listed(state: str) -> Call[Page[Review]]:
    return get("/v1/reviews", Page[Review], state=state)


def _proposal(wish: Wish) -> Call[Proposal]:
    if wish.legal_reason is None or wish.citation is None:
        raise Malformed(Reason.FIELD_MISSING, param="--reason and --citation")
    path = f"/v1/reviews/{part(wish.remittance_id)}/{wish.act}"
    body = {"legal_reason": wish.legal_reason, "citation": wish.citation}
    return post(path, Proposal, body, None)


def _show(page: Page[Review], *, as_json: bool) -> None:
    if as_json:
        as_json_line(page)
        return
    if not page.data:
        out.print("None.")
        return
    for review in page.data:
        out.print(_told(review))
    if page.has_more:
        out.print("[dim]There are more.[/dim]")


def _told(review: Review) -> Table:
    """One review: its payment's id stands alone on a line, to be copied whole."""
    table = Table.grid(padding=(0, 2))
    table.add_column(style="dim", justify="right", no_wrap=True)
    table.add_column(overflow="fold")
    rows = [
        ("payment", review.remittance_id),
        ("since", review.since),
        ("debit", f"{money(review.total_debit)} to {review.destination_country}"),
    ]
    for each in review.findings:
        label = f" ({each.label})" if each.label else ""
        rows.append(("rule", f"{each.rule}: {each.provision}{label}"))
        rows.append(("seen", f"{each.observed}, allowed {each.threshold} {each.unit}".rstrip()))
    if review.proposed_by:
        rows.append(("proposed", f"{review.proposal_action or ''} by {review.proposed_by}".strip()))
    if review.decided_by:
        rows.append((review.state, f"by {review.decided_by}"))
    for name, told in rows:
        table.add_row(name, Text(told))
    return table
