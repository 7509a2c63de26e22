"""The rows of sections: accounts, initiatives, enablement, resources, risks, value, governance."""

from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any, ClassVar

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, declared_attr, mapped_column

from eventapp.core.amounts import Hundredths
from eventapp.core.db import Base, text_enum
from eventapp.core.i18n import _l
from eventapp.plans.models.teams import Side


class PlanLine:
    """What each row of a section has: where it stands, and the version that an edit was made of."""

    # The name of such rows in `PlanEdit.kind`; what people write into them; and what of that is not signed: how far it is.
    edit_kind: ClassVar[str]
    fields: ClassVar[tuple[str, ...]]
    unsigned: ClassVar[frozenset[str]] = frozenset()

    id: Mapped[int] = mapped_column(primary_key=True)
    plan_id: Mapped[int] = mapped_column(ForeignKey("plan.id", ondelete="CASCADE"), index=True)
    section_id: Mapped[int] = mapped_column(ForeignKey("plan_section.id", ondelete="CASCADE"), index=True)
    position: Mapped[int] = mapped_column(default=0)
    version: Mapped[int] = mapped_column(default=1)

    @declared_attr.directive
    def __mapper_args__(cls) -> dict[str, Any]:
        """The version is compared at each update."""
        return {"version_id_col": cls.version}


class OwnedLine(PlanLine):
    """A row that somebody of each side looks after."""

    owner_a_id: Mapped[int | None] = mapped_column(ForeignKey("plan_member.id"))
    owner_b_id: Mapped[int | None] = mapped_column(ForeignKey("plan_member.id"))


class AccountStage(StrEnum):
    """How far it has come with a customer."""

    IDEA = "idea"
    CONTACTED = "contacted"
    QUALIFIED = "qualified"
    PROPOSAL = "proposal"
    WON = "won"
    LOST = "lost"


ACCOUNT_STAGE_LABELS = {
    AccountStage.IDEA: _l("Idea"),
    AccountStage.CONTACTED: _l("Contacted"),
    AccountStage.QUALIFIED: _l("Qualified"),
    AccountStage.PROPOSAL: _l("Proposal"),
    AccountStage.WON: _l("Won"),
    AccountStage.LOST: _l("Lost"),
}


class TargetAccount(OwnedLine, Base):
    """A customer to win together. `expected` is in the plan's currency.

    Of a confidential one only its owners and those who sign the plan read who it is.
    """

    __tablename__ = "plan_account"
    __table_args__ = (CheckConstraint("expected IS NULL OR expected >= 0", name="expected_not_negative"),)
    edit_kind = "account"
    fields = (
        *("customer", "country_code", "segment", "product", "expected", "confidential", "owner_a_id", "owner_b_id"),
        *("stage", "next_step", "due_on"),
    )
    unsigned = frozenset({"stage", "next_step", "due_on"})

    customer: Mapped[str] = mapped_column(String(200))
    country_code: Mapped[str | None] = mapped_column(ForeignKey("country.code"))
    segment: Mapped[str] = mapped_column(String(80), default="")
    product: Mapped[str] = mapped_column(String(80), default="")
    expected: Mapped[Decimal | None] = mapped_column(Hundredths)
    stage: Mapped[AccountStage] = mapped_column(text_enum(AccountStage), default=AccountStage.IDEA)
    next_step: Mapped[str] = mapped_column(String(300), default="")
    due_on: Mapped[date | None]
    confidential: Mapped[bool] = mapped_column(default=False)


class InitiativeKind(StrEnum):
    """What an initiative is. The workstreams of an alliance are initiatives with an owner on each side."""

    CAMPAIGN = "campaign"
    EVENT = "event"
    SOLUTION = "solution"
    ENABLEMENT = "enablement"
    SERVICES = "services"
    WORKSTREAM = "workstream"


INITIATIVE_KIND_LABELS = {
    InitiativeKind.CAMPAIGN: _l("Campaign"),
    InitiativeKind.EVENT: _l("Event"),
    InitiativeKind.SOLUTION: _l("Solution"),
    InitiativeKind.ENABLEMENT: _l("Enablement"),
    InitiativeKind.SERVICES: _l("Services"),
    InitiativeKind.WORKSTREAM: _l("Workstream"),
}


class InitiativeStatus(StrEnum):
    """How far it is. Not part of what is signed."""

    PLANNED = "planned"
    RUNNING = "running"
    DONE = "done"
    STOPPED = "stopped"


INITIATIVE_STATUS_LABELS = {
    InitiativeStatus.PLANNED: _l("Planned"),
    InitiativeStatus.RUNNING: _l("Running"),
    InitiativeStatus.DONE: _l("Done"),
    InitiativeStatus.STOPPED: _l("Stopped"),
}


class Initiative(OwnedLine, Base):
    """Something that both sides do together, in a quarter of the plan (1 to 4) or, without one, all year."""

    __tablename__ = "plan_initiative"
    __table_args__ = (
        CheckConstraint("quarter IS NULL OR quarter BETWEEN 1 AND 4", name="quarter_in_year"),
        CheckConstraint("budget IS NULL OR budget >= 0", name="budget_not_negative"),
    )
    edit_kind = "initiative"
    fields = (
        *("name", "kind", "description", "quarter", "budget", "event_id", "success_measure", "owner_a_id", "owner_b_id"),
        "status",
    )
    unsigned = frozenset({"status"})

    name: Mapped[str] = mapped_column(String(150))
    kind: Mapped[InitiativeKind] = mapped_column(text_enum(InitiativeKind))
    description: Mapped[str] = mapped_column(String(1000), default="")
    quarter: Mapped[int | None]
    budget: Mapped[Decimal | None] = mapped_column(Hundredths)
    event_id: Mapped[int | None] = mapped_column(ForeignKey("event.id", ondelete="SET NULL"))
    success_measure: Mapped[str] = mapped_column(String(300), default="")
    status: Mapped[InitiativeStatus] = mapped_column(text_enum(InitiativeStatus), default=InitiativeStatus.PLANNED)


class EnablementLine(OwnedLine, Base):
    """So many people of a side shall hold a course or a credential by the end of a quarter.

    `course_code` is the code of a course or credential of the training programme; from its certificates the progress is
    computed. `for_side` is whose people: in an alliance each side enables the other's.
    """

    __tablename__ = "plan_enablement"
    __table_args__ = (
        CheckConstraint("head_count >= 1", name="somebody"),
        CheckConstraint("due_quarter BETWEEN 1 AND 4", name="quarter_in_year"),
    )
    edit_kind = "enablement"
    fields = ("title", "course_code", "for_side", "head_count", "due_quarter", "owner_a_id", "owner_b_id")

    title: Mapped[str] = mapped_column(String(150))
    course_code: Mapped[str] = mapped_column(String(40), default="")
    for_side: Mapped[Side] = mapped_column(text_enum(Side), default=Side.B)
    head_count: Mapped[int]
    due_quarter: Mapped[int]


class ResourceKind(StrEnum):
    """What a side puts in."""

    PEOPLE = "people"
    BUDGET = "budget"
    LICENCES = "licences"
    LAB = "lab"
    MARKETING = "marketing"


RESOURCE_KIND_LABELS = {
    ResourceKind.PEOPLE: _l("People (full-time equivalents)"),
    ResourceKind.BUDGET: _l("Budget"),
    ResourceKind.LICENCES: _l("Licences"),
    ResourceKind.LAB: _l("Lab"),
    ResourceKind.MARKETING: _l("Marketing"),
}


class ResourceLine(PlanLine, Base):
    """What one side puts in: so much of a unit (a budget has the plan's currency), in a quarter or all year."""

    __tablename__ = "plan_resource"
    __table_args__ = (
        CheckConstraint("quarter IS NULL OR quarter BETWEEN 1 AND 4", name="quarter_in_year"),
        CheckConstraint("quantity >= 0", name="quantity_not_negative"),
    )
    edit_kind = "resource"
    fields = ("side", "kind", "description", "quantity", "unit", "quarter", "member_id")

    side: Mapped[Side] = mapped_column(text_enum(Side))
    kind: Mapped[ResourceKind] = mapped_column(text_enum(ResourceKind))
    description: Mapped[str] = mapped_column(String(300))
    quantity: Mapped[Decimal] = mapped_column(Hundredths)
    unit: Mapped[str] = mapped_column(String(40), default="")
    quarter: Mapped[int | None]
    member_id: Mapped[int | None] = mapped_column(ForeignKey("plan_member.id"))


class PlanRisk(PlanLine, Base):
    """What may go wrong: how likely and how bad, each from 1 to 5, and what is done about it by whom."""

    __tablename__ = "plan_risk"
    __table_args__ = (
        CheckConstraint("probability BETWEEN 1 AND 5", name="probability_in_range"),
        CheckConstraint("impact BETWEEN 1 AND 5", name="impact_in_range"),
    )
    edit_kind = "risk"
    fields = ("text", "probability", "impact", "mitigation", "owner_id")

    text: Mapped[str] = mapped_column(String(500))
    probability: Mapped[int]
    impact: Mapped[int]
    mitigation: Mapped[str] = mapped_column(String(500), default="")
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("plan_member.id"))


class ValueFor(StrEnum):
    """Whose value it is."""

    VENDOR = "vendor"
    PARTNER = "partner"
    CUSTOMER = "customer"


VALUE_FOR_LABELS = {
    ValueFor.VENDOR: _l("For the vendor"),
    ValueFor.PARTNER: _l("For the partner"),
    ValueFor.CUSTOMER: _l("For customers"),
}


class ValueLine(PlanLine, Base):
    """A line of the value scorecard: what vendor, partner or customers have of the plan, and how that is seen."""

    __tablename__ = "plan_value"
    edit_kind = "value"
    fields = ("value_for", "text", "measure", "baseline", "target")

    value_for: Mapped[ValueFor] = mapped_column(text_enum(ValueFor))
    text: Mapped[str] = mapped_column(String(300))
    measure: Mapped[str] = mapped_column(String(200), default="")
    baseline: Mapped[str] = mapped_column(String(80), default="")
    target: Mapped[str] = mapped_column(String(80), default="")


class GovernanceLayer(StrEnum):
    """At which level people meet."""

    STEERING = "steering"
    MANAGERS = "managers"
    WORKING = "working"


GOVERNANCE_LAYER_LABELS = {
    GovernanceLayer.STEERING: _l("Executive steering"),
    GovernanceLayer.MANAGERS: _l("Plan owners"),
    GovernanceLayer.WORKING: _l("Working team"),
}


class Cadence(StrEnum):
    """How often."""

    WEEKLY = "weekly"
    FORTNIGHTLY = "fortnightly"
    MONTHLY = "monthly"
    QUARTERLY = "quarterly"
    HALF_YEARLY = "half_yearly"


CADENCE_LABELS = {
    Cadence.WEEKLY: _l("Weekly"),
    Cadence.FORTNIGHTLY: _l("Every two weeks"),
    Cadence.MONTHLY: _l("Monthly"),
    Cadence.QUARTERLY: _l("Quarterly"),
    Cadence.HALF_YEARLY: _l("Twice a year"),
}


class GovernanceLine(OwnedLine, Base):
    """Who meets how often, led by one of each side, and what goes up to the next level from there."""

    __tablename__ = "plan_governance"
    edit_kind = "governance"
    fields = ("layer", "name", "cadence", "minutes", "escalation", "owner_a_id", "owner_b_id")

    layer: Mapped[GovernanceLayer] = mapped_column(text_enum(GovernanceLayer))
    name: Mapped[str] = mapped_column(String(150))
    cadence: Mapped[Cadence] = mapped_column(text_enum(Cadence))
    minutes: Mapped[int] = mapped_column(default=60)
    escalation: Mapped[str] = mapped_column(String(300), default="")
