"""How each code is provoked on the stage: one act for each, as the table tells it in words."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any

from msgspec.structs import replace

from qantara import ids
from qantara.money import EUR, MYR, PKR, Money
from qantara.rails import flow as rails
from qantara.rails.model import (
    AccountRef,
    Agent,
    AgreedRate,
    Charge,
    CreditTransfer,
    DomesticTransfer,
    Party,
    Priority,
    Profile,
    Proxy,
)
from qantara.scheme.ips import flow as ips
from qantara.scheme.ips.model import Funding as IpsFunding
from qantara.scheme.ips.model import Suspension
from qantara.scheme.psp import flow as psp
from qantara.scheme.psp.model import Account, Condition, Funding
from qantara.scheme.triggers.model import Effect
from qantara.world.codes_stage import (
    BICS,
    PAYEE,
    PAYER,
    PAYMENT,
    RECEIVER,
    REQUEST,
    SECOND,
    SENDER,
    Stage,
)

Act = Callable[[Stage], Awaitable[str | None]]
"""Provokes one code and tells the code that its sender received."""
NAMELESS_PAYER = Party(PAYER.name, national_id=PAYER.national_id)
BARE_PAYEE = Party(PAYEE.name)
GATEWAY_TIMER, SYSTEM_TIMER = 6, 21


def to(*conditions: Condition, terms: Mapping[str, Any] | None = None, **changes: Any) -> Act:
    """A payment to an account in a condition, with something changed in the message."""

    async def act(stage: Stage) -> str | None:
        number = await stage.account(*conditions, **(terms or {}))
        return await stage.pay(await stage.transfer(number, **changes))

    return act


def ordered(role: str, code: str) -> Act:
    """A right payment that a role is ordered to reject."""

    async def act(stage: Stage) -> str | None:
        await stage.order(role, Effect.REJECT, PAYMENT, code=code)
        return await stage.pay(await stage.transfer(await stage.account()))

    return act


def twice(**same: Any) -> Act:
    """Two payments to a collector that have something in common."""

    async def act(stage: Stage) -> str | None:
        number = await stage.account(Condition.UNIQUE_PAYMENTS)
        told = [await stage.pay(await stage.transfer(number, **same)) for _ in range(2)]
        return told[1] if told[0] is None else f"the first: {told[0]}"

    return act


def silent(role: str, seconds: int, **changes: Any) -> Act:
    """A payment that a role loses, until somebody's timer runs out."""

    async def act(stage: Stage) -> str | None:
        transfer = await stage.transfer(await stage.account(), **changes)
        await stage.order(role, Effect.LOSE, PAYMENT)
        return await stage.pay(transfer, meanwhile=lambda: stage.lost(role, seconds))

    return act


def without(change: Callable[[CreditTransfer], CreditTransfer], *, booked: bool = True) -> Act:
    """A payment that is changed after it was made."""

    async def act(stage: Stage) -> str | None:
        transfer = change(await stage.transfer(await stage.account()))
        return await stage.pay(transfer, booked=booked)

    return act


def asked(*conditions: Condition, **changes: Any) -> Act:
    """A question about an account in a condition."""

    async def act(stage: Stage) -> str | None:
        number = await stage.account(*conditions)
        return await stage.ask(**({"account": AccountRef(iban=number)} | changes))

    return act


def asked_ordered(role: str, code: str) -> Act:
    async def act(stage: Stage) -> str | None:
        await stage.order(role, Effect.REJECT, REQUEST, code=code)
        return await stage.ask(account=AccountRef(iban=await stage.account()))

    return act


def suspended(act: Act) -> Act:
    """An act while the payee's provider is suspended from its system."""

    async def around(stage: Stage) -> str | None:
        await stage.run("raast", ips.suspend, Suspension(RECEIVER, "for a code", "the stage"))
        try:
            return await act(stage)
        finally:
            await stage.run("raast", ips.resume, Suspension(RECEIVER, "for a code", "the stage"))

    return around


def _foreign_account(transfer: CreditTransfer) -> CreditTransfer:
    first = transfer.intermediary1
    if first is None:
        return transfer
    return replace(transfer, intermediary1=replace(first, account=AccountRef(other="880199999999")))


def _other_rate(transfer: CreditTransfer) -> CreditTransfer:
    rate = replace(transfer.agreed_rate, rate=transfer.agreed_rate.rate + Decimal("0.5"))
    return replace(transfer, agreed_rate=rate)


def _stale(transfer: CreditTransfer) -> CreditTransfer:
    return replace(transfer, accepted_at=transfer.accepted_at - timedelta(hours=2))


def _of(amount: int) -> Callable[[CreditTransfer], CreditTransfer]:
    def change(transfer: CreditTransfer) -> CreditTransfer:
        return replace(
            transfer,
            settlement_amount=Money(amount, MYR),
            instructed_amount=Money(amount, MYR),
        )

    return change


async def short_of_rupees(stage: Stage) -> str | None:
    number = await stage.account()
    return await stage.pay(await stage.transfer(number, Money(100_000_00, MYR)))


async def same_payment_again(stage: Stage) -> str | None:
    transfer = await stage.transfer(await stage.account())
    first = await stage.pay(transfer)
    again = replace(transfer, message_id=ids.new_message_id())
    return await stage.pay(again) if first is None else f"the first: {first}"


async def hurried(stage: Stage) -> str | None:
    """From Lahore to Kuala Lumpur, where no payment may be HIGH."""
    account = Account("7700000000000002", PAYER, iban=False)
    await stage.run(SENDER, psp.open_accounts, account)
    number = await stage.account()
    money = Money(50_000_00, PKR)
    await stage.run(RECEIVER, psp.fund, Funding("payer", money, number))
    await stage.run("raast", ips.fund, IpsFunding("payer", RECEIVER, money))
    transfer = await stage.back(number, account.number, priority=Priority.HIGH)
    return await stage.pay(transfer, by=RECEIVER)


async def too_much_inside(stage: Stage) -> str | None:
    now, payer = stage.now, await stage.account(at=SECOND)
    transfer = DomesticTransfer(
        message_id=ids.new_message_id(),
        created_at=now,
        clearing_system="RST",
        uetr=ids.new_uetr(),
        end_to_end_id=ids.new_message_id(),
        transaction_id=ids.new_message_id(),
        settlement_amount=Money(1_000_001_00, PKR),
        settlement_on=now.date(),
        accepted_at=now,
        instructing_agent=Agent(BICS[SECOND]),
        instructed_agent=Agent(BICS[RECEIVER]),
        debtor=PAYEE,
        debtor_account=AccountRef(iban=payer),
        debtor_agent=Agent(BICS[SECOND]),
        creditor_agent=Agent(BICS[RECEIVER]),
        creditor=PAYEE,
        creditor_account=AccountRef(iban=await stage.account()),
    )
    return await stage.pay(transfer, by=SECOND, booked=False)


async def out_of_hours(stage: Stage) -> str | None:
    """From Paris, through a system that is never open."""
    transfer = await stage.transfer(await stage.account())
    euros = Money(10_00, EUR)
    paris = replace(
        transfer,
        clearing_system="TIPS",
        settlement_amount=euros,
        instructed_amount=euros,
        agreed_rate=AgreedRate("EUR", "PKR", Decimal("305.5"), ids.new_uetr()),
        charges=(
            Charge(Money(0, EUR), Agent(BICS["psp-fr"])),
            Charge(Money(0, PKR), Agent(BICS[RECEIVER])),
        ),
        instructing_agent=Agent(BICS["psp-fr"]),
        instructed_agent=Agent("SAPFFRP0"),
        intermediary1=stage.correspondent("sap-fr"),
        debtor=Party("Camille Moreau", "FR", "Lyon"),
        debtor_account=AccountRef(iban=stage.french_number()),
        debtor_agent=Agent(BICS["psp-fr"]),
    )
    return await stage.pay(paris, by="psp-fr", booked=False)


def broken(change: Callable[[bytes], bytes]) -> Act:
    """What a payment system that judges badly sends the gateway."""

    async def act(stage: Stage) -> str | None:
        transfer = await stage.transfer(await stage.account())
        raw = change(rails.build(transfer, Profile.NEXUS))
        return await stage.inject(raw, transfer.message_id, transfer.uetr)

    return act


def _cut(raw: bytes, *tags: bytes) -> bytes:
    """The message without some of its elements."""
    for tag in tags:
        begin, end = raw.index(b"<%b" % tag), raw.index(b"</%b>" % tag)
        raw = raw[:begin] + raw[end + len(tag) + 3 :]
    return raw


def _with(old: bytes, new: bytes) -> Callable[[bytes], bytes]:
    return lambda raw: raw.replace(old, new, 1)


async def one_id_for_two(stage: Stage) -> str | None:
    """The first is rejected for its rate, so that no money hangs on it."""
    first = _other_rate(await stage.transfer(await stage.account()))
    await stage.inject(rails.build(first, Profile.NEXUS), first.message_id, first.uetr)
    second = replace(first, uetr=ids.new_uetr())
    return await stage.inject(rails.build(second, Profile.NEXUS), first.message_id, second.uetr)


async def asked_twice(stage: Stage) -> str | None:
    who, request = ids.new_message_id(), ids.new_message_id()
    same = {"creator_id": who, "request_id": request}
    number = AccountRef(iban=await stage.account())
    told = [await stage.ask(account=number, **same) for _ in range(2)]
    return told[1] if told[0] is None else f"the first: {told[0]}"


_LITTLE, _MUCH = Money(1_00, PKR), Money(1_000_000_00, PKR)
PAYMENTS: Mapping[str, Act] = {
    "AB01": ordered("duitnow", "AB01"),
    "AB02": ordered("duitnow", "AB02"),
    "AB03": silent(RECEIVER, GATEWAY_TIMER, priority=Priority.HIGH),
    "AB04": without(_other_rate),
    "AB05": silent(RECEIVER, SYSTEM_TIMER),
    "AB06": silent("sap-my", SYSTEM_TIMER),
    "AB08": ordered("raast", "AB08"),
    "AB09": ordered(RECEIVER, "AB09"),
    "AB10": ordered("sap-my", "AB10"),
    "AC04": to(Condition.RENUMBERED),
    "AC06": to(Condition.BLOCKED),
    "AC07": to(Condition.CLOSED),
    "AC14": to(creditor_account=AccountRef(iban="PK36SCBL0000001123456702")),
    "AG01": to(Condition.DOMESTIC_ONLY),
    "AG03": hurried,
    "AG11": suspended(to()),
    "AGNT": to(creditor_agent=Agent("SAPPPKK0")),
    "AM02": too_much_inside,
    "AM03": ordered("raast", "AM03"),
    "AM04": short_of_rupees,
    "AM05": twice(reference="RF18539007547034"),
    "AM06": to(terms={"minimum": _MUCH}),
    "AM07": to(Condition.SEIZED),
    "AM13": without(_of(10_000_001_00), booked=False),
    "AM14": to(terms={"maximum": _LITTLE}),
    "AM15": without(_of(50), booked=False),
    "AM21": to(terms={"ceiling": _LITTLE}),
    "AM23": without(_of(250_000_00), booked=False),
    "BE01": to(Condition.NAME_CHECKED, creditor=Party("Zainab Malik", "PK", "Karachi")),
    "BE04": to(Condition.PAYEE_ADDRESS_REQUIRED, creditor=BARE_PAYEE),
    "BE05": to(Condition.PAYERS_LISTED),
    "BE06": to(Condition.GONE),
    "BE07": to(Condition.PAYER_ADDRESS_REQUIRED, debtor=NAMELESS_PAYER),
    "CH11": to(Condition.ID_CHECKED, creditor=replace(PAYEE, national_id="3520299999991")),
    "CH20": broken(_with(b">100.00<", b">100.001<")),
    "CH21": broken(lambda raw: _cut(raw, b"IntrmyAgt1", b"IntrmyAgt1Acct")),
    "CNOR": to(creditor_agent=Agent("NOPEPKK0")),
    "CURR": broken(_with(b'IntrBkSttlmAmt Ccy="MYR"', b'IntrBkSttlmAmt Ccy="EUR"')),
    "DU01": one_id_for_two,
    "DU02": ordered(RECEIVER, "DU02"),
    "DU03": same_payment_again,
    "DU04": twice(end_to_end_id="BILL-0001"),
    "DU05": twice(instruction_id="INSTR-0001"),
    "DUPL": twice(transaction_id="TX-0001"),
    "ED05": ordered("raast", "ED05"),
    "ED06": out_of_hours,
    "FF10": ordered(RECEIVER, "FF10"),
    "FR01": to(Condition.SUSPECTED),
    "MD07": to(Condition.DECEASED),
    "MS02": to(Condition.REFUSED_BY_HOLDER),
    "MS03": to(Condition.REFUSED_BY_BANK),
    "NARR": ordered(RECEIVER, "NARR"),
    "RC04": ordered("raast", "RC04"),
    "RC07": to(creditor_agent=Agent("NOPEGBL0")),
    "RC10": ordered("raast", "RC10"),
    "RC11": without(_foreign_account),
    "RR02": to(Condition.PAYER_REPORTED, debtor=NAMELESS_PAYER),
    "RR03": to(Condition.PAYEE_REPORTED, creditor=BARE_PAYEE),
    "RR04": to(Condition.PURPOSE_REQUIRED),
    "TM01": without(_stale),
    "UCRD": to(creditor_account=AccountRef(iban="PK71CHEN0000000000999977")),
}
ENQUIRIES: Mapping[str, Act] = {
    "AC01": asked(account=AccountRef(iban="PK71CHEN0000000000999977")),
    "AC04": asked(Condition.CLOSED),
    "AC06": asked(Condition.BLOCKED),
    "AB08": suspended(asked()),
    "AGNT": asked(agent=Agent("SAPPPKK0")),
    "BE23": asked(account=AccountRef(proxy=Proxy("MBNO", "+923009999999")), agent=None),
    "DUPL": asked_twice,
    "FRAD": asked(Condition.SUSPECTED),
    "MD07": asked(Condition.DECEASED),
    "RC06": asked_ordered("nexus", "RC06"),
    "RC07": asked(agent=Agent("NOPEPKK0")),
    "RR01": asked(Condition.UNASKABLE, creator_id="NOTPROVIDED"),
    "RR02": asked_ordered(RECEIVER, "RR02"),
}
BESIDES: Mapping[str, Act] = {"FF01": broken(lambda raw: _cut(raw, b"IntrBkSttlmAmt"))}
