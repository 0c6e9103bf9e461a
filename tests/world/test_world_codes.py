"""Every reason code of the scheme, provoked by its documented trigger."""

from collections.abc import Callable

from qantara.db import Server
from qantara.scheme.triggers.model import PAYMENT_CODES, RESOLUTION_CODES
from qantara.world import codes, codes_acts


def test_the_table_is_the_schemes_sets_and_every_row_has_an_act() -> None:
    rows = codes.table()
    told = {
        message: [row.code for row in rows if row.message == message and row.counted]
        for message in ("pacs.002", "acmt.024")
    }
    assert (len(told["pacs.002"]), len(told["acmt.024"])) == (61, 13)
    assert set(told["pacs.002"]) == PAYMENT_CODES == set(codes_acts.PAYMENTS)
    assert set(told["acmt.024"]) == RESOLUTION_CODES == set(codes_acts.ENQUIRIES)
    assert [row.code for row in rows if not row.counted] == list(codes_acts.BESIDES)
    assert all(row.meaning and row.said_by and row.trigger for row in rows)


async def test_every_code_is_provoked_and_the_books_balance_after_each(
    servers: Callable[[int], Server],
) -> None:
    server = servers(18)
    await server.prepare()
    before = set(await server.databases("qantara_codes"))
    told = [each async for each in codes.provoke(server)]
    assert [(each.row.code, each.received, each.fault) for each in told if not each.right] == []
    assert len(told) == len(codes.table())
    assert set(await server.databases("qantara_codes")) == before
