"""One's own agenda: stars, and places in sessions."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from eventapp.agenda.models.content import AgendaSession
from eventapp.core.db import Base, text_enum
from eventapp.core.i18n import _l
from eventapp.places.models import Booking
from eventapp.registrations.models import Registration


class SessionStar(Base):
    """A session that somebody registered wants to go to. It holds no place."""

    __tablename__ = "session_star"
    __table_args__ = (Index("ix_session_star_session_id", "session_id"),)

    registration_id: Mapped[int] = mapped_column(ForeignKey("registration.id", ondelete="CASCADE"), primary_key=True)
    session_id: Mapped[int] = mapped_column(ForeignKey("agenda_session.id", ondelete="CASCADE"), primary_key=True)
    starred_at: Mapped[datetime]


class SignUpStatus(StrEnum):
    """Whether somebody has a place in a session. Follows the state of the booking."""

    CONFIRMED = "confirmed"
    WAITING = "waiting"
    CANCELLED = "cancelled"


SIGN_UP_LABELS = {
    SignUpStatus.CONFIRMED: _l("You have a place"),
    SignUpStatus.WAITING: _l("Waiting"),
    SignUpStatus.CANCELLED: _l("Given back"),
}


class SessionSignUp(Base):
    """A registered person's place in a session, or turn on its waiting list. One that is not cancelled for each session.

    `sequence` is how often this person's own calendar entry changed beyond what the releases changed (RFC 5545).
    """

    __tablename__ = "session_sign_up"
    __table_args__ = (
        Index(
            "uq_session_sign_up_registration_id_session_id",
            "registration_id",
            "session_id",
            unique=True,
            sqlite_where=text("status <> 'cancelled'"),
            postgresql_where=text("status <> 'cancelled'"),
        ),
        Index("ix_session_sign_up_session_id", "session_id", "status"),
        CheckConstraint("(status = 'cancelled') = (cancelled_at IS NOT NULL)", name="cancelled_has_time"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    registration_id: Mapped[int] = mapped_column(ForeignKey("registration.id", ondelete="CASCADE"))
    session_id: Mapped[int] = mapped_column(ForeignKey("agenda_session.id"))
    booking_id: Mapped[int] = mapped_column(ForeignKey("booking.id"), unique=True)
    status: Mapped[SignUpStatus] = mapped_column(text_enum(SignUpStatus))
    sequence: Mapped[int] = mapped_column(default=0, server_default="0")
    signed_up_at: Mapped[datetime]
    signed_up_by: Mapped[str] = mapped_column(String(254))
    cancelled_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)

    registration: Mapped[Registration] = relationship(lazy="raise")
    session: Mapped[AgendaSession] = relationship(lazy="raise")
    booking: Mapped[Booking] = relationship(lazy="raise")

    __mapper_args__: dict[str, Any] = {"version_id_col": version}  # noqa: RUF012 - read by SQLAlchemy


class AgendaFeed(Base):
    """The private calendar of somebody registered. `token` is the secret of its address; renewing it closes the old one."""

    __tablename__ = "agenda_feed"

    registration_id: Mapped[int] = mapped_column(ForeignKey("registration.id", ondelete="CASCADE"), primary_key=True)
    token: Mapped[str] = mapped_column(String(43), unique=True)
    created_at: Mapped[datetime]
