"""One language of the pages: its words, and how it writes amounts, numbers and moments.

Amounts, ids and moments stand left to right in every language and are isolated from the text
around them: as elements in pages, by Unicode isolates within sentences.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cache

from markupsafe import Markup

from qantara import texts
from qantara.clock import to_text
from qantara.errors import Reason
from qantara.money import Money, asset
from qantara.texts import RIGHT_TO_LEFT, Language, Said
from qantara.texts.writing import core, dates, numbers

NAMES: Mapping[Language, str] = {
    Language.EN: "English",
    Language.MS: "Bahasa Melayu",
    Language.UR: "اردو",
    Language.FR: "Français",
}
CATALOGUES = (
    "web",
    "console",
    "app",
    "people",
    "asking",
    "cash",
    "counter",
    "regulator",
    "charts",
    "pictures",
)
"""What the pages say, by who says it: a site with words of its own adds its catalogue."""
_MINUS = "\u2212"
_RATE_DIGITS = 4


@dataclass(frozen=True, slots=True)
class Words:
    language: Language

    @property
    def direction(self) -> str:
        return "rtl" if self.language in RIGHT_TO_LEFT else "ltr"

    @property
    def names(self) -> Mapping[Language, str]:
        return NAMES

    def __call__(self, name: str, count: int | None = None, **facts: object) -> Said:
        """A text of the pages by `context.key`; a context lives in one catalogue."""
        context, _, key = name.partition(".")
        return texts.phrase(_catalogue(context), context, key, self.language, facts, count)

    def law(self, context: str, key: str) -> Said:
        """What policy calls a topic, an act, a status and the like."""
        return texts.phrase("policy", context, key, self.language)

    def reason(self, code: str) -> str:
        return texts.title(Reason(code), self.language)

    def sentence(self, code: str, facts: Mapping[str, object] | None = None) -> str:
        return texts.sentence(Reason(code), self.language, facts)

    def country(self, code: str) -> str:
        return str(_locale(self.language).territories.get(code) or code)

    def currency(self, code: str) -> str:
        return str(numbers.get_currency_name(code, locale=self.language))

    def amount(self, money: Money) -> Said:
        """An amount within a sentence, which isolates it."""
        unit, number, unit_first = self._parts(money)
        return Said(f"{unit}\u00a0{number}" if unit_first else f"{number}\u00a0{unit}")

    def money(self, money: Money) -> Markup:
        """An amount as an element: it never wraps, its unit may be smaller."""
        unit, number, unit_first = self._parts(money)
        shown = Markup('<span class="unit">{}</span>').format(unit)
        parts = (shown, number) if unit_first else (number, shown)
        return Markup('<bdi class="money" dir="ltr">{}\u00a0{}</bdi>').format(*parts)

    def signed(self, money: Money) -> Markup:
        """An amount that came or went: its sign stands before everything."""
        sign = _MINUS if money.minor < 0 else "+" if money.minor else ""
        shown = self.money(Money(abs(money.minor), money.asset))
        return Markup('<span class="signed" dir="ltr">{}{}</span>').format(sign, shown)

    def _parts(self, money: Money) -> tuple[str, str, bool]:
        pattern = f"#,##0.{'0' * money.asset.scale}" if money.asset.scale else "#,##0"
        number = numbers.format_decimal(abs(money.major), format=pattern, locale=self._digits)
        number = f"{_MINUS if money.minor < 0 else ''}{number}"
        standard = _locale(self.language).currency_formats["standard"].pattern
        return money.asset.code, number, standard.strip("\u200e\u200f\u061c ").startswith("¤")

    @property
    def _digits(self) -> str:
        """Numbers in Urdu pages are written as in English, which is Pakistani usage."""
        return "en" if self.language in RIGHT_TO_LEFT else self.language.value

    def minor(self, amount: int, currency: str) -> Markup:
        return self.money(Money(amount, asset(currency)))

    def number(self, value: int | Decimal) -> Markup:
        return _isolated(numbers.format_decimal(value, locale=self._digits), "number")

    def count(self, value: int) -> Said:
        """A number within a sentence or a picture."""
        return Said(numbers.format_decimal(value, locale=self._digits))

    def percent(self, value: Decimal) -> Markup:
        """A share with two decimals."""
        return _isolated(f"{self._fixed(value)}\u00a0%", "number")

    def rate(self, value: Decimal) -> Said:
        """An exchange rate: four decimals, and more where fewer than four figures would be left."""
        places = max(_RATE_DIGITS, _RATE_DIGITS - 1 - value.adjusted())
        return Said(f"{value:.{places}f}")

    def share(self, value: Decimal) -> Said:
        """The same within a sentence or a picture."""
        return Said(f"{self._fixed(value)}\u00a0%")

    def seconds(self, milliseconds: int) -> Markup:
        """A time in seconds, to the hundredth."""
        return _isolated(f"{self._fixed(Decimal(milliseconds) / 1000)}\u00a0s", "number")

    def _fixed(self, value: Decimal) -> str:
        told = numbers.format_decimal(abs(value), format="#,##0.00", locale=self._digits)
        return f"{_MINUS if value < 0 else ''}{told}"

    def moment(self, moment: datetime) -> Markup:
        """A day and the time of day, to the second."""
        return self._moment(moment, "HH:mm:ss")

    def moment_short(self, moment: datetime) -> Markup:
        """The same to the minute, where seconds tell a customer nothing."""
        return self._moment(moment, "HH:mm")

    def _moment(self, moment: datetime, form: str) -> Markup:
        utc = moment.astimezone(UTC)
        parts = (
            dates.format_date(utc, "d MMM y", locale=self.language),
            dates.format_time(utc, form, locale=self._digits),
        )
        return Markup(
            '<time class="when" datetime="{}"><bdi>{}</bdi> <bdi dir="ltr">{}</bdi></time>'
        ).format(to_text(moment), *parts)

    def clock(self, moment: datetime) -> Markup:
        """The time of day, to the hundredth."""
        utc = moment.astimezone(UTC)
        hundredths = f"{utc.microsecond // 10_000:02d}"
        return _time(
            moment, f"{dates.format_time(utc, 'HH:mm:ss', locale=self._digits)}.{hundredths}"
        )

    def clock_short(self, moment: datetime) -> Markup:
        """The time of day, to the minute."""
        return _time(
            moment, dates.format_time(moment.astimezone(UTC), "HH:mm", locale=self._digits)
        )

    def day(self, day: date | str) -> Markup:
        found = date.fromisoformat(day) if isinstance(day, str) else day
        told = dates.format_date(found, "d MMM y", locale=self.language)
        return Markup('<time class="when" datetime="{}"><bdi>{}</bdi></time>').format(
            found.isoformat(), told
        )

    def waited(self, since: datetime, now: datetime) -> Said:
        """How long something has waited, in the largest unit."""
        span = max(now - since, timedelta())
        return Said(dates.format_timedelta(span, locale=self.language, threshold=1.0))


def _time(moment: datetime, told: str) -> Markup:
    return Markup('<time class="when" datetime="{}"><bdi>{}</bdi></time>').format(
        to_text(moment), told
    )


def _isolated(told: str, kind: str) -> Markup:
    return Markup('<bdi class="{}" dir="ltr">{}</bdi>').format(kind, told)


@cache
def _catalogue(context: str) -> str:
    """Whose words these are: of all pages, or of one site."""
    return next((each for each in CATALOGUES if context in texts.contexts(each)), CATALOGUES[0])


@cache
def _locale(language: str) -> "core.Locale":
    return core.Locale(language)


@cache
def words(language: Language) -> Words:
    return Words(language)
