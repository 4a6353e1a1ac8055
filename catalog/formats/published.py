"""A source as it is published: its canonical bytes, their hash, and the way back to a definition."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass

from catalog.errors import CatalogInvalid, Problem
from catalog.formats.dimacs import parse_dimacs
from catalog.formats.network_reader import read_network
from catalog.formats.problem_list import ProblemList
from catalog.formats.product_check import check_product
from catalog.formats.product_reader import read_product
from catalog.formats.rule_sets import rule_set_file
from catalog.formats.source_files import SourceFiles
from catalog.formats.table_xml import parse_table_xml
from catalog.formats.uvl import parse_uvl
from catalog.plant import Network
from catalog.product import ProductDefinition
from catalog.rules.scope import did_you_mean

FOLDER = "folder"
NETWORK = "network"


@dataclass(frozen=True, slots=True)
class PublishedSource:
    """The files of one product or of a network, in one of the formats.

    ``format`` is ``folder``, ``network``, ``uvl``, ``dimacs`` or ``table_xml``; the last three have one file.
    """

    format: str
    files: SourceFiles

    def canonical(self) -> bytes:
        """Give the canonical bytes: UTF-8 JSON with sorted names, equal for equal files."""
        content = {"format": self.format, "files": dict(self.files.texts)}
        return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()

    def content_hash(self) -> str:
        """Give the SHA-256 of the canonical bytes, as 64 hexadecimal digits."""
        return hashlib.sha256(self.canonical()).hexdigest()

    @classmethod
    def from_canonical(cls, content: bytes) -> PublishedSource:
        """Take canonical bytes apart again."""
        value = json.loads(content)
        files = value["files"]
        if not isinstance(files, dict) or not all(isinstance(text, str) for text in (value["format"], *files.values())):
            raise TypeError("expected texts by file name")
        return cls(value["format"], SourceFiles(files))


def source_of_product(files: SourceFiles, definition: ProductDefinition) -> PublishedSource:
    """Take the source of one product out of a catalog folder: its own files, and the rule sets it uses.

    So the hash of a product changes with a rule set that it uses and with no other.
    """
    used = {rule_set_file(rule.rule_set) for rule in definition.rules if rule.rule_set}
    own = files.under(f"products/{definition.code}").texts
    return PublishedSource(FOLDER, SourceFiles({**own, **{path: files.texts[path] for path in sorted(used)}}))


def source_of_bytes(source: bytes, *, format_name: str, file_name: str) -> PublishedSource:
    """Make the source of an uploaded or imported file.

    Parameters
    ----------
    source
        The file's bytes, not compressed.
    format_name
        ``uvl``, ``dimacs`` or ``table_xml``, or ``folder`` for canonical bytes as :meth:`PublishedSource.canonical`
        gives them.
    file_name
        The file's name; the product's code comes from it.

    Returns
    -------
    PublishedSource
        The source, not yet checked.

    Raises
    ------
    CatalogInvalid
        The format is not known, or the bytes are not UTF-8 or not canonical.
    """
    if format_name != FOLDER and format_name not in _PARSERS:
        hint = did_you_mean(format_name, (*_PARSERS, FOLDER))
        raise CatalogInvalid((Problem(file_name, 0, 0, f"unknown format {format_name!r}{hint}"),))
    try:
        if format_name == FOLDER:
            return PublishedSource.from_canonical(source)
        return PublishedSource(format_name, SourceFiles({file_name: source.decode("utf-8-sig")}))
    except UnicodeDecodeError as error:
        line = source.count(b"\n", 0, error.start) + 1
        raise CatalogInvalid((Problem(file_name, line, 1, "expected UTF-8 text"),)) from error
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise CatalogInvalid((Problem(file_name, 0, 0, "expected a published catalog folder"),)) from error


def read_definition(source: PublishedSource) -> ProductDefinition:
    """Read the product of a source.

    Raises
    ------
    CatalogInvalid
        The source has faults; all of them are listed.
    """
    if source.format == FOLDER:
        return _read_folder(source.files)
    (file_name, text), = source.files.texts.items()
    return _PARSERS[source.format](text, file_name)


def read_published_network(source: PublishedSource) -> Network:
    """Read the network of a source.

    Raises
    ------
    CatalogInvalid
        The source has faults; all of them are listed.
    """
    problems = ProblemList()
    network = read_network(source.files, NETWORK, problems)
    if problems or network is None:
        raise CatalogInvalid(tuple(sorted(set(problems))))
    return network


def _read_folder(files: SourceFiles) -> ProductDefinition:
    problems = ProblemList()
    codes = files.folders_in("products")
    if len(codes) != 1:
        raise CatalogInvalid((Problem("products", 0, 0, f"found {len(codes)} products; expected one"),))
    folder = f"products/{codes[0]}"
    found = read_product(files, folder, problems)
    if found is not None:
        check_product(*found, None, folder, problems)
    if problems or found is None:
        raise CatalogInvalid(tuple(sorted(set(problems))))
    return found[0]


_PARSERS: dict[str, Callable[[str, str], ProductDefinition]] = {
    "uvl": lambda text, file: parse_uvl(text, file=file),
    "dimacs": lambda text, file: parse_dimacs(text, file=file),
    "table_xml": lambda text, file: parse_table_xml(text.encode(), file=file),
}
