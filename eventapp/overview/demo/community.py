"""The demo's community: entries in the directory, meetings, first steps, and newcomers with buddies among the pioneers."""

from datetime import datetime, timedelta
from random import Random

from sqlalchemy import func, select

from eventapp.accounts.models import User
from eventapp.accounts.permissions import Viewer
from eventapp.audit.service import NamedActor
from eventapp.community.buddies import service as buddies
from eventapp.community.directory import queries as directory
from eventapp.community.directory import service as listings
from eventapp.community.directory.service import ListingDetails
from eventapp.community.meetings import queries as meeting_queries
from eventapp.community.meetings import service as meetings
from eventapp.community.meetings.rules import Say
from eventapp.community.meetings.service import MeetingDetails
from eventapp.community.models import Interest, Listing, OnboardingItem, ProposedBy
from eventapp.community.onboarding import service as onboarding
from eventapp.core.db import db
from eventapp.events.models import Event
from eventapp.overview.demo.decisions import AKOSUA, ANTON, EVENT, MANAGER, PETRA, viewer_of
from eventapp.partners.cohorts import Cohort, in_cohorts
from eventapp.partners.models import Membership, MembershipRole, MembershipState, Organisation, OrganisationStatus, Person
from eventapp.privacy import service as privacy
from eventapp.privacy.models import ConsentKind

COMPANIES, PEOPLE, PIONEERS, NEWCOMERS = 40, 16, 10, 8
# In one line, what they do, what they look for, what they offer.
_TEXTS = (
    (
        "Platforms for hospitals",
        "We run container platforms for eleven hospitals, on their own premises.",
        "A partner with storage people in the north",
        "Our checklists for audits of health data",
    ),
    (
        "Migrations at night",
        "Four teams move old applications, mostly on weekends.",
        "Customers who still run on hardware from 2012",
        "Two migration engineers from March on",
    ),
    (
        "Edge for retail",
        "Small clusters in 900 shops, updated without anybody in the shop.",
        "Somebody who knows payment terminals",
        "A test shop that others may use",
    ),
    (
        "Managed services",
        "We look after platforms of others, day and night.",
        "Companies that want to sleep",
        "A seat in our shift",
    ),
    (
        "Training in three languages",
        "Courses for administrators, in a room or on video.",
        "Trainers who speak Polish or Czech",
        "Course material, to share",
    ),
    ("Public sector", "Tenders of cities and counties.", "A partner for a tender in spring", "References from twelve cities"),
)
_OF_PEOPLE = (
    (
        "Architect",
        "I draw platforms that survive their first year.",
        "Others who automate storage",
        "An hour on video, any Friday",
    ),
    ("Head of sales", "Public sector and health.", "A partner for joint tenders", "How we calculate"),
    ("Platform engineer", "Clusters at the edge.", "Stories of updates that went wrong", "My own ones"),
    ("Trainer", "I teach administrators.", "A second trainer", "Exercises that people like"),
)


def fill(*, at: datetime) -> None:
    """Writes the community as it has grown in the last weeks."""
    random = Random(2027)
    users = {user.email: user for user in db.session.scalars(select(User))}
    interests = [row.id for row in db.session.execute(select(Interest.id).order_by(Interest.id))]
    companies = _companies()
    by_id = {company.id: admin_id for company, admin_id in companies}
    named = {name: _company_of(users[name], at) for name in (PETRA, ANTON, AKOSUA)}
    chosen = [c for c, _admin in companies if c.id not in {one.id for one in named.values()}]
    for n, company in enumerate([*named.values(), *random.sample(chosen, COMPANIES - len(named))]):
        when = at - timedelta(days=random.randint(3, 60))
        texts = ListingDetails(*_TEXTS[n % len(_TEXTS)], _spoken(company), tuple(random.sample(interests, random.randint(2, 5))))
        listings.list_company(company, texts, shown=True, version=0, by=users[MANAGER], at=when)
    for n, name in enumerate((PETRA, ANTON, AKOSUA)):
        words = ListingDetails(*_OF_PEOPLE[n], ("en", "de"), tuple(random.sample(interests, 3)))
        listings.list_person(viewer_of(users[name], at), words, version=0, at=at - timedelta(days=20 - n))
    _people(random.sample(chosen, PEOPLE), interests, random, at)
    _meetings(users, named, at)
    _newcomers(users, named, by_id, random, at)


def _companies() -> list[tuple[Organisation, int]]:
    """Active companies with an admin, by programme ID, each with the person who is."""
    admin = func.min(Membership.person_id)
    query = select(Organisation, admin).join(Membership, Membership.organisation_id == Organisation.id)
    query = query.where(
        Organisation.status == OrganisationStatus.ACTIVE,
        Organisation.programme_id.is_not(None),
        Membership.state == MembershipState.ACTIVE,
        Membership.role == MembershipRole.ADMIN,
    )
    return [(row[0], row[1]) for row in db.session.execute(query.group_by(Organisation.id).order_by(Organisation.programme_id))]


def _company_of(user: User, at: datetime) -> Organisation:
    return db.session.get_one(Organisation, viewer_of(user, at).acting_for)


def _spoken(company: Organisation) -> tuple[str, ...]:
    own = company.language[:2].lower()
    return ("en",) if own in ("", "en") else (own, "en")


def _people(companies: list[Organisation], interests: list[int], random: Random, at: datetime) -> None:
    """People without a login of the demo, as they would stand there."""
    for n, company in enumerate(companies):
        query = select(Person).join(Membership, Membership.person_id == Person.id).order_by(Person.id).limit(1)
        active = Membership.state == MembershipState.ACTIVE
        person = db.session.scalars(query.where(Membership.organisation_id == company.id, active)).one()
        when = at - timedelta(days=random.randint(2, 45))
        privacy.give(person.id, ConsentKind.COMMUNITY, None, by=NamedActor(person.full_name), through="page", now=when)
        headline, about, looking_for, offering = _OF_PEOPLE[n % len(_OF_PEOPLE)]
        made = Listing(organisation_id=company.id, person_id=person.id, headline=headline, about=about, listed_at=when)
        made.looking_for, made.offering, made.languages, made.changed_at = looking_for, offering, list(_spoken(company)), when
        made.searched = " ".join((headline, about, looking_for, offering)).lower()
        db.session.add(made)
        db.session.flush()
        listings.choose(made, random.sample(interests, 3), ())


def _entry_id(company: Organisation, person_id: int | None = None) -> int:
    of_person = Listing.person_id == person_id if person_id is not None else Listing.person_id.is_(None)
    return db.session.scalars(select(Listing.id).where(Listing.organisation_id == company.id, of_person)).one()


def _meetings(users: dict[str, User], named: dict[str, Organisation], at: datetime) -> None:
    """One of each: waiting, at the conference, another time proposed, accepted."""
    event_id = db.session.scalar(select(Event.id).where(Event.slug == EVENT))
    soon = (at + timedelta(days=9)).replace(hour=9, minute=0, second=0, microsecond=0)
    times = [soon, soon + timedelta(days=1, hours=4)]
    petra, anton, akosua = (viewer_of(users[name], at) for name in (PETRA, ANTON, AKOSUA))

    def ask(
        viewer: Viewer, company: str, subject: str, text: str, days: int, *, to: int | None = None, there: bool = False
    ) -> int:
        entry = directory.entry(_entry_id(named[company], to), at)
        details = MeetingDetails(subject, text, [] if there else times, "Europe/Vienna", event_id if there else None)
        return meetings.ask(viewer, entry, details, at=at - timedelta(days=days)).id

    def answer(viewer: Viewer, meeting_id: int, say: Say, text: str, days: int) -> None:
        shown = meeting_queries.meeting(viewer, meeting_id, at)
        meetings.answer(
            shown,
            say,
            text,
            chosen=times[0] if say is Say.YES else None,
            times=[soon + timedelta(days=7)] if say is Say.OTHER else [],
            time_zone="Europe/Vienna",
            version=shown.meeting.version,
            viewer=viewer,
            at=at - timedelta(days=days),
        )

    anton_id = anton.seat.person_id if anton.seat is not None else None
    akosua_id = akosua.seat.person_id if akosua.seat is not None else None
    text = "We deliver in the same week as you and both drive half empty."
    answer(anton, ask(petra, ANTON, "Shared deliveries in April", text, 12, to=anton_id), Say.YES, "Gladly.", 10)
    text = "You run what we plan: small clusters in shops. How do you update them?"
    answer(petra, ask(akosua, PETRA, "Updates at the edge", text, 6), Say.OTHER, "That week we are all at a customer's.", 5)
    ask(anton, PETRA, "A coffee in Vienna", "I bring two resellers who would like to meet you.", 2, there=True)
    ask(petra, AKOSUA, "Your first tender", "We have done forty. Ask what you like.", 1, to=akosua_id)


def _newcomers(
    users: dict[str, User], named: dict[str, Organisation], admins: dict[int, int], random: Random, at: datetime
) -> None:
    """Pioneers who offer help, newcomers who have it or ask for it, and what they have done so far."""
    manager = users[MANAGER]
    pioneers = [c for c in _of_cohort(Cohort.PIONEER, at) if c.id in admins]
    newcomers = [c for c in _of_cohort(Cohort.NEWCOMER, at) if c.id != named[AKOSUA].id]
    helping = [named[PETRA], *random.sample([c for c in pioneers if c.id != named[PETRA].id], PIONEERS)]
    notes = ("How the portal works, and whom to ask.", "Our first tender, told honestly.", "Anything about training.")
    for n, company in enumerate(helping):
        note, since = notes[n % len(notes)], at - timedelta(days=40)
        buddies.offer(company, note, 1 + n % 3, contact_id=admins[company.id], version=0, by=manager, at=since)
    seat = viewer_of(users[AKOSUA], at).seat
    asked = at - timedelta(days=3)
    contact_id = seat.person_id if seat is not None else None
    buddies.propose(named[AKOSUA], named[PETRA], ProposedBy.NEWCOMER, contact_id=contact_id, by=users[AKOSUA], at=asked)
    items = list(db.session.scalars(select(OnboardingItem).order_by(OnboardingItem.position)))
    onboarding.tick(named[AKOSUA], items[-1], done=True, by=users[AKOSUA], at=at - timedelta(days=8))
    for n, company in enumerate(newcomers[:NEWCOMERS]):
        for item in items[: n % 4]:
            onboarding.tick(company, item, done=True, by=manager, at=at - timedelta(days=15))
        if n < 4:
            pair = buddies.propose(company, helping[n + 1], ProposedBy.VENDOR, by=manager, at=at - timedelta(days=20))
            if n < 2:
                pair.newcomer_confirmed_at = pair.buddy_confirmed_at = at - timedelta(days=18)
                pair.buddy_contact_id, pair.newcomer_contact_id = admins[pair.buddy_id], admins.get(company.id)
    db.session.flush()


def _of_cohort(cohort: Cohort, at: datetime) -> list[Organisation]:
    query = select(Organisation).where(in_cohorts([cohort], at.date()), Organisation.status == OrganisationStatus.ACTIVE)
    return list(db.session.scalars(query.order_by(Organisation.partner_since.desc(), Organisation.id)))
