"""What was in the accounts with others over time, and in those of others with us."""

from collections.abc import Sequence

from qantara.db import Tx
from qantara.ledger import flow as ledger
from qantara.ledger.chart_model import Standing
from qantara.ledger.model import NewAccount
from qantara.money import Money
from qantara.web import charts
from qantara.web.charts import Cell, Chart, Column, Row, Window
from qantara.web.visits import Visit

WINDOWS = (charts.HOUR, charts.DAY, charts.MONTH)
ACCOUNTS_MOST = 12
"""So many are drawn; the table of the page tells them all."""


async def levels(tx: Tx, visit: Visit, window: Window, own: Sequence[Standing]) -> Chart:
    """Balances at the beginning of each step, and as they stand now; what is owed to us is above
    zero. `own` are the accounts as they stand.
    """
    words, now = visit.words, visit.caller.now
    told = [each for each in own if each.account.terms.keeper or each.account.terms.holder]
    told = told[:ACCOUNTS_MOST]
    moments = window.starts(now)
    found = await ledger.stood_then(tx, moments, ACCOUNTS_MOST)
    then = {(each.code, each.at): each.balance for each in found}

    def cell(terms: NewAccount, balance: int | None) -> Cell | None:
        return None if balance is None else charts.worth(words, Money(-balance, terms.asset))

    accounts = [each.account.terms for each in told]
    rows = [
        Row(
            charts.at(words, moment),
            [cell(each, then.get((each.code, moment))) for each in accounts],
        )
        for moment in moments
    ]
    standing = [cell(each.account.terms, each.balance) for each in told]
    columns = [Column(each.code) for each in accounts]
    return Chart(columns, [*rows, Row(charts.at(words, now), standing)])
