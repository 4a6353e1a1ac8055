"""What-if for the sales desk: the other options of one choice of a line, each with its price, margin and day."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path

from sqlalchemy.orm import Session

from catalog.product import Attribute, AttributeKind
from configurator import service as configurator
from configurator.explanation import explain_value
from configurator.input import parse_choices
from configurator.reasoning import without_texts
from ordering.approval import DiscountLimits
from ordering.configured import LineRequest, complete
from ordering.draft import ConfiguredLine, QuoteDraft
from ordering.draft_preview import plant_day, preview_draft
from ordering.errors import ConfigurationNotSaleable, DraftInvalid


@dataclass(frozen=True, slots=True)
class OptionFigures:
    """What a line would be with one option; money in minor units of the quote's currency, with all discounts."""

    option: str
    choices: Mapping[str, str]
    """The line's choices that lead to it."""
    changed: tuple[str, ...]
    """Other attributes that have to change with it, by the smallest repair."""
    is_present: bool
    net_minor: int | None = None
    """None where the option cannot be had, or only with other choices that nobody found."""
    margin_minor: int | None = None
    promised_on: date | None = None


def compare_line_options(
    session: Session, *, draft: QuoteDraft, position: int, attribute: str, limits: DiscountLimits, now: datetime,
    cache_directory: Path | None = None
) -> tuple[OptionFigures, ...]:
    """Price and plan every option of one choice of a configured line; writes nothing.

    Parameters
    ----------
    session
        Only read.
    draft
        As it is typed.
    position
        Place of the line, from 0.
    attribute
        A choice of its product.
    limits
        Of discount and margin.
    now
        Aware UTC.
    cache_directory
        Where compiled models are kept between processes.

    Returns
    -------
    tuple of OptionFigures
        In the product's order.

    Raises
    ------
    DraftInvalid
        There is no such configured line or choice, or the draft cannot be planned as it stands.
    ConfigurationNotSaleable
        The line breaks a rule as it stands.
    """
    line = _line(draft, position)
    on = plant_day(session, draft, now)
    present = complete(session, LineRequest(line.content_hash, dict(line.choices), line.quantity), on=on,
                       cache_directory=cache_directory)
    found = _attribute(present.definition.attribute(attribute))
    answers = []
    for option in found.options:
        taken = _with_option(session, line, found.code, option.code, on=on, cache_directory=cache_directory)
        is_present = str(present.selection.get(found.code)) == option.code
        if is_present:
            taken = line
        figures = OptionFigures(option.code, dict((taken or line).choices), _changed(line, taken, found.code),
                                is_present)
        answers.append(figures if taken is None else _with_figures(
            session, figures, draft, taken, limits=limits, now=now, cache_directory=cache_directory))
    return tuple(answers)


def take_line_option(
    session: Session, *, draft: QuoteDraft, position: int, attribute: str, option: str, now: datetime,
    cache_directory: Path | None = None
) -> QuoteDraft:
    """Give a draft whose line has one option chosen, with the smallest change of its other choices; writes nothing.

    Raises
    ------
    DraftInvalid
        There is no such line, choice or option, or it cannot be had.
    """
    line = _line(draft, position)
    taken = _with_option(session, line, attribute, option, on=plant_day(session, draft, now),
                         cache_directory=cache_directory)
    if taken is None:
        raise DraftInvalid("This option cannot be had here.", field=f"lines[{position}].choices")
    return replace(draft, lines=(*draft.lines[:position], taken, *draft.lines[position + 1:]))


def _line(draft: QuoteDraft, position: int) -> ConfiguredLine:
    line = draft.lines[position] if 0 <= position < len(draft.lines) else None
    if not isinstance(line, ConfiguredLine):
        raise DraftInvalid("There is no such configured line.", field="lines")
    return line


def _attribute(found: Attribute | None) -> Attribute:
    if found is None or found.kind is not AttributeKind.CHOICE:
        raise DraftInvalid("There is no such choice.", field="attribute")
    return found


def _with_option(
    session: Session, line: ConfiguredLine, attribute: str, option: str, *, on: date, cache_directory: Path | None
) -> ConfiguredLine | None:
    """Choose an option; where other choices stand against it, with the smallest repair. None when there is none."""
    product = configurator.load_model(session, content_hash=line.content_hash, on=on, cache_directory=cache_directory)
    known = product.definition.attribute(attribute)
    if known is None or known.option(option) is None:
        return None
    choices = {**dict(line.choices), attribute: option}
    wanted = parse_choices(product.definition, choices)
    if product.model.is_consistent(without_texts(product.definition, wanted.selection)):
        return replace(line, choices=tuple(sorted(choices.items())))
    before = parse_choices(product.definition, dict(line.choices)).selection
    why = explain_value(product.model, product.appraiser, without_texts(product.definition, before),
                        attribute=attribute, value=option)
    if why is None or not why.repairs:
        return None
    for change in why.repairs[0].changes:
        choices[change.attribute] = str(change.after)
    return replace(line, choices=tuple(sorted(choices.items())))


def _changed(line: ConfiguredLine, taken: ConfiguredLine | None, attribute: str) -> tuple[str, ...]:
    if taken is None:
        return ()
    before = dict(line.choices)
    return tuple(code for code, raw in taken.choices if code != attribute and before.get(code) != raw)


def _with_figures(
    session: Session, figures: OptionFigures, draft: QuoteDraft, line: ConfiguredLine, *, limits: DiscountLimits,
    now: datetime, cache_directory: Path | None
) -> OptionFigures:
    alone = QuoteDraft(draft.header, (replace(line, breaks=()),))
    try:
        preview = preview_draft(session, draft=alone, limits=limits, now=now, cache_directory=cache_directory)
    except ConfigurationNotSaleable:
        return figures
    (priced,), (promise,) = preview.totals.lines, preview.promises
    return replace(figures, net_minor=priced.net_minor, margin_minor=priced.margin_minor,
                   promised_on=promise.promised_on)
