"""Greetings of companies."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from eventapp.core.db import Base, text_enum
from eventapp.core.i18n import _l
from eventapp.events.models import Event
from eventapp.partners.models import Organisation

LONGEST = 280


class GreetingState(StrEnum):
    """Waiting: no organizer has looked at it since it was written. Only what is shown is public."""

    WAITING = "waiting"
    SHOWN = "shown"
    DECLINED = "declined"


GREETING_LABELS = {
    GreetingState.WAITING: _l("To look at"),
    GreetingState.SHOWN: _l("Shown"),
    GreetingState.DECLINED: _l("Declined"),
}


class Greeting(Base):
    """What a company says to everybody at an event, in plain text; `name` is who of it says so, if anybody is to be named.

    `reason` says to the company why it was declined.
    """

    __tablename__ = "greeting"
    __table_args__ = (
        UniqueConstraint("event_id", "organisation_id"),
        Index("ix_greeting_organisation_id", "organisation_id"),
        CheckConstraint("text <> ''", name="says_something"),
        CheckConstraint("(state = 'waiting') = (decided_at IS NULL)", name="decided_has_time"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("event.id", ondelete="CASCADE"))
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    text: Mapped[str] = mapped_column(String(LONGEST))
    name: Mapped[str] = mapped_column(String(120), default="")
    state: Mapped[GreetingState] = mapped_column(text_enum(GreetingState), default=GreetingState.WAITING)
    reason: Mapped[str] = mapped_column(String(300), default="")
    written_at: Mapped[datetime]
    written_by: Mapped[str] = mapped_column(String(254))
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[str] = mapped_column(String(254), default="")
    version: Mapped[int] = mapped_column(default=1)

    event: Mapped[Event] = relationship(lazy="raise")
    organisation: Mapped[Organisation] = relationship(lazy="raise")

    __mapper_args__: dict[str, Any] = {"version_id_col": version}  # noqa: RUF012 - read by SQLAlchemy
