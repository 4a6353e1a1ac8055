"""flamapy's complete analysis (PySATBackbone, the choices as clauses), in a process with packages of its own."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

from benchmarks.peers.question import Question, Reply

NAME = "flamapy, backbone"
_CHILD = Path(__file__).with_name("flamapy_child.py")
_GRACE_SECONDS = 90.0


def reply(question: Question, *, seconds: float) -> Reply:
    """Answer the question; without flamapy's environment the note says so."""
    python = os.environ.get("ONELOT_PEERS_PYTHON", "")
    if not python or not Path(python).exists():
        return Reply(note="not installed")
    task = {
        "clauses": [list(clause) for clause in question.clauses], "options": list(question.options),
        "steps": [list(step) for step in question.steps], "seconds": seconds,
    }
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    try:
        done = subprocess.run(
            [python, "-P", str(_CHILD)], input=json.dumps(task), capture_output=True, text=True,
            timeout=seconds + _GRACE_SECONDS, check=True, env=environment,
        )
    except subprocess.TimeoutExpired:
        return Reply(note=f"no complete answer in {seconds + _GRACE_SECONDS:.0f} s")
    except subprocess.CalledProcessError as error:
        return Reply(note=f"failed: {error.stderr.strip().splitlines()[-1] if error.stderr.strip() else 'no words'}")
    said = json.loads(done.stdout)
    return Reply(said["milliseconds"], said["possible"])
