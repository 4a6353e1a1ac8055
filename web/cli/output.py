"""How commands speak: JSON on standard output, words on standard error."""

from __future__ import annotations

import json

import click


def print_json(value: object, *, is_pretty: bool = False) -> None:
    """Print a value as JSON in UTF-8 on standard output; what an argument held that is no text becomes ``?``."""
    written = json.dumps(value, ensure_ascii=False, indent=2 if is_pretty else None)
    click.echo(written.encode("utf-8", "replace").decode())


def say(words: str) -> None:
    """Print a line for people on standard error."""
    click.echo(words, err=True)
