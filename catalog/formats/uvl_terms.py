"""Terms of UVL constraints and values of attributes: words to trees. Gives no meaning to names.

From loose to tight: ``<=>``, ``=>``, ``|``, ``&``, ``!``, one comparison, ``+ -``, ``* /``; operators of one
rank group to the left.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeVar

from catalog.formats.uvl_tokens import Token

Constant = Fraction | str | bool
Item = TypeVar("Item")

MAX_DEPTH = 60
"""Brackets and negations nested deeper than this are refused."""

_MAX_DIGITS = 300
_RANKS = {
    "<=>": 0, "=>": 1, "|": 2, "&": 3, "==": 4, "!=": 4, "<": 4, "<=": 4, ">": 4, ">=": 4,
    "+": 5, "-": 5, "*": 6, "/": 6,
}
_TIGHTEST = 7
_CHAINED = frozenset({"|", "&"})
"""Any number of operands joined by one of these becomes one node."""
_FUNCTIONS = frozenset({"sum", "avg", "len", "floor", "ceil"})


class Fault(Exception):
    """A word that does not fit, and what was expected instead."""

    def __init__(self, token: Token, message: str) -> None:
        super().__init__(message)
        self.token = token
        self.message = message


@dataclass(frozen=True, slots=True)
class Term:
    """A node: ``kind`` is an operator, a function, ``reference`` (names) or ``constant`` (value)."""

    kind: str
    token: Token
    operands: tuple[Term, ...] = ()
    names: tuple[str, ...] = ()
    value: Constant = False


class TermParser:
    """Takes the words of one line one after the other."""

    def __init__(self, tokens: tuple[Token, ...]) -> None:
        self._tokens = tokens
        self._position = 0
        self._depth = 0

    @property
    def next(self) -> Token:
        """The word to be taken next; the ``end`` token when there is none left."""
        return self._tokens[self._position]

    @property
    def after(self) -> Token:
        """The word after the next."""
        return self._tokens[min(self._position + 1, len(self._tokens) - 1)]

    def take(self) -> Token:
        """Take the next word; the end is never passed."""
        token = self.next
        if token.kind != "end":
            self._position += 1
        return token

    def take_if(self, text: str) -> bool:
        """Take the next word when it is this sign or unquoted name."""
        if self.next.kind in ("sign", "name") and self.next.text == text:
            self.take()
            return True
        return False

    def expect(self, text: str) -> None:
        """Take this sign or raise Fault."""
        if not self.take_if(text):
            raise Fault(self.next, f"expected “{text}”, found {self.next}")

    def expect_end(self) -> None:
        """Raise Fault unless all words are taken."""
        if self.next.kind != "end":
            raise Fault(self.next, f"expected the end of the line, found {self.next}")

    def reference_parts(self) -> tuple[str, ...]:
        """Take a dotted name; parts may stand in double quotes."""
        parts = [self._name()]
        while self.take_if("."):
            parts.append(self._name())
        return tuple(parts)

    def _name(self) -> str:
        token = self.take()
        if token.kind not in ("name", "quoted") or not token.text.strip():
            raise Fault(token, f"expected a name, found {token}")
        return token.text

    def range(self) -> tuple[int, int | None]:
        """Take ``[2]``, ``[1..3]`` or ``[1..*]``; the second number is None when open."""
        opening = self.next
        self.expect("[")
        low = self._whole_number()
        high: int | None = low
        if self.take_if(".."):
            high = None if self.take_if("*") else self._whole_number()
        self.expect("]")
        if high is not None and high < low:
            raise Fault(opening, f"expected a range whose end is not below its start {low}")
        return low, high

    def _whole_number(self) -> int:
        token = self.take()
        if token.kind != "number" or not token.text.isdecimal() or len(token.text) > 9:
            raise Fault(token, f"expected a whole number, found {token}")
        return int(token.text)

    def bracketed(self, item: Callable[[], Item]) -> tuple[Item, ...]:
        """Take ``[item, item]``, possibly empty."""
        self.expect("[")
        items: list[Item] = []
        while not self.take_if("]"):
            items.append(item())
            if not self.take_if(","):
                self.expect("]")
                break
        return tuple(items)

    def constant(self) -> Constant:
        """Take a number, a text in either quotes, or ``true`` / ``false``."""
        is_negative = self.take_if("-")
        token = self.take()
        if token.kind == "number":
            return -exact_number(token) if is_negative else exact_number(token)
        if not is_negative and token.kind in ("quoted", "text"):
            return token.text
        if not is_negative and token.kind == "name" and token.text.lower() in ("true", "false"):
            return token.text.lower() == "true"
        raise Fault(token, f"expected a number, a text in quotes, true or false, found {token}")

    def constraint(self) -> Term:
        """Take a whole constraint."""
        return self._ranked(0)

    def _ranked(self, lowest: int) -> Term:
        """Take operands joined by operators of at least this rank."""
        term = self._prefixed()
        length = 0
        while (token := self.next).kind == "sign" and _RANKS.get(token.text, -1) >= lowest:
            length += 1
            if length > MAX_DEPTH:
                raise Fault(token, f"expected at most {MAX_DEPTH} operators in a row here; use brackets")
            above = _RANKS[token.text] + 1
            operands = [term]
            while self.take_if(token.text):
                operands.append(self._ranked(above))
                if token.text not in _CHAINED:
                    break
            term = Term(token.text, token, tuple(operands))
        return term

    def _prefixed(self) -> Term:
        token = self.next
        if self.take_if("!"):
            return Term("!", token, (self._deeper(_RANKS["=="]),))
        return self._atom()

    def _deeper(self, lowest: int) -> Term:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise Fault(self.next, f"nested too deeply; expected at most {MAX_DEPTH} levels")
        term = self._ranked(lowest)
        self._depth -= 1
        return term

    def _atom(self) -> Term:
        token = self.next
        if self.take_if("("):
            term = self._deeper(0)
            self.expect(")")
            return term
        if self.take_if("-"):
            return Term("-", token, (Term("constant", token, value=Fraction(0)), self._deeper(_TIGHTEST)))
        if token.kind in ("number", "text"):
            return Term("constant", token, value=self.constant())
        if token.kind == "name" and token.text in _FUNCTIONS and self.after.text == "(":
            return self._function()
        if token.kind == "name" and token.text in ("true", "false"):
            return Term("constant", token, value=self.constant())
        if token.kind in ("name", "quoted"):
            return Term("reference", token, names=self.reference_parts())
        raise Fault(token, f"expected a feature, a number, a text, “(” or “!”, found {token}")

    def _function(self) -> Term:
        token = self.take()
        self.expect("(")
        operands = [self._deeper(_RANKS["+"])]
        if self.take_if(","):
            operands.append(self._deeper(_RANKS["+"]))
        self.expect(")")
        return Term(token.text, token, tuple(operands))


def exact_number(token: Token) -> Fraction:
    """Read a number of a bounded length exactly; raise Fault when it is longer."""
    mantissa, _, exponent = token.text.lower().partition("e")
    if len(mantissa) > _MAX_DIGITS or len(exponent) > 4 or abs(int(exponent or 0)) > _MAX_DIGITS:
        raise Fault(token, f"expected a number of at most {_MAX_DIGITS} digits")
    return Fraction(mantissa) * Fraction(10) ** int(exponent or 0)
