"""Whose message this is, as far as the message itself shows."""

from lxml.etree import _Element as Element

from qantara.rails import duitnow
from qantara.rails.dialect import NAMES_OF_2019
from qantara.rails.elements import NAMESPACE
from qantara.rails.model import MessageName, Profile

_ONE_SPEAKER: dict[str, Profile] = {
    MessageName.INITIATION: Profile.CUSTOMER,
    MessageName.INITIATION_REPORT: Profile.CUSTOMER,
    MessageName.NOTIFICATION: Profile.NEXUS,
    MessageName.PAYMENT_REQUEST: Profile.RAAST_DOMESTIC,
    MessageName.PAYMENT_REQUEST_REPORT: Profile.RAAST_DOMESTIC,
    MessageName.PAYMENT_RETURN_2019: Profile.SCT_INST,
    MessageName.STATUS_REQUEST_2019: Profile.SCT_INST,
}
"""Messages without an envelope that one profile alone speaks."""
_CROSSING = ("ChrgsInf", "InstdAmt", "AgrdRate", "XchgRate", "IntrmyAgt2")
"""What a credit transfer has only if it crosses a border; one of them is enough."""


def tell(root: Element) -> Profile | None:
    if duitnow.is_envelope(root):
        domestic = duitnow.channel_of(root) == duitnow.DOMESTIC_CHANNEL
        return Profile.DUITNOW_DOMESTIC if domestic else Profile.DUITNOW
    name = str(root.tag)[1:].partition("}")[0].removeprefix(NAMESPACE)
    if name.startswith("pacs.008."):
        return _tell_transfer(root, older=name in NAMES_OF_2019)
    return _ONE_SPEAKER.get(name)


def hold(root: Element) -> Profile:
    """Whose guideline a message is held to when nobody said whose it is: Nexus's where nothing
    shows, OCT Inst's for a 2019 message that SCT Inst speaks as well.
    """
    older = str(root.tag)[1:].partition("}")[0].removeprefix(NAMESPACE) in NAMES_OF_2019
    return tell(root) or (Profile.OCT_INST if older else Profile.NEXUS)


def _tell_transfer(root: Element, *, older: bool) -> Profile | None:
    crosses = any(root.find(f"{{*}}*/{{*}}CdtTrfTxInf/{{*}}{tag}") is not None for tag in _CROSSING)
    if crosses:
        return Profile.OCT_INST if older else None
    return Profile.SCT_INST if older else Profile.RAAST_DOMESTIC
