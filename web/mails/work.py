"""Background work of mails: those that are due are put in words and queued, and each is handed over."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from catalog.errors import OnelotError
from ordering import service as ordering
from ordering.mail import Mail, MailState
from web.jobs import queue
from web.jobs.kinds import Payload, Work
from web.mails.delivery import MailRefused, deliver
from web.mails.message import MailUndeliverable, build_message
from web.mails.writing import put_in_words, site_host
from web.settings import Settings

logger = logging.getLogger(__name__)

SEND = "mail.send"
PAUSES = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=30), timedelta(hours=2), timedelta(hours=6))
"""How long to wait after each try that did not succeed; after the last the mail has failed."""

MOST_WRITINGS = 5
"""How often a mail is tried to be put in words before it has failed."""


def queue_mail(session: Session, mail: Mail, *, now: datetime, tried: int = 0) -> None:
    """Queue a mail to be handed over, after a pause when it was tried before."""
    run_after_at = now + PAUSES[tried - 1] if tried else None
    queue.enqueue(session, kind=SEND, payload={"mail": mail.id, "tried": tried},
                  key=f"{mail.id}:{mail.sendings}:{tried}", now=now, run_after_at=run_after_at)


class MailWork:
    """The two kinds of work, with the settings of the site."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def write(self, session: Session, work: Work, _prepared: Any) -> Payload:  # Any: nothing is prepared
        """Put the mails that are due in words, and queue them."""
        written = 0
        for mail in ordering.list_unwritten(session):
            try:
                letter = put_in_words(session, mail, settings=self._settings)
            except OnelotError as error:
                ordering.note_try(session, mail_id=mail.id, error=f"{error.code}: {error.message}", is_final=True)
                continue
            except Exception as error:  # one mail that cannot be written must not keep the others waiting
                logger.exception("mail %d could not be put in words", mail.id)
                ordering.note_try(session, mail_id=mail.id, error=f"{type(error).__name__}: {error}",
                                  is_final=mail.tries + 1 >= MOST_WRITINGS)
                continue
            queue_mail(session, ordering.write_mail(session, mail_id=mail.id, letter=letter), now=work.now())
            written += 1
        return {"written": written}

    def send(self, work: Work) -> Any:  # Any: what happened
        """Hand one mail over, without a transaction; ``mail`` names it.

        A worker that is lost between the hand-over and the mark repeats it once, with the same Message-ID.
        """
        with work.database.reading() as session:
            mail = ordering.get_mail(session, mail_id=work.payload["mail"])
        if mail.state is not MailState.WAITING:
            return {"state": mail.state.value}
        host = site_host(self._settings)
        try:
            message = build_message(mail, sender=self._settings.mail_from or f"onelot@{host}", host=host)
            deliver(message, settings=self._settings)
        except MailUndeliverable as error:
            return {"error": error.message, "is_final": True}
        except MailRefused as error:
            logger.warning("mail %d was not taken; its page says why", mail.id)
            return {"error": str(error), "is_final": work.payload["tried"] >= len(PAUSES)}
        return {"is_sent": True}

    def give_up(self, session: Session, payload: Payload, error: str) -> None:
        """Note that a mail has failed whose job was given up, as when its worker was lost again and again."""
        if ordering.get_mail(session, mail_id=payload["mail"]).state is MailState.WAITING:
            ordering.note_try(session, mail_id=payload["mail"], error=error, is_final=True)

    def settle(self, session: Session, work: Work, prepared: Any) -> Payload:  # Any: as above
        """Note what happened, and queue the next try where there is one."""
        mail_id, tried = work.payload["mail"], work.payload["tried"]
        if prepared.get("is_sent"):
            ordering.note_sent(session, mail_id=mail_id, now=work.now())
        elif "error" in prepared:
            is_final = bool(prepared["is_final"])
            ordering.note_try(session, mail_id=mail_id, error=prepared["error"], is_final=is_final)
            if not is_final:
                queue_mail(session, ordering.get_mail(session, mail_id=mail_id), now=work.now(), tried=tried + 1)
        return {name: prepared[name] for name in ("state", "is_sent", "is_final") if name in prepared}
