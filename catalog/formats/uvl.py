"""Feature models in the Universal Variability Language (UVL) as product definitions.

Every feature becomes a choice attribute of its own name with the options ``true`` and ``false``; the root is
always true. The tree becomes clauses and groups, each constraint clauses of its own; a constraint that would
take too many of them (a sum over dozens of features) becomes a rule. What constraints mean is told in
``uvl_meaning``, how free values of Integer, Real and String features are left out in ``uvl_regions``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

from catalog.errors import CatalogInvalid, Problem
from catalog.formats.bounded_reading import read_text, refuse
from catalog.formats.clause_form import clauses_of, simplify
from catalog.formats.uvl_meaning import Meaning
from catalog.formats.uvl_regions import connected_terms, project_free_values
from catalog.formats.uvl_syntax import MAX_PROBLEMS, Branch, Feature, Model, parse_model
from catalog.formats.uvl_terms import Fault, Term
from catalog.formats.yes_no import product_code, yes_no_attribute
from catalog.product import ClauseGroup, ClauseSet, Group, ProductDefinition, Rule
from catalog.rules import expression as ex
from catalog.text import Text

_MAX_WORDING = 200


def read_uvl(path: Path) -> ProductDefinition:
    """Read a UVL file, ``.uvl`` or ``.uvl.xz``.

    Parameters
    ----------
    path
        The file.

    Returns
    -------
    ProductDefinition
        Its code comes from the file's name; prices, parts and operations are empty.

    Raises
    ------
    CatalogInvalid
        With every problem found, each with line and column.
    """
    return parse_uvl(read_text(path), file=path.name)


def parse_uvl(text: str, *, file: str) -> ProductDefinition:
    """Read a UVL text.

    Parameters
    ----------
    text
        The whole source.
    file
        Its name, for the product's code and the problems.

    Returns
    -------
    ProductDefinition
        As ``read_uvl`` gives it.

    Raises
    ------
    CatalogInvalid
        With every problem found, each with line and column.
    """
    model = parse_model(text, file=file)
    try:
        return _Importer(model, text, file).definition()
    except RecursionError as error:
        raise refuse(file, "the model is nested too deeply") from error


class _Importer:
    """Numbers the features in the order of the text, then turns tree and constraints into clauses."""

    def __init__(self, model: Model, text: str, file: str) -> None:
        self._model = model
        self._lines = re.split(r"\r\n|\n|\r", text)
        self._file = file
        self._problems: list[Problem] = []
        self._features: dict[str, Feature] = {}
        self._clauses: list[tuple[int, ...]] = []
        self._groups: list[ClauseGroup] = []
        self._sources: list[tuple[int, str]] = []
        self._rules: list[Rule] = []

    def definition(self) -> ProductDefinition:
        for feature in _preorder(self._model.root):
            first = self._features.setdefault(feature.name, feature)
            if first is not feature:
                self._report(
                    Fault(feature.token, f"a second feature “{feature.name}”; expected each name once")
                )
        self._variables = {name: number for number, name in enumerate(self._features, start=1)}
        self._encode_tree()
        self._encode_constraints()
        if self._problems:
            raise CatalogInvalid(tuple(sorted(set(self._problems))[:MAX_PROBLEMS]))
        names = tuple(self._features)
        return ProductDefinition(
            code=product_code(self._file),
            title=Text.of(self._model.namespace or self._model.root.name),
            attributes=tuple(yes_no_attribute(name) for name in names),
            groups=_pages(self._model.root),
            rules=tuple(self._rules),
            clauses=ClauseSet(names, tuple(self._clauses), tuple(self._groups), tuple(self._sources)),
        )

    def _report(self, fault: Fault) -> None:
        self._problems.append(Problem(self._file, fault.token.line, fault.token.column, fault.message))

    def _encode_tree(self) -> None:
        self._clauses.append((self._variables[self._model.root.name],))
        for feature in self._features.values():
            for branch in feature.branches:
                self._encode_branch(self._variables[feature.name], branch)

    def _encode_branch(self, parent: int, branch: Branch) -> None:
        children = tuple(self._variables[child.name] for child in branch.children)
        if branch.keyword in ("alternative", "cardinality"):
            high = len(children) if branch.high is None else min(branch.high, len(children))
            if branch.low > len(children):
                self._report(Fault(
                    branch.token, f"{branch.low} of {len(children)} children; expected at most {len(children)}"
                ))
            self._groups.append(ClauseGroup(parent, children, branch.low, high))
            return
        self._clauses += [(-child, parent) for child in children]
        if branch.keyword == "mandatory":
            self._clauses += [(-parent, child) for child in children]
        elif branch.keyword == "or":
            self._clauses.append((-parent, *children))

    def _encode_constraints(self) -> None:
        meaning = Meaning(self._features, below=self._below, namespace=self._model.namespace)
        reading_free: list[Term] = []
        zeros = {name: _zero(feature) for name, feature in self._features.items()}
        for term in self._model.constraints:
            try:
                if meaning.free_features(term):
                    meaning.condition(term, zeros)
                    reading_free.append(term)
                else:
                    self._require(simplify(meaning.condition(term, {})), (term,))
            except Fault as fault:
                self._report(fault)
        for terms in connected_terms(reading_free, meaning):
            try:
                self._require(project_free_values(terms, meaning, self._features), terms)
            except Fault as fault:
                self._report(fault)

    def _below(self, name: str) -> tuple[str, ...]:
        return tuple(feature.name for feature in _preorder(self._features[name]))

    def _require(self, condition: ex.Expression, terms: tuple[Term, ...]) -> None:
        wording = "; ".join(self._lines[term.token.line - 1].strip() for term in terms)
        clauses = clauses_of(condition, self._variables)
        if clauses is None:
            line = terms[0].token.line
            self._rules.append(Rule(f"constraint_{line}_{len(self._rules) + 1}", condition, Text.of(wording)))
        elif clauses:
            short = wording if len(wording) <= _MAX_WORDING else wording[: _MAX_WORDING - 1] + "…"
            self._sources.append((len(self._clauses), short))
            self._clauses += clauses


def _zero(feature: Feature) -> Fraction | str:
    """A first value of a free feature, to find faults of a constraint before its regions are built."""
    return "" if feature.kind == "String" else Fraction(0)


def _preorder(root: Feature) -> Iterator[Feature]:
    waiting = [root]
    while waiting:
        feature = waiting.pop()
        yield feature
        waiting += [child for branch in reversed(feature.branches) for child in reversed(branch.children)]


def _pages(root: Feature) -> tuple[Group, ...]:
    """Give one group per large subtree: those at the first node with several, and before them what is above."""
    above: list[str] = []
    node = root
    while True:
        above.append(node.name)
        children = [child for branch in node.branches for child in branch.children]
        subtrees = [child for child in children if child.branches]
        above += [child.name for child in children if not child.branches]
        if len(subtrees) != 1:
            break
        node = subtrees[0]
    pages = [(root.name, tuple(above))]
    pages += [(tree.name, tuple(feature.name for feature in _preorder(tree))) for tree in subtrees]
    return tuple(
        Group(f"group_{number}", Text.of(title), names) for number, (title, names) in enumerate(pages, start=1)
    )
