"""The script ``./onelot``: plain POSIX shell, every verb, quick when there is nothing to set up."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from pathlib import Path

import pytest

from tests.architecture.project import ROOT
from web.cli.__main__ import COMMANDS

SCRIPT = ROOT / "onelot"


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the script as a shell does, with little around it."""
    return subprocess.run(["/bin/sh", str(SCRIPT), *arguments], capture_output=True, text=True, check=False, cwd="/",
                          env={"PATH": os.environ["PATH"], "ONELOT_SKIP_SYSTEM_PACKAGES": "1"} | environment)


@pytest.mark.parametrize("shell", ["sh", "dash", "bash"])
def test_script_is_plain_shell(shell: str) -> None:
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not on this machine")
    subprocess.run([shell, "-n", str(SCRIPT)], check=True)
    assert os.access(SCRIPT, os.X_OK)
    assert os.access(ROOT / ".ci" / "run", os.X_OK)


def test_script_offers_every_verb() -> None:
    words = run("help").stdout
    assert all(verb in words for verb in (*COMMANDS, "test"))


def test_unknown_verb_is_refused_with_64() -> None:
    result = run("nonsense")
    assert result.returncode == 64
    assert "nonsense" in result.stderr


def stamped_environment(folder: Path) -> Path:
    """An environment that is set up as far as the script can see, whose Python only tells what it was asked."""
    python = folder / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text('#!/bin/sh\necho "$@"\n')
    python.chmod(0o755)
    (folder / ".documents-ready").touch()
    return folder


def test_second_start_only_hands_over_and_keeps_the_callers_folder(tmp_path: Path) -> None:
    venv = stamped_environment(tmp_path / "venv")
    # The stamp is the checksum that the script itself computes.
    stamp = subprocess.run(["sh", "-c", f'{{ cat "{ROOT}/requirements.txt"; printf "layout 1\\n"; }} | sha256sum'],
                           capture_output=True, text=True, check=True).stdout
    (venv / ".stamp-requirements").write_text(stamp)
    started = time.monotonic()
    result = run("model", "check", "a file.uvl", ONELOT_VENV=str(venv))
    assert result.stdout == "-P -m web.cli model check a file.uvl\n", result.stderr
    assert time.monotonic() - started < 1.0
