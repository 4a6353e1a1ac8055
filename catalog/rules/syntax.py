"""From text to a bounded syntax tree with positions. Knows no product; the only door to the parser library."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from lark import Lark, Token, Transformer, Tree
from lark.exceptions import UnexpectedCharacters, UnexpectedEOF, UnexpectedInput, UnexpectedToken, VisitError

from catalog.rules.units import UNIT_PATTERN

MAXIMUM_LENGTH = 8000
MAXIMUM_DEPTH = 20
MAXIMUM_NODES = 500
MAXIMUM_NAME = 60

KEYWORDS = frozenset(
    ("if", "then", "else", "implies", "or", "and", "not", "in", "true", "false", "at_least", "exact")
)

_WORDING = {
    "QUANTITY": "a number", "STRING": "a code in quotes", "NAME": "a name", "QUOTED_NAME": "a name",
    "COMPARATOR": "= != < <= > >=", "PLUS": "+", "MINUS": "-", "TIMES": "*", "DIVIDED": "/", "$END": "the end",
    "_LPAR": "(", "_RPAR": ")", "_LSQB": "[", "_RSQB": "]", "_COMMA": ",", "_DOT": ".",
}


class SyntaxFault(Exception):
    """A text that is no expression: where (offset from 0) and what was expected."""

    def __init__(self, offset: int, message: str) -> None:
        super().__init__(message)
        self.offset = offset
        self.message = message


@dataclass(frozen=True, slots=True)
class Syntax:
    """A node: its kind (a rule of the grammar), its own text if it is a leaf, its children, where it starts."""

    kind: str
    text: str
    children: tuple[Syntax, ...]
    offset: int
    depth: int
    size: int


def parse_syntax(text: str) -> Syntax:
    """Read a text as one expression.

    Parameters
    ----------
    text
        At most 8 000 characters; line breaks count as blanks.

    Returns
    -------
    Syntax
        The tree, at most 20 deep and of at most 500 nodes.

    Raises
    ------
    SyntaxFault
        The text is no expression of the language, or it is too long, too deep or too large.
    """
    if len(text) > MAXIMUM_LENGTH:
        raise SyntaxFault(0, f"{len(text)} characters; an expression has at most {MAXIMUM_LENGTH}")
    if not text.strip():
        raise SyntaxFault(0, "found nothing; expected an expression")
    try:
        tree = _parser().parse(text)
    except VisitError as error:
        if isinstance(error.orig_exc, SyntaxFault):
            raise error.orig_exc from None
        raise
    except UnexpectedInput as error:
        raise _fault(text, error) from None
    if not isinstance(tree, Syntax):
        raise TypeError(f"the grammar gave {type(tree).__name__}")
    return tree


def _fault(text: str, error: UnexpectedInput) -> SyntaxFault:
    if isinstance(error, UnexpectedCharacters):
        offset, found, expected = error.pos_in_stream or 0, repr(error.char), set(error.allowed or ())
    elif isinstance(error, UnexpectedToken) and error.token.type != "$END":
        offset, found, expected = error.token.start_pos or 0, repr(str(error.token)), set(error.accepts or ())
    elif isinstance(error, (UnexpectedToken, UnexpectedEOF)):
        offset, found = len(text), "the end"
        expected = set(getattr(error, "accepts", None) or error.expected)
    else:
        offset, found, expected = error.pos_in_stream or 0, "this", set()
    wordings = sorted({_wording(name) for name in expected} - {"WS"})
    message = f"found {found}; expected one of: {'  '.join(wordings)}" if wordings else f"found {found}"
    if offset and not text[offset - 1].isspace() and text[offset - 1].isalnum() and text[offset:offset + 1].isalnum():
        message += " (an option code that starts with a digit or holds - / . < stands in quotes)"
    return SyntaxFault(offset, message)


def _wording(terminal: str) -> str:
    return _WORDING.get(terminal, terminal.strip("_").lower() if terminal != "WS" else "WS")


class _Builder(Transformer[Token, Syntax]):
    """Builds nodes bottom up while the text is parsed, so that the limits stop a bomb at once."""

    def __default__(
        self, data: str, children: list[Syntax | Token | Tree[Syntax | Token]], meta: object
    ) -> Syntax | Tree[Syntax | Token]:
        if str(data).startswith("_"):
            return Tree(str(data), children)  # the parser's own helper for repetition; it flattens this again
        nodes = tuple(_leaf(child) for child in children)
        kind = str(data)
        if kind in {"name", "string"} and len(nodes[0].text) > MAXIMUM_NAME + 2:
            raise SyntaxFault(nodes[0].offset, f"{len(nodes[0].text)} characters; a name has at most {MAXIMUM_NAME}")
        if kind in {"name", "quantity", "string", "truth"}:
            return Syntax(kind, nodes[0].text, (), nodes[0].offset, 1, 1)
        offset = nodes[0].offset if nodes else 0
        depth = 1 + max((node.depth for node in nodes), default=0)
        size = 1 + sum(node.size for node in nodes if node.kind != "token")
        if kind in {"members", "mode"}:
            depth -= 1
        elif is_sum(nodes, kind):  # a long sum is a list of terms, however many: resolving it makes a flat tree
            depth = max(nodes[0].depth, 1 + nodes[2].depth)
        if depth > MAXIMUM_DEPTH:
            raise SyntaxFault(offset, f"nested more than {MAXIMUM_DEPTH} deep; name a part as a derived value")
        if size > MAXIMUM_NODES:
            raise SyntaxFault(offset, f"more than {MAXIMUM_NODES} parts; name a part as a derived value")
        return Syntax(kind, "", nodes, offset, depth, size)


def is_sum(nodes: tuple[Syntax, ...], kind: str) -> bool:
    """Tell whether a node with these children continues a sum or difference at its left."""
    return (kind == "arithmetic" and nodes[1].text in ("+", "-") and nodes[0].kind == "arithmetic"
            and nodes[0].children[1].text in ("+", "-"))


def _leaf(child: Syntax | Token | Tree[Syntax | Token]) -> Syntax:
    if isinstance(child, Syntax):
        return child
    if isinstance(child, Token):
        return Syntax("token", str(child), (), child.start_pos or 0, 0, 0)
    raise TypeError(f"the parser left its helper {child.data!r} in place")


@lru_cache(maxsize=1)
def _parser() -> Lark:
    grammar = (Path(__file__).parent / "grammar.lark").read_text(encoding="utf-8")
    pattern = UNIT_PATTERN.replace("/", "\\/")
    return Lark(
        grammar.replace("UNIT_PATTERN", pattern), parser="lalr", transformer=_Builder(), maybe_placeholders=False
    )
