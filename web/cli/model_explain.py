"""``onelot model explain``: why a value is not possible, and what would make it so."""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path

import click

from configurator.commands_explain import model_explain
from web.cli.options import day_of_rules
from web.cli.output import print_json
from web.settings import load_settings


@click.command("explain")
@click.argument("file", type=click.Path(path_type=Path))
@click.argument("wanted", metavar="NAME=VALUE")
@click.option("--choose", "choices", multiple=True, metavar="NAME=VALUE", help="A choice; may be given often.")
@click.option("--product", default="", help="Which product of a folder with several.")
@day_of_rules
@click.option("--json", "is_json", is_flag=True, help="One line of JSON instead of an indented one.")
def explain(file: Path, wanted: str, choices: tuple[str, ...], product: str, *, on: date, is_json: bool) -> None:
    """Say why FILE cannot have NAME=VALUE with the choices, or from what it follows; exit code 3 when it cannot."""
    code, answer = model_explain(file, choices, wanted, product=product, on=on,
                                 cache_directory=load_settings().cache_directory / "models")
    print_json(answer, is_pretty=not is_json)
    sys.exit(code)
