"""Writing mails into the outbox, in the transaction that they report."""

import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Any, NotRequired, TypedDict, Unpack

from sqlalchemy import ColumnElement, case, insert, update

from eventapp.audit.service import Actor, record
from eventapp.core.db import after_commit, db, table, write
from eventapp.core.errors import RuleError
from eventapp.core.i18n import _
from eventapp.core.jobs import enqueue
from eventapp.core.links import site_host
from eventapp.core.text import clean, one_line
from eventapp.mail import queries
from eventapp.mail.models import MailState, OutboxMail

_INSERT_ALL = insert(table(OutboxMail))
_INSERT = _INSERT_ALL.returning(table(OutboxMail).c.id)
Letter = dict[str, Any]


class Words(TypedDict):
    """What makes a mail to one address.

    `kind` says which mail it is ("registration.confirmed"), `about` what it is about ("registration:3"). `calendar` is
    the text of an iCalendar file, `calendar_method` its METHOD. It goes out at `at`, in UTC.
    """

    kind: str
    about: str
    to_name: str
    to_address: str
    subject: str
    text: str
    html: str
    from_name: NotRequired[str]
    reply_to: NotRequired[str]
    calendar: NotRequired[str | None]
    calendar_method: NotRequired[str | None]
    at: datetime


def letter(**words: Unpack[Words]) -> Letter:
    """The mail as a row of the outbox.

    Control characters in names and subjects become blanks: a name must neither forge a header nor stop the mail.
    """
    calendar = words.get("calendar")
    return {
        "message_id": new_message_id(),
        "kind": words["kind"],
        "about": words["about"][:60],
        "to_name": one_line(words["to_name"])[:200],
        "to_address": one_line(words["to_address"])[:254],
        "from_name": one_line(words.get("from_name", ""))[:120],
        "reply_to": one_line(words.get("reply_to", ""))[:254],
        "subject": one_line(words["subject"])[:250],
        "text": clean(words["text"]),
        "html": clean(words["html"]),
        "calendar": calendar,
        "calendar_method": words.get("calendar_method") if calendar else None,
        "run_after": words["at"],
        "created_at": words["at"],
    }


def queue(**words: Unpack[Words]) -> int:
    """Adds a mail to the outbox and gives its id; it goes out after the commit, and never without it."""
    mail_id: int = write(_INSERT, letter(**words)).scalar_one()
    poke_after_commit()
    return mail_id


def queue_all(letters: Sequence[Letter]) -> None:
    """Adds many mails with one statement, to go out after the commit."""
    if letters:
        write(_INSERT_ALL, letters)
        poke_after_commit()


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
    _send_now([OutboxMail.id == mail.id], at)
    return mail


def send_all_failed(*, confidential: bool, by: Actor, at: datetime) -> int:
    """Has all mails tried at once that were tried in vain, those that have failed from their first try on.

    Returns how many. Those that a worker holds at this moment are left to it. Raises RuleError when there are none.
    """
    number = _send_now([queries.is_unsent_after_a_try(at), OutboxMail.text != "", *queries.readable(confidential)], at)
    if not number:
        raise RuleError(_("No mail has failed that could be sent now."))
    record("mail.send_all", by=by, at=at, object_type="mail", object_id=None, changes={"mails": number})
    return number


def _send_now(conditions: list[ColumnElement[bool]], at: datetime) -> int:
    """Makes mails due, in one statement: a worker that has claimed one in the meantime keeps it, and sends it once."""
    idle = OutboxMail.state.in_([MailState.QUEUED, MailState.FAILED])
    values: dict[str, Any] = {
        "state": MailState.QUEUED,
        "run_after": at,
        "error": "",
        "held_up": False,
        "attempts": case((OutboxMail.state == MailState.FAILED, 0), else_=OutboxMail.attempts),
    }
    statement = update(OutboxMail).where(idle, *conditions).values(values).returning(OutboxMail.id)
    moved = db.session.scalars(statement, execution_options={"synchronize_session": False}).all()
    poke_after_commit()
    return len(moved)
