"""The logins of the demo and the people behind them."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import update

from eventapp.accounts import service
from eventapp.accounts.demo import DEMO_LOGINS, DEMO_PASSWORD
from eventapp.accounts.models import Role, User
from eventapp.audit.service import Actor
from eventapp.core.db import db
from eventapp.overview.demo.companies import ACCRA, ALPEN, DONAU, Company
from eventapp.overview.demo.people import colleague
from eventapp.partners.models import JobFunction, MembershipRole, Person
from eventapp.partners.territory import service as territory

ORGANIZER = DEMO_LOGINS[0][0]
MANAGER = "mona.manager@karmin.example"
TRAINER = "theo.trainer@karmin.example"
SPONSOR, PRESALES = "henrik.dahl@karmin.example", "milan.novak@karmin.example"
# The vendor's people, who belong to no partner company: name and role. The other logins are people of companies.
_STAFF = {
    ORGANIZER: ("Olivia Lindner", Role.ORGANIZER),
    MANAGER: ("Mona Keller", Role.PARTNER_MANAGER),
    TRAINER: ("Theo Brandt", Role.TRAINER),
    SPONSOR: ("Henrik Dahl", Role.PARTNER_MANAGER),
    PRESALES: ("Milan Novak", Role.PARTNER_MANAGER),
    "aron.auditor@karmin.example": ("Aron Weiss", Role.AUDITOR),
    "sam.admin@karmin.example": ("Sam Okafor", Role.SYSTEM_ADMIN),
}
_MANAGERS_REGION = "dach"

# Domain of the company → its people by name, job title and function; the first is its admin and has a login.
_TEAMS: dict[str, tuple[tuple[str, str, str, JobFunction], ...]] = {
    DONAU: (
        ("Petra", "Huber", "Partner Manager", JobFunction.SALES),
        ("Lukas", "Maier", "Account Manager", JobFunction.SALES),
        ("Jana", "Nováková", "Solution Architect", JobFunction.PRESALES),
        ("Ömer", "Yıldız", "Platform Engineer", JobFunction.TECHNICAL),
        ("Marek", "Kovář", "Systems Engineer", JobFunction.TECHNICAL),
    ),
    ALPEN: (("Anton", "Gruber", "Head of Vendor Management", JobFunction.EXECUTIVE),),
    ACCRA: (("Akosua", "Mensah", "Managing Director", JobFunction.EXECUTIVE),),
}


def hire_teams(companies: Iterable[Company]) -> None:
    """Gives the companies of the logins the people whose names stories and pictures use."""
    by_domain = {c.domain: c for c in companies if c.domain in _TEAMS}
    for domain, team in _TEAMS.items():
        company = by_domain[domain]
        for given, family, title, function in team:
            local = f"{given}.{family}".lower().translate(str.maketrans("áöıřž", "aoirz"))
            made = colleague(given, family, local, company, title=title)
            made.function = function
            if not company.people:
                made.role = MembershipRole.ADMIN
                made.phone = f"+{company.place.dial}555010203"
            company.people.append(made)


def open_logins(companies: Iterable[Company], *, by: Actor, at: datetime) -> User:
    """Adds the logins, ties them to their people, who are written by now, and returns the organizer's."""
    made = {
        address: service.add_user(address, name=name, password=DEMO_PASSWORD, roles=[role], by=by, at=at)
        for address, (name, role) in _STAFF.items()
    }
    territory.add_region(made[MANAGER], _MANAGERS_REGION, by=by, at=at)
    people = {person.address: person for c in companies if c.domain in _TEAMS for person in c.people}
    for address, _label in DEMO_LOGINS:
        if address in _STAFF:
            continue
        person = people[address]
        user = service.add_user(address, name=person.full_name, password=DEMO_PASSWORD, by=by, at=at)
        db.session.execute(update(Person).where(Person.id == person.id).values(user_id=user.id))
    return made[ORGANIZER]
