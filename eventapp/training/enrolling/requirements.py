"""What a course asks people to hold before they enrol: who lacks it, and the way to it.

A certificate counts that is valid on the run's first day, where the run takes place. Whom a trainer or organizer has
given a waiver may come without. A company learns nothing of people outside it: it is answered as if they held nothing.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from flask import render_template, url_for
from markupsafe import Markup
from sqlalchemy import and_, or_, select

from eventapp.agenda.own import hooks as places_in_sessions
from eventapp.core.db import db
from eventapp.core.i18n import _
from eventapp.core.times import day_text, to_local
from eventapp.core.wall import whole
from eventapp.events.models import Event, EventKind
from eventapp.partners import queries as partners
from eventapp.registrations import hooks
from eventapp.registrations.hooks import Required
from eventapp.registrations.models import Registration
from eventapp.training import queries
from eventapp.training.models import (
    Certificate,
    Course,
    CourseVersion,
    Credential,
    Needed,
    Prerequisite,
    Run,
    VersionStatus,
    Waiver,
)


@dataclass(frozen=True)
class Way:
    """One thing that is asked for: a course or a credential, what it is called, and when the course is given next."""

    code: str
    title: str
    course_id: int | None = None
    credential_id: int | None = None
    next_at: datetime | None = None
    zone: str = "UTC"

    @property
    def url(self) -> str:
        """Its page: that of the course, or that of the ways to the credential."""
        if self.course_id is not None:
            return url_for("courses.show", course_code=self.code)
        return url_for("courses.way", credential_code=self.code)

    @property
    def words(self) -> str:
        """Its name, and its next date."""
        if self.next_at is None:
            return f"{self.title} ({self.code})"
        day = day_text(to_local(self.next_at, self.zone).date())
        return _("%(course)s (%(code)s, next on %(day)s)", course=self.title, code=self.code, day=day)


@dataclass(frozen=True)
class Asked:
    """What a run asks for: all of these, or one of them, valid on `day`."""

    ways: Sequence[Way]
    needed: Needed
    day: date

    def lacking(self, held: Collection[tuple[str, int]]) -> list[Way]:
        """What somebody lacks who holds these: of one that is enough, all ways to it; empty where nothing is missing."""
        missing = [way for way in self.ways if _key(way) not in held]
        return [] if self.needed is Needed.ANY and len(missing) < len(self.ways) else missing

    def words(self, missing: Sequence[Way]) -> str:
        """What is missing, as a sentence; empty where nothing is."""
        if not missing:
            return ""
        names = ", ".join(way.words for way in missing)
        if self.needed is Needed.ANY and len(self.ways) > 1:
            return _(
                "needs a certificate of one of these that is valid on %(day)s: %(names)s.", day=day_text(self.day), names=names
            )
        return _("needs a certificate that is valid on %(day)s: %(names)s.", day=day_text(self.day), names=names)


def _key(way: Way) -> tuple[str, int]:
    return ("course", way.course_id) if way.course_id is not None else ("credential", way.credential_id or 0)


def asked(run: Run, at: datetime) -> Asked | None:
    """What a run asks people to hold; none where it asks nothing. Two queries, three where it does."""
    query = (
        select(
            Prerequisite.course_id, Prerequisite.credential_id, Course.code, CourseVersion.title, Credential.code, Credential.name
        )
        .outerjoin(Course, Course.id == Prerequisite.course_id)
        .outerjoin(CourseVersion, and_(CourseVersion.course_id == Course.id, CourseVersion.status == VersionStatus.CURRENT))
        .outerjoin(Credential, Credential.id == Prerequisite.credential_id)
        .where(Prerequisite.version_id == run.version_id)
        .order_by(Prerequisite.id)
    )
    rows = db.session.execute(query).all()
    if not rows:
        return None
    slots = queries.slots_of([run])[run.id]
    first = slots[0].starts_at if slots else run.event.starts_at
    dates = _next_dates({row[0] for row in rows if row[0] is not None}, at)
    ways = [
        Way(
            row[2],
            row[3] or row[2],
            course_id=row[0],
            next_at=dates.get(row[0], (None, ""))[0],
            zone=dates.get(row[0], (None, "UTC"))[1],
        )
        if row[0] is not None
        else Way(row[4], row[5], credential_id=row[1])
        for row in rows
    ]
    return Asked(ways, run.course_version.needed, to_local(first, run.event.time_zone).date())


def _next_dates(course_ids: Collection[int], at: datetime) -> dict[int, tuple[datetime, str]]:
    """When each of these courses is given next by itself, with the zone: what one can enrol in now, with seats left."""
    if not course_ids:
        return {}
    query = (
        select(CourseVersion.course_id, Event.starts_at, Event.time_zone)
        .select_from(Run)
        .join(CourseVersion, CourseVersion.id == Run.version_id)
        .join(Event, Event.id == Run.event_id)
        .where(CourseVersion.course_id.in_(course_ids), Run.session_id.is_(None), queries.takes_people(at))
        .order_by(Event.starts_at.desc())
    )
    return {row[0]: (row[1], row[2]) for row in db.session.execute(query)}


def held_by(person_ids: Collection[int], day: date) -> dict[int, set[tuple[str, int]]]:
    """The courses and credentials of which each of these people has a certificate that is valid on that day."""
    found: dict[int, set[tuple[str, int]]] = {person_id: set() for person_id in person_ids}
    if not found:
        return found
    query = (
        select(Certificate.person_id, CourseVersion.course_id, Certificate.credential_id)
        .outerjoin(CourseVersion, CourseVersion.id == Certificate.version_id)
        .where(
            Certificate.person_id.in_(found),
            Certificate.revoked_at.is_(None),
            Certificate.replaced_by_id.is_(None),
            or_(Certificate.expires_on.is_(None), Certificate.expires_on >= day),
        )
    )
    for person_id, course_id, credential_id in db.session.execute(query):
        found[person_id].add(("course", course_id) if course_id is not None else ("credential", credential_id))
    return found


def waived(run: Run, person_ids: Collection[int]) -> set[int]:
    """Who of these people may take the run without what it asks for."""
    query = select(Waiver.person_id).where(Waiver.run_id == run.id, Waiver.person_id.in_(person_ids))
    return set(db.session.scalars(query)) if person_ids else set()


def lacking(run: Run, person_ids: Collection[int], at: datetime) -> Required | None:
    """What each of these people lacks for the run, in words; none where it asks nothing."""
    found = asked(run, at)
    if found is None:
        return None
    # Whose certificates these are is decided by who asks, not by whom the visitor may read.
    with whole():
        held, free = held_by(person_ids, found.day), waived(run, person_ids)
    words = {id_: found.words(found.lacking(there)) for id_, there in held.items() if id_ not in free}
    return Required({id_: text for id_, text in words.items() if text}, found.words(found.lacking(())), frozenset(person_ids))


def of_event(event: Event, person_ids: Collection[int], at: datetime) -> Required | None:
    """The same for an event that is a run; no query for any other."""
    run = queries.run_of_event(event.id) if event.kind is EventKind.RUN else None
    return lacking(run, person_ids, at) if run is not None else None


def block(event: Event, at: datetime) -> Markup:
    """What stands above the forms by which people enrol: what the course asks for, and the way there."""
    run = queries.run_of_event(event.id) if event.kind is EventKind.RUN else None
    found = asked(run, at) if run is not None else None
    if found is None:
        return Markup()
    html = render_template("training/enrolling/_asked.html", asked=found, one=found.needed is Needed.ANY)
    return Markup(html)  # noqa: S704 - made by a template of ours


def of_place(registration: Registration, session_id: int, at: datetime, by_company: bool) -> str:
    """What somebody lacks for a session that is a run, in words; empty where nothing is missing.

    A company is told it of its own people alone: of anybody else what everybody lacks of whom nothing is known.
    """
    run = db.session.scalar(queries.runs().where(Run.session_id == session_id))
    person_id = registration.person_id
    stranger = by_company and not partners.is_member(person_id, registration.organisation_id)
    found = lacking(run, [] if stranger else [person_id], at) if run is not None else None
    if found is None:
        return ""
    return found.stranger if stranger else found.lacking.get(person_id, "")


def missing_of(run: Run, person_ids: Collection[int], at: datetime) -> Mapping[int, str]:
    """What participants of a run lack, for whoever gives it."""
    found = lacking(run, person_ids, at)
    return found.lacking if found is not None else {}


hooks.REQUIREMENTS.append(of_event)
hooks.ABOVE_FORM.append(block)
places_in_sessions.REQUIREMENTS.append(of_place)
