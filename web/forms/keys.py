"""Keys that give one view of a page one effect, whatever a browser or a network repeats."""

from __future__ import annotations

import re
import secrets

from wtforms import HiddenField
from wtforms.form import BaseForm
from wtforms.validators import ValidationError

from web.words import gettext as _

KEY_BYTES = 24
_KEY = re.compile(r"[A-Za-z0-9_-]{16,64}")


def make_key() -> str:
    """Draw a key for one view of a page."""
    return secrets.token_urlsafe(KEY_BYTES)


class KeyField(HiddenField):
    """A key of these pages. A request that carries none was not sent by a page, and is refused."""

    def pre_validate(self, form: BaseForm) -> None:
        """Raise ValidationError unless the text has the form of a key of these pages."""
        if not _KEY.fullmatch(self.data or ""):
            raise ValidationError(_("Open the page again and repeat the step."))
