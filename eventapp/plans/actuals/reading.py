"""Actual values that are read: people who hold a course or credential, and people who are confirmed for an event.

A quarter is read from its first day on, until the numbers of its review are frozen or a month after its end; what it says
then stays. A later reading fills in what has no value yet. What a side has entered is never written over.
"""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

from sqlalchemy import select, update

from eventapp.audit.service import Actor, record
from eventapp.core.db import db, table
from eventapp.core.errors import RuleError
from eventapp.core.i18n import _
from eventapp.plans import hooks
from eventapp.plans.actuals.permissions import is_open
from eventapp.plans.actuals.queries import signed_objectives
from eventapp.plans.actuals.rules import has_target
from eventapp.plans.content.merging import Plain, plain
from eventapp.plans.hooks import Attending, Certified, Confirmed, Holding
from eventapp.plans.log import about
from eventapp.plans.models import (
    QUARTERS,
    READ_SOURCES,
    READ_UNITS,
    Actual,
    ActualSource,
    Objective,
    ObjectiveUnit,
    Plan,
    PlanEdit,
    PlanKind,
    PlanVersion,
    Review,
    ReviewState,
    RollUp,
    Side,
    VersionState,
)
from eventapp.plans.rules import quarter_days, quarter_of

# Results of courses are final some days after them.
LATE = timedelta(days=31)


class Measured(NamedTuple):
    """An objective whose values are read, as it is signed; the section that its row stands in; when the plan begins."""

    plan: Plan
    objective: Objective
    section_id: int
    start: date


class Read(NamedTuple):
    """What was read of an objective in a quarter."""

    of: Measured
    quarter: int
    value: Decimal


def read_now(plan: Plan, *, by: Actor, at: datetime) -> int:
    """Reads the values of one plan, as somebody asks for it; returns how many have changed.

    Raises RuleError if the plan is not in force, or reads nothing.
    """
    locked = _lock([plan.id])
    if not is_open(locked[0]):
        raise RuleError(_("Actual values are read while the plan is in force."))
    measured = _measured(locked)
    if not measured:
        raise RuleError(_("No objective of this plan reads its values from training or registrations."))
    changed = _keep(locked, measured, at)
    record("plans.read_actuals", by=by, at=at, **about(plan), changes={"values_read": len(changed)})
    return len(changed)


def read(plan_ids: Collection[int], *, by: Actor, at: datetime) -> int:
    """Reads the values of these plans, as far as they are in force; returns how many have changed.

    As many queries for many plans as for one. Under the locks of the plans, so that of two readings the later one counts
    and nobody enters a value meanwhile.
    """
    plans = [one for one in _lock(plan_ids) if is_open(one)]
    changed = _keep(plans, _measured(plans), at)
    for plan in plans:
        if number := sum(one.of.plan is plan for one in changed):
            record("plans.read_actuals", by=by, at=at, **about(plan), changes={"values_read": number})
    return len(changed)


def _lock(plan_ids: Collection[int]) -> Sequence[Plan]:
    query = select(Plan).where(Plan.id.in_(plan_ids)).order_by(Plan.id).with_for_update(of=Plan)
    return db.session.scalars(query.execution_options(populate_existing=True)).all()


def _measured(plans: Sequence[Plan]) -> list[Measured]:
    """The objectives of these plans that hold now and whose values are read."""
    by_id = {one.id: one for one in plans}
    rows = db.session.scalars(select(Objective).where(Objective.plan_id.in_(by_id)).order_by(Objective.plan_id, Objective.id))
    rows_by_id = {one.id: one for one in rows}
    amended = [one.id for one in plans if one.amendment is not None]
    in_force = select(PlanVersion).where(PlanVersion.plan_id.in_(amended), PlanVersion.state == VersionState.IN_FORCE)
    versions = db.session.scalars(in_force).all() if amended else []
    signed = {one.plan_id for one in versions}
    found = [(one, by_id[one.plan_id].period_start) for one in rows_by_id.values() if one.plan_id not in signed]
    for version in versions:
        start = date.fromisoformat(json.loads(version.content)["period_start"])
        # A row that the amendment takes out can have no new value.
        found += [(one, start) for one in signed_objectives(version) if one.id in rows_by_id]
    return [
        Measured(by_id[one.plan_id], one, rows_by_id[one.id].section_id, start)
        for one, start in found
        if one.source in READ_SOURCES and one.source_key and one.unit in READ_UNITS
    ]


def values(measured: Sequence[Measured], at: datetime) -> list[Read]:
    """What is true at that moment of all quarters that have begun and have a target. Two queries at most.

    What names no course, credential or event has no value.
    """
    certified = {one for each in measured if each.objective.source is ActualSource.TRAINING for one in _certified(each)}
    attending = {_attending(each) for each in measured if each.objective.source is ActualSource.REGISTRATION}
    held, confirmed = hooks.holdings(certified, at), hooks.confirmed(attending, at)
    found: list[Read] = []
    for each in measured:
        one = each.objective
        for quarter in QUARTERS:
            first, last = quarter_days(each.start, quarter)
            if first > at.date() or not has_target(one, quarter):
                continue
            days = (first, min(last, at.date()))
            people = (
                _certificates(each, held, days)
                if one.source is ActualSource.TRAINING
                else _places(each, confirmed, quarter, days)
            )
            if people is not None:
                number = min(people, 1) if one.unit is ObjectiveUnit.YES_NO else people
                found.append(Read(each, quarter, Decimal(number)))
    return found


def _certified(one: Measured) -> Iterable[Certified]:
    """People of the partner; in an alliance each side enables the other's, so people of both."""
    code, alliance = hooks.code_of(one.objective.source_key), one.plan.kind is PlanKind.ALLIANCE
    return [Certified(company_of(one.plan, side), code) for side in Side if side is Side.B or alliance]


def company_of(plan: Plan, side: Side) -> int | None:
    """Whose people a side are, as readers are asked: the id of the company, none for the vendor."""
    return plan.side_b_id if side is Side.B else None


def _attending(one: Measured) -> Attending:
    return Attending(one.plan.side_b_id, hooks.slug_of(one.objective.source_key))


def _certificates(one: Measured, held: Mapping[Certified, Sequence[Holding]], days: tuple[date, date]) -> int | None:
    """How many people hold it at the end, or completed it meanwhile where quarters add up; none: it names nothing."""
    answers = [held[asked] for asked in _certified(one) if asked in held]
    if not answers:
        return None
    first, last = days
    adds = one.objective.roll_up is RollUp.ADDITIVE
    there = [each for answer in answers for each in answer]
    return len({each.person_id for each in there if (first <= each.completed_on <= last if adds else each.valid_on(last))})


def _places(one: Measured, confirmed: Mapping[Attending, Confirmed], quarter: int, days: tuple[date, date]) -> int | None:
    """How many people are confirmed; where quarters add up, all of them in the quarter in which the event begins."""
    answer = confirmed.get(_attending(one))
    if answer is None:
        return None
    if one.objective.roll_up is RollUp.ADDITIVE:
        return len(answer.registered_on) if quarter_of(one.start, answer.begins_on) == quarter else 0
    return sum(day <= days[1] for day in answer.registered_on)


def _keep(plans: Sequence[Plan], measured: Sequence[Measured], at: datetime) -> list[Read]:
    """Writes what differs from what stands there, with the history of the plans; returns it."""
    ids = [one.id for one in plans]
    there = {
        (one.objective_id, one.quarter): one
        for one in db.session.scalars(select(Actual).where(Actual.plan_id.in_(ids)).execution_options(populate_existing=True))
    }
    frozen = select(Review.plan_id, Review.quarter).where(Review.plan_id.in_(ids), Review.state != ReviewState.PLANNED)
    closed = {(plan_id, quarter) for plan_id, quarter in db.session.execute(frozen)}
    changed: list[tuple[Read, Actual, Plain]] = []
    for one in values(measured, at):
        actual = there.get((one.of.objective.id, one.quarter))
        if not _is_read(one, actual, closed, at.date()):
            continue
        before = plain(actual.value) if actual is not None else None
        if actual is None:
            actual = Actual(plan_id=one.of.plan.id, objective_id=one.of.objective.id, quarter=one.quarter)
            db.session.add(actual)
        actual.value, actual.source, actual.entered_at = one.value, one.of.objective.source, at
        changed.append((one, actual, before))
    db.session.flush()
    db.session.add_all(
        PlanEdit(
            plan_id=one.of.plan.id,
            section_id=one.of.section_id,
            kind=Actual.edit_kind,
            row_id=actual.id,
            version=actual.version,
            changes={"value": [before, plain(one.value)]},
            at=at,
        )
        for one, actual, before in changed
    )
    db.session.flush()
    # Past the unit of work: whoever changes the plan's facts meanwhile is not disturbed.
    db.session.execute(update(table(Plan)).where(table(Plan).c.id.in_(ids)).values(read_at=at))
    return [one for one, _actual, _before in changed]


def _is_read(one: Read, actual: Actual | None, closed: Collection[tuple[int, int]], today: date) -> bool:
    """Whether a value is written: it is new, nobody has entered one, and the quarter is not closed."""
    if (one.of.plan.id, one.quarter) in closed:
        return False
    if actual is None:
        return True
    late = today > quarter_days(one.of.start, one.quarter)[1] + LATE
    said = actual.entered_by_id is not None
    same = (actual.value, actual.source) == (one.value, one.of.objective.source)
    return not said and not same and not late
