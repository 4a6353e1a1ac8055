"""Table constraints in the XML of XCSP 2.1 as product definitions.

Every variable becomes a choice attribute whose option codes are the values of its domain; an ``optional``
value ("not present") is one of them. Relations with ``supports`` list what is allowed, with ``conflicts`` what
is forbidden. Predicates and global constraints are refused.
"""

from __future__ import annotations

import io
import re
import xml.sax
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from xml.sax.handler import ContentHandler
from xml.sax.xmlreader import AttributesImpl, Locator

import defusedxml.common
import defusedxml.expatreader

from catalog.errors import CatalogInvalid, Problem
from catalog.formats.bounded_reading import read_bytes, refuse
from catalog.formats.yes_no import product_code
from catalog.product import Attribute, AttributeKind, Group, Option, ProductDefinition, TableRule
from catalog.text import Text

MAX_VALUES = 10_000
"""More values in one domain are refused."""

_MAX_PROBLEMS = 100
_RANGE = re.compile(r"(-?[0-9]{1,9})\.\.(-?[0-9]{1,9})")
_NUMBER = re.compile(r"-?[0-9]{1,18}")


def read_table_xml(path: Path) -> ProductDefinition:
    """Read a file of table constraints, ``.xml`` or ``.xml.xz``.

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
    return parse_table_xml(read_bytes(path), file=path.name)


def parse_table_xml(source: bytes, *, file: str) -> ProductDefinition:
    """Read table constraints; entities and document types are refused.

    Parameters
    ----------
    source
        The XML, in the encoding it declares.
    file
        Its name, for the product's code and the problems.

    Returns
    -------
    ProductDefinition
        As ``read_table_xml`` gives it.

    Raises
    ------
    CatalogInvalid
        With every problem found, each with line and column.
    """
    handler = _Handler(file)
    parser = defusedxml.expatreader.create_parser(forbid_dtd=True)
    parser.setContentHandler(handler)
    try:
        parser.parse(io.BytesIO(source))
    except xml.sax.SAXParseException as error:
        line, column = error.getLineNumber() or 0, (error.getColumnNumber() or 0) + 1
        raise refuse(file, f"expected XML: {error.getMessage()}", line=line, column=column) from error
    except (defusedxml.common.DefusedXmlException, ValueError, LookupError) as error:
        raise refuse(file, "expected XML without document type and entities") from error
    if handler.problems:
        raise CatalogInvalid(tuple(sorted(set(handler.problems))[:_MAX_PROBLEMS]))
    return handler.definition()


@dataclass(slots=True)
class _Relation:
    arity: int
    is_allowed: bool
    rows: list[tuple[str, ...]] = field(default_factory=list)


class _Handler(ContentHandler):
    """Collects domains, variables, relations and constraints in the order of the text."""

    def __init__(self, file: str) -> None:
        super().__init__()
        self.problems: list[Problem] = []
        self._file = file
        self._domains: dict[str, tuple[str, ...]] = {}
        self._variables: dict[str, str] = {}
        self._relations: dict[str, _Relation] = {}
        self._rules: dict[str, TableRule] = {}
        self._text: list[str] = []
        self._attributes: AttributesImpl | None = None
        self._place = Locator()
        self._line, self._column = 0, 0
        self._root = ""
        self._enders: dict[str, Callable[[AttributesImpl], None]] = {
            "domain": self._end_domain, "variable": self._end_variable,
            "relation": self._end_relation, "constraint": self._end_constraint,
        }

    def definition(self) -> ProductDefinition:
        """Give what was collected."""
        options = {
            name: tuple(Option(value, Text.of(value)) for value in values)
            for name, values in self._domains.items()
        }
        title = Text.of(product_code(self._file))
        return ProductDefinition(
            code=product_code(self._file),
            title=title,
            attributes=tuple(
                Attribute(name, AttributeKind.CHOICE, Text.of(name), options=options[domain])
                for name, domain in self._variables.items()
            ),
            groups=(Group("group_1", title, tuple(self._variables)),),
            table_rules=tuple(self._rules.values()),
        )

    def startElement(self, name: str, attrs: AttributesImpl) -> None:  # noqa: N802 - named by the interface
        """Remember where the element starts, and its attributes."""
        if not self._root:
            self._root = name
            self._mark()
            if name != "instance":
                self._report(f"expected the element “instance”, found “{name}”")
        if name in ("predicate", "function", "global"):
            self._mark()
            self._report(f"“{name}” is not read; expected relations of listed tuples only")
        if name in self._enders:
            self._mark()
            self._attributes, self._text = attrs, []

    def characters(self, content: str) -> None:
        """Collect the text of the element."""
        if self._attributes is not None:
            self._text.append(content)

    def endElement(self, name: str) -> None:  # noqa: N802 - named by the interface
        """Take in a whole element."""
        if name in self._enders and self._attributes is not None:
            self._enders[name](self._attributes)
            self._attributes = None

    def endDocument(self) -> None:  # noqa: N802 - named by the interface
        """Check what only the end shows."""
        if not self._variables and not self.problems:
            self.problems.append(Problem(self._file, 0, 0, "expected at least one variable"))

    def setDocumentLocator(self, locator: Locator) -> None:  # noqa: N802 - named by the interface
        """Take the parser's own account of where it is."""
        self._place = locator

    def _mark(self) -> None:
        self._line = self._place.getLineNumber() or 0
        self._column = (self._place.getColumnNumber() or 0) + 1

    def _report(self, message: str) -> None:
        if len(self.problems) < _MAX_PROBLEMS:
            self.problems.append(Problem(self._file, self._line, self._column, message))

    def _name(self, attrs: AttributesImpl, known: dict[str, object]) -> str | None:
        name = attrs.get("name", "")
        if not name or name in known:
            self._report(f"a second “{name}”; expected each name once" if name else "expected a name")
            return None
        return name

    def _end_domain(self, attrs: AttributesImpl) -> None:
        name = self._name(attrs, {**self._domains})
        if name is None:
            return
        values: dict[str, None] = {}
        for word in [*"".join(self._text).split(), *attrs.get("optional", "").split()]:
            values.update(dict.fromkeys(self._values(word)))
            if len(values) > MAX_VALUES:
                self._report(f"expected at most {MAX_VALUES} values in a domain")
                return
        if not values:
            self._report(f"the domain “{name}” has no value; expected at least one")
        if attrs.get("nbValues", str(len(values))) != str(len(values)):
            self._report(f"expected {attrs['nbValues'][:20]} values in “{name}”, found {len(values)}")
        self._domains[name] = tuple(values)

    def _values(self, word: str) -> list[str]:
        limits = _RANGE.fullmatch(word)
        if limits is not None and 0 <= int(limits[2]) - int(limits[1]) <= MAX_VALUES:
            return [str(value) for value in range(int(limits[1]), int(limits[2]) + 1)]
        if _NUMBER.fullmatch(word) is None:
            self._report(f"expected whole numbers or ranges such as 0..5, found “{word[:40]}”")
        return [word]

    def _end_variable(self, attrs: AttributesImpl) -> None:
        name = self._name(attrs, {**self._variables})
        domain = attrs.get("domain", "")
        if domain not in self._domains:
            self._report(f"expected the name of a domain above, found “{domain[:40]}”")
        elif name is not None:
            self._variables[name] = domain

    def _end_relation(self, attrs: AttributesImpl) -> None:
        name = self._name(attrs, {**self._relations})
        semantics, arity = attrs.get("semantics", ""), attrs.get("arity", "")
        if semantics not in ("supports", "conflicts"):
            self._report(f"expected the semantics supports or conflicts, found “{semantics[:40]}”")
        elif not re.fullmatch(r"[1-9][0-9]{0,3}", arity):
            self._report(f"expected an arity from 1 to 9999, found “{arity[:40]}”")
        elif name is not None:
            relation = _Relation(int(arity), semantics == "supports")
            relation.rows = self._rows(int(arity))
            wanted = attrs.get("nbTuples", str(len(relation.rows)))
            if wanted != str(len(relation.rows)):
                self._report(f"expected {wanted[:20]} tuples, found {len(relation.rows)}")
            self._relations[name] = relation

    def _rows(self, arity: int) -> list[tuple[str, ...]]:
        text = "".join(self._text)
        if not text.strip():
            return []
        # One copy of each value, however many rows hold it.
        known: dict[str, str] = {}
        rows = [tuple(known.setdefault(word, word) for word in part.split()) for part in text.split("|")]
        if rows and not rows[-1]:
            rows.pop()
        for row in rows:
            if len(row) != arity:
                self._report(f"expected tuples of {arity} values between “|”, found {len(row)}")
                break
        return rows

    def _end_constraint(self, attrs: AttributesImpl) -> None:
        name = self._name(attrs, {**self._rules})
        scope = tuple(attrs.get("scope", "").split())
        relation = self._relations.get(attrs.get("reference", ""))
        unknown = [variable for variable in scope if variable not in self._variables]
        if unknown:
            self._report(f"expected the name of a variable above, found “{unknown[0][:40]}”")
        elif relation is None:
            self._report(f"expected the name of a relation above, found “{attrs.get('reference', '')[:40]}”")
        elif len(scope) != relation.arity or len(set(scope)) != len(scope):
            self._report(f"expected a scope of {relation.arity} different variables, found {len(scope)}")
        elif name is not None:
            self._rules[name] = TableRule(name, scope, self._possible(scope, relation), relation.is_allowed)

    def _possible(self, scope: tuple[str, ...], relation: _Relation) -> tuple[tuple[str, ...], ...]:
        """Leave out repeated rows and those with a value outside its domain: they can never be chosen."""
        domains = [set(self._domains[self._variables[variable]]) for variable in scope]
        return tuple(dict.fromkeys(
            row for row in relation.rows
            if all(value in domain for value, domain in zip(row, domains, strict=False))
        ))
