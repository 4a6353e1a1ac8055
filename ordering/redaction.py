"""Names and addresses of a person taken out of texts that stay for other reasons. Imports no database."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from ordering.customer import ERASED

SHORTEST = 2
"""Of a name that is looked for in texts; a single letter would take away more than the person."""

SHORTEST_PART = 3


def with_parts(names: Iterable[str]) -> list[str]:
    """Give names with the words they are made of, as a person is called by: at least three letters, or two signs."""
    whole = list(names)
    parts = [part for name in whole if "@" not in name for part in re.split(r"[^\w'’-]+", name)]
    return whole + [part for part in parts if len(part) >= (SHORTEST if not part.isascii() else SHORTEST_PART)]


def needle_pattern(names: Iterable[str]) -> re.Pattern[str] | None:
    """Make what finds a person in texts; None where there is nothing to look for.

    Parameters
    ----------
    names
        Names and e-mail addresses, whole.

    Returns
    -------
    re.Pattern or None
        Finds them in any letter case. Latin letters must not go on before or behind, so that "Li" is not found in
        "delivery"; writing without spaces has no such ends.
    """
    known = sorted({name.strip() for name in names if len(name.strip()) >= SHORTEST and name.strip() != ERASED},
                   key=lambda name: (-len(name), name))
    if not known:
        return None
    return re.compile("|".join(f"{_edge(name[0], '(?<!')}{re.escape(name)}{_edge(name[-1], '(?!')}" for name in known),
                      re.IGNORECASE)


def _edge(letter: str, look: str) -> str:
    return f"{look}[A-Za-z0-9\u00c0-\u024f])" if re.match("[A-Za-z0-9\u00c0-\u024f]", letter) else ""


def without(text: str, needles: re.Pattern[str] | None) -> str:
    """Give a text with every mention of the person overwritten."""
    return text if needles is None else needles.sub(ERASED, text)


def words_without(words: Mapping[str, str], needles: re.Pattern[str] | None) -> dict[str, str]:
    """Give a text in several languages with every mention of the person overwritten."""
    return {language: without(text, needles) for language, text in words.items()}


def draft_without(content: Mapping[str, object], needles: re.Pattern[str] | None) -> dict[str, object]:
    """Give the stored content of a draft without its customer: name, address and reference emptied, texts overwritten.

    Products, choices, quantities and money stay as they are.
    """
    found = dict(content) | {"customer_name": "", "customer_email": "", "reference": ""}
    for name in ("payment_terms", "delivery_terms"):
        found[name] = without(str(found.get(name, "")), needles)
    notes, lines = found.get("notes"), found.get("lines")
    found["notes"] = words_without(notes, needles) if isinstance(notes, Mapping) else {}
    found["lines"] = [_line_without(line, needles) for line in lines] if isinstance(lines, list) else []
    return found


def _line_without(line: Mapping[str, object], needles: re.Pattern[str] | None) -> dict[str, object]:
    title = line.get("title")
    return {**line, "title": words_without(title, needles)} if isinstance(title, Mapping) else dict(line)
