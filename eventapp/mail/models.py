"""The outbox."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import Index, String, Text, false
from sqlalchemy.orm import Mapped, mapped_column

from eventapp.core.db import Base, text_enum


class MailState(StrEnum):
    """Where a mail stands. `sending` ends by itself when its lease runs out."""

    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"


class OutboxMail(Base):
    """A mail to one address, rendered, written in the transaction that it reports.

    `message_id` is fixed, so a mail that goes out twice after a crash is the same mail. `about` names what it is
    about ("event:12", "registration:3"), `run_after` is when it may be taken next.
    """

    __tablename__ = "outbox_mail"
    __table_args__ = (
        Index("ix_outbox_mail_state_run_after", "state", "run_after"),
        Index("ix_outbox_mail_about_id", "about", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    message_id: Mapped[str] = mapped_column(String(120), unique=True)
    kind: Mapped[str] = mapped_column(String(60))
    about: Mapped[str] = mapped_column(String(60))
    to_name: Mapped[str] = mapped_column(String(200))
    to_address: Mapped[str] = mapped_column(String(254), index=True)
    from_name: Mapped[str] = mapped_column(String(120))
    reply_to: Mapped[str] = mapped_column(String(254))
    subject: Mapped[str] = mapped_column(String(250))
    text: Mapped[str] = mapped_column(Text)
    html: Mapped[str] = mapped_column(Text)
    calendar: Mapped[str | None] = mapped_column(Text)
    calendar_method: Mapped[str | None] = mapped_column(String(10))
    state: Mapped[MailState] = mapped_column(text_enum(MailState), default=MailState.QUEUED)
    attempts: Mapped[int] = mapped_column(default=0)
    run_after: Mapped[datetime]
    created_at: Mapped[datetime] = mapped_column(index=True)
    sent_at: Mapped[datetime | None]
    error: Mapped[str] = mapped_column(String(500), default="")
    # Whether it waits, or has failed, because the mail server let nothing through; a refused recipient holds up nobody.
    held_up: Mapped[bool] = mapped_column(default=False, server_default=false())
