"""Proposing dates, answering, confirming one, moving and cancelling it. All under the plan's lock."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete

from eventapp.audit.service import Actor, record
from eventapp.core.db import db
from eventapp.core.errors import NotFoundError, RuleError, StaleError
from eventapp.core.i18n import _
from eventapp.plans import queries
from eventapp.plans.log import about
from eventapp.plans.models import (
    Plan,
    SlotAnswer,
    SlotState,
    Workshop,
    WorkshopAnswer,
    WorkshopSlot,
    WorkshopState,
)
from eventapp.plans.permissions import Standing
from eventapp.plans.ticking import tick
from eventapp.plans.workshop import mails
from eventapp.plans.workshop import queries as workshops
from eventapp.plans.workshop.dates.rules import BETWEEN_MAILS, MOST_SLOTS, Dates
from eventapp.plans.workshop.permissions import is_ahead
from eventapp.plans.workshop.preparing import service as preparing


def _to_change(plan: Plan) -> tuple[Plan, Workshop]:
    """The plan under its lock with its workshop. Raises RuleError once that has begun."""
    plan = queries.lock(plan)
    workshop = workshops.workshop(plan)
    if not is_ahead(plan, workshop):
        raise RuleError(_("The workshop has begun or is over, so its date stays as it is."))
    return plan, workshop


def _looking(plan: Plan) -> tuple[Plan, Workshop]:
    """The same while a date is being looked for. Raises RuleError if one is confirmed."""
    plan, workshop = _to_change(plan)
    if workshop.state is not WorkshopState.PLANNING:
        raise RuleError(_("A date is confirmed already. Move or cancel it."))
    return plan, workshop


def propose(plan: Plan, wanted: Sequence[Dates], *, standing: Standing, by: Actor, at: datetime) -> list[WorkshopSlot]:
    """Proposes dates and asks both teams whether they can; one that was withdrawn is asked about anew.

    Whoever was written to about dates within a day finds this one on the page, and is reminded later like all others.
    Raises RuleError for too many, for one that is over, and for one that is proposed already.
    """
    plan, workshop = _looking(plan)
    there = {one.starts_at: one for one in workshops.slots(workshop)}
    is_open = [one for one in there.values() if one.state is SlotState.PROPOSED]
    if len(is_open) + len(wanted) > MOST_SLOTS:
        raise RuleError(_("At most %(most)s dates are proposed at the same time.", most=MOST_SLOTS), None, 422)
    made = []
    for dates in wanted:
        _check(dates, at)
        slot = there.get(dates.first.starts_at)
        if slot is not None and slot.state is not SlotState.WITHDRAWN:
            raise RuleError(_("This date is proposed already."), None, 422)
        if slot is None:
            slot = WorkshopSlot(plan_id=plan.id, workshop_id=workshop.id, starts_at=dates.first.starts_at)
            db.session.add(slot)
        elif Dates.of(slot) != dates:
            _forget_answers(slot)
        _put(slot, dates)
        slot.state, slot.proposed_at = SlotState.PROPOSED, at
        slot.proposed_by_id = standing.member.id if standing.member is not None else None
        db.session.flush()
        there[slot.starts_at] = slot
        made.append(slot)
    tick(plan)
    record("plans.propose_dates", by=by, at=at, **about(plan), changes={"number": len(made)})
    if not _written_lately(workshop, at):
        workshop.answers_asked_at = at
        db.session.flush()
        others = [one for one in queries.team(plan) if standing.member is None or one.id != standing.member.id]
        mails.tell("asked", plan, workshop, mails.addressees(plan, others, at), at=at)
    return made


def _written_lately(workshop: Workshop, at: datetime) -> bool:
    return workshop.answers_asked_at is not None and at < workshop.answers_asked_at + BETWEEN_MAILS


def propose_again(plan: Plan, slot: WorkshopSlot, *, standing: Standing, by: Actor, at: datetime) -> None:
    """Asks about a withdrawn date once more; what people have answered still stands."""
    propose(plan, [Dates.of(slot)], standing=standing, by=by, at=at)


def withdraw(plan: Plan, slot: WorkshopSlot, *, by: Actor, at: datetime) -> None:
    """Takes a proposed date back. Raises RuleError for one that is confirmed: that is cancelled."""
    plan, workshop = _looking(plan)
    slot = workshops.slot(workshop, slot.id)
    if slot.state is SlotState.WITHDRAWN:
        return
    slot.state = SlotState.WITHDRAWN
    db.session.flush()
    tick(plan)
    record("plans.withdraw_date", by=by, at=at, **about(plan))


def answer(
    plan: Plan,
    said: Mapping[int, SlotAnswer],
    *,
    shown: Collection[int],
    standing: Standing,
    by: Actor,
    at: datetime,
) -> None:
    """Notes on which of the dates (by id) a member can. `shown` are the ones that the form asked about.

    Raises StaleError if one of those is not open any more: another may have been confirmed meanwhile.
    """
    plan, workshop = _to_change(plan)
    member = standing.member
    assert member is not None
    is_open = {one.id for one in workshops.slots(workshop) if one.state in workshops.OPEN_SLOTS}
    if not set(shown) <= is_open:
        raise StaleError(_("The dates have changed since you opened the page. Look at them again."))
    there = workshops.answers(is_open)
    for slot_id, one in said.items():
        if slot_id not in is_open:
            raise NotFoundError(slot_id)
        before = there.get((slot_id, member.id))
        if before is None:
            row = WorkshopAnswer(slot_id=slot_id, member_id=member.id, plan_id=plan.id, answer=one, answered_at=at)
            db.session.add(row)
        elif before.answer is not one:
            before.answer, before.answered_at = one, at
    db.session.flush()
    tick(plan)
    record("plans.answer_dates", by=by, at=at, **about(plan), changes={"side": member.side, "number": len(said)})


def confirm(plan: Plan, slot: WorkshopSlot, *, by: Actor, at: datetime) -> WorkshopSlot:
    """Fixes the date: all others are withdrawn, both teams and the facilitator get it into their calendars.

    Raises RuleError if another is confirmed already, or this one is withdrawn or over.
    """
    plan, workshop = _looking(plan)
    slot = workshops.slot(workshop, slot.id)
    if slot.state is not SlotState.PROPOSED:
        raise RuleError(_("This date has been withdrawn meanwhile."))
    _check(Dates.of(slot), at)
    for other in workshops.slots(workshop):
        if other.id != slot.id and other.state is SlotState.PROPOSED:
            other.state = SlotState.WITHDRAWN
    db.session.flush()
    slot.state = SlotState.CONFIRMED
    slot.sequence += 1
    workshop.state, workshop.dated_at = WorkshopState.DATED, at
    db.session.flush()
    preparing.follow_date(plan, workshop, slot, at=at)
    tick(plan)
    record("plans.confirm_date", by=by, at=at, **about(plan))
    mails.send_date("dated", plan, workshop, slot, mails.everybody(plan, workshop, at), at=at)
    return slot


def move(plan: Plan, dates: Dates, *, version: int, by: Actor, at: datetime) -> WorkshopSlot:
    """Moves the confirmed date: calendars get an update, preparations move along, and everybody is asked anew.

    A frozen pack names the date, so it is dropped. Raises StaleError if the date was changed since `version`.
    """
    plan, workshop = _to_change(plan)
    slot = _confirmed(workshop, version)
    _check(dates, at)
    if (slot.second_starts_at is None) != (dates.second is None):
        raise RuleError(_("A day in person has one half, a workshop on video two."), None, 422)
    if Dates.of(slot) == dates:
        raise RuleError(_("This is the date that holds already."), None, 422)
    before = Dates.of(slot)
    _forget_answers(slot)
    withdrawn = _make_way(workshop, slot, dates)
    _put(slot, dates)
    slot.sequence += 1
    workshop.dated_at = at
    workshop.pack = workshop.pack_at = None
    db.session.flush()
    if withdrawn is not None:
        _put(withdrawn, before)
        db.session.flush()
    preparing.follow_date(plan, workshop, slot, at=at)
    tick(plan)
    record("plans.move_date", by=by, at=at, **about(plan))
    mails.send_date("moved", plan, workshop, slot, mails.everybody(plan, workshop, at), at=at)
    return slot


def cancel(plan: Plan, *, version: int, by: Actor, at: datetime) -> None:
    """Gives the confirmed date up: it is taken out of all calendars, and a date is looked for again."""
    plan, workshop = _to_change(plan)
    drop(plan, workshop, _confirmed(workshop, version), at=at)
    record("plans.cancel_date", by=by, at=at, **about(plan))


def drop(plan: Plan, workshop: Workshop, slot: WorkshopSlot, *, at: datetime) -> None:
    """The same, whoever and whatever is behind it."""
    slot.state = SlotState.WITHDRAWN
    slot.sequence += 1
    workshop.state, workshop.dated_at = WorkshopState.PLANNING, None
    workshop.pack = workshop.pack_at = None
    db.session.flush()
    tick(plan)
    mails.send_date("cancelled", plan, workshop, slot, mails.everybody(plan, workshop, at), at=at)


def remind(plan: Plan, *, by: Actor, at: datetime) -> int:
    """Reminds those who have not answered; gives to how many it goes.

    Raises RuleError if everybody has, and if the team was written to about dates within a day.
    """
    plan, workshop = _looking(plan)
    if _written_lately(workshop, at):
        raise RuleError(_("Both teams were written to about these dates within a day. Remind them tomorrow."))
    told = remind_unanswered(plan, workshop, at=at)
    if not told:
        raise RuleError(_("Everybody who can be reached has answered."))
    record("plans.remind_answers", by=by, at=at, **about(plan), changes={"number": told})
    return told


def remind_unanswered(plan: Plan, workshop: Workshop, *, at: datetime) -> int:
    """Writes to those who lack an answer to a date that is asked about, and notes when."""
    asked = [one.id for one in workshops.slots(workshop) if one.state is SlotState.PROPOSED]
    there = workshops.answers(asked)
    missing = [one for one in queries.team(plan) if any((slot_id, one.id) not in there for slot_id in asked)]
    workshop.answers_asked_at = at
    db.session.flush()
    return mails.tell("unanswered", plan, workshop, mails.addressees(plan, missing, at), at=at, by_day=True)


def _make_way(workshop: Workshop, slot: WorkshopSlot, dates: Dates) -> WorkshopSlot | None:
    """A withdrawn date that begins at the same time as `slot` shall: the two change places, and it loses its answers.

    It is not deleted: its number stands in calendars that once had it.
    """
    others = workshops.slots(workshop)
    found = next((one for one in others if one.id != slot.id and one.starts_at == dates.first.starts_at), None)
    if found is not None:
        _forget_answers(found)
        found.starts_at -= timedelta(microseconds=1)  # only until the other has gone there
        db.session.flush()
    return found


def _confirmed(workshop: Workshop, version: int) -> WorkshopSlot:
    slot = workshops.confirmed_slot(workshop)
    if slot is None:
        raise RuleError(_("No date is confirmed."))
    if slot.version != version:
        raise StaleError(_("Somebody else has changed the date since you opened the page. Look at it again."))
    return slot


def _put(slot: WorkshopSlot, dates: Dates) -> None:
    slot.starts_at, slot.ends_at = dates.first
    slot.second_starts_at, slot.second_ends_at = dates.second or (None, None)


def _forget_answers(slot: WorkshopSlot) -> None:
    """What people said was about other hours."""
    db.session.execute(
        delete(WorkshopAnswer).where(WorkshopAnswer.slot_id == slot.id).execution_options(synchronize_session="fetch")
    )


def _check(dates: Dates, at: datetime) -> None:
    """Raises RuleError for a date that cannot be."""
    if dates.first.starts_at <= at:
        raise RuleError(_("Choose a day that is still to come."), None, 422)
