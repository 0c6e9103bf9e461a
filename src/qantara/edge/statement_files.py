"""A statement in the forms that people keep: CSV, a plain page, PDF, camt.053."""

import asyncio
import csv
import io
from enum import StrEnum
from typing import TYPE_CHECKING

from fastapi.responses import Response

from qantara import ids
from qantara.clock import to_text
from qantara.edge import statement_page
from qantara.edge.calls import Call
from qantara.later import Later
from qantara.rails import flow as rails
from qantara.rails.model import AccountRef, BankStatement, BankStatementEntry, Family
from qantara.wallet.statement_model import Line, LineKind, Statement

if TYPE_CHECKING:
    from qantara.edge import statement_pdf
else:
    statement_pdf = Later("qantara.edge.statement_pdf")


class Form(StrEnum):
    JSON = "json"
    CSV = "csv"
    HTML = "html"
    PDF = "pdf"
    CAMT_053 = "camt.053"


_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_COLUMNS = (
    *("booked_at", "occurred_at", "kind", "counterpart", "note", "reference", "uetr"),
    *("amount", "fee", "balance", "currency", "transfer_id"),
)
_FAMILY = {
    LineKind.TRANSFER_SENT: Family.INSIDE,
    LineKind.TRANSFER_RECEIVED: Family.INSIDE,
    LineKind.REMITTANCE_SENT: Family.ABROAD,
    LineKind.REMITTANCE_RECEIVED: Family.ABROAD,
    LineKind.RETURNED: Family.RETURN,
    LineKind.GIVEN_BACK: Family.RETURN,
    LineKind.TAKEN_BACK: Family.RETURN,
    LineKind.FEE: Family.FEE,
    LineKind.POT_IN: Family.BOOK,
    LineKind.POT_OUT: Family.BOOK,
    LineKind.OTHER: Family.OTHER,
}
_LONGEST = 140


async def written(call: Call, found: Statement, form: Form, spoken: str) -> Response:
    """The statement as a file, or as a page in a language. A long one is written beside the event
    loop, which the role's other work shares.
    """
    if form is Form.HTML:
        return _page(await asyncio.to_thread(statement_page.page, found, spoken))
    name = f"statement-{found.holding.account.id}-{found.begins_on}-{found.ends_on}"
    if form is Form.PDF:
        document = await asyncio.to_thread(_pdf, found, spoken)
        return _file(document, "application/pdf", f"{name}.pdf")
    if form is Form.CSV:
        table = await asyncio.to_thread(_table, found)
        return _file(table.encode(), "text/csv; charset=utf-8", f"{name}.csv")
    raw = await asyncio.to_thread(rails.build_statement, _message(call, found))
    return _file(raw, "application/xml", f"{name}.xml")


def _file(body: bytes, media_type: str, name: str) -> Response:
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "X-Content-Type-Options": "nosniff",
    }
    return Response(body, 200, headers, media_type)


def _page(text: str) -> Response:
    """Nothing on the page is loaded or run, whatever a name or a note holds."""
    headers = {
        "Content-Security-Policy": "default-src 'none'",
        "X-Content-Type-Options": "nosniff",
    }
    return Response(text.encode(), 200, headers, "text/html; charset=utf-8")


def _pdf(found: Statement, spoken: str) -> bytes:
    """Beside the event loop it is loaded, too: what draws it holds fonts and pictures, 60 MB."""
    return statement_pdf.pdf(found, spoken)


def _table(found: Statement) -> str:
    """One row a line, between a row for each balance. Words of others never begin a formula."""
    out = io.StringIO()
    rows = csv.writer(out, lineterminator="\r\n")
    currency = found.opening.asset.code
    rows.writerow(_COLUMNS)
    rows.writerow(_balance_row("opening_balance", to_text(found.begins_at), found, opening=True))
    for each in found.lines:
        words = (each.counterpart, each.note, each.reference)
        rows.writerow(
            [
                to_text(each.booked_at),
                to_text(each.happened_at),
                each.kind.value,
                *(cell(word or "") for word in words),
                each.uetr or "",
                str(each.amount),
                "" if each.fee is None else str(each.fee),
                str(each.balance),
                currency,
                each.entry_id,
            ]
        )
    rows.writerow(_balance_row("closing_balance", to_text(found.ends_at), found, opening=False))
    return out.getvalue()


def _balance_row(name: str, at: str, found: Statement, *, opening: bool) -> list[str]:
    balance = found.opening if opening else found.closing
    return [at, "", name, "", "", "", "", "", "", str(balance), balance.asset.code, ""]


def cell(word: str) -> str:
    """A word as a table may hold it: a program that opens it takes none for a formula."""
    return f"'{word}" if word.lstrip(" ").startswith(_FORMULA) else word


def _message(call: Call, found: Statement) -> BankStatement:
    """The same statement has the same ids, whenever it is asked for."""
    account = found.holding.account
    key = ids.uuid_hex("statement", account.id, to_text(found.begins_at), to_text(found.ends_at))
    is_iban = account.number[:2].isalpha()
    return BankStatement(
        message_id=key,
        created_at=call.now,
        id=key,
        account=AccountRef(iban=account.number) if is_iban else AccountRef(other=account.number),
        owner=found.holding.customer.display_name,
        servicer_bic=call.door.node.bic,
        begins_at=found.begins_at,
        ends_at=found.ends_at,
        opening=found.opening,
        closing=found.closing,
        entries=tuple(_entry(each) for each in found.lines),
    )


def _entry(line: Line) -> BankStatementEntry:
    told = " / ".join(word for word in (line.reference, line.note) if word)
    charge = line.fee if line.fee is not None and line.amount.minor < 0 else None
    return BankStatementEntry(
        reference=line.entry_id.replace("-", ""),
        amount=line.amount,
        family=_FAMILY[line.kind],
        booked_at=line.booked_at,
        happened_at=line.happened_at,
        uetr=line.uetr,
        counterpart=line.counterpart or None,
        charge=charge if charge is not None and charge.minor else None,
        words=told[:_LONGEST] or None,
    )
