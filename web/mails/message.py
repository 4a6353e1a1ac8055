"""A written mail as an internet message: headers that nothing can be put into, both bodies, attachments."""

from __future__ import annotations

from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8

from catalog.errors import OnelotError
from ordering.mail import Letter, Mail, is_address, message_id


class MailUndeliverable(OnelotError):
    """A mail cannot be handed over, however often it is tried."""

    code = "mail_undeliverable"


def build_message(mail: Mail, *, sender: str, host: str) -> EmailMessage:
    """Build the message of a mail that is put in words.

    Parameters
    ----------
    mail
        With its letter.
    sender
        One address.
    host
        Name of the site, for the Message-ID.

    Returns
    -------
    EmailMessage
        The same for every repeat of the mail.

    Raises
    ------
    MailUndeliverable
        The mail has no words, or its address is none.
    """
    letter = mail.letter
    if letter is None:
        raise MailUndeliverable("The mail has no words yet.")
    return build_letter_message(letter, sender=sender, name=mail.to_name, address=mail.to_address,
                                identity=message_id(mail.key, host=host), at=mail.created_at)


def build_letter_message(
    letter: Letter, *, sender: str, name: str, address: str, identity: str, at: datetime
) -> EmailMessage:
    """Build the message of a letter.

    Parameters
    ----------
    letter
        What it says.
    sender
        One address.
    name, address
        Whom it goes to.
    identity
        Its Message-ID.
    at
        Aware moment of its date.

    Raises
    ------
    MailUndeliverable
        The address is none.
    """
    to = _address(address, one_line(name))
    message = EmailMessage(policy=SMTP if to.addr_spec.isascii() else SMTPUTF8)
    message["From"] = _address(sender, "")
    message["To"] = to
    message["Subject"] = one_line(letter.title)
    message["Date"] = at
    message["Message-ID"] = identity
    message["Content-Language"] = letter.language
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(letter.text, cte="base64" if not letter.text.isascii() else None)
    message.add_alternative(letter.html, subtype="html")
    for item in letter.attachments:
        main, _, sub = item.media_type.partition("/")
        message.add_attachment(item.text.encode(), maintype=main, subtype=sub, filename=item.name,
                               params={"charset": "utf-8", "method": "PUBLISH"})
    return message


def one_line(text: str) -> str:
    """Give a text without line breaks and control characters, fit for a header."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())


def _address(text: str, name: str) -> Address:
    if not is_address(text):
        raise MailUndeliverable("This is no e-mail address.")
    local, _, domain = text.rpartition("@")
    try:
        return Address(display_name=name, username=local, domain=domain.encode("idna").decode("ascii"))
    except (UnicodeError, ValueError) as error:
        raise MailUndeliverable("This is no e-mail address.") from error
