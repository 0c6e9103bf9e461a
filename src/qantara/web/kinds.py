"""Every site an institution serves. A new kind of people is one folder and one line here."""

from qantara.web.app import registry as app
from qantara.web.console import registry as console
from qantara.web.counter import registry as counter
from qantara.web.regulator import registry as regulator
from qantara.web.sites import Kind

SITES: tuple[Kind, ...] = (console.KIND, app.KIND, counter.KIND, regulator.KIND)
SITE_NAMES = tuple(each.name for each in SITES)
