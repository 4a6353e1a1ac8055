"""Starting a web process: what is not needed then is not loaded, and the start is quick."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HEAVY = ("ortools", "weasyprint", "pysat", "celery", "kombu", "pandas", "playwright", "alembic", "openpyxl",
         "numba")
START = """
import json, sys, time
import flask, sqlalchemy.orm
libraries = time.process_time()
from web.factory import create_app
create_app()
print(json.dumps({"libraries": libraries, "all": time.process_time(), "loaded": sorted(sys.modules)}))
"""
QUIET_LIBRARY_SECONDS = 0.55
"""What Flask and SQLAlchemy alone take on an idle machine; the measured start is scaled by it."""
LIMIT_SECONDS = 3.0


def test_start_is_quick_and_loads_nothing_heavy(tmp_path: Path) -> None:
    environment = {"PATH": os.environ["PATH"], "ONELOT_VAR_DIRECTORY": str(tmp_path), "PYTHONPATH": str(ROOT)}
    seconds = []
    for _ in range(3):
        answer = subprocess.run([sys.executable, "-c", START], cwd=ROOT, env=environment, capture_output=True,
                                check=True, text=True)
        found = json.loads(answer.stdout)
        assert [name for name in found["loaded"] if name.split(".")[0] in HEAVY] == []
        load = max(1.0, found["libraries"] / QUIET_LIBRARY_SECONDS)
        seconds.append(found["all"] / load)
    assert min(seconds) <= LIMIT_SECONDS, seconds
