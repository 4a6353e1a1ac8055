"""``onelot model audit`` and ``model diff``: what an engineer should know of a product, and of its next version."""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path

import click

from configurator import commands_audit
from configurator.audit.difference_document import difference_lines
from web.cli.options import Seconds, day_of_rules
from web.cli.output import print_json, say
from web.settings import load_settings


@click.command("audit")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--product", default="", help="Only this product of a folder with several.")
@click.option("--seconds", type=Seconds(), default=60.0, show_default=True,
              help="Time for each product; what is left over is listed as not checked.")
@day_of_rules
@click.option("--json", "is_json", is_flag=True, help="Everything as JSON on standard output.")
def audit(file: Path, product: str, seconds: float, *, on: date, is_json: bool) -> None:
    """Examine the products of FILE; exit code 1 when a finding is an error."""
    found = commands_audit.model_audit(file, product=product, on=on, seconds=seconds,
                                       cache_directory=load_settings().cache_directory / "models")
    if isinstance(found, commands_audit.Refusal):
        print_json(found.facts, is_pretty=not is_json)
        sys.exit(found.exit_code)
    code, audits = found
    if is_json:
        print_json(commands_audit.audits_document(audits))
    else:
        for one in audits:
            for line in commands_audit.audit_lines(one):
                click.echo(line)
        say(f"{sum(len(one.findings) for one in audits)} finding(s)")
    sys.exit(code)


@click.command("diff")
@click.argument("old", type=click.Path(path_type=Path))
@click.argument("new", type=click.Path(path_type=Path))
@click.option("--product", default="", help="Only this product of folders with several.")
@click.option("--seconds", type=Seconds(), default=60.0, show_default=True,
              help="Time for each product.")
@day_of_rules
@click.option("--json", "is_json", is_flag=True, help="Everything as JSON on standard output.")
def diff(old: Path, new: Path, product: str, seconds: float, *, on: date, is_json: bool) -> None:
    """Say what the version NEW makes possible and impossible beside OLD; exit code 1 when they differ."""
    found = commands_audit.model_diff(old, new, product=product, on=on, seconds=seconds,
                                      cache_directory=load_settings().cache_directory / "models")
    if isinstance(found, commands_audit.Refusal):
        print_json(found.facts, is_pretty=not is_json)
        sys.exit(found.exit_code)
    code, difference = found
    if is_json:
        print_json(commands_audit.source_difference_document(difference))
    else:
        for word, codes in (("added", difference.added), ("removed", difference.removed)):
            for name in codes:
                click.echo(f"{name}: {word}")
        for one in difference.differences:
            for line in difference_lines(one):
                click.echo(line)
    sys.exit(code)
