"""A demo world with something on every page: payments that ended well and badly, one that waits
for a person, one that somebody has proposed about. For measurements, pictures and browsers.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus

import httpx
from msgspec.structs import replace

from qantara.client import AsyncClient, Order, calls
from qantara.clock import utc_now
from qantara.errors import Reason, Unavailable
from qantara.host.kinds import keep_renewed
from qantara.host.runtime import Runtime
from qantara.money import MYR, Money
from qantara.policy import flow as policy
from qantara.policy.model import Confidence
from qantara.remittance import flow as remittance
from qantara.web.app.joining import APPLICATION
from qantara.world import demo, setup, staged_app, staged_dealings, staged_office
from qantara.world.worlds import Folder, template

UNSURE = "duitnow.limit.transaction.person"
UNSURE_FROM = Money(100_000, MYR)
"""Above this, a person is asked: as if the limit were known from one newspaper alone."""
WAITING = "1200.00"
_RATE = (1_000_000, 60)
_PEOPLE = (
    "administrator",
    "agent",
    "auditor",
    "compliance",
    "customer",
    "operations",
    "supervisor",
)
_TOKEN = re.compile(r'name="token" value="([^"]+)"')
AT = "my"
_CASH = f"[roles.{AT}.cash]\n"
_CODE_SECONDS = 86_400
"""So long stands an order of cash: a world that is looked at all day has one that waits."""
APPLICANT = "applicant"
"""Who has no key yet: somebody in the middle of joining."""


@dataclass(slots=True)
class Staged:
    """`ids` are what the pages are about, by the names that paths use: `{payment}`, `{review}`,
    `{proposed}`, `{proposal}`, `{decision}`, `{received}`, `{rejected}`, a customer's own and what
    staff look at. `applicant` is what the browser of somebody who joins keeps.
    """

    runtime: Runtime
    keys: Mapping[str, Mapping[str, str]]
    ids: dict[str, str] = field(default_factory=dict)
    applicant: str = ""

    @property
    def address(self) -> str:
        return self.runtime.addresses[AT]

    def key(self, name: str) -> str:
        return self.keys[AT][name]

    async def waiting(self, note: str) -> str:
        """A payment that a rule wants a person to see; its id."""
        scene = demo.scenes(self.runtime)[0]
        async with AsyncClient(self.address, self.key(scene.key_name)) as client:
            account = (await client.do(calls.accounts())).data[0]
            order = Order(account.id, scene.payee, WAITING, "MYR", purpose="FAMI", note=note)
            quote = await client.do(calls.new_quote(order))
            check = await client.do(calls.new_payee_check(order.payee))
            made = await client.do(calls.accept(order, quote.id, check.id))
        if made.state != "in_review":
            raise Unavailable(Reason.INTERNAL, detail=f"{made.id} is {made.state}")
        return made.id

    async def proposed(self, remittance_id: str) -> str:
        """The release of such a payment, proposed by the first of two people; the proposal's id."""
        path = f"{self.address}/v1/reviews/{remittance_id}/release"
        said = {
            "legal_reason": "Papers seen at the branch",
            "citation": "Limits policy 4 (example)",
        }
        headers = {
            "authorization": f"Bearer {self.key('compliance')}",
            "idempotency-key": calls.fresh_key(),
        }
        async with httpx.AsyncClient() as client:
            answer = await client.post(path, json=said, headers=headers)
        answer.raise_for_status()
        return str(answer.json()["id"])

    async def enters(self, site: str, who: str) -> dict[str, str]:
        """Somebody signs in, by a key or with a phone and a PIN; the cookies that their browser
        then has.
        """
        if who == APPLICANT:
            return {APPLICATION: self.applicant}
        path = f"/{site}/sign-in"
        async with httpx.AsyncClient(base_url=self.address) as client:
            form = _TOKEN.search((await client.get(path)).text)
            if form is None:
                raise Unavailable(Reason.INTERNAL, detail=f"{path} has no form")
            sent = {"token": form[1], "next": f"/{site}"} | self._shows(who)
            answer = await client.post(path, data=sent)
            if answer.status_code != HTTPStatus.SEE_OTHER:
                raise Unavailable(Reason.INTERNAL, detail=f"{path}: {answer.status_code}")
            return dict(client.cookies)

    def _shows(self, who: str) -> dict[str, str]:
        held = self.key(who)
        if not who.startswith(setup.APP_PERSON):
            return {"key": held}
        phone, pin, _name = held.split(" ", 2)
        return {"phone": phone, "pin": pin}


def write(place: Folder) -> None:
    """The file of such a world: the demo's, at which machines may ask faster than people do, and
    in which codes for cash outlast a day.
    """
    place.path.mkdir(parents=True, exist_ok=True, mode=0o700)
    told = template().read_text(encoding="utf-8")
    before, after = told.split(_CASH)
    told = f"{before}{_CASH}code_seconds = {_CODE_SECONDS}\n{after}"
    rates = "".join(f"{role} = {list(_RATE)}\n" for role in _PEOPLE)
    place.config.write_text(f"{told}\n[roles.{AT}.rates]\n{rates}", encoding="utf-8")


async def stage(runtime: Runtime, keys: Mapping[str, Mapping[str, str]]) -> Staged:
    """Play the demo's payments and leave some of everything behind."""
    staged = Staged(runtime, keys)
    scenes = demo.scenes(runtime)
    await _ask_people(runtime)
    played = [each async for each in demo.play(runtime, dict(_plain(keys)), scenes)]
    ids = staged.ids
    ids["review"] = await staged.waiting("Rent for March")
    ids["proposed"] = await staged.waiting("School fees")
    ids["proposal"] = await staged.proposed(ids["proposed"])
    arrived = next(told for scene, told in played if scene.receiver == AT)
    ids["received"] = arrived.uetr
    role = runtime.roles[AT]
    async with role.database.read() as tx:
        newest = await remittance.newest(tx, None, len(scenes) + 2)
        for name, state in (("payment", "completed"), ("rejected", "rejected")):
            ids[name] = next(each.id for each in newest if each.state.value == state)
        paid = next(each for each in newest if each.id == ids["payment"])
        decided = await policy.decisions_about(tx, paid.id, paid.quote.id)
    ids["decision"] = decided[0].id
    ids |= await staged_app.stage(runtime, scenes[0], staged.key(scenes[0].key_name))
    ids |= await staged_dealings.stage(runtime, AT, keys[AT], ids["payment"])
    ids |= await staged_office.stage(runtime, AT, keys, ids["account"])
    staged.applicant = await staged_dealings.applicant(runtime, AT)
    return staged


def _plain(keys: Mapping[str, Mapping[str, str]]) -> dict[str, dict[str, str]]:
    return {door: dict(held) for door, held in keys.items()}


async def _ask_people(runtime: Runtime) -> None:
    """Have a limit be of low confidence from now on, so that payments above it wait."""
    law = runtime.world.rulebook
    limit = law.value(UNSURE, utc_now().date())
    unsure = replace(limit, value=UNSURE_FROM, confidence=Confidence.LOW)
    fresh = law.overlay([unsure], "example")
    for role in runtime.world.of_kind("institution"):
        await runtime.roles[role.name].batcher.run(keep_renewed, fresh)
    law.renew(fresh)
