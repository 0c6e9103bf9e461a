"""The small world in which every code is provoked: simulators in one process, on no port."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from importlib.resources import files
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from qantara import ids
from qantara.api.faults import refresh
from qantara.clock import utc_now
from qantara.db import Server, mail
from qantara.edge import Envelope
from qantara.errors import Reason, Refused, Unavailable
from qantara.host import config
from qantara.host.config import WorldSpec
from qantara.host.kinds import push_rates
from qantara.host.role import Role
from qantara.host.runtime import Runtime
from qantara.host.tls import Identity
from qantara.money import MYR, PKR, Money
from qantara.parties import flow as parties
from qantara.rails import flow as rails
from qantara.rails.model import (
    AccountRef,
    Agent,
    AgreedRate,
    Charge,
    Correspondent,
    CreditTransfer,
    DomesticTransfer,
    MessageName,
    Party,
    PaymentStatus,
    Profile,
    ResolutionRequest,
)
from qantara.scheme import office
from qantara.scheme.fxp import flow as fxp
from qantara.scheme.fxp.model import Funding as FxpFunding
from qantara.scheme.gateway import flow as gateway
from qantara.scheme.gateway.model import Quote, QuoteAgents, QuoteRequest, QuoteSet
from qantara.scheme.ips import flow as ips
from qantara.scheme.ips.model import Funding as IpsFunding
from qantara.scheme.psp import flow as psp
from qantara.scheme.psp.model import (
    Account,
    Condition,
    Enquire,
    Enquiry,
    Funding,
    Pay,
    Sent,
    SentState,
)
from qantara.scheme.sap import flow as sap
from qantara.scheme.sap.model import Funding as SapFunding
from qantara.scheme.triggers import flow as triggers
from qantara.scheme.triggers.model import Effect, Order, Trigger
from qantara.world import worlds

OWN = {"MYR": 50_000_000_00, "PKR": 500_000_000_00, "EUR": 1_000_000_00}
DEPOSIT = {"MYR": 1_000_000_00, "PKR": 5_000_000_00, "EUR": 100_000_00}
"""What the FX provider has at each access provider: of rupees so few that they can run short."""
PAYER_HAS = 10_000_000_00
PATIENCE_SECONDS, LOOK_SECONDS = 10.0, 0.004
PAYMENT = MessageName.CREDIT_TRANSFER.value
STATUS = MessageName.PAYMENT_STATUS.value
REQUEST = MessageName.RESOLUTION_REQUEST.value
PAYER = Party("Aisha binti Rahman", "MY", "Kuala Lumpur", national_id="880101145678")
PAYEE = Party("Bilal Ahmed Khan", "PK", "Lahore", national_id="3520212345671")
PAYER_MY = "7700000000000001"
SENDER, RECEIVER, SECOND = "psp-my", "psp-pk", "psp-pk-second"
BICS = {SENDER: "TIMUMYK0", RECEIVER: "CHENPKK0", SECOND: "JHELPKK0", "psp-fr": "LOIRFRP0"}


class Hands:
    """The clock of the stage: the real one, and how far it was moved ahead."""

    def __init__(self) -> None:
        self._ahead = timedelta()

    def __call__(self) -> datetime:
        return utc_now() + self._ahead

    def forward(self, seconds: int) -> None:
        self._ahead += timedelta(seconds=seconds)


NAME = "codes"


def _no_identity(role: str) -> Identity:
    raise Unavailable(Reason.COUNTERPARTY_UNAVAILABLE, party=role, detail="it is not on this stage")


@asynccontextmanager
async def opened(server: Server) -> AsyncIterator["Stage"]:
    """A stage with money on it; its databases are erased when it closes."""
    world = config.read(Path(str(files("qantara.world") / "codes.toml")), NAME)
    await _erase(server, world)  # one that was killed left its databases behind
    hands = Hands()
    runtime = Runtime(world, _no_identity)
    try:
        await runtime.prepare(server, list(world.roles), hands)
        stage = Stage(runtime, hands)
        await stage.endow()
        await runtime.connect({})
        await stage.begin()
        yield stage
    finally:
        await runtime.stop()
        await _erase(server, world)


async def _erase(server: Server, world: WorldSpec) -> None:
    for role in world.roles:
        await server.drop(world.database(role))


class Stage:
    """What an act may do: open accounts, pay, ask, order triggers, move the clock, and look."""

    def __init__(self, runtime: Runtime, hands: Hands) -> None:
        self.runtime, self._hands = runtime, hands
        self._numbers = itertools.count(1)

    @property
    def now(self) -> datetime:
        moment = self._hands()
        return moment.replace(microsecond=moment.microsecond // 1000 * 1000)

    def role(self, name: str) -> Role:
        return self.runtime.roles[name]

    async def run(self, role: str, verb: Any, command: object) -> Any:
        """The verb's outcome; one that is refused is a fault of the stage."""
        outcome = await self.role(role).batcher.run(verb, command)
        if isinstance(outcome, Refused):
            raise Unavailable(Reason.INTERNAL, party=role, detail=f"refused: {outcome}")
        return outcome

    async def endow(self) -> None:
        """Money on both sides of every mirror, and the payers' accounts."""
        for name, role in self.runtime.roles.items():
            kind, node = role.spec.kind, role.node
            if kind == "ips":
                await self._fund_system(name, node)
            elif kind == "sap":
                await self._fund_provider(name, node)
            elif kind == "fxp":
                for asset in node.assets:
                    money = Money(DEPOSIT[asset.code], asset)
                    await self.run(name, fxp.fund, FxpFunding(f"deposit/{asset}", money))
            elif kind == "psp":
                own = Money(OWN[node.asset.code], node.asset)
                await self.run(name, psp.fund, Funding("own", own))
        payer = Account(PAYER_MY, PAYER, iban=False)
        await self.run(SENDER, psp.open_accounts, payer)
        await self.run(SENDER, psp.fund, Funding("payer", Money(PAYER_HAS, MYR), PAYER_MY))

    async def _fund_system(self, name: str, node: Any) -> None:
        own = Money(OWN[node.asset.code], node.asset)
        for role in node.roles:
            total = own + Money(PAYER_HAS, MYR) if role == SENDER else own
            if self.role(role).spec.kind == "sap":
                total = own + Money(DEPOSIT[node.asset.code], node.asset)
            await self.run(name, ips.fund, IpsFunding(f"own/{role}", role, total))

    async def _fund_provider(self, name: str, node: Any) -> None:
        asset = node.asset
        await self.run(name, sap.fund, SapFunding("own", Money(OWN[asset.code], asset)))
        deposit = SapFunding("deposit", Money(DEPOSIT[asset.code], asset), "fxp")
        await self.run(name, sap.fund, deposit)

    async def begin(self) -> None:
        await self.run("fxp", push_rates, None)
        await worlds.quiet(self.runtime)

    async def account(self, *conditions: Condition, at: str = RECEIVER, **terms: Any) -> str:
        """The number of a new account for the payee, in this condition."""
        country, bank = ("PK", BICS[at][:4])
        number = parties.make_iban(country, bank, f"{next(self._numbers):016d}")
        made = Account(number, PAYEE, iban=True, conditions=frozenset(conditions), **terms)
        await self.run(at, psp.open_accounts, made)
        return number

    async def quote(
        self, amount: Money, source: str = "MY", destination: str = "PK", by: str = SENDER
    ) -> tuple[Quote, QuoteAgents]:
        wish = QuoteRequest(source, destination, amount, BICS[by])
        found: QuoteSet = await self.run("nexus", gateway.quote, wish)
        return found.quotes[0], found.agents[0]

    async def transfer(
        self, number: str, amount: Money | None = None, **changes: Any
    ) -> CreditTransfer:
        """A right pacs.008 from Kuala Lumpur to an account in Lahore, and what is changed in it."""
        quote, agents = await self.quote(amount or Money(100_00, MYR))
        terms, now = quote.terms, self.now
        transfer = CreditTransfer(
            message_id=ids.new_message_id(),
            created_at=now,
            clearing_system="RPP",
            uetr=ids.new_uetr(),
            end_to_end_id=ids.new_message_id(),
            transaction_id=ids.new_message_id(),
            settlement_amount=terms.source,
            settlement_on=now.date(),
            accepted_at=now,
            instructed_amount=terms.source,
            agreed_rate=AgreedRate(
                terms.rate.base.code, terms.rate.quote.code, terms.rate.value, quote.id
            ),
            charges=(
                Charge(Money(0, MYR), Agent(BICS[SENDER])),
                Charge(terms.fee, Agent(BICS[RECEIVER])),
            ),
            instructing_agent=Agent(BICS[SENDER]),
            instructed_agent=agents.intermediary1.agent,
            intermediary1=agents.intermediary1,
            intermediary2=agents.intermediary2,
            debtor=PAYER,
            debtor_account=AccountRef(other=PAYER_MY),
            debtor_agent=Agent(BICS[SENDER]),
            creditor_agent=Agent(BICS[RECEIVER]),
            creditor=PAYEE,
            creditor_account=AccountRef(iban=number),
        )
        return replace(transfer, **changes)

    async def back(self, payer: str, payee: str, **changes: Any) -> CreditTransfer:
        """A right pacs.008 the other way, from an account in Lahore."""
        quote, agents = await self.quote(Money(10_000_00, PKR), "PK", "MY", RECEIVER)
        terms, there = quote.terms, await self.transfer(payer)
        transfer = replace(
            there,
            clearing_system="RST",
            settlement_amount=terms.source,
            instructed_amount=terms.source,
            agreed_rate=AgreedRate("PKR", "MYR", terms.rate.value, quote.id),
            charges=(
                Charge(Money(0, PKR), Agent(BICS[RECEIVER])),
                Charge(terms.fee, Agent(BICS[SENDER])),
            ),
            instructing_agent=Agent(BICS[RECEIVER]),
            instructed_agent=agents.intermediary1.agent,
            intermediary1=agents.intermediary1,
            intermediary2=agents.intermediary2,
            debtor=PAYEE,
            debtor_account=AccountRef(iban=payer),
            debtor_agent=Agent(BICS[RECEIVER]),
            creditor_agent=Agent(BICS[SENDER]),
            creditor=PAYER,
            creditor_account=AccountRef(other=payee),
        )
        return replace(transfer, **changes)

    def correspondent(self, sap_role: str) -> Correspondent:
        """An access provider with the FX provider's account there."""
        spec = self.role(sap_role).spec
        number = spec.take("accounts", dict)["fxp"]
        return Correspondent(Agent(spec.bic), AccountRef(other=number))

    def french_number(self) -> str:
        """An IBAN of the simulated bank in France."""
        return parties.make_iban("FR", "30002", "00000000001", "00550")

    async def pay(
        self,
        transfer: CreditTransfer | DomesticTransfer,
        *,
        by: str = SENDER,
        booked: bool = True,
        meanwhile: Callable[[], Awaitable[None]] | None = None,
    ) -> str | None:
        """Send a payment and wait for its end: the code it was rejected with, if it was."""
        await self.run(by, psp.pay, Pay(transfer, booked=booked))
        if meanwhile is not None:
            await meanwhile()
        return (await self.ended(transfer.message_id, by)).reason

    async def ended(self, message_id: str, by: str = SENDER) -> Sent:
        async def look(tx: Any) -> Sent | None:
            found = await psp.sent(tx, message_id)
            return None if found is None or found.state is SentState.SENT else found

        found: Sent = await self._until(by, look, "no final answer")
        return found

    async def ask(self, **changes: Any) -> str | None:
        """Ask whose account something is, and wait: the reason why nothing is said."""
        request_id = ids.new_message_id()
        request = ResolutionRequest(
            message_id=request_id,
            created_at=self.now,
            creator_id=ids.new_message_id(),
            first_agent=Agent(BICS[SENDER]),
            assigner=Agent(BICS[SENDER]),
            assignee=Agent("DNOWMYK0"),
            destination_country="PK",
            request_id=request_id,
            account=AccountRef(),
            agent=Agent(BICS[RECEIVER]),
        )
        request = replace(request, **changes)
        await self.run(SENDER, psp.enquire, Enquire(request))

        async def look(tx: Any) -> Enquiry | None:
            found = await psp.enquiry(tx, request.message_id)
            return None if found is None or found.verified is None else found

        found: Enquiry = await self._until(SENDER, look, "no answer")
        return found.reason

    async def order(self, role: str, effect: Effect, message: str, **terms: Any) -> None:
        """Set a trigger for the next message of this name."""
        trigger = Trigger(ids.new("trg"), effect, message, times=1, **terms)
        await self.run(role, triggers.set_triggers, Order(trigger, "the stage"))
        await refresh(self.role(role).door)

    async def lost(self, role: str, seconds: int) -> None:
        """Wait until the role has lost what it was to lose, then let so much time pass."""

        async def look(_tx: Any) -> bool:
            return self.role(role).door.triggers.idle

        await self._until(role, look, "a trigger met nothing")
        self._hands.forward(seconds)

    async def reached(self, role: str, uetr: str, state: str, seconds: int) -> None:
        """Let so much time pass, and wait until a role's payment is in a state."""
        self._hands.forward(seconds)
        kind = self.role(role).spec.kind

        async def look(tx: Any) -> bool:
            found, _ = await office.payment(tx, kind, uetr)
            return any(each.state == state for each in found)

        await self._until(role, look, f"never {state}")

    async def inject(self, raw: bytes, key: str, uetr: str) -> str | None:
        """Hand the gateway a message as DuitNow's own, as a system might that judges badly; the
        code of its answer.
        """
        envelope = Envelope(key, PAYMENT, uetr, raw)
        await self.role("nexus").take("duitnow", [envelope])
        async with self.role("nexus").database.read() as tx:
            sent = await mail.sent_about(tx, uetr)
        answers = [each.raw for each in sent if each.name == STATUS]
        last = rails.read(answers[-1], Profile.NEXUS) if answers else None
        return last.reason if isinstance(last, PaymentStatus) else None

    async def _until(self, role: str, look: Any, wrong: str) -> Any:
        deadline = asyncio.get_running_loop().time() + PATIENCE_SECONDS
        while asyncio.get_running_loop().time() < deadline:
            async with self.role(role).database.look() as tx:
                found = await look(tx)
            if found:
                return found
            await asyncio.sleep(LOOK_SECONDS)
        raise Unavailable(Reason.TIMED_OUT, party=role, detail=wrong)

    async def balanced(self) -> bool:
        """Whether, once nothing is on its way, every book re-adds and all agree."""
        await worlds.quiet(self.runtime)
        return (await worlds.read_books(self.runtime)).balanced
