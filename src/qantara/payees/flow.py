"""The verbs of the payee check, for every product that pays."""

from collections.abc import Sequence

from qantara.db import Tx
from qantara.errors import NotFound, Reason
from qantara.payees import store
from qantara.payees.answering import answer_resolution
from qantara.payees.asking import check_payee, expire, payee_answered
from qantara.payees.finding import check_here
from qantara.payees.model import PayeeCheck
from qantara.payees.rules import (
    compared,
    creditor_account,
    objection,
    payee_name,
)

__all__ = [
    "answer_resolution",
    "check_here",
    "check_payee",
    "checks",
    "compared",
    "creditor_account",
    "expire",
    "objection",
    "payee_answered",
    "payee_name",
]


async def checks(tx: Tx, ids: Sequence[str]) -> list[PayeeCheck | NotFound]:
    """Payee checks as they stand."""
    found = await store.by_ids(tx, ids)
    return [found.get(each) or NotFound(Reason.PAYEE_CHECK_NOT_FOUND, id=each) for each in ids]
