"""Where a rule stands in its catalog folder: for faults that show only when the whole is put together."""

from __future__ import annotations

from catalog.errors import Problem
from catalog.formats.fields import Fields
from catalog.formats.product_reader import MAIN_FILE
from catalog.formats.rule_sets import RULE_SETS, rule_set_file
from catalog.formats.sections import Folder
from catalog.formats.source_files import SourceFiles
from catalog.formats.yaml_source import Mapping, Node, Scalar

_SECTIONS = ("rules", "table_rules")


def place_of_rule(files: SourceFiles, product_code: str, rule_code: str) -> Problem:
    """Find the entry of a rule.

    Parameters
    ----------
    files
        The catalog's files.
    product_code
        The product that has the rule.
    rule_code
        Its code in the definition: with the code of a shared set before it, and with the option's code behind it when
        ``for_each`` wrote it out.

    Returns
    -------
    Problem
        File, line and column, with an empty message; the whole main file when there is no such entry.
    """
    problems: list[Problem] = []
    folder = Folder(files, f"products/{product_code}", problems)
    main_file = Problem(folder.name(MAIN_FILE), 0, 0, "")
    root = folder.document(MAIN_FILE)
    if root is None:
        return main_file
    main = Fields(root, folder.report(MAIN_FILE), ())
    found: dict[str, Problem] = {}
    for section in _SECTIONS:
        nodes, report = folder.section(main, section)
        found |= _codes(nodes, report.file, "")
    top = Folder(files, "", problems)
    for word in main.words(RULE_SETS):
        file = rule_set_file(word.text)
        shared = top.document(file)
        if shared is not None:
            found |= _codes(Fields(shared, top.report(file), ()).items("rules"), file, f"{word.text}.")
    named = [code for code in found if rule_code == code or rule_code.startswith(f"{code}.")]
    return found[max(named, key=len)] if named else main_file


def place_of_entry(files: SourceFiles, product_code: str, section: str, code: str, *, key: str = "code") -> Problem:
    """Find an entry of a product's prices, BOM or routing by the code that its ``key`` holds.

    As :func:`place_of_rule`; a section that is a single value, such as ``weight_kg``, is the place itself.
    """
    folder = Folder(files, f"products/{product_code}", [])
    whole = Problem(folder.name(MAIN_FILE), 0, 0, "")
    root = folder.document(MAIN_FILE)
    if root is None:
        return whole
    main = Fields(root, folder.report(MAIN_FILE), ())
    value = main.find(section)
    if isinstance(value, Scalar):
        return Problem(whole.file, value.line, value.column, "")
    nodes, report = folder.section(main, section)
    return _codes(nodes, report.file, "", key).get(code, whole)


def _codes(nodes: tuple[Node, ...], file: str, prefix: str, key: str = "code") -> dict[str, Problem]:
    places: dict[str, Problem] = {}
    for node in nodes:
        code = node.entries.get(key) if isinstance(node, Mapping) else None
        if isinstance(code, Scalar):
            places.setdefault(prefix + code.text, Problem(file, node.line, node.column, ""))
    return places
