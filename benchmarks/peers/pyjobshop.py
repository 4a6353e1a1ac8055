"""PyJobShop on a job shop, in a process with packages of its own."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

from scheduling.job_shop.instance import JobShop

NAME = "PyJobShop"
_CHILD = Path(__file__).with_name("pyjobshop_child.py")
_GRACE_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Found:
    """The peer's makespan and its lower bound; both None when it found no schedule, with a note on why."""

    makespan: int | None = None
    lower_bound: int | None = None
    note: str = ""


def plan(instance: JobShop, *, seconds: float, workers: int = 2) -> Found:
    """Let the peer plan; without its environment the note says so."""
    python = os.environ.get("ONELOT_PEERS_PYTHON", "")
    if not python or not Path(python).exists():
        return Found(note="not installed")
    task = {
        "machines": instance.machine_count, "modes": instance.modes, "before": instance.before,
        "jobs": [job for job, _ in instance.names], "seconds": seconds, "workers": workers,
        "setups": None if instance.setups is None else instance.setups.tolist(),
    }
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    try:
        done = subprocess.run(
            [python, "-P", str(_CHILD)], input=json.dumps(task), capture_output=True, text=True,
            timeout=2 * seconds + _GRACE_SECONDS, check=True, env=environment,
        )
    except subprocess.TimeoutExpired:
        return Found(note="did not stop")
    except subprocess.CalledProcessError as error:
        said = error.stderr.strip().splitlines()
        return Found(note=f"failed: {said[-1][:60] if said else 'no words'}")
    said = json.loads(done.stdout)
    return Found(said["makespan"], said["lower_bound"], "" if said["makespan"] else "no schedule")
