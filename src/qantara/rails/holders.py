"""Our own customers and accounts as messages name them."""

from datetime import datetime

from qantara.parties.model import Customer, Holding
from qantara.rails.model import AccountRef, Party


def milliseconds(moment: datetime) -> datetime:
    """Cut to the precision of the wire, so that a message read back equals the one sent."""
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def party_of(customer: Customer) -> Party:
    """A payer as FATF R.16 asks: name, address, and a national id where there is one."""
    return Party(
        name=customer.rails_name,
        country=customer.country,
        town=customer.address.rails_town,
        street=customer.address.rails_street,
        national_id=customer.identity.value if customer.identity else None,
    )


def account_of(holding: Holding, name: str | None = None) -> AccountRef:
    number = holding.account.number
    if number[:2].isalpha():
        return AccountRef(iban=number, name=name)
    return AccountRef(other=number, name=name)
