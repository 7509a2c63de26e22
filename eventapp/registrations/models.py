"""Registrations: one row for each person and event."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from eventapp.core.db import Base, text_enum
from eventapp.core.i18n import _l
from eventapp.events.models import Event, Mode
from eventapp.partners.models import Organisation, Person
from eventapp.places.models import Booking


class RegistrationStatus(StrEnum):
    """Whether the person has a place."""

    CONFIRMED = "confirmed"
    WAITING = "waiting"
    CANCELLED = "cancelled"


STATUS_LABELS = {
    RegistrationStatus.CONFIRMED: _l("Confirmed"),
    RegistrationStatus.WAITING: _l("Waiting"),
    RegistrationStatus.CANCELLED: _l("Cancelled"),
}


class Source(StrEnum):
    """How a registration came in."""

    COMPANY = "company"
    PERSON = "person"
    ORGANIZER = "organizer"
    IMPORT = "import"


SOURCE_LABELS = {
    Source.COMPANY: _l("By the company"),
    Source.PERSON: _l("By themselves"),
    Source.ORGANIZER: _l("By an organizer"),
    Source.IMPORT: _l("Imported"),
}


class Registration(Base):
    """A person of a company at an event.

    `code` is what the QR code and the door know, `token` the secret of the link `/r/<token>`; a substitution gives
    the row another person, and new ones of both. `uid` and `sequence` belong to the calendar entry (RFC 5545).
    `status` follows the state of its booking. `name` is the name as it was typed: what the company sees, so that typing
    a stranger's address tells it nothing about that person.
    """

    __tablename__ = "registration"
    __table_args__ = (
        Index(
            "uq_registration_event_id_person_id",
            "event_id",
            "person_id",
            unique=True,
            sqlite_where=text("status <> 'cancelled'"),
            postgresql_where=text("status <> 'cancelled'"),
        ),
        # With the company: the search counts both, and so need not look at the registrations themselves.
        Index("ix_registration_event_id_person_id_organisation_id", "event_id", "person_id", "organisation_id"),
        Index("ix_registration_event_id_registered_at", "event_id", "registered_at", "id"),
        Index("ix_registration_event_id_status", "event_id", "status", "registered_at", "id"),
        Index("ix_registration_event_id_organisation_id", "event_id", "organisation_id"),
        Index("ix_registration_organisation_id", "organisation_id"),
        Index("ix_registration_person_id", "person_id"),
        CheckConstraint("(status = 'cancelled') = (cancelled_at IS NOT NULL)", name="cancelled_has_time"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("event.id"))
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    booking_id: Mapped[int] = mapped_column(ForeignKey("booking.id"), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    mode: Mapped[Mode] = mapped_column(text_enum(Mode))
    status: Mapped[RegistrationStatus] = mapped_column(text_enum(RegistrationStatus))
    code: Mapped[str] = mapped_column(String(12), unique=True)
    token: Mapped[str] = mapped_column(String(43), unique=True)
    uid: Mapped[str] = mapped_column(String(36), unique=True)
    sequence: Mapped[int] = mapped_column(default=0)
    badge_name: Mapped[str] = mapped_column(String(150), default="")
    note: Mapped[str] = mapped_column(String(500), default="")
    source: Mapped[Source] = mapped_column(text_enum(Source))
    registered_at: Mapped[datetime]
    registered_by: Mapped[str] = mapped_column(String(254))
    registered_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    cancelled_at: Mapped[datetime | None]
    cancel_reason: Mapped[str] = mapped_column(String(300), default="")
    checked_in_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)

    event: Mapped[Event] = relationship(lazy="raise")
    organisation: Mapped[Organisation] = relationship(lazy="raise")
    person: Mapped[Person] = relationship(lazy="raise")
    booking: Mapped[Booking] = relationship(lazy="raise")

    __mapper_args__: dict[str, Any] = {"version_id_col": version}  # noqa: RUF012 - read by SQLAlchemy


class Tally(Base):
    """People of an event by company, mode and status, kept with each change, so that totals need no count of rows."""

    __tablename__ = "registration_tally"
    __table_args__ = (
        CheckConstraint("people >= 0", name="people_not_negative"),
        Index("ix_registration_tally_organisation_id", "organisation_id"),
    )

    event_id: Mapped[int] = mapped_column(ForeignKey("event.id"), primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    mode: Mapped[Mode] = mapped_column(text_enum(Mode), primary_key=True)
    status: Mapped[RegistrationStatus] = mapped_column(text_enum(RegistrationStatus), primary_key=True)
    people: Mapped[int]
