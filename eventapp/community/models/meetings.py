"""Requests for a meeting, and from whom somebody wants none."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, false, text
from sqlalchemy.orm import Mapped, mapped_column

from eventapp.core.db import Base, text_enum
from eventapp.core.i18n import _l


class MeetingState(StrEnum):
    """Where a request stands. Asked: the one who was asked answers; other time: whoever asked does."""

    ASKED = "asked"
    OTHER_TIME = "other_time"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"


_S = MeetingState
MEETING_LABELS = {
    _S.ASKED: _l("Asked"),
    _S.OTHER_TIME: _l("Another time proposed"),
    _S.ACCEPTED: _l("Accepted"),
    _S.DECLINED: _l("Declined"),
    _S.WITHDRAWN: _l("Withdrawn"),
}
# Both sides may propose other times until one of them says yes or no.
MEETING_TRANSITIONS: dict[MeetingState, frozenset[MeetingState]] = {
    _S.ASKED: frozenset({_S.ACCEPTED, _S.DECLINED, _S.OTHER_TIME, _S.WITHDRAWN}),
    _S.OTHER_TIME: frozenset({_S.ACCEPTED, _S.DECLINED, _S.ASKED, _S.WITHDRAWN}),
    _S.ACCEPTED: frozenset(),
    _S.DECLINED: frozenset(),
    _S.WITHDRAWN: frozenset(),
}
ENDED_MEETINGS = (_S.ACCEPTED, _S.DECLINED, _S.WITHDRAWN)


class MeetingRequest(Base):
    """Somebody of one company asks somebody of another, or (`to_person_id` none) the other company, whose admins answer.

    `times` are up to three moments in UTC as ISO 8601, proposed by whoever is not to answer now; with `event_id` they meet
    there, with or without a time. `agreed_at` is the time that both said yes to. `answer` is the last word of either side,
    `answered_by_id` who said yes or no for a company. `hidden`: whoever was asked wants nothing from the sender, who is not
    told. Nobody but the two sides reads a request, neither their companies nor the vendor.
    """

    __tablename__ = "meeting_request"
    __table_args__ = (
        CheckConstraint("subject <> ''", name="says_what_about"),
        CheckConstraint("(state IN ('accepted', 'declined', 'withdrawn')) = (ended_at IS NOT NULL)", name="ended_has_time"),
        CheckConstraint("agreed_at IS NULL OR state = 'accepted'", name="agreed_if_accepted"),
        Index("ix_meeting_request_from_person_id", "from_person_id"),
        Index("ix_meeting_request_to_person_id", "to_person_id"),
        Index("ix_meeting_request_to_organisation_id", "to_organisation_id"),
        # One open request from somebody to somebody at a time.
        Index(
            "uq_meeting_request_open_person",
            "from_person_id",
            "to_person_id",
            unique=True,
            sqlite_where=text("ended_at IS NULL AND to_person_id IS NOT NULL"),
            postgresql_where=text("ended_at IS NULL AND to_person_id IS NOT NULL"),
        ),
        Index(
            "uq_meeting_request_open_company",
            "from_person_id",
            "to_organisation_id",
            unique=True,
            sqlite_where=text("ended_at IS NULL AND to_person_id IS NULL"),
            postgresql_where=text("ended_at IS NULL AND to_person_id IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    from_person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"))
    from_organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id", ondelete="CASCADE"))
    to_person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"))
    to_organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id", ondelete="CASCADE"))
    event_id: Mapped[int | None] = mapped_column(ForeignKey("event.id", ondelete="SET NULL"))
    subject: Mapped[str] = mapped_column(String(150))
    text: Mapped[str] = mapped_column(String(1000), default="")
    times: Mapped[list[Any]]
    time_zone: Mapped[str] = mapped_column(String(60))
    state: Mapped[MeetingState] = mapped_column(text_enum(MeetingState), default=MeetingState.ASKED)
    answer: Mapped[str] = mapped_column(String(500), default="")
    answered_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"))
    agreed_at: Mapped[datetime | None]
    hidden: Mapped[bool] = mapped_column(default=False, server_default=false())
    asked_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__: dict[str, Any] = {"version_id_col": version}  # noqa: RUF012 - read by SQLAlchemy


class MeetingBlock(Base):
    """A person, or (`organisation_id`) a company, wants no requests from somebody. Who is meant never learns of it."""

    __tablename__ = "meeting_block"
    __table_args__ = (
        CheckConstraint("(person_id IS NULL) <> (organisation_id IS NULL)", name="of_a_person_or_a_company"),
        CheckConstraint("person_id IS NULL OR person_id <> blocked_id", name="not_oneself"),
        Index("uq_meeting_block_person_id_blocked_id", "person_id", "blocked_id", unique=True),
        Index("uq_meeting_block_organisation_id_blocked_id", "organisation_id", "blocked_id", unique=True),
        Index("ix_meeting_block_blocked_id", "blocked_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"))
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id", ondelete="CASCADE"))
    blocked_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"))
    since: Mapped[datetime]
