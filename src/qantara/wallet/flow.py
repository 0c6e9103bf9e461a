"""The verbs of the wallet."""

from qantara.wallet.beneficiaries import (
    beneficiaries,
    beneficiaries_of,
    check_again,
    remove,
    rename,
    save,
)
from qantara.wallet.overview import overviews, ways
from qantara.wallet.pots import change_pots, close_pots, move_pots, open_pots, pots, pots_of
from qantara.wallet.rules import name_changed
from qantara.wallet.statements import statement
from qantara.wallet.stopping import RESUMED, STOPPED, switch

__all__ = [
    "RESUMED",
    "STOPPED",
    "beneficiaries",
    "beneficiaries_of",
    "change_pots",
    "check_again",
    "close_pots",
    "move_pots",
    "name_changed",
    "open_pots",
    "overviews",
    "pots",
    "pots_of",
    "remove",
    "rename",
    "save",
    "statement",
    "switch",
    "ways",
]
