"""An institution that takes people on, and a person who comes to it."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from door_nodes import institution
from door_world import Hand, Place, place
from msgspec.structs import replace
from software_authenticator import Authenticator

from qantara.access.credentials.model import Terms as Credentials
from qantara.access.model import Principal, Role
from qantara.edge import confirming, joining, passkeys, signing_in
from qantara.errors import Refused
from qantara.host import kinds
from qantara.money import EUR, MYR, PKR, Money
from qantara.onboarding import flow as onboarding
from qantara.onboarding.model import (
    Answer,
    Application,
    Ask,
    Document,
    FaceCheck,
    Home,
    Numbering,
    Person,
    Proof,
    Save,
    Terms,
)
from qantara.parties.model import IdentityType
from qantara.policy.model import Fee
from qantara.remittance import flow as remittance

PIN = "730194"
CREDENTIALS = Credentials(step_up_above=250_00)
FORMS = {
    "MY": Numbering(),
    "PK": Numbering("1", 16, "RAVI"),
    "FR": Numbering("1", 11, "99901", "00001"),
}
PHONES = {"MY": "+60123456789", "PK": "+923001234567", "FR": "+33612345678"}
DOCUMENTS = {
    "MY": Document(IdentityType.NRIC, "900214-14-5678"),
    "PK": Document(IdentityType.CNIC, "35202-1234567-3"),
    "FR": Document(IdentityType.PASSPORT, "FR12AB34567"),
}
PERSON = Person("Nur Contoh", date(1990, 2, 14))
HOME = Home("12 Jalan Contoh", "Ipoh")
PICTURE = "ab" * 32


@dataclass
class Desk:
    """One institution and its clock."""

    place: Place
    clock: Hand
    proofs: dict[str, Proof] = field(default_factory=dict)

    @property
    def door(self) -> Any:
        return self.place.door

    @property
    def country(self) -> str:
        return str(self.door.node.country)

    @property
    def phone(self) -> str:
        return PHONES[self.country]

    async def text(self, phone: str | None = None) -> str:
        """The last thing that a phone was told."""
        async with self.door.database.look() as tx:
            sent = await onboarding.simulated_messages(tx, phone or self.phone)
        return sent[0].text

    async def code(self, phone: str | None = None) -> str:
        found = re.search(r"\b[0-9]{6}\b", await self.text(phone))
        assert found
        return found[0]

    async def begun(self, phone: str | None = None) -> Proof:
        """An application whose phone is proved."""
        asked = await joining.start(self.door, phone or self.phone, "en")
        proved = await joining.verify(self.door, asked, await self.code(phone))
        assert not isinstance(proved, Refused), proved
        return Proof(proved.application.id, proved.secret)

    async def save(self, proof: Proof, *answers: Answer) -> Application:
        for answer in answers:
            made = await self.door.batcher.run(
                onboarding.save, Save(proof, answer, self.door.onboarding)
            )
        return made

    async def told(self, *without: type, phone: str | None = None, **other: Answer) -> Proof:
        """An application in which everything is told, but what is left out."""
        proof = await self.begun(phone)
        picture = replace(DOCUMENTS[self.country], picture=PICTURE)
        answers = {"person": PERSON, "home": HOME, "document": picture, "face": FaceCheck()} | other
        await joining.choose_pin(self.door, proof, PIN)
        await self.save(proof, *(a for a in answers.values() if type(a) not in without))
        return proof

    async def ask(self, proof: Proof, tier: str) -> Any:
        return await self.door.batcher.run(
            onboarding.decide, Ask(proof, tier, self.door.onboarding)
        )

    async def seen(self, proof: Proof) -> Application:
        async with self.door.database.look() as tx:
            found = await onboarding.application(tx, proof)
        assert isinstance(found, Application)
        return found

    async def opened(self, tier: str, **other: Any) -> Application:
        made = await self.ask(await self.told(**other), tier)
        assert isinstance(made, Application), made
        assert made.state.value == "opened", made.outcome
        return made

    async def inside(self, phone: str | None = None, pin: str = PIN) -> Principal:
        found = await signing_in.by_pin(self.door, phone or self.phone, pin)
        assert isinstance(found, Principal), found
        return found

    async def standing(self, principal: Principal) -> Principal | None:
        key = principal.key_id or ""
        async with self.door.database.look() as tx:
            return (await onboarding.standing(tx, [key])).get(key)

    async def with_passkey(self, principal: Principal, **kind: Any) -> Authenticator:
        device = Authenticator(**kind)
        asked = await passkeys.options(self.door, principal)
        made = await passkeys.register(
            self.door, principal, asked.id, device.create(asked.options), "phone"
        )
        assert not isinstance(made, Refused), made
        return device

    async def confirmed(self, principal: Principal, device: Authenticator, intent: Any) -> Any:
        asked = await confirming.passkey_options(self.door, principal, intent)
        return await confirming.by_passkey(
            self.door, principal, asked.id, device.get(asked.options)
        )


@asynccontextmanager
async def desk(server: Any, country: str = "MY", **terms: Any) -> AsyncIterator[Desk]:
    clock = Hand()
    asset = {"MY": MYR, "PK": PKR, "FR": EUR}[country]
    base = institution()
    node = replace(base, country=country, asset=asset, fee=Fee(Money(1, asset), base.fee.ratio))
    known = {
        "credentials": CREDENTIALS,
        "onboarding": Terms(numbering=FORMS[country]),
    } | terms

    async def ask(_role: str, _path: str) -> bytes:
        raise AssertionError

    async with place(server, "institution", node, ask, clock, **known) as made:
        await made.do(remittance.open_books, None)
        await made.do(kinds.keep_rulebook, None)
        yield Desk(made, clock)


async def staff(found: Desk, name: str, role: Role) -> str:
    """The key of somebody who works there."""
    return await found.place.key(name, role, None)
