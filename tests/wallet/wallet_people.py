"""Customers of one institution who find each other by phone."""

from datetime import date, timedelta
from typing import Any

from wallet_world import ACCOUNTS, AISHA, BO, World

from qantara import ids
from qantara.ids import AccountId, CustomerId
from qantara.ledger import flow as ledger
from qantara.ledger.model import AccountClass, NewAccount
from qantara.money import MYR, Money
from qantara.parties import flow as parties
from qantara.parties.model import (
    Account,
    Address,
    AliasId,
    AliasType,
    Customer,
    CustomerKind,
    NewAlias,
)
from qantara.payees import flow as payees
from qantara.payees.model import CheckPayee
from qantara.wallet import flow
from qantara.wallet.request_model import AskMoney, EndMoney, MoneyRequest, PayMoney

CHE = CustomerId("cus_che")
ACCOUNT_OF_CHE = AccountId("acc_che")
PHONES = {AISHA: "+60120000001", BO: "+60120000002", CHE: "+60120000003"}
OF = {**ACCOUNTS, CHE: ACCOUNT_OF_CHE}


async def known_by_phone(world: World) -> None:
    """Che joins, with nothing; all three claim their phones."""
    tx, now = world.tx, world.now
    home = Address("12 Jalan Contoh", "Kuala Lumpur")
    che = Customer(
        *(CHE, CustomerKind.PERSON, "Che Contoh", "Che Contoh", "MY", home),
        born_on=date(2001, 3, 5),
    )
    await parties.register_customers(tx, [che], now)
    code = f"customer/{ACCOUNT_OF_CHE}"
    account = Account(ACCOUNT_OF_CHE, CHE, "MY", "110000000003", MYR, code)
    assert await parties.open_accounts(tx, [account], now) == [account]
    await ledger.open_accounts(tx, [NewAccount(code, MYR, AccountClass.E_MONEY, floor=0)], now)
    aliases = [
        NewAlias(AliasId(f"als_{who}"), AliasType.MBNO, phone, OF[who])
        for who, phone in PHONES.items()
    ]
    await parties.claim_aliases(tx, aliases, now)


def question(asker: CustomerId, phone: str, **other: Any) -> CheckPayee:
    return CheckPayee(ids.new("chk"), asker, "MY", "MBNO", phone, **other)


async def check(world: World, asker: CustomerId, of: CustomerId) -> str:
    """The id of a check that found somebody here."""
    return str((await world.do(payees.check_here, question(asker, PHONES[of])))[0].id)


async def wish(
    world: World, minor: int, asker: CustomerId = AISHA, of: CustomerId = BO
) -> AskMoney:
    checked = await check(world, asker, of)
    until = world.now + timedelta(days=7)
    return AskMoney(ids.new("mrq"), asker, OF[asker], checked, Money(minor, MYR), until, "Lunch")


async def asked(world: World, minor: int = 40_00, **who: CustomerId) -> MoneyRequest:
    (request,) = await world.do(flow.ask_money, await wish(world, minor, **who))
    assert isinstance(request, MoneyRequest)
    return request


def yes(request: MoneyRequest, who: CustomerId = BO) -> PayMoney:
    return PayMoney(ids.new("trf"), request.id, who, OF[who])


def no(request: MoneyRequest, who: CustomerId) -> EndMoney:
    return EndMoney(request.id, who)
