"""A row of the outbox as an e-mail message."""

import re
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from eventapp.mail.models import OutboxMail

# Long lines of HTML and of calendars are folded by the encodings, not by hand.
POLICY = SMTP.clone(max_line_length=78)
_END = "END:VCALENDAR\n"
_METHOD = re.compile(r"^METHOD:([A-Z]+)$", re.MULTILINE)


def ascii_address(address: str) -> tuple[str, str]:
    """The two sides of an address, its domain as servers know it (IDNA). Raises UnicodeError for a hopeless domain."""
    local, _at, domain = address.rpartition("@")
    return local, domain if domain.isascii() else domain.encode("idna").decode("ascii")


def message_of(mail: OutboxMail, sender: str, site_name: str) -> EmailMessage:
    """The message: text and HTML side by side, and the calendar both as a part and as a file to open (RFC 6047).

    Of several calendar files the first one is the part, since programs read one; all are files to open.

    `sender` is the address that everything is sent from; the name before it is the event's, by way of the site's.
    """
    message = EmailMessage(policy=POLICY)
    name = f"{mail.from_name} via {site_name}" if mail.from_name and mail.from_name != site_name else site_name
    message["From"] = _address(name, sender)
    message["To"] = _address(mail.to_name, mail.to_address)
    if mail.reply_to:
        message["Reply-To"] = _address(mail.from_name, mail.reply_to)
    message["Subject"] = mail.subject
    message["Date"] = format_datetime(mail.created_at)
    message["Message-ID"] = mail.message_id
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(mail.text, cte="quoted-printable")
    if mail.html:
        message.add_alternative(mail.html, subtype="html", cte="quoted-printable")
    calendars = _calendars(mail)
    for calendar, method in calendars[:1]:
        message.add_alternative(calendar, subtype="calendar", params={"method": method}, cte="base64")
    for number, (calendar, method) in enumerate(calendars, 1):
        name = "event.ics" if number == 1 else f"event-{number}.ics"
        message.add_attachment(calendar, subtype="calendar", filename=name, params={"method": method}, cte="base64")
    return message


def _calendars(mail: OutboxMail) -> list[tuple[str, str]]:
    """The calendar files of a mail with their methods: about several entries it holds one after the other (RFC 5545, 3.4)."""
    if not mail.calendar:
        return []
    files = [file + _END for file in mail.calendar.replace("\r\n", "\n").split(_END)[:-1]]
    if len(files) < 2:
        return [(mail.calendar.replace("\r\n", "\n"), mail.calendar_method or "PUBLISH")]
    return [(file, found[1] if (found := _METHOD.search(file)) else "PUBLISH") for file in files]


def _address(name: str, address: str) -> Address:
    local, domain = ascii_address(address)
    return Address(display_name=name, username=local, domain=domain)
