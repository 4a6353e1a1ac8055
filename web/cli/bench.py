"""``onelot bench``: measure ourselves against peers, in the same run on the same machine."""

from __future__ import annotations

import importlib
from pathlib import Path

import click

from web.cli.output import print_json, say

NAMES = ("configurator", "firm", "plan", "promise", "repair", "sales", "web")


@click.command("bench")
@click.argument("name")
@click.argument("files", nargs=-1, type=click.Path(exists=True, path_type=Path))
@click.option("--seconds", type=click.FloatRange(0, 86_400), default=None,
              help="Time for each file, where the benchmark plans files (plan).")
@click.option("--json", "is_json", is_flag=True, help="One line of JSON instead of a table.")
def command(name: str, files: tuple[Path, ...], *, seconds: float | None, is_json: bool) -> None:
    """Run the benchmark NAME, on FILES when given; prints the measurements."""
    if name not in NAMES:
        raise click.BadParameter(f"there is no benchmark {name}; known: {', '.join(NAMES)}")
    module = importlib.import_module(f"benchmarks.{name}")
    say(f"measuring {name}")
    if seconds is not None and name != "plan":
        raise click.BadParameter(f"--seconds is for the benchmark plan, not for {name}")
    rows = module.run(files) if seconds is None else module.run(files, seconds=seconds)
    if hasattr(module, "table") and not is_json:
        click.echo(module.table(rows))
    else:
        print_json(rows, is_pretty=not is_json)
