"""Every setting of the program, read once from the environment and checked at the start. Imports no framework."""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from urllib.parse import urlsplit

from catalog.errors import OnelotError
from ordering.approval import DiscountLimits

PREFIX = "ONELOT_"
ROOT = Path(__file__).resolve().parent.parent
RATE_PATTERN = re.compile(r"^\d{1,6}/(second|minute|hour|day)$")
MAIL_PATTERN = re.compile(r"[^\s@<>,;:\"]+@[^\s@<>,;:\"]+")
TRUE_WORDS = frozenset({"1", "yes", "true", "on"})
FALSE_WORDS = frozenset({"0", "no", "false", "off", ""})


class SettingsInvalid(OnelotError):
    """The environment names a setting that cannot be used; the sentence says which and what was expected."""

    code = "settings_invalid"


@dataclass(frozen=True, slots=True)
class Settings:
    """What the surroundings decide: addresses, secrets, limits. ``docs/settings.md`` explains each.

    The field ``database_url`` is set by ``ONELOT_DATABASE_URL``, and so on for every field.
    """

    var_directory: Path = ROOT / "var"
    database_url: str = ""
    broker_url: str = "memory://"
    secret_key: str = ""
    is_production: bool = False
    base_url: str = ""
    host: str = "127.0.0.1"
    port: int = 8000
    web_threads: int = 8
    web_processes: int = 1
    trusted_proxies: int = 0
    is_worker_embedded: bool = True
    job_lease_seconds: int = 30
    job_queue_limit: int = 2000
    is_rate_limited: bool = True
    rate_limit_storage_url: str = "memory://"
    limit_configure: str = "10/second"
    limit_quote: str = "10/minute"
    limit_accept: str = "5/minute"
    limit_message: str = "5/minute"
    limit_login: str = "5/minute"
    limit_document: str = "10/minute"
    limit_verify: str = "60/minute"
    firm_quote_milliseconds: int = 1500
    discount_own_percent: int = 10
    discount_most_percent: int = 15
    margin_floor_percent: int = 20
    session_hours: int = 12
    smtp_host: str = ""
    smtp_port: int = 587
    smtp_user: str = ""
    smtp_password: str = ""
    smtp_security: str = "starttls"
    mail_from: str = ""
    log_level: str = "INFO"

    @property
    def is_https(self) -> bool:
        """Whether people reach the site by https: then cookies are Secure and HSTS is sent."""
        return self.base_url.startswith("https://")

    @property
    def is_broker_in_process(self) -> bool:
        """Whether messages stay inside the process, as on the embedded default."""
        return self.broker_url == "memory://"

    @property
    def discount_limits(self) -> DiscountLimits:
        """Which discount needs a second person, and which nobody may give."""
        return DiscountLimits(self.discount_own_percent, self.discount_most_percent, self.margin_floor_percent)

    @property
    def cache_directory(self) -> Path:
        """Where compiled products are kept; safe to delete at any time."""
        return self.var_directory / "cache"


def setting_names() -> tuple[str, ...]:
    """Give the environment variables that are understood, in the order of the fields."""
    return tuple(PREFIX + field.name.removeprefix("is_").upper() for field in fields(Settings))


def load_settings(environment: Mapping[str, str] | None = None, **overrides: object) -> Settings:
    """Read the settings from the environment, fill the defaults in, and check them all.

    Parameters
    ----------
    environment
        Variable names to values; None reads the environment of the process.
    overrides
        Fields that the caller decides itself, stronger than the environment.

    Returns
    -------
    Settings
        Complete and valid; ``var_directory`` exists.

    Raises
    ------
    SettingsInvalid
        A value cannot be used, an ``ONELOT_`` variable is unknown, or production lacks a secret key.
    """
    source = os.environ if environment is None else environment
    values: dict[str, object] = {}
    for field in fields(Settings):
        name = PREFIX + field.name.removeprefix("is_").upper()
        if name in source:
            values[field.name] = _parsed(name, source[name], str(field.type))
    values.update(overrides)
    settings = Settings(**values)  # type: ignore[arg-type]  # each value was parsed to its field's type
    _refuse_unknown(source)
    _check(settings)
    return _completed(settings)


def _parsed(name: str, text: str, kind: str) -> object:
    text = text.strip()
    if kind == "bool":
        if text.lower() in TRUE_WORDS:
            return True
        if text.lower() in FALSE_WORDS:
            return False
        raise SettingsInvalid(f"{name} is {text!r}; expected yes or no.", setting=name)
    if kind == "int":
        if not re.fullmatch(r"[0-9]{1,9}", text):
            raise SettingsInvalid(f"{name} is {text!r}; expected a whole number.", setting=name)
        return int(text)
    return Path(text).resolve() if kind == "Path" else text


TOOL_VARIABLES = frozenset({"ONELOT_VENV", "ONELOT_PYTHON", "ONELOT_SKIP_SYSTEM_PACKAGES"})
"""Read by the script ``./onelot`` itself."""


def _refuse_unknown(source: Mapping[str, str]) -> None:
    known = {*setting_names(), *TOOL_VARIABLES}
    for name in source:
        if name.startswith(PREFIX) and not name.startswith("ONELOT_TEST_") and name not in known:
            raise SettingsInvalid(f"{name} is not a setting; docs/settings.md lists them.", setting=name)


def _check(settings: Settings) -> None:
    _check_mail(settings)
    for field in fields(Settings):
        value = getattr(settings, field.name)
        name = PREFIX + field.name.removeprefix("is_").upper()
        if field.name.startswith("limit_") and not RATE_PATTERN.match(str(value)):
            raise SettingsInvalid(f"{name} is {value!r}; expected a rate such as 10/minute.", setting=name)
    _expect_scheme("ONELOT_DATABASE_URL", settings.database_url,
                   ("", "sqlite", "postgresql", "postgresql+psycopg"))
    _expect_scheme("ONELOT_BROKER_URL", settings.broker_url, ("memory", "redis", "rediss", "amqp", "amqps"))
    _expect_scheme("ONELOT_RATE_LIMIT_STORAGE_URL", settings.rate_limit_storage_url,
                   ("memory", "redis", "rediss"))
    _expect_scheme("ONELOT_BASE_URL", settings.base_url, ("", "http", "https"))
    for name, value, least, most in (
        ("ONELOT_PORT", settings.port, 0, 65535),
        ("ONELOT_WEB_THREADS", settings.web_threads, 1, 64),
        ("ONELOT_WEB_PROCESSES", settings.web_processes, 1, 32),
        ("ONELOT_TRUSTED_PROXIES", settings.trusted_proxies, 0, 8),
        ("ONELOT_JOB_LEASE_SECONDS", settings.job_lease_seconds, 1, 3600),
        ("ONELOT_FIRM_QUOTE_MILLISECONDS", settings.firm_quote_milliseconds, 0, 2500),
        ("ONELOT_JOB_QUEUE_LIMIT", settings.job_queue_limit, 1, 10**6),
        ("ONELOT_DISCOUNT_MOST_PERCENT", settings.discount_most_percent, 0, 100),
        ("ONELOT_DISCOUNT_OWN_PERCENT", settings.discount_own_percent, 0, settings.discount_most_percent),
        ("ONELOT_MARGIN_FLOOR_PERCENT", settings.margin_floor_percent, 0, 90),
        ("ONELOT_SESSION_HOURS", settings.session_hours, 1, 24 * 365),
    ):
        if not least <= value <= most:
            raise SettingsInvalid(f"{name} is {value}; expected {least} to {most}.", setting=name)
    if settings.log_level not in {"DEBUG", "INFO", "WARNING", "ERROR"}:
        raise SettingsInvalid("ONELOT_LOG_LEVEL must be DEBUG, INFO, WARNING or ERROR.",
                              setting="ONELOT_LOG_LEVEL")
    if settings.is_production and len(settings.secret_key) < 32:
        raise SettingsInvalid("Production needs ONELOT_SECRET_KEY with at least 32 random characters.",
                              setting="ONELOT_SECRET_KEY")


def _check_mail(settings: Settings) -> None:
    if not 1 <= settings.smtp_port <= 65535:
        raise SettingsInvalid(f"ONELOT_SMTP_PORT is {settings.smtp_port}; expected 1 to 65535.",
                              setting="ONELOT_SMTP_PORT")
    if settings.smtp_security not in {"starttls", "tls", "none"}:
        raise SettingsInvalid("ONELOT_SMTP_SECURITY must be starttls, tls or none.", setting="ONELOT_SMTP_SECURITY")
    if (settings.smtp_host or settings.mail_from) and not MAIL_PATTERN.fullmatch(settings.mail_from):
        raise SettingsInvalid("ONELOT_MAIL_FROM must be one e-mail address, such as sales@example.org.",
                              setting="ONELOT_MAIL_FROM")


def _expect_scheme(name: str, url: str, schemes: tuple[str, ...]) -> None:
    if urlsplit(url).scheme not in schemes:
        expected = ", ".join(f"{scheme}://" for scheme in schemes if scheme)
        raise SettingsInvalid(f"{name} does not start with one of {expected}.", setting=name)


def _completed(settings: Settings) -> Settings:
    settings.var_directory.mkdir(parents=True, exist_ok=True)
    values = {field.name: getattr(settings, field.name) for field in fields(Settings)}
    values["database_url"] = settings.database_url or f"sqlite:///{settings.var_directory / 'onelot.sqlite3'}"
    values["base_url"] = (settings.base_url or f"http://{settings.host}:{settings.port}").rstrip("/")
    values["secret_key"] = settings.secret_key or _kept_secret(settings.var_directory / "secret-key")
    return Settings(**values)


def _kept_secret(path: Path) -> str:
    """Give the secret of this installation, made at the first start and readable by its owner only."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        kept = path.read_text(encoding="ascii").strip()
        if len(kept) >= 32:
            return kept
        path.unlink()
        return _kept_secret(path)
    secret = secrets.token_urlsafe(48)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(secret + "\n")
    return secret
