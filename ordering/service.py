"""Use cases of ordering, by the name under which other packages call them."""

from ordering.accepting import Accepted, accept
from ordering.actions import NotedAction, list_actions, note_action
from ordering.advising import Bounds, Proposal, Release, Request, Shortfall, decide_rest, find_objective, meet_bounds
from ordering.checks import check
from ordering.comparison import Outcome, compare, preview_configured
from ordering.configured import ConfiguredProduct, LineRequest, complete, from_view, recall, work_out
from ordering.impact import QuoteImpact, QuoteLineImpact, assess_open_quotes
from ordering.keeping import DocumentKind, find_document, keep_document
from ordering.offering import HOLD_TIME, Offer, Preview
from ordering.production import (
    cancel_order,
    deliver_order,
    finish_job_order,
    follow_plan,
    release_work_orders,
    start_job_order,
)
from ordering.quote_reading import get_link_token, get_quote, get_quote_by_number
from ordering.quoting import (
    Offered,
    QuoteRequest,
    decline,
    expire_due,
    offer,
    preview,
    requote,
)
from ordering.reading import (
    OrderPage,
    QuotePage,
    get_order,
    get_order_by_link,
    get_work_order,
    list_orders,
    list_pick_lines,
    list_promise_events,
    list_quotes,
    list_work_orders,
)

__all__ = [
    "HOLD_TIME",
    "Accepted",
    "Bounds",
    "ConfiguredProduct",
    "DocumentKind",
    "LineRequest",
    "NotedAction",
    "Offer",
    "Offered",
    "OrderPage",
    "Outcome",
    "Preview",
    "Proposal",
    "QuoteImpact",
    "QuoteLineImpact",
    "QuotePage",
    "QuoteRequest",
    "Release",
    "Request",
    "Shortfall",
    "accept",
    "assess_open_quotes",
    "cancel_order",
    "check",
    "compare",
    "complete",
    "decide_rest",
    "decline",
    "deliver_order",
    "expire_due",
    "find_document",
    "find_objective",
    "finish_job_order",
    "follow_plan",
    "from_view",
    "get_link_token",
    "get_order",
    "get_order_by_link",
    "get_quote",
    "get_quote_by_number",
    "get_work_order",
    "keep_document",
    "list_actions",
    "list_orders",
    "list_pick_lines",
    "list_promise_events",
    "list_quotes",
    "list_work_orders",
    "meet_bounds",
    "note_action",
    "offer",
    "preview",
    "preview_configured",
    "recall",
    "release_work_orders",
    "requote",
    "start_job_order",
    "work_out",
]
