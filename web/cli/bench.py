"""``onelot bench``: measure ourselves against peers, in the same run on the same machine."""

from __future__ import annotations

import importlib
import pkgutil
from pathlib import Path

import click

import benchmarks
from web.cli.output import print_json, say


@click.command("bench")
@click.argument("name")
@click.argument("files", nargs=-1, type=click.Path(exists=True, path_type=Path))
@click.option("--json", "is_json", is_flag=True, help="One line of JSON instead of a table.")
def command(name: str, files: tuple[Path, ...], *, is_json: bool) -> None:
    """Run the benchmark NAME, on FILES when given; prints the measurements."""
    known = sorted(module.name for module in pkgutil.iter_modules(benchmarks.__path__))
    if name not in known:
        raise click.BadParameter(f"there is no benchmark {name}; known: {', '.join(known)}")
    module = importlib.import_module(f"benchmarks.{name}")
    if not hasattr(module, "run"):
        raise click.BadParameter(f"{name} is a part of other benchmarks")
    say(f"measuring {name}")
    rows = module.run(files)
    if hasattr(module, "table") and not is_json:
        click.echo(module.table(rows))
    else:
        print_json(rows, is_pretty=not is_json)
