"""A period and a length of buckets as an address asks for them; anything unreadable falls back, with a sentence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from scheduling.buckets import SHIFT_HOURS, Bucket, BucketKind
from web import formatting
from web.planning.query import EARLIEST, LATEST
from web.words import gettext as _

MOST_BUCKETS = 42
LONGEST_DAYS = {BucketKind.DAY: MOST_BUCKETS, BucketKind.WEEK: 7 * MOST_BUCKETS, BucketKind.SHIFT: MOST_BUCKETS // 3}
USUAL_DAYS = {BucketKind.DAY: 14, BucketKind.WEEK: 56, BucketKind.SHIFT: 7}


@dataclass(frozen=True, slots=True)
class Period:
    """Days [from, until) and how they are cut; ``problem`` is empty when all was readable."""

    from_on: date
    until_on: date
    kind: BucketKind
    problem: str = ""

    @property
    def last_on(self) -> date:
        """The last day."""
        return self.until_on - timedelta(days=1)


def read_period(arguments: Mapping[str, str], *, today: date) -> Period:
    """Read the address arguments ``from``, ``to`` (the last day) and ``by``.

    Parameters
    ----------
    arguments
        As they came, untrusted.
    today
        Plant-local; the usual start.

    Returns
    -------
    Period
        Always usable, never more than 42 buckets.
    """
    problem = ""
    wished = arguments.get("by", BucketKind.DAY.value)
    kind = BucketKind(wished) if wished in set(BucketKind) else BucketKind.DAY
    from_on = _day(arguments.get("from", "")) or today
    last_on = _day(arguments.get("to", "")) or from_on + timedelta(days=USUAL_DAYS[kind] - 1)
    if (arguments.get("from") and _day(arguments["from"]) is None) or (
            arguments.get("to") and _day(arguments["to"]) is None):
        problem = _("Enter a day such as 2027-03-08, from 2020 to 2099.")
    if last_on < from_on:
        last_on, problem = from_on, _("The last day lies before the first; here is the first day.")
    most = LONGEST_DAYS[kind]
    if (last_on - from_on).days >= most:
        last_on = from_on + timedelta(days=most - 1)
        problem = _("At most %(days)s days are shown at once; here are the first ones.", days=most)
    return Period(from_on, last_on + timedelta(days=1), kind, problem)


def _day(text: str) -> date | None:
    try:
        found = date.fromisoformat(text) if len(text) == 10 and text.isascii() else None
    except ValueError:
        return None
    return found if found is not None and EARLIEST <= found <= LATEST else None


def bucket_words(bucket: Bucket, kind: BucketKind) -> str:
    """Name a bucket: a day, the Monday of a week, a shift of a day."""
    if kind is BucketKind.SHIFT and bucket.part is not None:
        shifts = {"early": _("early"), "late": _("late shift"), "night": _("night")}
        return f"{formatting.short_day(bucket.on)} {shifts[SHIFT_HOURS[bucket.part][0]]}"
    return formatting.short_day(bucket.on)
