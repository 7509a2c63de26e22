"""The agenda of the demo's conference: the schedule of another tool, taken in, with places in some sessions, and released."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import insert, select

from eventapp.accounts.models import User
from eventapp.agenda.calls import service as calls
from eventapp.agenda.calls.models import ProposalState
from eventapp.agenda.content import catalogue
from eventapp.agenda.imports.service import take_over
from eventapp.agenda.models import AgendaSession, SessionStar, SessionType
from eventapp.agenda.own import service as own
from eventapp.agenda.releases.service import release
from eventapp.audit.service import Actor
from eventapp.core.db import db, table
from eventapp.events.models import Event
from eventapp.overview.demo.companies import DONAU, Company
from eventapp.partners.models import EmailDomain, Organisation, OrganisationStatus
from eventapp.places import service as places
from eventapp.registrations import queries
from eventapp.registrations.models import Registration, RegistrationStatus

SCHEDULE = Path(__file__).with_name("agenda.json")
RELEASE = "v1.3"
# People sign up to sessions of this type; one of them is so small that some wait.
TYPE, PLACES, FEW = "Hands-on", 60, 8
SIGNED_UP, STARRED = 11, 6
# One session is a course given live, as its title says; people sign up to it as well.
COURSE, COURSE_PLACES, ENROLLED = "VPS-101", 12, 7
CALL = """\
Tell other partners what you have tried, what it cost, and what you would do again.

- 45 minutes with questions, in the room or on video
- no sales pitch: names of products only where the story needs them
"""
CRITERIA = (("Use for partners", 3), ("Substance", 2), ("Speaker", 1))
PROPOSED = (
    ("Nine months with a joint plan", "Two teams, one document, six signatures: what we kept and what we dropped."),
    ("How we lost a tender, and what we changed", "The price was right. Everything else was not."),
    ("Backup that restores", "We tested it every night for a year. It failed eleven times."),
    ("Who answers the phone", "One support case, two vendors, and nobody in the middle."),
    ("Training on the job", "Four certificates in a team of nine, without a week away."),
)


def fill(event: Event, *, by: Actor, at: datetime) -> None:
    """Takes in the schedule, gives hands-on sessions places, releases it, and lets some people use it."""
    take_over(event, SCHEDULE.read_bytes(), by=by, at=at)
    labs = _labs(event)
    given = _course(event)
    for n, lab in enumerate([*labs, *given]):
        lab.signs_up = True
        lab.pool_id = places.insert_pool(FEW if n == 0 else COURSE_PLACES if lab in given else PLACES)
    db.session.flush()
    released = min(at, event.starts_at) - timedelta(days=14)
    release(event, RELEASE, by=by, at=released)
    if not labs:
        return
    people = _people(event)
    for registration in people[:SIGNED_UP]:
        own.sign_up(registration, labs[0], by=by, at=released + timedelta(days=1))
    for registration in people[:ENROLLED]:
        for session in given:
            own.sign_up(registration, session, by=by, at=released + timedelta(days=2))
    ids = list(db.session.scalars(select(AgendaSession.id).where(AgendaSession.event_id == event.id).order_by(AgendaSession.id)))
    stars = [
        {"registration_id": registration.id, "session_id": ids[(n * 7 + k * 11) % len(ids)], "starred_at": released}
        for n, registration in enumerate(people)
        for k in range(STARRED)
    ]
    db.session.execute(insert(table(SessionStar)), stars)


def call(event: Event, companies: Sequence[Company], *, organizer: User, at: datetime) -> None:
    """Calls for sessions at another event: some proposals, scored and not, one of them accepted."""
    catalogue.add_usual_types(event, by=organizer, at=at)
    details = calls.CallDetails(CALL, at - timedelta(days=14), at + timedelta(days=21), blind=False)
    calls.set_call(event, details, version=0, by=organizer, at=at)
    criteria = [calls.add_criterion(event, name, weight, by=organizer, at=at) for name, weight in CRITERIA]
    proposing = [c for c in companies if c.people and c.status is OrganisationStatus.ACTIVE][: len(PROPOSED)]
    made = []
    for n, (company, (title, abstract)) in enumerate(zip(proposing, PROPOSED, strict=True)):
        speaker = calls.Speaking(company.people[0].full_name, company.people[0].address)
        idea = calls.ProposalDetails(title, abstract, "en", None, None, "", [speaker])
        home = db.session.get_one(Organisation, company.id)
        made.append(calls.propose(event, home, idea, by=organizer, at=at - timedelta(days=9 - n)))
        if n < len(PROPOSED) - 2:
            scores = {criterion.id: 5 - (n + k) % 4 for k, criterion in enumerate(criteria)}
            calls.review(made[-1], scores, "", by=organizer, at=at - timedelta(days=2))
    calls.decide(event, [made[0].code], ProposalState.ACCEPTED, "", by=organizer, at=at)


def _labs(event: Event) -> list[AgendaSession]:
    query = select(AgendaSession).join(SessionType, SessionType.id == AgendaSession.type_id)
    query = query.where(AgendaSession.event_id == event.id, SessionType.name == TYPE)
    return list(db.session.scalars(query.order_by(AgendaSession.id)))


def _course(event: Event) -> list[AgendaSession]:
    """The session that is a course, if the schedule has it."""
    query = select(AgendaSession).where(AgendaSession.event_id == event.id, AgendaSession.title.contains(COURSE))
    return list(db.session.scalars(query.order_by(AgendaSession.id).limit(1)))


def _people(event: Event) -> list[Registration]:
    """Those with a place, of the company of the demo's login first, that a visitor of the demo sees what it is for."""
    donau = select(EmailDomain.organisation_id).where(EmailDomain.domain == DONAU).scalar_subquery()
    query = (
        select(Registration)
        .options(*queries.LOADED)
        .where(Registration.event_id == event.id, Registration.status == RegistrationStatus.CONFIRMED)
        .order_by((Registration.organisation_id == donau).desc(), Registration.id)
        .limit(40)
    )
    return list(db.session.scalars(query))
