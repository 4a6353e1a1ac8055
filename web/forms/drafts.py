"""The forms of a quote's draft: its header, its lines, and the small steps around them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from fractions import Fraction
from typing import Any
from urllib.parse import parse_qsl

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    Field,
    FieldList,
    Form,
    FormField,
    HiddenField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # the stubs know it not yet
from wtforms.form import BaseForm
from wtforms.validators import ValidationError

from catalog.text import Text
from ordering.customer import CURRENCIES
from ordering.draft import (
    ConfiguredLine,
    DraftHeader,
    DraftLine,
    FreeLine,
    QuoteDraft,
    SectionLine,
    Standing,
)
from ordering.draft_codec import LONGEST, MOST_BREAKS, MOST_LINES, MOST_QUANTITY
from ordering.quote import Alternative
from ordering.translation import LARGEST_QUANTITY
from web.forms.customers import LANGUAGE_NAMES
from web.forms.fields import (
    AmountField,
    DayField,
    WholeNumberField,
    amount_at_most,
    clean_lines,
    clean_text,
    email_address,
    whole_number_between,
)
from web.forms.keys import KeyField
from web.words import gettext as _

MAX_VERSION = 999_999_999
MOST_WHOLE_AMOUNT = 9_999_999
MOST_VALIDITY_DAYS = 90
LONGEST_REASON = 500
LARGEST_RATE = 10**6
_EXACT = re.compile(r"(?:0|[1-9][0-9]{0,6})(?:[.,][0-9]{1,8})?", re.ASCII)
_SHARE = re.compile(r"[0-9]{1,15}/[1-9][0-9]{0,14}", re.ASCII)
_HASH = re.compile(r"[0-9a-f]{64}")
_BREAKS = re.compile(r"[,;、，；\s]+")
_WHOLE = re.compile(r"[1-9][0-9]{0,6}", re.ASCII)
KINDS = ("configured", "free", "section")


def offered(entries: Iterable[tuple[str, str]]) -> list[SelectChoice]:
    """Give the entries of a list, pairs of value and words."""
    return [SelectChoice(value, words) for value, words in entries]


class ExactField(StringField):
    """A number in plain digits, with decimals after a point or comma, or a share such as 1/3; ``exact`` is exact."""

    exact: Fraction | None = None

    def process_data(self, value: Any) -> None:  # Any: what WTForms hands on
        """Take a default given as text."""
        self._take(value or "")

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Read what was typed; it stays in the field as it is."""
        if valuelist:
            self._take(str(valuelist[-1]).strip())

    def _take(self, text: str) -> None:
        self.data = text
        is_number = _EXACT.fullmatch(text) is not None
        self.exact = Fraction(text.replace(",", ".")) if is_number or _SHARE.fullmatch(text) else None


def percentage(_form: BaseForm, field: Field) -> None:
    """Want a percentage from 0 to 100."""
    exact = getattr(field, "exact", None)
    if exact is None or exact > 100:
        raise ValidationError(_("Enter a percentage from 0 to 100, such as 12.5."))


def rate_of_exchange(_form: BaseForm, field: Field) -> None:
    """Want a rate within bounds."""
    exact = getattr(field, "exact", None)
    if exact is None or not Fraction(1, LARGEST_RATE) <= exact <= LARGEST_RATE:
        raise ValidationError(_("Enter a rate above 0, such as 0.128."))


def plain_exact(value: Fraction) -> str:
    """Write an exact number as it is typed: with decimals where they are finite, else as a share."""
    for digits in range(9):
        scaled = value * 10**digits
        if scaled.denominator == 1:
            text = str(scaled.numerator).rjust(digits + 1, "0")
            return f"{text[:-digits]}.{text[-digits:]}" if digits else text
    return f"{value.numerator}/{value.denominator}"


def quantities(text: str, most: int) -> tuple[int, ...] | None:
    """Read quantities apart by commas or spaces, rising; None for anything else."""
    found = set()
    for word in _BREAKS.split(text.strip()) if text.strip() else ():
        if not _WHOLE.fullmatch(word) or not 1 <= int(word) <= most:
            return None
        found.add(int(word))
    return tuple(sorted(found)) if len(found) <= MOST_BREAKS else None


class LineForm(Form):
    """One line of a draft; its kind says which fields count."""

    kind = HiddenField()
    product = HiddenField()
    """Hash of the product's version."""
    choices = HiddenField()
    """As the configurator's address says them."""
    title_en = StringField(lazy_gettext("Title in English"))
    title_zh = StringField(lazy_gettext("Title in Chinese"))
    quantity = WholeNumberField(lazy_gettext("Quantity"), default="1")
    standing = SelectField(lazy_gettext("In the total"), default=Standing.INCLUDED.value, choices=offered([
        (Standing.INCLUDED.value, lazy_gettext("included")), (Standing.OPTIONAL.value, lazy_gettext("optional")),
        (Standing.ALTERNATIVE.value, lazy_gettext("alternative"))]))
    discount = ExactField(lazy_gettext("Discount in percent"), default="0")
    breaks = StringField(lazy_gettext("Other quantities"))
    unit = AmountField(lazy_gettext("Price of one"), default="0")
    tax = ExactField(lazy_gettext("Tax in percent"), default="13")
    cost = AmountField(lazy_gettext("Our cost of one"), default="")
    ask = StringField(lazy_gettext("What if"))
    """The choice whose other options are asked for; never stored."""

    @property
    def most(self) -> int:
        """The largest quantity of this kind of line."""
        return LARGEST_QUANTITY if self.kind.data == "configured" else MOST_QUANTITY

    def validate_kind(self, field: Field) -> None:
        """Want a known kind, and a product for a configured line."""
        is_known = field.data in KINDS and (field.data != "configured" or _HASH.fullmatch(self.product.data or ""))
        if not is_known or len(self.choices.data or "") > 40_000:
            raise ValidationError(_("Open the page again and repeat the step."))

    def validate_title_en(self, field: Field) -> None:
        """Want a readable title, or none while it is being typed."""
        self._check(field, clean_text(least=0, most=LONGEST["title"]), "free", "section")

    def validate_title_zh(self, field: Field) -> None:
        """Want what the English title wants."""
        self.validate_title_en(field)

    def validate_quantity(self, field: Field) -> None:
        """Want pieces."""
        self._check(field, whole_number_between(1, self.most), "free", "configured")

    def validate_discount(self, field: Field) -> None:
        """Want a percentage."""
        self._check(field, percentage, "free", "configured")

    def validate_breaks(self, field: Field) -> None:
        """Want quantities."""
        if self.kind.data != "section" and quantities(field.data or "", self.most) is None:
            raise ValidationError(_("Enter whole numbers from 1 to %(most)s apart by commas, at most %(count)s.",
                                    most=self.most, count=MOST_BREAKS))

    def validate_unit(self, field: Field) -> None:
        """Want an amount."""
        self._check(field, amount_at_most(MOST_WHOLE_AMOUNT), "free")

    def validate_tax(self, field: Field) -> None:
        """Want a percentage."""
        self._check(field, percentage, "free")

    def validate_cost(self, field: Field) -> None:
        """Want an amount, or nothing where nobody knows it."""
        if field.data:
            self._check(field, amount_at_most(MOST_WHOLE_AMOUNT), "free")

    def _check(self, field: Field, check: Any, *kinds: str) -> None:  # Any: a validator
        if self.kind.data in kinds:
            check(self, field)

    def line(self) -> DraftLine:
        """Give what was typed; only of a line without errors."""
        title = Text.of({language: words for language, words in
                         (("en", self.title_en.data or ""), ("zh", self.title_zh.data or "")) if words})
        if self.kind.data == "section":
            return SectionLine(title)
        quantity, discount = self.quantity.number or 1, self.discount.exact or Fraction(0)
        standing, breaks = Standing(self.standing.data), quantities(self.breaks.data or "", self.most) or ()
        if self.kind.data == "configured":
            choices = dict(parse_qsl(self.choices.data or ""))
            return ConfiguredLine(str(self.product.data), tuple(sorted(choices.items())), quantity, standing, discount,
                                  breaks)
        cost = self.cost.minor if self.cost.data else None
        return FreeLine(title, quantity, self.unit.minor or 0, self.tax.exact or Fraction(0), cost, standing, discount,
                        breaks)


def _address(form: BaseForm, field: Field) -> None:
    if (field.data or "").strip():
        email_address(form, field)
    else:
        field.data = ""


class DraftForm(FlaskForm):  # type: ignore[misc]  # flask_wtf has no types
    """All that is typed of a draft."""

    version = WholeNumberField(validators=[whole_number_between(1, MAX_VERSION)], default="1")
    find = StringField(lazy_gettext("Find a customer"), [clean_text(least=0, most=100)])
    customer_name = StringField(lazy_gettext("Customer"), [clean_text(least=0, most=LONGEST["customer_name"])])
    customer_email = StringField(lazy_gettext("E-mail"), [_address])
    reference = StringField(lazy_gettext("Customer's reference"), [clean_text(least=0, most=LONGEST["reference"])])
    destination = SelectField(lazy_gettext("Delivered to"))
    language = SelectField(lazy_gettext("Language of the quote"), choices=offered(LANGUAGE_NAMES.items()),
                           default="en")
    alternative = SelectField(lazy_gettext("Way to make it"), default=Alternative.DEFAULT.value, choices=offered([
        (Alternative.DEFAULT.value, lazy_gettext("as offered first: the cheapest in time")),
        (Alternative.CHEAPEST.value, lazy_gettext("cheapest")),
        (Alternative.FASTEST.value, lazy_gettext("fastest")),
        (Alternative.GREENEST.value, lazy_gettext("greenest"))]))
    currency = SelectField(lazy_gettext("Currency"), choices=offered((code, code) for code in CURRENCIES))
    rate = ExactField(lazy_gettext("Frozen rate"), [rate_of_exchange], default="1")
    payment_terms = TextAreaField(lazy_gettext("Payment terms"), [clean_lines(least=0, most=LONGEST["payment_terms"])])
    delivery_terms = TextAreaField(
        lazy_gettext("Delivery terms"), [clean_lines(least=0, most=LONGEST["delivery_terms"])])
    validity_days = WholeNumberField(
        lazy_gettext("Valid for"), [whole_number_between(1, MOST_VALIDITY_DAYS)], default="2")
    notes_en = TextAreaField(lazy_gettext("Note in English"), [clean_lines(least=0, most=LONGEST["notes"])])
    notes_zh = TextAreaField(lazy_gettext("Note in Chinese"), [clean_lines(least=0, most=LONGEST["notes"])])
    total_discount = ExactField(lazy_gettext("Discount on the total"), [percentage], default="0")
    product = SelectField(lazy_gettext("Product"), validate_choice=False)
    lines = FieldList(FormField(LineForm))

    def offer(self, *, destinations: Iterable[tuple[str, str]], products: Iterable[tuple[str, str]]) -> None:
        """List the places and the products to choose from."""
        self.destination.choices = offered(destinations)
        self.product.choices = offered(products)

    def validate_lines(self, field: FieldList[FormField[LineForm]]) -> None:
        """Want not too many lines."""
        if len(field.entries) > MOST_LINES:
            raise ValidationError(_("A quote has at most %(most)s lines.", most=MOST_LINES))

    def draft(self) -> QuoteDraft:
        """Give what was typed; only of a form without errors."""
        notes = {"en": str(self.notes_en.data or ""), "zh": str(self.notes_zh.data or "")}
        return QuoteDraft(DraftHeader(
            currency=str(self.currency.data), customer_name=str(self.customer_name.data or ""),
            customer_email=str(self.customer_email.data or ""), reference=str(self.reference.data or ""),
            destination=str(self.destination.data or ""), language=str(self.language.data),
            alternative=Alternative(self.alternative.data), rate=self.rate.exact or Fraction(1),
            payment_terms=str(self.payment_terms.data or ""), delivery_terms=str(self.delivery_terms.data or ""),
            validity_days=self.validity_days.number or 1,
            notes=Text.of({language: words for language, words in notes.items() if words}),
            total_discount=self.total_discount.exact or Fraction(0),
        ), tuple(entry.form.line() for entry in self.lines.entries))


class NewDraftForm(FlaskForm):  # type: ignore[misc]  # flask_wtf has no types
    """What a new quote starts from: nothing, a contact, or what was configured."""

    key = KeyField()
    contact = WholeNumberField()
    product = HiddenField()
    choices = HiddenField()


class TakeForm(FlaskForm):  # type: ignore[misc]  # flask_wtf has no types
    """A configuration that is taken into a draft: a new line, or another state of one that is there."""

    version = WholeNumberField(validators=[whole_number_between(1, MAX_VERSION)])
    line = WholeNumberField()
    product = HiddenField()
    choices = HiddenField()

    def validate_product(self, field: Field) -> None:
        """Want the hash of a version."""
        if not _HASH.fullmatch(field.data or "") or len(self.choices.data or "") > 40_000:
            raise ValidationError(_("Open the page again and repeat the step."))


class KeyForm(FlaskForm):  # type: ignore[misc]  # flask_wtf has no types
    """A step that happens once."""

    key = KeyField()


class ReviseForm(KeyForm):
    """The revision that is revised or lost, as it was seen."""

    revision = WholeNumberField(validators=[whole_number_between(1, MAX_VERSION)])


class EarlierForm(ReviseForm):
    """The earlier day that is sold with a revision."""

    day = DayField()


class StepForm(FlaskForm):  # type: ignore[misc]  # flask_wtf has no types
    """A step of a draft in the version that was seen."""

    version = WholeNumberField(validators=[whole_number_between(1, MAX_VERSION)])


class ReasonForm(StepForm):
    """A step with its reason."""

    reason = TextAreaField(lazy_gettext("Reason"), [clean_lines(least=1, most=LONGEST_REASON)])


class DecideForm(ReasonForm):
    """What a second person decides, with the reason."""

    decision = RadioField(lazy_gettext("Decision"), choices=offered([
        ("approve", lazy_gettext("I agree")), ("refuse", lazy_gettext("I refuse"))]))


class DropForm(StepForm):
    """The consent to put a draft away."""

    is_sure = BooleanField(lazy_gettext("I want to put this draft away for good"))

    def validate_is_sure(self, field: Field) -> None:
        """Want the tick."""
        if not field.data:
            raise ValidationError(_("Tick this to drop the draft."))


class SendForm(StepForm):
    """How a draft is sent."""

    key = KeyField()
    ways = RadioField(lazy_gettext("What the customer gets"), default="one", choices=offered([
        ("one", lazy_gettext("one way")),
        ("trio", lazy_gettext("cheapest, fastest and greenest, each with its own hold"))]))
