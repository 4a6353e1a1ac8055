"""``onelot model export`` and ``onelot model import``: products in formats of other programs, and edits back."""

from __future__ import annotations

import difflib
import shutil
import sys
from collections.abc import Iterable
from pathlib import Path

import click

from catalog.errors import CatalogInvalid
from catalog.formats.bounded_reading import read_bytes
from catalog.formats.source import read_source
from catalog.formats.source_files import SourceFiles, load_files
from catalog.formats.spreadsheet import apply_workbook, product_of, to_workbook
from configurator.commands import EXIT_INVALID, EXIT_UNKNOWN, ProductUnknown
from configurator.discrete_part import write_discrete_part
from web.cli.output import print_json, say

UVL, XLSX = "uvl", "xlsx"


@click.command("export")
@click.argument("file", type=click.Path(exists=True, path_type=Path))
@click.option("--to", "format_name", type=click.Choice([UVL, XLSX]), required=True, help="The format to write.")
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path),
              help="Where to write; UVL goes to standard output when left out.")
@click.option("--product", default="", help="Which product of a folder with several.")
def export(file: Path, format_name: str, output: Path | None, product: str) -> None:
    """Write a product of FILE as a UVL feature model, or of a catalog folder as a workbook."""
    if format_name == XLSX and (output is None or not file.is_dir()):
        raise click.UsageError("A workbook is written from a catalog folder to a file: name it with -o.")
    try:
        content = _uvl(file, product) if format_name == UVL else _workbook(file, product)
    except ProductUnknown as refusal:
        say(refusal.message)
        sys.exit(EXIT_UNKNOWN)
    if output is None:
        click.echo(content.decode(), nl=False)
    else:
        try:
            output.write_bytes(content)
        except OSError as error:
            say(f"{output} cannot be written: {error.strerror}")
            sys.exit(EXIT_INVALID)


@click.command("import")
@click.argument("workbook", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--onto", "folder", type=click.Path(exists=True, file_okay=False, path_type=Path), required=True,
              help="The catalog folder that the workbook was exported from.")
@click.option("--product", default="", help="Which product; left out: the one the workbook names.")
def import_onto(workbook: Path, folder: Path, product: str) -> None:
    """Take the edits of WORKBOOK over into a catalog folder; exit code 1, with cell addresses, when refused."""
    try:
        content = read_bytes(workbook)
        files, problems = load_files(folder)
        if problems:
            raise CatalogInvalid(problems)
        code = product or product_of(content)
        patched = apply_workbook(files, code, content)
    except CatalogInvalid as refusal:
        for problem in refusal.problems:
            say(f"{problem.file}: {problem.message}" if "!" in problem.file else str(problem))
        say(f"{len(refusal.problems)} problem(s); nothing was changed")
        sys.exit(EXIT_INVALID)
    changed = [name for name, text in sorted(patched.texts.items()) if text != files.texts[name]]
    for name in changed:
        _say_difference(name, files, patched)
        write_text(folder / name, patched.texts[name])
    print_json({"product": code, "changed": changed})


def _uvl(file: Path, product: str) -> bytes:
    products = {item.code: item for item in read_source(file).products}
    written = write_discrete_part(products[only_product(products, product)])
    for item in written.left_out:
        say(f"left out: {item}")
    return written.text.encode()


def _workbook(folder: Path, product: str) -> bytes:
    files, problems = load_files(folder)
    if problems:
        raise CatalogInvalid(problems)
    return to_workbook(files, only_product(files.folders_in("products"), product))


def only_product(codes: Iterable[str], wanted: str) -> str:
    """Give the code that is meant: the one wanted, or the only one there is; raise ProductUnknown for neither."""
    known = sorted(codes)
    if wanted in known:
        return wanted
    if not wanted and len(known) == 1:
        return known[0]
    raise ProductUnknown(f"Name one product of the catalog with --product: {', '.join(known)}.", products=known)


def _say_difference(name: str, before: SourceFiles, after: SourceFiles) -> None:
    lines = difflib.unified_diff(
        before.texts[name].splitlines(), after.texts[name].splitlines(), name, name, n=0, lineterm="")
    for line in lines:
        say(line)


def write_text(path: Path, text: str) -> None:
    """Replace a file's text in one step, keeping its line ends and byte order mark as they were."""
    old = path.read_bytes()
    ends = "\r\n" if b"\r\n" in old else "\n"
    mark = b"\xef\xbb\xbf" if old.startswith(b"\xef\xbb\xbf") else b""
    target = path.resolve()
    fresh = target.with_name(f".{target.name}.new")
    fresh.write_bytes(mark + text.replace("\n", ends).encode())
    shutil.copymode(target, fresh)
    fresh.replace(target)
