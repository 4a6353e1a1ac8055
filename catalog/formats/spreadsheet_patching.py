"""Edits of rows as replacements in a text: single values change, everything around them stays as it was written."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import yaml

from catalog.formats.spreadsheet_layout import TEXT_KEYS, Listing
from catalog.formats.spreadsheet_spans import CsvLine, Items, Leaf, Pairs, Tree, read_spans

Changes = Mapping[tuple[str, ...], str]
"""New texts by path of keys; an empty text takes the key away."""


class NotWritable(Exception):
    """An edit that the file cannot take; the message says why."""


@dataclass(frozen=True, slots=True)
class Replacement:
    """The characters from ``start`` up to ``end`` become ``text``."""

    start: int
    end: int
    text: str


@dataclass(slots=True)
class ListingEdits:
    """What happens to the rows of a listing, by place; additions by the place before them, -1 for the top."""

    changed: dict[int, Changes]
    removed: set[int]
    added: dict[int, list[Changes]]


def apply(text: str, replacements: Iterable[Replacement], start: int = 0, end: int | None = None) -> str:
    """Give a stretch of a text with its replacements, which do not overlap."""
    pieces, position = [], start
    for item in sorted(replacements, key=lambda item: item.start):
        if item.start < position:
            raise NotWritable("two changes meet here; make one after the other")
        pieces += [text[position:item.start], item.text]
        position = item.end
    return "".join(pieces) + text[position:end]


def patch_listing(text: str, listing: Listing, edits: ListingEdits) -> str:
    """Give a file's text with the edits of one of its listings.

    Raises
    ------
    NotWritable
        The file cannot take an edit.
    """
    if listing.header:
        return apply(text, _csv_replacements(listing, edits))
    if listing.items is None:
        (row, *_), merged = listing.rows, dict[tuple[str, ...], str]()
        for changes in edits.changed.values():
            merged |= changes
        return apply(text, _changed(text, row.node, merged)) if isinstance(row.node, Pairs) else text
    return apply(text, _list_replacements(text, listing.items, edits))


def _csv_replacements(listing: Listing, edits: ListingEdits) -> list[Replacement]:
    found = []
    for place, row in enumerate(listing.rows):
        line = row.node
        if not isinstance(line, CsvLine):
            continue
        if place in edits.removed:
            found.append(Replacement(line.start, line.end + 1, ""))
        for path, text in edits.changed.get(place, {}).items():
            column = _csv_column(listing, path)
            leaf = line.cells[column]
            found.append(Replacement(leaf.start, leaf.end, csv_cell(text, is_first=not column)))
    for place, rows in edits.added.items():
        lines = [_csv_line(listing, changes) for changes in rows]
        if place >= 0:
            line = listing.rows[place].node
            end = line.end + (1 if place in edits.removed else 0)
            lines = [f"{new}\n" if place in edits.removed else f"\n{new}" for new in lines]
        elif listing.rows:
            end = listing.rows[0].node.start
            lines = [f"{new}\n" for new in lines]
        else:
            raise NotWritable("the table has no row yet; write its first row in the file")
        found.append(Replacement(end, end, "".join(lines)))
    return found


def _csv_column(listing: Listing, path: tuple[str, ...]) -> int:
    name = ".".join(path)
    if name not in listing.header:
        raise NotWritable(f"{listing.file} has no column {name!r}; add it there first")
    return listing.header.index(name)


def _csv_line(listing: Listing, changes: Changes) -> str:
    cells = [""] * len(listing.header)
    for path, text in changes.items():
        column = _csv_column(listing, path)
        cells[column] = csv_cell(text, is_first=not column)
    return ",".join(cells)


def csv_cell(text: str, *, is_first: bool) -> str:
    """Write a cell of a CSV file, in quotes where it needs them."""
    if "\n" in text:
        raise NotWritable("a cell of a table has one line")
    if any(character in text for character in ',"') or (is_first and text.startswith("#")):
        return '"' + text.replace('"', '""') + '"'
    return text


def _list_replacements(text: str, items: Items, edits: ListingEdits) -> list[Replacement]:
    inner = {
        place: _changed(text, items.nodes[place], changes, is_flow=items.is_flow)
        for place, changes in edits.changed.items() if place not in edits.removed
    }
    if items.is_flow:
        if not edits.removed and not edits.added:
            return [item for found in inner.values() for item in found]
        kept = {
            place: apply(text, inner.get(place, ()), node.start, node.end)
            for place, node in enumerate(items.nodes) if place not in edits.removed
        }
        added = {place: [_new_item(changes) for changes in rows] for place, rows in edits.added.items()}
        return [_refilled(text, items, [(node.start, node.end) for node in items.nodes], kept, added)]
    found = [item for replacements in inner.values() for item in replacements]
    dashes = [text.rindex("-", 0, node.start) for node in items.nodes]
    for place in edits.removed:
        following = _line_end(text, items.nodes[place].end) + 1
        found.append(Replacement(_line_start(text, dashes[place]), following, ""))
    indent = text[_line_start(text, dashes[0]):dashes[0]]
    for place, rows in edits.added.items():
        lines = [f"{indent}- {_new_item(changes)}" for changes in rows]
        found.append(_added_lines(text, lines, place, items, dashes, is_removed=place in edits.removed))
    return found


def _refilled(text: str, node: Items | Pairs, spans: Sequence[tuple[int, int]], kept: Mapping[int, str],
              added: Mapping[int, Sequence[str]]) -> Replacement:
    """Write a list or mapping in brackets anew; what stands between its parts stays where parts stay."""
    pieces: list[str] = []
    for place in range(-1, len(spans)):
        if place in kept:
            before = text[spans[place - 1][1]:spans[place][0]] if place else ", "
            pieces += [before if pieces else "", kept[place]]
        for part in added.get(place, ()):
            pieces += [", " if pieces else "", part]
    first, last = (spans[0][0], spans[-1][1]) if spans else (node.start + 1, node.end - 1)
    return Replacement(node.start, node.end, text[node.start:first] + "".join(pieces) + text[last:node.end])


def _added_lines(text: str, lines: Sequence[str], place: int, items: Items, dashes: Sequence[int], *,
                 is_removed: bool) -> Replacement:
    if place < 0:
        start = _line_start(text, dashes[0])
        return Replacement(start, start, "".join(f"{line}\n" for line in lines))
    end = _line_end(text, items.nodes[place].end)
    if is_removed and end < len(text):
        return Replacement(end + 1, end + 1, "".join(f"{line}\n" for line in lines))
    return Replacement(end, end, "".join(f"\n{line}" for line in lines))


def _new_item(changes: Changes) -> str:
    """Write a new row as a mapping on one line."""
    parts = [f"{write_scalar(key, is_flow=True)}: {_new_value(inner, key)}" for key, inner in _by_key(changes).items()]
    return "{" + ", ".join(parts) + "}"


def _by_key(changes: Changes) -> dict[str, dict[tuple[str, ...], str]]:
    grouped: dict[str, dict[tuple[str, ...], str]] = {}
    for path, text in changes.items():
        grouped.setdefault(path[0], {})[path[1:]] = text
    return grouped


def _new_value(inner: Mapping[tuple[str, ...], str], key: str, *, is_flow: bool = True) -> str:
    """Write the value of a key that was not there: a scalar, or a mapping on one line."""
    kept = {path: text for path, text in inner.items() if text}
    if set(kept) == {()} or (key in TEXT_KEYS and set(kept) == {("en",)}):
        return write_scalar(next(iter(kept.values())), is_flow=is_flow)
    if () in kept:
        raise NotWritable(f"{key} cannot have a value and columns of its own")
    words = {".".join(path): write_scalar(text, is_flow=True) for path, text in kept.items()}
    return "{" + ", ".join(f"{write_scalar(name, is_flow=True)}: {word}" for name, word in words.items()) + "}"


def _changed(text: str, node: Tree, changes: Changes, *, is_flow: bool = False) -> list[Replacement]:
    """Give the replacements of a mapping, or of a word that stands for one with nothing but a code."""
    if isinstance(node, Leaf):
        merged = {("code",): node.text, **changes}
        if set(merged) == {("code",)}:
            return [Replacement(node.start, node.end, write_scalar(merged["code",], is_flow=is_flow, style=node.style))]
        return [Replacement(node.start, node.end, _new_item(merged))]
    if not isinstance(node, Pairs):
        raise NotWritable("a list cannot be changed here")
    found: dict[str, list[Replacement]] = {}
    removed: set[str] = set()
    added: list[tuple[str, str]] = []
    for key, inner in _by_key(changes).items():
        value = node.find(key)
        if value is None:
            if any(inner.values()):
                added.append((key, _new_value(inner, key, is_flow=node.is_flow)))
            continue
        replacements = _changed_value(text, key, value, inner, is_flow=node.is_flow)
        if replacements is None:
            removed.add(key)
        else:
            found[key] = replacements
    return _rebuilt(text, node, found, removed, added)


def _changed_value(text: str, key: str, value: Tree, inner: Mapping[tuple[str, ...], str], *,
                   is_flow: bool) -> list[Replacement] | None:
    """Give the replacements of a key's value; None when nothing of it is left."""
    if isinstance(value, Leaf):
        own: tuple[str, ...] = ("en",) if key in TEXT_KEYS else ()
        merged = {path: new for path, new in {own: value.text.strip(), **inner}.items() if new}
        if not merged:
            return None
        if set(merged) == {own}:
            written = write_scalar(next(iter(merged.values())), is_flow=is_flow, style=value.style)
        else:
            written = _new_value(merged, key, is_flow=is_flow)
        # A key without a value ends at its colon.
        return [Replacement(value.start, value.end, written if value.end > value.start else f" {written}")]
    if not isinstance(value, Pairs) or () in inner:
        raise NotWritable("a list cannot be changed here")
    left = {name.text for name, _ in value.entries} - {path[0] for path, new in inner.items() if not new}
    if not left and not any(inner.values()):
        return None
    return _changed(text, value, inner)


def _rebuilt(text: str, node: Pairs, found: Mapping[str, list[Replacement]], removed: set[str],
             added: Sequence[tuple[str, str]]) -> list[Replacement]:
    """Give the replacements of a mapping of which keys go or come."""
    if node.is_flow and (removed or added):
        kept = {
            place: apply(text, found.get(key.text, ()), key.start, value.end)
            for place, (key, value) in enumerate(node.entries) if key.text not in removed
        }
        last = max(kept, default=-1)
        new = [f"{write_scalar(key, is_flow=True)}: {value}" for key, value in added]
        return [_refilled(text, node, [(key.start, value.end) for key, value in node.entries], kept, {last: new})]
    replacements = [item for key, items in found.items() if key not in removed for item in items]
    for place, (key, value) in enumerate(node.entries):
        if key.text not in removed:
            continue
        if place or not text[_line_start(text, key.start):key.start].strip():
            following = _line_end(text, value.end) + 1
            replacements.append(Replacement(_line_start(text, key.start), following, ""))
        else:
            # The key stands beside the dash of its item: it stays, without a value.
            replacements.append(Replacement(key.end, value.end, ":"))
    if added:
        indent = " " * (node.entries[0][0].column - 1)
        end = _line_end(text, node.end)
        lines = "".join(f"\n{indent}{write_scalar(key, is_flow=False)}: {value}" for key, value in added)
        replacements.append(Replacement(end, end, lines))
    return replacements


def write_scalar(text: str, *, is_flow: bool, style: str = "") -> str:
    """Write a value in YAML: in the quotes it had, plain where it may be, else in double quotes.

    Raises
    ------
    NotWritable
        YAML has no way to write the text.
    """
    plain, single = text, "'" + text.replace("'", "''") + "'"
    double = json.dumps(text, ensure_ascii=False)
    candidates = {'"': (double,), "'": (single, double)}.get(style, (plain, double))
    for candidate in candidates:
        if "\n" not in candidate and _says(f"{{k: {candidate}}}" if is_flow else f"k: {candidate}", text):
            return candidate
    raise NotWritable("it holds characters that the file cannot hold")


def _says(document: str, text: str) -> bool:
    try:
        tree = read_spans(document)
    except yaml.YAMLError:
        return False
    if not isinstance(tree, Pairs) or len(tree.entries) != 1:
        return False
    value = tree.entries[0][1]
    return isinstance(value, Leaf) and value.text == text


def _line_start(text: str, position: int) -> int:
    return text.rfind("\n", 0, position) + 1


def _line_end(text: str, position: int) -> int:
    found = text.find("\n", position)
    return len(text) if found < 0 else found
