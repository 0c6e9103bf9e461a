"""One row wrong at a time, and what the auditor must say of it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import NamedTuple

from qantara.db import Server
from qantara.host.config import WorldSpec
from qantara.world.audit import Wrong

LOST, DOUBLED, STUCK, UNBALANCED = Wrong


class Corruption(NamedTuple):
    """`sql` returns the subject that must be named, under `told_by`'s name (the role's own if it
    is empty), in a sentence that has `words`. `{paid}` is a payment that went through,
    `{refused}` one that came back.
    """

    name: str
    role: str
    table: str
    sql: str
    wrong: Wrong
    words: str
    told_by: str = ""


_PAID_HERE = "SELECT sequence FROM ledger.transfer WHERE reference = '{paid}'"
_TRANSFER = "UPDATE ledger.transfer SET {change} WHERE sequence = (SELECT {which}(sequence)"
_TRANSFER += " FROM ledger.transfer WHERE reference = '{paid}' AND code = '{code}') RETURNING"


def _transfer(change: str, code: str, which: str = "min") -> str:
    sql = _TRANSFER.replace("{change}", change).replace("{code}", code)
    return sql.replace("{which}", which) + " sequence::text"


def _remade(values: str, of: str, returning: str) -> str:
    """The same transfer once more under another id, as the last one of its book."""
    return (
        "INSERT INTO ledger.transfer SELECT (SELECT max(sequence) + 1 FROM ledger.transfer),"
        f" gen_random_uuid(), kind, linked, balancing, {values}, hold_id, code, reference,"
        " occurred_at, expires_at, recorded_at, debit_balance, credit_balance, debit_held,"
        f" credit_held FROM ledger.transfer WHERE {of} RETURNING {returning}"
    )


_AGAIN = "debit_id, credit_id, requested, amount"
CORRUPTIONS = [
    Corruption(
        *("a balance", "my", "ledger.account"),
        "UPDATE ledger.account SET balance = balance + 1 WHERE code = 'income/fee' RETURNING code",
        *(UNBALANCED, "its balance stands at"),
    ),
    Corruption(
        *("a held amount", "pk", "ledger.account"),
        "UPDATE ledger.account SET held_debit = 7 WHERE code = 'income/fee' RETURNING code",
        *(UNBALANCED, "7 of its debits are held"),
    ),
    Corruption(
        *("a floor", "duitnow", "ledger.account"),
        "UPDATE ledger.account SET floor = floor - 1 WHERE code = 'position/my' RETURNING code",
        *(UNBALANCED, "its terms are not those"),
    ),
    Corruption(
        *("a status", "my", "ledger.account"),
        "UPDATE ledger.account SET status = 'frozen' WHERE code = 'income/fee' RETURNING code",
        *(UNBALANCED, "it is frozen, its history says otherwise"),
    ),
    Corruption(
        *("whose an account is", "duitnow", "ledger.account"),
        "UPDATE ledger.account SET holder = 'pk' WHERE code = 'settlement/my' RETURNING 'duitnow'",
        *(UNBALANCED, "its claim on duitnow", "my"),
    ),
    Corruption(
        *("an account opened by nobody", "sap-my", "ledger.account_event"),
        "DELETE FROM ledger.account_event WHERE account_id = (SELECT id FROM ledger.account"
        " WHERE code = 'equity/capital') RETURNING 'equity/capital'",
        *(UNBALANCED, "opened 0 times"),
    ),
    Corruption(
        *("an amount", "pk", "ledger.transfer"),
        _transfer("amount = amount + 100", "remittance.credit"),
        *(UNBALANCED, "where"),
    ),
    Corruption(
        *("an amount with its wish", "pk", "ledger.transfer"),
        _transfer("amount = amount + 1, requested = requested + 1", "remittance.credit"),
        *(UNBALANCED, "do not add up to"),
    ),
    Corruption(
        *("a running balance", "sap-pk", "ledger.transfer"),
        _transfer("debit_balance = debit_balance - 5", "sap.settle"),
        *(UNBALANCED, "do not add up to"),
    ),
    Corruption(
        *("a running held amount", "my", "ledger.transfer"),
        _transfer("debit_held = debit_held + 5", "remittance.settle"),
        *(UNBALANCED, "do not add up to"),
    ),
    Corruption(
        *("a leg", "pk", "ledger.transfer"),
        _transfer(
            "credit_id = (SELECT id FROM ledger.account WHERE code = 'equity/capital')",
            "remittance.credit",
        ).replace("sequence::text", "reference"),
        *(LOST, "moved by 0 instead of"),
    ),
    Corruption(
        *("a leg that leads nowhere", "fxp", "ledger.transfer"),
        _transfer("credit_id = 999999", "fxp.exchange.margin"),
        *(UNBALANCED, "one of its accounts is not there"),
    ),
    Corruption(
        *("what a transfer is for", "pk", "ledger.transfer"),
        "UPDATE ledger.transfer SET code = 'remittance.gift' WHERE reference = '{paid}'"
        " AND code = 'remittance.credit' RETURNING (SELECT 'batch ' || number FROM ledger.batch"
        " WHERE sequence BETWEEN first_sequence AND last_sequence)",
        *(UNBALANCED, "its rows do not give its hash"),
    ),
    Corruption(
        *("when a transfer was recorded", "pk", "ledger.transfer"),
        "UPDATE ledger.transfer SET recorded_at = recorded_at + interval '1 s'"
        " WHERE reference = '{paid}' AND code = 'remittance.credit' RETURNING (SELECT 'batch '"
        " || number FROM ledger.batch WHERE sequence BETWEEN first_sequence AND last_sequence)",
        *(UNBALANCED, "recorded at another time"),
    ),
    Corruption(
        *("a credit that is gone", "pk", "ledger.transfer"),
        "DELETE FROM ledger.transfer WHERE reference = '{paid}' AND code = 'remittance.credit'"
        " RETURNING reference",
        *(LOST, "e_money"),
    ),
    Corruption(
        *("a transfer that is gone", "raast", "ledger.transfer"),
        f"DELETE FROM ledger.transfer WHERE sequence = ({_PAID_HERE} ORDER BY 1 LIMIT 1)"
        " RETURNING (sequence + 1)::text",
        *(UNBALANCED, "the transfer before it is missing"),
    ),
    Corruption(
        *("the last transfer gone", "fxp", "ledger.transfer"),
        "DELETE FROM ledger.transfer WHERE sequence = (SELECT max(sequence) FROM ledger.transfer)"
        " RETURNING 'book'",
        *(UNBALANCED, "the last one is"),
    ),
    Corruption(
        *("a credit made twice", "pk", "ledger.transfer"),
        _remade(_AGAIN, "reference = '{paid}' AND code = 'remittance.credit'", "reference"),
        *(DOUBLED, "2 times remittance.credit"),
    ),
    Corruption(
        *("a payer debited twice", "my", "ledger.transfer"),
        _remade(_AGAIN, "reference = '{paid}' AND code = 'remittance.settle'", "reference"),
        *(DOUBLED, "2 times remittance.settle"),
    ),
    Corruption(
        *("a credit for no payment", "pk", "ledger.transfer"),
        _remade(_AGAIN, "reference = '{paid}' AND code = 'remittance.credit'", "reference").replace(
            "code, reference", "'gift', 'a0a0a0a0-0000-4000-8000-000000000001'"
        ),
        *(UNBALANCED, "it is not known here"),
    ),
    Corruption(
        *("a rejected payment posted", "my", "ledger.transfer"),
        "UPDATE ledger.transfer SET kind = 'post' WHERE reference = '{refused}' AND kind = 'void'"
        " RETURNING reference",
        *(LOST, "e_money"),
    ),
    Corruption(
        *("an end of a hold gone", "my", "ledger.transfer"),
        "DELETE FROM ledger.transfer WHERE reference = '{refused}' AND kind = 'void'"
        " RETURNING hold_id::text",
        *(UNBALANCED, "it does not stand open"),
    ),
    Corruption(
        *("a hold that stays open", "my", "ledger.hold"),
        "INSERT INTO ledger.hold SELECT h.id, h.debit_id, h.credit_id, h.amount, h.amount,"
        " h.expires_at FROM ledger.transfer h JOIN ledger.transfer e ON e.hold_id = h.id"
        " WHERE e.reference = '{refused}' RETURNING id::text",
        *(UNBALANCED, "stands open although payer"),
    ),
    Corruption(
        *("a hold of nobody", "my", "ledger.hold"),
        "INSERT INTO ledger.hold SELECT gen_random_uuid(), min(id), max(id), 5, 5, NULL"
        " FROM ledger.account RETURNING id::text",
        *(UNBALANCED, "no transfer made it"),
    ),
    Corruption(
        *("an entry for nothing", "pk", "ledger.entry"),
        "INSERT INTO ledger.entry (account_id, sequence) SELECT min(a.id), 999999"
        " FROM ledger.account a RETURNING sequence::text",
        *(UNBALANCED, "stands among the entries of"),
    ),
    Corruption(
        *("an entry that is gone", "pk", "ledger.entry"),
        "DELETE FROM ledger.entry WHERE sequence = (SELECT min(e.sequence) FROM ledger.entry e)"
        " RETURNING sequence::text",
        *(UNBALANCED, "leave it out"),
    ),
    Corruption(
        *("entries that say to have come further", "pk", "ledger.entered"),
        "UPDATE ledger.entered SET sequence = 999999 RETURNING"
        " (SELECT max(sequence)::text FROM ledger.transfer)",
        *(UNBALANCED, "the book ends here"),
    ),
    Corruption(
        *("a hash", "raast", "ledger.batch"),
        "UPDATE ledger.batch SET hash = sha256(hash) WHERE number = 2 RETURNING 'batch 3'",
        *(UNBALANCED, "does not continue the chain"),
    ),
    Corruption(
        *("a batch that is gone", "raast", "ledger.batch"),
        "DELETE FROM ledger.batch WHERE number = 2 RETURNING 'batch 3'",
        *(UNBALANCED, "the batch before it is not there"),
    ),
    Corruption(
        *("where the book stands", "sap-pk", "ledger.book"),
        "UPDATE ledger.book SET sequence = sequence - 1 RETURNING 'book'",
        *(UNBALANCED, "it stands at transfer"),
    ),
    Corruption(
        *("a net position", "duitnow", "ips.cycle_position"),
        "UPDATE ips.cycle_position SET net = net + 1 RETURNING cycle_id",
        *(UNBALANCED, "in this cycle, its book moved"),
    ),
    Corruption(
        *("the end of a payment", "my", "remittance.remittance"),
        "UPDATE remittance.remittance SET state = 'rejected' WHERE uetr = '{paid}' RETURNING id",
        *(UNBALANCED, "its history ends at completed"),
    ),
    Corruption(
        *("credited and given back", "my", "remittance.remittance"),
        "UPDATE remittance.remittance SET state = 'rejected' WHERE uetr = '{paid}' RETURNING uetr",
        *(DOUBLED, "and the payer has it back", "pk"),
    ),
    Corruption(
        *("paid and not credited", "my", "remittance.remittance"),
        "UPDATE remittance.remittance SET state = 'completed' WHERE uetr = '{refused}'"
        " RETURNING uetr",
        *(LOST, "the payer paid (completed)"),
    ),
    Corruption(
        *("a payment without an end", "my", "remittance.remittance"),
        "UPDATE remittance.remittance SET state = 'submitted' WHERE uetr = '{paid}' RETURNING uetr",
        *(STUCK, "nothing is on its way"),
    ),
    Corruption(
        *("an arrival without an end", "pk", "remittance.inbound"),
        "UPDATE remittance.inbound SET state = 'received' WHERE uetr = '{paid}' RETURNING uetr",
        *(STUCK, "payee {paid} is received"),
    ),
    Corruption(
        *("an arrival that is gone", "pk", "remittance.inbound"),
        "DELETE FROM remittance.inbound WHERE uetr = '{paid}' RETURNING uetr",
        *(LOST, "no payee knows it", "my"),
    ),
    Corruption(
        *("what was credited", "pk", "remittance.inbound"),
        "UPDATE remittance.inbound SET credited = credited - 1 WHERE uetr = '{paid}'"
        " RETURNING uetr",
        *(UNBALANCED, "for the payee, the others"),
    ),
    Corruption(
        *("what was disclosed", "my", "remittance.quote"),
        "UPDATE remittance.quote SET interbank_source = interbank_source + 1, sender_fee ="
        " sender_fee - 1 WHERE id = (SELECT quote_id FROM remittance.remittance"
        " WHERE uetr = '{paid}') RETURNING '{paid}'",
        *(UNBALANCED, "payer has"),
    ),
    Corruption(
        *("one quote for two payments", "my", "remittance.quote"),
        "UPDATE remittance.quote SET gateway_quote_id = (SELECT q.gateway_quote_id FROM"
        " remittance.quote q JOIN remittance.remittance r ON r.quote_id = q.id"
        " WHERE r.uetr = '{paid}') RETURNING (SELECT min(id) FROM remittance.remittance"
        " WHERE uetr IS NOT NULL)",
        *(DOUBLED, "payments were made on one quote of the gateway"),
    ),
    Corruption(
        *("a payment the system lost", "duitnow", "ips.payment"),
        "DELETE FROM ips.payment WHERE uetr = '{paid}' RETURNING uetr",
        *(LOST, "not known to its system out", "my"),
    ),
    Corruption(
        *("an amount between banks", "raast", "ips.payment"),
        "UPDATE ips.payment SET amount = amount - 1 WHERE uetr = '{paid}' RETURNING uetr",
        *(UNBALANCED, "system in has"),
    ),
    Corruption(
        *("an end at a system", "raast", "ips.payment"),
        "UPDATE ips.payment SET state = 'rejected', reason = 'AM04' WHERE uetr = '{paid}'"
        " RETURNING uetr",
        *(UNBALANCED, "payer and payee do not"),
    ),
    Corruption(
        *("a payment an access provider keeps open", "sap-pk", "sap.payment"),
        "UPDATE sap.payment SET state = 'reserved' WHERE uetr = '{paid}' RETURNING uetr",
        *(STUCK, "access destination"),
    ),
    Corruption(
        *("a payment the gateway lost", "nexus", "gateway.payment"),
        "DELETE FROM gateway.payment WHERE uetr = '{paid}' RETURNING uetr",
        *(LOST, "not known to its gateway", "my"),
    ),
    Corruption(
        *("what the gateway converted", "nexus", "gateway.payment"),
        "UPDATE gateway.payment SET destination_amount = destination_amount + 1"
        " WHERE uetr = '{paid}' RETURNING uetr",
        *(UNBALANCED, "gateway has"),
    ),
    Corruption(
        *("an answer given twice", "nexus", "gateway.payment_event"),
        "INSERT INTO gateway.payment_event (uetr, event, state, reason, occurred_at, recorded_at)"
        " SELECT uetr, event, state, reason, occurred_at, recorded_at FROM gateway.payment_event"
        " WHERE uetr = '{paid}' AND state = 'completed' RETURNING uetr",
        *(DOUBLED, "it became completed 2 times"),
    ),
    Corruption(
        *("an end told twice", "my", "db.event"),
        "INSERT INTO db.event (subject, state, recorded_at) SELECT e.subject, e.state,"
        " e.recorded_at FROM db.event e JOIN remittance.remittance r ON r.id = e.subject"
        " WHERE r.uetr = '{paid}' AND e.state = 'completed' RETURNING subject",
        *(DOUBLED, "it became completed 2 times"),
    ),
    Corruption(
        *("an exchange that is gone", "fxp", "fxp.exchange"),
        "DELETE FROM fxp.exchange WHERE uetr = '{paid}' RETURNING uetr",
        *(LOST, "not known to its exchange", "my"),
    ),
    Corruption(
        *("an exchange's amount", "fxp", "fxp.exchange"),
        "UPDATE fxp.exchange SET paid = paid + 1 WHERE uetr = '{paid}' RETURNING uetr",
        *(UNBALANCED, "exchange has"),
    ),
    Corruption(
        *("a message that waits", "raast", "db.outbox"),
        "INSERT INTO db.outbox SELECT sequence, recipient, 3, recorded_at, NULL, false FROM db.sent"
        " WHERE uetr = '{paid}' AND recipient = 'pk' LIMIT 1 RETURNING (SELECT recipient || ' ' ||"
        " key FROM db.sent s WHERE s.sequence = outbox.sequence)",
        *(STUCK, "waits for delivery after 3 attempts"),
    ),
    Corruption(
        *("a message that was acknowledged", "pk", "db.inbox"),
        "DELETE FROM db.inbox WHERE uetr = '{paid}' AND name LIKE 'pacs.008%' RETURNING key",
        *(LOST, "acknowledged this message of raast and does not have it"),
    ),
    Corruption(
        *("what a customer was told", "my", "remittance.remittance"),
        "UPDATE remittance.remittance SET id = 'rem_elsewhere' WHERE uetr = '{paid}'"
        " RETURNING 'rem_' || substr(quote_id, 5)",
        *(LOST, "a customer was told of it"),
    ),
    Corruption(
        *("a payee check without a clock", "my", "payees.payee_check"),
        "UPDATE payees.payee_check SET state = 'asked', answered_at = NULL, account_number = NULL,"
        " valid_until = NULL WHERE id = (SELECT min(id) FROM payees.payee_check) RETURNING id",
        *(STUCK, "has no answer and no clock"),
    ),
    Corruption(
        *("a transfer inside without an end", "my", "domestic.transfer"),
        "UPDATE domestic.transfer SET state = 'submitted' RETURNING uetr",
        *(STUCK, "nothing is on its way"),
    ),
]


@asynccontextmanager
async def corrupted(
    server: Server, world: WorldSpec, one: Corruption, names: dict[str, str]
) -> AsyncIterator[list[str]]:
    """The world with one row wrong, and whom the auditor must name; mended afterwards."""
    owner = await server.connect(world.database(one.role))
    try:
        await owner.execute(f"CREATE TABLE public.kept AS SELECT * FROM {one.table}")
        await owner.execute(f"ALTER TABLE {one.table} DISABLE TRIGGER ALL")
        sql = one.sql
        for name, value in names.items():
            sql = sql.replace(f"{{{name}}}", value)
        yield [row[0] for row in await owner.fetch(sql)]
        async with owner.transaction():
            await owner.execute(f"DELETE FROM {one.table}")
            await owner.execute(
                f"INSERT INTO {one.table} OVERRIDING SYSTEM VALUE SELECT * FROM public.kept"
            )
            await owner.execute(f"ALTER TABLE {one.table} ENABLE TRIGGER ALL")
        await owner.execute("DROP TABLE public.kept")
    finally:
        await owner.close()
