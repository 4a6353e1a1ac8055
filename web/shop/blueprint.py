"""The blueprint of the consumer's pages."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("shop", __name__)
