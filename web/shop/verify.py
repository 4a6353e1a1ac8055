"""The page on which anybody who holds a paper checks it; it shows no customer and lets nobody do anything."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from ordering import service as ordering
from ordering.errors import PaperNotFound
from web.forms.verify import VerifyForm
from web.security import limited
from web.shop.blueprint import blueprint
from web.shop.configuring import look_around, settings
from web.shop.quoting import place_of
from web.shop.verify_page import build_verify_page
from web.words import gettext as _


@blueprint.get("/verify")
@limited("verify")
def ask_code() -> ResponseReturnValue:
    """Ask for a code by hand, and lead to its page."""
    if not request.args.get("code"):
        return render_template("shop/verify.html", page=None, form=VerifyForm(formdata=None), notice="")
    form = VerifyForm(request.args)
    if not form.validate():
        return render_template("shop/verify.html", page=None, form=form, notice=""), 422
    code = "".join(str(form.code.data).split()).upper()
    return redirect(url_for("shop.verify", code=code), code=303)


@blueprint.get("/verify/<code>")
@limited("verify")
def verify(code: str) -> ResponseReturnValue:
    """Say whether a paper is genuine, how things stand now, and what differs."""
    around = look_around()
    try:
        found = ordering.verify(around.session, code=code, secret=settings().secret_key, now=around.now)
    except PaperNotFound:
        form = VerifyForm(formdata=None, code=code[:60])
        notice = _("No paper of ours has this code. It may be mistyped, or the paper is not from us.")
        return render_template("shop/verify.html", page=None, form=form, notice=notice), 404
    place = place_of(around, found.destination)
    page = build_verify_page(found, destination=place.title, zone=place.zone)
    return render_template("shop/verify.html", page=page, form=VerifyForm(formdata=None), notice="")
