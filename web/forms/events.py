"""The forms of what happens in the plants: one for each kind of event, with the cause that all of them carry."""

from __future__ import annotations

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import Field, SelectField, StringField
from wtforms.form import BaseForm
from wtforms.validators import AnyOf, ValidationError

from web.forms.fields import (
    DayField,
    MomentField,
    TimeOfDayField,
    WholeNumberField,
    clean_text,
    whole_number_between,
)
from web.forms.keys import KeyField
from web.forms.scenario import listed
from web.words import gettext as _

LONGEST_CAUSE = 200
MOST_PIECES = 100_000
LARGEST_WEIGHT = 1000


def _is_moment(_form: BaseForm, field: Field) -> None:
    if getattr(field, "moment", None) is None:
        raise ValidationError(_("Enter a day and a time."))


def _is_moment_or_empty(_form: BaseForm, field: Field) -> None:
    if field.data and getattr(field, "moment", None) is None:
        raise ValidationError(_("Enter a day and a time."))


def _is_day(_form: BaseForm, field: Field) -> None:
    if getattr(field, "day", None) is None:
        raise ValidationError(_("Enter a day such as 2027-03-08, from 2020 to 2099."))


def _is_time(_form: BaseForm, field: Field) -> None:
    if getattr(field, "minute_of_day", None) is None:
        raise ValidationError(_("Enter a time such as 06:30."))


def _is_chosen(_form: BaseForm, field: Field) -> None:
    if not field.data:
        raise ValidationError(_("Choose one."))


def _choice(label: str) -> SelectField:
    return SelectField(label, choices=listed(()), validators=[_is_chosen])


class EventForm(FlaskForm):  # type: ignore[misc]  # flask_wtf has no types
    """What every report carries: why, and a key that makes a repeated click one report."""

    cause = StringField(lazy_gettext("Cause"), [clean_text(least=1, most=LONGEST_CAUSE)])
    key = KeyField()


class DownForm(EventForm):
    """A machine is down for a time."""

    unit = _choice(lazy_gettext("Work unit"))
    from_at = MomentField(lazy_gettext("From"), [_is_moment])
    until_at = MomentField(lazy_gettext("Until"), [_is_moment])


class UpForm(EventForm):
    """A machine works again."""

    unit = _choice(lazy_gettext("Work unit"))
    from_at = MomentField(lazy_gettext("From"), [_is_moment])


class AbsentForm(EventForm):
    """People are absent from a work center."""

    work_center = _choice(lazy_gettext("Work center"))
    headcount = WholeNumberField(lazy_gettext("People missing"), [whole_number_between(1, 999)], default="1")
    from_at = MomentField(lazy_gettext("From"), [_is_moment])
    until_at = MomentField(lazy_gettext("Until"), [_is_moment])


class WithdrawnForm(EventForm):
    """A partner takes capacity back."""

    site = _choice(lazy_gettext("Site"))
    work_center = SelectField(lazy_gettext("Work center"), choices=listed(()))
    from_at = MomentField(lazy_gettext("From"), [_is_moment])
    until_at = MomentField(lazy_gettext("Until"), [_is_moment])


class HolidayForm(EventForm):
    """A site does not work on a day."""

    site = _choice(lazy_gettext("Site"))
    day = DayField(lazy_gettext("Day"), [_is_day])


class OvertimeForm(EventForm):
    """A work center works longer on a day."""

    work_center = _choice(lazy_gettext("Work center"))
    day = DayField(lazy_gettext("Day"), [_is_day])
    start = TimeOfDayField(lazy_gettext("From"), [_is_time])
    end = TimeOfDayField(lazy_gettext("Until"), [_is_time])


class MaterialForm(EventForm):
    """The material of an operation comes later."""

    job_order = StringField(lazy_gettext("Job order"), [clean_text(least=1, most=24)])
    from_at = MomentField(lazy_gettext("There from"), [_is_moment])


class ScrapForm(EventForm):
    """Pieces of an operation are spoiled."""

    job_order = StringField(lazy_gettext("Job order"), [clean_text(least=1, most=24)])
    count = WholeNumberField(lazy_gettext("Spoiled pieces"), [whole_number_between(1, MOST_PIECES)], default="1")


class ChangeForm(EventForm):
    """An order is more or less urgent, or due at another time."""

    work_order = StringField(lazy_gettext("Work order"), [clean_text(least=1, most=20)])
    weight = WholeNumberField(lazy_gettext("Weight"), [whole_number_between(1, LARGEST_WEIGHT)], default="1")
    due_at = MomentField(lazy_gettext("Due (may stay empty)"), [_is_moment_or_empty])


class CancelForm(EventForm):
    """An order is canceled."""

    order = StringField(lazy_gettext("Order"), [clean_text(least=1, most=20)])


class RushForm(EventForm):
    """An order is wanted earlier."""

    work_order = StringField(lazy_gettext("Work order"), [clean_text(least=1, most=20)])


class RushChoiceForm(RushForm):
    """Which of a rush order's answers is taken."""

    way = StringField(validators=[AnyOf(("no_move", "bump"))])
