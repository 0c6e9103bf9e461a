"""The menu, coming in by PIN, and what is only looked at."""

from qantara import texts
from qantara.edge import signing_in
from qantara.errors import Reason, Refused
from qantara.texts import Language
from qantara.ussd import paying, rules
from qantara.ussd.model import Step
from qantara.ussd.talk import Talk, Turn, amount, says
from qantara.wallet import flow as wallet

BACK = "00"
_WISHES = ("balance", "send_phone", "send_abroad", "moves", "language")
_LANGUAGES = (Language.EN, Language.MS, Language.UR, Language.FR)
_MOVES = 3
_MOVE_MOST = 45


def menu(name: str, language: Language, start: int = 0) -> Turn:
    """The first screen, or a further part of it."""
    options = [says(language, each) for each in _WISHES]
    found = rules.listed(name, options, start, says(language, "more"))
    return Turn(found.text, Step.MENU, {"following": str(found.following)})


async def choose(talk: Talk, word: str) -> Turn:
    language = talk.session.state.language
    if word == rules.MORE:
        return menu(talk.door.node.name, language, int(talk.facts.get("following", "0")))
    wish = rules.chosen(_WISHES, word)
    if wish is None:
        return menu(talk.door.node.name, language)
    if wish == "language":
        shown = "\n".join(says(language, f"language_{each}") for each in _LANGUAGES)
        return Turn(rules.cut(shown), Step.LANGUAGE, {})
    if talk.principal is None:
        return talk.asks(Step.PIN, "pin", {"wish": wish})
    return await _wished(talk, wish)


async def let_in(talk: Talk, word: str) -> Turn:
    """The PIN, for what was wished before it."""
    found = await signing_in.by_pin(talk.door, talk.session.phone, word)
    if isinstance(found, Refused):
        return wrong_pin(talk, found, Step.PIN)
    inside = Talk(talk.request, talk.door, talk.session, talk.typed, found)
    turn = await _wished(inside, talk.facts["wish"])
    return turn._replace(credential=found.key_id or "")


def wrong_pin(talk: Talk, refusal: Refused, step: Step) -> Turn:
    """The same question again, until there were too many wrong answers."""
    if refusal.reason is not Reason.SIGN_IN_FAILED:
        return talk.refuses(refusal)
    return talk.asks(step, "pin_wrong", dict(talk.facts))


async def _wished(talk: Talk, wish: str) -> Turn:
    if wish == "balance":
        return await _balance(talk)
    if wish == "moves":
        return await _moves(talk)
    if wish == "send_phone":
        return talk.asks(Step.PHONE, "phone", {})
    return await paying.payees(talk, 0)


async def _balance(talk: Talk) -> Turn:
    async with talk.door.database.read() as tx:
        found = await talk.account(tx)
    return talk.ends("balance_is", available=amount(found.available), held=amount(found.held))


async def _moves(talk: Talk) -> Turn:
    """The last movements, as many as fit."""
    async with talk.door.database.read() as tx:
        account = (await talk.account(tx)).account
        found = await wallet.movements(tx, account, None, _MOVES)
    if not found:
        return talk.ends("moves_none")
    lines: list[str] = []
    for each in found:
        kind = texts.phrase("app", "moved", each.kind, talk.session.state.language)
        sign = "+" if each.amount.minor > 0 else ""
        line = f"{sign}{each.amount} {rules.folded(each.counterpart or kind)}"
        line = rules.shortened(line, _MOVE_MOST)
        if not rules.fits("\n".join([*lines, line])):
            break
        lines.append(line)
    return Turn("\n".join(lines), Step.ENDED, {})


async def speak(talk: Talk, word: str) -> Turn:
    """Another language, for this phone from now on."""
    found = rules.chosen(tuple(each.value for each in _LANGUAGES), word)
    language = talk.session.state.language if found is None else Language(found)
    return menu(talk.door.node.name, language)._replace(language=language)
