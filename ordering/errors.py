"""Expected refusals of ordering: each with a stable code, a sentence that says what helps, and facts."""

from __future__ import annotations

from catalog.errors import OnelotError


class TransitionRefused(OnelotError):
    """The thing is in a state from which this event is not listed."""

    code = "transition_refused"


class RequestInvalid(OnelotError):
    """A quantity, destination, name or key does not meet its limits; ``detail["field"]`` names it."""

    code = "request_invalid"


class ObjectiveUnknown(OnelotError):
    """The rest of a product cannot be decided by this word."""

    code = "objective_unknown"


class ConfigurationNotSaleable(OnelotError):
    """The choices break a rule or leave a needed one open; ``detail`` carries the conflict."""

    code = "configuration_not_saleable"


class UnknownCapability(OnelotError):
    """An operation needs a capability that no plant of the network offers."""

    code = "unknown_capability"


class NoCapacity(OnelotError):
    """The work does not fit into the offered capacity before the end of the horizon."""

    code = "no_capacity"


class QuoteNotFound(OnelotError):
    """No quote has this number or link."""

    code = "quote_not_found"


class QuoteExpired(OnelotError):
    """The capacity of the quote is no longer reserved; a new date can be asked for."""

    code = "quote_expired"


class QuoteSuperseded(OnelotError):
    """A newer revision replaces the one that was meant; only the newest can be accepted."""

    code = "quote_superseded"


class QuoteAlreadyAccepted(OnelotError):
    """The quote is an order already; ``detail["order"]`` is its number."""

    code = "quote_already_accepted"


class IdempotencyMismatch(OnelotError):
    """The key was used before for another request."""

    code = "idempotency_mismatch"


class OrderNotFound(OnelotError):
    """No order has this number."""

    code = "order_not_found"


class WorkOrderNotFound(OnelotError):
    """No work order or job order has this number."""

    code = "work_order_not_found"


class PredecessorOpen(OnelotError):
    """An operation cannot start before those it waits for; ``detail["waits_for"]`` lists them."""

    code = "predecessor_open"


class DocumentFailed(OnelotError):
    """The document could not be drawn; nothing was stored."""

    code = "document_failed"


class DocumentTooCostly(DocumentFailed):
    """Drawing took more time or memory than a document may; the worker was ended."""

    code = "document_too_costly"


class DocumentLibraryMissing(DocumentFailed):
    """A system library or font that documents need is not installed; ``detail["help"]`` says which."""

    code = "document_library_missing"
