"""``onelot model complete``: the best product of some choices, within limits."""

from __future__ import annotations

import re
import sys
from datetime import date
from pathlib import Path

import click

from configurator.commands_complete import OBJECTIVES, Order, model_complete
from web.cli.options import day_of_rules
from web.cli.output import print_json
from web.settings import load_settings

_MOST = 10**9
_AMOUNT = re.compile(r"([0-9]{1,9})(?:\.([0-9]{1,2}))?", re.ASCII)


class Amount(click.ParamType[int]):
    """Money in major units with at most two decimals; gives minor units."""

    name = "amount"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Read an amount such as ``1250`` or ``1250.50``."""
        found = _AMOUNT.fullmatch(str(value))
        if found is None:
            self.fail("an amount is written like 1250 or 1250.50", param, ctx)
        return int(found[1]) * 100 + int((found[2] or "").ljust(2, "0"))


@click.command("complete")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--choose", "choices", multiple=True, metavar="NAME=VALUE", help="A choice; may be given often.")
@click.option("--objective", type=click.Choice(list(OBJECTIVES)), default="popular", show_default=True)
@click.option("--budget", type=Amount(), metavar="AMOUNT",
              help="Most net price of one piece, paid once, in the product's currency.")
@click.option("--co2-grams", type=click.IntRange(0, _MOST), help="Most footprint of the material of one piece.")
@click.option("--minutes", type=click.IntRange(0, _MOST), help="Most work content of one piece.")
@click.option("--free", "free", multiple=True, metavar="NAME",
              help="A number or service that need not keep its default; may be given often.")
@click.option("--product", default="", help="Which product of a folder with several.")
@day_of_rules
@click.option("--json", "is_json", is_flag=True, help="One line of JSON instead of an indented one.")
def complete(file: Path, choices: tuple[str, ...], objective: str, *, budget: int | None,  # noqa: PLR0913 - options
             co2_grams: int | None, minutes: int | None, free: tuple[str, ...], product: str, on: date,
             is_json: bool) -> None:
    """Decide the rest of FILE in the best way; exit code 3 with the nearest miss when limits cannot be met."""
    code, answer = model_complete(
        file, choices, Order(objective, budget, co2_grams, minutes, free), product=product, on=on,
        cache_directory=load_settings().cache_directory / "models")
    print_json(answer, is_pretty=not is_json)
    sys.exit(code)
