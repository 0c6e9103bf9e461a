"""A statement as a plain page, in four languages; every word that is not ours is escaped."""

from datetime import date
from html import escape

from qantara import texts
from qantara.money import Money
from qantara.texts import RIGHT_TO_LEFT, Language
from qantara.texts.writing import dates, numbers
from qantara.wallet.statement_model import Line, Statement

_HEADS = ("date", "kind", "counterpart", "details", "amount", "fee", "balance")


def page(found: Statement, spoken: str) -> str:
    """The whole page; amounts and numbers keep their own direction in any text around them."""

    def say(key: str) -> str:
        return escape(texts.phrase("statement", "label", key, spoken))

    account, direction = found.holding.account, "rtl" if _is_rtl(spoken) else "ltr"
    rows = "".join([_row(each, spoken) for each in found.lines])
    if not rows:
        rows = f'<tr><td colspan="{len(_HEADS)}">{say("nothing")}</td></tr>'
    period = f"{_day(found.begins_on, spoken)} - {_day(found.ends_on, spoken)}"
    facts = (
        ("owner", _apart(found.holding.customer.display_name)),
        ("account", _apart(account.number)),
        ("currency", account.currency.code),
        ("period", _apart(period)),
        ("opening", _amount(found.opening, spoken)),
        ("credits", _amount(found.came, spoken)),
        ("debits", _amount(found.went, spoken)),
        ("closing", _amount(found.closing, spoken)),
    )
    told = "".join([f"<dt>{say(key)}</dt><dd>{value}</dd>" for key, value in facts])
    heads = "".join([f'<th scope="col">{say(key)}</th>' for key in _HEADS])
    return (
        f'<!DOCTYPE html><html lang="{spoken}" dir="{direction}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{say('title')}</title></head><body><main><h1>{say('title')}</h1>"
        f"<dl>{told}</dl><table><caption>{say('lines')}</caption>"
        f"<thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"
        f"<p>{say('days')}</p></main></body></html>\n"
    )


def _is_rtl(spoken: str) -> bool:
    return Language(spoken) in RIGHT_TO_LEFT


def _row(line: Line, spoken: str) -> str:
    kind = texts.phrase("statement", "kind", line.kind.value, spoken)
    words = [word for word in (line.reference, line.note, line.uetr) if word]
    cells = (
        _apart(_day(line.booked_at.date(), spoken)),
        escape(kind),
        "" if line.counterpart is None else _apart(line.counterpart),
        "<br>".join([_apart(word) for word in words]),
        _amount(line.amount, spoken),
        "" if line.fee is None else _amount(line.fee, spoken),
        _amount(line.balance, spoken),
    )
    return f"<tr>{''.join([f'<td>{cell}</td>' for cell in cells])}</tr>"


def _apart(word: str) -> str:
    return f"<bdi>{escape(word)}</bdi>"


def amount(money: Money, spoken: str) -> str:
    """As the language writes it, with all of the currency's decimals."""
    scale = money.asset.scale
    pattern = f"#,##0.{'0' * scale}" if scale else "#,##0"
    return str(numbers.format_decimal(money.major, pattern, locale=spoken))


def _amount(money: Money, spoken: str) -> str:
    return f'<bdi dir="ltr">{escape(amount(money, spoken))}</bdi>'


def _day(day: date, spoken: str) -> str:
    return dates.format_date(day, "medium", locale=spoken)
