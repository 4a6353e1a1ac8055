"""Typed reading of YAML mappings: every fault is noted with its place and reading goes on."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import date
from fractions import Fraction

from catalog.errors import CatalogInvalid, Problem
from catalog.formats.yaml_source import Mapping, Node, Scalar, Sequence, locate_in_scalar
from catalog.rules.expression import Expression
from catalog.rules.extent import ExpressionTooLarge, measure
from catalog.rules.parser import parse_expression
from catalog.rules.scope import Kind, Scope, did_you_mean
from catalog.text import Text

NUMBER = re.compile(r"-?[0-9]{1,12}(?:\.[0-9]{1,12})?")
_UNSEEN = r"\x00-\x1f\x7f-\x9f\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
"""Control characters, and those that nobody sees or that turn the direction of what follows."""
CODE = re.compile(rf"[^\s{_UNSEEN}\"'`\\](?:[^{_UNSEEN}\"'`\\]{{0,58}}[^\s{_UNSEEN}\"'`\\])?")
_UNSEEN_SIGN = re.compile(rf"(?![\n\t\u200c\u200d])[{_UNSEEN}]")
LANGUAGES = ("en", "zh")
MAXIMUM_WORDING = 2000
_LONGEST_MESSAGE = 500


class Report:
    """The problems of one file, and the source text that places them."""

    def __init__(self, file: str, source: str, problems: list[Problem]) -> None:
        self.file = file
        self.source = source
        self.problems = problems

    def at(self, node: Node, message: str) -> None:
        """Note a problem at a node."""
        words = message if len(message) <= _LONGEST_MESSAGE else f"{message[:_LONGEST_MESSAGE]}…"
        self.problems.append(Problem(self.file, node.line, node.column, words))

    def expression(self, node: Node, scope: Scope, expects: Kind | None, unit: str = "") -> Expression | None:
        """Parse an expression; None when it is faulty, its faults noted."""
        if not isinstance(node, Scalar):
            self.at(node, f"found {_kind(node)}; expected an expression")
            return None
        try:
            expression = parse_expression(
                node.text, file=self.file, line=node.line, column=node.column, scope=scope, expects=expects,
                unit=unit, locate=lambda offset: locate_in_scalar(node, self.source, offset),
            )
            measure(expression, scope)
        except CatalogInvalid as error:
            self.problems.extend(error.problems)
            return None
        except ExpressionTooLarge as error:
            self.at(node, str(error))
            return None
        return expression


class Fields:
    """A mapping read key by key; a key that is not known is a problem."""

    def __init__(self, node: Node, report: Report, known: Iterable[str]) -> None:
        self.node = node
        self.report = report
        self._entries: dict[str, Node] = {}
        names = tuple(known)
        if not isinstance(node, Mapping):
            report.at(node, f"found {_kind(node)}; expected a mapping with the keys {', '.join(names)}")
            return
        self._entries = node.entries
        for key, _ in node.pairs:
            if key.text not in names:
                report.at(key, f"unknown key {key.text!r}{did_you_mean(key.text, names, limit=12)}")

    def __contains__(self, key: str) -> bool:
        return key in self._entries

    def find(self, key: str) -> Node | None:
        """Give the node of a key; None when it is left out or empty."""
        node = self._entries.get(key)
        return None if isinstance(node, Scalar) and not node.text and not node.style else node

    def required(self, key: str) -> Node | None:
        """Give the node of a key; None and a problem when it is left out."""
        node = self.find(key)
        if node is None and isinstance(self.node, Mapping):
            self.report.at(self.node, f"the key {key!r} is missing")
        return node

    def string(self, key: str, default: str | None = None) -> str:
        """Give a word; without a default the key is required."""
        node = self.required(key) if default is None else self.find(key)
        if node is None:
            return default or ""
        if isinstance(node, Scalar):
            return node.text
        self.report.at(node, f"found {_kind(node)}; expected one word")
        return default or ""

    def code(self, key: str) -> str:
        """Give a required code: up to 60 characters without quotes, backslashes and control characters."""
        node = self.required(key)
        if node is None:
            return ""
        if not isinstance(node, Scalar) or not CODE.fullmatch(node.text):
            self.report.at(node, "expected a code of 1 to 60 characters without quotes and backslashes")
            return ""
        return node.text

    def word(self, key: str, choices: Iterable[str], default: str | None = None) -> str:
        """Give one of some words; the first one after a problem."""
        allowed = tuple(choices)
        word = self.string(key, default)
        if word in allowed:
            return word
        node = self.find(key)
        if node is not None:
            self.report.at(node, f"found {word!r}{did_you_mean(word, allowed, limit=20)}")
        return default or allowed[0]

    def number(self, key: str, default: Fraction | int | None = None) -> Fraction:
        """Give an exact number; without a default the key is required."""
        node = self.required(key) if default is None else self.find(key)
        if node is None:
            return Fraction(default or 0)
        return read_number(node, self.report)

    def positive(self, key: str, default: Fraction | int | None = None) -> Fraction:
        """Give a number above 0; 1 after a problem."""
        value = self.number(key, default)
        node = self.find(key)
        if value > 0:
            return value
        if node is not None:
            self.report.at(node, f"found {value}; expected a number above 0")
        return Fraction(1)

    def amount(self, key: str, default: Fraction | int | None = None) -> Fraction:
        """Give a number of 0 or more; 0 after a problem."""
        value = self.number(key, default)
        if value < 0:
            self.report.at(self.find(key) or self.node, f"found {value}; expected 0 or more")
        return max(value, Fraction(0))

    def integer(self, key: str, low: int, high: int, default: int | None = None) -> int:
        """Give a whole number within bounds; the lower one after a problem."""
        value = self.number(key, default)
        if value.denominator == 1 and low <= value <= high:
            return int(value)
        node = self.find(key)
        if node is not None:
            self.report.at(node, f"found {value}; expected a whole number from {low} to {high}")
        return low

    def text(self, key: str, *, is_required: bool = False) -> Text:
        """Give a phrase: one English wording, or a mapping of language to wording."""
        node = self.required(key) if is_required else self.find(key)
        return Text() if node is None else read_text(node, self.report)

    def day(self, key: str) -> date | None:
        """Give a date; None when left out."""
        node = self.find(key)
        return None if node is None else read_day(node, self.report)

    def words(self, key: str) -> tuple[Scalar, ...]:
        """Give the scalars of a list; a single word counts as a list of one."""
        node = self.find(key)
        if node is None:
            return ()
        if isinstance(node, Scalar):
            return (node,)
        found = []
        for item in self.items(key):
            if isinstance(item, Scalar):
                found.append(item)
            else:
                self.report.at(item, f"found {_kind(item)}; expected one word")
        return tuple(found)

    def items(self, key: str) -> tuple[Node, ...]:
        """Give the nodes of a list; empty when left out."""
        node = self.find(key)
        if node is None:
            return ()
        if isinstance(node, Sequence):
            return node.items
        self.report.at(node, f"found {_kind(node)}; expected a list")
        return ()

    def pairs(self, key: str) -> Iterator[tuple[Scalar, Node]]:
        """Give the keys and nodes of an inner mapping; empty when left out."""
        node = self.find(key)
        if isinstance(node, Mapping):
            yield from node.pairs
        elif node is not None:
            self.report.at(node, f"found {_kind(node)}; expected a mapping")

    def expression(self, key: str, scope: Scope, expects: Kind | None, unit: str = "", *,
                   is_required: bool = False) -> Expression | None:
        """Give an expression; None when left out or faulty."""
        node = self.required(key) if is_required else self.find(key)
        return None if node is None else self.report.expression(node, scope, expects, unit)


def read_number(node: Node, report: Report) -> Fraction:
    """Read an exact decimal; 0 after a problem."""
    if isinstance(node, Scalar) and NUMBER.fullmatch(node.text):
        return Fraction(node.text)
    found = repr(node.text) if isinstance(node, Scalar) else _kind(node)
    report.at(node, f"found {found}; expected a number such as 12 or 0.5")
    return Fraction(0)


def read_text(node: Node, report: Report) -> Text:
    """Read a phrase; the empty one after a problem."""
    if isinstance(node, Scalar):
        return _wording_checked({"en": node}, report)
    if isinstance(node, Mapping):
        for language, wording in node.entries.items():
            if language not in LANGUAGES:
                report.at(wording, f"unknown language {language!r}{did_you_mean(language, LANGUAGES)}")
        return _wording_checked(node.entries, report)
    report.at(node, f"found {_kind(node)}; expected a wording or {{en: …, zh: …}}")
    return Text()


def _wording_checked(entries: dict[str, Node], report: Report) -> Text:
    wordings: dict[str, str] = {}
    for language, node in entries.items():
        if not isinstance(node, Scalar) or not 0 < len(node.text.strip()) <= MAXIMUM_WORDING:
            report.at(node, f"expected a wording of 1 to {MAXIMUM_WORDING} characters")
        elif (unseen := _UNSEEN_SIGN.search(node.text)) is not None:
            report.at(node, f"found the character U+{ord(unseen[0]):04X}, which nobody sees; expected plain text")
        else:
            wordings[language] = node.text.strip()
    return Text.of(wordings)


def read_day(node: Node, report: Report) -> date | None:
    """Read a date such as 2027-01-31; None after a problem."""
    try:
        return date.fromisoformat(node.text if isinstance(node, Scalar) else "")
    except ValueError:
        found = repr(node.text) if isinstance(node, Scalar) else _kind(node)
        report.at(node, f"found {found}; expected a date such as 2027-01-31")
        return None


def _kind(node: Node) -> str:
    if isinstance(node, Scalar):
        return "a single value"
    return "a list" if isinstance(node, Sequence) else "a mapping"
