"""Settings: read from the environment, checked at the start, each documented."""

from __future__ import annotations

import stat
from dataclasses import FrozenInstanceError
from pathlib import Path

import pytest

from ordering.approval import DiscountLimits
from web.settings import SettingsInvalid, load_settings, setting_names

ROOT = Path(__file__).resolve().parents[2]


def test_defaults_are_complete_when_nothing_is_set(tmp_path: Path) -> None:
    settings = load_settings({}, var_directory=tmp_path / "var")
    assert settings.database_url == f"sqlite:///{tmp_path / 'var' / 'onelot.sqlite3'}"
    assert settings.base_url == "http://127.0.0.1:8000"
    assert len(settings.secret_key) >= 32
    assert settings.is_broker_in_process
    assert not settings.is_https


def test_secret_is_kept_between_starts_and_private_when_none_is_given(tmp_path: Path) -> None:
    first = load_settings({}, var_directory=tmp_path)
    second = load_settings({}, var_directory=tmp_path)
    assert first.secret_key == second.secret_key
    assert stat.S_IMODE((tmp_path / "secret-key").stat().st_mode) == 0o600


def test_damaged_secret_is_replaced_when_it_is_too_short(tmp_path: Path) -> None:
    (tmp_path / "secret-key").write_text("short")
    assert len(load_settings({}, var_directory=tmp_path).secret_key) >= 32


@pytest.mark.parametrize(("name", "value"), [
    ("ONELOT_PORT", "eighty"), ("ONELOT_PORT", "-1"), ("ONELOT_PORT", "70000"), ("ONELOT_PORT", "٨٠"),
    ("ONELOT_PRODUCTION", "maybe"), ("ONELOT_DATABASE_URL", "mysql://x"), ("ONELOT_BROKER_URL", "filesystem://"),
    ("ONELOT_LIMIT_QUOTE", "lots"), ("ONELOT_BASE_URL", "ftp://x"), ("ONELOT_LOG_LEVEL", "LOUD"),
    ("ONELOT_WEB_THREADS", "0"), ("ONELOT_JOB_LEASE_SECONDS", "0"), ("ONELOT_RATE_LIMIT_STORAGE_URL", "x"),
    ("ONELOT_DISCOUNT_OWN_PERCENT", "16"), ("ONELOT_DISCOUNT_MOST_PERCENT", "101"),
    ("ONELOT_MARGIN_FLOOR_PERCENT", "91"), ("ONELOT_PROT", "8000"),
])
def test_bad_value_is_refused_with_its_name(tmp_path: Path, name: str, value: str) -> None:
    with pytest.raises(SettingsInvalid) as refusal:
        load_settings({name: value}, var_directory=tmp_path)
    assert name in refusal.value.message


def test_limits_of_discount_and_margin_are_settings(tmp_path: Path) -> None:
    assert load_settings({}, var_directory=tmp_path).discount_limits == DiscountLimits(10, 15, 20)
    named = {"ONELOT_DISCOUNT_OWN_PERCENT": "5", "ONELOT_DISCOUNT_MOST_PERCENT": "25",
             "ONELOT_MARGIN_FLOOR_PERCENT": "0"}
    assert load_settings(named, var_directory=tmp_path).discount_limits == DiscountLimits(5, 25, 0)


def test_production_is_refused_without_a_secret(tmp_path: Path) -> None:
    with pytest.raises(SettingsInvalid, match="ONELOT_SECRET_KEY"):
        load_settings({"ONELOT_PRODUCTION": "yes"}, var_directory=tmp_path)
    settings = load_settings({"ONELOT_PRODUCTION": "yes", "ONELOT_SECRET_KEY": "x" * 32}, var_directory=tmp_path)
    assert settings.is_production


def test_environment_is_read_and_weaker_than_the_caller(tmp_path: Path) -> None:
    settings = load_settings({"ONELOT_PORT": "9000", "ONELOT_HOST": "0.0.0.0", "ONELOT_RATE_LIMITED": "off"},
                             var_directory=tmp_path, port=9001)
    assert (settings.port, settings.host, settings.is_rate_limited) == (9001, "0.0.0.0", False)
    with pytest.raises(FrozenInstanceError):
        settings.port = 1  # type: ignore[misc]  # the point of the test


def test_every_setting_is_documented() -> None:
    page = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    missing = [name for name in setting_names() if f"`{name}`" not in page]
    assert not missing
