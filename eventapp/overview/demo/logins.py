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

ORGANIZER = DEMO_LOGINS[0][0]
# The organizer belongs to no partner company; the others are people of theirs.
_ORGANIZER_NAME = "Olivia Lindner"

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
    organizer = service.add_user(ORGANIZER, name=_ORGANIZER_NAME, password=DEMO_PASSWORD, roles=[Role.ORGANIZER], by=by, at=at)
    people = {person.address: person for c in companies if c.domain in _TEAMS for person in c.people}
    for address, _label in DEMO_LOGINS[1:]:
        person = people[address]
        user = service.add_user(address, name=person.full_name, password=DEMO_PASSWORD, by=by, at=at)
        db.session.execute(update(Person).where(Person.id == person.id).values(user_id=user.id))
    return organizer
