"""Lines that were matched to nobody: matched by hand, put aside, and either taken back."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, func, or_, select

from eventapp.audit.service import Actor, record
from eventapp.core.db import db
from eventapp.core.errors import NotFoundError, RuleError
from eventapp.core.i18n import _
from eventapp.training.attendance import counting
from eventapp.training.models import AttendanceInterval, Enrolment, IntervalSource, MatchedRow, Run


class Place(StrEnum):
    """Where a line stands: it waits, is of the vendor's own people, was put aside, or was matched by hand or by name."""

    WAITING = "waiting"
    STAFF = "staff"
    ASIDE = "aside"
    MATCHED = "matched"


@dataclass
class Group:
    """All lines of one name and address: whoever they are, they are the same. `id` is that of the first."""

    id: int
    name: str
    address: str
    place: Place
    enrolment_id: int | None
    lines: list[AttendanceInterval] = field(default_factory=list)

    @property
    def seconds(self) -> int:
        """How long they come to, not clipped; a line that does not say until when is nothing here."""
        return sum(int((line.left_at - line.joined_at).total_seconds()) for line in self.lines if line.left_at)


# Lines as their source wrote them; what is read off other features needs no matching.
_WRITTEN = AttendanceInterval.source.in_((IntervalSource.IMPORT, IntervalSource.SIGN_SHEET))


def waiting_condition() -> ColumnElement[bool]:
    """That a line waits for somebody to say whose it is."""
    nobody = AttendanceInterval.enrolment_id.is_(None)
    return nobody & ~AttendanceInterval.is_staff & AttendanceInterval.aside_at.is_(None)


def waiting(run_id: int) -> int:
    """How many people the waiting lines seem to be."""
    query = select(AttendanceInterval.name, AttendanceInterval.address).where(
        AttendanceInterval.run_id == run_id, waiting_condition()
    )
    return db.session.scalar(select(func.count()).select_from(query.distinct().subquery())) or 0


def groups(run_id: int) -> list[Group]:
    """Everything that waits, or was decided, or belongs to staff, each name and address once; waiting ones first."""
    by_name = (AttendanceInterval.matched == MatchedRow.NAME) & (AttendanceInterval.source == IntervalSource.IMPORT)
    by_hand = or_(AttendanceInterval.matched == MatchedRow.HAND, by_name)
    query = select(AttendanceInterval).where(
        AttendanceInterval.run_id == run_id, _WRITTEN, or_(AttendanceInterval.enrolment_id.is_(None), by_hand)
    )
    found: dict[tuple[object, ...], Group] = {}
    for line in db.session.scalars(query.order_by(AttendanceInterval.joined_at, AttendanceInterval.id)):
        place = _place(line)
        key = (line.name, line.address, place, line.enrolment_id)
        group = found.setdefault(key, Group(line.id, line.name, line.address, place, line.enrolment_id))
        group.lines.append(line)
    order = list(Place)
    return sorted(found.values(), key=lambda group: order.index(group.place))


def _place(line: AttendanceInterval) -> Place:
    if line.enrolment_id is not None:
        return Place.MATCHED
    return Place.ASIDE if line.aside_at is not None else Place.STAFF if line.is_staff else Place.WAITING


def _alike(run: Run, line_id: int) -> tuple[AttendanceInterval, Sequence[AttendanceInterval]]:
    """A written line of the run, and all that stand like it for the same name and address. Raises NotFoundError."""
    line = db.session.get(AttendanceInterval, line_id, populate_existing=True)
    if line is None or line.run_id != run.id or line.source not in (IntervalSource.IMPORT, IntervalSource.SIGN_SHEET):
        raise NotFoundError(line_id)
    query = select(AttendanceInterval).where(
        AttendanceInterval.run_id == run.id,
        AttendanceInterval.name == line.name,
        AttendanceInterval.address == line.address,
        AttendanceInterval.enrolment_id.is_not_distinct_from(line.enrolment_id),
        _WRITTEN,
    )
    return line, db.session.scalars(query).all()


def match(run: Run, line_id: int, enrolment_id: int, *, by: Actor, at: datetime) -> Enrolment:
    """Says that a line, and all others of that name and address, are somebody's. Raises NotFoundError."""
    run = counting.lock_open(run)
    line, alike = _alike(run, line_id)
    if line.enrolment_id is not None:
        raise RuleError(_("Somebody else has matched this line in the meantime."))
    enrolment = counting.enrolled_in(run, enrolment_id)
    if enrolment is None:
        raise RuleError(_("This person is not enrolled in the run any more."), "enrolment", 422)
    for one in alike:
        one.enrolment_id, one.matched, one.aside_at = enrolment.id, MatchedRow.HAND, None
    _done(run, by, at)
    record(
        "attendance.match",
        by=by,
        at=at,
        object_type="enrolment",
        object_id=enrolment.id,
        event_id=run.event_id,
        organisation_id=enrolment.organisation_id,
        person_id=enrolment.person_id,
        changes={"line": line.name, "rows": len(alike)},
    )
    return enrolment


def put_aside(run: Run, line_id: int, *, by: Actor, at: datetime) -> None:
    """Says that a line and all like it are nobody's who is enrolled. Raises NotFoundError."""
    run = counting.lock_open(run)
    line, alike = _alike(run, line_id)
    if line.enrolment_id is not None:
        raise RuleError(_("Somebody else has matched this line in the meantime."))
    for one in alike:
        one.aside_at = at
    db.session.flush()
    record(
        "attendance.aside",
        by=by,
        at=at,
        object_type="run",
        object_id=run.id,
        object_name=run.event.title,
        event_id=run.event_id,
        changes={"rows": len(alike)},
    )


def take_back(run: Run, line_id: int, *, by: Actor, at: datetime) -> None:
    """Lets a line and all like it wait again that were matched or put aside. Raises NotFoundError."""
    run = counting.lock_open(run)
    line, alike = _alike(run, line_id)
    if line.enrolment_id is None and line.aside_at is None:
        raise RuleError(_("This line waits already."))
    enrolment = db.session.get(Enrolment, line.enrolment_id) if line.enrolment_id is not None else None
    for one in alike:
        one.enrolment_id = one.matched = one.aside_at = None
    _done(run, by, at)
    record(
        "attendance.unmatch",
        by=by,
        at=at,
        object_type="enrolment" if enrolment else "run",
        object_id=enrolment.id if enrolment else run.id,
        event_id=run.event_id,
        organisation_id=enrolment.organisation_id if enrolment else None,
        person_id=enrolment.person_id if enrolment else None,
        changes={"rows": len(alike)},
    )


def _done(run: Run, by: Actor, at: datetime) -> None:
    db.session.flush()
    counting.recount(run, by=by, at=at)
