"""The plan itself, and the template that it was made from."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any, ClassVar

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from eventapp.core.db import Base, text_enum
from eventapp.core.i18n import _l
from eventapp.partners.models import Organisation


class PlanKind(StrEnum):
    """With whom the vendor plans: a partner, a distributor, or another vendor as its equal."""

    PARTNER = "partner"
    DISTRIBUTOR = "distributor"
    ALLIANCE = "alliance"


KIND_LABELS = {
    PlanKind.PARTNER: _l("Partner plan"),
    PlanKind.DISTRIBUTOR: _l("Distributor plan"),
    PlanKind.ALLIANCE: _l("Alliance plan"),
}


class PlanStatus(StrEnum):
    """Where a plan stands. A plan that was not signed in time (`lapsed`) is back in its final review."""

    DRAFT = "draft"
    WORKSHOP = "workshop"
    FINAL_REVIEW = "final_review"
    IN_SIGNATURE = "in_signature"
    ACTIVE = "active"
    COMPLETED = "completed"
    CANCELLED = "cancelled"


PLAN_STATUS_LABELS = {
    PlanStatus.DRAFT: _l("Draft"),
    PlanStatus.WORKSHOP: _l("Workshop"),
    PlanStatus.FINAL_REVIEW: _l("Final review"),
    PlanStatus.IN_SIGNATURE: _l("In signature"),
    PlanStatus.ACTIVE: _l("Active"),
    PlanStatus.COMPLETED: _l("Completed"),
    PlanStatus.CANCELLED: _l("Cancelled"),
}

# From where to where; what each step asks for stands in the rules.
PLAN_TRANSITIONS = {
    PlanStatus.DRAFT: {PlanStatus.WORKSHOP, PlanStatus.CANCELLED},
    PlanStatus.WORKSHOP: {PlanStatus.FINAL_REVIEW, PlanStatus.CANCELLED},
    PlanStatus.FINAL_REVIEW: {PlanStatus.WORKSHOP, PlanStatus.IN_SIGNATURE, PlanStatus.CANCELLED},
    PlanStatus.IN_SIGNATURE: {PlanStatus.FINAL_REVIEW, PlanStatus.ACTIVE, PlanStatus.CANCELLED},
    PlanStatus.ACTIVE: {PlanStatus.COMPLETED},
    PlanStatus.COMPLETED: set(),
    PlanStatus.CANCELLED: set(),
}
# Over: nothing of the plan changes any more.
ENDED_PLANS = (PlanStatus.COMPLETED, PlanStatus.CANCELLED)


class Amendment(StrEnum):
    """Where the change of a plan in force stands; the signed version holds until the new one is signed by everybody."""

    EDITING = "editing"
    FINAL_REVIEW = "final_review"
    IN_SIGNATURE = "in_signature"


AMENDMENT_LABELS = {
    Amendment.EDITING: _l("Being amended"),
    Amendment.FINAL_REVIEW: _l("Amendment in final review"),
    Amendment.IN_SIGNATURE: _l("Amendment in signature"),
}

# None: nothing is being amended.
AMENDMENT_TRANSITIONS: dict[Amendment | None, set[Amendment | None]] = {
    None: {Amendment.EDITING},
    Amendment.EDITING: {Amendment.FINAL_REVIEW, None},
    Amendment.FINAL_REVIEW: {Amendment.EDITING, Amendment.IN_SIGNATURE, None},
    Amendment.IN_SIGNATURE: {Amendment.FINAL_REVIEW, None},
}


class Confidentiality(StrEnum):
    """Who besides the two teams may read the executive summary: nobody, or everybody of both organisations."""

    TEAM = "team"
    BOTH = "both"


CONFIDENTIALITY_LABELS = {
    Confidentiality.TEAM: _l("The two teams only"),
    Confidentiality.BOTH: _l("The summary for everybody of both organisations"),
}

SUMMARY_LENGTH = 1200


class PlanTemplate(Base):
    """What plans of a kind are made from: a name and its sections. One that is not `active` is offered no more."""

    __tablename__ = "plan_template"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[PlanKind] = mapped_column(text_enum(PlanKind))
    name: Mapped[str] = mapped_column(String(120), unique=True)
    description: Mapped[str] = mapped_column(String(500), default="")
    active: Mapped[bool] = mapped_column(default=True)
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__: dict[str, Any] = {"version_id_col": version}  # noqa: RUF012 - read by SQLAlchemy


class Plan(Base):
    """A plan between two organisations: side a is the vendor, side b the partner, the distributor or the other vendor.

    Both sides count alike. `fiscal_start` is the month (1 to 12) in which the fiscal year begins, for the names of
    quarters; the plan's own quarters begin with `period_start` and are three months long. `period_end` is its last day.
    `revision` grows with every change of what is signed, so that pages and whoever pressed “ready” know about it.
    `ready_a_at`: since when the owner of side a stands by the plan as it is. `small_reason`: side b is so small (fewer
    than ten people) that two of its people are enough, and who said so. `suspended_at`: an organisation was merged or
    ended, and the owners have to decide what becomes of the plan; `resume_a_at`: since when that of side a wants to go on.
    `follows_id` is the plan that this one was made from. `read_at` is when its actual values were last read from training
    and registrations.
    """

    __tablename__ = "plan"
    __table_args__ = (
        CheckConstraint("side_a_id <> side_b_id", name="two_sides"),
        CheckConstraint("period_end > period_start", name="period_in_order"),
        CheckConstraint("fiscal_start BETWEEN 1 AND 12", name="fiscal_start_is_month"),
        CheckConstraint("amendment IS NULL OR status = 'active'", name="amends_active"),
        CheckConstraint("(status = 'cancelled') = (cancelled_at IS NOT NULL)", name="cancelled_has_time"),
        CheckConstraint("(small_reason = '') = (small_at IS NULL)", name="small_has_time"),
        Index("ix_plan_side_b_id", "side_b_id"),
        Index("ix_plan_side_a_id_status", "side_a_id", "status"),
        Index(
            "uq_plan_active",
            "side_a_id",
            "side_b_id",
            "kind",
            "period_start",
            unique=True,
            sqlite_where=text("status = 'active' AND suspended_at IS NULL"),
            postgresql_where=text("status = 'active' AND suspended_at IS NULL"),
        ),
    )

    edit_kind = "plan"
    fields = ("title", "period_start", "period_end", "fiscal_start", "currency", "confidentiality", "summary")
    unsigned: ClassVar[frozenset[str]] = frozenset({"title", "confidentiality"})

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(20), unique=True)
    kind: Mapped[PlanKind] = mapped_column(text_enum(PlanKind))
    title: Mapped[str] = mapped_column(String(150))
    side_a_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    side_b_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    template_id: Mapped[int] = mapped_column(ForeignKey("plan_template.id"))
    follows_id: Mapped[int | None] = mapped_column(ForeignKey("plan.id"))
    period_start: Mapped[date]
    period_end: Mapped[date]
    fiscal_start: Mapped[int] = mapped_column(default=1)
    currency: Mapped[str] = mapped_column(String(3))
    status: Mapped[PlanStatus] = mapped_column(text_enum(PlanStatus), default=PlanStatus.DRAFT)
    amendment: Mapped[Amendment | None] = mapped_column(text_enum(Amendment))
    confidentiality: Mapped[Confidentiality] = mapped_column(text_enum(Confidentiality), default=Confidentiality.TEAM)
    summary: Mapped[str] = mapped_column(String(SUMMARY_LENGTH), default="")
    revision: Mapped[int] = mapped_column(default=1)
    ready_a_at: Mapped[datetime | None]
    ready_b_at: Mapped[datetime | None]
    small_reason: Mapped[str] = mapped_column(String(300), default="")
    small_at: Mapped[datetime | None]
    small_by: Mapped[str] = mapped_column(String(254), default="")
    suspended_at: Mapped[datetime | None]
    suspended_reason: Mapped[str] = mapped_column(String(300), default="")
    resume_a_at: Mapped[datetime | None]
    resume_b_at: Mapped[datetime | None]
    cancelled_at: Mapped[datetime | None]
    cancelled_reason: Mapped[str] = mapped_column(String(500), default="")
    completed_at: Mapped[datetime | None]
    read_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)

    side_a: Mapped[Organisation] = relationship(foreign_keys=[side_a_id], lazy="raise")
    side_b: Mapped[Organisation] = relationship(foreign_keys=[side_b_id], lazy="raise")

    __mapper_args__: dict[str, Any] = {"version_id_col": version}  # noqa: RUF012 - read by SQLAlchemy
