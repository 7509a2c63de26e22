"""The roll that a trainer calls: here or not here, for each person and slot."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select

from eventapp.audit.service import Actor, record
from eventapp.core.db import db
from eventapp.core.errors import RuleError
from eventapp.core.i18n import _
from eventapp.training.attendance import counting
from eventapp.training.models import Enrolment, EnrolmentState, RollCall, RollMark, Run
from eventapp.training.rules import Slot

# So long before a slot its roll may be called.
OPENS = timedelta(minutes=15)


def call(run: Run, slot: Slot, marks: Mapping[int, RollMark | None], *, by: Actor, at: datetime) -> int:
    """Notes these marks (none: not called) for enrolments of the run; returns how many were noted.

    Marks of whoever has lost their seat meanwhile are left out: there is nothing any more that they could count for.
    """
    if at < slot.starts_at - OPENS:
        raise RuleError(_("The roll can be called from %(minutes)s minutes before the start.", minutes=15))
    run = counting.lock_open(run)
    query = select(Enrolment.id).where(Enrolment.run_id == run.id, Enrolment.state == EnrolmentState.ENROLLED)
    here = set(db.session.scalars(query)) & marks.keys()
    for enrolment_id in sorted(here):
        found = db.session.get(RollCall, (enrolment_id, slot.starts_at))
        mark = marks[enrolment_id]
        if mark is None:
            if found is not None:
                db.session.delete(found)
        elif found is None:
            db.session.add(
                RollCall(enrolment_id=enrolment_id, slot_at=slot.starts_at, mark=mark, called_at=at, called_by=by.actor_name)
            )
        else:
            found.mark, found.called_at, found.called_by = mark, at, by.actor_name
    db.session.flush()
    if here:
        counting.recount(run, by=by, at=at)
        chosen = [marks[enrolment_id] for enrolment_id in here]
        counts = {mark.value: chosen.count(mark) for mark in RollMark}
        _record_call(run, slot, {**counts, "open": chosen.count(None)}, by, at)
    return len(here)


def _record_call(run: Run, slot: Slot, numbers: Mapping[str, int], by: Actor, at: datetime) -> None:
    record(
        "attendance.call",
        by=by,
        at=at,
        object_type="run",
        object_id=run.id,
        object_name=run.event.title,
        event_id=run.event_id,
        changes={"slot": slot.starts_at, **{name: number for name, number in numbers.items() if number}},
    )


def last_call(run_id: int, slot: Slot) -> tuple[datetime, int] | None:
    """When the roll of a slot was saved last, and how many marks that were; none if it was not called."""
    query = (
        select(RollCall.called_at, func.count())
        .join(Enrolment, Enrolment.id == RollCall.enrolment_id)
        .where(Enrolment.run_id == run_id, RollCall.slot_at == slot.starts_at)
        .group_by(RollCall.called_at)
        .order_by(RollCall.called_at.desc())
        .limit(1)
    )
    row = db.session.execute(query).first()
    return (row[0], row[1]) if row is not None else None


def take_back(run: Run, slot: Slot, *, by: Actor, at: datetime) -> int:
    """Opens the marks again that were saved last for the slot; returns how many."""
    run = counting.lock_open(run)
    last = last_call(run.id, slot)
    if last is None:
        raise RuleError(_("The roll of this slot is open already."))
    ids = select(Enrolment.id).where(Enrolment.run_id == run.id)
    gone = delete(RollCall).where(
        RollCall.enrolment_id.in_(ids), RollCall.slot_at == slot.starts_at, RollCall.called_at == last[0]
    )
    db.session.execute(gone)
    counting.recount(run, by=by, at=at)
    record(
        "attendance.uncall",
        by=by,
        at=at,
        object_type="run",
        object_id=run.id,
        object_name=run.event.title,
        event_id=run.event_id,
        changes={"slot": slot.starts_at, "marks": last[1]},
    )
    return last[1]
