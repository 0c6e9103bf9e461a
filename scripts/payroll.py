"""Write examples/payroll.xml: a generated pain.001 of 1,000 wages, some of them wrong.

`--check` only says whether the file is the one this script would write.
"""

import random
import sys
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

from msgspec.structs import replace

from qantara.policy import flow as policy
from qantara.rails import flow as rails
from qantara.rails.model import (
    AccountRef,
    Agent,
    Initiation,
    Party,
    PaymentInstruction,
    Profile,
    Proxy,
)
from qantara.world import setup
from qantara.world.people import Resident

TARGET = Path(__file__).parent.parent / "examples" / "payroll.xml"
COUNT = 1000
BY_PHONE, IN_RINGGIT = 0.5, 0.7
"""Shares of the instructions: addressed by phone, and with the amount in ringgit."""
WRITTEN = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
SENDER_BIC, PAYEE_BIC = "WAUEMYK0", "RAVIPKK0"


def wage(number: int, payee: Resident, dice: random.Random) -> PaymentInstruction:
    """A correct instruction: by phone or by IBAN, in ringgit or as an exact amount of rupees."""
    by_phone = dice.random() < BY_PHONE
    in_ringgit = dice.random() < IN_RINGGIT
    amount = dice.randrange(20_000, 90_000) if in_ringgit else dice.randrange(1_000_000, 5_000_000)
    return PaymentInstruction(
        end_to_end_id=f"WAGE-2026-03-{number:04d}",
        amount=f"{amount // 100}.{amount % 100:02d}",
        currency="MYR" if in_ringgit else "PKR",
        creditor=Party(payee.customer.legal_name, "PK", payee.customer.address.town),
        creditor_account=AccountRef(proxy=Proxy("MBNO", payee.customer.phone or ""))
        if by_phone
        else AccountRef(iban=payee.account.number),
        creditor_agent=Agent(PAYEE_BIC),
        purpose="SALA",
        remittance=f"Wages March 2026 no {number}",
    )


def spoil(line: PaymentInstruction, fault: int) -> PaymentInstruction:
    """One of the mistakes that real files have."""
    wrong = {
        0: {"amount": "0.00"},
        1: {"amount": "120.555"},
        2: {"currency": "XAU"},
        3: {"creditor_account": AccountRef(proxy=Proxy("MBNO", "+923009999999"))},
        4: {"creditor_account": AccountRef(iban="PK00RAVI0000000000009999")},
        5: {"purpose": None},
        6: {"amount": "99999999.00"},
        7: {"end_to_end_id": "WAGE-2026-03-0001"},
    }
    return replace(line, **wrong[fault])  # type: ignore[arg-type]


def payroll() -> bytes:
    rulebook = policy.load(policy.EXAMPLE)
    company = setup.residents("MY", rulebook, WRITTEN.date())[0]
    payees = setup.residents("PK", rulebook, WRITTEN.date())[2:]
    dice = random.Random(setup.SEED)  # noqa: S311 - an example, not a secret
    lines = [wage(number, dice.choice(payees), dice) for number in range(1, COUNT + 1)]
    for place, number in enumerate(range(20, COUNT, 25)):
        lines[number] = spoil(lines[number], place % 8)
    file = Initiation(
        message_id="PAYROLL-2026-03",
        created_at=WRITTEN,
        count=COUNT,
        control_sum=sum((Decimal(line.amount) for line in lines), Decimal(0)),
        initiator=Party(company.customer.legal_name, "MY", company.customer.address.town),
        batch_id="PAYROLL-2026-03-1",
        requested_on=date(2026, 3, 2),
        debtor=Party(company.customer.legal_name, "MY", company.customer.address.town),
        debtor_account=AccountRef(other=company.account.number),
        debtor_agent=Agent(SENDER_BIC),
        instructions=tuple(lines),
    )
    return rails.build(file, Profile.CUSTOMER)


def main() -> None:
    made = payroll()
    if "--check" in sys.argv[1:]:
        if not TARGET.exists() or TARGET.read_bytes() != made:
            sys.exit(f"{TARGET} is not what {Path(__file__).name} writes")
        return
    TARGET.parent.mkdir(exist_ok=True)
    TARGET.write_bytes(made)
    print(f"{TARGET.name}: {len(made)} bytes")


if __name__ == "__main__":
    main()
