"""``python -m web.cli``: the verbs of ``./onelot``. Each verb's module is imported only when it is used."""

from __future__ import annotations

import importlib
import sys

import click

from catalog.errors import OnelotError
from web.cli.ending import end_at_once

COMMANDS = {
    "demo": "web.cli.demo",
    "serve": "web.cli.serving",
    "worker": "web.cli.working",
    "migrate": "web.cli.migrating",
    "doctor": "web.cli.doctor",
    "check": "web.cli.checking",
    "model": "web.cli.model",
    "plan": "web.cli.plan",
    "bench": "web.cli.bench",
    "import": "web.cli.importing",
    "user": "web.cli.user",
}


class LazyGroup(click.Group):
    """A group that imports a command's module when the command is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """List the verbs in the order of the documentation."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a verb; None when there is none of the name."""
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = importlib.import_module(COMMANDS[cmd_name]).command
        return command


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Onelot: from a personal choice to a made product."""


def run() -> None:
    """Run the command line; an expected refusal is one line on standard error and exit code 1."""
    try:
        main(prog_name="onelot")
    except OnelotError as refusal:
        problems = refusal.detail.get("problems", ())
        for line in (*(problems if isinstance(problems, list) else ()), f"onelot: {refusal.message}"):
            print(line, file=sys.stderr)
        sys.exit(1)


if __name__ == "__main__":
    try:
        run()
    except SystemExit as end:
        end_at_once(end.code)
        raise
