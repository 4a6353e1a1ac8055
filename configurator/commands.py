"""The answers of the ``model`` commands: a source file and choices in, an exit code and JSON-ready facts out."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from pathlib import Path
from typing import Final

from catalog.errors import CatalogInvalid, OnelotError, Problem
from catalog.formats.source import read_source
from catalog.product import Attribute, AttributeKind, ProductDefinition, Value
from catalog.rules.printing import exact_decimal
from configurator.audit.cases import find_broken_cases
from configurator.configuration import Conflict, Domains, NumberDomain, Selection
from configurator.engine.loading import compile_definition
from configurator.engine.model import CompiledModel
from configurator.input import Refused, parse_value, printable
from configurator.soundness import find_void
from configurator.view import with_rules_of

EXIT_OK: Final = 0
EXIT_INVALID: Final = 1
EXIT_UNKNOWN: Final = 2
EXIT_CONFLICT: Final = 3

Answer = tuple[int, dict[str, object]]

_MAX_SUGGESTIONS = 3
_MAX_NAMED_VALUES = 20


class ChoiceUnknown(OnelotError):
    """A choice names no attribute of the product or no value of the attribute."""

    code = "choice_unknown"


class ProductUnknown(OnelotError):
    """The catalog holds several products and none, or an unknown one, is named."""

    code = "product_unknown"


@dataclass(frozen=True, slots=True)
class Choice:
    """One ``NAME=VALUE`` as it was given, and what it says."""

    wording: str
    attribute: Attribute
    value: Value


Question = Callable[[ProductDefinition, Mapping[str, Choice]], Answer]


def model_check(path: Path, *, on: date | None = None) -> tuple[int, tuple[Problem, ...]]:
    """Check a catalog folder or model file.

    Parameters
    ----------
    path
        As for ``catalog.formats.source.read_source``.
    on
        The day whose rules count; None lets every rule count.

    Returns
    -------
    tuple[int, tuple[Problem, ...]]
        0 and nothing when it can be read whole, each product can be configured and each test configuration comes
        out as expected; else 1 and every problem, sorted by place.
    """
    try:
        products = read_source(path).products
        problems = find_void(products, path=path, on=on) or find_broken_cases(products, path=path, on=on)
    except CatalogInvalid as error:
        problems = error.problems
    return (EXIT_INVALID if problems else EXIT_OK), problems


def model_domains(
    path: Path,
    choices: Sequence[str],
    *,
    product: str = "",
    on: date | None = None,
    cache_directory: Path | None = None,
) -> Answer:
    """Say what choices leave possible in a product.

    Parameters
    ----------
    path
        As for ``catalog.formats.source.read_source``.
    choices
        Each ``NAME=VALUE``, or ``PRODUCT/NAME=VALUE`` to name the product as well.
    product
        Code of the product; needed only when the source holds several and no choice names one.
    on
        The day whose rules count; None lets every rule count.
    cache_directory
        Where compiled models are kept; None keeps nothing.

    Returns
    -------
    tuple[int, dict[str, object]]
        0 with ``count`` and ``options`` (and ``numbers`` when the product has any); 1 with ``error`` when the
        source has problems or is too large to answer; 2 with ``error`` when a choice or product is unknown; 3
        with ``conflict``, a minimal set of the given choices that contradict each other (empty when the
        product has no valid configuration at all).
    """
    def ask(definition: ProductDefinition, chosen: Mapping[str, Choice]) -> Answer:
        return _answer(definition, chosen, cache_directory)

    return answer_choices(path, choices, ask, product=product, on=on)


def answer_choices(path: Path, choices: Sequence[str], ask: Question, *, product: str = "",
                   on: date | None = None, naming: Sequence[str] = ()) -> Answer:
    """Read a source and choices and put a question to the product; what cannot be read is an answer too.

    Parameters
    ----------
    path, choices, product, on
        As for :func:`model_domains`.
    ask
        Is handed the product with the rules of the day and the choices by attribute; it gives the exit code and
        the facts.
    naming
        Further choices that may name the product, but are not made.

    Returns
    -------
    tuple[int, dict[str, object]]
        What ``ask`` gives, or what :func:`model_domains` says of exit codes 1 and 2, and 3 for two values of one
        attribute.
    """
    try:
        catalog = read_source(path)
        definition, wordings = _product_of(catalog.products, product, [*choices, *naming])
        first: dict[str, Choice] = {}
        for choice in [_parsed(definition, wording) for wording in wordings[:len(choices)]]:
            other = first.setdefault(choice.attribute.code, choice)
            if other.value != choice.value:
                return EXIT_CONFLICT, {"conflict": [other.wording, choice.wording]}
        return ask(definition if on is None else with_rules_of(definition, on), first)
    except (ChoiceUnknown, ProductUnknown) as error:
        return EXIT_UNKNOWN, _error(error)
    except CatalogInvalid as error:
        return EXIT_INVALID, {
            "error": {
                "code": error.code,
                "message": f"The source has {len(error.problems)} problem(s).",
                "problems": [str(problem) for problem in error.problems],
            }
        }
    except OnelotError as error:
        return EXIT_INVALID, _error(error)
    except RecursionError:
        reason = "It is nested too deeply to be answered."
        return EXIT_INVALID, {"error": {"code": "model_too_large", "message": reason}}


def _error(error: OnelotError) -> dict[str, object]:
    return {"error": {"code": error.code, "message": error.message, **error.detail}}


def compile_dated(definition: ProductDefinition, cache_directory: Path | None) -> CompiledModel:
    """Compile a product as it stands, whatever day its rules are of."""
    identity = hashlib.sha256(repr(definition).encode()).hexdigest()
    return compile_definition(definition, content_hash=identity, cache_directory=cache_directory)


def selection_of(chosen: Mapping[str, Choice]) -> Selection:
    """Give the selection that choices say."""
    return Selection.of({name: choice.value for name, choice in chosen.items()})


def conflict_facts(conflict: Conflict, chosen: Mapping[str, Choice]) -> Answer:
    """Say which of the choices contradict each other."""
    return EXIT_CONFLICT, {"conflict": [choice.wording for name, choice in chosen.items()
                                        if name in conflict.attributes]}


def _answer(definition: ProductDefinition, chosen: Mapping[str, Choice], cache_directory: Path | None) -> Answer:
    answer = compile_dated(definition, cache_directory).domains(selection_of(chosen))
    return conflict_facts(answer, chosen) if isinstance(answer, Conflict) else (EXIT_OK, _domains(answer))


def _domains(domains: Domains) -> dict[str, object]:
    facts: dict[str, object] = {
        "count": domains.count,
        "options": {
            name: {code: str(state) for code, state in states.items()}
            for name, states in domains.options.items()
        },
    }
    if domains.numbers:
        facts["numbers"] = {name: _number(domain) for name, domain in domains.numbers.items()}
    return facts


def _number(domain: NumberDomain) -> dict[str, object]:
    """Write exact numbers as text: JSON's own would be rounded by most readers."""
    return {
        "step": value_text(domain.step),
        "intervals": [[value_text(low), value_text(high)] for low, high in domain.intervals],
    }


def value_text(value: Value) -> str:
    """Write a value as a choice takes it: numbers as exact decimals; one without an end as a fraction."""
    return value if isinstance(value, str) else exact_decimal(value) or str(value)


def _product_of(
    products: Sequence[ProductDefinition], wanted: str, choices: Sequence[str]
) -> tuple[ProductDefinition, list[str]]:
    """Find the product meant, and the choices without its name before them."""
    by_code = {definition.code: definition for definition in products}
    named = {choice.partition("/")[0] for choice in choices if "/" in choice} & set(by_code)
    codes = {wanted} if wanted else set(by_code) if len(by_code) == 1 else named
    if len(codes) != 1 or not codes <= set(by_code):
        raise ProductUnknown(
            f"Name one product of the catalog with --product: {', '.join(sorted(by_code))}.",
            products=sorted(by_code),
        )
    (code,) = codes
    definition = by_code[code]
    attributes = {attribute.code for attribute in definition.attributes}
    return definition, [_without_product(choice, code, attributes) for choice in choices]


def _without_product(choice: str, code: str, attributes: set[str]) -> str:
    """Take the product's name off a choice, unless an attribute itself is named so."""
    is_attribute = any(choice[:place] in attributes for place in _equal_signs(choice))
    return choice if is_attribute else choice.removeprefix(f"{code}/")


def _equal_signs(choice: str) -> list[int]:
    return [place for place, character in enumerate(choice) if character == "="]


def read_choice(definition: ProductDefinition, wording: str) -> Choice:
    """Read ``NAME=VALUE`` or ``PRODUCT/NAME=VALUE`` of a product.

    Raises
    ------
    ChoiceUnknown
        The product has no such name, or the name no such value.
    """
    attributes = {attribute.code for attribute in definition.attributes}
    return _parsed(definition, _without_product(wording, definition.code, attributes))


def _parsed(definition: ProductDefinition, wording: str) -> Choice:
    """Read ``NAME=VALUE``; where several “=” could part them, the first that gives a known name and value."""
    by_code = {attribute.code: attribute for attribute in definition.attributes}
    known: Attribute | None = None
    for place in _equal_signs(wording):
        attribute = by_code.get(wording[:place])
        value = _value(attribute, wording[place + 1:]) if attribute is not None else None
        if attribute is not None and value is not None:
            return Choice(wording, attribute, value)
        known = attribute or known
    raise _unknown_name(by_code, wording) if known is None else _unknown_value(known, wording)


def _value(attribute: Attribute, text: str) -> Value | None:
    try:
        return parse_value(attribute, text)
    except Refused:
        return None


def _unknown_name(by_code: Mapping[str, Attribute], wording: str) -> ChoiceUnknown:
    name, sign, _ = wording.rpartition("=")
    if not sign:
        shown = printable(wording)
        return ChoiceUnknown(f"Write a choice as NAME=VALUE, not “{shown}”.", choice=shown, did_you_mean=[])
    name = printable(name)
    meant = get_close_matches(name, by_code, n=_MAX_SUGGESTIONS)
    hint = f" Did you mean {', '.join(meant)}?" if meant else ""
    return ChoiceUnknown(f"The product has no “{name}”.{hint}", name=name, did_you_mean=meant)


def _unknown_value(attribute: Attribute, wording: str) -> ChoiceUnknown:
    text = printable(wording[len(attribute.code) + 1:])
    message = f"{attribute.code} cannot be “{text}”."
    if attribute.kind is AttributeKind.CHOICE:
        codes = [option.code for option in attribute.options]
        meant = get_close_matches(text, codes, n=_MAX_SUGGESTIONS)
        shown = meant or codes[:_MAX_NAMED_VALUES]
        message += f" {'Did you mean' if meant else 'It can be'} {', '.join(shown)}{'?' if meant else '.'}"
        return ChoiceUnknown(message, name=attribute.code, value=text, did_you_mean=meant)
    try:
        parse_value(attribute, text)
    except Refused as refused:
        message += f" {refused.error.message}"
    return ChoiceUnknown(message, name=attribute.code, value=text, did_you_mean=[])
