"""One turn of a talk: who asks, what was typed, and the words of the answer."""

from dataclasses import dataclass
from typing import NamedTuple

from fastapi import Request

from qantara import ids, texts
from qantara.access.model import Principal
from qantara.db import Tx
from qantara.edge.calls import Call
from qantara.edge.door import Door
from qantara.errors import Malformed, NotFound, QantaraError, Reason, Refused
from qantara.money import Money
from qantara.onboarding import flow as onboarding
from qantara.texts import Language
from qantara.ussd import rules
from qantara.ussd.model import Session, Step
from qantara.wallet import flow as wallet
from qantara.wallet.model import Standing

CATALOGUE, CONTEXT = "cash", "ussd"


class Turn(NamedTuple):
    """What is shown, and where the talk stands then. `facts` are those of the next step; an empty
    `credential` or no `language` leaves what there was.
    """

    text: str
    step: Step
    facts: dict[str, str]
    credential: str = ""
    language: Language | None = None


@dataclass(frozen=True, slots=True)
class Talk:
    request: Request
    door: Door
    session: Session
    typed: tuple[str, ...]
    principal: Principal | None = None

    @property
    def facts(self) -> dict[str, str]:
        return self.session.state.facts

    @property
    def person(self) -> Principal:
        if self.principal is None:
            raise Malformed(Reason.SESSION_ENDED)
        return self.principal

    @property
    def call(self) -> Call:
        """As who has come in: what they do is done once in a turn of a talk."""
        key = f"{self.session.gateway}/{self.session.id}/{len(self.typed)}"
        return Call(self.door, self.person, self.door.clock(), key)

    def new_id(self, prefix: str) -> str:
        """The id of what this turn makes: the same for the same turn repeated."""
        return ids.derived(prefix, self.session.gateway, self.session.id, str(len(self.typed)))

    def says(self, key: str, **facts: object) -> str:
        return says(self.session.state.language, key, **facts)

    def asks(self, step: Step, key: str, facts: dict[str, str], **said: object) -> Turn:
        return Turn(rules.cut(self.says(key, **said)), step, facts)

    def ends(self, key: str, **said: object) -> Turn:
        return Turn(rules.cut(self.says(key, **said)), Step.ENDED, {})

    def refuses(self, error: QantaraError | Refused) -> Turn:
        """Why something was not done, in a few words; nothing has moved."""
        why = texts.title(error.reason, self.session.state.language)
        return self.ends("nothing_sent", why=texts.Said(why))

    async def account(self, tx: Tx) -> Standing:
        """The account that is talked about: the oldest."""
        owner = self.call.acting_for
        found = (await wallet.overviews(tx, self.door.node, [owner], self.call.now))[0]
        if isinstance(found, NotFound):
            raise found
        if not found.accounts:
            raise NotFound(Reason.ACCOUNT_NOT_FOUND, account="")
        return found.accounts[0]


def says(language: Language, key: str, **facts: object) -> str:
    return str(texts.phrase(CATALOGUE, CONTEXT, key, language, facts))


def amount(money: Money) -> texts.Said:
    """An amount on a small screen: the code, and the number without signs that group it."""
    return texts.Said(f"{money.asset.code} {money}")


async def standing(door: Door, credential: str) -> Principal | None:
    """Who has come in, as long as the PIN stands."""
    async with door.database.read() as tx:
        return (await onboarding.standing(tx, [credential])).get(credential)
