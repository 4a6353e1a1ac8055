"""Why this day, and what an earlier one costs: a date's chain of work and waits in the customer's words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta

from catalog.product import AttributeKind, ProductDefinition
from ordering.earlier import EarlierOffer
from ordering.translation import DateReason
from scheduling.day_earlier import WhyNot
from web import formatting
from web.shop.parts import EarlierLine, OpenChoice, ReasonLine
from web.shop.sections import section_id
from web.shop.wording import attribute_title, inside_sentence
from web.words import gettext as _
from web.words import ngettext

_MOST_EARLIER = 3


def reason_lines(
    reasons: Sequence[DateReason], *, hold_hours: int, delivery_minutes: int, definition: ProductDefinition
) -> tuple[ReasonLine, ...]:
    """Tell the chain of a date, from the hold of the quote to the delivery; empty when nothing is made."""
    if not reasons:
        return ()
    lines = [ReasonLine(_("Time to decide"), _("%(span)s in which the quote can be accepted; work begins after it",
                                              span=formatting.span_words(timedelta(hours=hold_hours))))]
    lines += [ReasonLine(reason.title.in_language(formatting.language()), _spans(reason), _cause(reason, definition))
              for reason in reasons]
    if delivery_minutes:
        lines.append(ReasonLine(_("Delivery"), _("%(span)s on the way", span=_span(delivery_minutes))))
    return tuple(lines)


def _spans(reason: DateReason) -> str:
    link = reason.link
    parts = (
        (link.transport_minutes, _("%(span)s on the way", span=_span(link.transport_minutes))),
        (link.material_minutes, _("%(span)s for its material", span=_span(link.material_minutes))),
        (link.queue_minutes, _("%(span)s behind other work", span=_span(link.queue_minutes))),
        (link.closed_minutes, _("%(span)s outside its line's hours", span=_span(link.closed_minutes))),
        (link.setup_minutes, _("%(span)s of setup", span=_span(link.setup_minutes))),
        (link.work_minutes, _("%(span)s of work", span=_span(link.work_minutes))),
        (link.paused_minutes, _("%(span)s of breaks", span=_span(link.paused_minutes))),
    )
    return formatting.and_words([words for minutes, words in parts if minutes])


def _span(minutes: int) -> str:
    return formatting.span_words(timedelta(minutes=minutes))


def _cause(reason: DateReason, definition: ProductDefinition) -> OpenChoice | None:
    """Point to the choice that the step depends on most; only for one that is waited for."""
    if reason.link.queue_minutes + reason.link.material_minutes + reason.link.work_minutes < 60:  # an hour
        return None
    found = [attribute for attribute in definition.attributes if attribute.code in reason.attributes]
    choices = [attribute for attribute in found if attribute.kind is AttributeKind.CHOICE]
    attribute = next(iter(choices or found), None)
    return OpenChoice(section_id(attribute), inside_sentence(attribute_title(attribute))) if attribute else None


def earlier_lines(offers: Iterable[EarlierOffer], *, most: int = _MOST_EARLIER) -> tuple[EarlierLine, ...]:
    """Tell what the nearest earlier days cost or why they cannot be had; empty when there is none."""
    return tuple(EarlierLine(formatting.day(offer.day), _earlier_words(offer)) for offer in list(offers)[:most])


def _earlier_words(offer: EarlierOffer) -> str:
    if offer.extra is None:
        if offer.why_not is WhyNot.OCCUPIED:
            return _("no room found within the promises already given")
        return _("not possible: work, shifts and transport take longer")
    price = _("for the same price") if not offer.extra.amount_minor else _(
        "for %(price)s more", price=formatting.money(offer.extra))
    if not offer.moved_operations:
        return price
    moved = ngettext("%(num)s operation of other orders moves within its promise",
                     "%(num)s operations of other orders move within their promises", offer.moved_operations)
    return f"{price}{_(', ')}{moved}"
