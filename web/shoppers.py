"""Accounts of shoppers: made by themselves, confirmed by a link in a mail, closed by themselves.

The answer to whoever asks for an account or for a new password never tells whether an address has an account; only
its mailbox learns that. Nothing about a person is written into a log.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session
from werkzeug.security import check_password_hash

from ordering import service as ordering
from ordering.saved import account_owner
from web.account_links import AccountFacts, LinkPurpose, is_account_link, read_account_number
from web.accounts import AccountInvalid, AccountNotFound, add_hashed_user, find_user, hash_password
from web.jobs import queue
from web.tables import UserRow

ROLE = "consumer"
MAIL = "accounts.mail"
CONFIRM, EXISTS, PASSWORD = "confirm", "exists", "password"
"""The letters that this work writes."""


def sign_up(session: Session, *, email: str, name: str, password: str, language: str, now: datetime) -> None:
    """Make an account that its mailbox has to confirm; an address that has one gets a mail that says so.

    Raises
    ------
    AccountInvalid
        The password is too short or too long.
    """
    hashed = hash_password(password)  # once and always: both cases take the same time
    known = find_user(session, login=email)
    if known is not None:
        if _is_shopper(known):
            _queue_mail(session, known, kind=EXISTS, language=language, now=now)
        return
    row = add_hashed_user(session, login=email, name=name, role=ROLE, password_hash=hashed, now=now)
    _queue_mail(session, row, kind=CONFIRM, language=language, now=now)


def ask_confirmation(session: Session, *, account_id: int, language: str, now: datetime) -> None:
    """Send the link that confirms an address once more; nothing happens when it is confirmed."""
    row = session.get(UserRow, account_id)
    if row is not None and _is_shopper(row) and row.confirmed_at is None:
        _queue_mail(session, row, kind=CONFIRM, language=language, now=now)


def ask_password(session: Session, *, email: str, language: str, now: datetime) -> None:
    """Send a link for a new password, if the address has an account of a shopper."""
    row = find_user(session, login=email)
    if row is not None and _is_shopper(row):
        _queue_mail(session, row, kind=PASSWORD, language=language, now=now)


def find_linked(session: Session, *, token: str, purpose: LinkPurpose, secret: str, now: datetime) -> UserRow | None:
    """Find the account that a link is for; None when it is no link, is over, or was used."""
    number = read_account_number(token)
    row = session.get(UserRow, number) if number is not None else None
    if row is None or not _is_shopper(row):
        return None
    return row if is_account_link(token, facts_of(row), purpose=purpose, secret=secret, now=now) else None


def confirm(row: UserRow, *, password: str | None, now: datetime) -> bool:
    """Confirm the address of an account.

    Parameters
    ----------
    row
        From :func:`find_linked`: whoever asks reads its mailbox.
    password
        Of the account, so that nobody confirms an account that somebody else made with the address; None when the
        asking person is signed in to it.
    now
        Aware UTC.

    Returns
    -------
    bool
        False for a wrong password.
    """
    if password is not None and not check_password_hash(row.password_hash, password):
        return False
    row.confirmed_at = row.confirmed_at or now
    return True


def set_password(row: UserRow, *, password: str, now: datetime) -> None:
    """Give an account a new password by a mailed link, which also confirms its address; its sessions end.

    Raises
    ------
    AccountInvalid
        The password is too short or too long.
    """
    row.password_hash = hash_password(password)
    row.session_epoch += 1
    row.confirmed_at = row.confirmed_at or now


def change_own_password(session: Session, *, account_id: int, old: str, new: str) -> UserRow | None:
    """Change the password of whoever knows the old one; other sessions end.

    Returns
    -------
    UserRow or None
        The account; None when the old password is wrong.

    Raises
    ------
    AccountInvalid
        The new password is too short or too long.
    """
    row = _get(session, account_id)
    if not check_password_hash(row.password_hash, old):
        return None
    row.password_hash = hash_password(new)
    row.session_epoch += 1
    return row


def delete_account(session: Session, *, account_id: int, password: str) -> bool:
    """Delete a shopper's account with the designs it keeps; quotes and orders stay, they are contracts.

    Returns
    -------
    bool
        False when the password is wrong; then nothing is deleted.

    Raises
    ------
    AccountInvalid
        It is no account of a shopper.
    """
    row = _get(session, account_id)
    if not _is_shopper(row):
        raise AccountInvalid("Only the owner of the site closes an account of staff.")
    if not check_password_hash(row.password_hash, password):
        return False
    ordering.forget_owner(session, owner=account_owner(row.id))
    session.delete(row)
    session.flush()
    return True


def facts_of(row: UserRow) -> AccountFacts:
    """Give what links of an account are sealed over."""
    return AccountFacts(row.id, row.login, row.password_hash, row.confirmed_at is not None)


def _queue_mail(session: Session, row: UserRow, *, kind: str, language: str, now: datetime) -> None:
    """Queue a mail in the transaction of what it is about; within a minute the same mail is sent once."""
    queue.enqueue(session, kind=MAIL, payload={"account": row.id, "kind": kind, "language": language, "tried": 0},
                  key=f"{kind}:{row.id}:{now:%Y%m%d%H%M}", now=now)


def _is_shopper(row: UserRow) -> bool:
    return row.role == ROLE and row.is_active


def _get(session: Session, account_id: int) -> UserRow:
    row = session.get(UserRow, account_id)
    if row is None:
        raise AccountNotFound("There is no such account.")
    return row
