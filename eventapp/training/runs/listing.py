"""The organizer's list of runs, with how full each is."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, String, and_, case, func, or_, select, type_coerce
from sqlalchemy.orm import aliased
from werkzeug.datastructures import MultiDict

from eventapp.accounts.models import User
from eventapp.accounts.permissions import Viewer
from eventapp.agenda.models import AgendaRelease, AgendaSession, ReleasedSlot
from eventapp.core.db import db
from eventapp.core.exports import ExportColumn
from eventapp.core.i18n import _, ngettext
from eventapp.core.tables import Choice, Column, Filter, Listing, Table
from eventapp.core.text import fold
from eventapp.events.models import FORMAT_LABELS, Event, EventFormat, EventStatus
from eventapp.places.models import Pool
from eventapp.training.models import (
    RUN_LABELS,
    Course,
    CourseVersion,
    Enrolment,
    EnrolmentState,
    Run,
    RunStatus,
    RunTrainer,
)

_ALL, _ROOM, _VIDEO, _INSIDE = (aliased(Pool, name=name) for name in ("all_places", "in_person", "virtual", "inside"))
_LATEST = select(func.max(AgendaRelease.id)).where(AgendaRelease.event_id == Run.event_id).correlate(Run).scalar_subquery()


def _released(value: ColumnElement[Any]) -> ColumnElement[Any]:
    here = (ReleasedSlot.release_id == _LATEST, ReleasedSlot.session_id == Run.session_id, ~ReleasedSlot.cancelled)
    return select(value).where(*here).correlate(Run).scalar_subquery()


# Inside an agenda a run begins and ends as its session was released last.
STARTS = func.coalesce(_released(func.min(ReleasedSlot.starts_at)), Event.starts_at)
ENDS = func.coalesce(_released(func.max(ReleasedSlot.ends_at)), Event.ends_at)
TITLE = func.coalesce(AgendaSession.title, Event.title)
SEATS = case(
    (Run.session_id.is_not(None), _INSIDE.capacity),
    (Event.format == EventFormat.HYBRID, _ROOM.capacity + _VIDEO.capacity),
    else_=_ALL.capacity,
)


def _enrolled(*states: EnrolmentState) -> ColumnElement[int]:
    found = select(func.count()).where(Enrolment.run_id == Run.id, Enrolment.state.in_(states))
    return found.correlate(Run).scalar_subquery()


ENROLLED, WAITING = _enrolled(EnrolmentState.ENROLLED, EnrolmentState.OFFERED), _enrolled(EnrolmentState.WAITLISTED)


def status_of(at: datetime) -> ColumnElement[str]:
    """Where a run stands at a moment, as `rules.run_status` says it."""
    closes = func.coalesce(Event.registration_closes_at, ENDS)
    closed = or_(Event.status == EventStatus.CLOSED, Event.registration_opens_at > at, closes <= at)
    found: ColumnElement[str] = case(
        (Event.status == EventStatus.CANCELLED, RunStatus.CANCELLED.value),
        (Event.status == EventStatus.DRAFT, RunStatus.DRAFT.value),
        (Run.done_at.is_not(None), RunStatus.DONE.value),
        (at >= ENDS, RunStatus.ENDED.value),
        (at >= STARTS, RunStatus.RUNNING.value),
        (closed, RunStatus.CLOSED.value),
        (ENROLLED >= SEATS, RunStatus.FULL.value),
        else_=RunStatus.OPEN.value,
    )
    return type_coerce(found, String())


def too_few(at: datetime) -> ColumnElement[bool]:
    """Whether a coming run has fewer enrolled than it should."""
    coming = Event.status.in_((EventStatus.PUBLISHED, EventStatus.CLOSED))
    return and_(coming, at < STARTS, Run.seats_min > ENROLLED)


def _select(at: datetime) -> Select[*tuple[Any, ...]]:
    return (
        select(
            Run.id.label("id"),
            Run.session_id,
            Run.seats_min,
            Run.language,
            TITLE.label("title"),
            Course.code.label("course_code"),
            Event.slug,
            Event.title.label("event_title"),
            Event.format,
            Event.time_zone,
            Event.city,
            STARTS.label("starts_at"),
            ENDS.label("ends_at"),
            status_of(at).label("status"),
            SEATS.label("seats"),
            ENROLLED.label("enrolled"),
            WAITING.label("waiting"),
            too_few(at).label("too_few"),
        )
        .select_from(Run)
        .join(Event, Event.id == Run.event_id)
        .join(CourseVersion, CourseVersion.id == Run.version_id)
        .join(Course, Course.id == CourseVersion.course_id)
        .join(_ALL, _ALL.id == Event.pool_id)
        .join(_ROOM, _ROOM.id == Event.in_person_pool_id)
        .join(_VIDEO, _VIDEO.id == Event.virtual_pool_id)
        .outerjoin(AgendaSession, AgendaSession.id == Run.session_id)
        .outerjoin(_INSIDE, _INSIDE.id == AgendaSession.pool_id)
    )


def _search(text: str) -> ColumnElement[bool]:
    wanted = f"%{fold(text)}%"
    return or_(func.lower(TITLE).like(wanted), func.lower(Course.code).like(wanted), func.lower(Event.city).like(wanted))


def table(path: str, at: datetime) -> Table:
    """What the list can do."""
    courses: list[Choice] = [(row.code, row.code, None) for row in db.session.execute(select(Course.code).order_by(Course.code))]
    giving = select(User.id, User.name, User.email).where(User.id.in_(select(RunTrainer.user_id))).order_by(User.name, User.id)
    trainers: list[Choice] = [(str(row.id), row.name or row.email, None) for row in db.session.execute(giving)]
    return Table(
        path=path,
        columns=(
            Column("title", _("Run"), func.lower(TITLE)),
            Column("starts_at", _("Starts"), STARTS),
            Column("status", _("Status")),
            Column("seats", _("Seats"), ENROLLED),
            Column("waiting", _("Waiting"), WAITING, numeric=True),
            Column("trainers", _("Trainers")),
        ),
        key=Run.id,
        default="-starts_at",
        filters=(
            Filter("status", _("Status"), [(s.value, str(RUN_LABELS[s]), None) for s in RunStatus], status_of(at).in_),
            Filter("course", _("Course"), courses, Course.code.in_),
            Filter("trainer", _("Trainer"), trainers, _given_by),
            Filter("when", _("When"), _years(), _in_years),
            Filter("seats", _("Seats"), [("few", _("Fewest not reached"), None)], lambda _values: too_few(at)),
            Filter("format", _("How"), [(f.value, str(label), None) for f, label in FORMAT_LABELS.items()], Event.format.in_),
        ),
        search=_search,
        search_label=_("Search title, course, city"),
    )


def _given_by(values: list[str]) -> ColumnElement[bool]:
    return Run.id.in_(select(RunTrainer.run_id).where(RunTrainer.user_id.in_([int(value) for value in values])))


def _years() -> list[Choice]:
    """The quarters in which there are runs, latest first."""
    first, last = db.session.execute(select(func.min(Event.starts_at), func.max(Event.starts_at)).join(Run)).one()
    if first is None or last is None:
        return []
    found: list[Choice] = []
    for year in range(last.year, first.year - 1, -1):
        for quarter in range(4, 0, -1):
            start, end = _quarter(f"{year}q{quarter}")
            if start <= last and end > first:
                found.append((f"{year}q{quarter}", _("Quarter %(n)s of %(year)s", n=quarter, year=year), None))
    return found[:40]


def _quarter(key: str) -> tuple[datetime, datetime]:
    year, quarter = int(key[:4]), int(key[5:])
    start = datetime(year, quarter * 3 - 2, 1, tzinfo=UTC)
    end = datetime(year + quarter // 4, quarter % 4 * 3 + 1, 1, tzinfo=UTC)
    return start, end


def _in_years(values: list[str]) -> ColumnElement[bool]:
    return or_(*(and_(start <= STARTS, end > STARTS) for start, end in map(_quarter, values)))


def page(_viewer: Viewer, path: str, args: MultiDict[str, str], at: datetime) -> Listing:
    """A page of all runs; for the vendor's readers only."""
    query = _select(at)

    def totals(conditions: list[ColumnElement[bool]]) -> list[tuple[int, str]]:
        found = query.where(*conditions).subquery()
        row = db.session.execute(select(func.count(), func.sum(found.c.enrolled), func.sum(found.c.seats))).one()
        runs, enrolled, seats = (int(value or 0) for value in row)
        people = ngettext("person enrolled", "people enrolled", enrolled)
        return [(runs, ngettext("run", "runs", runs)), (enrolled, people), (seats, ngettext("seat", "seats", seats))]

    return table(path, at).page(query, args, totals)


def ids(path: str, args: MultiDict[str, str], at: datetime) -> Sequence[int]:
    """The ids of all runs that the list shows, on whichever page of it, in order."""
    query = _select(at).with_only_columns(Run.id).where(*table(path, at).condition(args))
    return db.session.scalars(query.order_by(Run.id)).all()


def trainers_of(run_ids: Collection[int]) -> Mapping[int, list[str]]:
    """The names of whoever gives each of these runs."""
    found: dict[int, list[str]] = {run_id: [] for run_id in run_ids}
    query = select(RunTrainer.run_id, User.name, User.email).join(User, User.id == RunTrainer.user_id)
    query = query.where(RunTrainer.run_id.in_(run_ids)).order_by(RunTrainer.position, User.name)
    for run_id, name, email in db.session.execute(query):
        found[run_id].append(name or email)
    return found


def one(run_id: int, at: datetime) -> Row[*tuple[Any, ...]]:
    """One run as the list has it."""
    return db.session.execute(_select(at).where(Run.id == run_id)).one()


def own(viewer: Viewer, at: datetime) -> Mapping[str, Sequence[Any]]:
    """The runs that the viewer gives: `coming`, `running` and to `finish`, each by time; the latest `done` ones."""
    mine = select(RunTrainer.run_id).where(RunTrainer.user_id == (viewer.user.id if viewer.user else None))
    rows = db.session.execute(_select(at).where(Run.id.in_(mine)).order_by(STARTS, Run.id)).all()
    places = {
        "running": {RunStatus.RUNNING},
        "finish": {RunStatus.ENDED},
        "coming": {RunStatus.OPEN, RunStatus.FULL, RunStatus.CLOSED, RunStatus.DRAFT},
    }
    found = {key: [row for row in rows if row.status in states] for key, states in places.items()}
    over = [row for row in rows if row.status in (RunStatus.DONE, RunStatus.CANCELLED)]
    return {**found, "done": over[::-1][:20]}


EXPORT = (
    *(ExportColumn(name) for name in ("course_code", "title", "slug", "event_title", "format", "city", "language", "status")),
    *(ExportColumn(name, "moment") for name in ("starts_at", "ends_at")),
    *(ExportColumn(name, "number") for name in ("seats_min", "seats", "enrolled", "waiting")),
    ExportColumn("trainers"),
)


def export_rows(path: str, args: MultiDict[str, str], at: datetime) -> Iterator[Sequence[Any]]:
    """What the list shows, one row for each run."""
    found = db.session.execute(_select(at).where(*table(path, at).condition(args)).order_by(STARTS, Run.id)).all()
    trainers = trainers_of([row.id for row in found])
    for row in found:
        values = {**row._mapping, "trainers": "; ".join(trainers[row.id]), "format": row.format.value}
        yield [values[column.header] for column in EXPORT]
