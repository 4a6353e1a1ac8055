"""Which sheets, rows and columns show a product folder, and which place of which file each cell stands for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from catalog.formats.source_files import SourceFiles
from catalog.formats.spreadsheet_spans import CsvLine, Items, Leaf, Pairs, Tree, read_csv_spans, read_spans

MAIN_FILE = "product.yaml"
KEY = "attribute"
"""The column that tells whose options a row of the sheet of all options belongs to."""

TEXT_KEYS = frozenset({"title", "help", "reason", "description", "instruction"})
"""A phrase: one English wording or a mapping of languages. Its columns are always one a language."""

_FILE_KEYS = frozenset({"options", "table"})
"""They name a CSV file, which has a sheet of its own."""

_PHRASE = ("title.en", "title.zh")
_HELP = ("help.en", "help.zh")
_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "options": ("code", *_PHRASE, *_HELP, "picture"),
    "attributes": ("code", "kind", *_PHRASE, *_HELP, "default", "minimum", "maximum", "step", "unit"),
    "prices": ("code", *_PHRASE, "amount", "when", "level", "billing"),
    "parts": ("code", *_PHRASE, "unit", "co2_kg_per_unit", "co2_source", "unit_cost"),
    "bom": ("part", "quantity", "when", "operation"),
    "presets": ("code", *_PHRASE),
}
"""Columns that a sheet has though no row uses them yet."""

_FIGURES: Mapping[str, frozenset[str]] = {
    "attributes": frozenset({"minimum", "maximum", "step", "max_length"}),
    "parts": frozenset({"co2_kg_per_unit", "unit_cost"}),
    "product": frozenset({"value"}),
}


@dataclass(frozen=True, slots=True)
class Cell:
    """What a cell shows. ``leaf`` is None where the source has a list, shown joined and not to be changed."""

    text: str
    path: tuple[str, ...]
    leaf: Leaf | None


@dataclass(frozen=True, slots=True)
class Row:
    """A row: its cells by column, and what it stands for in its listing."""

    cells: Mapping[str, Cell]
    node: Tree | CsvLine


@dataclass(frozen=True, slots=True)
class Listing:
    """A list of the source: ``header`` is empty for YAML; ``key`` is the attribute whose options it holds."""

    file: str
    rows: tuple[Row, ...]
    items: Items | None = None
    header: tuple[str, ...] = ()
    key: str = ""


@dataclass(slots=True)
class Sheet:
    """A sheet: its rows are those of its listings, one listing after the other."""

    name: str
    listings: list[Listing]
    columns: tuple[str, ...] = ()
    figures: frozenset[str] = field(default_factory=frozenset)
    """Columns of numbers, which are written as such."""
    can_grow: bool = True

    @property
    def is_keyed(self) -> bool:
        """Whether the sheet holds the options of several attributes."""
        return bool(self.listings and self.listings[0].key)

    def rows(self) -> Iterator[tuple[Listing, Row]]:
        """Give all rows with their listings."""
        for listing in self.listings:
            for row in listing.rows:
                yield listing, row


def lay_out(files: SourceFiles, product_code: str) -> tuple[Sheet, ...]:
    """Give the sheets of a product.

    Parameters
    ----------
    files
        Files of a catalog, or of the one product; the product can be read without a fault.
    product_code
        Name of its folder below ``products/``.

    Returns
    -------
    tuple[Sheet, ...]
        The product's own values first, then options, other lists and tables in the order of the source.
    """
    return _Layout(files, f"products/{product_code}").sheets()


class _Layout:
    def __init__(self, files: SourceFiles, folder: str) -> None:
        self._files = files
        self._folder = folder
        self._sheets: list[Sheet] = []

    def sheets(self) -> tuple[Sheet, ...]:
        main_file = f"{self._folder}/{MAIN_FILE}"
        root = read_spans(self._files.texts[main_file])
        if not isinstance(root, Pairs):
            return ()
        self._add_main(root, main_file)
        lookups = self._words(root.find("tables"))
        lists: dict[str, tuple[str, Tree | None]] = {key.text: (main_file, value) for key, value in root.entries}
        tables = []
        for path, text in self._files.under(self._folder).texts.items():
            name = path.removeprefix(f"{self._folder}/")
            if path.endswith(".yaml") and name != MAIN_FILE:
                lists[name.removesuffix(".yaml")] = (path, read_spans(text))
            elif path.endswith(".csv"):
                tables.append(path)
        options = self._options(lists.get("attributes"))
        lists = {key: (file, tree) for key, (file, tree) in lists.items() if _is_list_of_pairs(tree)}
        if options:
            self._add("options", options)
        for key, (file, tree) in lists.items():
            if isinstance(tree, Items):
                self._add(key, [_yaml_listing(file, tree)])
        taken = {listing.file for listing in options}
        for path in tables:
            if path not in taken:
                name = path.removeprefix(f"{self._folder}/")
                self._add(name.removesuffix(".csv"), [self._csv_listing(path)], is_lookup=name in lookups)
        return tuple(self._sheets)

    @staticmethod
    def _words(tree: Tree | None) -> frozenset[str]:
        nodes = tree.nodes if isinstance(tree, Items) else (tree,)
        return frozenset(node.text for node in nodes if isinstance(node, Leaf))

    def _add(self, name: str, listings: list[Listing], *, is_lookup: bool = False) -> None:
        columns = dict.fromkeys((KEY,) if listings[0].key else ())
        has_yaml = any(not listing.header for listing in listings)
        columns |= dict.fromkeys(_COLUMNS.get(name, ()) if has_yaml else ())
        for listing in listings:
            columns |= dict.fromkeys(listing.header)
            for row in listing.rows:
                columns |= dict.fromkeys(row.cells)
        figures = frozenset(columns) if is_lookup else _FIGURES.get(name, frozenset())
        if listings[0].key:
            figures = frozenset(columns) - {KEY, *_COLUMNS["options"]}
        self._sheets.append(Sheet(self._sheet_name(name), listings, tuple(columns), figures))

    def _sheet_name(self, name: str) -> str:
        """Give a name as spreadsheets allow it: at most 31 characters, some of them barred, no case told apart."""
        legal = "".join("_" if character in "[]:*?/\\'" else character for character in name)[:28] or "sheet"
        taken = {"about", *(sheet.name.lower() for sheet in self._sheets)}
        found, number = legal, 1
        while found.lower() in taken:
            number += 1
            found = f"{legal}_{number}"
        return found

    def _add_main(self, root: Pairs, file: str) -> None:
        """Add the sheet of the product's own values: one row a value, the name fixed."""
        rows = []
        for column, cell in _cells(root).items():
            rows.append(Row({"name": Cell(column, (), None), "value": cell}, root))
        self._sheets.append(Sheet("product", [Listing(file, tuple(rows))], ("name", "value"), _FIGURES["product"],
                                  can_grow=False))

    def _options(self, attributes: tuple[str, Tree | None] | None) -> list[Listing]:
        file, tree = attributes or ("", None)
        found = []
        for item in tree.nodes if isinstance(tree, Items) else ():
            code, options = (item.find("code"), item.find("options")) if isinstance(item, Pairs) else (None, None)
            if not isinstance(code, Leaf):
                continue
            if isinstance(options, Items):
                found.append(_yaml_listing(file, options, attribute=code.text))
            elif isinstance(options, Leaf):
                path = f"{self._folder}/{options.text}"
                if path in self._files.texts:
                    found.append(self._csv_listing(path, attribute=code.text))
        return found

    def _csv_listing(self, path: str, attribute: str = "") -> Listing:
        lines = read_csv_spans(self._files.texts[path])
        header = tuple(leaf.text for leaf in lines[0].cells) if lines else ()
        rows = []
        for line in lines[1:]:
            cells = _attribute_cell(attribute)
            for name, leaf in zip(header, line.cells, strict=True):
                if leaf.text and name not in cells:
                    cells[name] = Cell(leaf.text, (name,), leaf)
            rows.append(Row(cells, line))
        return Listing(path, tuple(rows), None, header, attribute)


def _is_list_of_pairs(tree: Tree | None) -> bool:
    return isinstance(tree, Items) and bool(tree.nodes) and any(isinstance(node, Pairs) for node in tree.nodes)


def _attribute_cell(attribute: str) -> dict[str, Cell]:
    return {KEY: Cell(attribute, (), None)} if attribute else {}


def _yaml_listing(file: str, items: Items, attribute: str = "") -> Listing:
    rows = []
    for node in items.nodes:
        cells = {"code": Cell(node.text, ("code",), node)} if isinstance(node, Leaf) else _cells(node)
        rows.append(Row(_attribute_cell(attribute) | cells | _attribute_cell(attribute), node))
    return Listing(file, tuple(rows), items, (), attribute)


def _cells(tree: Tree) -> dict[str, Cell]:
    """Give the cells of a mapping: a key a column, ``outer.inner`` for a mapping in it."""
    cells: dict[str, Cell] = {}
    for key, value in tree.entries if isinstance(tree, Pairs) else ():
        if isinstance(value, Leaf):
            path = (key.text, "en") if key.text in TEXT_KEYS else (key.text,)
            is_fixed = key.text in _FILE_KEYS and value.text.endswith(".csv")
            cells |= {key.text: Cell(value.text, path, None)} if is_fixed else _cell(path, value)
        elif isinstance(value, Pairs):
            for inner, leaf in value.entries:
                if isinstance(leaf, Leaf):
                    cells |= _cell((key.text, inner.text), leaf)
        elif key.text not in _FILE_KEYS and (words := _joined(value.nodes)):
            cells[key.text] = Cell(words, (key.text,), None)
    return cells


def _cell(path: tuple[str, ...], leaf: Leaf) -> dict[str, Cell]:
    is_absent = not leaf.text.strip() and not leaf.style
    return {} if is_absent else {".".join(path): Cell(leaf.text.strip(), path, leaf)}


def _joined(nodes: Iterable[Tree]) -> str:
    words = [node.text if isinstance(node, Leaf) else None for node in nodes]
    return "" if None in words else ", ".join(word for word in words if word is not None)
