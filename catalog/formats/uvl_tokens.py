"""Words and lines of a UVL text. Knows nothing of features and constraints."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from catalog.errors import Problem

_TOKEN = re.compile(
    r"""(?P<space>[ \t\f\u00a0]+)
      | (?P<comment>//[^\r\n]*|/\*(?s:.*?)\*/)
      | (?P<newline>\r\n|\n|\r)
      | "(?P<quoted>[^"\r\n]*)"
      | '(?P<text>[^'\r\n]*)'
      | (?P<number>\d+(?:\.\d+)?(?:[eE][+-]?\d+)?(?!\w))
      | (?P<name>\w[\w\#§%?\\;]*)
      | (?P<sign><=>|=>|==|!=|<=|>=|\.\.|[<>!&|+\-*/(){}\[\],.])""",
    re.VERBOSE,
)
_NEWLINE = re.compile(r"\r\n|\n|\r")
_OPENING = {"(": ")", "{": "}", "[": "]"}
_TAB_COLUMNS = 8


class Token(NamedTuple):
    """One word: ``kind`` is name, quoted, text, number, sign, or end (of the line)."""

    kind: str
    text: str
    line: int
    column: int

    def __str__(self) -> str:
        return "the end of the line" if self.kind == "end" else f"“{self.text}”"


class Line(NamedTuple):
    """The words of one logical line, closed by an ``end`` token, and its indentation in columns."""

    indent: int
    tokens: tuple[Token, ...]

    @property
    def first(self) -> Token:
        """The first word; a line is never empty."""
        return self.tokens[0]


def split_lines(text: str, file: str, problems: list[Problem]) -> tuple[Line, ...]:
    """Split a text into logical lines; a line goes on while a bracket is open.

    Parameters
    ----------
    text
        The whole source.
    file
        Its name for the problems.
    problems
        Receives every character that starts no word, and brackets that are not closed.

    Returns
    -------
    tuple[Line, ...]
        Lines with at least one word, in order.
    """
    text_lines = _NEWLINE.split(text)
    lines: list[Line] = []
    words: list[Token] = []
    open_brackets: list[Token] = []
    for token in _tokens(text, file, problems):
        if token.kind != "newline":
            _track_brackets(token, open_brackets)
            words.append(token)
        elif words and not open_brackets:
            lines.append(_line(words, text_lines))
            words = []
    if open_brackets:
        bracket = open_brackets[-1]
        closing = _OPENING[bracket.text]
        problems.append(Problem(file, bracket.line, bracket.column, f"expected “{closing}” for this bracket"))
    elif words:
        lines.append(_line(words, text_lines))
    return tuple(lines)


def _track_brackets(token: Token, open_brackets: list[Token]) -> None:
    if token.kind != "sign":
        return
    if token.text in _OPENING:
        open_brackets.append(token)
    elif open_brackets and token.text == _OPENING[open_brackets[-1].text]:
        open_brackets.pop()


def _line(words: list[Token], text_lines: list[str]) -> Line:
    first, last = words[0], words[-1]
    end = Token("end", "", last.line, last.column + len(last.text) + 2 * (last.kind in ("quoted", "text")))
    return Line(_indent_columns(text_lines[first.line - 1][: first.column - 1]), (*words, end))


def _tokens(text: str, file: str, problems: list[Problem]) -> Iterator[Token]:
    """Give all words and line ends; white space and comments are left out."""
    position, line, line_start = 0, 1, 0
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            column = position - line_start + 1
            problems.append(Problem(file, line, column, f"unexpected character “{text[position]}”"))
            position += 1
            continue
        kind = match.lastgroup or "space"
        if kind == "newline":
            yield Token("newline", "", line, position - line_start + 1)
            line, line_start = line + 1, match.end()
        elif kind == "comment":
            for newline in _NEWLINE.finditer(match.group()):
                line, line_start = line + 1, position + newline.end()
        elif kind != "space":
            yield Token(kind, match.group(kind), line, position - line_start + 1)
        position = match.end()


def _indent_columns(leading: str) -> int:
    """Measure white space in columns; a tab goes on to the next multiple of eight."""
    columns = 0
    for character in leading:
        columns = (columns // _TAB_COLUMNS + 1) * _TAB_COLUMNS if character == "\t" else columns + 1
    return columns
