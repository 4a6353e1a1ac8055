"""Routes of the editor of a draft: one form, named buttons, everything saved before anything else happens."""

from __future__ import annotations

from urllib.parse import urlencode

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from werkzeug.datastructures import MultiDict

from catalog import service as catalog
from ordering import service as ordering
from ordering.draft import ConfiguredLine, QuoteDraft
from ordering.drafting import KeptDraft
from ordering.errors import ConfigurationNotSaleable, DraftChanged, DraftInvalid, TransitionRefused
from web import formatting
from web.accounts import require_role
from web.clock import now
from web.database import get_session
from web.forms.drafts import DraftForm, TakeForm
from web.refusal_words import page_words
from web.sales import draft_desk
from web.sales.draft_acts import Act, apply_act, configured_line, read_act
from web.sales.draft_conflict import merge
from web.sales.draft_panels import Panel, read_panel
from web.sales.draft_sheet import Line, Sheet, added, encode_choices, lines_in, sheet_of, with_lines
from web.sales.draft_words import add_fault, draft_name, draft_tag
from web.sales.views import blueprint, plant_zone
from web.security import takes_fields
from web.shop.taking import Target
from web.words import gettext as _

MOST_FIELDS = 3000


@blueprint.get("/drafts/<int:draft_id>")
@require_role("sales", "owner")
def draft(draft_id: int) -> ResponseReturnValue:
    """Show a draft: its editor while it can be changed, else what became of it."""
    kept = ordering.get_draft(get_session(), draft_id=draft_id)
    if draft_desk.is_closed(kept):
        return read_page(kept)
    sheet = sheet_of(kept.content, version=kept.version)
    sheet["find"] = request.args.get("find", "").strip()[:100]
    sheet["product"] = request.args.get("product", "")[:80]
    return draft_desk.show_editor(kept, sheet, is_kept=True, panel=read_panel(request.args.get("panel", "")))


def read_page(kept: KeptDraft) -> str:
    """Draw a draft that can only be read any more."""
    figures, faults = draft_desk.read_figures(kept)
    sent = ordering.list_actions(get_session(), subject=f"draft-{kept.id}", prefix="draft.send", limit=1)
    numbers = sent[0].facts.get("quotes", ()) if sent else ()
    return render_template(
        "sales/draft_closed.html", kept=kept, name=draft_name(kept), tag=draft_tag(kept.state), faults=faults,
        figures=figures, cards=draft_desk.read_cards(kept, figures), numbers=numbers,
        history=draft_desk.history_of(kept, figures))


@blueprint.post("/drafts/<int:draft_id>")
@require_role("sales", "owner")
@takes_fields(MOST_FIELDS)
def change_draft(draft_id: int) -> ResponseReturnValue:
    """Save what was typed and do what the button says; what is wrong is told beside it, and nothing is lost."""
    session = get_session()
    kept = ordering.get_draft(session, draft_id=draft_id)
    if draft_desk.is_closed(kept):
        return read_page(kept), 409
    act = read_act(request.form.get("act", ""))
    typed: Sheet = MultiDict((name, text) for name, text in request.form.items() if name != "act")
    sheet, place = apply_act(session, typed, act)
    form = draft_desk.make_form(sheet)
    is_fine = form.validate()
    if act.kind in {"figures", "find"}:
        panel = read_panel(request.form.get("panel", ""))
        return draft_desk.show_editor(kept, sheet, form=form, panel=panel)
    if not is_fine:
        return draft_desk.show_editor(kept, sheet, form=form), 422
    return _save(kept, sheet, form, act, place)


def _save(kept: KeptDraft, sheet: Sheet, form: DraftForm, act: Act, place: int) -> ResponseReturnValue:
    session = get_session()
    try:
        content = _with_act(form.draft(), act)
        saved = ordering.change_draft(session, draft_id=kept.id, version=form.version.number or 0, content=content,
                                      by=current_user.login, now=now())
    except (DraftInvalid, ConfigurationNotSaleable) as error:
        session.rollback()
        add_fault(form, str(error.detail.get("field", "")), page_words(error.code, error.message))
        return draft_desk.show_editor(kept, sheet, form=form), 422
    except DraftChanged as refusal:
        session.rollback()
        return _told_of_change(kept.id, sheet, form, refusal)
    except TransitionRefused:
        session.rollback()
        return read_page(ordering.get_draft(session, draft_id=kept.id)), 409
    return redirect(_next_address(saved, act, place, form), code=303)


def _told_of_change(draft_id: int, sheet: Sheet, form: DraftForm, refusal: DraftChanged) -> ResponseReturnValue:
    newest = ordering.get_draft(get_session(), draft_id=draft_id)
    labels = {field.name: field.label.text for field in form}
    labels |= {field.short_name: field.label.text for entry in form.lines.entries for field in entry.form}
    merged, conflict = merge(sheet, sheet_of(newest.content, version=newest.version), refusal, zone=plant_zone(),
                             labels=labels)
    return draft_desk.show_editor(newest, merged, conflict=conflict), 409


def _with_act(content: QuoteDraft, act: Act) -> QuoteDraft:
    """Choose an option of a line where the button asks for it, with the smallest change of its other choices."""
    if act.kind != "choose":
        return content
    attribute, _colon, option = act.rest.partition(":")
    return ordering.take_line_option(get_session(), draft=content, position=act.place, attribute=attribute,
                                     option=option, now=now(), cache_directory=draft_desk.cache_directory())


def _next_address(saved: KeptDraft, act: Act, place: int, form: DraftForm) -> str:
    if act.kind == "send":
        return url_for("sales.review_draft", draft_id=saved.id)
    if act.kind == "ask":
        return url_for("sales.ask_about_draft", draft_id=saved.id)
    if act.kind == "configure":
        return _shop_address(saved, act.place) or url_for("sales.draft", draft_id=saved.id)
    panel = ""
    if act.kind == "earlier":
        panel = Panel("earlier", act.place).text()
    elif act.kind == "options" and act.place < len(form.lines.entries):
        asked = str(form.lines.entries[act.place].form.ask.data or "")
        panel = Panel("options", act.place, asked).text() if asked else ""
    anchor = f"line-{place + 1}" if act.kind not in {"save", "customer", "way"} else None
    chosen = str(form.product.data or "")[:80] if act.kind == "add-product" else ""
    return url_for("sales.draft", draft_id=saved.id, panel=panel or None, product=chosen or None, _anchor=anchor)


def _shop_address(saved: KeptDraft, place: int) -> str:
    """Give the configurator's address of a line, which brings its choices back to this draft."""
    line = saved.content.lines[place] if place < len(saved.content.lines) else None
    if not isinstance(line, ConfiguredLine):
        return ""
    definition = catalog.get_version(get_session(), content_hash=line.content_hash).definition
    view = {".draft": Target(saved.id, place, saved.version).text()}
    if saved.content.header.destination:
        view[".to"] = saved.content.header.destination
    query = "&".join(part for part in (encode_choices(dict(line.choices)), urlencode(view)) if part)
    return f"{url_for('shop.configure', product_code=definition.code)}?{query}"


@blueprint.post("/drafts/<int:draft_id>/take")
@require_role("sales", "owner")
def take_into_draft(draft_id: int) -> ResponseReturnValue:
    """Take what was configured in the shop into a draft: as the line it was opened from, or as a new one."""
    session, form = get_session(), TakeForm()
    kept = ordering.get_draft(session, draft_id=draft_id)
    if draft_desk.is_closed(kept):
        return read_page(kept), 409
    if not form.validate_on_submit():
        return draft_desk.show_editor(
            kept, sheet_of(kept.content, version=kept.version), is_kept=True,
            notice=_("What was configured could not be read. Configure the line again.")), 422
    catalog.get_version(session, content_hash=str(form.product.data))  # an unknown one is told
    sheet, place = _with_taken(sheet_of(kept.content, version=form.version.number or 0), form)
    checked = draft_desk.make_form(sheet)
    checked.validate()
    try:
        ordering.change_draft(session, draft_id=draft_id, version=form.version.number or 0, content=checked.draft(),
                              by=current_user.login, now=now())
    except (DraftChanged, DraftInvalid):
        session.rollback()
        newest = ordering.get_draft(session, draft_id=draft_id)
        current = sheet_of(newest.content, version=newest.version)
        kept_line = configured_line(str(form.product.data), str(form.choices.data))
        return draft_desk.show_editor(
            newest, with_lines(current, added(lines_in(current), kept_line)),
            notice=_("Somebody changed this draft while you configured. Your product is the last line; "
                     "save to keep it, or remove the line it replaces.")), 409
    return redirect(url_for("sales.draft", draft_id=draft_id, _anchor=f"line-{place + 1}"), code=303)


def _with_taken(sheet: Sheet, form: TakeForm) -> tuple[Sheet, int]:
    lines = lines_in(sheet)
    place = form.line.number if form.line.number is not None else len(lines)
    taken: Line = configured_line(str(form.product.data), str(form.choices.data))
    if place < len(lines) and lines[place].get("kind") == "configured":
        lines[place] = {**lines[place], "product": taken["product"], "choices": taken["choices"]}
        return with_lines(sheet, lines), place
    return with_lines(sheet, added(lines, taken)), len(lines)


def language_of_page() -> str:
    """Give the language in which a new quote starts: the page's."""
    return "zh" if formatting.is_chinese() else "en"
