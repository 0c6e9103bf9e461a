import asyncio
import re
import uuid
from datetime import date

import asyncpg
import pytest
from msgspec.structs import replace

from moments import NOW
from qantara.errors import Conflict, Malformed, NotFound, Reason, Refused
from qantara.ids import AccountId, CustomerId
from qantara.money import MYR, PKR
from qantara.parties import flow
from qantara.parties.model import (
    Account,
    AccountState,
    Address,
    Alias,
    AliasId,
    AliasType,
    Customer,
    CustomerKind,
    CustomerState,
    Holding,
    Identity,
    IdentityType,
    Institution,
    NewAlias,
)

WAU = Institution("my", "WAUEMYK0", "Wau E-Money", "MY", MYR)
RAVI = Institution("pk", "RAVIPKK0", "Ravi Bank", "PK", PKR, "5493001KJTIIGC8Y1R12")
AISHA = Customer(
    CustomerId("cus_aisha"),
    CustomerKind.PERSON,
    "Aisha Binti Khan",
    "Aisha Khan",
    "MY",
    Address("12 Jalan Contoh", "Kuala Lumpur"),
    Identity(IdentityType.NRIC, "050305-14-1234"),
    date(2005, 3, 5),
    "012-345 6789",
    "Aisha@Example.com",
)
GILGIT = Customer(
    CustomerId("cus_gilgit"),
    CustomerKind.COMPANY,
    "Gilgit Trading (Private) Limited",
    "Gilgit Trading",
    "PK",
    Address("4 Contoh Road", "Lahore", "4 Contoh Road", "Lahore"),
    rails_name="Gilgit Trading (Private) Limited",
)
WALLET = Account(
    AccountId("acc_aisha"), AISHA.id, "MY", "1100 0000 0001", MYR, flow.ledger_code("acc_aisha")
)
TRADE = Account(
    AccountId("acc_gilgit"),
    GILGIT.id,
    "PK",
    flow.make_iban("PK", "RAVI", "0000000000000001"),
    PKR,
    flow.ledger_code("acc_gilgit"),
)
PHONE = NewAlias(AliasId("ali_phone"), AliasType.MBNO, "0301 2345678", TRADE.id)


@pytest.fixture
async def tx(fresh_both):
    connection = await fresh_both("parties")
    async with connection.transaction():
        await flow.register_institutions(connection, [WAU, RAVI], NOW)
        await flow.register_customers(connection, [AISHA, GILGIT], NOW)
        await flow.open_accounts(connection, [WALLET, TRADE], NOW)
        yield connection


async def test_institutions_are_found_by_role_and_by_bic_in_the_order_asked(tx):
    by_role = await flow.institutions(tx, ["pk", "nobody", "my"])
    assert by_role[0] == RAVI
    assert isinstance(by_role[1], NotFound)
    assert by_role[2] == WAU
    by_bic = await flow.institutions_by_bic(tx, ["WAUEMYK0", "NOBOMYK0"])
    assert by_bic[0] == WAU
    assert isinstance(by_bic[1], NotFound)


async def test_a_bic_belongs_to_one_institution(tx):
    twin = replace(WAU, role="my-twin")
    again, conflict = await flow.register_institutions(tx, [WAU, twin], NOW)
    assert again == WAU
    assert isinstance(conflict, Conflict)


async def test_a_customer_is_stored_in_normal_form_and_answered_again(tx):
    (stored,) = await flow.register_customers(tx, [AISHA], NOW)
    assert isinstance(stored, Customer)
    assert stored.phone == "+60123456789"
    assert stored.email == "aisha@example.com"
    assert stored.identity == Identity(IdentityType.NRIC, "050305141234")
    assert await flow.customers(tx, [AISHA.id]) == [stored]


async def test_the_same_customer_id_with_other_content_conflicts(tx):
    other = replace(AISHA, legal_name="Somebody Else")
    (conflict,) = await flow.register_customers(tx, [other], NOW)
    assert isinstance(conflict, Conflict)
    assert conflict.reason is Reason.ID_REUSED


async def test_unknown_ids_are_not_found_in_their_place(tx):
    missing, found = await flow.customers(tx, [CustomerId("cus_none"), GILGIT.id])
    assert isinstance(missing, NotFound)
    assert found == GILGIT


async def test_a_customer_that_cannot_be_right_is_malformed(tx):
    wrong = replace(AISHA, id=CustomerId("cus_x"), phone="03-2161 0000")
    with pytest.raises(Malformed):
        await flow.register_customers(tx, [wrong], NOW)


async def test_an_account_is_found_by_its_number_however_it_is_spaced(tx):
    wallet, missing, trade = await flow.account_by_number(
        tx, ["1100 0000 0001", "999", f"{TRADE.number[:4]} {TRADE.number[4:].lower()}"]
    )
    assert isinstance(wallet, Holding)
    assert wallet.account.id == WALLET.id
    assert wallet.customer.legal_name == "Aisha Binti Khan"
    assert wallet.shown_name == "AISHA K***"
    assert isinstance(missing, NotFound)
    assert isinstance(trade, Holding)
    assert trade.shown_name == "GILGIT TRADING"


async def test_accounts_of_customers_come_in_the_order_asked(tx):
    second = replace(WALLET, id=AccountId("acc_b"), number="1100000002", ledger_code="customer/b")
    await flow.open_accounts(tx, [second], NOW)
    owned = await flow.accounts_of(tx, [GILGIT.id, CustomerId("cus_none"), AISHA.id])
    assert [[account.id for account in accounts] for accounts in owned] == [
        ["acc_gilgit"],
        [],
        ["acc_aisha", "acc_b"],
    ]


async def test_opening_again_answers_the_same_and_a_taken_number_conflicts(tx):
    taken = replace(TRADE, id=AccountId("acc_new"), ledger_code="customer/new")
    again, conflict = await flow.open_accounts(tx, [TRADE, taken], NOW)
    assert again == TRADE
    assert isinstance(conflict, Conflict)
    assert conflict.reason is Reason.ACCOUNT_EXISTS


async def test_an_account_needs_a_customer(tx):
    orphan = replace(WALLET, id=AccountId("acc_o"), customer_id=CustomerId("cus_none"))
    (outcome,) = await flow.open_accounts(tx, [orphan], NOW)
    assert isinstance(outcome, NotFound)
    assert outcome.reason is Reason.CUSTOMER_NOT_FOUND


async def test_an_account_is_closed_once_and_for_ever(tx):
    closed, missing = await flow.close_accounts(tx, [WALLET.id, AccountId("acc_none")], NOW)
    assert isinstance(closed, Account)
    assert closed.state is AccountState.CLOSED
    assert isinstance(missing, NotFound)
    (again,) = await flow.close_accounts(tx, [WALLET.id], NOW)
    assert isinstance(again, Conflict)


async def test_a_customer_leaves_when_the_last_account_is_closed(tx):
    (busy,) = await flow.close_customers(tx, [AISHA.id])
    assert isinstance(busy, Refused)
    assert busy.reason is Reason.CUSTOMER_HAS_ACCOUNTS
    await flow.close_accounts(tx, [WALLET.id], NOW)
    (gone,) = await flow.close_customers(tx, [AISHA.id])
    assert isinstance(gone, Customer)
    assert gone.state is CustomerState.CLOSED
    new = replace(WALLET, id=AccountId("acc_n"), number="1100000009", ledger_code="customer/n")
    (outcome,) = await flow.open_accounts(tx, [new], NOW)
    assert isinstance(outcome, Refused)
    assert outcome.reason is Reason.CUSTOMER_CLOSED


async def test_an_alias_leads_to_the_account_and_shows_a_masked_name(tx):
    email = NewAlias(AliasId("ali_mail"), AliasType.EMAL, "Aisha@Example.com", WALLET.id)
    claimed = await flow.claim_aliases(tx, [PHONE, email], NOW)
    assert claimed == [
        Alias(PHONE.id, AliasType.MBNO, "+923012345678", TRADE.id),
        Alias(email.id, AliasType.EMAL, "aisha@example.com", WALLET.id),
    ]
    found = await flow.resolve_alias(
        tx,
        [
            (AliasType.EMAL, "aisha@example.com"),
            (AliasType.MBNO, "+923009999999"),
            (AliasType.MBNO, "+92 301 2345678"),
            (AliasType.MBNO, "nonsense"),
        ],
    )
    assert isinstance(found[0], Holding)
    assert found[0].shown_name == "AISHA K***"
    assert isinstance(found[2], Holding)
    assert found[2].account == TRADE
    for unknown in (found[1], found[3]):
        assert isinstance(unknown, NotFound)
        assert unknown.reason is Reason.ALIAS_UNKNOWN


async def test_an_alias_has_one_owner_and_the_first_in_a_batch_wins(tx):
    other = replace(TRADE, id=AccountId("acc_2"), ledger_code="customer/2")
    other = replace(other, number=flow.make_iban("PK", "RAVI", "0000000000000002"))
    await flow.open_accounts(tx, [other], NOW)
    second = replace(PHONE, id=AliasId("ali_2"), account_id=other.id)
    again = replace(PHONE, id=AliasId("ali_3"))
    first, conflict, same = await flow.claim_aliases(tx, [PHONE, second, again], NOW)
    assert isinstance(first, Alias)
    assert isinstance(conflict, Conflict)
    assert conflict.reason is Reason.ALIAS_EXISTS
    assert same == first


async def test_the_database_itself_refuses_a_second_owner(tx):
    await flow.claim_aliases(tx, [PHONE], NOW)
    with pytest.raises(asyncpg.UniqueViolationError):
        await tx.execute(
            "INSERT INTO parties.alias SELECT 'ali_x', type, value, account_id, claimed_at"
            " FROM parties.alias"
        )


async def test_of_two_who_claim_at_once_the_second_waits_and_conflicts(servers):
    server = servers(18)
    await server.prepare()
    name = f"qantara_test_{uuid.uuid4().hex[:12]}"
    database = await server.create(name, ["parties"])
    desks = [await database.writer(), await database.writer()]
    other = replace(TRADE, id=AccountId("acc_2"), ledger_code="customer/2")
    other = replace(other, number=flow.make_iban("PK", "RAVI", "0000000000000002"))
    await flow.register_customers(desks[0], [GILGIT], NOW)
    await flow.open_accounts(desks[0], [TRADE, other], NOW)
    async with desks[0].transaction():
        (first,) = await flow.claim_aliases(desks[0], [PHONE], NOW)
        second = replace(PHONE, id=AliasId("ali_2"), account_id=other.id)
        waiting = asyncio.create_task(flow.claim_aliases(desks[1], [second], NOW))
        await asyncio.sleep(0.2)
        assert not waiting.done()
    (conflict,) = await waiting
    for desk in desks:
        await desk.close()
    await server.drop(name)
    assert isinstance(first, Alias)
    assert isinstance(conflict, Conflict)
    assert conflict.reason is Reason.ALIAS_EXISTS


async def test_a_released_alias_is_free_again(tx):
    await flow.claim_aliases(tx, [PHONE], NOW)
    gone, missing = await flow.release_aliases(tx, [PHONE.id, AliasId("ali_none")], NOW)
    assert gone == PHONE.id
    assert isinstance(missing, NotFound)
    again = replace(PHONE, id=AliasId("ali_again"))
    (claimed,) = await flow.claim_aliases(tx, [again], NOW)
    assert isinstance(claimed, Alias)


async def test_closing_an_account_lets_go_of_its_aliases(tx):
    await flow.claim_aliases(tx, [PHONE], NOW)
    await flow.close_accounts(tx, [TRADE.id], NOW)
    (unknown,) = await flow.resolve_alias(tx, [(AliasType.MBNO, "+923012345678")])
    assert isinstance(unknown, NotFound)
    (refused,) = await flow.claim_aliases(tx, [PHONE], NOW)
    assert isinstance(refused, Refused)
    assert refused.reason is Reason.ACCOUNT_CLOSED


async def test_an_alias_needs_an_account_and_a_value_that_fits_its_country(tx):
    (missing,) = await flow.claim_aliases(
        tx, [replace(PHONE, account_id=AccountId("acc_none"))], NOW
    )
    assert isinstance(missing, NotFound)
    with pytest.raises(Malformed):
        await flow.claim_aliases(tx, [replace(PHONE, account_id=WALLET.id)], NOW)


async def test_nothing_asked_is_nothing_answered(tx):
    assert await flow.register_customers(tx, [], NOW) == []
    assert await flow.open_accounts(tx, [], NOW) == []
    assert await flow.claim_aliases(tx, [], NOW) == []
    assert await flow.resolve_alias(tx, []) == []
    assert await flow.account_by_number(tx, []) == []


async def test_names_and_owners_cannot_be_rewritten_by_the_program(tx):
    for change in (
        "UPDATE parties.customer SET legal_name = 'x'",
        "UPDATE parties.account SET number = '1'",
        "UPDATE parties.alias SET account_id = 'acc_aisha'",
        "DELETE FROM parties.customer",
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with tx.transaction():
                await tx.execute(change)


@pytest.mark.parametrize(
    ("table", "column", "enum"),
    [
        ("customer", "kind", CustomerKind),
        ("customer", "identity_type", IdentityType),
        ("customer", "state", CustomerState),
        ("account", "state", AccountState),
        ("alias", "type", AliasType),
    ],
)
async def test_the_enums_equal_the_check_constraints(tx, table, column, enum):
    definition = await tx.fetchval(
        "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = $1",
        f"{table}_{column}_check",
    )
    assert set(re.findall(r"'([A-Za-z_]+)'", definition)) == {member.value for member in enum}
