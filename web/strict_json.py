"""Parsing of JSON from outside: bounded depth, no NaN, no duplicate keys, no lone surrogates."""

from __future__ import annotations

import json
import re

MAX_DEPTH = 30
MAX_NUMBER_LENGTH = 40
SURROGATE = re.compile("[\ud800-\udfff]")


def loads_strictly(source: str | bytes) -> object:
    """Parse a JSON document as a careful sender writes it.

    Parameters
    ----------
    source
        Text, or bytes in UTF-8.

    Returns
    -------
    object
        Mappings, lists, strings, numbers, booleans and None.

    Raises
    ------
    ValueError
        The text is not JSON, or is nested deeper than 30, or holds NaN, an infinite or very long
        number, a key twice, a lone surrogate or a NUL.
    """
    text = source.decode("utf-8") if isinstance(source, bytes) else source
    _refuse_depth(text)
    value = json.loads(text, parse_constant=_refuse_constant, object_pairs_hook=_unique_keys,
                       parse_int=_bounded_int, parse_float=_bounded_float)
    _refuse_bad_text(value)
    return value


def _refuse_depth(text: str) -> None:
    depth = 0
    is_inside_string = is_escaped = False
    for character in text:
        if is_inside_string:
            if is_escaped:
                is_escaped = False
            elif character == "\\":
                is_escaped = True
            elif character == '"':
                is_inside_string = False
        elif character == '"':
            is_inside_string = True
        elif character in "[{":
            depth += 1
            if depth > MAX_DEPTH:
                raise ValueError(f"nested deeper than {MAX_DEPTH}")
        elif character in "]}":
            depth -= 1


def _refuse_constant(name: str) -> object:
    raise ValueError(f"{name} is not a number of JSON")


def _bounded_int(digits: str) -> int:
    if len(digits) > MAX_NUMBER_LENGTH:
        raise ValueError("a number is too long")
    return int(digits)


def _bounded_float(digits: str) -> float:
    number = float(digits) if len(digits) <= MAX_NUMBER_LENGTH else float("inf")
    if number in (float("inf"), float("-inf")):
        raise ValueError("a number is too large or too long")
    return number


def _unique_keys(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key occurs twice")
    return found


def _refuse_bad_text(value: object) -> None:
    if isinstance(value, str):
        if "\0" in value or SURROGATE.search(value):
            raise ValueError("a text holds NUL or half a character")
    elif isinstance(value, list):
        for part in value:
            _refuse_bad_text(part)
    elif isinstance(value, dict):
        for key, part in value.items():
            _refuse_bad_text(key)
            _refuse_bad_text(part)
