"""``onelot model``: what choices leave possible, and whether a source is sound."""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path

import click

from catalog.errors import OnelotError
from configurator import commands
from web.cli.model_audit import audit, diff
from web.cli.model_complete import complete
from web.cli.model_explain import explain
from web.cli.model_export import export, import_onto
from web.cli.options import day_of_rules
from web.cli.output import print_json, say
from web.settings import load_settings


@click.group("model")
def command() -> None:
    """Products as models: a catalog folder, .uvl, .dimacs or table-constraint .xml, also with .xz behind."""


@command.command("domains")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--choose", "choices", multiple=True, metavar="NAME=VALUE", help="A choice; may be given often.")
@click.option("--product", default="", help="Which product of a folder with several.")
@day_of_rules
@click.option("--json", "is_json", is_flag=True, help="One line of JSON instead of an indented one.")
def domains(file: Path, choices: tuple[str, ...], product: str, *, on: date, is_json: bool) -> None:
    """Say what the choices leave possible in FILE; exit code 3 when they contradict each other."""
    code, answer = commands.model_domains(
        file, choices, product=product, on=on, cache_directory=load_settings().cache_directory / "models")
    print_json(answer, is_pretty=not is_json)
    sys.exit(code)


@command.command("check")
@click.argument("file", type=click.Path(path_type=Path))
@day_of_rules
@click.option("--json", "is_json", is_flag=True, help="The problems as JSON on standard output.")
def check(file: Path, *, on: date, is_json: bool) -> None:
    """Say every problem of FILE with its place; exit code 1 when there are any."""
    try:
        code, problems = commands.model_check(file, on=on)
    except OnelotError as refusal:
        say(refusal.message)
        sys.exit(1)
    if is_json:
        print_json([{"file": p.file, "line": p.line, "column": p.column, "message": p.message} for p in problems])
    else:
        for problem in problems:
            click.echo(str(problem))
        say(f"{len(problems)} problem(s)")
    sys.exit(code)


command.add_command(audit)
command.add_command(diff)
command.add_command(explain)
command.add_command(export)
command.add_command(import_onto)
command.add_command(complete)
