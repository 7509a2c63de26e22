"""The sheet on which people sign in: its lines, typed or pasted, say who was there in a slot."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, select

from eventapp.audit.service import Actor, record
from eventapp.core.db import db
from eventapp.core.email import EmailError, normal_address
from eventapp.core.errors import RuleError
from eventapp.core.i18n import _
from eventapp.core.text import fold, one_line
from eventapp.training.attendance import counting
from eventapp.training.attendance.roster import roster
from eventapp.training.models import AttendanceInterval, IntervalSource, Run
from eventapp.training.rules import Slot

MOST_LINES = 2000
LONGEST = 200


@dataclass(frozen=True)
class Taken:
    """What came of a sheet: lines that are new, those of them that nobody was found for, and lines that stood there."""

    added: int
    unmatched: int
    known: int


def lines_of(text: str) -> list[str]:
    """The lines of a sheet, each once: a name, an address, or a name with more behind a TAB or a semicolon."""
    found = (one_line(line.replace("\t", ";").partition(";")[0]).lstrip("-*•·").strip() for line in text.splitlines())
    return list({fold(line): line for line in found if line}.values())


def take_in(run: Run, slot: Slot, text: str, *, by: Actor, at: datetime) -> Taken:
    """Notes everybody on a sheet as there for the whole slot; who is not found waits for somebody to match them."""
    lines = lines_of(text)
    if not lines:
        raise RuleError(_("Write one name or address on each line."), "lines", 422)
    if len(lines) > MOST_LINES or any(len(line) > LONGEST for line in lines):
        raise RuleError(_("At most %(lines)s lines of %(length)s signs each.", lines=MOST_LINES, length=LONGEST), "lines", 422)
    run = counting.lock_open(run)
    people = roster(run)
    stored = set(db.session.scalars(select(AttendanceInterval.key).where(AttendanceInterval.run_id == run.id)))
    added = unmatched = 0
    for line in lines:
        key = counting.fingerprint("sheet", slot.starts_at.isoformat(), fold(line))
        if key in stored:
            continue
        address = _address(line)
        found = people.by_address("", address) or people.by_name(line, address)
        added, unmatched = added + 1, unmatched + (found is None)
        db.session.add(
            AttendanceInterval(
                run_id=run.id,
                enrolment_id=found.enrolment_id if found else None,
                source=IntervalSource.SIGN_SHEET,
                key=key,
                joined_at=slot.starts_at,
                left_at=slot.ends_at,
                name=line,
                address=address,
                matched=found.how if found else None,
                noted_at=at,
                noted_by=by.actor_name,
            )
        )
    db.session.flush()
    if added:
        counting.recount(run, by=by, at=at)
        record(
            "attendance.sheet",
            by=by,
            at=at,
            object_type="run",
            object_id=run.id,
            object_name=run.event.title,
            event_id=run.event_id,
            changes={"slot": slot.starts_at, "added": added, "unmatched": unmatched},
        )
    return Taken(added, unmatched, len(lines) - added)


def _address(line: str) -> str:
    try:
        return normal_address(line) if "@" in line else ""
    except EmailError:
        return ""


def signed(run_id: int, slots: Sequence[Slot]) -> dict[datetime, int]:
    """How many lines of sheets there are for each slot, by its beginning."""
    query = select(AttendanceInterval.joined_at, func.count()).where(
        AttendanceInterval.run_id == run_id, AttendanceInterval.source == IntervalSource.SIGN_SHEET
    )
    found = {row[0]: row[1] for row in db.session.execute(query.group_by(AttendanceInterval.joined_at))}
    return {slot.starts_at: found.get(slot.starts_at, 0) for slot in slots}


def take_back(run: Run, slot: Slot, *, by: Actor, at: datetime) -> int:
    """Takes all lines of a slot's sheet out again; returns how many."""
    run = counting.lock_open(run)
    number = signed(run.id, [slot])[slot.starts_at]
    if not number:
        raise RuleError(_("There is no sheet of this slot."))
    gone = delete(AttendanceInterval).where(
        AttendanceInterval.run_id == run.id,
        AttendanceInterval.source == IntervalSource.SIGN_SHEET,
        AttendanceInterval.joined_at == slot.starts_at,
    )
    db.session.execute(gone)
    counting.recount(run, by=by, at=at)
    record(
        "attendance.unsheet",
        by=by,
        at=at,
        object_type="run",
        object_id=run.id,
        object_name=run.event.title,
        event_id=run.event_id,
        changes={"slot": slot.starts_at, "rows": number},
    )
    return number
