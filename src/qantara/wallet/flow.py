"""The verbs of the wallet."""

from qantara.wallet.beneficiaries import (
    beneficiaries,
    beneficiaries_of,
    check_again,
    remove,
    rename,
    save,
)
from qantara.wallet.obliging import pay_money
from qantara.wallet.overview import overviews, ways
from qantara.wallet.placing import pay_abroad, wanted_offers
from qantara.wallet.pots import change_pots, close_pots, move_pots, open_pots, pots, pots_of
from qantara.wallet.reading import mark_read, read_up_to
from qantara.wallet.requesting import (
    ask_money,
    cancel_money,
    decline_money,
    demand_id,
    expire_money,
    money_asked,
    money_requests,
    money_wanted,
    request_id,
)
from qantara.wallet.rules import name_changed
from qantara.wallet.running import REMINDED, run_due
from qantara.wallet.schedules import cancel, plan, runs_of, schedules, schedules_of
from qantara.wallet.splitting import shares_of, split_bills, splits, splits_of
from qantara.wallet.statements import movements, statement
from qantara.wallet.stopping import RESUMED, STOPPED, switch

__all__ = [
    "REMINDED",
    "RESUMED",
    "STOPPED",
    "ask_money",
    "beneficiaries",
    "beneficiaries_of",
    "cancel",
    "cancel_money",
    "change_pots",
    "check_again",
    "close_pots",
    "decline_money",
    "demand_id",
    "expire_money",
    "mark_read",
    "money_asked",
    "money_requests",
    "money_wanted",
    "move_pots",
    "movements",
    "name_changed",
    "open_pots",
    "overviews",
    "pay_abroad",
    "pay_money",
    "plan",
    "pots",
    "pots_of",
    "read_up_to",
    "remove",
    "rename",
    "request_id",
    "run_due",
    "runs_of",
    "save",
    "schedules",
    "schedules_of",
    "shares_of",
    "split_bills",
    "splits",
    "splits_of",
    "statement",
    "switch",
    "wanted_offers",
    "ways",
]
