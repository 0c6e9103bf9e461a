"""What a batch does to cases: the moves in order, the history, and the notices to the desk."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from msgspec.structs import replace

from qantara import ids
from qantara.db import Tx, events
from qantara.db.mail import Outgoing, send
from qantara.errors import Conflict, Reason
from qantara.rails import cases as desk
from qantara.rails.cases import ANSWER_NOTICE, CASE_NOTICE, Act, CaseAnswer, CaseNotice
from qantara.remittance import case_store
from qantara.remittance.case_model import (
    CASE_EVENTS,
    CASE_TRANSITIONS,
    Case,
    CaseEvent,
    CaseMove,
    CaseState,
)
from qantara.remittance.model import Institution


@dataclass(slots=True)
class Docket:
    """Words taken one after the other: where one leaves a case, the next one finds it."""

    node: Institution
    first: Mapping[str, Case]
    now: datetime
    cases: dict[str, Case] = field(default_factory=dict)
    new: list[Case] = field(default_factory=list)
    moves: list[CaseMove] = field(default_factory=list)
    out: list[Outgoing] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.cases = dict(self.first)

    def add(self, case: Case, by: str, text: str | None) -> None:
        self.cases[case.id] = case
        self.new.append(case)
        told = (Act.OPEN, case.state, by, None, text)
        self.moves.append(CaseMove(case.id, *told, case.opened_at, self.now))

    def put(self, case: Case) -> None:
        """What a case says, without a move."""
        self.cases[case.id] = case

    def move(self, said: CaseAnswer, by: str = "") -> bool:
        """Do what an act means, and keep it; an act that has no place any more is kept as a
        note. Whether it had one.
        """
        case = self.cases[said.case_id]
        event = CaseEvent.OPEN if said.act is Act.OPEN else CASE_EVENTS.get(said.act)
        state = None if event is None else CASE_TRANSITIONS.get((case.state, event))
        told = (by or said.by, said.reason, said.text)
        if state is None:
            has_place = event is None or said.act is Act.OPEN
            act = said.act if has_place else Act.NOTE
            text = said.text if has_place else said.text or said.act.value
            self._keep(case, act, case.state, (*told[:2], text), said.said_at)
            return has_place
        self.cases[case.id] = replace(
            case,
            state=state,
            reason=said.reason or case.reason,
            returned_by=said.returned_by or case.returned_by,
        )
        self._keep(case, said.act, state, told, said.said_at)
        return True

    def _keep(
        self,
        case: Case,
        act: Act,
        state: CaseState,
        told: tuple[str, str | None, str | None],
        at: datetime,
    ) -> None:
        self.moves.append(CaseMove(case.id, act, state, *told, at, self.now))

    def own(
        self,
        case: Case,
        act: Act,
        reason: str | None = None,
        text: str | None = None,
        returned_by: str | None = None,
    ) -> CaseAnswer:
        """A word of ours on a case."""
        told = (self.node.bic, self.now, reason, text, returned_by)
        return CaseAnswer(ids.new_message_id(), case.id, act, *told)

    def tell(self, notice: CaseNotice | CaseAnswer) -> None:
        """Leave a notice for the scheme's desk."""
        name = CASE_NOTICE if isinstance(notice, CaseNotice) else ANSWER_NOTICE
        raw = desk.write(notice)
        self.out.append(Outgoing(self.node.gateway, notice.message_id, name, None, raw))

    def notice(self, case: Case) -> CaseNotice:
        """Our word that opens a case."""
        return CaseNotice(
            case.message_id or "",
            case.id,
            case.kind,
            case.cause,
            case.uetr,
            case.opened_by,
            self.now,
            case.text,
        )

    async def keep(self, tx: Tx) -> None:
        """Write it all, and leave the notices for delivery."""
        if self.new:
            await case_store.insert(tx, [self.cases[case.id] for case in self.new])
        known = {key: case for key, case in self.cases.items() if key in self.first}
        moved = [(self.first[key], case) for key, case in known.items() if case != self.first[key]]
        if moved and not all(await case_store.move(tx, moved)):
            raise Conflict(Reason.STATE_CONFLICT, detail="a case moved meanwhile")
        if self.moves:
            await case_store.add_moves(tx, self.moves)
        await events.add(tx, self._told(), self.now)
        await send(tx, self.out, self.now)

    def _told(self) -> list[tuple[str, str]]:
        """Each new state that a case came to, once."""
        stands = {key: case.state for key, case in self.first.items()}
        told = []
        for each in self.moves:
            if stands.get(each.case_id) is not each.state:
                stands[each.case_id] = each.state
                told.append((each.case_id, each.state.value))
        return told
