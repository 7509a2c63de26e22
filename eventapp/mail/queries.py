"""The outbox as the organizer sees it."""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, exists, func, or_, select

from eventapp.core.db import db
from eventapp.core.errors import NotFoundError
from eventapp.mail.models import MailState, OutboxMail

STUCK_AFTER = timedelta(minutes=15)
# How the kinds begin whose mails tell by their addressees alone what is for few: who is in the team of a joint plan.
CONFIDENTIAL: set[str] = set()
# A refused address that nobody cared about in a week need not stand over every page.
FAILED_SHOWN = timedelta(days=7)


def is_stuck(at: datetime) -> ColumnElement[bool]:
    """The condition of a mail that somebody should look at: failed lately, or waiting for more than 15 minutes."""
    unsent = OutboxMail.state.in_([MailState.QUEUED, MailState.SENDING])
    return or_(
        and_(OutboxMail.state == MailState.FAILED, OutboxMail.created_at > at - FAILED_SHOWN),
        and_(unsent, OutboxMail.created_at < at - STUCK_AFTER),
    )


def is_unsent_after_a_try(at: datetime) -> ColumnElement[bool]:
    """The condition of a mail that was tried in vain: failed lately, or waiting for its next try."""
    waiting = and_(OutboxMail.state == MailState.QUEUED, or_(OutboxMail.error != "", OutboxMail.held_up))
    return or_(and_(OutboxMail.state == MailState.FAILED, OutboxMail.created_at > at - FAILED_SHOWN), waiting)


def flows(at: datetime) -> bool:
    """Whether mails go out: none is overdue, and none stuck because of the mail server.

    A recipient whom the server refuses stops nothing: else an address that somebody typed could.
    """
    unsent = OutboxMail.state.in_([MailState.QUEUED, MailState.SENDING])
    overdue = and_(unsent, OutboxMail.run_after < at - STUCK_AFTER)
    return not db.session.scalar(select(exists().where(or_(overdue, and_(is_stuck(at), OutboxMail.held_up)))))


def unsent_after_a_try(at: datetime, *, confidential: bool) -> int:
    """How many of those mails were tried in vain and could be sent at once."""
    conditions = (is_unsent_after_a_try(at), OutboxMail.text != "", *readable(confidential))
    return db.session.scalar(select(func.count()).where(*conditions)) or 0


def readable(confidential: bool) -> list[ColumnElement[bool]]:
    """The conditions of the mails that somebody may see at all; with `confidential` there are none."""
    return [] if confidential else [~OutboxMail.kind.startswith(kind, autoescape=True) for kind in sorted(CONFIDENTIAL)]


def stuck(at: datetime, *, confidential: bool) -> int:
    """How many of those mails are stuck."""
    return db.session.scalar(select(func.count()).where(is_stuck(at), *readable(confidential))) or 0


def mail(mail_id: int, *, confidential: bool) -> OutboxMail:
    """A mail by its id. Raises `NotFoundError`, without `confidential` also for those that are for few."""
    found = db.session.scalar(select(OutboxMail).where(OutboxMail.id == mail_id, *readable(confidential)))
    if found is None:
        raise NotFoundError
    return found


def matches(text: str) -> ColumnElement[bool]:
    """The condition of a mail whose address, recipient or subject holds `text`."""
    wanted = f"%{text.lower().replace('!', '!!').replace('%', '!%').replace('_', '!_')}%"
    columns = (OutboxMail.to_address, OutboxMail.to_name, OutboxMail.subject)
    return or_(*(func.lower(column).like(wanted, escape="!") for column in columns))
