"""What expected refusals are called on a page, in the reader's language. JSON clients get code and detail instead."""

from __future__ import annotations

from flask_babel import lazy_gettext

from web.preferences import language

WORDS_BY_CODE = {
    "approval_refused": lazy_gettext("A second person cannot be asked or decide like this."),
    "configuration_not_saleable": lazy_gettext("These choices cannot be made as they stand."),
    "customer_busy": lazy_gettext("This contact cannot be erased while an order or a quote of it is open."),
    "customer_changed": lazy_gettext("Somebody else changed this in the meantime."),
    "customer_entry_taken": lazy_gettext("Another customer has this already."),
    "customer_not_found": lazy_gettext("There is no such customer."),
    "design_not_found": lazy_gettext("There is no such design."),
    "design_refused": lazy_gettext("This cannot be kept as it stands."),
    "destination_unknown": lazy_gettext("There is no delivery to this place."),
    "document_library_missing": lazy_gettext("Documents cannot be drawn here at the moment."),
    "document_too_costly": lazy_gettext("Drawing this document takes too long."),
    "draft_changed": lazy_gettext("Somebody else has changed this draft."),
    "draft_invalid": lazy_gettext("A field of this draft cannot be as it stands."),
    "draft_not_found": lazy_gettext("There is no such draft."),
    "event_not_found": lazy_gettext("There is no such event."),
    "hold_expired": lazy_gettext("The capacity is no longer reserved."),
    "hold_lost": lazy_gettext("The capacity was taken in the meantime."),
    "job_not_found": lazy_gettext("There is no such planning run."),
    "job_started": lazy_gettext("Work on it has begun."),
    "network_missing": lazy_gettext("No plants are published yet."),
    "no_capacity": lazy_gettext("The plants have no free capacity for this."),
    "objective_unknown": lazy_gettext("The rest cannot be decided in this way."),
    "operation_not_begun": lazy_gettext("An operation that has not begun cannot be finished or scrapped."),
    "operation_not_found": lazy_gettext("This order has no such operation that is booked."),
    "order_not_found": lazy_gettext("There is no such order."),
    "place_unknown": lazy_gettext("There is no such site or work center."),
    "predecessor_open": lazy_gettext("An operation before this one is still open."),
    "product_version_not_found": lazy_gettext("This product is not published here."),
    "proposal_not_found": lazy_gettext("There is no such proposal."),
    "proposal_outdated": lazy_gettext("The schedule has moved since this proposal was made."),
    "queue_full": lazy_gettext("Too much of this work waits already."),
    "quote_already_accepted": lazy_gettext("This quote is an order already."),
    "quote_expired": lazy_gettext("The capacity of this quote is no longer reserved."),
    "quote_not_found": lazy_gettext("There is no such quote."),
    "quote_superseded": lazy_gettext("A newer revision replaces this one."),
    "report_invalid": lazy_gettext("This report cannot be as it stands."),
    "report_repeated": lazy_gettext("This was reported before, or its time is over."),
    "resume_link_ended": lazy_gettext("This link is over. Make a new one on the device you came from."),
    "resume_link_not_found": lazy_gettext("There is nothing at this link."),
    "paper_not_found": lazy_gettext("No paper of ours has this code."),
    "scenario_invalid": lazy_gettext("A change of this scenario names something that there is not."),
    "scenario_not_found": lazy_gettext("There is no such scenario."),
    "scenario_not_publishable": lazy_gettext("This scenario cannot become a proposal as it stands."),
    "transition_refused": lazy_gettext("This step does not fit its present state."),
    "unit_not_down": lazy_gettext("This work unit is not down then."),
    "upload_not_found": lazy_gettext("There is no such upload."),
    "upload_published": lazy_gettext("This upload is published already."),
    "work_order_not_found": lazy_gettext("There is no such work order."),
    "work_unit_not_found": lazy_gettext("There is no such work unit."),
}


def page_words(code: str, detail: str) -> str:
    """Give the sentence of a refusal for a page.

    Parameters
    ----------
    code
        The refusal's code.
    detail
        Its own sentence, in English.

    Returns
    -------
    str
        In the page's language; empty when only an English sentence is known and the page is not English.
    """
    if language() == "en" and detail:
        return detail
    return str(WORDS_BY_CODE.get(code, ""))
