"""What schemathesis is told beside our descriptions: how MessagePack is sent, and which words no
schema can rule out.
"""

import schemathesis
from schemathesis.core.failures import Failure

UNSAYABLE = {
    "amount_malformed": "a path's amount is text of its own form",
    "amount_not_positive": "an amount must be more than the fee that is taken from it",
    "amount_scale": "how many decimals an amount has, its currency says",
    "bic_invalid": "a BIC belongs to a country that there is",
    "body_malformed": "MessagePack's content cannot be described as JSON's can",
    "currency_mismatch": "the currency is that of the account, which is only named",
    "currency_unknown": "a path's currency is text of its own form",
    "cursor_malformed": "a cursor is the id of a row that there is",
    "iban_invalid": "check digits",
    "account_number_invalid": "its form depends on the bank",
    "id_malformed": "a NUL is text to JSON and to nobody here",
    "identity_invalid": "check digits, and dates within a number",
    "lei_invalid": "check digits",
    "phone_invalid": "a numbering plan",
}
"""Codes of 400 that may answer what fits the description, each with the reason why."""
DEPENDING = {
    "customer_id": "staff must name a customer, a customer names nobody",
    "agent_id": "only a client that is to be an agent's names one",
    "address": "its form depends on `address_type`",
    "agent_bic": "needed for accounts and not for proxies",
    "cause": "each kind of case has its own",
    "effect": "each effect of a trigger has its own fields",
    "code": "see `effect`",
    "seconds": "see `effect`",
    "repeats": "see `effect`",
    "times": "see `effect`",
    "direction": "see `effect`",
    "message": "which messages there are, each role's payment system says",
    "where": "which fields there are, the message says",
    "to": "a period ends after it begins, and is over",
    "nominalFee": "a country's fee is in its currency",
    "BICFI": "the body names whom the address names",
    "url": "which addresses there are, and whether plain HTTP may be used, the role says",
}
"""Fields whose values are right or wrong by another field or by the caller."""


class Rejected(Failure):
    """A request that fits its description is told to be malformed."""


@schemathesis.check
def told_before(
    _ctx: schemathesis.CheckContext, response: schemathesis.Response, case: schemathesis.Case
) -> None:
    """What a description lets through is never called malformed, but for what it cannot say."""
    if (
        response.status_code != 400
        or case.meta is None
        or not case.meta.generation.mode.is_positive
    ):
        return
    told = response.json()
    if told["code"] in UNSAYABLE or _beyond_schemas(case.body):
        return
    if told["code"] in {"field_invalid", "field_missing"} and told.get("param") in DEPENDING:
        return
    raise Rejected(
        operation=case.operation.label,
        title="The description lets through what the door calls malformed",
        message=f"{told['code']} {told.get('param')}: {told['detail']}",
    )


def _beyond_schemas(value: object) -> bool:
    """A NUL, which is text to JSON and to nobody here; or 1.0, which is an integer to JSON's
    schemas and a binary fraction to doors that take none.
    """
    if isinstance(value, dict):
        return any(map(_beyond_schemas, (*value, *value.values())))
    if isinstance(value, list):
        return any(map(_beyond_schemas, value))
    return isinstance(value, float) or (isinstance(value, str) and "\0" in value)


@schemathesis.serializer("application/msgpack")
def packed(_ctx: schemathesis.SerializationContext, value: object) -> bytes:
    """As it is: the description promises no more than bytes."""
    return value if isinstance(value, bytes) else str(value).encode()
