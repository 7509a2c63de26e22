"""Registrations: one row for each person and event."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ColumnElement, ForeignKey, Index, String, case, false, literal_column, or_, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from eventapp.core.db import Base, text_enum
from eventapp.core.i18n import _, _l
from eventapp.events.models import AdmissionKind, Event, Mode
from eventapp.partners.models import Organisation, OrganisationKind, Person
from eventapp.places.models import Booking


class RegistrationStatus(StrEnum):
    """Whether the person has a place.

    Pending: applied, and waits for the organizer's yes; holds no place. Offered: a place is held until the offer's
    deadline. Declined: the organizer said no.
    """

    PENDING = "pending"
    CONFIRMED = "confirmed"
    OFFERED = "offered"
    WAITING = "waiting"
    CANCELLED = "cancelled"
    DECLINED = "declined"


# Over: the person may register anew, and no place is held.
ENDED = (RegistrationStatus.CANCELLED, RegistrationStatus.DECLINED)
# The same in statements that are built once: not to be expanded each time that they are sent.
ENDED_AS_WRITTEN: list[ColumnElement[str]] = [literal_column(f"'{status.value}'") for status in ENDED]

STATUS_LABELS = {
    RegistrationStatus.PENDING: _l("To approve"),
    RegistrationStatus.CONFIRMED: _l("Confirmed"),
    RegistrationStatus.OFFERED: _l("Offered"),
    RegistrationStatus.WAITING: _l("Waiting"),
    RegistrationStatus.CANCELLED: _l("Cancelled"),
    RegistrationStatus.DECLINED: _l("Declined"),
}


class Source(StrEnum):
    """How a registration came in."""

    COMPANY = "company"
    PERSON = "person"
    ORGANIZER = "organizer"
    IMPORT = "import"
    INVITATION = "invitation"
    BLOCK = "block"
    GUEST = "guest"
    WALK_IN = "walk_in"


# Ways in by which people speak for themselves: nobody else has registered them.
BY_THEMSELVES = frozenset({Source.PERSON, Source.INVITATION})

SOURCE_LABELS = {
    Source.COMPANY: _l("By the company"),
    Source.PERSON: _l("By themselves"),
    Source.ORGANIZER: _l("By an organizer"),
    Source.IMPORT: _l("Imported"),
    Source.INVITATION: _l("By invitation"),
    Source.BLOCK: _l("From a seat block"),
    Source.GUEST: _l("As a guest"),
    Source.WALK_IN: _l("At the door"),
}


class Side(StrEnum):
    """Who has cancelled: the person behind the secret link, the company's admin, or the vendor's side with all its machinery."""

    PERSON = "person"
    COMPANY = "company"
    ORGANIZER = "organizer"


class Registration(Base):
    """A person of a company at an event.

    `code` is what the QR code and the door know, `token` the secret of the link `/r/<token>`; a substitution gives
    the row another person, and new ones of both. `uid` and `sequence` belong to the calendar entry (RFC 5545).
    `status` follows the state of its booking; `cancelled_at` and `cancel_reason` also tell when and why it was declined,
    `cancelled_by` whose side has cancelled, which alone may take it back.
    `kind_id` is as what the person comes, none where the event has no kinds; `guest_of_id` the registration that this
    one comes along with; `missing_answers` how many required answers it still lacks; `was_pending` whether it was an
    application when it was cancelled, which undoing makes it again; `review_at` when it was edited after its approval, until
    an organizer has looked at it again. `was_offered` whether it was only offered its place when it ended, so that undoing
    brings it back to the waiting list and to no place. `name` is the name as it was typed: what the company sees, so that
    typing a stranger's address tells it nothing about that person. `claim` is the company that the person named where nobody
    has confirmed it yet: the registration then belongs to no real company.
    """

    __tablename__ = "registration"
    __table_args__ = (
        Index(
            "uq_registration_event_id_person_id",
            "event_id",
            "person_id",
            unique=True,
            sqlite_where=text("status NOT IN ('cancelled', 'declined')"),
            postgresql_where=text("status NOT IN ('cancelled', 'declined')"),
        ),
        # With the company: the search counts both, and so need not look at the registrations themselves.
        Index("ix_registration_event_id_person_id_organisation_id", "event_id", "person_id", "organisation_id"),
        Index("ix_registration_event_id_registered_at", "event_id", "registered_at", "id"),
        Index("ix_registration_event_id_status", "event_id", "status", "registered_at", "id"),
        Index("ix_registration_event_id_organisation_id", "event_id", "organisation_id"),
        Index("ix_registration_organisation_id", "organisation_id"),
        Index("ix_registration_person_id", "person_id"),
        Index("ix_registration_kind_id", "kind_id"),
        Index("ix_registration_guest_of_id", "guest_of_id"),
        CheckConstraint("(status IN ('cancelled', 'declined')) = (cancelled_at IS NOT NULL)", name="cancelled_has_time"),
        CheckConstraint("guest_of_id IS NULL OR guest_of_id <> id", name="not_its_own_guest"),
        CheckConstraint("missing_answers >= 0", name="missing_answers_not_negative"),
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
    kind_id: Mapped[int | None] = mapped_column(ForeignKey("admission_kind.id"))
    guest_of_id: Mapped[int | None] = mapped_column(ForeignKey("registration.id"))
    missing_answers: Mapped[int] = mapped_column(default=0, server_default="0")
    review_at: Mapped[datetime | None]
    was_pending: Mapped[bool] = mapped_column(default=False, server_default=false())
    was_offered: Mapped[bool] = mapped_column(default=False, server_default=false())
    claim: Mapped[str] = mapped_column(String(200), default="", server_default="")
    badge_name: Mapped[str] = mapped_column(String(150), default="")
    note: Mapped[str] = mapped_column(String(500), default="")
    source: Mapped[Source] = mapped_column(text_enum(Source))
    registered_at: Mapped[datetime]
    registered_by: Mapped[str] = mapped_column(String(254))
    registered_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    cancelled_at: Mapped[datetime | None]
    cancelled_by: Mapped[Side | None] = mapped_column(text_enum(Side, name="cancelled_by"))
    cancel_reason: Mapped[str] = mapped_column(String(300), default="")
    checked_in_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)

    event: Mapped[Event] = relationship(lazy="raise")
    organisation: Mapped[Organisation] = relationship(lazy="raise")
    person: Mapped[Person] = relationship(lazy="raise")
    booking: Mapped[Booking] = relationship(lazy="raise")
    # Not "raise": a new registration knows its kind by id only, and an event has few kinds.
    kind: Mapped[AdmissionKind | None] = relationship()

    __mapper_args__: dict[str, Any] = {"version_id_col": version}  # noqa: RUF012 - read by SQLAlchemy

    @property
    def company_name(self) -> str:
        """The company's name, or the one that the person gave and nobody has confirmed."""
        return _("pending: %(company)s", company=self.claim) if self.claim else self.organisation.name


# The same in queries that join the company; and its country, of which a claim says nothing, and nothing of guests.
SHOWN_COMPANY = case((Registration.claim != "", "pending: " + Registration.claim), else_=Organisation.name)
SHOWN_COUNTRY = case(
    (or_(Registration.claim != "", Organisation.kind == OrganisationKind.VENDOR), ""), else_=Organisation.country_code
)


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
