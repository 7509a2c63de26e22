"""Events and who of the vendor's helps with them."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, false, true
from sqlalchemy.orm import Mapped, mapped_column, relationship

from eventapp.core.db import Base, text_enum
from eventapp.core.i18n import _l
from eventapp.places.models import Pool


class EventFormat(StrEnum):
    """Where people take part."""

    IN_PERSON = "in_person"
    VIRTUAL = "virtual"
    HYBRID = "hybrid"


class EventKind(StrEnum):
    """What an event is: an event like any other, or the run of a course, which the catalogue of courses shows instead."""

    EVENT = "event"
    RUN = "run"


class Mode(StrEnum):
    """How one person takes part."""

    IN_PERSON = "in_person"
    VIRTUAL = "virtual"


class Admission(StrEnum):
    """How a registration comes to a place: at once, after the organizer's yes, or by invitation only."""

    OPEN = "open"
    APPROVAL = "approval"
    INVITATION = "invitation"


class Fairness(StrEnum):
    """Who comes first while places last.

    First come; one place for each company, and from `fairness_at` on the rest; or a draw among all who have registered
    until `fairness_at`.
    """

    FIRST_COME = "first_come"
    ONE_PER_COMPANY = "one_per_company"
    DRAW = "draw"


class EventStatus(StrEnum):
    """draft → published → closed (no more registrations) or cancelled."""

    DRAFT = "draft"
    PUBLISHED = "published"
    CLOSED = "closed"
    CANCELLED = "cancelled"


class Moved(StrEnum):
    """Where an event has gone with everybody who is registered: on video, into a room, to another date, or back again."""

    VIRTUAL = "virtual"
    IN_PERSON = "in_person"
    DATE = "date"
    BACK = "back"


# From each status to those it may change to.
TRANSITIONS = {
    EventStatus.DRAFT: {EventStatus.PUBLISHED},
    EventStatus.PUBLISHED: {EventStatus.CLOSED, EventStatus.CANCELLED},
    EventStatus.CLOSED: {EventStatus.PUBLISHED, EventStatus.CANCELLED},
    EventStatus.CANCELLED: set(),
}

FORMAT_LABELS = {EventFormat.IN_PERSON: _l("In person"), EventFormat.VIRTUAL: _l("Virtual"), EventFormat.HYBRID: _l("Hybrid")}
MODE_LABELS = {Mode.IN_PERSON: _l("In person"), Mode.VIRTUAL: _l("Virtual")}
ADMISSION_LABELS = {
    Admission.OPEN: _l("Open: whoever may come has a place at once"),
    Admission.APPROVAL: _l("With approval: an organizer says yes or no to each"),
    Admission.INVITATION: _l("By invitation only"),
}
FAIRNESS_LABELS = {
    Fairness.FIRST_COME: _l("First come, first served"),
    Fairness.ONE_PER_COMPANY: _l("One place for each company first, the rest on a date"),
    Fairness.DRAW: _l("A draw on a date, with a published seed"),
}
EVENT_STATUS_LABELS = {
    EventStatus.DRAFT: _l("Draft"),
    EventStatus.PUBLISHED: _l("Published"),
    EventStatus.CLOSED: _l("Registration closed"),
    EventStatus.CANCELLED: _l("Cancelled"),
}
MODES = {
    EventFormat.IN_PERSON: (Mode.IN_PERSON,),
    EventFormat.VIRTUAL: (Mode.VIRTUAL,),
    EventFormat.HYBRID: (Mode.IN_PERSON, Mode.VIRTUAL),
}


class Event(Base):
    """An event. Times are UTC; `time_zone` is where it takes place, and its local time is what counts.

    Three pools: `pool` for everybody, `in_person_pool` and `virtual_pool` for the modes of a hybrid event (without
    limit otherwise). `description_html` is the sanitised Markdown of `description`, made when it is saved.

    `gate_pool_id` is a pool without places that bookings need while a draw, or the round of one place for each company,
    is not over; it opens at `fairness_at`. With `shared_quota` a parent company and its subsidiaries share the parent's
    places. Answers may be edited until `edit_until`, the mode changed until `mode_change_until` (none: while the event
    lasts); with `reapproval` an edit of an approved registration asks for approval again.

    Whoever moves up from a waiting list with all answers, more than `offer_within_hours` before the start, is confirmed;
    anybody else gets an offer for `offer_hours`, within those last hours for `short_offer_hours`. With `groups_together` a
    company may say that people only come all together.

    `moved` says what became of it at `moved_at` with everybody who was registered, and `moved_note` what the organizer wants
    people to know about it: the banner on each of its pages. `needs_until` is the day on which what people told for a room
    (food and access needs) is deleted, when that comes before the usual day after the event.
    """

    __tablename__ = "event"
    __table_args__ = (
        CheckConstraint("ends_at > starts_at", name="ends_after_start"),
        CheckConstraint(
            "registration_opens_at IS NULL OR registration_closes_at IS NULL OR registration_closes_at > registration_opens_at",
            name="window_in_order",
        ),
        CheckConstraint("fairness = 'first_come' OR fairness_at IS NOT NULL", name="fairness_has_date"),
        CheckConstraint("fairness <> 'draw' OR draw_seed <> ''", name="draw_has_seed"),
        CheckConstraint("offer_hours > 0 AND short_offer_hours > 0 AND offer_within_hours >= 0", name="offers_last"),
        CheckConstraint("plus_ones BETWEEN 0 AND 10", name="plus_ones_in_range"),
        CheckConstraint("(moved IS NULL) = (moved_at IS NULL)", name="moved_has_time"),
        Index("ix_event_status_ends_at", "status", "ends_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(String(80), unique=True)
    title: Mapped[str] = mapped_column(String(150))
    summary: Mapped[str] = mapped_column(String(300), default="")
    description: Mapped[str] = mapped_column(Text, default="")
    description_html: Mapped[str] = mapped_column(Text, default="")
    status: Mapped[EventStatus] = mapped_column(text_enum(EventStatus), default=EventStatus.DRAFT)
    kind: Mapped[EventKind] = mapped_column(text_enum(EventKind), default=EventKind.EVENT, server_default="event")
    format: Mapped[EventFormat] = mapped_column(text_enum(EventFormat))
    venue: Mapped[str] = mapped_column(String(150), default="")
    address: Mapped[str] = mapped_column(String(250), default="")
    city: Mapped[str] = mapped_column(String(100), default="")
    country_code: Mapped[str | None] = mapped_column(ForeignKey("country.code"))
    join_url: Mapped[str] = mapped_column(String(500), default="")
    time_zone: Mapped[str] = mapped_column(String(60))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    registration_opens_at: Mapped[datetime | None]
    registration_closes_at: Mapped[datetime | None]
    contact_email: Mapped[str] = mapped_column(String(254), default="")
    sender_name: Mapped[str] = mapped_column(String(120), default="")
    pool_id: Mapped[int] = mapped_column(ForeignKey("pool.id"), unique=True)
    in_person_pool_id: Mapped[int] = mapped_column(ForeignKey("pool.id"), unique=True)
    virtual_pool_id: Mapped[int] = mapped_column(ForeignKey("pool.id"), unique=True)
    admission: Mapped[Admission] = mapped_column(text_enum(Admission), default=Admission.OPEN, server_default="open")
    fairness: Mapped[Fairness] = mapped_column(text_enum(Fairness), default=Fairness.FIRST_COME, server_default="first_come")
    fairness_at: Mapped[datetime | None]
    draw_seed: Mapped[str] = mapped_column(String(80), default="", server_default="")
    gate_pool_id: Mapped[int | None] = mapped_column(ForeignKey("pool.id"), unique=True)
    shared_quota: Mapped[bool] = mapped_column(default=False, server_default=false())
    edit_until: Mapped[datetime | None]
    mode_change_until: Mapped[datetime | None]
    reapproval: Mapped[bool] = mapped_column(default=False, server_default=false())
    offer_hours: Mapped[int] = mapped_column(default=24, server_default="24")
    short_offer_hours: Mapped[int] = mapped_column(default=4, server_default="4")
    offer_within_hours: Mapped[int] = mapped_column(default=72, server_default="72")
    groups_together: Mapped[bool] = mapped_column(default=True, server_default=true())
    # Whether a waiting list of it goes by tier: only then a registration asks for the tier's rank.
    by_tier: Mapped[bool] = mapped_column(default=False, server_default=false())
    # Whether it has kinds, audience rules or waves at all: most have none, and then nobody looks for them.
    restricted: Mapped[bool] = mapped_column(default=False, server_default=false())
    has_form: Mapped[bool] = mapped_column(default=False, server_default=false())
    # Whether anybody was ever invited, for the same reason.
    invites: Mapped[bool] = mapped_column(default=False, server_default=false())
    # How many people each may bring along.
    plus_ones: Mapped[int] = mapped_column(default=0, server_default="0")
    # Whether it makes anything of no-shows at earlier events, for the same reason.
    counts_no_shows: Mapped[bool] = mapped_column(default=False, server_default=false())
    cancelled_reason: Mapped[str] = mapped_column(String(500), default="")
    # Whether it has message texts or switches of its own, so that registering need not look for them.
    own_messages: Mapped[bool] = mapped_column(default=False, server_default=false())
    # When it would have started before it was moved last, once it was published: search engines want to know.
    previous_starts_at: Mapped[datetime | None]
    moved: Mapped[Moved | None] = mapped_column(text_enum(Moved))
    moved_at: Mapped[datetime | None]
    moved_note: Mapped[str] = mapped_column(String(500), default="", server_default="")
    needs_until: Mapped[date | None]
    # Whether whoever finds it full may wait; without, they are refused.
    waits: Mapped[bool] = mapped_column(default=True, server_default=true())
    # Until when people may cancel by themselves (none: while the event lasts).
    cancel_until: Mapped[datetime | None]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)

    pool: Mapped[Pool] = relationship(foreign_keys=[pool_id])
    in_person_pool: Mapped[Pool] = relationship(foreign_keys=[in_person_pool_id])
    virtual_pool: Mapped[Pool] = relationship(foreign_keys=[virtual_pool_id])
    # Those that were taken out among them, for calendars.
    all_parts: Mapped[list["EventPart"]] = relationship(
        order_by="EventPart.starts_at, EventPart.number", viewonly=True, uselist=True
    )

    __mapper_args__: dict[str, Any] = {"version_id_col": version}  # noqa: RUF012 - read by SQLAlchemy

    @property
    def parts(self) -> list["EventPart"]:
        """The parts in which it takes place; empty where that is one. Only runs have any, so no other event asks for them."""
        return [part for part in self.all_parts if not part.cancelled] if self.kind is EventKind.RUN else []

    @property
    def times(self) -> list[tuple[datetime, datetime, str]]:
        """Start, end and name of each part; of an event without parts those of the event, which then has no name."""
        return [(part.starts_at, part.ends_at, part.label) for part in self.parts] or [(self.starts_at, self.ends_at, "")]

    @property
    def modes(self) -> tuple[Mode, ...]:
        """The ways to take part."""
        return MODES[self.format]

    @property
    def capacity(self) -> int | None:
        """How many people may come: by its own limit, or by those of both ways to take part. None for no limit."""
        if self.pool.capacity is not None or self.format is not EventFormat.HYBRID:
            return self.pool.capacity
        in_person, virtual = self.in_person_pool.capacity, self.virtual_pool.capacity
        return None if in_person is None or virtual is None else in_person + virtual

    @property
    def is_virtual(self) -> bool:
        """Whether nobody has to travel: the viewer's own time then comes first."""
        return self.format is EventFormat.VIRTUAL

    def mode_pool_id(self, mode: Mode) -> int:
        """The pool of a mode."""
        return self.in_person_pool_id if mode is Mode.IN_PERSON else self.virtual_pool_id


class EventSlug(Base):
    """An address of the public page that an event has, or had while people could see it: mails and calendars carry it.

    All in one table, so that one event never takes what leads to another.
    """

    __tablename__ = "event_slug"

    slug: Mapped[str] = mapped_column(String(80), primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("event.id", ondelete="CASCADE"), index=True)


class EventPart(Base):
    """A part of an event that takes place in several, such as three mornings: the event then lasts from the first to the last.

    An event without parts takes place as a whole. `number` is what calendars know the part by for good, so one that is taken
    out of a published event stays as `cancelled`.
    """

    __tablename__ = "event_part"
    __table_args__ = (
        UniqueConstraint("event_id", "number"),
        CheckConstraint("ends_at > starts_at", name="ends_after_start"),
        CheckConstraint("number > 0", name="number_positive"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("event.id", ondelete="CASCADE"))
    number: Mapped[int]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    label: Mapped[str] = mapped_column(String(100), default="")
    cancelled: Mapped[bool] = mapped_column(default=False, server_default=false())


class EventStaff(Base):
    """Somebody of the vendor's who helps with one event, until `ends_at`."""

    __tablename__ = "event_staff"

    event_id: Mapped[int] = mapped_column(ForeignKey("event.id", ondelete="CASCADE"), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"), primary_key=True, index=True)
    granted_at: Mapped[datetime]
    granted_by: Mapped[str] = mapped_column(String(254))
    ends_at: Mapped[datetime]
