"""What has not come to an end although nothing is on its way any more.

What a person may still decide waits rightly: a case at the desk, a payment in review before it
leaves or held after it came, a request to pay that was shown. A payment between institutions
never does.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from qantara.db import Tx
from qantara.world.audit.model import Finding, Told, Wrong
from qantara.world.audit.parts import End, Part

_OUTBOX = """
SELECT o.recipient || ' ' || s.key AS subject,
    format('%s to %s waits for delivery after %s attempts', s.name, o.recipient, o.attempts)
        AS sentence
FROM db.outbox o JOIN db.sent s USING (sequence) WHERE o.refused IS NULL
"""

_HISTORY = """
SELECT subject, format('it stands at %s, its history ends at %s', state, last) AS sentence FROM (
    SELECT r.subject, r.state, (SELECT e.state FROM db.event e
        WHERE e.subject = r.subject AND e.state <> 'returned'
        ORDER BY e.sequence DESC LIMIT 1) AS last
    FROM ({rows}) AS r) AS told
WHERE last IS DISTINCT FROM state
"""
_EVENTS = """
SELECT uetr AS subject, format('it stands at %s, its history ends at %s', state, last) AS sentence
FROM (SELECT p.uetr, p.state, (SELECT e.state FROM {table}_event e WHERE e.uetr = p.uetr
        ORDER BY e.sequence DESC LIMIT 1) AS last FROM {table} p) AS told
WHERE last IS DISTINCT FROM state
"""
_ENDED_TWICE = """
SELECT uetr AS subject, format('it became %s %s times', state, count(*)) AS sentence
FROM {table}_event WHERE state IN ('settled', 'rejected', 'blocked', 'completed', 'credited')
GROUP BY uetr, state HAVING count(*) > 1
"""
_SAID_TWICE = """
SELECT subject, format('it became %s %s times', state, count(*)) AS sentence FROM db.event
WHERE state IN ('completed', 'rejected', 'credited', 'blocked', 'refused', 'reversed', 'released',
    'paid', 'settled')
GROUP BY subject, state HAVING count(*) > 1
"""
_INSTITUTION_HISTORY = _HISTORY.format(
    rows="SELECT id AS subject, state FROM remittance.remittance"
    " UNION ALL SELECT uetr, state FROM remittance.inbound"
    " UNION ALL SELECT id, state FROM domestic.transfer"
    " UNION ALL SELECT id, state FROM domestic.arrival"
)

_QUOTE_TWICE = """
SELECT min(r.id) AS subject, format('%s payments were made on one quote of the gateway: %s',
    count(*), string_agg(r.id, ', ' ORDER BY r.id)) AS sentence
FROM remittance.remittance r JOIN remittance.quote q ON q.id = r.quote_id
WHERE r.uetr IS NOT NULL AND q.gateway_quote_id IS NOT NULL
GROUP BY q.gateway_quote_id HAVING count(*) > 1
UNION ALL
SELECT min(id), format('%s payments were made on one quote: %s', count(*),
    string_agg(id, ', ' ORDER BY id))
FROM remittance.remittance GROUP BY quote_id HAVING count(*) > 1
"""

# A question is asked until it is answered or its own clock ends it; a request or a recall has to
# be taken by the other side at once, and then waits for a person.
_QUESTIONS = """
SELECT p.id AS subject, 'this payee check has no answer and no clock' AS sentence
FROM payees.payee_check p WHERE p.state = 'asked'
    AND NOT EXISTS (SELECT FROM db.deadline d WHERE d.subject = p.id)
UNION ALL
SELECT id, 'this request to be paid was sent and never shown' FROM domestic.request
WHERE state = 'sent'
UNION ALL
SELECT id, format('this demand is %s', state) FROM domestic.demand
WHERE state IN ('received', 'paying')
UNION ALL
SELECT id, format('this return is %s', state) FROM domestic.return
WHERE state IN ('received', 'returning')
"""
# In review the money is held, nothing has left, a person is asked, and a clock runs.
_REVIEWS = """
SELECT r.id AS subject, wrong.sentence FROM remittance.remittance r
LEFT JOIN remittance.review v ON v.remittance_id = r.id
CROSS JOIN LATERAL (VALUES
    (v.state IS DISTINCT FROM 'waiting', 'it is in review, and nobody is asked'),
    (NOT EXISTS (SELECT FROM db.deadline d WHERE d.subject = r.id),
        'it is in review without a clock'),
    (NOT EXISTS (SELECT FROM ledger.hold h JOIN ledger.transfer t ON t.id = h.id
        WHERE t.reference = r.id), 'it is in review, and its money is not held'),
    (r.uetr IS NOT NULL OR EXISTS (SELECT FROM db.sent s JOIN remittance.instruction i
        ON i.message_id = s.key WHERE i.remittance_id = r.id), 'it has left, and is in review')
) AS wrong (is_so, sentence) WHERE r.state = 'in_review' AND wrong.is_so
UNION ALL
SELECT v.remittance_id, format('its review is %s, and it is %s', v.state, r.state)
FROM remittance.review v JOIN remittance.remittance r ON r.id = v.remittance_id
WHERE NOT (CASE v.state WHEN 'waiting' THEN r.state = 'in_review'
    WHEN 'refused' THEN r.state = 'refused' WHEN 'lapsed' THEN r.state = 'expired'
    ELSE (v.used_by = r.id) IS TRUE <> (r.state = 'expired') END)
UNION ALL
SELECT v.remittance_id, format('its clearance was used by %s, which is not like it', v.used_by)
FROM remittance.review v JOIN remittance.remittance r ON r.id = v.remittance_id
JOIN remittance.quote q ON q.id = r.quote_id
JOIN remittance.remittance u ON u.id = v.used_by JOIN remittance.quote n ON n.id = u.quote_id
WHERE u.uetr IS NULL OR n.total_debit > q.total_debit
    OR (n.customer_id, n.account_id, n.destination_country)
        <> (q.customer_id, q.account_id, q.destination_country)
"""
_REQUESTS = """
SELECT request_id AS subject, format('this request is %s', state) AS sentence FROM ips.request
WHERE state IN ('received', 'asked')
"""
_HELD = """
SELECT uetr FROM triggers.held WHERE uetr IS NOT NULL
"""
_HOLDS = """
SELECT o.id::text AS hold, t.reference FROM ledger.hold o JOIN ledger.transfer t ON t.id = o.id
"""
_CYCLES = """
WITH booked AS (
    SELECT t.reference AS cycle_id, d.holder AS role,
        CASE WHEN d.code LIKE 'position/%' THEN t.amount ELSE -t.amount END AS net
    FROM ledger.transfer t JOIN ledger.account d ON d.id = t.debit_id WHERE t.code = 'ips.cycle'
)
SELECT coalesce(p.cycle_id, b.cycle_id) AS subject,
    format('%s is settled with %s in this cycle, its book moved %s',
        coalesce(p.role, b.role), coalesce(p.net, 0), coalesce(b.net, 0)) AS sentence
FROM ips.cycle_position p FULL JOIN booked b ON b.cycle_id = p.cycle_id AND b.role = p.role
WHERE p.net IS DISTINCT FROM b.net
UNION ALL
SELECT c.id, format('its total is %s, those who are owed get %s', c.total,
    coalesce(sum(p.net) FILTER (WHERE p.net > 0), 0))
FROM ips.cycle c LEFT JOIN ips.cycle_position p ON p.cycle_id = c.id
GROUP BY c.id, c.total HAVING c.total <> coalesce(sum(p.net) FILTER (WHERE p.net > 0), 0)
    OR coalesce(sum(p.net), 0) <> 0
"""

Questions = tuple[tuple[Wrong, str], ...]
_EVERY: Questions = ((Wrong.STUCK, _OUTBOX), (Wrong.DOUBLED, _SAID_TWICE))


def _kept(table: str) -> Questions:
    return (
        (Wrong.UNBALANCED, _EVENTS.format(table=table)),
        (Wrong.DOUBLED, _ENDED_TWICE.format(table=table)),
    )


QUESTIONS: Mapping[str, Questions] = {
    "institution": (
        (Wrong.UNBALANCED, _INSTITUTION_HISTORY),
        (Wrong.DOUBLED, _QUOTE_TWICE),
        (Wrong.STUCK, _QUESTIONS),
        (Wrong.UNBALANCED, _REVIEWS),
    ),
    "ips": (*_kept("ips.payment"), (Wrong.STUCK, _REQUESTS), (Wrong.UNBALANCED, _CYCLES)),
    "sap": _kept("sap.payment"),
    "gateway": _kept("gateway.payment"),
    "psp": _kept("psp.payment"),
}


@dataclass(frozen=True, slots=True)
class Waiting:
    """What stands open in one role: its holds with their references, and the payments whose
    messages its operator holds back.
    """

    told: list[Told]
    holds: list[tuple[str, str]]
    held_back: frozenset[str]


async def read(tx: Tx, role: str, kind: str) -> Waiting:
    told = [
        Told(wrong, Finding(role, *row))
        for wrong, sql in (*_EVERY, *QUESTIONS.get(kind, ()))
        for row in await tx.fetch(sql)
    ]
    holds = [] if kind == "gateway" else [(row[0], row[1]) for row in await tx.fetch(_HOLDS)]
    held = [] if kind == "institution" else [row[0] for row in await tx.fetch(_HELD)]
    return Waiting(told, holds, frozenset(held))


def stuck(parts: Sequence[Part], excused: Collection[str]) -> Iterator[Told]:
    """Payments that have not ended and wait for nobody."""
    for part in parts:
        if part.end is End.OPEN and not part.waits and part.uetr not in excused:
            told = f"{part.name} {part.row} is {part.state}, and nothing is on its way"
            yield Told(Wrong.STUCK, Finding(part.role, part.uetr, told))


def open_holds(
    role: str, holds: Sequence[tuple[str, str]], parts: Sequence[Part]
) -> Iterator[Told]:
    """Money that stays reserved for a payment that has ended, or for none at all."""
    by_name = {name: part for part in parts for name in (part.uetr, part.row)}
    waiting = {part.uetr for part in parts if part.end is End.OPEN}
    for hold, reference in holds:
        part = by_name.get(reference)
        if part is None:
            told = f"this hold stands open for {reference}, which nobody here knows"
            yield Told(Wrong.STUCK, Finding(role, hold, told))
        elif part.uetr not in waiting:
            told = f"this hold stands open although {part.name} {part.row} is {part.state}"
            yield Told(Wrong.UNBALANCED, Finding(role, hold, told))
