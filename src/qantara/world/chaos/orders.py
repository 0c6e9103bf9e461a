"""What customers and staff want: payments, asked for as their app would, and asked for again."""

import random
from dataclasses import dataclass

import msgspec

from qantara import ids
from qantara.edge import nexus
from qantara.errors import QantaraError, Reason, Refused
from qantara.ids import QuoteId
from qantara.money import Money
from qantara.payees import flow as payees
from qantara.payees.model import CheckPayee, CheckState, PayeeCheck
from qantara.rails.model import Priority
from qantara.remittance import flow as remittance
from qantara.remittance.model import (
    Accept,
    AskQuote,
    Decide,
    Fixed,
    PriceRequest,
    Remittance,
    Verdict,
)
from qantara.scheme.gateway import flow as gateway
from qantara.scheme.gateway.model import QuoteRequest, QuoteSet
from qantara.world import setup
from qantara.world.chaos.stage import Stage
from qantara.world.people import Resident

SIDES = {"my": "MY", "pk": "PK", "fr": "FR"}
AMOUNTS = {"my": (20_00, 400_00), "pk": (1_000_00, 20_000_00), "fr": (5_00, 100_00)}
PAYERS, PAYEES = slice(0, 3), slice(2, 5)
"""Who acts, by place among an institution's residents: the employer is the first of them."""
ASKED_ANEW = 0.1
"""How often a customer asks again whose account it is, although that is known."""
HELD = 50


@dataclass(slots=True)
class Order:
    """One wish of one customer. Its ids are chosen once, so that it may be repeated at any time;
    `said` is how it ended for the one who asked.
    """

    sender: str
    payer: Resident
    payee: Resident
    country: str
    agent: str
    amount: Money
    priority: Priority
    check_id: str
    quote_id: QuoteId
    asked: bool = False
    quoted: AskQuote | None = None
    said: str | None = None

    @property
    def wish(self) -> CheckPayee:
        return _check(self.check_id, self.payer, self.payee, self.country, self.agent)

    @property
    def price(self) -> PriceRequest:
        customer, account = self.payer.customer.id, self.payer.account.id
        return PriceRequest(customer, account, self.country, Fixed.SOURCE, self.amount)

    @property
    def accept(self) -> Accept:
        return Accept(
            quote_id=self.quote_id,
            customer_id=self.payer.customer.id,
            payee_check_id=self.check_id,
            purpose="FAMI",
            note="Chaos",
            priority=self.priority,
        )


def _check(check_id: str, payer: Resident, payee: Resident, country: str, agent: str) -> CheckPayee:
    number = payee.account.number
    kind = "IBAN" if number[:2].isalpha() else "ACCT"
    return CheckPayee(check_id, payer.customer.id, country, kind, number, agent)


def _known_id(payer: Resident, payee: Resident) -> str:
    return ids.derived("pck", payer.customer.id, payee.account.id)


async def acquaint(stage: Stage) -> None:
    """Everybody who acts asks whose the accounts are, and all are answered."""
    people = population(stage)
    for sender in SIDES:
        wishes = [
            _check(_known_id(payer, payee), payer, payee, SIDES[other], stage.spec.role(other).bic)
            for other in SIDES
            if other != sender
            for payer in people[sender][PAYERS]
            for payee in people[other][PAYEES]
        ]
        await stage.roles[sender].batcher.run_all(payees.check_payee, wishes)
    stage.forget()
    await stage.carry_all()


def invented(stage: Stage, people: dict[str, list[Resident]], dice: random.Random) -> Order:
    sender, other = dice.sample(sorted(SIDES), 2)
    payer, payee = dice.choice(people[sender][PAYERS]), dice.choice(people[other][PAYEES])
    anew = dice.random() < ASKED_ANEW
    return Order(
        sender=sender,
        payer=payer,
        payee=payee,
        country=SIDES[other],
        agent=stage.spec.role(other).bic,
        amount=Money(dice.randint(*AMOUNTS[sender]), stage.roles[sender].node.asset),
        priority=dice.choice(list(Priority)),
        check_id=ids.new("pck") if anew else _known_id(payer, payee),
        quote_id=QuoteId(ids.new("quo")),
        asked=not anew,
    )


async def further(stage: Stage, order: Order) -> str:
    """The next thing to do for an order, and how that went."""
    role = stage.roles[order.sender]
    stage.forget(order.sender)
    if not order.asked:
        outcome = await role.batcher.run(payees.check_payee, order.wish)
        order.asked = isinstance(outcome, PayeeCheck)
        return _ended(order, outcome)
    async with role.database.look() as tx:
        check = (await payees.checks(tx, [order.check_id]))[0]
    if not isinstance(check, PayeeCheck):
        return _ended(order, check)
    if check.state is CheckState.ASKED:
        return "waits for its check"
    if check.state is not CheckState.CONFIRMED:
        order.said = check.state.value
        return check.state.value
    if order.quoted is None:
        return await _quoted(stage, order)
    outcome = await role.batcher.run(remittance.accept, order.accept)
    if isinstance(outcome, Remittance):
        order.said = "accepted"
        return f"accepted {outcome.uetr}"
    return _ended(order, outcome)


async def _quoted(stage: Stage, order: Order) -> str:
    role = stage.roles[order.sender]
    node = role.node
    interbank = remittance.interbank_amount(node, order.price)
    if not isinstance(interbank, Money):
        return _ended(order, interbank)
    hub = stage.roles[node.gateway]
    asked = QuoteRequest(node.country, order.country, interbank, node.bic)
    found = await hub.batcher.run(gateway.quote, asked)
    if not isinstance(found, QuoteSet):
        return _ended(order, found)
    body = nexus.quotes_body(hub.node, ids.new("qrq"), found)
    offers = nexus.read_offers(node, msgspec.json.encode(body))
    wanted = AskQuote(order.quote_id, order.price, tuple(offers))
    outcome = await role.batcher.run(remittance.quote, wanted)
    if isinstance(outcome, QantaraError | Refused):
        return _ended(order, outcome)
    order.quoted = wanted
    return "quoted"


def _ended(order: Order, outcome: object) -> str:
    """What came of an act; a refusal ends the order."""
    if not isinstance(outcome, QantaraError | Refused):
        return "done"
    order.said = outcome.reason.value
    return order.said


async def decide(stage: Stage, name: str, dice: random.Random) -> list[str]:
    """Staff of an institution decide on what they hold."""
    role = stage.roles[name]
    async with role.database.look() as tx:
        held = await remittance.held(tx, None, HELD)
    said = [
        Decide(payment.uetr, dice.choice(list(Verdict)), Reason.REJECTED_BY_RECEIVER)
        for _, payment in held
    ]
    outcomes = await role.batcher.run_all(remittance.decide_held, said)
    stage.forget(name)
    return [
        f"{each.uetr} {each.verdict.value} {type(outcome).__name__}"
        for each, outcome in zip(said, outcomes, strict=True)
    ]


def population(stage: Stage) -> dict[str, list[Resident]]:
    rulebook, on = stage.spec.rulebook, stage.clock().date()
    return {side: setup.residents(country, rulebook, on) for side, country in SIDES.items()}
