"""Market development funds: what is asked for, what is claimed back, and the files that prove it."""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from eventapp.core.amounts import Hundredths
from eventapp.core.db import Base, text_enum
from eventapp.core.i18n import _l
from eventapp.plans.models.lines import PlanLine
from eventapp.plans.models.teams import Side


class FundState(StrEnum):
    """Where a request for funds stands. An approved one that nobody claimed in time expires."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    APPROVED = "approved"
    REJECTED = "rejected"
    EXPIRED = "expired"


FUND_STATE_LABELS = {
    FundState.DRAFT: _l("Draft"),
    FundState.SUBMITTED: _l("Submitted"),
    FundState.APPROVED: _l("Approved"),
    FundState.REJECTED: _l("Rejected"),
    FundState.EXPIRED: _l("Expired"),
}
FUND_TRANSITIONS = {
    FundState.DRAFT: {FundState.SUBMITTED},
    FundState.SUBMITTED: {FundState.DRAFT, FundState.APPROVED, FundState.REJECTED},
    FundState.APPROVED: {FundState.EXPIRED},
    FundState.REJECTED: {FundState.DRAFT},
    FundState.EXPIRED: set(),
}


class ClaimState(StrEnum):
    """Where a claim stands."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    APPROVED = "approved"
    REJECTED = "rejected"
    PAID = "paid"


CLAIM_STATE_LABELS = {
    ClaimState.DRAFT: _l("Draft"),
    ClaimState.SUBMITTED: _l("Submitted"),
    ClaimState.APPROVED: _l("Approved"),
    ClaimState.REJECTED: _l("Rejected"),
    ClaimState.PAID: _l("Paid"),
}
CLAIM_TRANSITIONS = {
    ClaimState.DRAFT: {ClaimState.SUBMITTED},
    ClaimState.SUBMITTED: {ClaimState.DRAFT, ClaimState.APPROVED, ClaimState.REJECTED},
    ClaimState.APPROVED: {ClaimState.PAID},
    ClaimState.REJECTED: {ClaimState.DRAFT},
    ClaimState.PAID: set(),
}


class FundRequest(PlanLine, Base):
    """Money asked for an activity in a quarter: `amount` in the plan's currency, of which the vendor pays a share.

    What is planned (activity, quarter, amount, share) is signed with the plan; the state is not. `claim_until` is the last
    day to claim what was approved.
    """

    __tablename__ = "plan_fund_request"
    __table_args__ = (
        CheckConstraint("amount >= 0", name="amount_not_negative"),
        CheckConstraint("vendor_percent BETWEEN 0 AND 100", name="percent_in_range"),
        CheckConstraint("quarter BETWEEN 1 AND 4", name="quarter_in_year"),
        CheckConstraint("state NOT IN ('approved', 'rejected') OR decided_at IS NOT NULL", name="decided_has_time"),
        CheckConstraint("state <> 'rejected' OR decision_note <> ''", name="rejected_has_reason"),
    )
    edit_kind = "fund_request"
    fields = ("activity", "quarter", "amount", "vendor_percent", "initiative_id", "event_id")

    activity: Mapped[str] = mapped_column(String(200))
    quarter: Mapped[int]
    amount: Mapped[Decimal] = mapped_column(Hundredths)
    vendor_percent: Mapped[int] = mapped_column(default=50)
    initiative_id: Mapped[int | None] = mapped_column(ForeignKey("plan_initiative.id", ondelete="SET NULL"))
    event_id: Mapped[int | None] = mapped_column(ForeignKey("event.id", ondelete="SET NULL"))
    state: Mapped[FundState] = mapped_column(text_enum(FundState), default=FundState.DRAFT)
    claim_until: Mapped[date | None]
    submitted_by_id: Mapped[int | None] = mapped_column(ForeignKey("plan_member.id"))
    submitted_at: Mapped[datetime | None]
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("plan_member.id"))
    decided_at: Mapped[datetime | None]
    decision_note: Mapped[str] = mapped_column(String(500), default="")


class FundClaim(Base):
    """What is claimed back of an approved request, in the plan's currency, with its proof."""

    __tablename__ = "plan_fund_claim"
    __table_args__ = (
        CheckConstraint("amount > 0", name="amount_positive"),
        CheckConstraint("state NOT IN ('approved', 'rejected', 'paid') OR decided_at IS NOT NULL", name="decided_has_time"),
        CheckConstraint("state <> 'rejected' OR decision_note <> ''", name="rejected_has_reason"),
        CheckConstraint("(state = 'paid') = (paid_on IS NOT NULL)", name="paid_has_day"),
        Index("ix_plan_fund_claim_plan_id", "plan_id"),
        Index("ix_plan_fund_claim_request_id", "request_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    plan_id: Mapped[int] = mapped_column(ForeignKey("plan.id", ondelete="CASCADE"))
    request_id: Mapped[int] = mapped_column(ForeignKey("plan_fund_request.id"))
    amount: Mapped[Decimal] = mapped_column(Hundredths)
    description: Mapped[str] = mapped_column(String(500), default="")
    state: Mapped[ClaimState] = mapped_column(text_enum(ClaimState), default=ClaimState.DRAFT)
    submitted_by_id: Mapped[int | None] = mapped_column(ForeignKey("plan_member.id"))
    submitted_at: Mapped[datetime | None]
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("plan_member.id"))
    decided_at: Mapped[datetime | None]
    decision_note: Mapped[str] = mapped_column(String(500), default="")
    paid_on: Mapped[date | None]
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__: dict[str, Any] = {"version_id_col": version}  # noqa: RUF012 - read by SQLAlchemy


class PlanFile(Base):
    """A file: the proof of a claim, or the evidence of an action. Only ever saved, never opened; `key` is random.

    Proof and evidence are read by both sides; a file with a `private_to` by that side alone.
    """

    __tablename__ = "plan_file"
    __table_args__ = (
        CheckConstraint("claim_id IS NULL OR action_id IS NULL", name="of_one_thing"),
        Index("ix_plan_file_plan_id", "plan_id"),
        Index("ix_plan_file_claim_id", "claim_id"),
        Index("ix_plan_file_action_id", "action_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    plan_id: Mapped[int] = mapped_column(ForeignKey("plan.id", ondelete="CASCADE"))
    claim_id: Mapped[int | None] = mapped_column(ForeignKey("plan_fund_claim.id", ondelete="CASCADE"))
    action_id: Mapped[int | None] = mapped_column(ForeignKey("plan_action.id", ondelete="CASCADE"))
    private_to: Mapped[Side | None] = mapped_column(text_enum(Side))
    key: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    type: Mapped[str] = mapped_column(String(20))
    content: Mapped[bytes] = mapped_column(LargeBinary)
    member_id: Mapped[int] = mapped_column(ForeignKey("plan_member.id"))
    uploaded_at: Mapped[datetime]
