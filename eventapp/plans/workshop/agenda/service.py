"""Changing what the workshop goes through. All under the plan's lock; a part that has begun stays as it is."""

from datetime import datetime
from typing import NamedTuple

from eventapp.audit.service import Actor, record
from eventapp.core.db import db
from eventapp.core.errors import RuleError, StaleError
from eventapp.core.i18n import _
from eventapp.plans import queries
from eventapp.plans.log import about
from eventapp.plans.models import Plan, Workshop, WorkshopItem, WorkshopState
from eventapp.plans.ticking import tick
from eventapp.plans.workshop import queries as workshops
from eventapp.plans.workshop.agenda.rules import MOST_PARTS
from eventapp.plans.workshop.agenda.standard import add_standard
from eventapp.plans.workshop.permissions import is_plannable


class PartDetails(NamedTuple):
    """What a part is about, how long it takes, in which half; `section_id` is the section that is looked at."""

    title: str
    minutes: int
    half: int = 1
    section_id: int | None = None
    is_break: bool = False


def _to_change(plan: Plan) -> tuple[Plan, Workshop]:
    """The plan under its lock with its workshop. Raises RuleError when that is over."""
    plan = queries.lock(plan)
    workshop = workshops.workshop(plan)
    if not is_plannable(plan) or workshop.state is WorkshopState.HELD:
        raise RuleError(_("The workshop is over, so its agenda stays as it is."))
    return plan, workshop


def _waiting(workshop: Workshop, item: WorkshopItem, version: int | None = None) -> WorkshopItem:
    """A part that has not begun. Raises RuleError if it has, StaleError if it was changed since `version`."""
    found = workshops.item(workshop, item.id)
    if version is not None and found.version != version:
        raise StaleError(_("Somebody else has changed this since you opened it. Look at it again."))
    if found.started_at is not None:
        raise RuleError(_("This part has begun, so it stays as it is."))
    return found


def _check(plan: Plan, details: PartDetails) -> None:
    if details.section_id is not None and details.section_id not in {one.id for one in queries.sections(plan)}:
        raise RuleError(_("Choose a section of this plan."), "section_id", 422)


def _done(plan: Plan, by: Actor, at: datetime) -> None:
    db.session.flush()
    tick(plan)
    record("plans.change_agenda", by=by, at=at, **about(plan))


def add(plan: Plan, details: PartDetails, *, by: Actor, at: datetime) -> WorkshopItem:
    """Adds a part at the end of its half. Raises RuleError for too many."""
    plan, workshop = _to_change(plan)
    there = workshops.items(workshop)
    if len(there) >= MOST_PARTS:
        raise RuleError(_("An agenda has at most %(most)s parts.", most=MOST_PARTS), None, 422)
    _check(plan, details)
    position = max((one.position for one in there), default=0) + 1
    made = WorkshopItem(plan_id=plan.id, workshop_id=workshop.id, position=position, **details._asdict())
    db.session.add(made)
    _done(plan, by, at)
    return made


def change(plan: Plan, item: WorkshopItem, details: PartDetails, *, version: int, by: Actor, at: datetime) -> None:
    """Changes a part that has not begun."""
    plan, workshop = _to_change(plan)
    item = _waiting(workshop, item, version)
    _check(plan, details)
    for name, value in details._asdict().items():
        setattr(item, name, value)
    _done(plan, by, at)


def shift(plan: Plan, item: WorkshopItem, steps: int, *, by: Actor, at: datetime) -> None:
    """Moves a part that has not begun up (-1) or down (1) among those of its half. At the end nothing happens."""
    plan, workshop = _to_change(plan)
    item = _waiting(workshop, item)
    beside = [one for one in workshops.items(workshop) if one.half == item.half]
    at_place = beside.index(item) + steps
    if not 0 <= at_place < len(beside):
        return
    if beside[at_place].started_at is not None:
        raise RuleError(_("This part has begun, so it stays as it is."))
    beside.remove(item)
    beside.insert(at_place, item)
    for position, one in enumerate(beside, start=1):
        one.position = position
    _done(plan, by, at)


def remove(plan: Plan, item: WorkshopItem, *, by: Actor, at: datetime) -> None:
    """Takes a part that has not begun out."""
    plan, workshop = _to_change(plan)
    db.session.delete(_waiting(workshop, item))
    _done(plan, by, at)


def restore(plan: Plan, *, by: Actor, at: datetime) -> None:
    """Puts the standard agenda in place of this one. Raises RuleError once a part has begun."""
    plan, workshop = _to_change(plan)
    there = workshops.items(workshop)
    if any(one.started_at is not None for one in there):
        raise RuleError(_("The workshop has begun. Change single parts instead."))
    for one in there:
        db.session.delete(one)
    db.session.flush()
    add_standard(plan, workshop)
    _done(plan, by, at)
