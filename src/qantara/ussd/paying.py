"""Sending from a simple phone: whom, how much, all that it costs, and the PIN for this payment."""

from collections.abc import Callable

from qantara import texts
from qantara.access.credentials.model import Confirmation, Consume, Intent
from qantara.domestic.records import Send
from qantara.edge import amounts, confirmed, confirming, intents
from qantara.edge.asking import answered, own_check
from qantara.edge.limits import limits_of
from qantara.edge.pricing import priced, total_cost
from qantara.edge.purposes import PURPOSES
from qantara.errors import Conflict, Malformed, NotFound, Reason, Refused
from qantara.ids import AccountId, QuoteId
from qantara.money import Money
from qantara.parties import flow as parties
from qantara.payees import flow as checks
from qantara.payees.model import CheckPayee, CheckState, PayeeCheck
from qantara.remittance import flow as remittance
from qantara.remittance.model import (
    Accept,
    Fixed,
    PriceRequest,
    Quote,
    remittance_id,
)
from qantara.ussd import rules
from qantara.ussd.model import Step
from qantara.ussd.talk import Talk, Turn, amount
from qantara.wallet import flow as wallet
from qantara.wallet.model import Beneficiary, BeneficiaryState, Use

_SAVED = 20


async def to_phone(talk: Talk, word: str) -> Turn:
    """Whose phone this is; the amount comes after the answer."""
    country = talk.door.node.country
    try:
        phone = parties.normal_phone(word, country)
    except Malformed:
        return talk.asks(Step.PHONE, "phone_wrong", {})
    wish = CheckPayee(talk.new_id("chk"), talk.call.acting_for, country, "MBNO", phone, None, None)
    found = await answered(talk.request, talk.call, checks.check_payee, wish)
    return _checked(talk, found)


async def payees(talk: Talk, start: int) -> Turn:
    """The saved payees abroad, by number."""
    found = await _saved(talk)
    if not found:
        return talk.ends("no_payees")
    names = [each.nickname or each.name or each.address for each in found]
    shown = rules.listed(talk.says("payees"), names, start, talk.says("more"))
    facts = {"following": str(shown.following), "payees": ",".join(each.id for each in found)}
    return Turn(shown.text, Step.PAYEE, facts)


async def _saved(talk: Talk) -> list[Beneficiary]:
    async with talk.door.database.read() as tx:
        found = await wallet.beneficiaries_of(
            tx, talk.call.acting_for, BeneficiaryState.SAVED, None, _SAVED
        )
    return [each for each in found if each.country in talk.door.node.corridors]


async def to_payee(talk: Talk, word: str) -> Turn:
    if word == rules.MORE:
        return await payees(talk, int(talk.facts["following"]))
    known = talk.facts["payees"].split(",")
    payee = rules.chosen(known, word)
    if payee is None:
        return await payees(talk, 0)
    wish = Use(payee, talk.call.acting_for, talk.new_id("chk"))
    found = await answered(talk.request, talk.call, wallet.check_again, wish)
    return _checked(talk, found)


def _checked(talk: Talk, found: PayeeCheck | Refused) -> Turn:
    if isinstance(found, Refused):
        return talk.refuses(found)
    if found.state is not CheckState.CONFIRMED:
        return talk.ends("nobody")
    return _ask_amount(talk, found, "amount")


def _ask_amount(talk: Talk, check: PayeeCheck, key: str) -> Turn:
    currency = talk.door.node.asset.code
    text = rules.named(
        lambda name: talk.says(key, name=name, currency=currency), intents.shown_name(check)
    )
    return Turn(text, Step.AMOUNT, {"check": check.id})


async def _check(talk: Talk) -> PayeeCheck:
    async with talk.door.database.read() as tx:
        return await own_check(tx, talk.call, talk.facts["check"])


async def how_much(talk: Talk, word: str) -> Turn:
    """An amount: inside the country the whole cost of it, abroad first what it is for."""
    check = await _check(talk)
    try:
        asked = amounts.typed(word, talk.door.node.asset)
    except Malformed:
        return _ask_amount(talk, check, "amount_wrong")
    facts = {"check": check.id, "amount": str(asked), "id": talk.new_id("trf")}
    if check.country != talk.door.node.country:
        return _purposes(talk, facts, 0)
    async with talk.door.database.read() as tx:
        account = (await talk.account(tx)).account.id
    facts |= {"account": account}
    return await _confirmed_by(talk, check, _intent_inside(talk, check, facts), facts)


def _purposes(talk: Talk, facts: dict[str, str], start: int) -> Turn:
    language = talk.session.state.language
    names = [str(texts.phrase("app", "purpose", each, language)) for each in PURPOSES]
    shown = rules.listed(talk.says("purpose"), names, start, talk.says("more"))
    return Turn(shown.text, Step.PURPOSE, facts | {"following": str(shown.following)})


async def what_for(talk: Talk, word: str) -> Turn:
    """The purpose, and then the price: total and received amount on one screen."""
    if word == rules.MORE:
        return _purposes(talk, talk.facts, int(talk.facts["following"]))
    purpose = rules.chosen(PURPOSES, word)
    if purpose is None:
        return _purposes(talk, talk.facts, 0)
    check, node = await _check(talk), talk.door.node
    async with talk.door.database.read() as tx:
        account = (await talk.account(tx)).account.id
    paid = Money.parse(talk.facts["amount"], node.asset)
    wish = PriceRequest(talk.call.acting_for, account, check.country, Fixed.SOURCE, paid)
    quote = await priced(talk.door, QuoteId(talk.new_id("quo")), wish)
    if isinstance(quote, Refused):
        return talk.refuses(quote)
    facts = {"check": check.id, "quote": quote.id, "purpose": purpose}
    return await _confirmed_by(talk, check, intents.abroad(quote, check), facts, quote)


def _intent_inside(talk: Talk, check: PayeeCheck, facts: dict[str, str]) -> Intent:
    node = talk.door.node
    return intents.inside(node, facts["id"], Money.parse(facts["amount"], node.asset), check)


async def _confirmed_by(
    talk: Talk,
    check: PayeeCheck,
    intent: Intent,
    facts: dict[str, str],
    quote: Quote | None = None,
) -> Turn:
    """The whole cost; the PIN is the yes. Where law asks for two factors a code is sent as well."""
    async with talk.door.database.read() as tx:
        need = await confirming.needed(tx, talk.door, talk.person, intent)
    if need.required and need.factors > 1:
        language = talk.session.state.language
        facts |= {
            "confirmation": await confirming.send_code(talk.door, talk.person, intent, language)
        }
    return Turn(
        rules.named(_priced(talk, intent, facts, quote), intents.shown_name(check)),
        Step.CONFIRM,
        facts,
    )


def _priced(
    talk: Talk, intent: Intent, facts: dict[str, str], quote: Quote | None
) -> Callable[[str], str]:
    """The screen of a price, for whatever part of the name there is room."""
    total = amount(intent.amount)
    if quote is None:
        sent = Money.parse(facts["amount"], talk.door.node.asset)
        fee = amount(intent.amount - sent)
        return lambda name: talk.says("confirm", name=name, total=total, fee=fee)
    cost, received = amount(total_cost(quote)), amount(quote.offer.received)
    return lambda name: talk.says(
        "confirm_abroad", name=name, total=total, cost=cost, received=received
    )


async def with_pin(talk: Talk, word: str) -> Turn:
    if talk.facts.get("confirmation"):
        return talk.asks(Step.CODE, "code", dict(talk.facts))
    return await _pay(talk, word, "")


async def with_code(talk: Talk, word: str) -> Turn:
    """The code; the PIN was typed just before it, and is kept nowhere but in what was typed."""
    return await _pay(talk, talk.typed[-2], word)


async def _pay(talk: Talk, pin: str, code: str) -> Turn:
    check = await _check(talk)
    quote = await _quote(talk) if "quote" in talk.facts else None
    if quote is None:
        intent = _intent_inside(talk, check, talk.facts)
    else:
        intent = intents.abroad(quote, check)
    proof = await confirming.by_pin(
        talk.door, talk.person, intent, pin, talk.facts.get("confirmation", ""), code
    )
    if isinstance(proof, Refused):
        if proof.reason is Reason.SIGN_IN_FAILED and not code:
            return talk.asks(Step.CONFIRM, "pin_wrong", dict(talk.facts))
        return talk.refuses(proof)
    return await _sent(talk, check, intent, proof, quote)


async def _quote(talk: Talk) -> Quote:
    wanted = QuoteId(talk.facts["quote"])
    async with talk.door.database.read() as tx:
        found = (await remittance.remittances(tx, [remittance_id(wanted)]))[0]
    if isinstance(found, NotFound):
        raise found
    return found.quote


async def _sent(
    talk: Talk, check: PayeeCheck, intent: Intent, proof: Confirmation, quote: Quote | None
) -> Turn:
    used, owner, facts = Consume(talk.person, proof.id, intent), talk.call.acting_for, talk.facts
    if quote is None:
        sent = Money.parse(facts["amount"], talk.door.node.asset)
        order: Send | Accept = Send(facts["id"], owner, AccountId(facts["account"]), check.id, sent)
    else:
        order = Accept(quote.id, owner, check.id, facts["purpose"])
    try:
        outcome = await confirmed.placed(talk.door, order, used)
    except Conflict as error:
        return talk.refuses(error)
    if isinstance(outcome, Refused):
        return talk.refuses(outcome)
    limits_of(talk.request).payee_paid(owner)
    text = rules.named(
        lambda name: talk.says("sent", name=name, total=amount(intent.amount)),
        intents.shown_name(check),
    )
    return Turn(text, Step.ENDED, {})
