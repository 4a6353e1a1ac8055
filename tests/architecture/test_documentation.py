"""What is there is documented: commands, error codes, job kinds; migrations are numbered."""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterator

import click
import pytest
from click.testing import CliRunner

import migrations
from catalog.errors import OnelotError
from tests.architecture.project import ROOT, module_name, package_files
from web.cli.__main__ import COMMANDS, main
from web.errors import STATUS_BY_CODE
from web.jobs.handlers import build_kinds
from web.settings import load_settings


def commands() -> Iterator[tuple[str, click.Command]]:
    """Give every command with its whole name."""
    context = click.Context(main)
    for name in COMMANDS:
        command = main.get_command(context, name)
        assert command is not None
        if isinstance(command, click.Group):
            yield from ((f"{name} {part}", command.commands[part]) for part in command.commands)
        else:
            yield name, command


def test_every_command_and_option_is_documented() -> None:
    page = (ROOT / "docs" / "command-line.md").read_text(encoding="utf-8")
    missing = []
    for name, command in commands():
        if f"./onelot {name}" not in page:
            missing.append(name)
        for parameter in command.params:
            missing += [f"{name} {option}" for option in parameter.opts if option.startswith("--")
                        and f"`{option}" not in page and f" {option}" not in page]
    assert not missing


@pytest.mark.parametrize("name", list(COMMANDS))
def test_every_verb_has_help_and_is_known_to_the_script(name: str) -> None:
    result = CliRunner().invoke(main, [name, "--help"])
    assert result.exit_code == 0
    assert len(result.output.splitlines()) > 3
    assert re.search(rf"\b{name}\b", (ROOT / "onelot").read_text(encoding="utf-8"))


def error_codes() -> dict[str, str]:
    """Give the code of every expected refusal with the class that carries it."""
    for path in package_files():
        if "OnelotError" in path.read_text(encoding="utf-8"):
            importlib.import_module(module_name(path))
    found: dict[str, str] = {}
    waiting = [OnelotError]
    while waiting:
        kind = waiting.pop()
        waiting += kind.__subclasses__()
        if kind.__module__.split(".")[0] != "tests" and kind.__module__.split(".")[0] in {
                "catalog", "configurator", "scheduling", "ordering", "lifecycle", "web"}:
            found[kind.code] = kind.__qualname__
    return found


def test_every_error_code_has_a_status_and_is_documented() -> None:
    page = (ROOT / "docs" / "errors.md").read_text(encoding="utf-8")
    codes = error_codes()
    assert {code: name for code, name in codes.items() if code not in STATUS_BY_CODE} == {}
    assert [code for code in codes if f"`{code}`" not in page] == []


def test_every_status_belongs_to_a_code_that_exists() -> None:
    assert set(STATUS_BY_CODE) <= set(error_codes())


def test_every_kind_of_background_work_is_documented() -> None:
    page = (ROOT / "docs" / "development.md").read_text(encoding="utf-8")
    kinds = build_kinds(load_settings({}, secret_key="x" * 40))
    assert [code for code in kinds.list_codes() if f"`{code}`" not in page] == []


def test_migrations_are_numbered_without_gap_and_the_head_is_named() -> None:
    names = sorted(path.stem for path in (ROOT / "migrations" / "versions").glob("*.py"))
    assert [name.split("_")[0] for name in names] == [f"{number:04}" for number in range(1, len(names) + 1)]
    assert migrations.HEAD_FILE.read_text(encoding="utf-8").strip() == names[-1] == migrations.head()


def test_decisions_are_one_page_each_with_their_parts() -> None:
    pages = sorted((ROOT / "docs" / "decisions").glob("*.md"))
    assert len(pages) >= 5
    for page in pages:
        words = page.read_text(encoding="utf-8")
        assert words.startswith("# ")
        assert len(words.splitlines()) <= 60
        for part in ("## Context", "## Decision", "## What it rules out"):
            assert part in words, page.name
