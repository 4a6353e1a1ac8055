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


class DraftNotFound(OnelotError):
    """No draft of a quote has this number."""

    code = "draft_not_found"


class DraftInvalid(OnelotError):
    """A field of a draft is unknown or out of bounds; ``detail["field"]`` is its path."""

    code = "draft_invalid"


class DraftChanged(OnelotError):
    """The draft was changed since it was read; ``detail["changes"]`` says by whom, when and where."""

    code = "draft_changed"


class ApprovalRefused(OnelotError):
    """An approval cannot be asked for or given like this; ``detail["why"]`` says why."""

    code = "approval_refused"


class DraftNotSendable(OnelotError):
    """The draft cannot be sent as it stands; ``detail["why"]`` says why, ``field`` or ``line`` where."""

    code = "draft_not_sendable"


class DesignNotFound(OnelotError):
    """The asking person or browser keeps no such design."""

    code = "design_not_found"


class DesignRefused(OnelotError):
    """A design cannot be kept or named like this; ``detail["why"]`` says why."""

    code = "design_refused"


class ResumeLinkNotFound(OnelotError):
    """No configuration is gone on with at this link."""

    code = "resume_link_not_found"


class ResumeLinkEnded(OnelotError):
    """The link to go on with a configuration is over or was taken back."""

    code = "resume_link_ended"


class MailNotFound(OnelotError):
    """No mail has this number."""

    code = "mail_not_found"


class ChangeOutdated(OnelotError):
    """A changed order would get another date or price than its customer was shown; look again before confirming."""

    code = "change_outdated"


class OrderNotFound(OnelotError):
    """No order has this number."""

    code = "order_not_found"


class PaperNotFound(OnelotError):
    """No paper of this site has this code."""

    code = "paper_not_found"


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


class CustomerNotFound(OnelotError):
    """There is no such contact, company or price group among the living."""

    code = "customer_not_found"


class CustomerChanged(OnelotError):
    """Somebody else changed it since it was read; ``detail["changes"]`` says who, when and which fields."""

    code = "customer_changed"


class CustomerEntryTaken(OnelotError):
    """Another contact has this e-mail address, or another price group this code; ``detail["field"]`` names it."""

    code = "customer_entry_taken"


class CustomerBusy(OnelotError):
    """A contact cannot be erased while an order or a quote of it is open; ``detail`` lists both."""

    code = "customer_busy"
