"""What a field says beside a text that cannot be taken: what is wanted, never blame."""

from __future__ import annotations

from collections.abc import Collection
from fractions import Fraction

from catalog.product import Attribute
from configurator.configuration import NumberDomain
from configurator.input import InputCode, InputError, printable
from web import formatting
from web.shop.ruler import describe_domain
from web.words import gettext as _

_LONGEST_NAME = 40
_MOST_NAMES = 5


def mistake_words(error: InputError | None, attribute: Attribute | None, domain: NumberDomain | None) -> str:
    """Say what an entry needs.

    Parameters
    ----------
    error
        What was found; None for an entry that is missing.
    attribute
        Where it stands; None for an attribute the product does not have.
    domain
        The reachable values of a number with the other choices; None takes the declared ones.
    """
    if error is None:
        return _("Enter 1 to %(most)s characters.", most=attribute.max_length if attribute is not None else 1)
    if attribute is None or error.code is InputCode.ATTRIBUTE_UNKNOWN:
        return _("This product has no such choice any more.")
    words = {
        InputCode.CHOICE_REPEATED: _("Several values are given here. Choose one."),
        InputCode.OPTION_UNKNOWN: _("This option is no longer offered. Choose one of the list."),
        InputCode.TEXT_TOO_LONG: _("Write at most %(most)s characters.", most=attribute.max_length),
        InputCode.TEXT_CHARACTER: _("Write letters, digits, signs and single spaces only."),
    }
    return words.get(error.code) or _number_words(error, attribute, domain)


def left_out_words(names: Collection[str]) -> str:
    """Say which choices of an address the product does not have; empty when it has them all."""
    if not names:
        return ""
    shown = [printable(name)[:_LONGEST_NAME] for name in sorted(names)[:_MOST_NAMES]]
    return _("Left out, because this product has no such choice: %(names)s", names=formatting.enumerated(shown))


def _number_words(error: InputError, attribute: Attribute, domain: NumberDomain | None) -> str:
    wanted = describe_domain(domain or NumberDomain(((attribute.minimum, attribute.maximum),), attribute.step),
                             attribute.unit)
    if error.code is InputCode.NUMBER_OFF_STEP:
        near = [formatting.plain_number(Fraction(str(error.detail[side]))) for side in ("below", "above")
                if side in error.detail]
        return _("Enter %(near)s, in steps of %(step)s %(unit)s.", near=formatting.list_words(near),
                 step=formatting.plain_number(attribute.step), unit=attribute.unit).replace(" .", ".")
    if error.code is InputCode.NUMBER_OUT_OF_RANGE:
        return _("Enter %(range)s. Other choices set these limits.", range=wanted) if _is_narrower(domain, attribute) \
            else _("Enter %(range)s.", range=wanted)
    return _("Enter a plain number, %(range)s.", range=wanted)


def _is_narrower(domain: NumberDomain | None, attribute: Attribute) -> bool:
    return domain is not None and (domain.minimum > attribute.minimum or domain.maximum < attribute.maximum)
