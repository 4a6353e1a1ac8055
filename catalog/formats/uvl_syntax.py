"""The syntax of UVL: text to a feature tree and constraint terms. Gives no meaning to names.

Read are the sections ``namespace``, ``include`` (language levels), ``features`` and ``constraints``; a model
made of several files (``imports``) is refused. Lenient where the field's own files are: attribute values in
double quotes, names with letters of any script, tabs or spaces, comments to the end of the line or in
``/* */``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from catalog.errors import CatalogInvalid, Problem
from catalog.formats.uvl_terms import Constant, Fault, Term, TermParser
from catalog.formats.uvl_tokens import Line, Token, split_lines

MAX_PROBLEMS = 100
_SECTIONS = frozenset({"namespace", "include", "includes", "imports", "features", "constraints"})
_KINDS = frozenset({"Boolean", "Integer", "Real", "String"})
_CARDINALITIES: dict[str, tuple[int, int | None]] = {
    "or": (1, None), "alternative": (1, 1), "mandatory": (0, None), "optional": (0, None),
}


@dataclass(slots=True)
class Branch:
    """A group of children: ``keyword`` with the least and greatest number (None: all) of them."""

    keyword: str
    low: int
    high: int | None
    token: Token
    children: list[Feature] = field(default_factory=list)


@dataclass(slots=True)
class Feature:
    """A node of the tree; ``kind`` is Boolean, Integer, Real or String."""

    name: str
    kind: str
    token: Token
    attributes: dict[str, Constant] = field(default_factory=dict)
    branches: list[Branch] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Model:
    """A parsed model: its tree and all constraints, those kept at features included."""

    namespace: str
    root: Feature
    constraints: tuple[Term, ...]


def parse_model(text: str, *, file: str) -> Model:
    """Parse a UVL text.

    Parameters
    ----------
    text
        The whole source.
    file
        Its name, for the problems.

    Returns
    -------
    Model
        The feature tree and the constraints in their order.

    Raises
    ------
    CatalogInvalid
        With every problem of the syntax, at most ``MAX_PROBLEMS``.
    """
    parser = _ModelParser(text, file)
    parser.parse()
    if parser.problems or parser.root is None:
        raise CatalogInvalid(tuple(sorted(set(parser.problems))[:MAX_PROBLEMS]))
    return Model(parser.namespace, parser.root, tuple(parser.constraints))


class _ModelParser:
    """Reads line by line; a faulty line is reported and left out, so that later faults are found too."""

    def __init__(self, text: str, file: str) -> None:
        self.file = file
        self.problems: list[Problem] = []
        self.lines = split_lines(text, file, self.problems)
        self.namespace = ""
        self.root: Feature | None = None
        self.constraints: list[Term] = []
        self._open: list[tuple[int, Feature | Branch]] = []
        self._seen: set[str] = set()

    def parse(self) -> None:
        readers: dict[str, Callable[[Line], None]] = {
            "features": self._feature_line, "constraints": self._constraint_line,
            "imports": self._import_line, "include": lambda _: None, "includes": lambda _: None,
        }
        reader: Callable[[Line], None] = self._stray_line
        for line in self.lines:
            try:
                if line.indent == 0 and line.first.kind == "name" and line.first.text in _SECTIONS:
                    self._section_line(line)
                    reader = readers.get(line.first.text, self._stray_line)
                else:
                    reader(line)
            except Fault as fault:
                self._report(fault.token, fault.message)
        self._check_branches()
        if self.root is None and not self.problems:
            self.problems.append(Problem(self.file, 0, 0, "expected a section “features” with one root feature"))

    def _report(self, token: Token, message: str) -> None:
        self.problems.append(Problem(self.file, token.line, token.column, message))

    def _section_line(self, line: Line) -> None:
        name = line.first.text
        if name in self._seen:
            raise Fault(line.first, f"a second section “{name}”; expected each section once")
        self._seen.add(name)
        words = TermParser(line.tokens[1:])
        if name == "namespace":
            self.namespace = ".".join(words.reference_parts())
        words.expect_end()

    def _stray_line(self, line: Line) -> None:
        raise Fault(line.first, f"expected a section ({', '.join(sorted(_SECTIONS))}), found {line.first}")

    def _import_line(self, line: Line) -> None:
        raise Fault(line.first, "models of several files are not read; expected one file without imports")

    def _constraint_line(self, line: Line) -> None:
        words = TermParser(line.tokens)
        self.constraints.append(words.constraint())
        words.expect_end()

    def _feature_line(self, line: Line) -> None:
        while self._open and self._open[-1][0] >= line.indent:
            self._open.pop()
        node = self._open[-1][1] if self._open else None
        words = TermParser(line.tokens)
        added: Feature | Branch
        if isinstance(node, Feature):
            added = _branch(words)
            node.branches.append(added)
        else:
            added = self._feature(words)
            if node is not None:
                node.children.append(added)
            elif self.root is None:
                self.root = added
            else:
                raise Fault(line.first, f"a second root feature; expected all others below “{self.root.name}”")
        self._open.append((line.indent, added))
        words.expect_end()

    def _feature(self, words: TermParser) -> Feature:
        kind = "Boolean"
        if words.next.kind == "name" and words.next.text in _KINDS and words.after.kind in ("name", "quoted"):
            kind = words.take().text
        token = words.next
        parts = words.reference_parts()
        if len(parts) > 1:
            raise Fault(token, "models of several files are not read; expected a name without a dot")
        feature = Feature(parts[0], kind, token)
        if words.take_if("cardinality"):
            words.range()
        if words.next.text == "{" and words.next.kind == "sign":
            self._attributes(words, feature, prefix="")
        return feature

    def _attributes(self, words: TermParser, feature: Feature, *, prefix: str, depth: int = 0) -> None:
        """Read ``{key value, key, key {…}, constraint term, constraints [term, …]}``."""
        opening = words.take()
        if depth > 20:
            raise Fault(opening, "attributes are nested too deeply; expected at most 20 levels")
        while words.next.text != "}" or words.next.kind != "sign":
            self._attribute(words, feature, prefix=prefix, depth=depth)
            if not words.take_if(","):
                break
        words.expect("}")

    def _attribute(self, words: TermParser, feature: Feature, *, prefix: str, depth: int) -> None:
        if words.take_if("constraint"):
            self.constraints.append(words.constraint())
            return
        if words.take_if("constraints"):
            self.constraints.extend(words.bracketed(words.constraint))
            return
        name = prefix + ".".join(words.reference_parts())
        if words.next.kind == "sign" and words.next.text == "{":
            self._attributes(words, feature, prefix=f"{name}.", depth=depth + 1)
        elif words.next.kind == "sign" and words.next.text == "[":
            words.bracketed(words.constant)
        elif words.next.kind == "sign" and words.next.text in ",}":
            feature.attributes[name] = True
        else:
            feature.attributes[name] = words.constant()

    def _check_branches(self) -> None:
        waiting = [self.root] if self.root else []
        while waiting:
            for branch in waiting.pop().branches:
                if not branch.children:
                    self._report(branch.token, f"expected at least one feature below “{branch.keyword}”")
                waiting.extend(branch.children)


def _branch(words: TermParser) -> Branch:
    token = words.next
    if token.kind == "sign" and token.text == "[":
        low, high = words.range()
        return Branch("cardinality", low, high, token)
    if token.kind == "name" and token.text in _CARDINALITIES:
        low, high = _CARDINALITIES[words.take().text]
        return Branch(token.text, low, high, token)
    expected = ", ".join(f"“{word}”" for word in sorted(_CARDINALITIES))
    raise Fault(token, f"expected {expected} or a range such as [1..3] below a feature, found {token}")
