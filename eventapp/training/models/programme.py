"""What the programme asks of a company for its tier, and where each company stands."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, false
from sqlalchemy.orm import Mapped, mapped_column, relationship

from eventapp.core.db import Base, text_enum
from eventapp.core.i18n import _l
from eventapp.partners.models import Organisation, Person
from eventapp.training.models.catalogue import Credential


class ProgrammeRule(Base):
    """What companies of a tier must have: `people_min` people, each with one of the rule's credentials, and `score_min` points.

    `countries` (ISO 3166-1) narrows it to companies there; empty: all. With `window_months` only certificates completed in
    the last so many months count. A company that meets it now, but not within the next `risk_days` as things stand, is at
    risk; one that does not meet it has `grace_days` to mend that. `points` of a credential count once for each person.
    """

    __tablename__ = "programme_rule"
    __table_args__ = (
        CheckConstraint("name <> ''", name="has_name"),
        CheckConstraint("people_min >= 0 AND score_min >= 0", name="minima_not_negative"),
        CheckConstraint("people_min > 0 OR score_min > 0", name="asks_something"),
        CheckConstraint("window_months IS NULL OR window_months BETWEEN 1 AND 240", name="window_in_range"),
        CheckConstraint("risk_days BETWEEN 0 AND 730 AND grace_days BETWEEN 0 AND 730", name="days_in_range"),
        Index("ix_programme_rule_tier_key", "tier_key"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    tier_key: Mapped[str] = mapped_column(ForeignKey("tier.key"))
    name: Mapped[str] = mapped_column(String(100))
    countries: Mapped[list[Any]] = mapped_column(default=list)
    people_min: Mapped[int] = mapped_column(default=0)
    score_min: Mapped[int] = mapped_column(default=0)
    window_months: Mapped[int | None]
    risk_days: Mapped[int] = mapped_column(default=90)
    grace_days: Mapped[int] = mapped_column(default=90)
    archived: Mapped[bool] = mapped_column(default=False, server_default=false())
    created_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__: dict[str, Any] = {"version_id_col": version}  # noqa: RUF012 - read by SQLAlchemy


class RuleCredential(Base):
    """A credential that counts for a rule."""

    __tablename__ = "rule_credential"
    __table_args__ = (Index("ix_rule_credential_credential_id", "credential_id"),)

    rule_id: Mapped[int] = mapped_column(ForeignKey("programme_rule.id", ondelete="CASCADE"), primary_key=True)
    credential_id: Mapped[int] = mapped_column(ForeignKey("credential.id"), primary_key=True)

    credential: Mapped[Credential] = relationship(lazy="raise")


class CountsFor(Base):
    """For which company a person counts, where they belong to several. Without a row it is the one that they joined first."""

    __tablename__ = "counts_for"
    __table_args__ = (Index("ix_counts_for_organisation_id", "organisation_id"),)

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    chosen_at: Mapped[datetime]
    chosen_by: Mapped[str] = mapped_column(String(254))

    person: Mapped[Person] = relationship(lazy="raise")


class StandingState(StrEnum):
    """How a company meets a rule: not compliant within the days of grace, and after them."""

    COMPLIANT = "compliant"
    AT_RISK = "at_risk"
    GRACE = "grace"
    NON_COMPLIANT = "non_compliant"


STANDING_LABELS = {
    StandingState.COMPLIANT: _l("Compliant"),
    StandingState.AT_RISK: _l("At risk"),
    StandingState.GRACE: _l("Not compliant, in grace"),
    StandingState.NON_COMPLIANT: _l("Not compliant"),
}


class Standing(Base):
    """Where a company stands by a rule, as it was last evaluated.

    `people` and `score` are what it has; `falls_on` is the first day on which it will not meet the rule as things stand, and
    `falls_by` names the certificates' ids that end then; `grace_until` the last day of grace. `since` is when the state began.
    """

    __tablename__ = "standing"
    __table_args__ = (
        CheckConstraint("people >= 0 AND score >= 0", name="counts_not_negative"),
        CheckConstraint("(state IN ('grace', 'non_compliant')) = (grace_until IS NOT NULL)", name="grace_has_end"),
        CheckConstraint("(state = 'at_risk') = (falls_on IS NOT NULL)", name="at_risk_has_day"),
        Index("ix_standing_rule_id_state", "rule_id", "state"),
    )

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    rule_id: Mapped[int] = mapped_column(ForeignKey("programme_rule.id", ondelete="CASCADE"), primary_key=True)
    state: Mapped[StandingState] = mapped_column(text_enum(StandingState))
    people: Mapped[int]
    score: Mapped[int]
    falls_on: Mapped[date | None]
    falls_by: Mapped[list[Any]] = mapped_column(default=list)
    grace_until: Mapped[date | None]
    since: Mapped[datetime]
    evaluated_at: Mapped[datetime]

    organisation: Mapped[Organisation] = relationship(lazy="raise")
    rule: Mapped[ProgrammeRule] = relationship(lazy="raise")


class StandingDay(Base):
    """How many companies stood where by a rule at the end of a day, for the trend."""

    __tablename__ = "standing_day"
    __table_args__ = (CheckConstraint("companies >= 0", name="companies_not_negative"),)

    day: Mapped[date] = mapped_column(primary_key=True)
    rule_id: Mapped[int] = mapped_column(ForeignKey("programme_rule.id", ondelete="CASCADE"), primary_key=True)
    state: Mapped[StandingState] = mapped_column(text_enum(StandingState), primary_key=True)
    companies: Mapped[int]
