"""The dates on which courses are given, as everybody may see them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from eventapp.agenda.models import AgendaSession, SessionStatus
from eventapp.core.db import db
from eventapp.events.models import Admission, Event, EventFormat, EventStatus
from eventapp.events.rules import Window, availability, state_of, window
from eventapp.partners.models import Country, SubRegion
from eventapp.places.models import Pool
from eventapp.training import queries
from eventapp.training.models import CourseVersion, Run
from eventapp.training.rules import Slot


@dataclass(frozen=True)
class Place:
    """A country and the sub-region that it belongs to."""

    country: str
    region: str
    region_label: str


@dataclass(frozen=True)
class CourseDate:
    """A run that people can see: when, where, and whether seats are left.

    `left` is how many seats are free (none: no limit), `waiting` how many people wait for one. `stage` is where enrolling
    stands. A run inside an agenda is reached by its event, so `code` names its session.
    """

    run: Run
    slots: Sequence[Slot]
    format: EventFormat
    stage: Window
    full: bool
    left: int | None
    waiting: int
    opens_at: datetime | None
    closes_at: datetime | None
    place: Place | None = None
    code: str = ""

    @property
    def starts_at(self) -> datetime:
        """When the first slot begins."""
        return self.slots[0].starts_at

    @property
    def ends_at(self) -> datetime:
        """When the last slot ends."""
        return self.slots[-1].ends_at

    @property
    def by_invitation(self) -> bool:
        """Whether only those come who were invited."""
        return self.run.event.admission is Admission.INVITATION

    @property
    def takes(self) -> bool:
        """Whether somebody who comes now gets a seat."""
        return self.stage is Window.OPEN and not self.full and not self.by_invitation


@dataclass
class Dates:
    """The dates to come of several courses, each course's in order, by the course's id."""

    by_course: dict[int, list[CourseDate]] = field(default_factory=dict)

    def of(self, course_id: int) -> Sequence[CourseDate]:
        """The dates of a course."""
        return self.by_course.get(course_id, [])

    def all(self) -> Iterable[CourseDate]:
        """All dates."""
        for dates in self.by_course.values():
            yield from dates


def upcoming(now: datetime, *, course_id: int | None = None) -> Dates:
    """The dates that have not begun, of all courses or of one: published, not cancelled, and listed. Two or three queries."""
    query = (
        queries.runs()
        .outerjoin(Country, Country.code == Event.country_code)
        .outerjoin(SubRegion, SubRegion.key == Country.sub_region_key)
        .add_columns(Country.name, SubRegion.key, SubRegion.label)
        .options(
            joinedload(Run.event).joinedload(Event.in_person_pool),
            joinedload(Run.event).joinedload(Event.virtual_pool),
            joinedload(Run.session).joinedload(AgendaSession.pool),
        )
        .where(Event.ends_at > now, Event.status.in_((EventStatus.PUBLISHED, EventStatus.CLOSED)))
    )
    if course_id is not None:
        query = query.where(Run.version_id.in_(select(CourseVersion.id).where(CourseVersion.course_id == course_id)))
    rows = [row for row in db.session.execute(query.order_by(Event.starts_at, Run.id)) if _listed(row[0])]
    slots = queries.slots_of([row[0] for row in rows])
    found = Dates()
    for run, country, region, label in rows:
        if slots[run.id] and slots[run.id][0].starts_at > now:
            date = _date(run, slots[run.id], Place(country, region, label) if country else None, now)
            found.by_course.setdefault(run.course_version.course_id, []).append(date)
    for dates in found.by_course.values():
        dates.sort(key=lambda date: (date.starts_at, date.run.id))
    return found


def stamp() -> tuple[Any, ...]:
    """What the dates depend on, as far as a minute may change it: versions of their events, and places taken."""
    row = select(func.count(), func.max(Run.id), func.sum(Event.version), func.sum(Pool.taken), func.sum(Pool.waiting))
    row = row.select_from(Run).join(Event, Event.id == Run.event_id).join(Pool, Pool.id == Event.pool_id)
    return tuple(db.session.execute(row.where(Event.status != EventStatus.DRAFT)).one())


def _listed(run: Run) -> bool:
    return run.session is None or (run.session.listed and run.session.status is SessionStatus.CONFIRMED)


def _date(run: Run, slots: Sequence[Slot], place: Place | None, now: datetime) -> CourseDate:
    event, session = run.event, run.session
    form = (session.delivery if session is not None else None) or event.format
    closes_at = session.signs_up_until if session is not None and session.signs_up_until else event.registration_closes_at
    if session is not None:
        pools = [session.pool] if session.pool is not None else []
        full = any(pool.capacity is not None and pool.taken >= pool.capacity for pool in pools)
    else:
        pools = [event.pool]
        if event.format is EventFormat.HYBRID:
            pools += [event.in_person_pool, event.virtual_pool]
        full = availability(state_of(event)) == "full"
    return CourseDate(
        run=run,
        slots=slots,
        format=form,
        stage=window(event, now, closes_at=closes_at),
        full=full,
        left=0 if full else _left(event, run),
        waiting=sum(pool.waiting for pool in pools),
        opens_at=event.registration_opens_at,
        closes_at=closes_at,
        place=None if form is EventFormat.VIRTUAL else place,
        code=session.code if session is not None else "",
    )


def _left(event: Event, run: Run) -> int | None:
    """Free seats, over the modes together; none where there is no limit."""
    if run.session is not None:
        pool = run.session.pool
        return None if pool is None or pool.capacity is None else max(0, pool.capacity - pool.taken)
    own = [event.in_person_pool, event.virtual_pool] if event.format is EventFormat.HYBRID else []
    free = [None if pool.capacity is None else max(0, pool.capacity - pool.taken) for pool in own]
    modes = sum(n for n in free if n is not None) if free and None not in free else None
    whole = None if event.pool.capacity is None else max(0, event.pool.capacity - event.pool.taken)
    limits = [n for n in (modes, whole) if n is not None]
    return min(limits) if limits else None
