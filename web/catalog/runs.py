"""Routes of the compilation that lets a version serve: its progress, its stop, another try."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from catalog import service as catalog
from catalog.readiness import VersionState
from web import formatting
from web.accounts import require_role
from web.catalog import rows
from web.catalog.blueprint import SEEN_BY, blueprint, local_zone
from web.clock import now
from web.database import get_session
from web.jobs import request_stop
from web.publishing import compile_jobs, compile_later
from web.words import gettext as _


@blueprint.get("/versions/<content_hash>/compilation")
@require_role(*SEEN_BY)
def compilation(content_hash: str) -> ResponseReturnValue:
    """Show how far the compilation of a version is, and what it came to."""
    session = get_session()
    record = catalog.get_record(session, content_hash=content_hash)
    records = catalog.list_records(session, product_code=record.product_code)
    versions = rows.version_rows(records, local_zone())
    jobs = compile_jobs(session, content_hash=content_hash)
    job = jobs[-1] if jobs else None
    is_running = record.state is VersionState.WAITING and job is not None and job.state in {"queued", "running"}
    return render_template(
        "catalog/compilation.html", record=record, job=job, is_running=is_running,
        present=next(item for item in versions if item.content_hash == content_hash),
        serving=next((item for item in versions if item.is_serving), None),
        title=record.title.in_language(formatting.language()) or record.product_code,
        phase=rows.phase_words(job) if job is not None else "",
        share=round(100 * float((job.progress or {}).get("share", 0))) if job is not None else 0,
    )


@blueprint.post("/versions/<content_hash>/stop")
@require_role(*SEEN_BY)
def stop_compilation(content_hash: str) -> ResponseReturnValue:
    """Ask the compilation of a version to stop; the version does not serve then."""
    session = get_session()
    catalog.get_record(session, content_hash=content_hash)
    for job in compile_jobs(session, content_hash=content_hash):
        if job.state in {"queued", "running"}:
            request_stop(session, job_id=job.id)
    return redirect(url_for("catalog.compilation", content_hash=content_hash), code=303)


@blueprint.post("/versions/<content_hash>/compile")
@require_role(*SEEN_BY)
def compile_again(content_hash: str) -> ResponseReturnValue:
    """Queue another compilation of a version that does not serve."""
    session = get_session()
    if catalog.get_record(session, content_hash=content_hash).state is VersionState.READY:
        flash(_("This version is ready already."))
    else:
        compile_later(session, content_hash=content_hash, by=current_user.login, now=now())
    return redirect(url_for("catalog.compilation", content_hash=content_hash), code=303)
