"""The desk's notices: to whom they go, under ids that a repeat finds again."""

from collections.abc import Iterable
from datetime import datetime

from msgspec.structs import replace

from qantara.db.mail import Outgoing
from qantara.rails import cases
from qantara.rails.cases import ANSWER_NOTICE, CASE_NOTICE, Act, CaseAnswer, CaseNotice
from qantara.scheme import letters
from qantara.scheme.desk.model import Case
from qantara.scheme.gateway.model import GatewayNode


def line_to(node: GatewayNode, bic: str) -> str | None:
    """The role by which an institution is reached; None where the desk speaks for it."""
    members = (role for role, its in node.psps.items() if role in node.desk.members and its == bic)
    return next(members, None)


def assigned(node: GatewayNode, case: Case) -> list[Outgoing]:
    """The case, to whom it is assigned."""
    role = line_to(node, case.assigned_to)
    if role is None:
        return []
    notice = CaseNotice(
        message_id=letters.message_id(node.role, "desk", case.id, "assigned"),
        case_id=case.id,
        kind=case.kind,
        cause=case.cause,
        payment=case.uetr,
        opened_by=case.opened_by,
        opened_at=case.opened_at,
        text=case.text,
        assigned_to=case.assigned_to,
        due_at=case.due_at,
        source=case.source.asset.code,
        source_amount=str(case.source),
        destination=case.destination.asset.code if case.destination else None,
        destination_amount=str(case.destination) if case.destination else None,
    )
    return [Outgoing(role, notice.message_id, CASE_NOTICE, None, cases.write(notice))]


def opened(node: GatewayNode, case: Case) -> list[Outgoing]:
    """Word to who opened the case: taken, with whom it lies, and the clock."""
    answer = CaseAnswer(
        message_id="",
        case_id=case.id,
        act=Act.OPEN,
        by=node.bic,
        said_at=case.opened_at,
        assigned_to=case.assigned_to,
        due_at=case.due_at,
        source=case.source.asset.code,
        source_amount=str(case.source),
        destination=case.destination.asset.code if case.destination else None,
        destination_amount=str(case.destination) if case.destination else None,
    )
    return told(node, answer, [case.opened_by], (case.id, "opened"))


def declined(node: GatewayNode, notice: CaseNotice, reason: str, now: datetime) -> list[Outgoing]:
    """Word to who wanted to open a case: the desk takes none of this."""
    answer = CaseAnswer("", notice.case_id, Act.REFUSE, node.bic, now, reason)
    return told(node, answer, [notice.opened_by], (notice.message_id, "declined"))


def told(
    node: GatewayNode, answer: CaseAnswer, bics: Iterable[str], words: tuple[str, ...]
) -> list[Outgoing]:
    """The same answer to each of these institutions that has a line; `words` name the act."""
    out = []
    for bic in bics:
        role = line_to(node, bic)
        if role is not None:
            own_id = letters.message_id(node.role, "desk", *words, bic)
            raw = cases.write(replace(answer, message_id=own_id))
            out.append(Outgoing(role, own_id, ANSWER_NOTICE, None, raw))
    return out
