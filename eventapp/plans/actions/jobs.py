"""Reminding people of the actions that they are accountable for: a week before, on the day, then weekly while it is late.

Each once, by day where they are, one mail for all actions of a plan that are due together. It says their numbers alone.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple

from sqlalchemy import ColumnElement, and_, or_, select, update

from eventapp.core.clock import now
from eventapp.core.db import db, reading, rollback, table, transaction
from eventapp.core.jobs import job
from eventapp.core.links import absolute
from eventapp.core.times import to_local
from eventapp.mail.render import render
from eventapp.mail.service import Letter, letter, queue_all
from eventapp.plans import queries
from eventapp.plans.actions.rules import LAST_REMINDER, WEEK, reminders_behind
from eventapp.plans.models import ENDED_ACTIONS, ENDED_PLANS, Plan, PlanAction, PlanMember
from eventapp.plans.permissions import is_lived_by
from eventapp.plans.reaching import Reached, reached

EVERY = timedelta(minutes=10)
# When this process looked last: the table is not asked each minute.
_looked: list[datetime] = []


@job("plans.action_reminders", every_minute=True)
def remind_all() -> None:
    """Sends the reminders that are due, looking every ten minutes."""
    at = now()
    if not _looked or not timedelta() <= at - _looked[-1] < EVERY:
        _looked[:] = [at]
        send_due(at)


def send_due(at: datetime) -> int:
    """Sends all reminders that are due at that moment, those of a plan in one transaction; returns how many mails."""
    with reading():
        plans = sorted({plan_id for plan_id, _action in _candidates(at)})
        # Without a lock first, since of many it is night where they are.
        due = [plan_id for plan_id in plans if _due(db.session.get_one(Plan, plan_id), at)]
        rollback()
    sent = 0
    for plan_id in due:
        with transaction():
            sent += _send(plan_id, at)
    return sent


def _candidates(at: datetime) -> list[tuple[int, int]]:
    """Plan and action of what may be due, with a day to spare: elsewhere it is tomorrow already."""
    rows = select(PlanAction.plan_id, PlanAction.id).join(Plan, Plan.id == PlanAction.plan_id)
    rows = rows.where(
        PlanAction.status.not_in(ENDED_ACTIONS),
        Plan.status.not_in(ENDED_PLANS),
        Plan.suspended_at.is_(None),
        _may_be_due(at.date() + timedelta(days=1)),
    )
    return [(one.plan_id, one.id) for one in db.session.execute(rows)]


def _may_be_due(today: date) -> ColumnElement[bool]:
    first = and_(PlanAction.reminded == 0, PlanAction.due_on <= today + WEEK)
    late = (and_(PlanAction.reminded == n, PlanAction.due_on <= today - (n - 1) * WEEK) for n in range(1, LAST_REMINDER))
    return or_(first, *late)


class Due(NamedTuple):
    """Somebody, the actions to remind them of, and the day where they are."""

    to: Reached
    actions: list[PlanAction]
    today: date


def _due(plan: Plan, at: datetime) -> list[Due]:
    """Who is to be reminded of what now; those for whom it is night come later."""
    found = []
    for to, actions in _by_person(plan, at):
        today = to_local(at, to.zone).date()
        there = [one for one in actions if reminders_behind(one.due_on, today) > one.reminded]
        if there and to.awake(at) == at:
            found.append(Due(to, there, today))
    return found


def _by_person(plan: Plan, at: datetime) -> Iterable[tuple[Reached, list[PlanAction]]]:
    query = select(PlanAction).where(PlanAction.plan_id == plan.id, PlanAction.status.not_in(ENDED_ACTIONS))
    query = query.where(_may_be_due(at.date() + timedelta(days=1))).order_by(PlanAction.number)
    actions: Sequence[PlanAction] = db.session.scalars(query.execution_options(populate_existing=True)).all()
    people = {one.accountable_id for one in actions}
    members = db.session.scalars(select(PlanMember).where(PlanMember.id.in_(people)).order_by(PlanMember.id)).all()
    chapters: dict[tuple[int | None, int | None], set[int]] = {}
    for one in members:
        chapters.setdefault((one.user_id, one.person_id), set()).add(one.id)
    for to in reached(plan, members, at):
        ids = chapters[to.member.user_id, to.member.person_id]
        yield to, [one for one in actions if one.accountable_id in ids]


def _send(plan_id: int, at: datetime) -> int:
    """Those of a plan, under its lock: another worker may have sent them meanwhile, or the action may be done."""
    plan = queries.lock(db.session.get_one(Plan, plan_id))
    if not is_lived_by(plan):
        return 0
    due = _due(plan, at)
    for one in due:
        for action in one.actions:
            # Past the unit of work: whoever has the action open is not disturbed by a reminder.
            behind = reminders_behind(action.due_on, one.today)
            rows = table(PlanAction)
            db.session.execute(update(rows).where(rows.c.id == action.id).values(reminded=behind))
    queue_all([_letter(plan, one, at) for one in due])
    return len(due)


def _letter(plan: Plan, due: Due, at: datetime) -> Letter:
    lines = [
        (one.number, "late" if one.due_on < due.today else "today" if one.due_on == due.today else "soon") for one in due.actions
    ]
    link = absolute("plan_actions.index", plan_code=plan.code)
    subject, text, html = render("plans/actions", name=due.to.member.name, code=plan.code, lines=lines, link=link)
    return letter(
        kind="plans.action_reminder",
        about=f"plan:{plan.id}",
        to_name=due.to.member.name,
        to_address=due.to.address,
        subject=subject,
        text=text,
        html=html,
        at=at,
    )
