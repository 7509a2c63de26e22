"""What people agreed to, told us in confidence, and object to; and what was purged."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from eventapp.core.db import Base, text_enum


class ConsentKind(StrEnum):
    """What somebody may agree to, each by itself."""

    MARKETING = "marketing"
    DIRECTORY = "directory"
    SPONSORS = "sponsors"
    DISTRIBUTOR = "distributor"
    PHOTO = "photo"
    RECORDING = "recording"
    NEEDS = "needs"
    COMMUNITY = "community"


class Consent(Base):
    """A consent that was given: to which text, when, by whom, through which door; and when it was withdrawn.

    Giving again after a withdrawal is a new row. With `event_id` it holds for that event only.
    """

    __tablename__ = "consent"
    __table_args__ = (
        Index(
            "uq_consent_person_id_kind",
            "person_id",
            "kind",
            unique=True,
            sqlite_where=text("event_id IS NULL AND withdrawn_at IS NULL"),
            postgresql_where=text("event_id IS NULL AND withdrawn_at IS NULL"),
        ),
        Index(
            "uq_consent_person_id_kind_event_id",
            "person_id",
            "kind",
            "event_id",
            unique=True,
            sqlite_where=text("event_id IS NOT NULL AND withdrawn_at IS NULL"),
            postgresql_where=text("event_id IS NOT NULL AND withdrawn_at IS NULL"),
        ),
        Index("ix_consent_person_id", "person_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"))
    kind: Mapped[ConsentKind] = mapped_column(text_enum(ConsentKind))
    event_id: Mapped[int | None] = mapped_column(ForeignKey("event.id"))
    text_version: Mapped[str] = mapped_column(String(20))
    given_at: Mapped[datetime]
    given_by: Mapped[str] = mapped_column(String(254))
    given_through: Mapped[str] = mapped_column(String(30))
    withdrawn_at: Mapped[datetime | None]
    withdrawn_by: Mapped[str] = mapped_column(String(254), default="")


class Needs(Base):
    """Diet and access needs of a registered person: special-category data (GDPR Article 9), gone after `purge_on`."""

    __tablename__ = "needs"

    registration_id: Mapped[int] = mapped_column(ForeignKey("registration.id", ondelete="CASCADE"), primary_key=True)
    diet: Mapped[list[Any]]
    diet_other: Mapped[str] = mapped_column(String(80), default="")
    allergens: Mapped[list[Any]]
    severe_allergy: Mapped[bool] = mapped_column(default=False)
    access: Mapped[str] = mapped_column(Text, default="")
    given_at: Mapped[datetime]
    given_by: Mapped[str] = mapped_column(String(254))
    purge_on: Mapped[date] = mapped_column(index=True)


class Objection(Base):
    """A person does not want to be registered by others (GDPR Article 21)."""

    __tablename__ = "objection"

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), primary_key=True)
    at: Mapped[datetime]
    note: Mapped[str] = mapped_column(String(500), default="")
    withdrawn_at: Mapped[datetime | None]


class Retention(Base):
    """How many days a kind of data is kept after it has served its purpose."""

    __tablename__ = "retention"

    kind: Mapped[str] = mapped_column(String(40), primary_key=True)
    days: Mapped[int]
    changed_by: Mapped[str] = mapped_column(String(254), default="")
    changed_at: Mapped[datetime | None]


class Purge(Base):
    """What a scheduled purge took away: the kind and how many, never whose."""

    __tablename__ = "purge"

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(index=True)
    kind: Mapped[str] = mapped_column(String(40))
    rows: Mapped[int]
    before: Mapped[datetime]
