"""Use cases of links that go on with a configuration on another device: made, opened, taken back.

The token is made from a random seed and the site's secret, so that its maker can see it again, and is known to the
database by its hash only. Sessions come first and are never committed here; ``now`` is aware UTC.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ordering.errors import DesignRefused, ResumeLinkEnded, ResumeLinkNotFound
from ordering.link import make_seed, make_token, token_hash
from ordering.saved import LINK_PURPOSE, LINK_TIME, MOST_CHOICE_CHARACTERS, MOST_LINKS, Choice, ResumeLink
from ordering.saved_tables import ResumeLinkRow
from ordering.saving import LARGEST_ID, choice_value


def make_resume_link(
    session: Session, *, owner: str, choice: Choice, key: str, secret: str, now: datetime
) -> ResumeLink:
    """Make a link to a configuration that ends after 30 days; the same page sent again gives the same link.

    Parameters
    ----------
    owner
        Who may see it again and take it back.
    choice
        What it leads to.
    key
        Of the page that asks.
    secret
        The site's secret key.
    now
        Aware UTC.

    Raises
    ------
    DesignRefused
        The owner has as many open links as one may, or the choices are too long.
    """
    again = session.scalars(
        select(ResumeLinkRow).where(ResumeLinkRow.owner == owner, ResumeLinkRow.key == key)).first()
    if again is not None:
        return _value(again, secret)
    if choice.size > MOST_CHOICE_CHARACTERS:
        raise DesignRefused("This holds more choices than can be kept.", why="too_long")
    if _count_open(session, owner, now) >= MOST_LINKS:
        raise DesignRefused(f"At most {MOST_LINKS} links are open at once.", why="too_many_links")
    seed = make_seed()
    row = ResumeLinkRow(
        owner=owner, product_code=choice.product_code, content_hash=choice.content_hash, version=choice.version,
        choices=dict(choice.choices), destination=choice.destination, alternative=choice.alternative,
        pieces=choice.pieces, link_seed=seed,
        token_hash=token_hash(make_token(seed, secret=secret, purpose=LINK_PURPOSE)), key=key, created_at=now,
        expires_at=now + LINK_TIME)
    session.add(row)
    session.flush()
    return _value(row, secret)


def get_resume_link(session: Session, *, owner: str, link_id: int, secret: str) -> ResumeLink:
    """Give a link to its maker; raise ResumeLinkNotFound when the owner made none of this number."""
    return _value(_get(session, owner, link_id), secret)


def list_resume_links(session: Session, *, owner: str, secret: str, now: datetime) -> tuple[ResumeLink, ...]:
    """List an owner's open links, the newest first."""
    rows = session.scalars(
        select(ResumeLinkRow).where(ResumeLinkRow.owner == owner, ResumeLinkRow.revoked_at.is_(None),
                                    ResumeLinkRow.expires_at > now)
        .order_by(ResumeLinkRow.id.desc()).limit(MOST_LINKS))
    return tuple(_value(row, secret) for row in rows)


def revoke_resume_link(session: Session, *, owner: str, link_id: int, now: datetime) -> None:
    """Take a link back; raise ResumeLinkNotFound when the owner made none of this number."""
    row = _get(session, owner, link_id)
    if row.revoked_at is None:
        row.revoked_at = now
        session.flush()


def open_resume_link(session: Session, *, token: str, now: datetime) -> Choice:
    """Give what a link leads to.

    Raises
    ------
    ResumeLinkNotFound
        No such link.
    ResumeLinkEnded
        Its time is over, or its maker took it back.
    """
    row = session.scalars(select(ResumeLinkRow).where(ResumeLinkRow.token_hash == token_hash(token))).first()
    if row is None:
        raise ResumeLinkNotFound("There is nothing at this link.")
    if row.revoked_at is not None or row.expires_at <= now:
        raise ResumeLinkEnded("This link is over. Make a new one on the device you came from.")
    return choice_value(row)


def _count_open(session: Session, owner: str, now: datetime) -> int:
    return session.scalar(select(func.count()).select_from(ResumeLinkRow).where(
        ResumeLinkRow.owner == owner, ResumeLinkRow.revoked_at.is_(None), ResumeLinkRow.expires_at > now)) or 0


def _get(session: Session, owner: str, link_id: int) -> ResumeLinkRow:
    row = session.get(ResumeLinkRow, link_id) if 0 < link_id <= LARGEST_ID else None
    if row is None or row.owner != owner:
        raise ResumeLinkNotFound("There is no such link.")
    return row


def _value(row: ResumeLinkRow, secret: str) -> ResumeLink:
    token = make_token(row.link_seed, secret=secret, purpose=LINK_PURPOSE)
    return ResumeLink(row.id, token if token_hash(token) == row.token_hash else "", choice_value(row), row.created_at,
                      row.expires_at, row.revoked_at is not None)
