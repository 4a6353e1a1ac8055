"""Mails to customers: put in words, handed over, shown to the sales desk; and the promised day as a calendar file."""

from web.mails.pages import blueprint

__all__ = ["blueprint"]
