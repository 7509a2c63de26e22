"""Who was there in the demo's runs, by source: meeting reports and sign-in sheets of those that are over, first clicks today.

What is written here comes to the minutes that stand on the enrolments, so counting anew changes nothing. The run on video
whose results are still to be checked has what waits for a person: lines of nobody, and a roll that says otherwise.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select

from eventapp.accounts.models import User
from eventapp.agenda.joining.models import Arrival
from eventapp.core.db import db
from eventapp.events.models import Event, EventFormat, EventStatus
from eventapp.partners.models import PersonEmail
from eventapp.registrations.models import Registration
from eventapp.training import queries
from eventapp.training.attendance import counting
from eventapp.training.models import (
    AttendanceInterval,
    AttendanceReport,
    AttendanceState,
    Enrolment,
    EnrolmentState,
    IntervalSource,
    MatchedRow,
    MeetingTool,
    RollCall,
    RollMark,
    Run,
)
from eventapp.training.rules import Slot

# Everybody's fifth joins once more from another device.
TWICE = 5
STRANGERS = (("+43 ***** **12", ""), ("Marta Q. (Guest)", ""))


def fill(*, by: User, at: datetime) -> None:
    """Writes what the sources say of all runs that have begun."""
    query = queries.runs().where(Run.session_id.is_(None), Event.starts_at <= at, Event.status != EventStatus.CANCELLED)
    found = db.session.scalars(query.where(Event.status != EventStatus.DRAFT).order_by(Event.starts_at, Run.id)).all()
    slots = queries.slots_of(found)
    for run in found:
        enrolled = _enrolled(run)
        if any(one.attendance is not None for one, *_who in enrolled):
            _over(run, slots[run.id], enrolled, by)
        elif run.event.format is not EventFormat.IN_PERSON:
            _clicks(slots[run.id], enrolled, at)
    db.session.flush()
    checked = [run for run in found if run.done_at is None and run.event.format is EventFormat.VIRTUAL]
    for run in checked:
        if db.session.scalar(select(func.count()).where(AttendanceInterval.run_id == run.id)):
            _leave_open(run, slots[run.id], by)
            counting.recount(run, by=by, at=at)


def _enrolled(run: Run) -> Sequence[Any]:
    """Enrolment, name and address of everybody with a seat."""
    query = (
        select(Enrolment, Registration.name, PersonEmail.address)
        .join(Registration, Registration.id == Enrolment.registration_id)
        .join(PersonEmail, (PersonEmail.person_id == Enrolment.person_id) & PersonEmail.is_primary)
        .where(Enrolment.run_id == run.id, Enrolment.state == EnrolmentState.ENROLLED)
    )
    return db.session.execute(query.order_by(Enrolment.id)).all()


def _over(run: Run, slots: Sequence[Slot], enrolled: Sequence[Any], by: User) -> None:
    """A report of the meeting tool, or a sheet that everybody has signed; who was not there is marked as absent."""
    on_video = run.event.format is EventFormat.VIRTUAL
    source = IntervalSource.IMPORT if on_video else IntervalSource.SIGN_SHEET
    noted_at = slots[-1].ends_at + timedelta(hours=2)
    report_id = _report(run, slots, enrolled, by, noted_at) if on_video else None
    for number, (one, name, address) in enumerate(enrolled):
        for n, (joined_at, left_at) in enumerate(_times(slots, one.attended, twice=on_video and number % TWICE == 0)):
            key = counting.fingerprint("demo", one.id, n)
            row = {"run_id": run.id, "key": key, "joined_at": joined_at, "left_at": left_at, "noted_at": noted_at}
            who = {"enrolment_id": one.id, "name": name, "address": address if on_video else "", "noted_by": by.email}
            how = MatchedRow.ADDRESS if on_video else MatchedRow.NAME
            db.session.add(AttendanceInterval(source=source, report_id=report_id, matched=how, **row, **who))
        if one.attendance is AttendanceState.NO_SHOW and not on_video:
            mark = {"mark": RollMark.ABSENT, "called_at": noted_at, "called_by": by.email}
            db.session.add_all(RollCall(enrolment_id=one.id, slot_at=slot.starts_at, **mark) for slot in slots)


def _times(slots: Sequence[Slot], seconds: int, *, twice: bool) -> Iterator[tuple[datetime, datetime]]:
    """Spans that come to so many seconds, from the beginning on; `twice`: two that overlap instead of one."""
    for slot in slots:
        part = min(seconds, slot.seconds)
        seconds -= part
        end = slot.starts_at + timedelta(seconds=part)
        if part and twice:
            half = slot.starts_at + timedelta(seconds=part // 2)
            yield slot.starts_at, half
            yield slot.starts_at + timedelta(seconds=part // 3), end
        elif part:
            yield slot.starts_at, end


def _report(run: Run, slots: Sequence[Slot], enrolled: Sequence[Any], by: User, at: datetime) -> int:
    there = sum(1 for one, *_who in enrolled if one.attended)
    file = {"file_name": f"{run.event.slug}-attendance.csv", "sha256": counting.fingerprint("demo", run.event.slug)}
    made = AttendanceReport(
        run_id=run.id, tool=MeetingTool.TEAMS, lines=there * len(slots), added=there * len(slots), imported_at=at,
        imported_by=by.email, **file,
    )  # fmt: skip
    db.session.add(made)
    db.session.flush()
    return made.id


def _clicks(slots: Sequence[Slot], enrolled: Sequence[Any], at: datetime) -> None:
    """Whoever has followed the link of a run that is under way; every sixth has not yet."""
    for number, (one, *_who) in enumerate(enrolled):
        first_at = slots[0].starts_at + timedelta(seconds=37 * number - 240)
        if number % 6 != 4 and first_at <= at:
            db.session.add(Arrival(registration_id=one.registration_id, first_at=first_at, last_at=first_at))


def _leave_open(run: Run, slots: Sequence[Slot], by: User) -> None:
    """Lines that wait for a person: somebody on a private tablet, a telephone, a guest; and one whom the roll denies."""
    query = select(AttendanceInterval).where(AttendanceInterval.run_id == run.id).order_by(AttendanceInterval.id)
    lines = db.session.scalars(query).all()
    first, *others = dict.fromkeys(line.enrolment_id for line in lines)
    template = lines[0]
    for line in lines:
        if line.enrolment_id == first:
            given = line.name.partition(" ")[0]
            line.enrolment_id = line.matched = None
            line.name, line.address = f"{given} iPad", f"{given.lower()}.98@freemail.example"
    for number, (name, address) in enumerate(STRANGERS):
        joined_at = slots[0].starts_at + timedelta(minutes=11 + 4 * number)
        row = {"joined_at": joined_at, "left_at": joined_at + timedelta(minutes=69), "name": name, "address": address}
        noted = {"noted_at": template.noted_at, "noted_by": by.email, "report_id": template.report_id}
        key = counting.fingerprint("demo", run.id, name)
        db.session.add(AttendanceInterval(run_id=run.id, source=IntervalSource.IMPORT, key=key, **row, **noted))
    if others and others[0] is not None:
        mark = {"mark": RollMark.ABSENT, "called_at": template.noted_at, "called_by": by.email}
        db.session.add(RollCall(enrolment_id=others[0], slot_at=slots[0].starts_at, **mark))
    db.session.flush()
