"""The short addresses that stand on paper: QR codes of travellers lead to the page of their work order."""

from __future__ import annotations

from flask import Blueprint, redirect, url_for
from werkzeug.wrappers import Response

blueprint = Blueprint("paper_links", __name__)


@blueprint.get("/work-orders/<number>")
def open_work_order(number: str) -> Response:
    """Lead from a traveller to its work order."""
    return redirect(url_for("planning.work_order", number=number))


@blueprint.get("/job-orders/<number>")
def open_job_order(number: str) -> Response:
    """Lead from an operation's code to the work order it belongs to: the number without its last part."""
    return redirect(url_for("planning.work_order", number=number.rpartition("-")[0] or number))
