"""``onelot model audit``: what a product engineer should know of a product."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from configurator import commands_audit
from web.cli.output import print_json, say
from web.clock import utc_now
from web.settings import load_settings


@click.command("audit")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--product", default="", help="Only this product of a folder with several.")
@click.option("--seconds", type=click.FloatRange(min=0, min_open=True), default=60.0, show_default=True,
              help="Time for each product; what is left over is listed as not checked.")
@click.option("--json", "is_json", is_flag=True, help="Everything as JSON on standard output.")
def audit(file: Path, product: str, seconds: float, *, is_json: bool) -> None:
    """Examine the products of FILE; exit code 1 when a finding is an error."""
    found = commands_audit.model_audit(file, product=product, on=utc_now().date(), seconds=seconds,
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
