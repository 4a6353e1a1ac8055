"""Mails about accounts, with their secret links, written when they are sent and kept nowhere.

Whoever reads the outbox of the sales desk must not be able to open somebody's account.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from functools import cache
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from sqlalchemy.orm import Session

from catalog.text import Text
from ordering.mail import Letter, message_id
from web.account_links import LinkPurpose, make_account_link
from web.jobs import queue
from web.jobs.kinds import Payload, Work
from web.mails.delivery import MailRefused, deliver
from web.mails.message import MailUndeliverable, build_letter_message
from web.mails.wording import say
from web.settings import ROOT, Settings
from web.shoppers import CONFIRM, EXISTS, MAIL, PASSWORD, facts_of
from web.tables import UserRow

logger = logging.getLogger(__name__)
LANGUAGES = ("en", "zh")


def _pair(english: str, chinese: str) -> Text:
    return Text.of({"en": english, "zh": chinese})


TITLES: Mapping[str, Text] = {
    CONFIRM: _pair("Confirm your e-mail address", "请确认您的邮箱"),
    EXISTS: _pair("You have an account already", "您已有账户"),
    PASSWORD: _pair("A new password for your account", "为您的账户设置新密码"),
}
SENTENCES: Mapping[str, tuple[Text, ...]] = {
    CONFIRM: (
        _pair("An account was made with this address. Open the link and enter its password, and your quotes and "
              "orders are shown in it.",
              "有人用此邮箱注册了账户。打开链接并输入密码，即可在账户中查看您的报价和订单。"),
        _pair("The link holds for 3 days. Was it not you? Then do nothing.",
              "链接 3 天内有效。若非您本人操作，请忽略。"),
    ),
    EXISTS: (
        _pair("Somebody asked for an account with this address, and there is one already. If you forgot its password, "
              "set a new one with this link.",
              "有人用此邮箱申请账户，而该账户已存在。如忘记密码，请用此链接设置新密码。"),
        _pair("The link holds for 2 hours. Was it not you? Then do nothing.",
              "链接 2 小时内有效。若非您本人操作，请忽略。"),
    ),
    PASSWORD: (
        _pair("Set a new password with this link. You are signed out everywhere then.",
              "请用此链接设置新密码。之后所有设备都会退出登录。"),
        _pair("The link holds for 2 hours. Was it not you? Then do nothing.",
              "链接 2 小时内有效。若非您本人操作，请忽略。"),
    ),
}
WORDS: Mapping[str, Text] = {
    "greeting": _pair("Dear %(name)s,", "%(name)s，您好："),
    "confirm": _pair("Confirm the address", "确认邮箱"),
    "password": _pair("Set a new password", "设置新密码"),
    "colon": _pair(": ", "："),
    "footer": _pair("You get this mail because this address was entered on our site.",
                    "您收到此邮件，是因为有人在本站填写了此邮箱。"),
}


@dataclass(frozen=True, slots=True)
class Recipient:
    """Whom an account's mail goes to, and its link."""

    name: str
    address: str
    token: str
    purpose: LinkPurpose


class AccountMailWork:
    """The work of mails about accounts, with the settings of the site."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def send(self, work: Work) -> Any:  # Any: what happened
        """Write and hand over one mail, without a transaction; ``account`` and ``kind`` name it."""
        payload = work.payload
        with work.database.reading() as session:
            recipient = self._recipient(session, payload, work.now())
        if recipient is None:
            return {"is_dropped": True}
        kind, language = str(payload["kind"]), str(payload["language"])
        letter = write_letter(kind, recipient, language=language, base_url=self._settings.base_url)
        try:
            deliver(self._message(letter, recipient, key=f"account:{payload['account']}:{kind}:{recipient.token}",
                                  at=work.now()), settings=self._settings)
        except MailUndeliverable:
            return {"error": "undeliverable", "is_final": True}
        except MailRefused:
            from web.mails.work import PAUSES  # noqa: PLC0415  # loads the services of quotes

            logger.warning("a mail about an account was not taken")
            return {"error": "refused", "is_final": payload["tried"] >= len(PAUSES)}
        return {"is_sent": True}

    def settle(self, session: Session, work: Work, prepared: Any) -> Payload:  # Any: as above
        """Queue the next try where there is one."""
        from web.mails.work import PAUSES  # noqa: PLC0415  # as above

        if "error" in prepared and not prepared["is_final"]:
            tried = int(work.payload["tried"]) + 1
            now = work.now()
            queue.enqueue(session, kind=MAIL, payload={**work.payload, "tried": tried},
                          key=f"again:{work.payload['account']}:{work.payload['kind']}:{now:%Y%m%d%H%M%S}:{tried}",
                          now=now, run_after_at=now + PAUSES[tried - 1])
        return dict(prepared)

    def _recipient(self, session: Session, payload: Payload, now: datetime) -> Recipient | None:
        row = session.get(UserRow, int(payload["account"]))
        if row is None or not row.is_active:
            return None
        purpose = LinkPurpose.CONFIRM if payload["kind"] == CONFIRM else LinkPurpose.PASSWORD
        if purpose is LinkPurpose.CONFIRM and row.confirmed_at is not None:
            return None
        token = make_account_link(facts_of(row), purpose=purpose, secret=self._settings.secret_key, now=now)
        return Recipient(row.name, row.login, token, purpose)

    def _message(self, letter: Letter, recipient: Recipient, *, key: str, at: datetime) -> EmailMessage:
        from web.mails.writing import site_host  # noqa: PLC0415  # as above

        host = site_host(self._settings)
        return build_letter_message(
            letter, sender=self._settings.mail_from or f"onelot@{host}", name=recipient.name,
            address=recipient.address, identity=message_id(key, host=host), at=at)


def write_letter(kind: str, recipient: Recipient, *, language: str, base_url: str) -> Letter:
    """Write a mail about an account.

    Parameters
    ----------
    kind
        One of :data:`TITLES`.
    recipient
        Whom it goes to, and the token of its link.
    language
        English where it is neither English nor Chinese.
    base_url
        Of the site.
    """
    language = language if language in LANGUAGES else LANGUAGES[0]
    page = "confirm" if recipient.purpose is LinkPurpose.CONFIRM else "new-password"
    context = {
        "language": language, "title": say(TITLES[kind], language), "pdf": "", "pdf_words": "", "rows": (),
        "greeting": say(WORDS["greeting"], language, name=recipient.name),
        "sentences": [say(sentence, language) for sentence in SENTENCES[kind]],
        "link": f"{base_url}/account/{page}/{recipient.token}",
        "link_words": say(WORDS[recipient.purpose.value], language), "colon": say(WORDS["colon"], language),
        "footer": say(WORDS["footer"], language),
    }
    return Letter(language, str(context["title"]), _environment().get_template("letter.txt").render(context),
                  _environment().get_template("letter.html").render(context))


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(ROOT / "templates" / "mail"), undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True, autoescape=select_autoescape(("html",)))
