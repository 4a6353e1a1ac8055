"""The configurator's page, put together from the answer and the forecast. Formatting only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from markupsafe import Markup

from catalog.product import AttributeKind, ProductDefinition, Value
from web import formatting
from web.drawings import draw_product
from web.drawings.window import draw_section
from web.shop.answer import Answer
from web.shop.forecast import Forecast
from web.shop.listing import build_listing, is_long, shown_attributes
from web.shop.offering_to_decide import build_deciding
from web.shop.parts import ConfigurePage, Preset
from web.shop.parts import Place as DeliveryPlace
from web.shop.pieces import PIECES, Pieces
from web.shop.query import Query
from web.shop.reasons import build_conflict, build_why
from web.shop.sections import Place, build_sections, build_steps, hidden_fields
from web.shop.summary import build_summary
from web.shop.wording import YES, choice_words, figure_words, option_title, value_words
from web.words import gettext as _

_MOST_FIGURES = 6


def build_page(answer: Answer, query: Query, forecast: Forecast | None, *, address: str,
               quote_address: str, pieces: Pieces | None = None) -> ConfigurePage:
    """Put the configurator's page together.

    Parameters
    ----------
    answer, query
        What the services say of the choices in the address.
    forecast
        The ways to make it; None when there is nothing to make.
    address, quote_address
        The pages of this product: its configurator, and where its quote is asked for.
    pieces
        The quantity asked for; None where that is asked on another page.
    """
    if pieces is not None and pieces.mistake:
        answer = replace(answer, input_errors={**answer.input_errors, PIECES: pieces.mistake})
    definition = answer.version.definition
    language = formatting.language()
    bare = Place(answer, query, address)
    place = Place(answer, query, address, build_why(bare))
    is_listed = is_long(answer)
    is_void = answer.is_void
    places = _places(forecast)
    summary = build_summary(place, forecast, quote_address=quote_address)
    shown = (frozenset(attribute.code for attribute in shown_attributes(answer, query.view)) if is_listed
             else frozenset(attribute.code for attribute in definition.attributes))
    return ConfigurePage(
        title=product_title(definition),
        family=family_title(definition),
        description=definition.description.in_language(language),
        version_words=_("Product version %(number)s", number=answer.version.number),
        action=address,
        share_url=bare.url(query.asking("").looking(find="", show="", page=1, draft="")),
        hidden_fields=hidden_fields(answer, query, shown, has_delivery=bool(places), has_pieces=pieces is not None),
        drawing=draw(definition, answer.pictured, answer.derived),
        section_drawing=_section(definition, answer.pictured),
        figures=_figures(answer),
        steps=() if is_listed or is_void else build_steps(place),
        presets=() if is_void else _presets(place),
        conflict=build_conflict(bare),
        sections=() if is_listed or is_void else build_sections(place),
        listing=build_listing(place) if is_listed and not is_void else None,
        places=places,
        pieces=pieces if places else None,
        summary=summary,
        deciding=build_deciding(answer, query, open_count=summary.open_count),
        void_words=void_words(answer),
    )


def void_words(answer: Answer) -> str:
    """Say that a product has no valid configuration at all; empty when it has one."""
    if not answer.is_void:
        return ""
    return _("This product cannot be configured at present: its rules leave no variant. We have to correct it first.")


def _places(forecast: Forecast | None) -> tuple[DeliveryPlace, ...]:
    if forecast is None:
        return ()
    return tuple(DeliveryPlace(place.code, place.title.in_language(formatting.language()),
                               place.code == forecast.destination.code) for place in forecast.destinations)


def product_title(definition: ProductDefinition) -> str:
    """Give the title of a product, or its code when it has none."""
    return definition.title.in_language(formatting.language()) or definition.code


def family_title(definition: ProductDefinition) -> str:
    """Give the name of a product family in the language of the page."""
    known = {"windows": _("Windows"), "bicycles": _("Bicycles"), "pumps": _("Pumps")}
    return known.get(definition.family, definition.family.capitalize())


def draw(definition: ProductDefinition, values: Mapping[str, Value], derived: Mapping[str, Value], *,
         is_thumbnail: bool = False) -> Markup:
    """Draw a product from its whole selection and derived values; empty when it has no drawing."""
    if not definition.drawing or not values:
        return Markup()
    merged: dict[str, object] = {**derived, **values}
    return Markup(draw_product(definition.drawing, merged, title=describe(definition, values),  # noqa: S704  # own SVG
                               is_thumbnail=is_thumbnail))


def describe(definition: ProductDefinition, values: Mapping[str, Value], *, most: int = 8) -> str:
    """Describe a configuration in one line: its title, then its first choices."""
    words = [product_title(definition)]
    for attribute in definition.attributes:
        value = values.get(attribute.code)
        if value is None or value in {"", "false", "none", "no"} or len(words) > most:
            continue
        words.append(choice_words(attribute, value) if value == YES or attribute.kind is not AttributeKind.CHOICE
                     else value_words(attribute, value))
    return formatting.enumerated(words)


def _section(definition: ProductDefinition, values: Mapping[str, Value]) -> Markup:
    if definition.drawing != "window" or not values:
        return Markup()
    notes = []
    for code in ("glass", "spacer", "profile"):
        attribute, value = definition.attribute(code), values.get(code)
        if attribute is not None and isinstance(value, str):
            notes.append(option_title(attribute, value))
    title = _("Section through glass and profile")
    return Markup(draw_section(values, title=title, notes=tuple(notes)))  # noqa: S704  # our own SVG


def _figures(answer: Answer) -> tuple[tuple[str, str], ...]:
    return tuple(figure_words(figure) for figure in answer.figures[:_MOST_FIGURES])


def _presets(place: Place) -> tuple[Preset, ...]:
    definition = place.answer.version.definition
    presets = []
    for preset in definition.presets:
        choices = {code: _typed(value) for code, value in preset.selection.items()}
        title, _colon, words = preset.title.in_language(formatting.language()).replace("：", ": ").partition(": ")
        query = Query(choices, place.query.asking("").view)
        presets.append(Preset(title, words, place.url(query), _is_present(place, preset.selection)))
    return tuple(presets)


def _is_present(place: Place, wanted: Mapping[str, Value]) -> bool:
    chosen = place.answer.selection
    return bool(wanted) and all(chosen.get(code) == value for code, value in wanted.items())


def _typed(value: Value) -> str:
    return value if isinstance(value, str) else formatting.plain_number(value)
