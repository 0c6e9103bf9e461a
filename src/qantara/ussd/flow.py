"""A talk by USSD, turn by turn: what was typed so far goes in, what the phone shows comes out.

A turn repeated is answered as the first time and does nothing twice; a talk that is lost, too
old or out of step ends, and whatever was not confirmed is not sent.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta

from fastapi import Request

from qantara.db import Tx
from qantara.edge.door import Door
from qantara.edge.turns import Turns
from qantara.errors import QantaraError
from qantara.parties import flow as parties
from qantara.texts import Language
from qantara.ussd import menus, paying, rules, store
from qantara.ussd.model import (
    SECRET,
    SESSION_SECONDS,
    Dialled,
    Screen,
    Session,
    Speaks,
    State,
    Step,
)
from qantara.ussd.talk import Talk, Turn, says, standing

__all__ = ["Dialled", "Screen", "answer", "forget", "keep", "speak"]
PARTED = "*"
_SPOKEN: Mapping[str, Language] = {
    "MY": Language.MS,
    "PK": Language.UR,
    "FR": Language.FR,
}
"""In which language a phone is talked to that has chosen none."""
_STEPS: Mapping[Step, Callable[[Talk, str], Awaitable[Turn]]] = {
    Step.MENU: menus.choose,
    Step.PIN: menus.let_in,
    Step.PHONE: paying.to_phone,
    Step.PAYEE: paying.to_payee,
    Step.AMOUNT: paying.how_much,
    Step.PURPOSE: paying.what_for,
    Step.CONFIRM: paying.with_pin,
    Step.CODE: paying.with_code,
    Step.LANGUAGE: menus.speak,
}


async def answer(request: Request, door: Door, dialled: Dialled) -> Screen:
    """What a phone shows next. `Malformed` for what is no mobile number.

    Turns of one talk wait for each other: a turn sent twice at once counts one try of a PIN.
    """
    turns: Turns = request.app.state.turns
    whose = (dialled.gateway, f"ussd {dialled.session_id}")
    async with turns.of(*whose):
        await turns.begin(*whose, b"")
        try:
            async with turns.held(*whose):
                return await _answered(request, door, dialled)
        finally:
            await turns.release(*whose)


async def _answered(request: Request, door: Door, dialled: Dialled) -> Screen:
    phone = parties.normal_phone(dialled.phone, door.node.country)
    typed = tuple(dialled.text.split(PARTED)) if dialled.text else ()
    async with door.database.read() as tx:
        session = await store.session(tx, dialled.gateway, dialled.session_id)
        language = await store.language(tx, phone) or _SPOKEN.get(door.node.country, Language.EN)
    if session is None:
        return await _opened(door, dialled, phone, language) if not typed else _lost(language)
    if session.phone != phone or door.clock() >= session.expires_at:
        return _lost(language)
    if session.stands_at(typed):
        return _shown(session)
    if session.state.step is Step.ENDED or not typed or not session.stands_at(typed[:-1]):
        return _lost(session.state.language)
    return await _went_on(request, door, session, typed)


def _lost(language: Language) -> Screen:
    return Screen(rules.cut(says(language, "lost")), is_end=True)


def _shown(session: Session) -> Screen:
    return Screen(session.state.screen, session.state.step is Step.ENDED)


async def _opened(door: Door, dialled: Dialled, phone: str, language: Language) -> Screen:
    now = door.clock()
    turn = menus.menu(door.node.name, language)
    state = State(language, turn.step, turn.text, facts=turn.facts)
    until = now + timedelta(seconds=SESSION_SECONDS)
    session = Session(dialled.gateway, dialled.session_id, phone, state, now, until)
    kept: Session = await door.batcher.run(keep, session)
    return _shown(kept)


async def _went_on(
    request: Request, door: Door, session: Session, typed: tuple[str, ...]
) -> Screen:
    before, word = session.state, typed[-1].strip()
    principal = await standing(door, before.credential) if before.credential else None
    if before.credential and principal is None:
        return _lost(before.language)
    talk = Talk(request, door, session, typed, principal)
    if word == menus.BACK:
        turn = menus.menu(door.node.name, before.language)
    else:
        try:
            turn = await _STEPS[before.step](talk, word)
        except QantaraError as error:
            turn = talk.refuses(error)
    if turn.language is not None:
        await door.batcher.run(speak, Speaks(session.phone, turn.language))
    state = State(
        turn.language or before.language,
        turn.step,
        turn.text,
        (*before.typed, "" if before.step in SECRET else typed[-1]),
        turn.facts,
        turn.credential or before.credential,
    )
    after = Session(*(session.gateway, session.id, session.phone), state, *_span(session))
    kept: Session = await door.batcher.run(keep, after)
    return _shown(kept)


def _span(session: Session) -> tuple[datetime, datetime]:
    return session.opened_at, session.expires_at


async def keep(tx: Tx, _node: object, found: Sequence[Session], _now: datetime) -> list[Session]:
    """Keep talks as they stand; of a turn that was taken twice at once, the first stays."""
    first = {(each.gateway, each.id): each for each in reversed(found)}
    await store.keep(tx, list(first.values()))
    kept = await store.sessions(tx, list(first))
    return [kept[each.gateway, each.id] for each in found]


async def speak(tx: Tx, _node: object, found: Sequence[Speaks], _now: datetime) -> list[None]:
    last = {each.phone: each for each in found}
    await store.speak(tx, list(last.values()))
    return [None] * len(found)


async def forget(tx: Tx, _node: object, commands: Sequence[None], now: datetime) -> list[None]:
    """Let go of talks past their end. A job calls this."""
    await store.delete_expired(tx, now)
    return [None] * len(commands)
