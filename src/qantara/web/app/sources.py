"""From which accounts a payment to a country can be made, and how much may go at a time."""

from typing import NamedTuple

from qantara.db import Tx
from qantara.errors import NotFound
from qantara.wallet import flow as wallet
from qantara.wallet.model import Limit, Standing, Way
from qantara.web.visits import Visit


class Sources(NamedTuple):
    accounts: tuple[Standing, ...]
    way: Way | None

    def chosen(self, account_id: str) -> Standing | None:
        """The account that was asked for, else the first."""
        mine = self.accounts
        return next(
            (each for each in mine if each.account.id == account_id), mine[0] if mine else None
        )

    @property
    def limit(self) -> Limit | None:
        """What bites first."""
        return self.way.limits[0] if self.way is not None and self.way.limits else None


async def sources(tx: Tx, visit: Visit, country: str) -> Sources:
    owner = visit.caller.acting_for
    found = (await wallet.overviews(tx, visit.door.node, [owner], visit.caller.now))[0]
    if isinstance(found, NotFound):
        raise found
    way = next((each for each in found.ways if each.country == country), None)
    return Sources(found.accounts, way)
