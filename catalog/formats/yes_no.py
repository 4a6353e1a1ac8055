"""What all imported models share: yes/no attributes and the product's code. Imports no parser."""

from __future__ import annotations

import re
from pathlib import PurePath

from catalog.product import Attribute, AttributeKind, Option
from catalog.text import Text

YES_NO_OPTIONS = (
    Option("true", Text.of({"en": "Yes", "zh": "是"})),
    Option("false", Text.of({"en": "No", "zh": "否"})),
)
"""Shared by every imported feature."""


def yes_no_attribute(name: str) -> Attribute:
    """Make the attribute of a feature: its name is code and title, its options ``true`` and ``false``."""
    return Attribute(name, AttributeKind.CHOICE, Text.of(name), options=YES_NO_OPTIONS, default="false")


def product_code(file: str) -> str:
    """Make a product code of a file's name: lower case letters, digits and underscores.

    Parameters
    ----------
    file
        Such as ``pc-richmond.uvl.xz``.

    Returns
    -------
    str
        Such as ``pc_richmond``; ``model`` when nothing is left of the name.
    """
    name = PurePath(file).name
    stem = name[: name.index(".", 1)] if "." in name[1:] else name
    return re.sub(r"[^a-z0-9]+", "_", stem.lower()).strip("_") or "model"
