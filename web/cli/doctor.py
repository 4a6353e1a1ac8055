"""``onelot doctor``: whether everything that the program leans on is there."""

from __future__ import annotations

import ctypes
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass

import click
from kombu import Connection
from kombu.exceptions import OperationalError
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

import migrations
from catalog.errors import OnelotError
from web.cli.output import print_json, say
from web.database import Database
from web.settings import Settings, load_settings

LIBRARIES = ("gobject-2.0", "pango-1.0", "pangoft2-1.0", "harfbuzz", "harfbuzz-subset")
NEEDED_DISK_BYTES = 500_000_000


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at: ``ok``, ``warning`` (something is missing that not all need) or ``failed``."""

    name: str
    state: str
    words: str


@click.command("doctor")
@click.option("--json", "is_json", is_flag=True, help="The findings as JSON on standard output.")
def command(*, is_json: bool) -> None:
    """Look at Python, libraries, fonts, database, broker and disk; exit code 1 when something failed."""
    try:
        findings = examine(load_settings())
    except OnelotError as refusal:
        findings = (Finding("settings", "failed", refusal.message),)
    if is_json:
        print_json([asdict(finding) for finding in findings])
    else:
        for finding in findings:
            say(f"{finding.state:8} {finding.name:10} {finding.words}")
    sys.exit(1 if any(finding.state == "failed" for finding in findings) else 0)


def examine(settings: Settings) -> tuple[Finding, ...]:
    """Look at everything once; nothing is changed.

    Returns
    -------
    tuple of Finding
        One per thing, in a fixed order.
    """
    checks: tuple[Callable[[Settings], Finding], ...] = (
        _python, _loop, _libraries, _fonts, _database, _broker, _disk, _secret,
    )
    return tuple(check(settings) for check in checks)


def _python(_settings: Settings) -> Finding:
    version = ".".join(map(str, sys.version_info[:3]))
    return Finding("python", "ok" if sys.version_info >= (3, 11) else "failed", version)


def _loop(_settings: Settings) -> Finding:
    from scheduling.engine.compiled import is_compiled  # noqa: PLC0415  # loads the compiler

    if is_compiled():
        return Finding("loop", "ok", "compiled")
    return Finding("loop", "warning", "interpreted: plans are found far more slowly; see NUMBA_DISABLE_JIT")


def _libraries(_settings: Settings) -> Finding:
    pattern = "lib{}.dylib" if sys.platform == "darwin" else "lib{}.so.0"
    missing = []
    for name in LIBRARIES:
        try:
            ctypes.CDLL(pattern.format(name))
        except OSError:
            missing.append(name)
    if missing:
        return Finding("documents", "failed", f"missing: {', '.join(missing)}; on Debian: apt-get install "
                       "libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0")
    return Finding("documents", "ok", "Pango and HarfBuzz are there")


def _fonts(_settings: Settings) -> Finding:
    tool = shutil.which("fc-list")
    if tool is None:
        return Finding("fonts", "warning", "fc-list is missing; on Debian: apt-get install fontconfig")
    found = subprocess.run([tool, ":lang=zh", "family"],  # noqa: S603  # no word of it comes from outside
                           capture_output=True, text=True, check=False)
    family = found.stdout.strip().splitlines()
    if not family:
        return Finding("fonts", "failed", "no font has Chinese characters; on Debian: apt-get install fonts-noto-cjk")
    return Finding("fonts", "ok", f"Chinese by {family[0].split(',')[0]}")


def _database(settings: Settings) -> Finding:
    database = Database(settings.database_url)
    try:
        with database.reading() as session:
            session.execute(text("SELECT 1"))
        shape, newest = migrations.current(settings.database_url), migrations.head()
    except SQLAlchemyError as error:
        return Finding("database", "failed", f"does not answer: {type(error).__name__}")
    finally:
        database.dispose()
    if shape != newest:
        return Finding("database", "warning", f"stands at {shape}, newest is {newest}; run ./onelot migrate")
    return Finding("database", "ok", f"{database.engine.dialect.name} at {shape}")


def _broker(settings: Settings) -> Finding:
    if settings.is_broker_in_process:
        return Finding("broker", "ok", "inside the process")
    try:
        with Connection(settings.broker_url, connect_timeout=3) as connection:
            connection.ensure_connection(max_retries=1, timeout=3)
    except (OSError, OperationalError) as error:
        return Finding("broker", "failed", f"does not answer: {error}")
    return Finding("broker", "ok", settings.broker_url.split(":")[0])


def _disk(settings: Settings) -> Finding:
    free = shutil.disk_usage(settings.var_directory).free
    state = "ok" if free >= NEEDED_DISK_BYTES else "warning"
    return Finding("disk", state, f"{free // 1_000_000} MB free for {settings.var_directory}")


def _secret(settings: Settings) -> Finding:
    if settings.is_production:
        return Finding("secret", "ok", "given by ONELOT_SECRET_KEY")
    return Finding("secret", "ok", "kept in the var directory; production wants ONELOT_SECRET_KEY")
