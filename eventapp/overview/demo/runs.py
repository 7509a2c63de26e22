"""Forty runs of the demo's courses: past ones with what came of them, running, coming, full, too empty, and cancelled ones."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from random import Random
from typing import NamedTuple

from sqlalchemy import select

from eventapp.accounts.models import User
from eventapp.agenda.models import AgendaSession
from eventapp.core.db import db
from eventapp.core.times import to_local, to_utc
from eventapp.events.models import NO_TIER, EventFormat, Mode
from eventapp.events.parts import PartDetails
from eventapp.overview.demo.companies import DONAU, Company
from eventapp.overview.demo.events import FLAGSHIP
from eventapp.overview.demo.people import Colleague
from eventapp.overview.demo.seats import QUOTAS, Seat
from eventapp.overview.demo.writing import write_seats
from eventapp.partners.models import OrganisationStatus
from eventapp.registrations.models import Registration, RegistrationStatus, Source
from eventapp.training import completing
from eventapp.training.enrolling import following
from eventapp.training.models import (
    AttendanceState,
    Certificate,
    CourseVersion,
    Enrolment,
    EnrolmentState,
    Needed,
    Prerequisite,
    ResultState,
    Run,
)
from eventapp.training.queries import slots_of
from eventapp.training.runs import service
from eventapp.training.runs.details import InsideDetails, RunDetails

ROOM, VIDEO, BOTH = EventFormat.IN_PERSON, EventFormat.VIRTUAL, EventFormat.HYBRID


class Town(NamedTuple):
    """Where runs take place."""

    city: str
    country: str
    zone: str
    venue: str


VIENNA = Town("Vienna", "AT", "Europe/Vienna", "Academy am Donaukanal, Saal 2")
MUNICH = Town("Munich", "DE", "Europe/Berlin", "Karmin House, Isarraum")
PARIS = Town("Paris", "FR", "Europe/Paris", "Espace Lumière, salle B")
LONDON = Town("London", "GB", "Europe/London", "Wharf Training Rooms, room 4")
WARSAW = Town("Warsaw", "PL", "Europe/Warsaw", "Centrum Szkoleń, sala 1")
MADRID = Town("Madrid", "ES", "Europe/Madrid", "Aula Castellana")
ONLINE = Town("", "", "Europe/Vienna", "")


class Planned(NamedTuple):
    """A run: its course, in how many days it starts, how, where, seats, how many come and wait, and what becomes of it."""

    code: str
    days: int
    format: EventFormat
    town: Town
    seats: int
    people: int
    waiting: int = 0
    fewest: int = 4
    end: str = ""


DONE, CHECK, CANCELLED, DRAFT = "done", "check", "cancelled", "draft"
PLANNED = (
    Planned("COR-101", -170, ROOM, VIENNA, 14, 12, end=DONE),
    Planned("SAL-101", -160, VIDEO, ONLINE, 40, 31, end=DONE),
    Planned("COR-201", -140, ROOM, MUNICH, 12, 11, end=DONE),
    Planned("VPS-101", -132, VIDEO, ONLINE, 12, 12, end=DONE),
    Planned("VLT-201", -118, VIDEO, ONLINE, 16, 9, end=DONE),
    Planned("COR-101", -104, VIDEO, ONLINE, 20, 18, end=DONE),
    Planned("PRE-201", -96, ROOM, LONDON, 12, 8, end=DONE),
    Planned("FLT-201", -82, VIDEO, ONLINE, 16, 13, end=DONE),
    Planned("SAL-201", -75, ROOM, PARIS, 14, 10, end=DONE),
    Planned("COR-301", -66, ROOM, VIENNA, 10, 7, end=DONE),
    Planned("VPS-101", -54, VIDEO, ONLINE, 12, 11, end=DONE),
    Planned("COR-101", -45, ROOM, WARSAW, 14, 13, end=DONE),
    Planned("SAL-210", -38, VIDEO, ONLINE, 40, 27, end=DONE),
    Planned("COR-201", -31, VIDEO, ONLINE, 16, 12, end=DONE),
    Planned("RLY-201", -24, VIDEO, ONLINE, 16, 6, end=DONE),
    Planned("SAL-101", -16, VIDEO, ONLINE, 40, 22, end=DONE),
    Planned("VPS-101", -9, VIDEO, ONLINE, 12, 10, end=CHECK),
    Planned("PRE-201", -5, ROOM, MADRID, 12, 9, end=CHECK),
    Planned("COR-101", -3, VIDEO, ONLINE, 20, 17),
    Planned("COR-201", -3, VIDEO, ONLINE, 16, 14),
    Planned("SAL-101", 3, VIDEO, ONLINE, 40, 26),
    Planned("VPS-101", 6, VIDEO, ONLINE, 12, 12, waiting=5),
    Planned("COR-101", 9, ROOM, VIENNA, 14, 14, waiting=3),
    Planned("VLT-201", 12, VIDEO, ONLINE, 16, 2, fewest=5),
    Planned("SAL-201", 15, BOTH, MUNICH, 12, 15),
    Planned("COR-201", 20, ROOM, PARIS, 12, 9),
    Planned("FLT-201", 24, VIDEO, ONLINE, 16, 7),
    Planned("SAL-210", 27, VIDEO, ONLINE, 40, 12),
    Planned("PRE-301", 33, ROOM, LONDON, 8, 3, fewest=5),
    Planned("COR-101", 38, BOTH, WARSAW, 12, 9),
    Planned("RLY-201", 44, VIDEO, ONLINE, 16, 4),
    Planned("COR-301", 51, ROOM, MUNICH, 10, 5),
    Planned("PRE-201", 58, VIDEO, ONLINE, 14, 6),
    Planned("VPS-101", 65, VIDEO, ONLINE, 12, 4),
    Planned("SAL-101", 72, VIDEO, ONLINE, 40, 8),
    Planned("COR-201", 86, VIDEO, ONLINE, 16, 0),
    Planned("SAL-201", 30, ROOM, MADRID, 14, 3, fewest=6, end=CANCELLED),
    Planned("VLT-201", -60, ROOM, LONDON, 12, 2, fewest=5, end=CANCELLED),
    Planned("COR-301", 100, ROOM, VIENNA, 10, 0, end=DRAFT),
)
# The fortieth is a session of the conference.
INSIDE = "VPS-101"
REASON = "Too few participants; the next date is in the catalogue"


class _People:
    """Who may take which course: what they hold, until when."""

    def __init__(self, companies: Sequence[Company], random: Random) -> None:
        active = [c for c in companies if c.people and c.status is OrganisationStatus.ACTIVE]
        self.all = [(company, person) for company in active for person in company.people]
        self.random = random
        self.taken: set[tuple[str, int]] = set()
        self.held: dict[int, list[tuple[tuple[str, int], date | None]]] = {}
        query = select(Certificate.person_id, CourseVersion.course_id, Certificate.credential_id, Certificate.expires_on)
        query = query.outerjoin(CourseVersion, CourseVersion.id == Certificate.version_id)
        good = query.where(Certificate.revoked_at.is_(None), Certificate.replaced_by_id.is_(None))
        for person_id, course_id, credential_id, expires_on in db.session.execute(good):
            key = ("course", course_id) if course_id is not None else ("credential", credential_id)
            self.held.setdefault(person_id, []).append((key, expires_on))

    def choose(self, version: CourseVersion, code: str, day: date, number: int) -> list[tuple[Company, Colleague]]:
        """So many people who hold what the course asks for on that day, few of one company; nobody takes a course twice."""
        needs = {
            ("course", one.course_id) if one.course_id is not None else ("credential", one.credential_id or 0)
            for one in db.session.scalars(select(Prerequisite).filter_by(version_id=version.id))
        }
        fit = [
            pair for pair in self.all if self._may(pair[1], needs, version.needed, day) and (code, pair[1].id) not in self.taken
        ]
        own = [pair for pair in fit if pair[0].domain == DONAU][:1]
        others = [pair for pair in fit if pair[0].domain != DONAU]
        chosen: list[tuple[Company, Colleague]] = []
        for pair in [*own, *self.random.sample(others, min(len(others), number * 4))]:
            if len(chosen) < number and sum(company is pair[0] for company, _person in chosen) < 3:
                chosen.append(pair)
        self.taken |= {(code, person.id) for _company, person in chosen}
        return chosen

    def _may(self, person: Colleague, needs: set[tuple[str, int]], needed: Needed, day: date) -> bool:
        if not needs:
            return True
        held = {key for key, expires_on in self.held.get(person.id, ()) if expires_on is None or expires_on >= day}
        return needs <= held if needed is Needed.ALL else bool(needs & held)


def fill(
    versions: Mapping[str, CourseVersion], companies: Sequence[Company], *, by: User, trainers: Sequence[User], random: Random,
    at: datetime,
) -> None:  # fmt: skip
    """Writes the runs with their people, and what came of those that are over."""
    people = _People(companies, random)
    for number, planned in enumerate(PLANNED):
        version = versions[planned.code]
        details = _details(planned, version, (trainers[number % len(trainers)].id,), at)
        made_at = min(at, details.slots[0].starts_at) - timedelta(days=40)
        run = service.create(version, details, by=by, now=made_at)
        if planned.end == DRAFT:
            continue
        service.open_up(run, by=by, now=made_at)
        _enrol(run, planned, people, by, made_at, min(at, details.slots[0].starts_at))
        if planned.end in (DONE, CHECK):
            _outcomes(run, planned, random, by)
        elif planned.end == CANCELLED:
            run.event.status, run.event.cancelled_reason = run.event.status.CANCELLED, REASON
            db.session.flush()
    _inside(versions[INSIDE], trainers[0], by, at)


def _details(planned: Planned, version: CourseVersion, trainer_ids: tuple[int, ...], at: datetime) -> RunDetails:
    town, format_ = planned.town, planned.format
    hybrid = format_ is BOTH
    slots = tuple(_slots(planned, version, at))
    return RunDetails(
        slots=slots,
        time_zone=town.zone,
        format=format_,
        venue=town.venue,
        city=town.city,
        country_code=town.country or None,
        join_url="" if format_ is ROOM else "https://meet.karmin.example/academy",
        closes_at=slots[0].starts_at - timedelta(hours=12),
        seats_min=planned.fewest,
        language=str(version.languages[0]),
        trainer_ids=trainer_ids,
        contact_email="academy@karmin.example",
        sender_name="Karmin Academy",
        capacity=None if hybrid else planned.seats,
        capacity_in_person=planned.seats if hybrid else None,
        capacity_virtual=20 if hybrid else None,
    )


def _slots(planned: Planned, version: CourseVersion, at: datetime) -> Iterator[PartDetails]:
    """Whole days in a room, half ones on video, none on a weekend."""
    longest = 240 if planned.format is VIDEO else 480
    left, day = version.minutes, to_local(at, planned.town.zone).date() + timedelta(days=planned.days)
    number = -(-left // longest)
    while left > 0:
        while day.weekday() > 4:
            day += timedelta(days=1)
        start = to_utc(datetime(day.year, day.month, day.day, 9), planned.town.zone)  # noqa: DTZ001 - local, made UTC here
        minutes = min(longest, left)
        label = f"Part {1 + number - -(-left // longest)}" if number > 1 else ""
        yield PartDetails(start, start + timedelta(minutes=minutes), label)
        left, day = left - minutes, day + timedelta(days=1)


def _enrol(run: Run, planned: Planned, people: _People, by: User, opened: datetime, until: datetime) -> None:
    day = to_local(run.event.starts_at, run.event.time_zone).date()
    chosen = people.choose(run.course_version, planned.code, day, planned.people + planned.waiting)
    seats = []
    for number, (company, person) in enumerate(chosen):
        moment = opened + (until - opened) * (0.05 + 0.9 * number / max(1, len(chosen)))
        waits = number >= planned.people
        on_video = planned.format is VIDEO or (planned.format is BOTH and number >= planned.seats - 2)
        seat = Seat(company, person, moment.replace(microsecond=0), Mode.VIRTUAL if on_video else Mode.IN_PERSON)
        seat.source = Source.COMPANY if number % 3 else Source.PERSON
        if waits:
            seat.status, seat.waits_for = RegistrationStatus.WAITING, "event"
        elif planned.end == CANCELLED or (planned.waiting == 0 and number % 9 == 8):
            seat.status = RegistrationStatus.CANCELLED
            seat.cancelled_at = max(seat.registered_at, until - timedelta(days=3))
            seat.cancel_reason = REASON if planned.end == CANCELLED else "Customer project"
        seats.append(seat)
    limits: dict[str, int | None] = dict.fromkeys([tier or NO_TIER for tier in QUOTAS])
    ids = write_seats(run.event, seats, limits, (by.email, by.id)) if seats else []
    following.follow(db.session.scalars(select(Registration).where(Registration.id.in_(ids)).order_by(Registration.id)).all())


def _outcomes(run: Run, planned: Planned, random: Random, by: User) -> None:
    """Most come and pass; some leave early, stay away or fail. What is only to be checked is not final yet."""
    slots = slots_of([run])[run.id]
    over, seconds, mark = slots[-1].ends_at, sum(slot.seconds for slot in slots), run.course_version.pass_mark
    enrolled = list(db.session.scalars(select(Enrolment).filter_by(run_id=run.id, state=EnrolmentState.ENROLLED)))
    for number, one in enumerate(enrolled):
        one.slots = seconds
        share, one.attendance = _attended(number, random)
        one.attended = int(seconds * share)
        if one.attendance is AttendanceState.ATTENDED and run.course_version.assessed:
            if mark is not None:
                one.score = random.randrange(mark, 101) if number % 8 != 7 else random.randrange(max(1, mark - 30), mark)
            failed = one.score is not None and mark is not None and one.score < mark
            one.result = ResultState.FAILED if failed else ResultState.PASSED
    db.session.flush()
    if planned.end == DONE:
        run.done_at = over + timedelta(days=1)
        db.session.flush()
        completing.look(enrolled, by=by, at=run.done_at)


def _attended(number: int, random: Random) -> tuple[float, AttendanceState]:
    if number % 11 == 5:
        return 0.0, AttendanceState.NO_SHOW
    if number % 13 == 9:
        return random.uniform(0.3, 0.7), AttendanceState.PARTIAL
    return random.uniform(0.86, 1.0), AttendanceState.ATTENDED


def _inside(version: CourseVersion, trainer: User, by: User, at: datetime) -> None:
    """A lab of the conference is a run as well: who has a place there is enrolled."""
    lab = db.session.scalars(
        select(AgendaSession)
        .where(AgendaSession.signs_up, AgendaSession.event.has(slug=FLAGSHIP), AgendaSession.title.contains(INSIDE))
        .order_by(AgendaSession.id)
        .limit(1)
    ).first()
    if lab is not None:
        details = InsideDetails(seats_min=4, trainer_ids=(trainer.id,))
        service.attach(version, lab, details, by=by, now=at)
