"""The words of the pages: every one that a page may need, in every language."""

import re
from collections import Counter
from collections.abc import Iterator
from importlib.resources import files
from typing import get_args

import pytest
from babel.messages.pofile import read_po

from qantara import texts
from qantara.access.model import Action, PrincipalKind, Role
from qantara.access.model import State as ProposalState
from qantara.access.webhooks.model import DeliveryState, EndpointState
from qantara.disputes.model import Act, DisputeKind, DisputeState
from qantara.domestic.model import State as TransferState
from qantara.edge.disputing import Side
from qantara.ledger.model import AccountClass, AccountStatus, TransferKind, Wrong
from qantara.parties.model import (
    AccountState,
    AliasType,
    CustomerKind,
    CustomerState,
    IdentityType,
)
from qantara.rails.model import Booking
from qantara.remittance.daily_model import Unequal
from qantara.remittance.model import InboundState, ReviewState, State
from qantara.texts import Language
from qantara.wallet import flow as wallet
from qantara.wallet.model import Consequence, MoneyRequestState
from qantara.web.console.liquidity import SPANS
from qantara.web.kinds import SITES
from qantara.web.rules import STAFF
from qantara.web.words import CATALOGUES
from source_tree import PACKAGE, sources

TEMPLATES = PACKAGE / "web" / "templates"
SAID = re.compile(r"""(?<![\w.])t\(\s*["']([a-z_]+\.[a-z_]+)["']""")
ITEM = re.compile(r"""Item\(\s*["']([a-z_]+)["']""")
ACTS = (
    re.compile(r'AuditEntry\([\w.]+, "([a-z_]+)"'),
    re.compile(r'_(?:entry|noted)\(\w+, "([a-z_]+)"'),
    re.compile(r'^ +Action\.\w+: \([\w.]+, "([a-z_]+)"\)', re.MULTILINE),
)
"""How the code writes what goes into the trail."""
NAMED = {
    "account_class": AccountClass,
    "account_status": (*AccountStatus, *AccountState),
    "alias": AliasType,
    "booking": Booking,
    "consequence": Consequence,
    "customer_kind": CustomerKind,
    "customer_state": CustomerState,
    "delivery": DeliveryState,
    "dispute_act": Act,
    "dispute_kind": DisputeKind,
    "dispute_state": DisputeState,
    "endpoint": EndpointState,
    "identity": IdentityType,
    "principal_kind": PrincipalKind,
    "request_state": MoneyRequestState,
    "role": Role,
    "unequal": Unequal,
    "wrong": Wrong,
}
"""What pages say by its member."""
PLACES = re.compile(r"\{\w+\}")


def catalogue(language: Language) -> dict[str, tuple[str, ...]]:
    return {name: said for each in CATALOGUES for name, said in texts_of(each, language).items()}


def texts_of(name: str, language: Language) -> dict[str, tuple[str, ...]]:
    with (files(texts) / "locale" / language / f"{name}.po").open("rb") as file:
        found = read_po(file, abort_invalid=True)
    return {
        f"{entry.context}.{entry.id[0] if isinstance(entry.id, tuple) else entry.id}": (
            entry.string if isinstance(entry.string, tuple) else (entry.string,)
        )
        for entry in found
        if entry.id
    }


def wanted() -> Iterator[str]:
    for path in TEMPLATES.rglob("*.html"):
        said = SAID.findall(path.read_text(encoding="utf-8"))
        yield from (name for name in said if not name.endswith("_"))
    for state in (*State, *InboundState, *TransferState):
        yield from (f"state.{state}", f"happened.{state}")
    yield from (f"review.{state}" for state in ReviewState)
    yield from (f"proposal.{state}" for state in ProposalState)
    yield from (f"action.{action}" for action in Action)
    yield from (f"row.{kind}" for kind in TransferKind)
    yield from (f"role.{role}" for role in STAFF)
    listed = [page for site in SITES for page in site.pages if page.section]
    yield from (f"menu.{page.name}" for page in listed)
    yield from (f"section.{page.section}" for page in listed)
    for source in sources("src"):
        if source.name.endswith("web/console/payments.py"):
            yield from (f"item.{name}" for name in ITEM.findall(source.text))
        for pattern in ACTS:
            yield from (f"audit_act.{act}" for act in pattern.findall(source.text))
    yield from (f"audit_act.proposal_{state}" for state in ("approved", "rejected"))
    yield from (f"audit_act.account.{state}" for state in (wallet.STOPPED, wallet.RESUMED))
    yield from (f"account_event.{state}" for state in (wallet.STOPPED, wallet.RESUMED))
    yield from (f"audit_act.dispute.{state}" for state in ("answered", "resolved", "rejected"))
    yield from (f"dispute.by_{side}" for side in get_args(Side))
    yield from (f"age.s{seconds}" for seconds in SPANS)
    for context, members in NAMED.items():
        yield from (f"{context}.{member}" for member in members)


@pytest.mark.parametrize("language", list(Language))
def test_no_page_lacks_a_word(language: Language) -> None:
    known, needed = catalogue(language), set(wanted())
    assert {"audit_act.review_released", "audit_act.signed_in", "item.rate"} <= needed
    assert sorted(needed - set(known)) == []
    assert sorted(key for key, said in known.items() if not all(said)) == []


def test_the_languages_say_the_same_things_with_the_same_facts() -> None:
    english = catalogue(Language.EN)
    for language in Language:
        other = catalogue(language)
        assert set(other) == set(english), language
        for key, said in other.items():
            facts = {frozenset(PLACES.findall(text)) for text in said}
            assert facts == {frozenset(PLACES.findall(text)) for text in english[key]}, key


def test_a_context_lives_in_one_catalogue() -> None:
    homes = Counter(each for name in CATALOGUES for each in texts.contexts(name))
    assert homes.most_common(1)[0][1] == 1, homes.most_common(3)
