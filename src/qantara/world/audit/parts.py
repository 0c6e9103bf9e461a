"""What each party on a payment's way has of it: its state, its figures, and what that must have
moved in the party's own book.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from qantara.db import Row, Tx


class End(StrEnum):
    """`gone`: the money went to the payee. `back`: it is the payer's, as before. `open`:
    neither yet. `undone`: it had come, and was given back as the answer was too late.
    """

    GONE = "gone"
    BACK = "back"
    UNDONE = "undone"
    OPEN = "open"


class Place(NamedTuple):
    """Accounts that are taken together: customers' and members' by themselves, others by class;
    an institution's own money wherever it stands (`own`).
    """

    kind: str
    which: str
    asset: str


Effect = Mapping[Place, int]


@dataclass(frozen=True, slots=True)
class Part:
    """One party's row of a payment. `figures` are named alike at all parties: `sent` between
    the banks where it leaves, `arrived` where it arrives, `fee` kept and `credited` there.
    `skips` says that no access provider stands here; `waits` that a person has to decide.
    """

    uetr: str
    name: str
    role: str
    row: str
    state: str
    end: End
    figures: Mapping[str, int] = field(default_factory=dict)
    effect: Effect = field(default_factory=dict)
    either: Effect | None = None
    skips: bool = False
    waits: bool = False


_GONE = frozenset({"completed", "blocked", "credited", "settled"})
_BACK = frozenset({"rejected", "refused", "released", "expired"})
OUTCOME = {"reversed": End.UNDONE} | dict.fromkeys(_GONE, End.GONE) | dict.fromkeys(_BACK, End.BACK)


def _end(state: str) -> End:
    return OUTCOME.get(state, End.OPEN)


def _figures(row: Row, *names: str) -> dict[str, int]:
    return {name: int(row[name]) for name in names if row[name] is not None}


def _customer(row: Row, amount: int, asset: str) -> dict[Place, int]:
    """Customers' money and what stands apart for it, which always move together."""
    account = Place("e_money", row["account_code"] or "", asset)
    return {account: amount, Place("safeguarded", "", asset): -amount}


def _of(kind: str, asset: str, amount: int) -> dict[Place, int]:
    return {Place(kind, "", asset): amount}


# One in review has no UETR: it is known by its own id until it leaves, or for good.
REMITTANCES = """
SELECT coalesce(r.uetr, r.id) AS uetr, r.id, r.state,
    coalesce((SELECT p.ledger_code FROM parties.former_place p WHERE p.account_id = a.id
        AND p.left_at > r.accepted_at ORDER BY p.left_at LIMIT 1), a.ledger_code) AS account_code,
    q.source_currency AS asset, q.total_debit, q.sender_fee, q.interbank_source AS sent,
    q.interbank_destination AS arrived, q.recipient_fee AS fee, q.received AS credited,
    q.destination_currency AS other, q.gateway_quote_id IS NULL AS own_rate
FROM remittance.remittance r JOIN remittance.quote q ON q.id = r.quote_id
LEFT JOIN parties.account a ON a.id = q.account_id
WHERE r.uetr IS NOT NULL OR r.hold_id IS NOT NULL OR r.state = 'in_review'
"""


def remittance(role: str, row: Row) -> Part:
    """The sender pays all that was disclosed; the fee leaves customers' money as it is earned."""
    debit, fee, asset = int(row["total_debit"]), int(row["sender_fee"]), row["asset"]
    paid = _customer(row, -debit, asset) | _of("income", asset, fee) | _of("own", asset, -fee)
    if row["own_rate"]:
        abroad = int(row["arrived"])
        paid |= _of("own", row["other"], -abroad) | _of("claim", row["other"], abroad)
    end = _end(row["state"])
    return Part(
        *(row["uetr"], "payer", role, row["id"], row["state"], end),
        figures=_figures(row, "sent", "arrived", "fee", "credited"),
        effect=paid if end is End.GONE else {},
        waits=row["state"] == "in_review",
    )


RETURNS = """
SELECT uetr, state, account_code, currency AS asset, taken, borne + difference AS cost,
    fee AS kept, sent, arrives AS credited, recipient_fee AS fee,
    arrives + recipient_fee AS arrived, arrives_currency AS other, paid_abroad
FROM remittance.return
"""


def give_back(role: str, row: Row) -> Part:
    """A payment by which an institution gives another one back, partly out of its own money."""
    taken, asset = int(row["taken"]), row["asset"]
    paid = _customer(row, -taken, asset) | _of("expense", asset, -int(row["cost"]))
    paid |= _of("income", asset, int(row["kept"])) | _of("own", asset, int(row["sent"]) - taken)
    if row["paid_abroad"] is not None:
        abroad = int(row["paid_abroad"])
        paid |= _of("own", row["other"], -abroad) | _of("claim", row["other"], abroad)
    end = _end(row["state"])
    figures = _figures(row, "sent", "arrived", "fee", "credited")
    effect = paid if end is End.GONE else {}
    return Part(row["uetr"], "payer", role, row["uetr"], row["state"], end, figures, effect)


INBOUND = """
SELECT i.uetr, i.state, i.account_code, i.currency AS asset, i.interbank AS arrived, i.fee,
    i.credited, i.taken_back, i.state = 'reversed' AND EXISTS (SELECT FROM db.event e
        WHERE e.subject = i.uetr AND e.state = 'blocked') AS was_blocked
FROM remittance.inbound i
"""


def inbound(role: str, row: Row) -> Part:
    """The recipient gets all but the fee in the message; blocked, all of it stands apart from
    every account. A late yes is undone as far as the account has it, the rest is own expense.
    """
    asset, state, fee = row["asset"], row["state"], int(row["fee"])
    effect: dict[Place, int] = {}
    if state == "credited":
        effect = _customer(row, int(row["credited"]), asset)
        effect |= _of("income", asset, fee) | _of("own", asset, -fee)
    elif state == "blocked":
        whole = int(row["arrived"])
        effect = _of("safeguarded", asset, -whole)
        effect[Place("e_money", "blocked/incoming", asset)] = whole
    elif state == "reversed" and not row["was_blocked"]:
        kept = int(row["credited"]) - int(row["taken_back"])
        effect = _customer(row, kept, asset)
        effect |= _of("expense", asset, -kept) | _of("own", asset, kept)
    names = ("arrived", "fee") if state == "blocked" else ("arrived", "fee", "credited")
    return Part(
        *(row["uetr"], "payee", role, row["uetr"], state, _end(state)),
        figures=_figures(row, *names),
        effect=effect,
        waits=state == "held",
    )


TRANSFERS = """
SELECT t.uetr, t.id, t.state, t.account_code, t.currency AS asset, t.amount AS sent, t.fee AS kept
FROM domestic.transfer t
"""


def transfer(role: str, row: Row) -> Part:
    """Inside a system: the amount leaves, and the fee on top of it is earned."""
    amount, fee, asset, end = int(row["sent"]), int(row["kept"]), row["asset"], _end(row["state"])
    paid = _customer(row, -amount - fee, asset)
    paid |= _of("income", asset, fee) | _of("own", asset, -fee)
    return Part(
        *(row["uetr"], "payer inside", role, row["id"], row["state"], end),
        figures=_figures(row, "sent"),
        effect=paid if end is End.GONE else {},
    )


ARRIVALS = """
SELECT a.uetr, a.id, a.kind, a.state, a.account_code, a.currency AS asset, a.amount AS sent,
    (SELECT sum(t.amount) FROM ledger.transfer t WHERE t.reference = a.uetr
        AND t.code = 'domestic.late_answer') AS missing
FROM domestic.arrival a
"""


def arrival(role: str, row: Row) -> Part:
    """Money for an account here, or a payment of its own given back to it, which can also end
    among what nobody can be given.
    """
    asset, state, is_return = row["asset"], row["state"], row["kind"] == "return"
    effect: dict[Place, int] = {}
    either = None
    if state == "credited":
        effect = _customer(row, int(row["sent"]), asset)
        if is_return:
            either = dict(effect)
            either[Place("e_money", "unclaimed/returns", asset)] = either.pop(
                Place("e_money", row["account_code"] or "", asset)
            )
    elif state == "reversed":
        kept = int(row["missing"] or 0)
        effect = _customer(row, kept, asset)
        effect |= _of("expense", asset, -kept) | _of("own", asset, kept)
    name = "given back" if is_return else "payee inside"
    figures = {} if is_return else _figures(row, "sent")
    uetr, end = row["uetr"], _end(state)
    return Part(uetr, name, role, row["id"], state, end, figures, effect, either)


GIVEN_BACK = """
SELECT uetr, id, state, account_code, currency AS asset, amount FROM domestic.return
"""


def returned(role: str, row: Row) -> Part:
    """A payment that was credited here and is asked back."""
    state = row["state"]
    done = state == "returned"
    return Part(
        *(row["uetr"], "giver", role, row["id"], state),
        end=End.GONE if done else End.BACK if state == "refused" else End.OPEN,
        effect=_customer(row, -int(row["amount"]), row["asset"]) if done else {},
        waits=state in {"open", "overdue"},
    )


SYSTEM = """
SELECT p.uetr, p.route, p.state, p.asset, p.amount AS sent, p.amount AS arrived, p.pays, p.paid,
    coalesce(r.amount, 0) AS given_back
FROM ips.payment p LEFT JOIN ips.payment_return r ON r.uetr = p.uetr
"""


def system(role: str, row: Row) -> Part:
    """A payment system moves money between two members, or none where one bank is both."""
    end, route, own = _end(row["state"]), row["route"], row["pays"] == row["paid"]
    moved = int(row["sent"]) - int(row["given_back"])
    effect = (
        {}
        if own or end is not End.GONE
        else {
            Place("settlement", row["pays"], row["asset"]): -moved,
            Place("settlement", row["paid"], row["asset"]): moved,
        }
    )
    figure = "arrived" if route == "in" else "sent"
    return Part(
        *(row["uetr"], f"system {route}", role, row["uetr"], row["state"], end),
        figures=_figures(row, figure),
        effect=effect,
        skips=own,
    )


ACCESS = """
SELECT uetr, side, state, customer, asset, amount AS sent, amount AS arrived FROM sap.payment
"""


def access(role: str, row: Row) -> Part:
    """An access provider gets the source money for its customer, and pays out the other."""
    source, end = row["side"] == "source", _end(row["state"])
    amount = int(row["sent"]) if source else -int(row["sent"])
    effect = {
        Place("settlement", row["customer"], row["asset"]): amount,
        Place("claim", "", row["asset"]): -amount,
    }
    return Part(
        *(row["uetr"], f"access {row['side']}", role, row["uetr"], row["state"], end),
        figures=_figures(row, "sent" if source else "arrived"),
        effect=effect if end is End.GONE else {},
    )


GATEWAY = """
SELECT uetr, state, source_amount AS sent, destination_amount AS arrived, fee,
    destination_amount - fee AS credited, quote_id IS NULL AS own_rate FROM gateway.payment
"""


def gateway(role: str, row: Row) -> Part:
    names = ["sent", "arrived", "fee"] + ([] if row["state"] == "blocked" else ["credited"])
    return Part(
        *(row["uetr"], "gateway", role, row["uetr"], row["state"], _end(row["state"])),
        figures=_figures(row, *names),
        skips=row["own_rate"],
    )


EXCHANGE = """
SELECT uetr, source, given AS sent, destination, paid AS arrived, margin FROM fxp.exchange
"""


def exchange(role: str, row: Row) -> Part:
    """An FX provider's claims on its access providers and its positions, in both currencies."""
    got, gave, margin = int(row["sent"]), int(row["arrived"]), int(row["margin"])
    effect = _of("claim", row["source"], -got) | _of("claim", row["destination"], gave)
    effect |= _of("fx_position", row["source"], got)
    effect |= _of("fx_position", row["destination"], -gave - margin)
    effect |= _of("income", row["destination"], margin)
    figures = _figures(row, "sent", "arrived")
    return Part(row["uetr"], "exchange", role, row["uetr"], "settled", End.GONE, figures, effect)


BANK_CAME = """
SELECT p.uetr, p.domestic, p.state, p.asset, p.amount AS arrived, p.amount AS sent, p.fee,
    p.amount - p.fee AS credited, p.account,
    (SELECT sum(t.amount) FROM ledger.transfer t JOIN ledger.account a ON a.id = t.debit_id
        WHERE t.reference = p.uetr AND t.code = 'psp.reverse' AND a.class = 'equity') AS borne
FROM psp.payment p
"""


def bank_came(role: str, row: Row) -> Part:
    """A simulated bank: the customer's part and the fee, or what it could not take back."""
    state, asset, borne = row["state"], row["asset"], int(row["borne"] or 0)
    effect: dict[Place, int] = {}
    account = Place("settlement", f"customer/{row['account']}", asset)
    if state == "credited":
        effect = {account: int(row["credited"])} | _of("claim", asset, -int(row["arrived"]))
        effect |= _of("income", asset, int(row["fee"]))
    elif state == "reversed":
        effect = {account: borne} | _of("equity", asset, -borne)
    names = ("sent",) if row["domestic"] else ("arrived", "fee", "credited")
    return Part(
        *(row["uetr"], "payee inside" if row["domestic"] else "payee", role, row["uetr"]),
        *(state, _end(state)),
        figures=_figures(row, *names),
        effect=effect,
    )


BANK_SENT = """
SELECT uetr, message_id, domestic, booked, state, asset, amount AS sent, fee, account FROM psp.sent
"""


def bank_sent(role: str, row: Row) -> Part:
    """A simulated bank sends what its operator says, booked or not."""
    end, asset, fee = _end(row["state"]), row["asset"], int(row["fee"])
    whole = int(row["sent"]) + fee
    effect = {Place("settlement", f"customer/{row['account']}", asset): -whole}
    effect |= _of("claim", asset, int(row["sent"])) | _of("income", asset, fee)
    return Part(
        *(row["uetr"], "sent inside" if row["domestic"] else "sent", role, row["message_id"]),
        *(row["state"], end),
        figures=_figures(row, "sent"),
        effect=effect if end is End.GONE and row["booked"] else {},
    )


Reader = tuple[str, Callable[[str, Row], Part]]
READERS: Mapping[str, tuple[Reader, ...]] = {
    "institution": (
        (REMITTANCES, remittance),
        (RETURNS, give_back),
        (INBOUND, inbound),
        (TRANSFERS, transfer),
        (ARRIVALS, arrival),
        (GIVEN_BACK, returned),
    ),
    "ips": ((SYSTEM, system),),
    "sap": ((ACCESS, access),),
    "gateway": ((GATEWAY, gateway),),
    "fxp": ((EXCHANGE, exchange),),
    "psp": ((BANK_CAME, bank_came), (BANK_SENT, bank_sent)),
}


async def read(tx: Tx, role: str, kind: str) -> list[Part]:
    """Every payment's row in one role's database."""
    return [made(role, row) for sql, made in READERS.get(kind, ()) for row in await tx.fetch(sql)]


def effect_of(parts: list[Part]) -> Counter[Place]:
    """What several rows of one payment together must have moved in their common book."""
    total: Counter[Place] = Counter()
    for part in parts:
        total.update(part.effect)
    return Counter({place: amount for place, amount in total.items() if amount})


def either_of(parts: list[Part]) -> Counter[Place]:
    total: Counter[Place] = Counter()
    for part in parts:
        total.update(part.effect if part.either is None else part.either)
    return Counter({place: amount for place, amount in total.items() if amount})
