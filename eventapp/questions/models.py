"""Sections, questions and their versions. A row without an event belongs to the library of reusable questions."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from eventapp.core.db import Base, text_enum
from eventapp.core.i18n import _l


class Stage(StrEnum):
    """When a section is asked: with the registration, or once that is confirmed."""

    A = "a"
    B = "b"


class Scope(StrEnum):
    """Whom a question is about and who answers it: each person, the company once for its group, organizers only."""

    PERSON = "person"
    GROUP = "group"
    ORGANIZER = "organizer"


class Kind(StrEnum):
    """What may be answered. The last two ask nothing."""

    TEXT = "text"
    LONG_TEXT = "long_text"
    NUMBER = "number"
    YES_NO = "yes_no"
    ONE_OF = "one_of"
    SEVERAL_OF = "several_of"
    DATE = "date"
    TIME = "time"
    MOMENT = "moment"
    COUNTRY = "country"
    PHONE = "phone"
    EMAIL = "email"
    LINK = "link"
    FILE = "file"
    PICTURE = "picture"
    COMPANY = "company"
    CONSENT = "consent"
    HEADING = "heading"
    NOTE = "note"


CHOICES = frozenset({Kind.ONE_OF, Kind.SEVERAL_OF})
UPLOADS = frozenset({Kind.FILE, Kind.PICTURE})
SILENT = frozenset({Kind.HEADING, Kind.NOTE})

STAGE_LABELS = {Stage.A: _l("With the registration"), Stage.B: _l("After confirmation")}
SCOPE_LABELS = {
    Scope.PERSON: _l("Each person"),
    Scope.GROUP: _l("The company, once for its group"),
    Scope.ORGANIZER: _l("Organizers only"),
}
KIND_LABELS = {
    Kind.TEXT: _l("Text"),
    Kind.LONG_TEXT: _l("Long text"),
    Kind.NUMBER: _l("Number"),
    Kind.YES_NO: _l("Yes or no"),
    Kind.ONE_OF: _l("One of several options"),
    Kind.SEVERAL_OF: _l("Several options"),
    Kind.DATE: _l("Date"),
    Kind.TIME: _l("Time of day"),
    Kind.MOMENT: _l("Date and time"),
    Kind.COUNTRY: _l("Country"),
    Kind.PHONE: _l("Phone number"),
    Kind.EMAIL: _l("E-mail address"),
    Kind.LINK: _l("Link"),
    Kind.FILE: _l("File"),
    Kind.PICTURE: _l("Picture"),
    Kind.COMPANY: _l("Company of the programme"),
    Kind.CONSENT: _l("Consent"),
    Kind.HEADING: _l("Heading"),
    Kind.NOTE: _l("Help text"),
}


class Section(Base):
    """A titled group of questions of one stage. `help_html` is the sanitised Markdown of `help`, made when it is saved."""

    __tablename__ = "form_section"
    __table_args__ = (Index("ix_form_section_event_id", "event_id", "stage", "position"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int | None] = mapped_column(ForeignKey("event.id", ondelete="CASCADE"))
    stage: Mapped[Stage] = mapped_column(text_enum(Stage))
    position: Mapped[int]
    title: Mapped[str] = mapped_column(String(150))
    help: Mapped[str] = mapped_column(Text, default="")
    help_html: Mapped[str] = mapped_column(Text, default="")


class Question(Base):
    """What stays the same over all versions of a question. `event_id` is that of its section.

    `key` is the header of its column in exports, unique in its event. `current` is the number of the version that is
    asked now. Archived: answered once, asked no more.
    """

    __tablename__ = "question"
    __table_args__ = (
        UniqueConstraint("event_id", "key"),
        Index("ix_question_section_id", "section_id", "position"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    section_id: Mapped[int] = mapped_column(ForeignKey("form_section.id"))
    event_id: Mapped[int | None] = mapped_column(ForeignKey("event.id", ondelete="CASCADE"))
    position: Mapped[int]
    key: Mapped[str] = mapped_column(String(40))
    scope: Mapped[Scope] = mapped_column(text_enum(Scope))
    kind: Mapped[Kind] = mapped_column(text_enum(Kind))
    archived: Mapped[bool] = mapped_column(default=False)
    current: Mapped[int] = mapped_column(default=1)
    version: Mapped[int] = mapped_column(default=1)

    section: Mapped[Section] = relationship(lazy="raise")

    __mapper_args__: dict[str, Any] = {"version_id_col": version}  # noqa: RUF012 - read by SQLAlchemy


class QuestionVersion(Base):
    """A question as it was asked. Never changed: an answer always knows the version that it was given to.

    `options` is a list of {key, label, colour, limit}; `settings` holds `min`, `max`, `most`, `types`, `kilobytes`;
    `condition` is what `rules.conditions` reads, or none: always asked. `required_from`: required from that moment on;
    with `required` alone from the beginning. `frozen_from`: not to be changed by its answerer from that moment on.
    """

    __tablename__ = "question_version"
    __table_args__ = (UniqueConstraint("question_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    question_id: Mapped[int] = mapped_column(ForeignKey("question.id", ondelete="CASCADE"))
    number: Mapped[int]
    label: Mapped[str] = mapped_column(String(300))
    help: Mapped[str] = mapped_column(Text, default="")
    help_html: Mapped[str] = mapped_column(Text, default="")
    options: Mapped[list[Any]] = mapped_column(default=list)
    settings: Mapped[dict[str, Any]] = mapped_column(default=dict)
    required: Mapped[bool] = mapped_column(default=False)
    required_from: Mapped[datetime | None]
    frozen_from: Mapped[datetime | None]
    at_door: Mapped[bool] = mapped_column(default=False)
    in_exports: Mapped[bool] = mapped_column(default=True)
    special: Mapped[bool] = mapped_column(default=False)
    condition: Mapped[dict[str, Any] | None]
    created_at: Mapped[datetime]
    created_by: Mapped[str] = mapped_column(String(254))


class OptionPool(Base):
    """The places of an option that only so many may choose. It outlives versions: the option keeps its key."""

    __tablename__ = "option_pool"

    question_id: Mapped[int] = mapped_column(ForeignKey("question.id", ondelete="CASCADE"), primary_key=True)
    key: Mapped[str] = mapped_column(String(40), primary_key=True)
    pool_id: Mapped[int] = mapped_column(ForeignKey("pool.id"), unique=True)


class FormStage(Base):
    """Until when a stage of an event's form may be filled in; no row or no time: until the event ends."""

    __tablename__ = "form_stage"

    event_id: Mapped[int] = mapped_column(ForeignKey("event.id", ondelete="CASCADE"), primary_key=True)
    stage: Mapped[Stage] = mapped_column(text_enum(Stage), primary_key=True)
    closes_at: Mapped[datetime | None]
