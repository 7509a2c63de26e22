"""Writing mails into the outbox, in the transaction that they report."""

import secrets
from datetime import datetime

from sqlalchemy import insert

from eventapp.core.db import after_commit, db, table, write
from eventapp.core.errors import RuleError
from eventapp.core.i18n import _
from eventapp.core.jobs import enqueue
from eventapp.core.links import site_host
from eventapp.core.text import clean, one_line
from eventapp.mail.models import MailState, OutboxMail

_INSERT = insert(table(OutboxMail)).returning(table(OutboxMail).c.id)


def queue(
    *,
    kind: str,
    about: str,
    to_name: str,
    to_address: str,
    subject: str,
    text: str,
    html: str,
    from_name: str = "",
    reply_to: str = "",
    calendar: str | None = None,
    calendar_method: str | None = None,
    at: datetime,
) -> int:
    """Adds a mail to one address and gives its id; it goes out after the commit, and never without it.

    `kind` says which mail it is ("registration.confirmed"), `about` what it is about ("registration:3"). `calendar` is
    the text of an iCalendar file, `calendar_method` its METHOD. Control characters in names and subjects become
    blanks: a name must neither forge a header nor stop the mail.
    """
    row = {
        "message_id": new_message_id(),
        "kind": kind,
        "about": about[:60],
        "to_name": one_line(to_name)[:200],
        "to_address": one_line(to_address)[:254],
        "from_name": one_line(from_name)[:120],
        "reply_to": one_line(reply_to)[:254],
        "subject": one_line(subject)[:250],
        "text": clean(text),
        "html": clean(html),
        "calendar": calendar,
        "calendar_method": calendar_method if calendar else None,
        "run_after": at,
        "created_at": at,
    }
    mail_id: int = write(_INSERT, row).scalar_one()
    poke_after_commit()
    return mail_id


def new_message_id() -> str:
    """A Message-ID of our own, fixed from the start: a mail sent twice after a crash is the same mail."""
    return f"<{secrets.token_urlsafe(24)}@{site_host()[:80]}>"


def poke_after_commit() -> None:
    """Wakes the worker once for all the mails of a transaction."""
    waiting = db.session.info.get("after_commit", [])
    if not any(getattr(action, "__name__", "") == poke.__name__ for action in waiting):
        after_commit(poke)


def poke() -> None:
    """Asks the worker to send what is due."""
    enqueue("mail.drain")


def send_again(mail: OutboxMail, at: datetime) -> OutboxMail:
    """Sends a mail once more: a failed one is tried again, a sent one goes out as a new mail with a new Message-ID.

    Returns the row that will be sent. One that waits or is being sent is only moved to the front. Raises RuleError when
    the text is not kept any more.
    """
    if not mail.text:
        raise RuleError(_("The text of this mail is not kept any more, so it cannot be sent again."))
    if mail.state is MailState.SENT:
        again = queue(
            kind=mail.kind,
            about=mail.about,
            to_name=mail.to_name,
            to_address=mail.to_address,
            subject=mail.subject,
            text=mail.text,
            html=mail.html,
            from_name=mail.from_name,
            reply_to=mail.reply_to,
            calendar=mail.calendar,
            calendar_method=mail.calendar_method,
            at=at,
        )
        return db.session.get_one(OutboxMail, again)
    if mail.state is MailState.FAILED:
        mail.attempts = 0
    if mail.state is not MailState.SENDING:
        mail.state, mail.run_after, mail.error = MailState.QUEUED, at, ""
    poke_after_commit()
    return mail
