"""The banks of a world, as payment codes and account numbers name them."""

from qantara.errors import Malformed, Reason
from qantara.host.config import WorldSpec


def directory(world: WorldSpec) -> dict[str, dict[str, str]]:
    """The directory of banks: by country, the number there, and the BIC."""
    found: dict[str, dict[str, str]] = {}
    for bank in (*world.of_kind("institution"), *world.of_kind("psp")):
        number = bank.take("bank", str, "")
        known = found.setdefault(bank.country, {})
        if number and known.setdefault(number, bank.bic) != bank.bic:
            raise Malformed(Reason.FIELD_INVALID, param=bank.place("bank"), value=number)
    return found
