"""A system with payments of before this version of its tables."""

import uuid
from collections.abc import Callable

from moments import NOW
from qantara.db import Server
from qantara.db.migrate import of_package
from qantara.scheme.ips import flow
from qantara.scheme.ips.model import PaymentFilter, Route

_BEFORE = """
INSERT INTO ips.payment
    (uetr, message_id, sender, end_to_end_id, transaction_id, amount, asset, psp, psp_bic, sap,
     sap_bic, state, reason, onward, recorded_at)
VALUES
    ('out', 'm1', 'pk', 'e', 't', 100, 'PKR', 'pk', 'RAVIPKK0', 'sap-pk', 'SAPPPKK0',
     'at_gateway', NULL, '', $1),
    ('in', 'm2', 'nexus', 'e', 't', 100, 'PKR', 'pk', 'RAVIPKK0', 'sap-pk', 'SAPPPKK0',
     'settled', NULL, '', $1),
    ('unknown', 'm3', 'nexus', 'e', 't', 100, 'PKR', '', 'NONEPKK0', 'sap-pk', 'SAPPPKK0',
     'rejected', 'RC07', '', $1)
"""


async def test_who_paid_whom_is_kept(servers: Callable[[int], Server]) -> None:
    server, name = servers(18), f"qantara_test_{uuid.uuid4().hex[:12]}"
    await server.prepare()
    await server.create(name, ())
    connection = await server.connect(name)
    first, *rest = of_package("scheme.ips")
    await connection.execute(first.sql)
    await connection.execute(_BEFORE, NOW)
    for migration in rest:
        await connection.execute(migration.sql)
    found = {one.uetr: one for one in await flow.payments(connection, PaymentFilter())}
    assert {uetr: (one.route, one.pays, one.paid) for uetr, one in found.items()} == {
        "out": (Route.OUT, "pk", "sap-pk"),
        "in": (Route.IN, "sap-pk", "pk"),
        "unknown": (Route.IN, "sap-pk", ""),
    }
    assert {one.steps for one in found.values() if one.route is Route.OUT} == {5}
    await connection.close()
    await server.drop(name)
