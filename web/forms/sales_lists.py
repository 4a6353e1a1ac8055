"""The filters of the sales desk's lists as they stand in an address, and the forms of the views that people save."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlencode
from zoneinfo import ZoneInfo

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from werkzeug.datastructures import MultiDict
from wtforms import Field, Form, StringField
from wtforms.form import BaseForm
from wtforms.validators import Optional, ValidationError

from ordering.mail import MailState
from ordering.order import OrderState
from ordering.quote import QuoteState
from ordering.sales_filter import LONGEST_SEARCH, NEWEST_FIRST, OrderFilter, QuoteFilter, SalesColumn, Sorting
from web.forms.fields import (
    AmountField,
    DayField,
    WholeNumberField,
    amount_at_most,
    clean_text,
    email_address,
    whole_number_between,
)
from web.forms.keys import KeyField
from web.words import gettext as _

LONGEST_TITLE = 60
LONGEST_QUERY = 1000
LARGEST_AMOUNT = 9_999_999
MOST_HOURS = 720
NEWEST = "-made"


def _real_day(_form: BaseForm, field: Field) -> None:
    if getattr(field, "day", None) is None:
        raise ValidationError(_("Enter a day such as 2027-03-08."))


def _one_of(words: Any) -> Any:  # Any: a kind of states and a validator of WTForms
    def check(_form: BaseForm, field: Field) -> None:
        if field.data not in {word.value for word in words}:
            raise ValidationError(_("There is no such state."))

    return check


def _stripped(text: str | None) -> str:
    return (text or "").strip()


class ListForm(Form):
    """What a list is searched for. An address argument that is not here is not read."""

    search = StringField(lazy_gettext("Search"), [Optional(), clean_text(least=0, most=LONGEST_SEARCH)])

    def query(self, **changes: str) -> dict[str, str]:
        """Give the address arguments of what was asked, with changes; empty ones are left out."""
        asked = {field.name: str(field.data or "").strip() for field in self} | changes
        return {name: text for name, text in asked.items() if text}

    def is_narrowed(self) -> bool:
        """Whether one of the filters behind the fold is used."""
        return bool(set(self.query()) - {"state", "search", "sort"})


class MailListForm(ListForm):
    """What the outbox is filtered by."""

    state = StringField(lazy_gettext("State"), [Optional(), _one_of(MailState)], filters=[_stripped])


class SalesListForm(ListForm):
    """What the lists of quotes and orders are filtered and sorted by."""

    made_from = DayField(lazy_gettext("Offered from"), [Optional(), _real_day])
    made_to = DayField(lazy_gettext("Offered to"), [Optional(), _real_day])
    promised_from = DayField(lazy_gettext("Promised from"), [Optional(), _real_day])
    promised_to = DayField(lazy_gettext("Promised to"), [Optional(), _real_day])
    value_from = AmountField(lazy_gettext("Net from"), [Optional(), amount_at_most(LARGEST_AMOUNT)])
    value_to = AmountField(lazy_gettext("Net to"), [Optional(), amount_at_most(LARGEST_AMOUNT)])
    customer = StringField(lazy_gettext("Customer's e-mail address"), [Optional(), email_address],
                           filters=[_stripped])
    destination = StringField(lazy_gettext("Destination"), [Optional(), clean_text(least=0, most=40)],
                              filters=[_stripped])
    sort = StringField(lazy_gettext("Sorted by"), [Optional()])

    def validate_sort(self, field: Field) -> None:
        """Raise ValidationError unless the text names a column of this list, with ``-`` for the largest first."""
        if field.data.removeprefix("-") not in {column.value for column in self.columns()}:
            raise ValidationError(_("The list cannot be sorted by this."))

    def columns(self) -> tuple[SalesColumn, ...]:
        """Give the columns that the list can be sorted by."""
        return tuple(column for column in SalesColumn if column is not SalesColumn.VALID)

    @property
    def sorting(self) -> Sorting:
        """The order of the list; the usual one while the form is wrong."""
        word = self.sort.data or NEWEST
        column = next((item for item in self.columns() if item.value == word.removeprefix("-")), None)
        return NEWEST_FIRST if column is None else Sorting(column, word.startswith("-"))

    def shared(self, zone: ZoneInfo) -> dict[str, Any]:
        """Give the filters that both lists have; only after the form was found right."""
        return {
            "search": self.search.data or "", "customer": self.customer.data or "",
            "destination": self.destination.data or "",
            "made_from": _midnight(self.made_from.day, zone),
            "made_until": _midnight(self.made_to.day, zone, days=1),
            "promised_from": self.promised_from.day, "promised_to": self.promised_to.day,
            "net_from_minor": self.value_from.minor, "net_to_minor": self.value_to.minor,
        }


class QuoteListForm(SalesListForm):
    """What quotes are filtered by."""

    state = StringField(lazy_gettext("State"), [Optional(), _one_of(QuoteState)], filters=[_stripped])
    within = WholeNumberField(lazy_gettext("Hold ends within hours"),
                              [Optional(), whole_number_between(1, MOST_HOURS)])

    def columns(self) -> tuple[SalesColumn, ...]:
        """Give the columns that the list can be sorted by."""
        return tuple(SalesColumn)

    def wanted(self, zone: ZoneInfo) -> QuoteFilter:
        """Give the filter; only after the form was found right."""
        state = QuoteState(self.state.data) if self.state.data else None
        return QuoteFilter(**self.shared(zone), state=state, expiring_within_hours=self.within.number)


class OrderListForm(SalesListForm):
    """What orders are filtered by."""

    made_from = DayField(lazy_gettext("Accepted from"), [Optional(), _real_day])
    made_to = DayField(lazy_gettext("Accepted to"), [Optional(), _real_day])
    state = StringField(lazy_gettext("State"), [Optional(), _one_of(OrderState)], filters=[_stripped])

    def wanted(self, zone: ZoneInfo) -> OrderFilter:
        """Give the filter; only after the form was found right."""
        return OrderFilter(**self.shared(zone), state=OrderState(self.state.data) if self.state.data else None)


FORMS: Mapping[str, type[QuoteListForm] | type[OrderListForm]] = {"quotes": QuoteListForm, "orders": OrderListForm}


def read_query(list_name: str, text: str) -> str | None:
    """Read address arguments that came from outside; give them as this list writes them, None when they are wrong.

    Parameters
    ----------
    list_name
        ``quotes`` or ``orders``.
    text
        As it stands behind the question mark of an address.
    """
    if len(text) > LONGEST_QUERY:
        return None
    try:
        pairs = parse_qsl(text, keep_blank_values=True, max_num_fields=40, errors="strict")
    except ValueError:
        return None
    form = FORMS[list_name](MultiDict(pairs))
    if not form.validate():
        return None
    written = urlencode(form.query())
    return written if len(written) <= LONGEST_QUERY else None


def _midnight(day: date | None, zone: ZoneInfo, *, days: int = 0) -> datetime | None:
    if day is None:
        return None
    return datetime.combine(day + timedelta(days=days), time(), tzinfo=zone).astimezone(UTC)


class SaveViewForm(FlaskForm):  # type: ignore[misc]  # flask_wtf has no types
    """A name for the list as it is filtered now."""

    title = StringField(lazy_gettext("Name of this view"), [clean_text(least=1, most=LONGEST_TITLE)])
    query = StringField(lazy_gettext("View"))
    key = KeyField()


class ChangeViewForm(FlaskForm):  # type: ignore[misc]  # flask_wtf has no types
    """What is done to a saved view: a new name, the default, or its end."""

    title = StringField(lazy_gettext("Name"), [clean_text(least=1, most=LONGEST_TITLE)])
