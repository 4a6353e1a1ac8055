"""From a query to its answer: one call of the configurator, put into the page's plain values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path

from sqlalchemy.orm import Session

from catalog.money import Money
from catalog.product import AttributeKind, ProductDefinition
from catalog.text import Text
from configurator import service as configurator
from configurator.configuration import OptionState, Selection
from configurator.derived import ShownValue, all_values
from configurator.explanation import Explanation
from configurator.repair import Repair as FoundRepair
from configurator.view import ConfigurationView
from web.shop.answer import Answer, Difference, Figure, FollowsFrom, PriceRow, Reason, Repair
from web.shop.mistakes import mistake_words
from web.shop.query import Query

_MOST_CAUSES = 12
"""How many options set by others get their causes named; each takes a search of its own."""


def keep_known(definition: ProductDefinition, query: Query) -> Query:
    """Drop from a query what is no attribute of the product, such as a name of an older version."""
    known = {attribute.code for attribute in definition.attributes}
    return replace(query, choices={code: raw for code, raw in query.choices.items() if code in known})


def gather_answer(session: Session, query: Query, *, product_code: str, on: date, cache_directory: Path,
                  is_long: bool, compares_options: bool = True) -> Answer:
    """Answer a query.

    Parameters
    ----------
    session
        Only read.
    query
        Choices of known attributes.
    product_code
        Whose newest version answers.
    on
        Plant-local day whose rules count.
    cache_directory
        Where compiled products are kept.
    is_long
        Whether the product is listed page by page; then causes are left unnamed, for they are searched one by one.
    compares_options
        Whether each option says what it would change.

    Raises
    ------
    ProductVersionNotFound
        No such product is published.
    """
    view = configurator.configure(session, product_code=product_code, choices=query.choices, on=on,
                                  cache_directory=cache_directory, compares_options=compares_options)
    if view.conflict is not None:
        return _contradiction(view, view.conflict)
    definition = view.version.definition
    options = _options(view)
    forced = [] if is_long else [code for code, states in options.items() if OptionState.FORCED in states.values()]
    causes = {code: cause for code in forced[:_MOST_CAUSES] if view.standing and (cause := configurator.find_cause(
        session, view=view, attribute=code, on=on, cache_directory=cache_directory)) is not None}
    return Answer(
        version=view.version,
        selection=view.selection,
        whole=view.whole if view.whole is not None else Selection(),
        options=options,
        numbers=view.domains.numbers if view.domains is not None else {},
        count=view.count,
        derived=view.derived,
        figures=tuple(_figure(item) for item in view.shown),
        price=view.price.total if view.price is not None else None,
        price_rows=_price_rows(view),
        co2_grams=view.material_co2_grams,
        differences={key: Difference(Money(item.price_delta_minor, definition.currency), None, item.co2_delta_grams)
                     for key, item in view.consequences.items()},
        input_errors=_input_errors(view),
        causes={code: FollowsFrom(cause.attributes, tuple(rule.reason for rule in cause.rules))
                for code, cause in causes.items()},
        why=_why(session, view, query, on=on, cache_directory=cache_directory),
        others={key: item.whole for key, item in view.consequences.items()},
        changes_needed=view.changes_needed,
        preferences=view.preferences,
        advice=view.advice,
    )


def _contradiction(view: ConfigurationView, conflict: Explanation) -> Answer:
    """Answer choices that contradict each other by these choices alone: no figure of another product is theirs."""
    definition = view.version.definition
    wish = {} if view.whole is None else {**view.whole, **view.selection}
    return Answer(
        version=view.version, selection=view.selection, whole=Selection(), count=0, numbers={},
        options={item.code: {str(view.selection[item.code]): OptionState.CHOSEN} for item in definition.attributes
                 if item.kind is AttributeKind.CHOICE and item.code in view.selection},
        derived=all_values(definition, wish), input_errors=_input_errors(view), conflict=_reason(conflict, view),
        wish=wish, is_void=view.domains is None)


def _options(view: ConfigurationView) -> Mapping[str, Mapping[str, OptionState]]:
    """Give the state of every option; for a chosen attribute the others are those that can replace it."""
    if view.domains is None:
        return {}
    has_figures = bool(view.consequences)
    found: dict[str, Mapping[str, OptionState]] = {}
    for attribute, states in view.domains.options.items():
        chosen = view.standing.get(attribute)
        if chosen is None:
            found[attribute] = states
            continue
        selectable = view.selectable.get(attribute, frozenset())
        found[attribute] = {
            code: OptionState.CHOSEN if code == chosen
            else OptionState.AVAILABLE if code in selectable or not has_figures else OptionState.EXCLUDED
            for code in states
        }
    return found


def _price_rows(view: ConfigurationView) -> tuple[PriceRow, ...]:
    if view.price is None:
        return ()
    return tuple(PriceRow(line.title, line.amount, line.billing.value, is_service=line.level.value != "product")
                 for line in (*view.price.lines, *view.price.recurring))


def _input_errors(view: ConfigurationView) -> Mapping[str, str]:
    definition = view.version.definition
    known = view.domains.numbers if view.domains is not None and view.conflict is None else {}
    found = {}
    for code, error in view.errors.items():
        attribute = definition.attribute(code)
        domain = known.get(code)
        found[code] = mistake_words(error, attribute, domain)
    for code in view.missing if view.conflict is None else ():
        attribute = definition.attribute(code)
        if attribute is not None and attribute.kind is AttributeKind.TEXT:
            found.setdefault(code, mistake_words(None, attribute, None))
    return found


def _why(session: Session, view: ConfigurationView, query: Query, *, on: date, cache_directory: Path) -> Reason | None:
    attribute_code, _colon, option = query.view.why.partition(":")
    attribute = view.version.definition.attribute(attribute_code)
    if attribute is None or attribute.option(option) is None or view.domains is None:
        return None
    found = configurator.explain(session, view=view, attribute=attribute_code, value=option, on=on,
                                 cache_directory=cache_directory)
    return _reason(found, view) if found is not None else None


def _reason(found: Explanation, view: ConfigurationView) -> Reason:
    return Reason(found.attributes, tuple(rule.reason or Text() for rule in found.rules),
                  tuple(_repair(repair, view.version.definition) for repair in found.repairs),
                  {code: view.selection[code] for code in found.attributes if code in view.selection},
                  {rule.reason: tuple(_figure(item) for item in rule.figures) for rule in found.rules})


def _figure(item: ShownValue) -> Figure:
    return Figure(item.code, item.title, item.value, item.unit, item.digits)


def _repair(repair: FoundRepair, definition: ProductDefinition) -> Repair:
    delta = None if repair.price_delta_minor is None else Money(repair.price_delta_minor, definition.currency)
    return Repair({change.attribute: (change.before, change.after) for change in repair.changes}, repair.whole,
                  Money(repair.price_minor, definition.currency), repair.co2_grams,
                  Difference(delta, None, repair.co2_delta_grams))
