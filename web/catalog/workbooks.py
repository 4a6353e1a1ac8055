"""Routes of a version in formats of other programs: as a feature model, as a spreadsheet and back."""

from __future__ import annotations

from flask import abort, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from catalog import service as catalog
from catalog import uploads
from catalog.errors import CatalogInvalid
from catalog.formats.archive import as_catalog
from catalog.formats.published import FOLDER, PublishedSource
from configurator.discrete_part import write_discrete_part
from web.accounts import require_role
from web.catalog.blueprint import SEEN_BY, blueprint
from web.catalog.products import download
from web.catalog.uploads import MOST_UPLOAD_BYTES, lead_to, refuse_file, sent_file
from web.clock import now
from web.database import get_session
from web.security import limited, takes_files

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@blueprint.get("/versions/<content_hash>/model.uvl")
@require_role(*SEEN_BY)
@limited("document")
def uvl_model(content_hash: str) -> ResponseReturnValue:
    """Give the discrete part of a version as a feature model, with what it leaves out as comments."""
    session = get_session()
    record = catalog.get_record(session, content_hash=content_hash)
    written = write_discrete_part(catalog.get_version(session, content_hash=content_hash).definition)
    return download(written.text.encode(), "text/plain", record, "uvl")


@blueprint.get("/versions/<content_hash>/workbook.xlsx")
@require_role(*SEEN_BY)
@limited("document")
def workbook(content_hash: str) -> ResponseReturnValue:
    """Give a version as a spreadsheet that can be edited and sent back."""
    session = get_session()
    record = catalog.get_record(session, content_hash=content_hash)
    source = catalog.get_source(session, content_hash=content_hash)
    if source.format != FOLDER:
        abort(404)
    from catalog.formats.spreadsheet import to_workbook  # noqa: PLC0415  # loads on first use

    return download(to_workbook(source.files, record.product_code), XLSX, record, "xlsx")


@blueprint.post("/versions/<content_hash>/workbook")
@require_role(*SEEN_BY)
@takes_files(MOST_UPLOAD_BYTES)
def send_workbook(content_hash: str) -> ResponseReturnValue:
    """Take the edits of a spreadsheet over into the files of its version; lead to what they would change."""
    session = get_session()
    record = catalog.get_record(session, content_hash=content_hash)
    source = catalog.get_source(session, content_hash=content_hash)
    if source.format != FOLDER:
        abort(404)
    name, content = sent_file()
    back = url_for("catalog.version", content_hash=content_hash)
    if not name:
        return refuse_file(name, (), back=back)
    try:
        from catalog.formats.spreadsheet import apply_workbook  # noqa: PLC0415  # loads on first use

        files = apply_workbook(source.files, record.product_code, content)
    except CatalogInvalid as refusal:
        return refuse_file(name, refusal.problems, back=back)
    whole = PublishedSource(FOLDER, as_catalog(files, title=record.product_code))
    upload = uploads.keep_upload(session, name=name, source=whole, problems=(), by=current_user.login, now=now())
    return lead_to(upload)
