"""The messages about an order as a list: who wrote, when, what."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from ordering.messages import OrderMessage, Side
from web import formatting
from web.words import gettext as _


@dataclass(frozen=True, slots=True)
class MessageView:
    """A message as its reader sees it."""

    author: str
    when: str
    text: str
    is_own: bool
    is_unread: bool


def thread(messages: Iterable[OrderMessage], zone: ZoneInfo, *, own: Side) -> tuple[MessageView, ...]:
    """Show messages to one side; the customer sees no login of the sales desk."""
    return tuple(
        MessageView(
            author=_("You") if own is Side.CUSTOMER and item.side is own
            else _("Sales desk") if own is Side.CUSTOMER else item.author,
            when=formatting.moment(item.at, zone), text=item.text, is_own=item.side is own,
            is_unread=item.is_unread and own is Side.SALES)
        for item in messages)
