"""What a price group is called on pages."""

from __future__ import annotations

from ordering.customer import PriceGroup, discount_text
from web import formatting
from web.words import gettext as _


def group_words(group: PriceGroup) -> str:
    """Name a price group with its discount."""
    return _("%(title)s, %(percent)s %% discount", title=group.title.in_language(formatting.language()),
             percent=discount_text(group.discount_percent))
