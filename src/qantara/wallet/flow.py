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
from qantara.wallet.placing import pay_abroad, wanted_offers
from qantara.wallet.pots import change_pots, close_pots, move_pots, open_pots, pots, pots_of
from qantara.wallet.rules import name_changed
from qantara.wallet.running import REMINDED, run_due
from qantara.wallet.schedules import cancel, plan, runs_of, schedules, schedules_of
from qantara.wallet.statements import movements, statement
from qantara.wallet.stopping import RESUMED, STOPPED, switch

__all__ = [
    "REMINDED",
    "RESUMED",
    "STOPPED",
    "beneficiaries",
    "beneficiaries_of",
    "cancel",
    "change_pots",
    "check_again",
    "close_pots",
    "move_pots",
    "movements",
    "name_changed",
    "open_pots",
    "overviews",
    "pay_abroad",
    "plan",
    "pots",
    "pots_of",
    "remove",
    "rename",
    "run_due",
    "runs_of",
    "save",
    "schedules",
    "schedules_of",
    "statement",
    "switch",
    "wanted_offers",
    "ways",
]
