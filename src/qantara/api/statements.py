"""A period's statement: read, and answered in the form that is asked for."""

from datetime import date

from fastapi import Request
from fastapi.responses import Response

from qantara.api import statement_shapes as shapes
from qantara.api.answers import json
from qantara.clock import to_text
from qantara.db import Tx
from qantara.edge.calls import Call
from qantara.edge.problems import language, problem
from qantara.edge.statement_files import Form, written
from qantara.errors import Malformed, Reason, Refused
from qantara.parties.model import Holding
from qantara.wallet import flow
from qantara.wallet.statement_model import Line, Statement


async def stated(
    request: Request, call: Call, tx: Tx, holding: Holding, period: tuple[str, str | None, Form]
) -> Response:
    """The statement of a period (its first day, its last or today, its form)."""
    begins, ends, form = period
    begins_on = day_of(begins, "from")
    ends_on = call.now.date() if ends is None else day_of(ends, "to")
    found = await flow.statement(tx, holding, begins_on, ends_on, call.now)
    if isinstance(found, Refused):
        return problem(request, found)
    if form is Form.JSON:
        return json(_shape(found))
    return await written(call, found, form, language(request))


def day_of(text: str, param: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Malformed(Reason.TIME_MALFORMED, param=param, value=text) from None


def _shape(found: Statement) -> shapes.Statement:
    account = found.holding.account
    return shapes.Statement(
        object="statement",
        account_id=account.id,
        number=account.number,
        owner=found.holding.customer.display_name,
        currency=account.currency.code,
        begins_on=found.begins_on.isoformat(),
        ends_on=found.ends_on.isoformat(),
        begins_at=to_text(found.begins_at),
        ends_at=to_text(found.ends_at),
        opening_balance=str(found.opening),
        credits=str(found.came),
        debits=str(found.went),
        closing_balance=str(found.closing),
        lines=[_line(each) for each in found.lines],
    )


def _line(line: Line) -> shapes.StatementLine:
    return shapes.StatementLine(
        sequence=line.sequence,
        transfer_id=line.entry_id,
        kind=line.kind.value,
        amount=str(line.amount),
        balance=str(line.balance),
        booked_at=to_text(line.booked_at),
        occurred_at=to_text(line.happened_at),
        counterpart=line.counterpart,
        note=line.note,
        reference=line.reference,
        uetr=line.uetr,
        fee=None if line.fee is None else str(line.fee),
    )
