"""``onelot plan``: plan a flexible job shop file."""

from __future__ import annotations

from pathlib import Path

import click

from scheduling.plan_file import plan_file
from web.cli.output import print_json


@click.command("plan")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--seconds", type=click.FloatRange(0, 86_400), default=10.0, show_default=True,
              help="Time limit, reading the file included.")
@click.option("--json", "is_json", is_flag=True, help="The answer as JSON (it is always).")
def command(file: Path, seconds: float, *, is_json: bool) -> None:
    """Plan FILE (standard flexible job shop format) for the least makespan."""
    print_json(plan_file(file, seconds=seconds), is_pretty=not is_json)
