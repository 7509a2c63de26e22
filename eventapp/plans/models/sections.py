"""The sections of a plan, what both sides agreed to, and the plan's own history of changes."""

from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from eventapp.core.db import Base, text_enum
from eventapp.core.i18n import _l
from eventapp.plans.models.teams import Side


class SectionKind(StrEnum):
    """What a section holds: a text, or rows of its own table."""

    TEXT = "text"
    SWOT = "swot"
    OBJECTIVES = "objectives"
    ACCOUNTS = "accounts"
    INITIATIVES = "initiatives"
    ENABLEMENT = "enablement"
    MDF = "mdf"
    RESOURCES = "resources"
    RISKS = "risks"
    GOVERNANCE = "governance"
    VALUE = "value"


SECTION_KIND_LABELS = {
    SectionKind.TEXT: _l("Text"),
    SectionKind.SWOT: _l("Strengths, weaknesses, opportunities, threats"),
    SectionKind.OBJECTIVES: _l("Objectives"),
    SectionKind.ACCOUNTS: _l("Target accounts"),
    SectionKind.INITIATIVES: _l("Initiatives"),
    SectionKind.ENABLEMENT: _l("Enablement"),
    SectionKind.MDF: _l("Market development funds"),
    SectionKind.RESOURCES: _l("Resources"),
    SectionKind.RISKS: _l("Risks"),
    SectionKind.GOVERNANCE: _l("Governance"),
    SectionKind.VALUE: _l("Value scorecard"),
}


class SectionState(StrEnum):
    """Nothing in it, something in it, or agreed by both sides as it is."""

    EMPTY = "empty"
    DRAFTED = "drafted"
    AGREED = "agreed"


SECTION_STATE_LABELS = {
    SectionState.EMPTY: _l("Empty"),
    SectionState.DRAFTED: _l("Drafted"),
    SectionState.AGREED: _l("Agreed"),
}


class PlanTemplateSection(Base):
    """A section that plans of a template begin with. `starts_with` names initiatives that are in it then, one a line."""

    __tablename__ = "plan_template_section"
    __table_args__ = (UniqueConstraint("template_id", "key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    template_id: Mapped[int] = mapped_column(ForeignKey("plan_template.id", ondelete="CASCADE"))
    position: Mapped[int]
    key: Mapped[str] = mapped_column(String(40))
    kind: Mapped[SectionKind] = mapped_column(text_enum(SectionKind))
    title: Mapped[str] = mapped_column(String(120))
    help: Mapped[str] = mapped_column(String(500), default="")
    required: Mapped[bool] = mapped_column(default=True)
    starts_with: Mapped[str] = mapped_column(String(1000), default="")


class PlanSection(Base):
    """A section of a plan. `text` is what a section of text says, as Markdown; `text_html` the same, rendered.

    `version` grows with every change of the section or of a row in it, and ends what was agreed.
    """

    __tablename__ = "plan_section"
    __table_args__ = (
        UniqueConstraint("plan_id", "key"),
        CheckConstraint("kind = 'text' OR text = ''", name="only_text_has_text"),
    )
    edit_kind = "section"
    fields = ("text",)
    unsigned: ClassVar[frozenset[str]] = frozenset()

    id: Mapped[int] = mapped_column(primary_key=True)
    plan_id: Mapped[int] = mapped_column(ForeignKey("plan.id", ondelete="CASCADE"))
    position: Mapped[int]
    key: Mapped[str] = mapped_column(String(40))
    kind: Mapped[SectionKind] = mapped_column(text_enum(SectionKind))
    title: Mapped[str] = mapped_column(String(120))
    help: Mapped[str] = mapped_column(String(500), default="")
    required: Mapped[bool] = mapped_column(default=True)
    text: Mapped[str] = mapped_column(Text, default="")
    text_html: Mapped[str] = mapped_column(Text, default="")
    state: Mapped[SectionState] = mapped_column(text_enum(SectionState), default=SectionState.EMPTY)
    changed_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__: dict[str, Any] = {"version_id_col": version}  # noqa: RUF012 - read by SQLAlchemy


class PlanAgreement(Base):
    """A side says that it agrees with a section as it is at `section_version`; over with `ended_at`."""

    __tablename__ = "plan_agreement"
    __table_args__ = (
        Index("ix_plan_agreement_plan_id", "plan_id"),
        Index(
            "uq_plan_agreement_open",
            "section_id",
            "side",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    plan_id: Mapped[int] = mapped_column(ForeignKey("plan.id", ondelete="CASCADE"))
    section_id: Mapped[int] = mapped_column(ForeignKey("plan_section.id", ondelete="CASCADE"))
    side: Mapped[Side] = mapped_column(text_enum(Side))
    member_id: Mapped[int] = mapped_column(ForeignKey("plan_member.id"))
    section_version: Mapped[int]
    agreed_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class PlanEdit(Base):
    """A change of a plan: of which row (`kind`, `row_id`), to which of its versions, by whom, and each field old → new.

    The log of the installation says that something was changed, and by whom; what it was stands here, where only the two
    teams read it. Ids grow in the order of changes, so pages ask for what came after the last one that they know.
    """

    __tablename__ = "plan_edit"
    __table_args__ = (
        Index("ix_plan_edit_plan_id_id", "plan_id", "id"),
        Index("ix_plan_edit_kind_row_id_version", "kind", "row_id", "version"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    plan_id: Mapped[int] = mapped_column(ForeignKey("plan.id", ondelete="CASCADE"))
    section_id: Mapped[int | None] = mapped_column(ForeignKey("plan_section.id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(String(30))
    row_id: Mapped[int]
    version: Mapped[int]
    changes: Mapped[dict[str, Any]] = mapped_column(JSON().with_variant(JSONB(), "postgresql"))
    member_id: Mapped[int | None] = mapped_column(ForeignKey("plan_member.id"))
    at: Mapped[datetime]


class PlanComment(Base):
    """What somebody of the two teams says about a section, or about the plan as a whole. Both sides read it."""

    __tablename__ = "plan_comment"
    __table_args__ = (
        CheckConstraint("text <> ''", name="says_something"),
        Index("ix_plan_comment_plan_id_section_id", "plan_id", "section_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    plan_id: Mapped[int] = mapped_column(ForeignKey("plan.id", ondelete="CASCADE"))
    section_id: Mapped[int | None] = mapped_column(ForeignKey("plan_section.id", ondelete="CASCADE"))
    text: Mapped[str] = mapped_column(String(2000))
    member_id: Mapped[int] = mapped_column(ForeignKey("plan_member.id"))
    written_at: Mapped[datetime]
    done_at: Mapped[datetime | None]


class PlanNote(Base):
    """What one side writes for itself. Never part of a version, never seen by the other side, nor by an auditor."""

    __tablename__ = "plan_note"
    __table_args__ = (
        CheckConstraint("text <> ''", name="says_something"),
        Index("ix_plan_note_plan_id_side", "plan_id", "side"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    plan_id: Mapped[int] = mapped_column(ForeignKey("plan.id", ondelete="CASCADE"))
    side: Mapped[Side] = mapped_column(text_enum(Side))
    text: Mapped[str] = mapped_column(String(4000))
    member_id: Mapped[int] = mapped_column(ForeignKey("plan_member.id"))
    written_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__: dict[str, Any] = {"version_id_col": version}  # noqa: RUF012 - read by SQLAlchemy
