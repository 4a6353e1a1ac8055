"""The forms of contacts, companies and price groups."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from fractions import Fraction

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import BooleanField, Field, SelectField, StringField, TextAreaField
from wtforms.form import BaseForm
from wtforms.validators import Optional, ValidationError
from wtforms.widgets import HiddenInput

from catalog.text import Text
from ordering.customer import (
    CURRENCIES,
    LONGEST_ADDRESS_LINE,
    MOST_ADDRESS_LINES,
    Company,
    CompanyEntry,
    Contact,
    ContactEntry,
    PriceGroup,
    discount_text,
    is_price_group_code,
    is_tax_id,
    is_telephone,
)
from ordering.price_group import GroupDiscountEntry
from web.forms.fields import (
    AmountField,
    DayField,
    WholeNumberField,
    amount_at_most,
    clean_text,
    email_address,
    is_readable,
    whole_number_between,
)
from web.forms.keys import KeyField
from web.forms.scenario import listed
from web.words import gettext as _

MAX_VERSION = 999_999_999
LANGUAGE_NAMES = {"en": "English", "zh": "简体中文"}


def tax_id(_form: BaseForm, field: Field) -> None:
    """Want nothing, or letters, digits and separators in the form of a tax id."""
    field.data = (field.data or "").strip().upper()
    if field.data and not is_tax_id(field.data):
        raise ValidationError(_("A tax id has 4 to 30 letters A to Z, digits, spaces, points, hyphens or slashes."))


def telephone(_form: BaseForm, field: Field) -> None:
    """Want nothing, or a telephone number."""
    field.data = (field.data or "").strip()
    if field.data and not is_telephone(field.data):
        raise ValidationError(_("Enter a telephone number, such as +86 512 6000 1234."))


def address_lines(_form: BaseForm, field: Field) -> None:
    """Want at most six lines of readable text."""
    lines = lines_of(field.data)
    if len(lines) > MOST_ADDRESS_LINES or any(len(line) > LONGEST_ADDRESS_LINE for line in lines):
        raise ValidationError(_("Enter at most %(lines)s lines of %(characters)s characters.",
                                lines=MOST_ADDRESS_LINES, characters=LONGEST_ADDRESS_LINE))
    if not all(is_readable(line) for line in lines):
        raise ValidationError(_("Use letters, digits and common signs."))


def lines_of(text: str | None) -> tuple[str, ...]:
    """Give the lines of a text that are not empty."""
    parts = (text or "").replace("\r\n", "\n").split("\n")
    return tuple(line.strip() for line in parts if line.strip())


class VersionForm(FlaskForm):  # type: ignore[misc]  # flask_wtf has no types
    """A form that adds once, by its key, or changes what was seen in a version."""

    key = KeyField()
    version = WholeNumberField(widget=HiddenInput(), validators=[whole_number_between(1, MAX_VERSION)], default="1")


class ContactForm(VersionForm):
    """What is entered about a contact."""

    name = StringField(lazy_gettext("Name"), [clean_text(least=1, most=120)])
    email = StringField(lazy_gettext("E-mail"), [email_address])
    telephone = StringField(lazy_gettext("Telephone"), [telephone])
    language = SelectField(lazy_gettext("Language"), choices=listed(LANGUAGE_NAMES.items()))
    company_id = SelectField(lazy_gettext("Company"))

    def offer_companies(self, companies: Iterable[Company]) -> None:
        """List the companies to choose from."""
        self.company_id.choices = listed((str(item.id), item.entry.name) for item in companies)

    def show(self, contact: Contact) -> None:
        """Fill in a contact as it stands."""
        entry = contact.entry
        self.name.data, self.email.data, self.telephone.data = entry.name, entry.email, entry.telephone
        self.language.data = entry.language
        self.company_id.data = "" if entry.company_id is None else str(entry.company_id)
        self.version.data = str(contact.version)

    def entry(self) -> ContactEntry:
        """Give what was typed."""
        company = str(self.company_id.data or "")
        return ContactEntry(str(self.name.data), str(self.email.data), str(self.telephone.data),
                            str(self.language.data or ""), int(company) if company else None)


class CompanyForm(VersionForm):
    """What is entered about a company."""

    name = StringField(lazy_gettext("Name"), [clean_text(least=1, most=120)])
    tax_id = StringField(lazy_gettext("Tax id"), [tax_id])
    language = SelectField(lazy_gettext("Language"), choices=listed(LANGUAGE_NAMES.items()))
    currency = SelectField(lazy_gettext("Currency"), choices=listed((code, code) for code in CURRENCIES))
    price_group_id = SelectField(lazy_gettext("Price group"))
    billing_address = TextAreaField(lazy_gettext("Billing address"), [address_lines])
    delivery_address = TextAreaField(lazy_gettext("Delivery address"), [address_lines])

    def offer_price_groups(self, groups: Iterable[PriceGroup], language: str) -> None:
        """List the price groups to choose from."""
        self.price_group_id.choices = listed(
            (str(item.id), item.title.in_language(language)) for item in groups)

    def show(self, company: Company) -> None:
        """Fill in a company as it stands."""
        entry = company.entry
        self.name.data, self.tax_id.data = entry.name, entry.tax_id
        self.language.data, self.currency.data = entry.language, entry.currency
        self.price_group_id.data = "" if entry.price_group_id is None else str(entry.price_group_id)
        self.billing_address.data = "\n".join(entry.billing_address)
        self.delivery_address.data = "\n".join(entry.delivery_address)
        self.version.data = str(company.version)

    def entry(self) -> CompanyEntry:
        """Give what was typed."""
        group = str(self.price_group_id.data or "")
        return CompanyEntry(
            str(self.name.data), str(self.tax_id.data), str(self.language.data or ""), str(self.currency.data or ""),
            int(group) if group else None, lines_of(self.billing_address.data), lines_of(self.delivery_address.data))


def _code(_form: BaseForm, field: Field) -> None:
    field.data = (field.data or "").strip()
    if not is_price_group_code(field.data):
        raise ValidationError(_("Use 1 to 20 small letters a to z, digits, hyphens or underscores."))


class PriceGroupForm(VersionForm):
    """The terms of a price group."""

    code = StringField(lazy_gettext("Code"), [_code])
    title_en = StringField(lazy_gettext("Title in English"), [clean_text(least=1, most=80)])
    title_zh = StringField(lazy_gettext("Title in Chinese"), [clean_text(least=0, most=80)])
    discount = AmountField(lazy_gettext("Discount in percent"), [amount_at_most(100)], default="0")

    def show(self, group: PriceGroup) -> None:
        """Fill in a price group as it stands."""
        words = dict(group.title.entries)
        self.code.data = group.code
        self.title_en.data, self.title_zh.data = words.get("en", ""), words.get("zh", "")
        self.discount.data = discount_text(group.discount_percent)
        self.version.data = str(group.version)

    def title_words(self) -> Text:
        """Give the title in the languages that were filled in."""
        words = {"en": str(self.title_en.data), "zh": str(self.title_zh.data)}
        return Text.of({language: text for language, text in words.items() if text})

    def percent(self) -> Fraction:
        """Give the discount, exact."""
        return Fraction(self.discount.minor or 0, 100)


def _real_day(_form: BaseForm, field: Field) -> None:
    if getattr(field, "day", None) is None:
        raise ValidationError(_("Enter a day such as 2027-03-08."))


class GroupDiscountForm(VersionForm):
    """A product's discount in a price book; an empty day leaves that side of the period open."""

    product_code = SelectField(lazy_gettext("Product"))
    percent = AmountField(lazy_gettext("Discount in percent"), [amount_at_most(100)], default="0")
    valid_from = DayField(lazy_gettext("First day"), [Optional(), _real_day])
    last_day = DayField(lazy_gettext("Last day"), [Optional(), _real_day])

    def offer_products(self, products: Iterable[tuple[str, str]], chosen: str = "") -> None:
        """List the products to choose from, pairs of code and title, and the chosen one even if it is sold no more."""
        known = dict(products)
        if chosen:
            known.setdefault(chosen, chosen)
        self.product_code.choices = list(known.items())

    def show(self, entry: GroupDiscountEntry) -> None:
        """Fill in an entry as it stands."""
        self.product_code.data, self.percent.data = entry.product_code, discount_text(entry.discount_percent)
        self.valid_from.data = "" if entry.valid_from is None else entry.valid_from.isoformat()
        last = last_day_of(entry)
        self.last_day.data = "" if last is None else last.isoformat()

    def entry(self) -> GroupDiscountEntry:
        """Give what was typed."""
        last = self.last_day.day
        return GroupDiscountEntry(str(self.product_code.data), Fraction(self.percent.minor or 0, 100),
                                  self.valid_from.day, None if last is None else last + timedelta(days=1))

    def tell(self, field: str, words: str) -> None:
        """Put a refusal beside the field it is about; ``discount`` is the percentage."""
        self["percent" if field == "discount" else field].errors = [words]


def last_day_of(entry: GroupDiscountEntry) -> date | None:
    """Give the last day on which an entry of a price book counts; None where it has no end."""
    return None if entry.valid_until is None else entry.valid_until - timedelta(days=1)


class RemoveForm(FlaskForm):  # type: ignore[misc]  # flask_wtf has no types
    """What is taken out of a price book, in the version that was seen."""

    version = WholeNumberField(widget=HiddenInput(), validators=[whole_number_between(1, MAX_VERSION)])


class MergeForm(FlaskForm):  # type: ignore[misc]  # flask_wtf has no types
    """The contact that is merged, once more confirmed by its number."""

    other = WholeNumberField(widget=HiddenInput(), validators=[whole_number_between(1, MAX_VERSION)])


class DifferenceForm(FlaskForm):  # type: ignore[misc]  # flask_wtf has no types
    """Two entries that look alike and are not the same."""

    one = WholeNumberField(widget=HiddenInput(), validators=[whole_number_between(1, MAX_VERSION)])
    other = WholeNumberField(widget=HiddenInput(), validators=[whole_number_between(1, MAX_VERSION)])


class EraseForm(FlaskForm):  # type: ignore[misc]  # flask_wtf has no types
    """The consent to an erasure, which nobody can take back."""

    is_sure = BooleanField(lazy_gettext("I understand that nobody can bring this back"))
    with_company = BooleanField(lazy_gettext("Erase the company, too"))

    def validate_is_sure(self, field: Field) -> None:
        """Want the tick."""
        if not field.data:
            raise ValidationError(_("Tick this to erase."))
