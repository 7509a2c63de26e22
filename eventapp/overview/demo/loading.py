"""Filling an empty installation with the demo, telling whether it is there, and taking everything out again."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from random import Random

from flask import current_app
from sqlalchemy import delete, func, select, text

from eventapp.accounts.demo import DEMO_LOGINS
from eventapp.accounts.models import User
from eventapp.accounts.queries import demo_logins, user_by_address
from eventapp.audit.service import NamedActor, record
from eventapp.community.models import Interest, OnboardingItem
from eventapp.core.db import Base, db
from eventapp.events.models import Event, EventKind
from eventapp.mail.models import MailState, OutboxMail
from eventapp.overview.demo import (
    agenda,
    assessing,
    attendance,
    blocks,
    certificates,
    community,
    courses,
    decisions,
    drumming,
    events,
    ideas,
    plans,
    programme,
    runs,
    seats,
    wishes,
)
from eventapp.overview.demo.companies import ACCRA, DONAU, REGIONS, Company, make_companies
from eventapp.overview.demo.countries import places_of_region
from eventapp.overview.demo.form import answer_some, build_form, fill_library
from eventapp.overview.demo.logins import TRAINER, hire_teams, open_logins
from eventapp.overview.demo.people import COMPANIES_WITH_PEOPLE, give_odd_names, staff
from eventapp.overview.demo.seats import Shares
from eventapp.overview.demo.writing import arrival_window, write_companies, write_people, write_seats
from eventapp.partners.models import (
    IN_PROGRAMME,
    Country,
    CountryName,
    FreeMailDomain,
    Organisation,
    OrganisationStatus,
    Person,
    SubRegion,
    Tier,
)
from eventapp.partners.service import vendor
from eventapp.plans.models import PlanTemplate, PlanTemplateSection
from eventapp.registrations import mails, queries
from eventapp.registrations.models import Registration, RegistrationStatus

SEED = 2027
STEPS = 6
REFERENCE = (
    *(Tier, SubRegion, Country, CountryName, FreeMailDomain),
    *(PlanTemplate, PlanTemplateSection, Interest, OnboardingItem),
)
ACTOR = NamedActor("demo")
VENDOR = "Karmin Software"


class DemoError(Exception):
    """The demo may not be loaded or removed here; the text is one line for the person at the terminal."""


def demo_loaded() -> bool:
    """Whether this installation holds the demo: its logins exist nowhere else."""
    return bool(demo_logins())


def is_empty() -> bool:
    """Whether there are no companies, people and events yet. Logins do not count: the first one may be made before."""
    return not any(db.session.scalar(select(model.id).limit(1)) for model in (Organisation, Person, Event))


def load(*, at: datetime, progress: Callable[[int, int], None] | None = None) -> None:
    """Fills the database with the demo, in the caller's transaction; registrations lie in the 60 days before `at`.

    The same companies, people and registrations each time; only ids, codes and links are new. `progress` is called
    with steps done and their number. Raises DemoError in production and unless the database is empty.
    """
    refuse_in_production()
    if demo_loaded() or not is_empty():
        raise DemoError("The database is not empty, so the demo is not loaded. To replace what is there: eventapp demo --reset")
    tell = progress or (lambda _done, _total: None)
    random = Random(SEED)
    tell(0, STEPS)
    companies = make_companies(random, at)
    shares = seats.share_out(companies, random)
    _staff(companies, shares, random)
    tell(1, STEPS)
    write_companies(companies, random, at)
    # Who the plans are made with; without it they bear the name of the site.
    vendor(at=at).legal_name = VENDOR
    tell(2, STEPS)
    write_people(companies, at)
    _measure()
    tell(3, STEPS)
    organizer = open_logins(companies, by=ACTOR, at=at)
    tell(4, STEPS)
    _events(companies, shares, organizer, random, at)
    taught = courses.fill(by=organizer, at=at)
    wishes.fill(companies, taught, Random(SEED), at)
    assessing.fill_pools(taught, by=organizer, at=at)
    certificates.fill(taught, companies, random, at)
    trainers = [user for user in (user_by_address(TRAINER), organizer) if user is not None]
    runs.fill(taught, companies, by=organizer, trainers=trainers, random=random, at=at)
    attendance.fill(by=organizer, at=at)
    assessing.fill_outcomes(by=organizer, random=random, at=at)
    programme.fill(by=organizer, at=at)
    _measure()
    plans.fill(by=ACTOR, at=at)
    community.fill(at=at)
    tell(5, STEPS)
    _history()
    record("demo.loaded", by=ACTOR, at=at, object_type="demo", object_id=None, object_name="Demo data")
    db.session.flush()
    tell(STEPS, STEPS)


def _measure() -> None:
    """Lets Postgres see how much there is by now: all is one transaction, and it would go on as if the tables were empty."""
    db.session.flush()
    if db.session.get_bind().dialect.name == "postgresql":
        db.session.execute(text("ANALYZE"))


def refuse_in_production() -> None:
    """Raises DemoError where real people depend on the data: everybody knows the demo's passwords."""
    if current_app.config["PRODUCTION"]:
        raise DemoError("The demo is refused in production: everybody knows its passwords.")


def strangers() -> list[str]:
    """What the database holds besides the demo, in words; empty if a reset would lose nothing of worth.

    People and registrations that came about by trying the demo out are none.
    """
    loaded = demo_loaded()
    others = {
        "logins": select(func.count()).select_from(User).where(User.email.not_in([email for email, _label in DEMO_LOGINS])),
        "events": select(func.count()).select_from(Event).where(Event.slug.not_in(events.SLUGS), Event.kind == EventKind.EVENT),
        "companies": select(func.count(Organisation.id) - (sum(REGIONS.values()) if loaded else 0)).where(IN_PROGRAMME),
    }
    if not loaded:
        others["people"] = select(func.count()).select_from(Person)
    counts = {what: db.session.scalar(query) or 0 for what, query in others.items()}
    return [f"{n:,} {what}" for what, n in counts.items() if n > 0]


def wipe() -> None:
    """Deletes every row but those of the reference tables. Raises DemoError in production."""
    refuse_in_production()
    kept = {model.__table__ for model in REFERENCE}
    for table in reversed(Base.metadata.sorted_tables):
        if table not in kept:
            db.session.execute(delete(table))
    db.session.expunge_all()


def _staff(companies: Sequence[Company], shares: Shares, random: Random) -> None:
    """People for 2,500 companies: those who register somebody, those of the logins, and others."""
    hire_teams(companies)
    needing = [c for c in companies if c.people or c.domain in shares.of]
    active = [c for c in companies if c.status is OrganisationStatus.ACTIVE and not c.people and c.domain not in shares.of]
    chosen = needing + random.sample(active, COMPANIES_WITH_PEOPLE - len(needing))
    least = [max(1, len(c.people), shares.of[c.domain].people + 1 if c.domain in shares.of else 0) for c in chosen]
    per_tier = {"premier": 9.0, "advanced": 3.5, "ready": 1.5, None: 8.0}
    weights = [0 if c.domain == DONAU else per_tier[c.tier] for c in chosen]
    staff(chosen, least, weights, random)
    give_odd_names([c for c in chosen if c.domain in shares.of and len(c.people) > 3])


def _events(companies: Sequence[Company], shares: Shares, organizer: User, random: Random, at: datetime) -> None:
    login = (organizer.email, organizer.id)
    details = events.flagship_details(at)
    event = events.publish(details, by=organizer, at=details.registration_opens_at or at)
    until = min(at, event.starts_at)
    write_seats(event, seats.flagship(companies, shares, random, until, arrival_window(event)), details.quotas, login)
    build_form(event, by=organizer, at=at)
    answer_some(event, Random(SEED), at=until)
    fill_library(by=organizer, at=at)
    agenda.fill(event, by=organizer, at=at)
    drumming.fill(event, by=organizer, at=at)
    willing = [c for c in companies if c.people and c.domain != DONAU]

    details = events.virtual_details(at)
    event = events.publish(details, by=organizer, at=at - timedelta(days=21))
    watching = seats.virtual(random.sample(willing, 200), random, at, confirmed=180, cancelled=6)
    write_seats(event, watching, details.quotas, login)

    details = events.hybrid_details(at)
    event = events.publish(details, by=organizer, at=at - timedelta(days=21))
    codes = {place.code for region in ("meat", "africa") for place in places_of_region(region)}
    near = [c for c in willing if c.place.code in codes]
    near = sorted(random.sample(near, len(near)), key=lambda c: c.domain != ACCRA)
    write_seats(event, seats.hybrid(near, random, at, rooms=40, waiting=6, online=55), details.quotas, login)
    blocks.hold(event, companies, by=organizer, at=at)
    agenda.call(event, companies, organizer=organizer, at=at)
    decisions.fill(at=at)
    ideas.fill(at=at)


def _history() -> None:
    """Sent mails and audit entries of the latest registrations, so that those pages show what they are for."""
    for status, n in ((RegistrationStatus.CONFIRMED, 12), (RegistrationStatus.WAITING, 4), (RegistrationStatus.CANCELLED, 2)):
        query = select(Registration).options(*queries.LOADED).where(Registration.status == status)
        for registration in db.session.scalars(query.order_by(Registration.registered_at.desc(), Registration.id).limit(n)):
            moment = registration.cancelled_at or registration.registered_at
            mails.send_status([registration], at=moment)
            record(
                "registrations.cancel" if registration.cancelled_at else "registrations.register",
                by=NamedActor(registration.registered_by),
                at=moment,
                object_type="registration",
                object_id=registration.id,
                object_name=registration.name,
                event_id=registration.event_id,
                organisation_id=registration.organisation_id,
                changes={"status": registration.status, "mode": registration.mode},
            )
    db.session.flush()
    for mail in db.session.scalars(select(OutboxMail)):
        mail.state, mail.attempts, mail.sent_at = MailState.SENT, 1, mail.created_at + timedelta(seconds=3)
