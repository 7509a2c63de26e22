"""Reading the programme: its rules, its trend, and what a company has and lacks."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, timedelta
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from eventapp.core.db import db
from eventapp.core.errors import NotFoundError
from eventapp.partners.models import Tier
from eventapp.partners.queries import tiers
from eventapp.training.models import Credential, ProgrammeRule, RuleCredential, StandingDay, StandingState

TREND_DAYS = 180


class RuleRow(NamedTuple):
    """A rule with the names of its tier and of its credentials."""

    rule: ProgrammeRule
    tier: str
    credentials: Sequence[Credential]


def rules(*, archived: bool = False) -> Sequence[ProgrammeRule]:
    """The rules in force, by tier and name; with `archived` the others too."""
    query = select(ProgrammeRule).join(Tier, Tier.key == ProgrammeRule.tier_key)
    query = query if archived else query.where(~ProgrammeRule.archived)
    return db.session.scalars(query.order_by(ProgrammeRule.archived, Tier.position, ProgrammeRule.name, ProgrammeRule.id)).all()


def rule_rows() -> list[RuleRow]:
    """All rules for the list of them. Three queries."""
    found = rules(archived=True)
    labels = dict(tiers())
    by_rule = credentials_by_rule()
    return [RuleRow(rule, labels[rule.tier_key], by_rule[rule.id]) for rule in found]


def credentials_by_rule() -> dict[int, list[Credential]]:
    """The credentials that count for each rule."""
    query = select(RuleCredential).join(RuleCredential.credential).options(joinedload(RuleCredential.credential))
    found: dict[int, list[Credential]] = defaultdict(list)
    for row in db.session.scalars(query.order_by(Credential.name)):
        found[row.rule_id].append(row.credential)
    return found


def rule_by_id(rule_id: int) -> ProgrammeRule:
    """The rule of that id. Raises NotFoundError."""
    rule = db.session.get(ProgrammeRule, rule_id)
    if rule is None:
        raise NotFoundError(rule_id)
    return rule


def credentials() -> Sequence[Credential]:
    """The credentials that a rule can name."""
    return db.session.scalars(select(Credential).where(~Credential.archived).order_by(Credential.name)).all()


def trend(today: date, rule_ids: Sequence[int] = ()) -> list[tuple[date, dict[StandingState, int]]]:
    """How many verdicts there were of each state, day by day over the last half year, by these rules (none: all)."""
    query = select(StandingDay).where(StandingDay.day > today - timedelta(days=TREND_DAYS)).order_by(StandingDay.day)
    days: dict[date, dict[StandingState, int]] = {}
    for row in db.session.scalars(query.where(StandingDay.rule_id.in_(rule_ids)) if rule_ids else query):
        states = days.setdefault(row.day, dict.fromkeys(StandingState, 0))
        states[row.state] += row.companies
    return list(days.items())
