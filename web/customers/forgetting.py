"""The erasure of a person at the edge: what ordering keeps, and what stands beside it in accounts, views and files."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from ordering import service as ordering
from ordering.customer import Erasure
from ordering.saved import account_owner
from web.mails.delivery import forget_files
from web.mails.writing import site_host
from web.sales import saved_views
from web.settings import Settings
from web.tables import UserRow


def forget_person(
    session: Session, *, contact_id: int, with_company: bool, settings: Settings, now: datetime, actor: str
) -> Erasure:
    """Erase a contact with its shopper's account, what that keeps, saved views that name it, and files of its mails.

    Parameters
    ----------
    contact_id, with_company, now, actor
        As for :func:`ordering.service.erase_contact`, whose refusals it raises.
    settings
        Where the outbox folder is.

    Returns
    -------
    Erasure
        What was erased. An account of staff with the same address stays.
    """
    plan = ordering.erase_contact(session, contact_id=contact_id, with_company=with_company, now=now, actor=actor)
    for account in session.scalars(select(UserRow).where(UserRow.login.in_(plan.emails), UserRow.role == "consumer")):
        ordering.forget_owner(session, owner=account_owner(account.id))
        session.delete(account)
    saved_views.forget_person(session, words=(*plan.emails, *plan.names))
    session.flush()
    forget_files(plan.mail_keys, host=site_host(settings), folder=settings.var_directory / "outbox")
    return plan
