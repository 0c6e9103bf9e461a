"""The verbs of taking people on, and of letting them in."""

from collections.abc import Sequence
from datetime import date

from qantara.db import Tx
from qantara.errors import NotFound
from qantara.onboarding import admitting, deciding, opening, rules, saving, store
from qantara.onboarding.model import (
    Application,
    Progress,
    Proof,
    Rung,
    SimulatedSms,
    Step,
    Taker,
    Terms,
)

ask_codes = saving.ask_codes
verify = saving.verify
send_message = saving.send_message
save = saving.save
choose_pins = saving.choose_pins
raise_tiers = saving.raise_tiers
decide = deciding.decide
review = deciding.review
expire = deciding.expire
open_relations = opening.open_relations
enrol = opening.enrol
principal_id = opening.principal_id
standing = admitting.standing
let_in = admitting.let_in
secret_digest = rules.secret_digest
age_refusal = rules.age_refusal
PAGE = 100


def ladder(node: Taker, terms: Terms, on: date) -> list[Rung]:
    """The tiers of the institution's country with what each opens, as the rulebook has it."""
    return rules.rungs(node, terms, on)


def progress(node: Taker, terms: Terms, found: Application, on: date) -> list[Progress]:
    """What is open, what could be, and what is missing for it."""
    return rules.progress(found, rules.rungs(node, terms, on))


def missing(found: Application, steps: Sequence[Step]) -> tuple[Step, ...]:
    """Which of these steps have not been told."""
    return rules.missing(found.said, steps)


async def application(tx: Tx, proof: Proof) -> Application | NotFound:
    """The application that a proof opens, to be looked at only."""
    found = (await store.by_ids(tx, [proof.application_id])).get(proof.application_id)
    if found is None or not rules.proved(found, proof):
        return rules.unknown(proof.application_id)
    return found


async def opened_of(tx: Tx, customer_id: str) -> Application | None:
    """The application by which a customer came to the tier that stands; None where there is none,
    as for whoever staff registered.
    """
    return (await store.latest(tx, [customer_id])).get(customer_id)


async def one_waiting(tx: Tx, application_id: str) -> Application | NotFound:
    """An application as staff sees it."""
    found = (await store.by_ids(tx, [application_id])).get(application_id)
    return found or rules.unknown(application_id)


async def waiting(tx: Tx, limit: int = PAGE) -> list[Application]:
    """What waits for a person, the oldest first."""
    return await store.waiting(tx, limit)


async def simulated_messages(tx: Tx, phone: str, limit: int = PAGE) -> list[SimulatedSms]:
    """What the simulated gateway would have sent to a phone, the newest first."""
    return await store.sent(tx, phone, limit)
