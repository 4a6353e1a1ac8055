"""The form of a new scenario: one change of each kind, each only when its first field is filled."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from flask_babel import lazy_gettext
from wtforms import Field, SelectField, StringField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # the stubs know it not yet

from scheduling.calendar import minute_at
from scheduling.scenarios import MOST_NEW_UNITS
from scheduling.scene import (
    Change,
    ExtraShift,
    NewMachine,
    NewPartner,
    OrderDropped,
    PartnerWithdraws,
    RushOrder,
    UnitDown,
)
from web.forms.fields import (
    AmountField,
    DayField,
    MomentField,
    TimeOfDayField,
    WholeNumberField,
    clean_text,
)
from web.forms.keys import KeyField
from web.forms.planning import SentOrUsual, WeightsForm
from web.words import gettext as _

HEAVIEST = 1000


def _select(label: str) -> SelectField:
    return SelectField(label, choices=listed(()), validate_choice=False)


def listed(entries: Iterable[tuple[str, str]]) -> list[SelectChoice]:
    """Give the entries of a list, pairs of value and words, after one that chooses nothing."""
    return [SelectChoice(value, words) for value, words in (("", "–"), *entries)]


class ScenarioForm(WeightsForm):
    """A what-if: a title, one change of each kind, and the settings it is planned with.

    ``key`` makes a repeated click one scenario; ``base`` is the scenario whose changes come first, empty for none.
    """

    key = KeyField()
    base = WholeNumberField(default="")
    title = StringField(lazy_gettext("Title"), [clean_text(least=1, most=120)])

    unit = _select(lazy_gettext("Work unit"))
    down_from = MomentField(lazy_gettext("Down from"))
    down_until = MomentField(lazy_gettext("Up again"))

    company = _select(lazy_gettext("Company"))
    away_from = DayField(lazy_gettext("First day away"))
    away_to = DayField(lazy_gettext("Last day away"))

    extra_center = _select(lazy_gettext("Work center"))
    extra_from = DayField(lazy_gettext("First day"))
    extra_to = DayField(lazy_gettext("Last day"))
    extra_start = TimeOfDayField(lazy_gettext("Begins"), default="22:00")
    extra_end = TimeOfDayField(lazy_gettext("Ends"), default="02:00")

    machine_center = _select(lazy_gettext("Work center"))
    machine_count = SentOrUsual(lazy_gettext("More units"), default="1")
    machine_from = DayField(lazy_gettext("Ready on"))

    partner_site = _select(lazy_gettext("Site"))
    partner_capability = _select(lazy_gettext("Capability"))
    partner_units = SentOrUsual(lazy_gettext("Work units"), default="1")
    partner_shift = StringField(lazy_gettext("Shift"), [clean_text(least=0, most=20)], default="2x8")
    partner_rate = AmountField(lazy_gettext("Rate an hour"), default="100.00")
    partner_speed = SentOrUsual(lazy_gettext("Speed"), default="100")

    like_job = _select(lazy_gettext("Made like"))
    rush_on = DayField(lazy_gettext("Due at the end of"))
    rush_weight = SentOrUsual(lazy_gettext("Weight"), default="10")

    dropped_job = _select(lazy_gettext("Order"))

    def validate(self, extra_validators: object = None) -> bool:
        """Check each change whose first field is filled; the others do not matter."""
        is_right = bool(super().validate(extra_validators))
        if self.unit.data:
            is_right &= self._want(self.down_from, self.down_from.moment) & self._want(
                self.down_until, self.down_until.moment)
        if self.company.data:
            is_right &= self._want(self.away_from, self.away_from.day) & self._want(self.away_to, self.away_to.day)
        if self.extra_center.data:
            is_right &= self._want(self.extra_from, self.extra_from.day) & self._want(self.extra_to, self.extra_to.day)
            is_right &= self._want(self.extra_start, self.extra_start.minute_of_day)
            is_right &= self._want(self.extra_end, self.extra_end.minute_of_day)
        if self.machine_center.data:
            is_right &= self._between(self.machine_count, 1, MOST_NEW_UNITS)
            is_right &= self._want(self.machine_from, self.machine_from.day)
        if self.partner_site.data:
            is_right &= self._between(self.partner_units, 1, MOST_NEW_UNITS)
            is_right &= self._between(self.partner_speed, 1, 1000)
            is_right &= self._want(self.partner_rate, self.partner_rate.minor)
            is_right &= self._want(self.partner_capability, self.partner_capability.data or None)
        if self.like_job.data:
            is_right &= self._want(self.rush_on, self.rush_on.day) & self._between(self.rush_weight, 1, HEAVIEST)
        return is_right

    def _want(self, field: Field, value: object) -> bool:
        if value is None:
            field.errors = [*field.errors, _("This is needed for the change.")]
        return value is not None

    def _between(self, field: WholeNumberField, low: int, high: int) -> bool:
        is_right = field.number is not None and low <= field.number <= high
        if not is_right:
            field.errors = [*field.errors,
                            _("Enter a whole number from %(low)s to %(high)s.", low=low, high=high)]
        return is_right

    def changes(
        self, zone: ZoneInfo, *, new_units: tuple[str, ...], partner_center: str, rush_number: int
    ) -> list[Change]:
        """Give the changes that are filled in; only after the form was found right.

        Parameters
        ----------
        zone
            In which days and times are meant.
        new_units
            Codes of the new machines, as many as are asked for.
        partner_center
            Code of the new partner's work center.
        rush_number
            Tells several rush orders of one scenario apart.
        """
        found: list[Change | None] = [
            UnitDown(self.unit.data, _minute(self.down_from.moment, zone), _minute(self.down_until.moment, zone))
            if self.unit.data else None,
            PartnerWithdraws(self.company.data, _day_minute(self.away_from, zone), _day_minute(self.away_to, zone, 1))
            if self.company.data else None,
            self._extra_shift(),
            NewMachine(self.machine_center.data, new_units, _day_minute(self.machine_from, zone))
            if self.machine_center.data else None,
            self._new_partner(partner_center),
            RushOrder(f"{self.like_job.data}+{rush_number}", self.like_job.data, _day_minute(self.rush_on, zone, 1),
                      self.rush_weight.number or 1) if self.like_job.data else None,
            OrderDropped(self.dropped_job.data) if self.dropped_job.data else None,
        ]
        return [change for change in found if change is not None]

    def _extra_shift(self) -> ExtraShift | None:
        first, last = self.extra_from.day, self.extra_to.day
        start, end = self.extra_start.minute_of_day, self.extra_end.minute_of_day
        if not self.extra_center.data or first is None or last is None or start is None or end is None:
            return None
        return ExtraShift(self.extra_center.data, first, last + timedelta(days=1), start, end)

    def _new_partner(self, work_center: str) -> NewPartner | None:
        if not self.partner_site.data:
            return None
        return NewPartner(
            work_center, self.partner_site.data, self.partner_capability.data, self.partner_units.number or 1,
            self.partner_shift.data or "", self.partner_rate.minor or 0, self.partner_speed.number or 100,
        )


def _minute(moment: datetime | None, zone: ZoneInfo) -> int:
    if moment is None:
        raise ValueError("the form was not found right")
    return minute_at(moment.replace(tzinfo=zone))


def _day_minute(field: DayField, zone: ZoneInfo, days_later: int = 0) -> int:
    if field.day is None:
        raise ValueError("the form was not found right")
    day = field.day + timedelta(days=days_later)
    return minute_at(datetime(day.year, day.month, day.day, tzinfo=zone))
