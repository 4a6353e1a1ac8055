"""Dates, money, differences and figures for people, in the language of the page."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime
from babel.numbers import format_decimal

from catalog.money import MINOR_UNITS_PER_MAJOR, Money, round_half_up
from web.words import gettext as _
from web.words import ngettext, spoken

MINUS = "\N{MINUS SIGN}"
_SUPERSCRIPTS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
_SYMBOLS = {"CNY": "¥", "EUR": "€", "USD": "$"}


def language() -> str:
    """Give the language tag of the page, such as ``en`` or ``zh``."""
    return spoken().tag


def is_chinese() -> bool:
    """Whether the page is read in Chinese."""
    return language().startswith("zh")


_MOST_KEPT = 4096


@lru_cache(maxsize=_MOST_KEPT)
def _number(value: Decimal | int | float, pattern: str, tag: str) -> str:
    """Write a number; a page says the same figures again and again, so that they are kept."""
    return format_decimal(value, pattern, locale=tag)


@lru_cache(maxsize=_MOST_KEPT)
def _date(value: date, pattern: str, tag: str) -> str:
    return format_date(value, pattern, locale=tag)


@lru_cache(maxsize=_MOST_KEPT)
def _wall_clock(value: datetime, pattern: str, tag: str) -> str:
    """Write a moment without a zone as it stands on a wall; no pattern here tells a zone."""
    return str(format_datetime(value, pattern, locale=tag))


def _at_place(value: datetime, zone: ZoneInfo, pattern: str) -> str:
    return _wall_clock(value.astimezone(zone).replace(tzinfo=None), pattern, language())


def day(value: date) -> str:
    """Write a day with its weekday: ``Thu 25 March`` or ``3月25日 周四``."""
    return _date(value, "M月d日 EEE" if is_chinese() else "EEE d MMMM", language())


def day_with_year(value: date) -> str:
    """Write a day with weekday and year: ``Thu 25 March 2027`` or ``2027年3月25日 周四``."""
    return _date(value, "y年M月d日 EEE" if is_chinese() else "EEE d MMMM y", language())


def short_day(value: date) -> str:
    """Write a day briefly: ``25 Mar`` or ``3月25日``."""
    return _date(value, "M月d日" if is_chinese() else "d MMM", language())


def moment(value: datetime, zone: ZoneInfo) -> str:
    """Write an aware moment at a place: ``Thu 11 March, 08:32`` or ``3月11日 周四 08:32``."""
    return _at_place(value, zone, "M月d日 EEE HH:mm" if is_chinese() else "EEE d MMMM, HH:mm")


def moment_briefly(value: datetime, zone: ZoneInfo) -> str:
    """Write an aware moment at a place for tables and bars: ``Thu 11 Mar 08:32`` or ``3月11日 周四 08:32``."""
    return _at_place(value, zone, "M月d日 EEE HH:mm" if is_chinese() else "EEE d MMM HH:mm")


def clock(value: datetime, zone: ZoneInfo) -> str:
    """Write the time of day of an aware moment at a place: ``08:32``."""
    return _at_place(value, zone, "HH:mm")


def money(value: Money) -> str:
    """Write an amount: ``¥2,262.36``; a negative one starts with a true minus."""
    sign = MINUS if value.amount_minor < 0 else ""
    return f"{sign}{_symbol(value.currency)}{plain_money(Money(abs(value.amount_minor), value.currency))}"


def currency_symbol(currency: str) -> str:
    """Give the sign of a currency: ``¥``."""
    return _symbol(currency).strip()


def plain_money(value: Money) -> str:
    """Write an amount without its currency: ``2,262.36``, for table columns that name it."""
    digits = _number(abs(value.to_decimal()), "#,##0.00", language())
    return f"{MINUS if value.amount_minor < 0 else ''}{digits}"


def money_difference(value: Money) -> str:
    """Write a difference in price: ``+¥777``, ``−¥210``, ``±0``; fractions only below one unit."""
    if value.amount_minor == 0:
        return "±0"
    scale = MINOR_UNITS_PER_MAJOR[value.currency]
    size = Fraction(abs(value.amount_minor), scale)
    digits = (_number(round_half_up(size), "#,##0", language()) if size >= 1
              else _number(abs(value.to_decimal()), "0.00", language()))
    return f"{_sign(value.amount_minor)}{_symbol(value.currency)}{digits}"


def day_difference(days: int) -> str:
    """Write a difference in days: ``+3 d``, ``−4 d``, ``±0``."""
    if days == 0:
        return "±0"
    return _("%(days)s d", days=f"{_sign(days)}{abs(days)}")


def mass_difference(grams: int) -> str:
    """Write a difference in mass: ``−21 kg``, ``+0.4 kg``, ``±0``."""
    kilograms = _rounded_kilograms(abs(grams))
    return "±0" if kilograms == "0" else f"{_sign(grams)}{kilograms} kg"


def mass(grams: int) -> str:
    """Write a mass in kilograms without its unit: ``118``, ``1,312``, ``0.4``."""
    return f"{MINUS if grams < 0 else ''}{_rounded_kilograms(abs(grams))}"


def figure(value: Fraction, digits: int) -> str:
    """Write an exact number with a fixed number of decimals, halves away from zero."""
    scaled = round_half_up(abs(value) * 10**digits)
    pattern = "#,##0" + ("." + "0" * digits if digits else "")
    sign = MINUS if value < 0 and scaled else ""
    return sign + _number(Fraction(scaled, 10**digits).__float__(), pattern, language())


def plain_number(value: Fraction) -> str:
    """Write a number as it is typed into a field: ``1230`` or ``12.5``; what has no finite decimal is cut at six."""
    if value.denominator == 1:
        return str(value.numerator)
    return f"{float(value):.6f}".rstrip("0").rstrip(".")


def range_words(low: str, high: str) -> str:
    """Write a range in words: ``494 to 1400``."""
    return _("%(low)s to %(high)s", low=low, high=high)


def enumerated(words: Iterable[str]) -> str:
    """Join words as the language lists them: ``2, 4``, ``2、4``; empty for none."""
    return _(", ").join(words)


def list_words(words: Sequence[str]) -> str:
    """Join words by commas and a last "or": ``2, 4 or 6``; empty for none."""
    if len(words) < 2:
        return "".join(words)
    return _("%(first)s or %(last)s", first=enumerated(words[:-1]), last=words[-1])


def and_words(words: Sequence[str]) -> str:
    """Join words by commas and a last "and": ``2, 4 and 6``; empty for none."""
    if len(words) < 2:
        return "".join(words)
    return _("%(first)s and %(last)s", first=enumerated(words[:-1]), last=words[-1])


def duration(value: timedelta) -> str:
    """Write a span of time in its two largest units: ``46 h 12 min``, ``3 d 4 h``."""
    minutes = max(int(value.total_seconds()) // 60, 0)
    if minutes >= 72 * 60:
        return _("%(days)s d %(hours)s h", days=minutes // 1440, hours=minutes % 1440 // 60)
    if minutes >= 60:
        return _("%(hours)s h %(minutes)s min", hours=minutes // 60, minutes=minutes % 60)
    return _("%(minutes)s min", minutes=minutes)


def span_words(value: timedelta) -> str:
    """Write a span of time in one rounded unit: ``4 days``, ``6 hours``."""
    hours = round(value.total_seconds() / 3600)
    if hours >= 36:
        return ngettext("%(num)s day", "%(num)s days", round(hours / 24))
    if hours >= 1:
        return ngettext("%(num)s hour", "%(num)s hours", hours)
    return ngettext("%(num)s minute", "%(num)s minutes", max(1, round(value.total_seconds() / 60)))


def count(value: int) -> str:
    """Write a count: grouped digits, or a power of ten when it has more than 15 digits."""
    if value < 10**15:
        return _number(value, "#,##0", language())
    exponent = len(str(value)) - 1
    return _("about %(power)s", power="10" + str(exponent).translate(_SUPERSCRIPTS))


def _rounded_kilograms(grams: int) -> str:
    if grams >= 10_000 or grams % 1000 == 0:
        return _number(round_half_up(Fraction(grams, 1000)), "#,##0", language())
    return _number(round_half_up(Fraction(grams, 100)) / 10, "#,##0.#", language())


def _sign(value: int) -> str:
    return "+" if value > 0 else MINUS


def _symbol(currency: str) -> str:
    return _SYMBOLS.get(currency, f"{currency} ")
