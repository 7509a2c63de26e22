"""What newcomers do first, and the pioneers who help them."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text, true
from sqlalchemy.orm import Mapped, mapped_column

from eventapp.core.db import Base, text_enum
from eventapp.core.i18n import _l


class Fact(StrEnum):
    """By what an item ticks itself."""

    PROFILE = "profile"
    LISTED = "listed"
    REGISTERED = "registered"
    COURSE = "course"
    PLAN = "plan"
    BUDDY = "buddy"


FACT_LABELS = {
    Fact.PROFILE: _l("The company has described itself and named its website"),
    Fact.LISTED: _l("The company stands in the directory"),
    Fact.REGISTERED: _l("A colleague is registered for an event"),
    Fact.COURSE: _l("A colleague has completed a course"),
    Fact.PLAN: _l("A joint plan is open; only its teams see that"),
    Fact.BUDDY: _l("The company has a buddy"),
}


class OnboardingItem(Base):
    """Something that newcomers do first. With a `fact` it ticks itself. One that is not `active` is asked of nobody."""

    __tablename__ = "onboarding_item"

    id: Mapped[int] = mapped_column(primary_key=True)
    position: Mapped[int]
    title: Mapped[str] = mapped_column(String(150))
    help: Mapped[str] = mapped_column(String(400), default="")
    fact: Mapped[Fact | None] = mapped_column(text_enum(Fact))
    active: Mapped[bool] = mapped_column(default=True, server_default=true())
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__: dict[str, Any] = {"version_id_col": version}  # noqa: RUF012 - read by SQLAlchemy


class OnboardingTick(Base):
    """A company has done something: ticked by hand, by one of its admins."""

    __tablename__ = "onboarding_tick"

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id", ondelete="CASCADE"), primary_key=True)
    item_id: Mapped[int] = mapped_column(ForeignKey("onboarding_item.id", ondelete="CASCADE"), primary_key=True)
    ticked_at: Mapped[datetime]
    ticked_by: Mapped[str] = mapped_column(String(254))


class BuddyOffer(Base):
    """A pioneer looks after up to `most` newcomers at once. `contact_id` is who of its people does."""

    __tablename__ = "buddy_offer"
    __table_args__ = (CheckConstraint("most BETWEEN 1 AND 5", name="most_in_range"),)

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id", ondelete="CASCADE"), primary_key=True)
    contact_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"))
    note: Mapped[str] = mapped_column(String(400), default="")
    most: Mapped[int] = mapped_column(default=1)
    since: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__: dict[str, Any] = {"version_id_col": version}  # noqa: RUF012 - read by SQLAlchemy


class ProposedBy(StrEnum):
    """Who brought a newcomer and a pioneer together."""

    VENDOR = "vendor"
    NEWCOMER = "newcomer"


class BuddyPair(Base):
    """A newcomer and its buddy. In force once both have confirmed; over, for whatever reason, with `ended_at`.

    The contacts are who of each side confirmed or took over; each sees the other's name and address while it is in force.
    """

    __tablename__ = "buddy_pair"
    __table_args__ = (
        CheckConstraint("newcomer_id <> buddy_id", name="two_companies"),
        Index(
            "uq_buddy_pair_newcomer_id",
            "newcomer_id",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
        Index("ix_buddy_pair_buddy_id", "buddy_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    newcomer_id: Mapped[int] = mapped_column(ForeignKey("organisation.id", ondelete="CASCADE"))
    buddy_id: Mapped[int] = mapped_column(ForeignKey("organisation.id", ondelete="CASCADE"))
    proposed_by: Mapped[ProposedBy] = mapped_column(text_enum(ProposedBy))
    proposed_at: Mapped[datetime]
    newcomer_contact_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"))
    newcomer_confirmed_at: Mapped[datetime | None]
    buddy_contact_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"))
    buddy_confirmed_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    ended_reason: Mapped[str] = mapped_column(String(300), default="")
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__: dict[str, Any] = {"version_id_col": version}  # noqa: RUF012 - read by SQLAlchemy

    @property
    def in_force(self) -> bool:
        """Whether both have confirmed, and neither has ended it."""
        return self.ended_at is None and self.newcomer_confirmed_at is not None and self.buddy_confirmed_at is not None
