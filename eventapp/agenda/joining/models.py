"""How an event is joined on video, and who arrived."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, false, text
from sqlalchemy.orm import Mapped, mapped_column

from eventapp.core.db import Base

OPENS_MINUTES = 10
MOST_MINUTES = 24 * 60


class Joining(Base):
    """How people join an event on video; an event without a row goes by the defaults.

    A link opens `opens_minutes` before the start. `in_person_may_follow` lets those who come in person to a hybrid event
    join as well. `test_url` is the provider's own page to try things out, which everybody may know; `recording_url` is
    of the event as a whole, shown until `recording_until` (none: for good).
    """

    __tablename__ = "joining"
    __table_args__ = (CheckConstraint(f"opens_minutes BETWEEN 0 AND {MOST_MINUTES}", name="opens_within_day"),)

    event_id: Mapped[int] = mapped_column(ForeignKey("event.id", ondelete="CASCADE"), primary_key=True)
    opens_minutes: Mapped[int] = mapped_column(default=OPENS_MINUTES)
    in_person_may_follow: Mapped[bool] = mapped_column(default=False, server_default=false())
    test_url: Mapped[str] = mapped_column(String(500), default="")
    recording_url: Mapped[str] = mapped_column(String(500), default="")
    recording_until: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__: dict[str, Any] = {"version_id_col": version}  # noqa: RUF012 - read by SQLAlchemy


class Arrival(Base):
    """That somebody registered went on to the provider, for a session or (none) for the event as a whole.

    `clicks` counts how often, from `first_at` to `last_at`. How long they stayed is not known to us.
    """

    __tablename__ = "arrival"
    __table_args__ = (
        UniqueConstraint("registration_id", "session_id"),
        # NULLs are not alike, so the event as a whole needs an index of its own.
        Index(
            "uq_arrival_registration_id",
            "registration_id",
            unique=True,
            sqlite_where=text("session_id IS NULL"),
            postgresql_where=text("session_id IS NULL"),
        ),
        Index("ix_arrival_session_id", "session_id"),
        CheckConstraint("clicks > 0", name="clicked"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    registration_id: Mapped[int] = mapped_column(ForeignKey("registration.id", ondelete="CASCADE"))
    session_id: Mapped[int | None] = mapped_column(ForeignKey("agenda_session.id", ondelete="CASCADE"))
    first_at: Mapped[datetime]
    last_at: Mapped[datetime]
    clicks: Mapped[int] = mapped_column(default=1)
