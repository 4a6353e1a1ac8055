"""The discrete part of a product as a feature model in the Universal Variability Language (UVL).

A choice attribute becomes a mandatory feature with an alternative group of its options, each named
``attribute=option``; a yes/no attribute becomes an optional feature of its own name. Rules over options, tables
and clauses become constraints, or the tree itself where they say one. Nothing is left out silently: numbers,
texts, preferences and what they decide stand in the answer and as comments. Reads no engine.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import partial

from catalog.formats.uvl_writing_rules import RuleTerms, RuleTooLarge
from catalog.formats.uvl_writing_terms import Joined, Literal, Term, legal_name, legal_text, write_name, write_term
from catalog.formats.uvl_writing_tree import Branch, ClauseTree, Node, tree_lines
from catalog.product import Attribute, AttributeKind, Option, ProductDefinition, Strength
from catalog.rules.printing import exact_decimal
from catalog.text import DEFAULT_LANGUAGE, Text

_MAX_WORDING = 200


@dataclass(frozen=True, slots=True)
class Projection:
    """What rules on numbers leave of the options: exactly the rows for which some numbers meet all the rules."""

    rules: tuple[str, ...]
    attributes: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Something of the product that the model does not say, and why."""

    part: str
    """``attribute``, ``rule``, ``table`` or the name of a part of the product, such as ``prices``."""
    code: str
    reason: str

    def __str__(self) -> str:
        return f"{self.part} {self.code}: {self.reason}" if self.code else f"{self.part}: {self.reason}"


@dataclass(frozen=True, slots=True)
class WrittenUvl:
    """A model as text, and what it leaves out."""

    text: str
    left_out: tuple[LeftOut, ...]


def write_uvl(definition: ProductDefinition, projections: Sequence[Projection] = ()) -> WrittenUvl:
    """Write the discrete part of a product.

    Parameters
    ----------
    definition
        The product; all its hard rules count, whatever their days.
    projections
        What the rules on numbers leave of the options; those of rules not named here are left out and told.

    Returns
    -------
    WrittenUvl
        UTF-8 text with line feeds. Its configurations are the combinations of options that keep every rule which
        is not left out; reading it and writing that again gives the same tree and constraints.
    """
    return _Writer(definition).written(projections)


class _Writer:
    """Gathers the tree, the constraints and what is left out."""

    def __init__(self, definition: ProductDefinition) -> None:
        self._definition = definition
        self._taken: set[str] = set()
        self._choices = [item for item in definition.attributes if item.kind is AttributeKind.CHOICE]
        self._features = {item.code: self._unique(item.code) for item in self._choices}
        self._literals = {item.code: self._literals_of(item) for item in self._choices}
        self._terms = RuleTerms(definition, self._literals)
        self._lines: list[str] = []
        self._left_out: list[LeftOut] = []

    def _unique(self, name: str) -> str:
        legal, number = legal_name(name), 1
        found = legal
        while found in self._taken:
            number += 1
            found = f"{legal}#{number}"
        self._taken.add(found)
        return found

    def _literals_of(self, attribute: Attribute) -> dict[str, Literal]:
        feature = self._features[attribute.code]
        if _is_yes_no(attribute):
            return {option.code: Literal(feature, option.code == "true") for option in attribute.options}
        return {option.code: Literal(self._unique(f"{attribute.code}={option.code}")) for option in attribute.options}

    def written(self, projections: Sequence[Projection]) -> WrittenUvl:
        root = self._tree()
        self._root = root.name
        self._add_clauses()
        self._add_rules({code for item in projections for code in item.rules})
        self._add_tables(projections)
        self._note_the_rest()
        lines = [f"// {legal_text(str(item))}" for item in self._left_out]
        if lines:
            lines.insert(0, "// Left out:")
        lines += ["features", *tree_lines(root)]
        if self._lines:
            lines += ["", "constraints", *(f"\t{line}" for line in self._lines)]
        return WrittenUvl("\n".join(lines) + "\n", tuple(self._left_out))

    def _tree(self) -> Node:
        clauses = self._definition.clauses
        self._clauses = None if clauses is None else ClauseTree(clauses, self._features)
        branches, nodes = self._clauses.branches() if self._clauses else ({}, {})
        top = branches.pop(0, [])
        is_own = self._clauses is not None and self._clauses.root
        root = nodes[self._clauses.root] if self._clauses and is_own else Node(self._unique(self._definition.code))
        for number, found in branches.items():
            nodes[number].branches = found
        root.branches += top
        if not is_own:
            root.attributes = _described(self._definition.title, Text(), self._definition.code, root.name)
        by_name = {node.name: node for node in nodes.values()}
        for attribute in self._choices:
            node = by_name.get(self._features[attribute.code])
            if node is None:
                self._add_attribute(root, attribute)
            else:
                node.attributes = _described(attribute.title, attribute.help, attribute.code, node.name)
        return root

    def _add_attribute(self, root: Node, attribute: Attribute) -> None:
        name = self._features[attribute.code]
        node = Node(name, _described(attribute.title, attribute.help, attribute.code, name))
        keyword = "optional" if _is_yes_no(attribute) else "mandatory"
        if keyword == "mandatory":
            literals = self._literals[attribute.code]
            node.branches.append(Branch("alternative", [
                _option_node(attribute.code, option, literals[option.code].feature) for option in attribute.options
            ]))
        if not root.branches or root.branches[-1].keyword != keyword:
            root.branches.append(Branch(keyword, []))
        root.branches[-1].children.append(node)

    def _add_clauses(self) -> None:
        if self._clauses is None:
            return
        for term in self._clauses.constraints():
            self._require(term)
        for group in self._clauses.loose_groups():
            self._add("group", self._clauses.name_of(group.parent), Text(), partial(self._clauses.group_term, group))

    def _add(self, part: str, code: str, reason: Text, term: Callable[[], Term]) -> None:
        try:
            found = term()
        except RuleTooLarge:
            self._leave_out(part, code, "couples too many combinations to write")
            return
        if reason and found is not True:
            self._comment(f"{code}: {reason.in_language('en')}")
        self._require(found)

    def _comment(self, wording: str) -> None:
        short = wording if len(wording) <= _MAX_WORDING else wording[:_MAX_WORDING - 1] + "…"
        self._lines.append(f"// {legal_text(short)}")

    def _require(self, term: Term) -> None:
        terms = term.operands if isinstance(term, Joined) and term.operator == "&" else (term,)
        self._lines += [write_term(item, root=self._root) for item in terms if item is not True]

    def _leave_out(self, part: str, code: str, reason: str) -> None:
        self._left_out.append(LeftOut(part, code, reason))

    def _add_rules(self, projected: set[str]) -> None:
        for rule in self._definition.rules:
            if rule.strength is not Strength.HARD:
                self._leave_out("rule", rule.code, "a preference, which forbids nothing")
            elif not self._terms.is_discrete(rule.expression):
                is_told = rule.code in projected
                reason = "names a number; kept is which options go together" if is_told else "names a number or a text"
                self._leave_out("rule", rule.code, reason)
            else:
                self._add("rule", rule.code, rule.reason, partial(self._terms.rule, rule.expression))

    def _add_tables(self, projections: Sequence[Projection]) -> None:
        for table in self._definition.table_rules:
            term = partial(self._terms.table, table.attributes, table.rows, is_allowed=table.is_allowed)
            self._add("table", table.code, table.reason, term)
        for item in projections:
            term = partial(self._terms.table, item.attributes, item.rows, is_allowed=True)
            codes = ", ".join(item.rules)
            self._add("numbers of", codes, Text.of("which options go together for some numbers"), term)

    def _note_the_rest(self) -> None:
        for attribute in self._definition.attributes:
            if attribute.kind is not AttributeKind.CHOICE:
                self._leave_out("attribute", attribute.code, f"a {attribute.kind}, not a choice")
        for name in ("derived", "prices", "parts", "bom", "routing"):
            count = len(getattr(self._definition, name))
            if count:
                self._leave_out(name, "", f"{count} in all")


def _is_yes_no(attribute: Attribute) -> bool:
    return {option.code for option in attribute.options} == {"true", "false"}


def _option_node(attribute: str, option: Option, feature: str) -> Node:
    code = f"{attribute}={option.code}"
    return Node(feature, _described(option.title, option.help, code, feature, option.properties))


def _described(
    title: Text, help_: Text, code: str, feature: str, properties: Mapping[str, Fraction | str] | None = None
) -> tuple[str, ...]:
    """Give the attributes of a feature; its code stands among them when its name had to differ."""
    found = {} if code == feature else {"code": _quoted(code)}
    # An imported feature has its own name as its title: no news.
    found |= {} if dict(title.entries) == {"en": code} else _texts(title=title, help=help_)
    for name, value in (properties or {}).items():
        written = exact_decimal(value) if isinstance(value, Fraction) else _quoted(value)
        key = legal_name(name)
        if written and key.strip() and key not in ("abstract", *found):
            found[key] = written
    return tuple(f"{write_name(key)} {value}" for key, value in found.items())


def _texts(**texts: Text) -> dict[str, str]:
    return {
        key if language == DEFAULT_LANGUAGE else f"{key}_{language}": _quoted(words)
        for key, text in texts.items() for language, words in text.entries if legal_text(words)
    }


def _quoted(text: str) -> str:
    legal = legal_text(text)
    return f"'{legal}'" if legal else ""
