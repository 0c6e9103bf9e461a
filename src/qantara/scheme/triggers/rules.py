"""Which trigger meets a message: pure."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from qantara.scheme.triggers.model import OUTWARD_FIELDS, Effect, Trigger


def _attribute(*path: str) -> Callable[[Any], str | None]:
    def look(record: Any) -> str | None:
        found = record
        for name in path:
            found = getattr(found, name, None)
        return None if found is None else str(found)

    return look


def _asked(record: Any) -> str | None:
    account = getattr(record, "account", None)
    if account is None:
        return None
    proxy = getattr(account, "proxy", None)
    return getattr(account, "number", None) or (None if proxy is None else proxy.value)


_LOOKS: Mapping[str, Callable[[Any], str | None]] = {
    "end_to_end_id": _attribute("end_to_end_id"),
    "priority": _attribute("priority"),
    "purpose": _attribute("purpose"),
    "remittance": _attribute("remittance"),
    "amount": _attribute("settlement_amount"),
    "currency": _attribute("settlement_amount", "asset", "code"),
    "debtor_account": _attribute("debtor_account", "number"),
    "debtor_agent": _attribute("debtor_agent", "bic"),
    "creditor_account": _attribute("creditor_account", "number"),
    "creditor_agent": _attribute("creditor_agent", "bic"),
    "status": _attribute("status"),
    "reason": _attribute("reason"),
    "account": _asked,
    "destination_country": _attribute("destination_country"),
}


def halted(triggers: Iterable[Trigger]) -> bool:
    return any(trigger.effect is Effect.HALT for trigger in triggers)


def meets(trigger: Trigger, peer: str, name: str, key: str, uetr: str | None, record: Any) -> bool:
    """Whether the trigger strikes this message; `record` is None on the way out."""
    if trigger.message not in {None, name}:
        return False
    outside = dict(zip(OUTWARD_FIELDS, (peer, uetr, key), strict=True))
    return all(
        wanted == (outside[field] if field in outside else _LOOKS[field](record))
        for field, wanted in trigger.where.items()
    )
