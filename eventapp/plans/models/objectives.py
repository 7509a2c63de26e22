"""What both sides want to reach, in numbers, and what came of it."""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from eventapp.core.amounts import Hundredths
from eventapp.core.db import Base, text_enum
from eventapp.core.i18n import _l
from eventapp.plans.models.lines import OwnedLine


class ObjectiveCategory(StrEnum):
    """What an objective is about."""

    REVENUE = "revenue"
    PIPELINE = "pipeline"
    NEW_CUSTOMERS = "new_customers"
    RETENTION = "retention"
    CERTIFICATION = "certification"
    DEAL_REGISTRATION = "deal_registration"
    MARKETING = "marketing"
    CO_CREATION = "co_creation"
    SATISFACTION = "satisfaction"
    LEARNING = "learning"
    CUSTOM = "custom"


OBJECTIVE_CATEGORY_LABELS = {
    ObjectiveCategory.REVENUE: _l("Revenue"),
    ObjectiveCategory.PIPELINE: _l("Pipeline"),
    ObjectiveCategory.NEW_CUSTOMERS: _l("New customers"),
    ObjectiveCategory.RETENTION: _l("Retention"),
    ObjectiveCategory.CERTIFICATION: _l("Certification"),
    ObjectiveCategory.DEAL_REGISTRATION: _l("Deal registration"),
    ObjectiveCategory.MARKETING: _l("Marketing"),
    ObjectiveCategory.CO_CREATION: _l("Co-creation"),
    ObjectiveCategory.SATISFACTION: _l("Satisfaction"),
    ObjectiveCategory.LEARNING: _l("Learning"),
    ObjectiveCategory.CUSTOM: _l("Something else"),
}


class ObjectiveUnit(StrEnum):
    """In what it is counted; an amount of money is in the plan's currency. Yes is 1, no is 0."""

    CURRENCY = "currency"
    COUNT = "count"
    PERCENT = "percent"
    SCORE = "score"
    YES_NO = "yes_no"


OBJECTIVE_UNIT_LABELS = {
    ObjectiveUnit.CURRENCY: _l("Money"),
    ObjectiveUnit.COUNT: _l("Number"),
    ObjectiveUnit.PERCENT: _l("Percent"),
    ObjectiveUnit.SCORE: _l("Score"),
    ObjectiveUnit.YES_NO: _l("Yes or no"),
}


class Direction(StrEnum):
    """What is better: more, less, or to stay between two values."""

    MAXIMIZE = "maximize"
    MINIMIZE = "minimize"
    BAND = "band"


DIRECTION_LABELS = {
    Direction.MAXIMIZE: _l("The more the better"),
    Direction.MINIMIZE: _l("The less the better"),
    Direction.BAND: _l("Between two values"),
}


class RollUp(StrEnum):
    """How quarters make the year: they add up, or each says where things stand at its end."""

    ADDITIVE = "additive"
    LEVEL = "level"


ROLL_UP_LABELS = {RollUp.ADDITIVE: _l("Quarters add up"), RollUp.LEVEL: _l("Level at the end of a quarter")}


class ActualSource(StrEnum):
    """Where an actual value comes from."""

    MANUAL = "manual"
    TRAINING = "training"
    REGISTRATION = "registration"
    IMPORT = "import"


ACTUAL_SOURCE_LABELS = {
    ActualSource.MANUAL: _l("One side, confirmed by the other"),
    ActualSource.TRAINING: _l("Certificates of the training programme"),
    ActualSource.REGISTRATION: _l("Registrations for events"),
    ActualSource.IMPORT: _l("Imported file"),
}

# Sources whose values nobody enters: they are read. What is read is people, so it is a number, or whether there is anybody.
READ_SOURCES = (ActualSource.TRAINING, ActualSource.REGISTRATION)
READ_UNITS = (ObjectiveUnit.COUNT, ObjectiveUnit.YES_NO)

QUARTERS = (1, 2, 3, 4)


class Objective(OwnedLine, Base):
    """An objective with its targets for the year and each quarter, weighted against the others (all together 100).

    While it is being drafted, targets and owners may be missing; the rules say what is. A band has two bounds instead of
    targets. `share_a` is the share in percent that counts for side a, in alliances; the rest is side b's. `source_key`
    is the code of the course, or the slug of the event, that the actual values are read from.
    """

    __tablename__ = "plan_objective"
    __table_args__ = (
        CheckConstraint("weight BETWEEN 1 AND 100", name="weight_in_range"),
        CheckConstraint("share_a IS NULL OR share_a BETWEEN 0 AND 100", name="share_in_range"),
        CheckConstraint("band_low IS NULL OR band_high IS NULL OR band_low <= band_high", name="band_in_order"),
        CheckConstraint("statement <> ''", name="says_something"),
    )
    edit_kind = "objective"
    fields = (
        *("category", "statement", "unit", "direction", "roll_up", "baseline", "annual", "q1", "q2", "q3", "q4"),
        *("band_low", "band_high", "weight", "owner_a_id", "owner_b_id", "source", "source_key", "product", "country_code"),
        "share_a",
    )

    category: Mapped[ObjectiveCategory] = mapped_column(text_enum(ObjectiveCategory))
    statement: Mapped[str] = mapped_column(String(300))
    unit: Mapped[ObjectiveUnit] = mapped_column(text_enum(ObjectiveUnit))
    direction: Mapped[Direction] = mapped_column(text_enum(Direction), default=Direction.MAXIMIZE)
    roll_up: Mapped[RollUp] = mapped_column(text_enum(RollUp), default=RollUp.ADDITIVE)
    baseline: Mapped[Decimal | None] = mapped_column(Hundredths)
    annual: Mapped[Decimal | None] = mapped_column(Hundredths)
    q1: Mapped[Decimal | None] = mapped_column(Hundredths)
    q2: Mapped[Decimal | None] = mapped_column(Hundredths)
    q3: Mapped[Decimal | None] = mapped_column(Hundredths)
    q4: Mapped[Decimal | None] = mapped_column(Hundredths)
    band_low: Mapped[Decimal | None] = mapped_column(Hundredths)
    band_high: Mapped[Decimal | None] = mapped_column(Hundredths)
    weight: Mapped[int]
    source: Mapped[ActualSource] = mapped_column(text_enum(ActualSource), default=ActualSource.MANUAL)
    source_key: Mapped[str] = mapped_column(String(80), default="")
    product: Mapped[str] = mapped_column(String(80), default="")
    country_code: Mapped[str | None] = mapped_column(ForeignKey("country.code"))
    share_a: Mapped[int | None]

    def target(self, quarter: int) -> Decimal | None:
        """The target of a quarter of the plan, 1 to 4."""
        return (self.q1, self.q2, self.q3, self.q4)[quarter - 1]


class Actual(Base):
    """What was reached in a quarter: said by a member of one side, confirmed by one of the other, or read from elsewhere.

    What is read from elsewhere is `entered_by` nobody and needs no confirmation.
    """

    __tablename__ = "plan_actual"
    __table_args__ = (
        UniqueConstraint("objective_id", "quarter"),
        CheckConstraint("quarter BETWEEN 1 AND 4", name="quarter_in_year"),
        CheckConstraint("(confirmed_by_id IS NULL) = (confirmed_at IS NULL)", name="confirmed_has_time"),
        CheckConstraint("(source IN ('manual', 'import')) = (entered_by_id IS NOT NULL)", name="entered_by_somebody"),
        Index("ix_plan_actual_plan_id", "plan_id"),
    )
    edit_kind = "actual"

    id: Mapped[int] = mapped_column(primary_key=True)
    plan_id: Mapped[int] = mapped_column(ForeignKey("plan.id", ondelete="CASCADE"))
    objective_id: Mapped[int] = mapped_column(ForeignKey("plan_objective.id"))
    quarter: Mapped[int]
    value: Mapped[Decimal] = mapped_column(Hundredths)
    note: Mapped[str] = mapped_column(String(300), default="")
    source: Mapped[ActualSource] = mapped_column(text_enum(ActualSource), default=ActualSource.MANUAL)
    entered_by_id: Mapped[int | None] = mapped_column(ForeignKey("plan_member.id"))
    entered_at: Mapped[datetime]
    confirmed_by_id: Mapped[int | None] = mapped_column(ForeignKey("plan_member.id"))
    confirmed_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__: dict[str, Any] = {"version_id_col": version}  # noqa: RUF012 - read by SQLAlchemy
