"""The sales desk's pages: quotes and orders, found, read and followed; drafts, typed, approved and sent."""

from web.sales import approvals, dashboard, draft_editing, draft_sending, drafts, lists
from web.sales.views import blueprint

__all__ = ["approvals", "blueprint", "dashboard", "draft_editing", "draft_sending", "drafts", "lists"]
