"""Preparing: the standard set, what a side adds, writing, being done or waived, the numbers. All under the plan's lock."""

from datetime import date, datetime

from sqlalchemy import func, select

from eventapp.audit.service import Actor, record
from eventapp.core.db import db
from eventapp.core.errors import RuleError, StaleError
from eventapp.core.i18n import _
from eventapp.plans import queries
from eventapp.plans.content import editing
from eventapp.plans.log import about
from eventapp.plans.models import (
    Plan,
    PrepKind,
    PrepState,
    PrepTask,
    Side,
    Workshop,
    WorkshopSlot,
    WorkshopState,
)
from eventapp.plans.permissions import Standing
from eventapp.plans.ticking import tick
from eventapp.plans.workshop import queries as workshops
from eventapp.plans.workshop.permissions import is_ahead
from eventapp.plans.workshop.preparing.rules import MOST_TASKS, day_of, due_day, numbers_of, reminders_due, stands
from eventapp.plans.workshop.preparing.standard import standard


def follow_date(plan: Plan, workshop: Workshop, slot: WorkshopSlot, *, at: datetime) -> None:
    """Gives both sides their standard set when a date is fixed for the first time; what depends on the date moves along.

    Reminders that lie in the past are not caught up on.
    """
    day, today = day_of(slot, workshop.time_zone), at.date()
    there = workshops.tasks(workshop)
    for side in Side:
        kinds = {one.kind for one in there if one.side is side}
        if kinds <= {PrepKind.OWN}:
            for position, one in enumerate(standard(), start=1):
                made = _task(plan, workshop, side, one.kind, one.title, due_day(day, one.days_before, today), today)
                made.position, made.help, made.days_before = position, one.help, one.days_before
                db.session.add(made)
    for task in there:
        if task.state is PrepState.TO_DO and task.days_before is not None:
            task.due_on = due_day(day, task.days_before, today)
            task.reminded = reminders_due(task.due_on, today)
    db.session.flush()


def _task(plan: Plan, workshop: Workshop, side: Side, kind: PrepKind, title: str, due_on: date, today: date) -> PrepTask:
    made = PrepTask(plan_id=plan.id, workshop_id=workshop.id, side=side, kind=kind, title=title, due_on=due_on)
    made.reminded = reminders_due(due_on, today)
    return made


def _to_prepare(plan: Plan) -> tuple[Plan, Workshop]:
    """The plan under its lock with its workshop. Raises RuleError once that has begun."""
    plan = queries.lock(plan)
    workshop = workshops.workshop(plan)
    if not is_ahead(plan, workshop):
        raise RuleError(_("The workshop has begun, so there is nothing more to prepare."))
    return plan, workshop


def _read(workshop: Workshop, task: PrepTask, version: int | None = None) -> PrepTask:
    found = workshops.task(workshop, task.id)
    if version is not None and found.version != version:
        raise StaleError(_("Somebody else has changed this since you opened it. Look at it again."))
    return found


def _days_before(workshop: Workshop, due_on: date) -> int | None:
    """How long before the date that holds this day is; none while there is no date. Raises RuleError for a day after it."""
    slot = workshops.confirmed_slot(workshop)
    if slot is None:
        return None
    days = (day_of(slot, workshop.time_zone) - due_on).days
    if days < 0:
        raise RuleError(_("That is after the workshop."), "due_on", 422)
    return days


def add(
    plan: Plan, side: Side, title: str, *, help: str = "", due_on: date, assignee_id: int | None, by: Actor, at: datetime
) -> PrepTask:
    """Adds something that a side prepares besides the standard set. Raises RuleError for too many, or for a day too late."""
    plan, workshop = _to_prepare(plan)
    there = [one for one in workshops.tasks(workshop) if one.side is side]
    if len(there) >= MOST_TASKS:
        raise RuleError(_("A side prepares at most %(most)s things.", most=MOST_TASKS), None, 422)
    _check_assignee(plan, side, assignee_id)
    days = _days_before(workshop, due_on)
    if due_on < at.date():
        raise RuleError(_("Choose a day that is still to come."), "due_on", 422)
    made = _task(plan, workshop, side, PrepKind.OWN, title, due_on, at.date())
    made.help, made.assignee_id, made.days_before = help, assignee_id, days
    made.position = max((one.position for one in there), default=0) + 1
    db.session.add(made)
    db.session.flush()
    tick(plan)
    record("plans.add_preparation", by=by, at=at, **about(plan), changes={"side": side})
    return made


def change(
    plan: Plan,
    task: PrepTask,
    *,
    title: str,
    due_on: date,
    assignee_id: int | None,
    version: int,
    by: Actor,
    at: datetime,
) -> None:
    """Changes what an owner says about a preparation: who does it, until when; the title of an own one.

    Raises StaleError if it was changed since `version`.
    """
    plan, workshop = _to_prepare(plan)
    task = _read(workshop, task, version)
    _check_assignee(plan, task.side, assignee_id)
    task.assignee_id = assignee_id
    if task.kind is PrepKind.OWN:
        task.title = title
    if due_on != task.due_on:
        task.days_before = _days_before(workshop, due_on)
        task.due_on = due_on
        task.reminded = reminders_due(due_on, at.date())
    db.session.flush()
    tick(plan)
    record("plans.change_preparation", by=by, at=at, **about(plan), changes={"side": task.side})


def write(plan: Plan, task: PrepTask, text: str, *, base: int, standing: Standing, by: Actor, at: datetime) -> bool:
    """Writes what a preparation comes to; what others wrote since is shown to decide, see `editing.change`.

    Numbers that change are to be confirmed by both owners anew.
    """
    plan, workshop = _to_prepare(plan)
    if not text and _read(workshop, task).state is PrepState.DONE:
        raise RuleError(_("It is done, so something has to stand here. Take it back first."), "text", 422)
    changed = editing.change(plan, None, task, {"text": text}, base=base, standing=standing, by=by, at=at)
    if changed and task.kind is PrepKind.NUMBERS:
        _unconfirm(workshop)
    return changed


def finish(plan: Plan, task: PrepTask, *, version: int, by: Actor, at: datetime) -> None:
    """Says that it is done: from then on the other side reads it. Raises RuleError if there is nothing in it."""
    plan, workshop = _to_prepare(plan)
    task = _read(workshop, task, version)
    if not task.text:
        raise RuleError(_("There is nothing written yet. Write it, or waive it with a reason."))
    _end(plan, task, PrepState.DONE, by=by, at=at)


def waive(plan: Plan, task: PrepTask, reason: str, *, version: int, by: Actor, at: datetime) -> None:
    """Waives it: it is not asked for, with a reason that both sides read."""
    plan, workshop = _to_prepare(plan)
    task = _read(workshop, task, version)
    if not reason:
        raise RuleError(_("Say why, so that both sides know."), "reason", 422)
    task.reason = reason
    _end(plan, task, PrepState.WAIVED, by=by, at=at)


def _end(plan: Plan, task: PrepTask, state: PrepState, *, by: Actor, at: datetime) -> None:
    if task.state is state:
        return
    task.state, task.ended_at = state, at
    db.session.flush()
    tick(plan)
    record("plans.end_preparation", by=by, at=at, **about(plan), changes={"side": task.side, "state": state})


def reopen(plan: Plan, task: PrepTask, *, version: int, by: Actor, at: datetime) -> None:
    """Takes it back: it is to do again, and only the own side reads it. Numbers are then confirmed anew."""
    plan, workshop = _to_prepare(plan)
    task = _read(workshop, task, version)
    if task.state is PrepState.TO_DO:
        return
    task.state, task.ended_at, task.reason = PrepState.TO_DO, None, ""
    task.reminded = max(task.reminded, reminders_due(task.due_on, at.date()))
    if task.kind is PrepKind.NUMBERS:
        _unconfirm(workshop)
    db.session.flush()
    tick(plan)
    record("plans.reopen_preparation", by=by, at=at, **about(plan), changes={"side": task.side})


def remove(plan: Plan, task: PrepTask, *, version: int, by: Actor, at: datetime) -> None:
    """Takes an own preparation out. Raises RuleError for one of the standard set: that is waived with a reason."""
    plan, workshop = _to_prepare(plan)
    task = _read(workshop, task, version)
    if task.kind is not PrepKind.OWN:
        raise RuleError(_("This belongs to the standard set. Waive it with a reason."))
    side = task.side
    db.session.delete(task)
    db.session.flush()
    tick(plan)
    record("plans.remove_preparation", by=by, at=at, **about(plan), changes={"side": side})


def confirm_numbers(plan: Plan, *, seen: str, standing: Standing, by: Actor, at: datetime) -> None:
    """An owner stands by the numbers of both sides, as they were shown (`seen`, see `numbers_seen`).

    Raises StaleError if they have changed since, RuleError while a side's are not done.
    """
    plan, workshop = _to_prepare(plan)
    tasks = list(workshops.tasks(workshop))
    if not all(stands(numbers_of(tasks, side)) for side in Side):
        raise RuleError(_("The numbers of both sides have to be done first."))
    if seen != numbers_seen(tasks):
        raise StaleError(_("The numbers have changed since you opened the page. Read them again."))
    if workshop.state is not WorkshopState.DATED:
        raise RuleError(_("The numbers are confirmed once there is a date."))
    if standing.side is Side.A:
        workshop.facts_a_at = workshop.facts_a_at or at
    else:
        workshop.facts_b_at = workshop.facts_b_at or at
    db.session.flush()
    tick(plan)
    record("plans.confirm_numbers", by=by, at=at, **about(plan), changes={"side": standing.side})


def unconfirm_numbers(plan: Plan, *, standing: Standing, by: Actor, at: datetime) -> None:
    """An owner does not stand by the numbers any more."""
    plan, workshop = _to_prepare(plan)
    if standing.side is Side.A:
        workshop.facts_a_at = None
    else:
        workshop.facts_b_at = None
    db.session.flush()
    tick(plan)
    record("plans.unconfirm_numbers", by=by, at=at, **about(plan), changes={"side": standing.side})


def numbers_seen(tasks: list[PrepTask]) -> str:
    """What the numbers of both sides are known by, so that nobody confirms others than they have read."""
    found = [numbers_of(tasks, side) for side in Side]
    return ",".join(f"{one.id}.{one.version}" if one is not None else "-" for one in found)


def _unconfirm(workshop: Workshop) -> None:
    workshop.facts_a_at = workshop.facts_b_at = None
    db.session.flush()


def _check_assignee(plan: Plan, side: Side, assignee_id: int | None) -> None:
    if assignee_id is not None and assignee_id not in {one.id for one in queries.team(plan) if one.side is side}:
        raise RuleError(_("Choose somebody of this side."), "assignee_id", 422)


def held(member_id: int) -> int:
    """How many preparations somebody still has to do."""
    query = select(func.count()).where(PrepTask.assignee_id == member_id, PrepTask.state == PrepState.TO_DO)
    return db.session.scalar(query) or 0
