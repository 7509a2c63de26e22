"""Everything that the sources say about a run, read in a handful of queries, and what it comes to for each person."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import select

from eventapp.agenda.joining.models import Arrival
from eventapp.core.db import db
from eventapp.events.models import Mode
from eventapp.partners.models import Organisation
from eventapp.registrations.models import SHOWN_COMPANY, Registration
from eventapp.training import queries
from eventapp.training.attendance import rules
from eventapp.training.attendance.rules import Doubt, InSlot, Said
from eventapp.training.models import (
    AttendanceInterval,
    AttendanceState,
    Enrolment,
    EnrolmentState,
    IntervalSource,
    RollCall,
    RollMark,
    Run,
)
from eventapp.training.rules import Slot

# Sources that have seen somebody in a room.
_IN_ROOM = (IntervalSource.SIGN_SHEET, IntervalSource.DOOR)


class Participant(NamedTuple):
    """Somebody enrolled, as trainers see them: by name and company."""

    id: int
    name: str
    company: str
    mode: Mode
    checked_in_at: datetime | None
    attendance: AttendanceState | None
    settled: bool


class Line(NamedTuple):
    """An interval of somebody as its source has it."""

    enrolment_id: int
    source: IntervalSource
    joined_at: datetime
    left_at: datetime | None
    key: str

    @property
    def said(self) -> Said:
        """The same for the rules."""
        return Said(self.source, self.joined_at, self.left_at)


@dataclass
class Evidence:
    """What is known about a run. `clicks` are those on join links, `reported` the slots that a report covers."""

    run: Run
    slots: list[Slot]
    people: list[Participant]
    lines: dict[int, list[Line]] = field(default_factory=dict)
    marks: dict[int, dict[datetime, RollMark]] = field(default_factory=dict)
    clicks: dict[int, list[datetime]] = field(default_factory=dict)
    reported: list[Slot] = field(default_factory=list)
    # How many names and addresses wait for somebody to say whose they are.
    waiting: int = 0

    def seconds(self, enrolment_id: int) -> int:
        """How long somebody was there, by all sources together."""
        said = [line.said for line in self.lines.get(enrolment_id, ())]
        return rules.attended(rules.counting(said, self.slots, self.reported), self.slots)

    def over(self, at: datetime) -> bool:
        """Whether the run has ended, by the clock or by a report that reaches into its last slot."""
        if not self.slots:
            return False
        return at >= self.slots[-1].ends_at or self.slots[-1] in self.reported

    def in_slots(self, person: Participant) -> list[InSlot]:
        """What the sources say of somebody in each slot."""
        lines = self.lines.get(person.id, ())
        found = []
        for slot in self.slots:
            clicks = [at for at in self.clicks.get(person.id, ()) if rules.near(at, self.slots) is slot]
            by_report = [line.said for line in lines if line.source is IntervalSource.IMPORT]
            seen = [line for line in lines if line.source in _IN_ROOM and rules.slot_of(line.joined_at, self.slots) is slot]
            found.append(
                InSlot(
                    slot,
                    reported=slot in self.reported,
                    on_video=person.mode is Mode.VIRTUAL,
                    clicked=bool(clicks),
                    report=_within(by_report, slot, self.slots),
                    seen=bool(seen),
                    mark=self.marks.get(person.id, {}).get(slot.starts_at),
                )
            )
        return found

    def doubts(self, person: Participant) -> list[tuple[Slot, Doubt]]:
        """Where sources disagree about somebody; nowhere once it was settled."""
        if person.settled:
            return []
        partial_from = self.run.course_version.partial_from
        return [(found.slot, doubt) for found in self.in_slots(person) for doubt in rules.doubts(found, partial_from)]


def _within(said: Sequence[Said], slot: Slot, slots: Sequence[Slot]) -> int:
    """The seconds of one slot; an end that is not said is that of the slot it began in, not of this one."""
    return rules.attended([Said(one.source, one.joined_at, rules.end_of(one, slots)) for one in said], [slot])


def gather(run: Run, only: Collection[int] | None = None) -> Evidence:
    """What is known about a run and those who are enrolled in it; `only` narrows the people, not the reports."""
    slots = queries.slots_of([run])[run.id]
    found = Evidence(run, slots, participants(run.id, only))
    ids = {person.id for person in found.people}
    lines = select(
        AttendanceInterval.enrolment_id,
        AttendanceInterval.source,
        AttendanceInterval.joined_at,
        AttendanceInterval.left_at,
        AttendanceInterval.key,
        AttendanceInterval.name,
        AttendanceInterval.address,
        (AttendanceInterval.is_staff | AttendanceInterval.aside_at.is_not(None)).label("decided"),
    ).where(AttendanceInterval.run_id == run.id)
    reported: list[tuple[datetime, datetime | None]] = []
    waiting = set()
    for row in db.session.execute(lines.order_by(AttendanceInterval.joined_at, AttendanceInterval.id)):
        if row.source is IntervalSource.IMPORT:
            reported.append((row.joined_at, row.left_at))
        if row.enrolment_id is None and not row.decided:
            waiting.add((row.name, row.address))
        if row.enrolment_id is not None and row.enrolment_id in ids:
            line = Line(row.enrolment_id, row.source, row.joined_at, row.left_at, row.key)
            found.lines.setdefault(row.enrolment_id, []).append(line)
    found.reported, found.waiting = rules.reported_slots(reported, slots), len(waiting)
    marks = select(RollCall.enrolment_id, RollCall.slot_at, RollCall.mark)
    marks = marks.join(Enrolment, Enrolment.id == RollCall.enrolment_id).where(Enrolment.run_id == run.id)
    for enrolment_id, slot_at, mark in db.session.execute(marks):
        found.marks.setdefault(enrolment_id, {})[slot_at] = mark
    found.clicks = clicks(run)
    return found


def participants(run_id: int, only: Collection[int] | None = None) -> list[Participant]:
    """Those who hold a seat, by family name."""
    query = _people().where(Enrolment.run_id == run_id, Enrolment.state == EnrolmentState.ENROLLED)
    if only is not None:
        query = query.where(Enrolment.id.in_(only))
    return [_participant(row) for row in db.session.execute(query.order_by(Registration.name, Enrolment.id))]


def _people() -> Any:
    return (
        select(
            Enrolment.id,
            Registration.name,
            SHOWN_COMPANY.label("company"),
            Registration.mode,
            Registration.checked_in_at,
            Enrolment.attendance,
            Enrolment.settled_at,
        )
        .join(Registration, Registration.id == Enrolment.registration_id)
        .join(Organisation, Organisation.id == Registration.organisation_id)
    )


def _participant(row: Any) -> Participant:
    return Participant(row.id, row.name, row.company, row.mode, row.checked_in_at, row.attendance, row.settled_at is not None)


def clicks(run: Run) -> dict[int, list[datetime]]:
    """First and last click on the join link of the run's event or session, by enrolment."""
    query = (
        select(Enrolment.id, Arrival.first_at, Arrival.last_at)
        .join(Enrolment, Enrolment.registration_id == Arrival.registration_id)
        .where(Enrolment.run_id == run.id, Arrival.session_id.is_not_distinct_from(run.session_id))
    )
    found: dict[int, list[datetime]] = defaultdict(list)
    for enrolment_id, first_at, last_at in db.session.execute(query):
        found[enrolment_id] += sorted({first_at, last_at})
    return found


def sources(lines: Sequence[Line], marks: Mapping[datetime, RollMark]) -> list[IntervalSource]:
    """Which sources say something about somebody, in their order."""
    known = {line.source for line in lines} | ({IntervalSource.ROLL_CALL} if marks else set())
    return [source for source in IntervalSource if source in known]
