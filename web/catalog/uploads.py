"""Routes of sources on their way to being published: sent, checked, corrected, previewed, published or put away."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy.orm import Session

from catalog import service as catalog
from catalog import uploads
from catalog.errors import CatalogInvalid, Problem
from catalog.formats.catalog_source import CatalogSource, SourcedProduct
from catalog.formats.source_files import SourceFiles
from catalog.formats.upload import correct, read_upload, take_in
from catalog.readiness import CatalogUpload, VersionRecord, VersionState
from configurator.audit.listing import list_changes
from web import formatting
from web.accounts import require_role
from web.catalog import rows
from web.catalog.blueprint import SEEN_BY, blueprint, local_zone
from web.catalog.comparisons import difference_view, is_running
from web.catalog.difference_view import DifferenceView
from web.clock import now
from web.database import get_session
from web.publishing import compare_jobs, compare_later, publish_later
from web.security import takes_files
from web.words import gettext as _
from web.words import ngettext

MOST_UPLOAD_BYTES = 8_000_000
MOST_PROBLEMS = 200
LONGEST_EXCERPT = 160


@dataclass(frozen=True, slots=True)
class ProblemRow:
    """A problem with the line that it stands in; ``line`` and ``column`` are empty for a whole file."""

    file: str
    line: str
    column: str
    message: str
    excerpt: str


@dataclass(frozen=True, slots=True)
class PlannedProduct:
    """What publishing an upload does to one product."""

    code: str
    title: str
    is_new: bool
    is_same: bool
    known: str
    """What this very content is when it is published already, but does not serve; else empty."""
    is_published: bool
    """Whether publishing it would do nothing."""
    serving_hash: str
    content_hash: str
    changes: tuple[rows.ChangeRow, ...]
    preview: DifferenceView | None = None
    """What follows from the changes, once it is worked out."""
    is_previewing: bool = False


@blueprint.post("/uploads")
@require_role(*SEEN_BY)
@takes_files(MOST_UPLOAD_BYTES)
def send() -> ResponseReturnValue:
    """Take a file in; lead to what was found in it, or show why it cannot be used at all."""
    name, content = sent_file()
    try:
        source, problems = take_in(content, name=name)
    except CatalogInvalid as refusal:
        return refuse_file(name, refusal.problems)
    upload = uploads.keep_upload(get_session(), name=name, source=source, problems=problems, by=current_user.login,
                                 now=now())
    return lead_to(upload)


def lead_to(upload: CatalogUpload) -> ResponseReturnValue:
    """Lead to the page of an upload, on which its preview appears as soon as it is worked out."""
    _preview_later(get_session(), upload)
    return redirect(url_for("catalog.upload", upload_id=upload.id), code=303)


@blueprint.get("/uploads/<int:upload_id>")
@require_role(*SEEN_BY)
def upload(upload_id: int) -> ResponseReturnValue:
    """Show an upload: its problems, or what publishing it would do."""
    return _show(uploads.get_upload(get_session(), upload_id=upload_id))


@blueprint.post("/uploads/<int:upload_id>/preview")
@require_role(*SEEN_BY)
def preview_upload(upload_id: int) -> ResponseReturnValue:
    """Work out again what an upload changes, when that failed or another version serves by now."""
    return lead_to(uploads.get_upload(get_session(), upload_id=upload_id))


@blueprint.post("/uploads/<int:upload_id>/files")
@require_role(*SEEN_BY)
@takes_files(MOST_UPLOAD_BYTES)
def correct_upload(upload_id: int) -> ResponseReturnValue:
    """Put a corrected file in its place; all other files of the upload are kept."""
    session = get_session()
    found = uploads.get_upload(session, upload_id=upload_id)
    name, content = sent_file()
    place = request.form.get("place", "")
    try:
        source, problems = correct(found.source, content, name=place if place in found.source.files.texts else name)
    except CatalogInvalid as refusal:
        return _show(found, refused=_problem_rows(refusal.problems, SourceFiles({}))), 422
    kept = tuple(item for item in found.problems if item.file not in source.files.texts) if problems == () else problems
    return lead_to(uploads.change_upload(session, upload_id=upload_id, source=source, problems=kept, now=now()))


@blueprint.post("/uploads/<int:upload_id>/publish")
@require_role(*SEEN_BY)
def publish_upload(upload_id: int) -> ResponseReturnValue:
    """Publish an upload as it was shown; its versions are compiled in the background and serve then."""
    session = get_session()
    found = uploads.get_upload(session, upload_id=upload_id)
    if request.form.get("content_hash") != found.source.content_hash():
        return _look_again(found, _("This upload was changed in the meantime. Look at it again before you publish it."))
    try:
        source = read_upload(found.source, found.problems)
    except CatalogInvalid:
        return _show(found), 422
    planned = _plan(session, source)
    if request.form.get("compared_with") != _compared_with(planned):
        return _look_again(
            found, _("Another version serves since this page was shown. Look at it again before you publish it."))
    if not _is_publishable(session, source, planned):
        return _look_again(found, _("There is nothing to publish in it."))
    waiting = publish_later(session, source=source, by=current_user.login, now=now())
    uploads.close_upload(session, upload_id=upload_id, now=now())
    if len(waiting) == 1:
        return redirect(url_for("catalog.compilation", content_hash=waiting[0].content_hash), code=303)
    flash(ngettext("%(num)s version is being compiled.", "%(num)s versions are being compiled.", len(waiting))
          if waiting else _("The plants are published. No product is another one by it."))
    return redirect(url_for("catalog.products"), code=303)


@blueprint.post("/uploads/<int:upload_id>/discard")
@require_role(*SEEN_BY)
def discard_upload(upload_id: int) -> ResponseReturnValue:
    """Put an upload away; nothing of it is published."""
    uploads.discard_upload(get_session(), upload_id=upload_id)
    flash(_("The upload is put away. Nothing of it was published."))
    return redirect(url_for("catalog.products"), code=303)


def sent_file() -> tuple[str, bytes]:
    """Give name and content of the file of this request; an empty name when there is none."""
    sent = request.files.get("file")
    if sent is None or not sent.filename:
        return "", b""
    name = PurePosixPath(sent.filename.replace("\\", "/")).name
    printable = "".join(character for character in name if character.isprintable())
    if not printable or "\ufffd" in name:
        abort(400)
    return printable[-200:], sent.read()


def refuse_file(name: str, problems: Sequence[Problem], *, back: str = "") -> ResponseReturnValue:
    """Show what stands against a file of which nothing is kept; ``back`` is where it was sent from, if elsewhere."""
    if not name:
        problems = (Problem("", 0, 0, "Choose a file first."),)
    shown = _problem_rows(problems[:MOST_PROBLEMS], SourceFiles({}))
    return render_template("catalog/refused.html", name=name, problems=shown, problem_count=len(problems),
                           back=back), 422


def _look_again(found: CatalogUpload, words: str) -> ResponseReturnValue:
    """Publish nothing, say why, and show the upload as it compares with what serves now."""
    flash(words, "late")
    return lead_to(found)


def _compared_with(planned: Sequence[PlannedProduct]) -> str:
    """Name the versions that a preview compares an upload with, one a product."""
    return ",".join(item.serving_hash for item in planned)


def _is_publishable(session: Session, source: CatalogSource, planned: Sequence[PlannedProduct]) -> bool:
    """Tell whether publishing does anything: to a product, or to the plants."""
    if not all(item.is_published for item in planned):
        return True
    try:
        return source.network is not None and source.network != catalog.get_network(session)
    except catalog.NetworkNotFound:
        return True


def _show(found: CatalogUpload, *, refused: tuple[ProblemRow, ...] = ()) -> str:
    session = get_session()
    problems: tuple[Problem, ...] = ()
    planned: tuple[PlannedProduct, ...] = ()
    has_network = is_publishable = False
    try:
        source = read_upload(found.source, found.problems)
    except CatalogInvalid as refusal:
        problems = refusal.problems
    else:
        planned = _plan(session, source)
        has_network = source.network is not None
        is_publishable = _is_publishable(session, source, planned)
    return render_template(
        "catalog/upload.html", upload=found, refused=refused, planned=planned, has_network=has_network,
        problems=_problem_rows(problems[:MOST_PROBLEMS], found.source.files), problem_count=len(problems),
        files=sorted(found.source.files.texts), content_hash=found.source.content_hash(),
        is_publishable=is_publishable, compared_with=_compared_with(planned),
        is_previewing=any(item.is_previewing for item in planned),
        changed=formatting.moment_briefly(found.changed_at, local_zone()),
    )


def _problem_rows(problems: Sequence[Problem], files: SourceFiles) -> tuple[ProblemRow, ...]:
    return tuple(ProblemRow(item.file, str(item.line or ""), str(item.column or ""), problem_words(item.message),
                            _excerpt(item, files)) for item in problems)


def problem_words(message: str) -> str:
    """Say the few problems that are not of a file's content in the page's language; others are English."""
    return {"Choose a file first.": _("Choose a file first.")}.get(message, message)


def _excerpt(problem: Problem, files: SourceFiles) -> str:
    """Give the line that a problem stands in; of a long one the part around the column."""
    if not problem.line:
        return ""
    lines = files.texts.get(problem.file, "").split("\n")
    line = lines[problem.line - 1] if problem.line <= len(lines) else ""
    if len(line) <= LONGEST_EXCERPT:
        return line
    start = max(0, problem.column - 1 - LONGEST_EXCERPT // 2)
    return ("…" if start else "") + line[start:start + LONGEST_EXCERPT] + "…"


def _plan(session: Session, source: CatalogSource) -> tuple[PlannedProduct, ...]:
    return tuple(_plan_product(session, product) for product in source.products)


def _plan_product(session: Session, product: SourcedProduct) -> PlannedProduct:
    code = product.definition.code
    records = catalog.list_records(session, product_code=code)
    serving = catalog.find_serving(records)
    known = next((item for item in records if item.content_hash == product.content_hash), None)
    is_same = known is not None and known is serving
    changes: tuple[rows.ChangeRow, ...] = ()
    preview, is_previewing = None, False
    if serving is not None:
        before = catalog.get_version(session, content_hash=serving.content_hash).definition
        changes = rows.change_rows(list_changes(before, product.definition, {}))
        jobs = compare_jobs(session, old=serving.content_hash, new=product.content_hash)
        preview, is_previewing = difference_view(jobs, before, product.definition), is_running(jobs)
    return PlannedProduct(
        code=code, title=product.definition.title.in_language(formatting.language()) or code, is_new=not records,
        is_same=is_same, known=_known_words(known, serving) if known is not None and not is_same else "",
        is_published=known is not None and known.state is not VersionState.FAILED,
        serving_hash=serving.content_hash if serving is not None else "", content_hash=product.content_hash,
        changes=changes, preview=preview, is_previewing=is_previewing,
    )


def _known_words(known: VersionRecord, serving: VersionRecord | None) -> str:
    """Say which version an upload is that is published already, and what can be done to make it serve."""
    words = [_("This is version %(number)s, published on %(when)s.", number=known.number,
               when=formatting.moment_briefly(known.published_at, local_zone()))]
    if known.state is VersionState.WAITING:
        words.append(_("It waits for its compilation and serves then, unless a newer version does."))
    elif known.state is VersionState.FAILED:
        words.append(_("Its compilation failed; publishing it compiles it again."))
    else:
        words.append(_("To make it serve again, change something in the source, such as the description, and send it "
                       "as a new version."))
    if serving is not None:
        words.append(_("Version %(number)s serves.", number=serving.number))
    return " ".join(words)


def _preview_later(session: Session, upload: CatalogUpload) -> None:
    """Queue the comparison of every changed product of an upload with the version that serves; nothing for faults."""
    try:
        source = read_upload(upload.source, upload.problems)
    except CatalogInvalid:
        return
    for planned in _plan(session, source):
        if planned.serving_hash and not planned.is_same and not planned.known:
            compare_later(session, old=planned.serving_hash, new=planned.content_hash, upload_id=upload.id,
                          by=current_user.login, now=now())
