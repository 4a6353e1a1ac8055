"""Routes of products and their versions. Each parses, makes its service calls, and renders or sends a file."""

from __future__ import annotations

import re

from flask import Response, abort, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from catalog import service as catalog
from catalog import uploads
from catalog.formats.archive import as_catalog, write_archive
from catalog.formats.published import FOLDER
from catalog.readiness import VersionRecord, VersionState
from configurator.audit.listing import list_changes
from ordering import service as ordering
from web import formatting
from web.accounts import require_role
from web.catalog import content, rows
from web.catalog.blueprint import SEEN_BY, blueprint, local_zone
from web.database import get_session
from web.paging import page_number
from web.publishing import compile_jobs

_NO_FILE_NAME = re.compile(r"[^A-Za-z0-9._-]+")


@blueprint.get("/")
@require_role(*SEEN_BY)
def products() -> ResponseReturnValue:
    """List every product with the version that serves, and the uploads that wait."""
    session = get_session()
    zone = local_zone()
    waiting = [(item, formatting.moment_briefly(item.changed_at, zone)) for item in uploads.list_open_uploads(session)]
    return render_template("catalog/products.html", rows=rows.product_rows(catalog.list_records(session), zone),
                           uploads=waiting)


@blueprint.get("/products/<path:product_code>")
@require_role(*SEEN_BY)
def product(product_code: str) -> ResponseReturnValue:
    """Lead to the version of a product that serves, else to its newest one."""
    records = catalog.list_records(get_session(), product_code=product_code)
    if not records:
        abort(404)
    shown = catalog.find_serving(records) or records[0]
    return redirect(url_for("catalog.version", content_hash=shown.content_hash))


@blueprint.get("/versions/<content_hash>")
@require_role(*SEEN_BY)
def version(content_hash: str) -> ResponseReturnValue:
    """Show a version: what it says, what changed in it, and the versions beside it."""
    session = get_session()
    record = catalog.get_record(session, content_hash=content_hash)
    records = catalog.list_records(session, product_code=record.product_code)
    definition = catalog.get_version(session, content_hash=content_hash).definition
    zone = local_zone()
    before = _before(record, records)
    changes = None if before is None else rows.change_rows(list_changes(
        catalog.get_version(session, content_hash=before.content_hash).definition, definition, {}))
    search = request.args.get("search", "").strip()[:100]
    page = page_number()
    rule_page, rule_count = content.rule_rows(definition, search=search, page=page)
    attribute_page, attribute_count = content.attribute_rows(definition, search=search, page=page)
    versions = rows.version_rows(records, zone)
    is_folder = catalog.get_source(session, content_hash=content_hash).format == FOLDER
    noted = ordering.list_actions(session, subject=record.product_code, prefix="catalog.")
    return render_template(
        "catalog/version.html", record=record, is_folder=is_folder, versions=versions, before=before, changes=changes,
        present=next(item for item in versions if item.content_hash == content_hash),
        title=record.title.in_language(formatting.language()) or record.product_code,
        rules=rule_page, rule_count=rule_count, attributes=attribute_page, attribute_count=attribute_count,
        cases=content.case_rows(definition), search=search, page=page,
        has_more=page * content.PAGE_SIZE < max(rule_count, attribute_count),
        jobs=compile_jobs(session, content_hash=content_hash),
        noted=[(item, formatting.moment_briefly(item.at, zone)) for item in noted if item.facts.get("version")],
    )


def _before(record: VersionRecord, records: tuple[VersionRecord, ...]) -> VersionRecord | None:
    """Give the version that served before this one was published; None for the first."""
    earlier = [item for item in records if item.number < record.number]
    return next((item for item in earlier if item.state is VersionState.READY), None)


@blueprint.get("/versions/<content_hash>/source.zip")
@require_role(*SEEN_BY)
def source_archive(content_hash: str) -> ResponseReturnValue:
    """Give the files that a version was published from, as a catalog folder or the model file itself."""
    session = get_session()
    record = catalog.get_record(session, content_hash=content_hash)
    source = catalog.get_source(session, content_hash=content_hash)
    files = as_catalog(source.files, title=record.product_code) if source.format == FOLDER else source.files
    return download(write_archive(files), "application/zip", record, "zip")


def download(body: bytes, media_type: str, record: VersionRecord, suffix: str) -> Response:
    """Send a file under a name of plain letters."""
    response = make_response(body)
    response.mimetype = media_type
    name = _NO_FILE_NAME.sub("-", record.product_code).strip("-.") or "product"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}-v{record.number}.{suffix}"'
    return response
