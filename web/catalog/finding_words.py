"""Findings of an audit in the page's language: a sentence for each, and what each kind means for the engineer."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import lazy_gettext
from flask_babel.speaklater import LazyString

_SENTENCES: Mapping[str, LazyString] = {
    "void": lazy_gettext("Nobody can configure %(subject)s: its rules contradict each other."),
    "dead_option": lazy_gettext("Nobody can choose %(subject)s: no configuration has it."),
    "single_option": lazy_gettext("%(subject)s is no choice: every configuration has it."),
    "single_value": lazy_gettext("%(subject)s is no choice: it is always %(value)s %(unit)s."),
    "minimum_unreachable": lazy_gettext("%(subject)s starts at %(reached)s %(unit)s, not at %(declared)s as declared."),
    "maximum_unreachable": lazy_gettext("%(subject)s ends at %(reached)s %(unit)s, not at %(declared)s as declared."),
    "hole": lazy_gettext("%(subject)s cannot lie from %(low)s to %(high)s %(unit)s."),
    "redundant": lazy_gettext("Rule %(subject)s says nothing new: the rules named say it already."),
    "never_bites": lazy_gettext("Rule %(subject)s forbids nothing: it holds whatever is chosen."),
    "never_applies": lazy_gettext("Rule %(subject)s never applies: its condition cannot come true."),
    "forbids_its_condition": lazy_gettext(
        "Rule %(subject)s contradicts others: where its condition holds, what it requires is impossible."),
    "unreachable_row": lazy_gettext("%(subject)s (%(row)s) is never used: other rules do not let anyone reach it."),
    "repeated_row": lazy_gettext("%(subject)s (%(row)s) stands twice, first as row %(first)s."),
    "preference_never_met": lazy_gettext("No configuration meets the preference %(subject)s."),
    "preference_always_met": lazy_gettext("Every configuration meets the preference %(subject)s."),
    "never_due": lazy_gettext("%(subject)s never comes up: its condition holds in no configuration."),
    "undefined_amount": lazy_gettext("%(subject)s has no amount in some valid configuration."),
    "negative_amount": lazy_gettext("%(subject)s is below zero in some valid configuration."),
    "comes_with": lazy_gettext("%(subject)s brings other choices with it: %(choices)s."),
    "default_impossible": lazy_gettext("The default %(value)s of %(subject)s is in no configuration."),
    "defaults_contradict": lazy_gettext("The defaults of %(choices)s cannot stand together."),
    "preset_contradicts": lazy_gettext("%(subject)s contradicts the rules: %(choices)s cannot stand together."),
    "case_refused": lazy_gettext("%(subject)s must be valid and is refused."),
    "case_allowed": lazy_gettext("%(subject)s must be invalid and is valid."),
    "case_refused_by_others": lazy_gettext("%(subject)s is refused, but not by the rules it names (%(rules)s)."),
    "search_serves": lazy_gettext(
        "%(subject)s is too large to compile within the budget: a search serves exact answers, more slowly."),
}

_MEANINGS: Mapping[str, LazyString] = {
    "void": lazy_gettext("The rules named forbid every configuration together; loosen one of them."),
    "dead_option": lazy_gettext("Customers see the option and can never have it. Take it away, or loosen a rule named. "
                                "The witness has it and breaks only those rules."),
    "single_option": lazy_gettext("The question need not be asked: leave it out, or loosen a rule named."),
    "single_value": lazy_gettext("The question need not be asked: leave it out, or loosen a rule named."),
    "minimum_unreachable": lazy_gettext("The declared range promises more than the rules give. The shop shows the "
                                        "true range; declare it so, or loosen a rule named."),
    "maximum_unreachable": lazy_gettext("The declared range promises more than the rules give. The shop shows the "
                                        "true range; declare it so, or loosen a rule named."),
    "hole": lazy_gettext("Values between two possible ones are impossible. The shop shows the gap; check that it is "
                         "meant."),
    "redundant": lazy_gettext("It may be taken away without changing what is possible. It may also be kept for its "
                              "reason, which customers read. The witness breaks it together with a rule named."),
    "never_bites": lazy_gettext("Whatever is chosen keeps it. Check whether a figure in it is mistaken."),
    "never_applies": lazy_gettext("What stands after the condition is never asked for. Check the condition."),
    "forbids_its_condition": lazy_gettext("The rule turns its own condition into something impossible. Say so plainly, "
                                          "or correct what it requires."),
    "unreachable_row": lazy_gettext("The row can be taken away, or a rule named forbids too much."),
    "repeated_row": lazy_gettext("One of the two rows can be taken away."),
    "preference_never_met": lazy_gettext(
        "The recommendation cannot be followed by anyone. Correct it or take it away."),
    "preference_always_met": lazy_gettext("The recommendation says nothing, because it is always kept."),
    "never_due": lazy_gettext("This line never enters a price, a part list or a routing. Check its condition."),
    "undefined_amount": lazy_gettext("The witness is for sale and has no price or quantity: a table has no row for it, "
                                     "or something is divided by zero."),
    "negative_amount": lazy_gettext("The witness is for sale with an amount below zero. Check the expression."),
    "comes_with": lazy_gettext(
        "Nobody can order the option by itself. That may be right; customers see what it brings."),
    "default_impossible": lazy_gettext("The shop takes another value at once. Declare a default that is possible."),
    "defaults_contradict": lazy_gettext("Each default is possible, together they are not. The shop keeps the first "
                                        "ones of the product's order."),
    "preset_contradicts": lazy_gettext("The starting point leads customers into a conflict. Correct its choices."),
    "case_refused": lazy_gettext("A version like this is not taken at publish."),
    "case_allowed": lazy_gettext("A version like this is not taken at publish. The witness shows that it is valid."),
    "case_refused_by_others": lazy_gettext("A version like this is not taken at publish."),
    "search_serves": lazy_gettext("Answers are exact all the same. The number of variants is not counted."),
}

_REASONS: Mapping[str, LazyString] = {
    "time": lazy_gettext("the time was over"),
    "too_wide": lazy_gettext("it reads too much at once to be solved exactly"),
    "void": lazy_gettext("the product has no valid configuration"),
    "period": lazy_gettext("the rule is not valid on this day"),
}

_KINDS: Mapping[str, LazyString] = {
    "void": lazy_gettext("Nothing is possible"), "dead_option": lazy_gettext("Options nobody can choose"),
    "single_option": lazy_gettext("Choices with one option"), "single_value": lazy_gettext("Numbers with one value"),
    "minimum_unreachable": lazy_gettext("Ranges that start higher"),
    "maximum_unreachable": lazy_gettext("Ranges that end lower"), "hole": lazy_gettext("Gaps in ranges"),
    "redundant": lazy_gettext("Rules said twice"), "never_bites": lazy_gettext("Rules that forbid nothing"),
    "never_applies": lazy_gettext("Rules that never apply"),
    "forbids_its_condition": lazy_gettext("Rules that contradict others"),
    "unreachable_row": lazy_gettext("Rows never used"), "repeated_row": lazy_gettext("Rows said twice"),
    "preference_never_met": lazy_gettext("Preferences nobody can meet"),
    "preference_always_met": lazy_gettext("Preferences always met"),
    "never_due": lazy_gettext("Lines that never come up"), "undefined_amount": lazy_gettext("Missing amounts"),
    "negative_amount": lazy_gettext("Amounts below zero"),
    "comes_with": lazy_gettext("Options that bring others"),
    "default_impossible": lazy_gettext("Impossible defaults"),
    "defaults_contradict": lazy_gettext("Defaults that contradict each other"),
    "preset_contradicts": lazy_gettext("Starting points that contradict the rules"),
    "case_refused": lazy_gettext("Test configurations refused"),
    "case_allowed": lazy_gettext("Test configurations allowed"),
    "case_refused_by_others": lazy_gettext("Test configurations refused by other rules"),
    "search_serves": lazy_gettext("Served by search"),
}


def finding_sentence(kind: str, places: Mapping[str, str], *, otherwise: str) -> str:
    """Say a finding; ``otherwise`` is its English sentence, for kinds or places that are not known here."""
    sentence = _SENTENCES.get(kind)
    try:
        return " ".join((str(sentence) % places).replace(" .", ".").split()) if sentence is not None else otherwise
    except KeyError:
        return otherwise


def kind_title(kind: str) -> str:
    """Name a kind of finding."""
    return str(_KINDS.get(kind, kind))


def kind_meaning(kind: str) -> str:
    """Say what a kind of finding means and what helps; empty for a kind that is not known here."""
    return str(_MEANINGS.get(kind, ""))


def unchecked_reason(reason: str, *, otherwise: str) -> str:
    """Say why something was not checked."""
    return str(_REASONS.get(reason, otherwise))
