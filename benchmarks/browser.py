"""Finds the Chromium of this machine."""

from __future__ import annotations

import shutil

BROWSERS = ("chromium", "chromium-browser", "google-chrome")


def find_browser() -> str | None:
    """Give the path of a Chromium; None when there is none."""
    return next((path for name in BROWSERS if (path := shutil.which(name)) is not None), None)
