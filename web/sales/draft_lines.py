"""The lines of a draft as its pages show them: what each is, its picture, its fields and its figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from markupsafe import Markup
from sqlalchemy.orm import Session

from catalog import service as catalog
from catalog.errors import ProductVersionNotFound
from catalog.money import Money
from catalog.product import AttributeKind, ProductDefinition, Value
from catalog.text import Text
from configurator.derived import all_values
from configurator.input import parse_choices
from ordering import service as ordering
from ordering.draft import ConfiguredLine, DraftLine, FreeLine, SectionLine
from ordering.errors import ConfigurationNotSaleable
from web import formatting
from web.forms.drafts import LineForm
from web.sales.draft_figures import DraftFigures, LineMoney
from web.sales.draft_words import standing_words
from web.shop.page import draw, product_title
from web.shop.wording import NO, attribute_title, brief_words, is_yes_no
from web.words import gettext as _

MOST_NAMED = 8


@dataclass(frozen=True, slots=True)
class LineFacts:
    """What a configured line is, whatever it costs."""

    definition: ProductDefinition
    title: str
    words: str
    picture: Markup


@dataclass(frozen=True, slots=True)
class LineCard:
    """A line in the editor or in a table."""

    place: int
    """From 0."""
    number: str
    """Sections are not counted."""
    kind: str
    title: str
    words: str
    picture: Markup
    standing: str
    """Empty when it is part of the total."""
    quantity: str
    money: LineMoney | None
    form: LineForm | None
    asks: tuple[tuple[str, str], ...]
    """The choices whose other options can be asked for: code and title."""
    panel: object = None
    is_first: bool = False
    is_last: bool = False
    unit: str = ""


def build_cards(
    session: Session, *, lines: Sequence[DraftLine | None], forms: Sequence[LineForm | None],
    figures: DraftFigures | None, on: date, currency: str, cache_directory: Path, panels: Mapping[int, object]
) -> tuple[LineCard, ...]:
    """Build the cards of all lines.

    Parameters
    ----------
    session
        Only read.
    lines
        What was typed; None for a line with errors.
    forms
        The fields of each line; None where it is only read.
    figures
        None when the draft cannot be priced as it stands.
    on
        Day whose rules count.
    currency
        The quote's.
    cache_directory
        Where compiled models are kept between processes.
    panels
        What stands open under a line, by place.
    """
    cards, number = [], 0
    for place, (line, form) in enumerate(zip(lines, forms, strict=True)):
        kind = _kind(line, form)
        number += kind != "section"
        facts = _facts(session, line, form, on, cache_directory)
        priced = not isinstance(line, SectionLine) and line is not None
        cards.append(LineCard(
            place=place, number=str(number) if kind != "section" else "", kind=kind,
            title=facts.title if facts else _title(line, form), words=facts.words if facts else "",
            picture=facts.picture if facts else Markup(),
            standing=standing_words(line.standing) if priced and not isinstance(line, SectionLine) and line else "",
            quantity=formatting.count(line.quantity) if isinstance(line, ConfiguredLine | FreeLine) else "",
            money=figures.lines.get(place) if figures else None, form=form,
            asks=_asks(facts.definition) if facts else (), panel=panels.get(place), is_first=place == 0,
            is_last=place == len(lines) - 1,
            unit=formatting.plain_money(Money(line.unit_minor, currency)) if isinstance(line, FreeLine) else ""))
    return tuple(cards)


def _kind(line: DraftLine | None, form: LineForm | None) -> str:
    if isinstance(line, SectionLine):
        return "section"
    if isinstance(line, ConfiguredLine):
        return "configured"
    return str(form.kind.data) if line is None and form is not None else "free"


def _title(line: DraftLine | None, form: LineForm | None) -> str:
    if isinstance(line, FreeLine | SectionLine):
        return line.title.in_language(formatting.language()) or _("without a title yet")
    typed = (form.title_en.data or form.title_zh.data or "") if form is not None else ""
    return str(typed)[:200] or _("without a title yet")


def _facts(
    session: Session, line: DraftLine | None, form: LineForm | None, on: date, cache_directory: Path
) -> LineFacts | None:
    if line is None and form is not None and form.kind.data == "configured" and not form.kind.errors:
        try:
            line = ConfiguredLine(str(form.product.data), ())
            return _described(session, line, on, cache_directory)
        except ProductVersionNotFound:
            return None
    if not isinstance(line, ConfiguredLine):
        return None
    try:
        return _described(session, line, on, cache_directory)
    except ProductVersionNotFound:
        return LineFacts(ProductDefinition("", Text(), ()), _("Unknown product"), "", Markup())


def _described(session: Session, line: ConfiguredLine, on: date, cache_directory: Path) -> LineFacts:
    """Name and draw a configured line: its whole selection, or what was chosen where that cannot be made."""
    definition = catalog.get_version(session, content_hash=line.content_hash).definition
    values: Mapping[str, Value]
    try:
        values = ordering.complete(session, ordering.LineRequest(line.content_hash, dict(line.choices), line.quantity),
                                   on=on, cache_directory=cache_directory).selection
        picture = draw(definition, values, all_values(definition, values), is_thumbnail=True)
    except ConfigurationNotSaleable:
        values, picture = parse_choices(definition, dict(line.choices)).selection, Markup()
    chosen = {code: value for code, value in values.items() if code in dict(line.choices)} or values
    return LineFacts(definition, product_title(definition), _brief(definition, chosen), picture)


def _brief(definition: ProductDefinition, values: Mapping[str, Value]) -> str:
    words = []
    for attribute in definition.attributes:
        value = values.get(attribute.code)
        if value is None or value in {"", NO, "none", "no"}:
            continue
        words.append(attribute_title(attribute) if is_yes_no(attribute) else brief_words(attribute, value))
    more = len(words) - MOST_NAMED
    named = formatting.enumerated(words[:MOST_NAMED])
    return _("%(words)s and %(count)s more", words=named, count=more) if more > 0 else named


def _asks(definition: ProductDefinition) -> tuple[tuple[str, str], ...]:
    return tuple((item.code, attribute_title(item)) for item in definition.attributes
                 if item.kind is AttributeKind.CHOICE and len(item.options) > 1)

