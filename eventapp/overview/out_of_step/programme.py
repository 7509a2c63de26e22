"""Companies whose certificates do not hold what the programme asks, or will not for long."""

from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, case, func, select

from eventapp.core.clock import now
from eventapp.core.db import db
from eventapp.core.i18n import _, ngettext
from eventapp.overview.out_of_step.conference import written_on
from eventapp.partners.joining.queries import has_admin
from eventapp.partners.models import Organisation
from eventapp.training.models import ProgrammeRule, Standing, StandingState

# What has ended is more pressing than what ends.
_URGENCY = case(
    {StandingState.GRACE.value: 0, StandingState.NON_COMPLIANT.value: 1, StandingState.AT_RISK.value: 2},
    value=Standing.state,
    else_=3,
)


class Lapsing(NamedTuple):
    """The worst standing of a company."""

    company_id: int
    name: str
    reason: str
    day: date | None
    written_on: date | None
    has_admin: bool


def first(narrow: Sequence[ColumnElement[bool]], limit: int) -> tuple[list[Lapsing], int]:
    """The most pressing companies, and how many there are; each once, by its worst rule. One query."""
    until = func.coalesce(Standing.grace_until, Standing.falls_on)
    ranked = (
        select(
            Standing.organisation_id.label("company_id"),
            Standing.rule_id,
            Standing.state,
            Standing.people,
            until.label("day"),
            _URGENCY.label("urgency"),
            func.row_number().over(partition_by=Standing.organisation_id, order_by=(_URGENCY, until)).label("place"),
        )
        .join(Organisation, Organisation.id == Standing.organisation_id)
        .where(Standing.state != StandingState.COMPLIANT, Organisation.merged_into_id.is_(None), *narrow)
        .subquery()
    )
    query = (
        select(ranked, Organisation.name, ProgrammeRule.name.label("rule"), ProgrammeRule.people_min)
        .add_columns(
            written_on().label("written_at"), has_admin(now().date()).label("has_admin"), func.count().over().label("total")
        )
        .join(Organisation, Organisation.id == ranked.c.company_id)
        .join(ProgrammeRule, ProgrammeRule.id == ranked.c.rule_id)
        .where(ranked.c.place == 1)
        .order_by(ranked.c.urgency, ranked.c.day, ranked.c.company_id)
        .limit(limit)
    )
    rows = db.session.execute(query).all()
    return [_lapsing(row) for row in rows], rows[0].total if rows else 0


def _lapsing(row: Any) -> Lapsing:
    written = row.written_at.date() if row.written_at is not None else None
    return Lapsing(row.company_id, row.name, reason(row), row.day, written, row.has_admin)


def reason(row: Any) -> str:
    """Why a company stands where it stands, in words."""
    if row.state == StandingState.AT_RISK:
        return _("“%(rule)s” holds no longer than this day: certificates end.", rule=row.rule)
    missing = max(row.people_min - row.people, 0)
    if missing:
        text = ngettext("%(num)s certified person is missing", "%(num)s certified people are missing", missing)
    else:
        text = _("points are missing")
    if row.state == StandingState.GRACE:
        return _("“%(rule)s”: %(what)s, grace ends on this day.", rule=row.rule, what=text)
    return _("“%(rule)s”: %(what)s, and the grace is over.", rule=row.rule, what=text)
