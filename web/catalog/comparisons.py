"""Routes of the comparison of two versions of a product: asked for, worked out in the background, kept, shown."""

from __future__ import annotations

from flask import abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy.orm import Session

from catalog import service as catalog
from catalog.product import ProductDefinition
from catalog.readiness import VersionRecord
from configurator.audit.listing import list_changes
from web import formatting
from web.accounts import require_role
from web.catalog import rows
from web.catalog.blueprint import SEEN_BY, blueprint, local_zone, settings
from web.catalog.difference_view import DifferenceReader, DifferenceView
from web.clock import now
from web.database import get_session
from web.jobs.queue import refuse_when_full
from web.publishing import COMPARE, compare_jobs, compare_later
from web.tables import JobRow
from web.words import gettext as _


@blueprint.get("/compare")
@require_role(*SEEN_BY)
def compare() -> ResponseReturnValue:
    """Show what differs between two versions: at once what stands differently, and what follows once worked out."""
    session = get_session()
    old, new = _sides(session)
    definitions = [catalog.get_version(session, content_hash=item.content_hash).definition for item in (old, new)]
    jobs = compare_jobs(session, old=old.content_hash, new=new.content_hash)
    records = catalog.list_records(session, product_code=new.product_code)
    return render_template(
        "catalog/compare.html", old=old, new=new, versions=rows.version_rows(records, local_zone()),
        title=new.title.in_language(formatting.language()) or new.product_code, job=jobs[-1] if jobs else None,
        changes=rows.change_rows(list_changes(definitions[0], definitions[1], {})),
        is_running=is_running(jobs), view=difference_view(jobs, *definitions),
    )


@blueprint.post("/compare")
@require_role(*SEEN_BY)
def start_comparison() -> ResponseReturnValue:
    """Queue the comparison of two versions."""
    session = get_session()
    old, new = _sides(session)
    refuse_when_full(session, kind=COMPARE, limit=settings().job_queue_limit)
    compare_later(session, old=old.content_hash, new=new.content_hash, upload_id=None, by=current_user.login, now=now())
    return redirect(url_for("catalog.compare", old=old.content_hash, new=new.content_hash), code=303)


def _sides(session: Session) -> tuple[VersionRecord, VersionRecord]:
    found = [catalog.find_record(session, content_hash=request.values.get(side, "")[:64]) for side in ("old", "new")]
    old, new = found
    if old is None or new is None or old.product_code != new.product_code:
        abort(404, _("There is nothing to compare."))
    return old, new


def is_running(jobs: tuple[JobRow, ...]) -> bool:
    """Tell whether a comparison is still to come."""
    return bool(jobs) and jobs[-1].state in {"queued", "running"}


def difference_view(jobs: tuple[JobRow, ...], old: ProductDefinition, new: ProductDefinition) -> DifferenceView | None:
    """Show the newest comparison that is done; None when there is none."""
    done = next((job for job in reversed(jobs) if job.state == "done" and job.result), None)
    return DifferenceReader(old, new).view(done.result["found"]) if done is not None and done.result else None
