"""Invitations to an event, the batches in which they are sent, and when the silent are reminded."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from eventapp.core.db import Base, text_enum
from eventapp.core.i18n import _l
from eventapp.events.models import Event
from eventapp.partners.models import Organisation, Person


class InvitationState(StrEnum):
    """What became of an invitation.

    invited → opened (its page was seen in a browser) → started (the form was opened) → done (registered). The others end
    it without a registration: by the invited, by whom they named instead, by the organizer, by time.
    """

    INVITED = "invited"
    OPENED = "opened"
    STARTED = "started"
    DONE = "done"
    DECLINED = "declined"
    DELEGATED = "delegated"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


STATE_LABELS = {
    InvitationState.INVITED: _l("Invited"),
    InvitationState.OPENED: _l("Opened"),
    InvitationState.STARTED: _l("Started"),
    InvitationState.DONE: _l("Registered"),
    InvitationState.DECLINED: _l("Declined"),
    InvitationState.DELEGATED: _l("Delegated"),
    InvitationState.WITHDRAWN: _l("Withdrawn"),
    InvitationState.EXPIRED: _l("Expired"),
}
OPEN = (InvitationState.INVITED, InvitationState.OPENED, InvitationState.STARTED)
# Who has not reacted: a reminder goes to them, and not to somebody who is filling in the form.
SILENT = (InvitationState.INVITED, InvitationState.OPENED)
IS_OPEN = "state IN ('invited', 'opened', 'started')"

# From each state to those it may change to. What has ended is taken up again only by sending it again.
TRANSITIONS = {
    InvitationState.INVITED: set(InvitationState) - {InvitationState.INVITED},
    InvitationState.OPENED: set(InvitationState) - {InvitationState.OPENED, InvitationState.INVITED},
    InvitationState.STARTED: set(InvitationState) - set(OPEN),
    InvitationState.DONE: {InvitationState.INVITED, InvitationState.WITHDRAWN},
    InvitationState.DECLINED: {InvitationState.INVITED},
    InvitationState.EXPIRED: {InvitationState.INVITED},
    InvitationState.DELEGATED: set(),
    InvitationState.WITHDRAWN: set(),
}


class Waiver(StrEnum):
    """A rule of registering that does not hold for the invited."""

    AUDIENCE = "audience"
    WINDOW = "window"
    APPROVAL = "approval"
    COMPANY_QUOTA = "company_quota"


WAIVER_LABELS = {
    Waiver.AUDIENCE: _l("Whom the event is for"),
    Waiver.WINDOW: _l("When registration is open"),
    Waiver.APPROVAL: _l("Approval by an organizer"),
    Waiver.COMPANY_QUOTA: _l("Places of their company"),
}


class BatchState(StrEnum):
    """draft (to be looked at) → queued (the worker sends) → sent, or cancelled on the way: what has gone out stays."""

    DRAFT = "draft"
    QUEUED = "queued"
    SENT = "sent"
    CANCELLED = "cancelled"


class InvitationBatch(Base):
    """Whom an organizer invites with one click, and on what terms.

    `source` says who that is: addresses of lists (of companies perhaps those of one partner manager), and companies by id.
    `people` are those who were typed, pasted or read from a file ([given name, family name, address, programme ID]); they
    go when all is sent. `waives` are values of `Waiver`. `places` is how many an invited company may send on this
    invitation; none: as many as it has places.
    """

    __tablename__ = "invitation_batch"
    __table_args__ = (
        CheckConstraint("places IS NULL OR places > 0", name="places_positive"),
        Index("ix_invitation_batch_event_id", "event_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("event.id", ondelete="CASCADE"))
    state: Mapped[BatchState] = mapped_column(text_enum(BatchState), default=BatchState.DRAFT)
    source: Mapped[dict[str, Any]]
    people: Mapped[list[Any]]
    waives: Mapped[list[Any]]
    kind_id: Mapped[int | None] = mapped_column(ForeignKey("admission_kind.id", ondelete="SET NULL"))
    places: Mapped[int | None]
    expires_at: Mapped[datetime]
    note: Mapped[str] = mapped_column(String(1000), default="")
    counts: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]
    created_by: Mapped[str] = mapped_column(String(254))
    ended_at: Mapped[datetime | None]

    event: Mapped[Event] = relationship(lazy="raise")


class Invitation(Base):
    """An invitation of a person (`address` says which, `person_id` if we know them) or, without an address, of a company.

    `organisation_id` is the company that is invited, or that the person comes from. `token` is the secret of `/i/<token>`;
    it stays the same when the mail goes out again. `pool_id` is the pool of a company's own invited places. A delegated
    invitation names in `delegated_to_id` that of the deputy.
    """

    __tablename__ = "invitation"
    __table_args__ = (
        CheckConstraint("address <> '' OR organisation_id IS NOT NULL", name="invites_somebody"),
        CheckConstraint("(state = 'done') = (done_at IS NOT NULL)", name="done_has_time"),
        CheckConstraint("(state = 'declined') = (declined_at IS NOT NULL)", name="declined_has_time"),
        CheckConstraint("(state = 'delegated') = (delegated_to_id IS NOT NULL)", name="delegated_has_deputy"),
        Index(
            "uq_invitation_open_address",
            "event_id",
            "address",
            unique=True,
            sqlite_where=text(f"address <> '' AND {IS_OPEN}"),
            postgresql_where=text(f"address <> '' AND {IS_OPEN}"),
        ),
        Index(
            "uq_invitation_open_person",
            "event_id",
            "person_id",
            unique=True,
            sqlite_where=text(f"person_id IS NOT NULL AND {IS_OPEN}"),
            postgresql_where=text(f"person_id IS NOT NULL AND {IS_OPEN}"),
        ),
        Index(
            "uq_invitation_open_company",
            "event_id",
            "organisation_id",
            unique=True,
            sqlite_where=text(f"address = '' AND {IS_OPEN}"),
            postgresql_where=text(f"address = '' AND {IS_OPEN}"),
        ),
        Index("ix_invitation_event_id_sent_at", "event_id", "sent_at", "id"),
        Index("ix_invitation_event_id_address", "event_id", "address"),
        Index("ix_invitation_person_id", "person_id"),
        Index("ix_invitation_organisation_id", "organisation_id"),
        Index("ix_invitation_state_expires_at", "state", "expires_at"),
        Index("ix_invitation_batch_id", "batch_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("event.id", ondelete="CASCADE"))
    batch_id: Mapped[int | None] = mapped_column(ForeignKey("invitation_batch.id", ondelete="SET NULL"))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))
    given_name: Mapped[str] = mapped_column(String(100), default="")
    family_name: Mapped[str] = mapped_column(String(100), default="")
    address: Mapped[str] = mapped_column(String(254), default="")
    state: Mapped[InvitationState] = mapped_column(text_enum(InvitationState), default=InvitationState.INVITED)
    token: Mapped[str] = mapped_column(String(43), unique=True)
    kind_id: Mapped[int | None] = mapped_column(ForeignKey("admission_kind.id", ondelete="SET NULL"))
    pool_id: Mapped[int | None] = mapped_column(ForeignKey("pool.id"), unique=True)
    waives: Mapped[list[Any]]
    note: Mapped[str] = mapped_column(String(1000), default="")
    sent_at: Mapped[datetime]
    opened_at: Mapped[datetime | None]
    started_at: Mapped[datetime | None]
    done_at: Mapped[datetime | None]
    declined_at: Mapped[datetime | None]
    reason: Mapped[str] = mapped_column(String(300), default="")
    delegated_to_id: Mapped[int | None] = mapped_column(ForeignKey("invitation.id"), unique=True)
    expires_at: Mapped[datetime]
    reminded_at: Mapped[datetime | None]
    reminders: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]
    created_by: Mapped[str] = mapped_column(String(254))
    version: Mapped[int] = mapped_column(default=1)

    event: Mapped[Event] = relationship(lazy="raise")
    person: Mapped[Person | None] = relationship(lazy="raise")
    organisation: Mapped[Organisation | None] = relationship(lazy="raise")

    __mapper_args__: dict[str, Any] = {"version_id_col": version}  # noqa: RUF012 - read by SQLAlchemy

    @property
    def of_company(self) -> bool:
        """Whether a company is invited, and not one person."""
        return self.address == ""

    @property
    def full_name(self) -> str:
        """The person's name as far as it was given; of a company nothing."""
        return f"{self.given_name} {self.family_name}".strip()


class InvitationReminder(Base):
    """When the silent of an event are reminded: those not written to for `days`, and reminded less than `times` so far."""

    __tablename__ = "invitation_reminder"
    __table_args__ = (
        CheckConstraint("days > 0 AND times > 0", name="numbers_positive"),
        Index("ix_invitation_reminder_event_id", "event_id", "due_at"),
        Index("ix_invitation_reminder_done_at", "done_at", "due_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("event.id", ondelete="CASCADE"))
    due_at: Mapped[datetime]
    days: Mapped[int]
    times: Mapped[int]
    sent: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]
    created_by: Mapped[str] = mapped_column(String(254))
    done_at: Mapped[datetime | None]

    event: Mapped[Event] = relationship(lazy="raise")
