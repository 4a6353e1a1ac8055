"""Routes of the audit of a version: asked for, worked out in the background, kept, shown."""

from __future__ import annotations

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from catalog import service as catalog
from web import formatting
from web.accounts import require_role
from web.catalog.audit_view import AuditReader
from web.catalog.blueprint import SEEN_BY, blueprint, local_zone, settings
from web.clock import now
from web.database import get_session
from web.jobs.queue import refuse_when_full
from web.jobs.tries import list_tries, try_again

KIND = "catalog.audit"


@blueprint.get("/versions/<content_hash>/audit")
@require_role(*SEEN_BY)
def audit(content_hash: str) -> ResponseReturnValue:
    """Show what the newest audit of a version found, or how far it is."""
    session = get_session()
    record = catalog.get_record(session, content_hash=content_hash)
    definition = catalog.get_version(session, content_hash=content_hash).definition
    jobs = list_tries(session, kind=KIND, subject=content_hash)
    done = next((job for job in reversed(jobs) if job.state == "done" and job.result), None)
    serving = catalog.find_serving(catalog.list_records(session, product_code=record.product_code))
    is_serving = serving is not None and serving.content_hash == content_hash
    shop_url = url_for("shop.configure", product_code=record.product_code) if is_serving else ""
    view = AuditReader(definition, shop_url=shop_url).view(done.result["found"]) if done and done.result else None
    return render_template(
        "catalog/audit.html", record=record, view=view, job=jobs[-1] if jobs else None,
        is_running=bool(jobs) and jobs[-1].state in {"queued", "running"},
        title=record.title.in_language(formatting.language()) or record.product_code,
        finished=formatting.moment_briefly(done.finished_at, local_zone()) if done and done.finished_at else "",
    )


@blueprint.post("/versions/<content_hash>/audit")
@require_role(*SEEN_BY)
def start_audit(content_hash: str) -> ResponseReturnValue:
    """Queue an audit of a version."""
    session = get_session()
    catalog.get_record(session, content_hash=content_hash)
    refuse_when_full(session, kind=KIND, limit=settings().job_queue_limit)
    try_again(session, kind=KIND, subject=content_hash,
              payload={"content_hash": content_hash, "by": current_user.login}, now=now())
    return redirect(url_for("catalog.audit", content_hash=content_hash), code=303)
