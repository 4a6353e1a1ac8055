"""A mail in words: facts become a title, a text, a page and a calendar file, in the customer's language."""

from __future__ import annotations

from datetime import date, datetime
from functools import cache
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from sqlalchemy.orm import Session

from catalog.money import Money
from ordering import service as ordering
from ordering.document_words import full_day, local_moment, money
from ordering.mail import Attachment, Letter, Mail, MailKind
from ordering.quote import Quote
from scheduling import service as scheduling
from web.mails.calendar_file import MEDIA_TYPE, Certainty, PromisedDay, write_calendar
from web.mails.wording import SENTENCES, TITLES, WORDS, say
from web.settings import ROOT, Settings

LANGUAGES = ("en", "zh")
ABOUT_QUOTE = frozenset({MailKind.QUOTE_OFFERED, MailKind.QUOTE_RENEWED, MailKind.QUOTE_EXPIRING})
WITH_CALENDAR = frozenset({MailKind.ORDER_CONFIRMED, MailKind.ORDER_CHANGED, MailKind.DATE_MOVED})


def site_host(settings: Settings) -> str:
    """Give the name of the site, for addresses and identifiers."""
    return urlsplit(settings.base_url).hostname or "localhost"


def put_in_words(session: Session, mail: Mail, *, settings: Settings) -> Letter:
    """Write a mail.

    Parameters
    ----------
    session
        Only read.
    mail
        Its facts are told as they were when it became due.
    settings
        Address and secret of the site, for the links.

    Returns
    -------
    Letter
        In the customer's language, English where that is not known.
    """
    language = mail.language if mail.language in LANGUAGES else LANGUAGES[0]
    facts, is_quote = mail.facts, mail.kind in ABOUT_QUOTE
    quote = ordering.get_quote_by_number(session, number=facts.quote_number, revision=facts.revision)
    zone = ZoneInfo(scheduling.get_planning_network(session).site(quote.destination).time_zone)
    token = ordering.get_link_token(session, number=facts.quote_number, secret=settings.secret_key)
    page = f"{settings.base_url}/{'quotes' if is_quote else 'orders'}/{token}" if token else ""
    places = {
        "quote": facts.quote_number, "order": facts.order_number, "day": full_day(facts.promised_on, language),
        "until": local_moment(facts.valid_until, zone, language), "name": mail.to_name,
    }
    context = {
        "language": language, "title": say(TITLES[mail.kind], language, **places),
        "greeting": say(WORDS["greeting"], language, **places),
        "sentences": [say(sentence, language, **places) for sentence in SENTENCES[mail.kind]],
        "rows": _rows(mail, quote, language, places), "link": page,
        "link_words": say(WORDS["open_quote" if is_quote else "open_order"], language),
        "pdf": f"{page}/{'quote' if is_quote else 'order'}.pdf" if page else "",
        "pdf_words": say(WORDS["pdf" if is_quote else "order_pdf"], language), "colon": say(WORDS["colon"], language),
        "footer": say(WORDS["footer"], language),
    }
    attachments = (_calendar(mail, quote, language, page, host=site_host(settings)),)
    return Letter(
        language, str(context["title"]), _environment().get_template("letter.txt").render(context),
        _environment().get_template("letter.html").render(context),
        attachments if mail.kind in WITH_CALENDAR else ())


def product_words(quote: Quote, language: str) -> str:
    """Name the products of a quote: ``2 × Window, Bicycle``."""
    named = (f"{line.quantity} × {line.title.in_language(language)}" if line.quantity > 1
             else line.title.in_language(language) for line in quote.lines)
    return ("、" if language == "zh" else ", ").join(named)


def describe_day(
    quote: Quote, *, language: str, certainty: Certainty, day: date, sequence: int, changed_at: datetime, url: str
) -> PromisedDay:
    """Say what a calendar shows of a quote, or of the order that it became."""
    words = WORDS["calendar_order" if quote.order_number else "calendar_quote"]
    return PromisedDay(
        number=quote.number, day=day, certainty=certainty, sequence=sequence, changed_at=changed_at,
        title=say(WORDS["calendar_title"], language, products=product_words(quote, language)),
        description=say(words, language, quote=quote.number, order=quote.order_number, link=url), url=url)


def _calendar(mail: Mail, quote: Quote, language: str, page: str, *, host: str) -> Attachment:
    facts = mail.facts
    shown = describe_day(quote, language=language, certainty=Certainty.FIRM, day=facts.promised_on,
                         sequence=2 * facts.sequence, changed_at=mail.created_at, url=page)
    return Attachment(f"{facts.order_number}.ics", MEDIA_TYPE, write_calendar(shown, host=host))


def _rows(mail: Mail, quote: Quote, language: str, places: dict[str, str]) -> list[tuple[str, str]]:
    facts = mail.facts
    rows = [("order", facts.order_number), ("quote", f"{facts.quote_number} / {facts.revision}"),
            ("products", product_words(quote, language)), ("promised", places["day"])]
    if facts.previous_on is not None and facts.previous_on != facts.promised_on:
        rows.append(("before", full_day(facts.previous_on, language)))
    if mail.kind is MailKind.DATE_MOVED:
        rows.append(("cause", facts.reason))
    if mail.kind is not MailKind.ORDER_DELIVERED and mail.kind is not MailKind.DATE_MOVED:
        rows.append(("price", _price(facts.gross)))
    if mail.kind in ABOUT_QUOTE:
        rows.append(("until", places["until"]))
    return [(say(WORDS[name], language), value) for name, value in rows if value]


def _price(value: Money) -> str:
    return f"{money(value)} {value.currency}"


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(ROOT / "templates" / "mail"), undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True, autoescape=select_autoescape(("html",)))
