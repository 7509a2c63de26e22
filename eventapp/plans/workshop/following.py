"""What becomes of a workshop when the teams change, and when the plan is given up."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select

from eventapp.core.db import db
from eventapp.plans import steps
from eventapp.plans.models import (
    Plan,
    PlanMember,
    PrepState,
    PrepTask,
    SlotState,
    Workshop,
    WorkshopAnswer,
    WorkshopSlot,
    WorkshopState,
)
from eventapp.plans.teams import service as teams
from eventapp.plans.workshop import mails
from eventapp.plans.workshop import queries as workshops
from eventapp.plans.workshop.dates import service as dates
from eventapp.plans.workshop.preparing.service import held


def pass_on(plan: Plan, former: PlanMember, successor: PlanMember, _at: datetime) -> None:
    """What is still to do, and the parts in the workshop, go to the successor; what is done keeps the former's name.

    Answers to dates are a person's own: only somebody who goes on in another function keeps theirs.
    """
    workshop = workshops.workshop_of(plan)
    if workshop is None:
        return
    open_ones = select(PrepTask).where(PrepTask.assignee_id == former.id, PrepTask.state == PrepState.TO_DO)
    for task in db.session.scalars(open_ones.execution_options(populate_existing=True)):
        task.assignee_id = successor.id
    if workshop.state is not WorkshopState.HELD:
        for name in ("scribe_id", "timekeeper_id"):
            if getattr(workshop, name) == former.id:
                setattr(workshop, name, successor.id)
    if (former.user_id, former.person_id) == (successor.user_id, successor.person_id):
        _keep_answers(plan, former, successor)
    db.session.flush()


def _keep_answers(plan: Plan, former: PlanMember, successor: PlanMember) -> None:
    query = select(WorkshopAnswer).join(WorkshopSlot, WorkshopSlot.id == WorkshopAnswer.slot_id)
    query = query.where(WorkshopAnswer.member_id == former.id, WorkshopSlot.state.in_(workshops.OPEN_SLOTS))
    kept = [(one.slot_id, one.answer, one.answered_at) for one in db.session.scalars(query)]
    there = {slot_id for slot_id, member_id in workshops.answers([one[0] for one in kept]) if member_id == successor.id}
    for slot_id, answer, answered_at in kept:
        if slot_id not in there:
            row = WorkshopAnswer(slot_id=slot_id, member_id=successor.id, plan_id=plan.id, answer=answer, answered_at=answered_at)
            db.session.add(row)


def joined(plan: Plan, member: PlanMember, at: datetime) -> None:
    """Somebody new gets the date into their calendar, or is asked which they can. A facilitator who joins a team is none."""
    workshop = _ahead(plan)
    if workshop is None:
        return
    if member.user_id is not None and workshop.facilitator_id == member.user_id:
        workshop.facilitator_id = None
        db.session.flush()
    to = mails.addressees(plan, [member], at)
    slot = workshops.confirmed_slot(workshop)
    if slot is not None:
        mails.send_date("joined", plan, workshop, slot, to, at=at)
    elif any(one.state is SlotState.PROPOSED for one in workshops.slots(workshop)):
        mails.tell("asked", plan, workshop, to, at=at)


def left(plan: Plan, members: Sequence[PlanMember], at: datetime) -> None:
    """Whoever leaves has the date taken out of their calendar, and no part in the workshop any more."""
    workshop = _ahead(plan)
    if workshop is None:
        return
    gone = {one.id for one in members}
    for name in ("scribe_id", "timekeeper_id"):
        if getattr(workshop, name) in gone:
            setattr(workshop, name, None)
    slot = workshops.confirmed_slot(workshop)
    if slot is not None:
        # So that a later file to the same person, should they come back, is the newer one.
        slot.sequence += 1
        db.session.flush()
        mails.send_date("left", plan, workshop, slot, mails.addressees(plan, members, at), at=at)
    db.session.flush()


def given_up(plan: Plan, at: datetime) -> None:
    """A plan that is cancelled has no workshop: its date goes out of all calendars."""
    workshop = _ahead(plan)
    slot = workshops.confirmed_slot(workshop) if workshop is not None else None
    if workshop is not None and slot is not None:
        dates.drop(plan, workshop, slot, at=at)


def _ahead(plan: Plan) -> Workshop | None:
    """The workshop as long as it has not begun."""
    workshop = workshops.workshop_of(plan)
    return workshop if workshop is not None and workshop.state in (WorkshopState.PLANNING, WorkshopState.DATED) else None


teams.PASSED_ON.append(pass_on)
teams.OPEN_WORK.append(held)
teams.JOINED.append(joined)
teams.LEFT.append(left)
steps.ENDING.append(given_up)
