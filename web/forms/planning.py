"""The forms of the planner."""

from __future__ import annotations

import secrets

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import HiddenField

from web.forms.fields import WholeNumberField, clean_text, whole_number_between

SHORTEST_RUN_SECONDS = 1
LONGEST_RUN_SECONDS = 300


class ReplanForm(FlaskForm):  # type: ignore[misc]  # flask_wtf has no types
    """How long a planning run may look; ``key`` makes a repeated click one run."""

    seconds = WholeNumberField(
        lazy_gettext("Seconds"), [whole_number_between(SHORTEST_RUN_SECONDS, LONGEST_RUN_SECONDS)], default="20"
    )
    key = HiddenField(validators=[clean_text(least=0, most=64)])

    @staticmethod
    def new_key() -> str:
        """Draw a key for one run."""
        return secrets.token_urlsafe(18)
