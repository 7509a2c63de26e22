"""The worker's side of the outbox: claim what is due, commit, send, record.

A claimed row carries a lease, so a worker that is killed between commit and send loses nothing: when the lease has run
out the row is due again. A mail may then go out twice, with the same Message-ID, but never not at all.
"""

from datetime import datetime, timedelta

import structlog
from flask import current_app
from sqlalchemy import select, update

from eventapp.core.clock import now
from eventapp.core.db import db, transaction
from eventapp.core.jobs import job
from eventapp.core.portions import apart
from eventapp.core.text import one_line
from eventapp.mail.message import ascii_address, message_of
from eventapp.mail.models import MailState, OutboxMail
from eventapp.mail.transports import DownError, FileTransport, RefusedError, SmtpTransport, Transport
from eventapp.settings import Settings

log = structlog.get_logger()

LEASE = timedelta(minutes=5)
# A batch is given up when less than this is left of its lease: sending one mail may take as long.
LEASE_RESERVE = timedelta(seconds=100)
BATCH = 20
MAX_ATTEMPTS = 10
BACK_OFF = tuple(timedelta(minutes=m) for m in (1, 5, 15, 60, 360))


@job("mail.drain", every_minute=True)
def drain_due() -> None:
    """Sends everything that is due."""
    drain()


def drain(transport: Transport | None = None) -> int:
    """Sends everything that is due, over one connection, and returns how many went out."""
    settings: Settings = current_app.config["SETTINGS"]
    way = transport or transport_of(settings)
    sent = 0
    try:
        while batch := claim(now()):
            done, going_on = _send_batch(batch, way, settings)
            sent += done
            if not going_on:
                break
    finally:
        way.close()
    return sent


def transport_of(settings: Settings) -> Transport:
    """The way out that the settings name."""
    if settings.mail_url:
        return SmtpTransport(settings.mail_url, settings.host)
    return FileTransport(settings.instance / "mail")


def claim(at: datetime, limit: int = BATCH) -> list[OutboxMail]:
    """Takes up to `limit` due mails for this worker, among them those whose lease has run out, and commits.

    One statement for both databases: SQLite has one writer anyway and drops SKIP LOCKED. What is due stands in a query of
    its own (WITH), which Postgres works out once: of a subquery it may ask again for each mail, and take more than `limit`.
    Whoever finds nothing due writes nothing: each commit with a mail in it wakes the worker, which on SQLite would else
    stand in the way of those who register.
    """
    is_due = (OutboxMail.state.in_([MailState.QUEUED, MailState.SENDING]), OutboxMail.run_after <= at)
    with apart():
        if db.session.scalar(select(OutboxMail.id).where(*is_due).limit(1)) is None:
            return []
    due = (
        select(OutboxMail.id)
        .where(*is_due)
        .order_by(OutboxMail.run_after, OutboxMail.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
        .cte("due")
    )
    taken = (
        update(OutboxMail)
        .where(OutboxMail.id.in_(select(due.c.id)))
        .values(state=MailState.SENDING, run_after=at + LEASE, attempts=OutboxMail.attempts + 1)
        .returning(OutboxMail.id)
        .execution_options(synchronize_session=False)
    )
    with transaction():
        ids = list(db.session.scalars(taken))
        query = select(OutboxMail).where(OutboxMail.id.in_(ids)).order_by(OutboxMail.id)
        return list(db.session.scalars(query.execution_options(populate_existing=True))) if ids else []


def _send_batch(batch: list[OutboxMail], way: Transport, settings: Settings) -> tuple[int, bool]:
    """How many of the batch went out, and whether to go on with the next."""
    sent = 0
    for index, mail in enumerate(batch):
        at = now()
        if at > mail.run_after - LEASE_RESERVE:
            release(batch[index:], at)
            return sent, True
        try:
            _send(mail, way, settings, at)
        except RefusedError as error:
            put_off(mail, str(error), now(), final=error.final)
        except DownError as error:
            log.warning("mail server down", error=str(error))
            put_off(mail, str(error), now(), final=False, held_up=True)
            release(batch[index + 1 :], now() + BACK_OFF[0], held_up=True)
            return sent, False
        else:
            sent += 1
            record_sent(mail, now())
    return sent, True


def _send(mail: OutboxMail, way: Transport, settings: Settings, at: datetime) -> None:
    try:
        message = message_of(mail, settings.mail_from, settings.site_name)
        recipient = "@".join(ascii_address(mail.to_address))
    except (UnicodeError, ValueError) as error:
        raise RefusedError(f"cannot be written as a mail: {error}", final=True) from error
    way.send(message, recipient, mail.id, at)


def record_sent(mail: OutboxMail, at: datetime) -> None:
    """Notes that the mail went out, whoever else has claimed it in the meantime."""
    with transaction():
        db.session.execute(
            update(OutboxMail).where(OutboxMail.id == mail.id).values(state=MailState.SENT, sent_at=at, error="", held_up=False),
            execution_options={"synchronize_session": False},
        )


def put_off(mail: OutboxMail, reason: str, at: datetime, *, final: bool, held_up: bool = False) -> None:
    """Notes why the mail did not go out and when it is tried again: after 1, 5, 15, 60 minutes, then every 6 hours.

    It has failed when the refusal is final, or after ten tries.
    """
    failed = final or mail.attempts >= MAX_ATTEMPTS
    delay = BACK_OFF[min(mail.attempts, len(BACK_OFF)) - 1]
    log.warning("mail not sent", mail=mail.id, attempts=mail.attempts, failed=failed, error=reason)
    with transaction():
        _if_still_ours(
            mail,
            state=MailState.FAILED if failed else MailState.QUEUED,
            run_after=at + delay,
            error=one_line(reason)[:500],
            held_up=held_up,
        )


def release(mails: list[OutboxMail], run_after: datetime, *, held_up: bool = False) -> None:
    """Gives claimed mails back untried; `held_up` where the server would not have taken them."""
    with transaction():
        for mail in mails:
            _if_still_ours(mail, state=MailState.QUEUED, run_after=run_after, attempts=mail.attempts - 1, held_up=held_up)


def _if_still_ours(mail: OutboxMail, **values: object) -> None:
    """Changes a row unless another worker has claimed it after our lease ran out."""
    ours = (OutboxMail.id == mail.id, OutboxMail.state == MailState.SENDING, OutboxMail.attempts == mail.attempts)
    db.session.execute(update(OutboxMail).where(*ours).values(**values), execution_options={"synchronize_session": False})
