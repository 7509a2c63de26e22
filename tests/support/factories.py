"""Rows for tests, made with as little as possible; everything else has a default."""

import itertools
import secrets
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select

from eventapp.accounts.models import Grant, Role, User
from eventapp.audit.service import NamedActor
from eventapp.core.db import db
from eventapp.core.text import fold, words
from eventapp.events import service as events
from eventapp.events.models import Event, EventFormat, EventStatus, Mode
from eventapp.events.service import EventDetails
from eventapp.partners.models import (
    EmailDomain,
    Membership,
    MembershipRole,
    Organisation,
    OrganisationWord,
    PartnerType,
    Person,
    PersonEmail,
    PersonWord,
)
from eventapp.registrations import service as registrations
from eventapp.registrations.models import Registration, Source
from eventapp.registrations.service import Attendee

AT = datetime(2027, 1, 10, 8, 0, tzinfo=UTC)
STARTS = datetime(2027, 5, 18, 7, 0, tzinfo=UTC)
ENDS = datetime(2027, 5, 19, 15, 0, tzinfo=UTC)
TESTS = NamedActor("tests")
_numbers = itertools.count(1)


def user(email: str | None = None, *roles: Role, name: str = "", password: str | None = None) -> User:
    """A login, committed."""
    from flask_security.utils import hash_password

    n = next(_numbers)
    made = User(
        email=email or f"user{n}@karmin.example",
        name=name or f"User {n}",
        active=True,
        fs_uniquifier=secrets.token_hex(16),
        created_at=AT,
        password=hash_password(password) if password else None,
    )
    made.grants = [Grant(role=role, granted_by="tests", granted_at=AT) for role in roles]
    db.session.add(made)
    db.session.commit()
    return made


def organizer(email: str | None = None) -> User:
    """A login that organizes all events."""
    return user(email, Role.ORGANIZER)


def organisation(name: str | None = None, **values: Any) -> Organisation:
    """A company, committed; `domain` adds an e-mail domain."""
    n = next(_numbers)
    name = name or f"Company {n} Systemhaus GmbH"
    domain = values.pop("domain", f"company{n}.example")
    defaults: dict[str, Any] = {
        "programme_id": f"KP-{100000 + n}",
        "primary_type": PartnerType.RESELLER,
        "tier_key": "ready",
        "country_code": "AT",
        "city": "Wien",
        "created_at": AT,
        "updated_at": AT,
    }
    made = Organisation(name=name, sort_key=fold(name), **{**defaults, **values})
    db.session.add(made)
    db.session.flush()
    if domain:
        db.session.add(EmailDomain(domain=domain, organisation_id=made.id))
    db.session.add_all(OrganisationWord(word=w, organisation_id=made.id) for w in words(made.name, domain, made.programme_id))
    db.session.commit()
    return made


def person(
    company: Organisation | None = None, given: str = "", family: str = "", email: str | None = None, **values: Any
) -> Person:
    """A person, member of the company if one is given, committed."""
    n = next(_numbers)
    given, family = given or f"Given{n}", family or f"Family{n}"
    role = values.pop("role", MembershipRole.MEMBER)
    account = values.pop("user", None)
    made = Person(
        given_name=given,
        family_name=family,
        sort_key=fold(f"{family} {given}"),
        created_at=AT,
        updated_at=AT,
        user_id=account.id if account else None,
        **values,
    )
    db.session.add(made)
    db.session.flush()
    address = email or f"person{n}@company.example"
    db.session.add(PersonEmail(person_id=made.id, address=address, is_primary=True))
    db.session.add_all(PersonWord(word=w, person_id=made.id) for w in words(given, family, address))
    if company is not None:
        db.session.add(Membership(person_id=made.id, organisation_id=company.id, role=role))
    db.session.commit()
    return made


def company_admin(company: Organisation, email: str | None = None) -> User:
    """A login of a person who registers the company's people."""
    account = user(email)
    person(company, "Petra", "Huber", account.email, role=MembershipRole.ADMIN, user=account)
    return account


def details(**values: Any) -> EventDetails:
    """What an organizer fills in: two days in Vienna, no limits, unless `values` say otherwise."""
    n = next(_numbers)
    defaults: dict[str, Any] = {
        "title": f"Partner Day {n}",
        "slug": f"partner-day-{n}",
        "summary": "A day for partners.",
        "description": "Bring **questions**.",
        "format": EventFormat.IN_PERSON,
        "venue": "Messe",
        "address": "Messeplatz 1",
        "city": "Wien",
        "country_code": "AT",
        "join_url": "",
        "time_zone": "Europe/Vienna",
        "starts_at": STARTS,
        "ends_at": ENDS,
        "registration_opens_at": None,
        "registration_closes_at": None,
        "contact_email": "events@karmin.example",
        "sender_name": "Karmin Events",
    }
    return EventDetails(**{**defaults, **values})


def event(*, published: bool = True, at: datetime = AT, **values: Any) -> Event:
    """An event made by the service, published unless told otherwise, committed. `values` are those of `details`."""
    made = events.create(details(**values), by=TESTS, now=at)
    if published:
        events.change_status(made, EventStatus.PUBLISHED, by=TESTS, now=at)
    commit()
    return made


def attendee(given: str = "", family: str = "", email: str | None = None, **values: Any) -> Attendee:
    """Somebody to be registered."""
    n = next(_numbers)
    given, family = given or f"Given{n}", family or f"Family{n}"
    return Attendee(given, family, email or f"guest{n}@company.example", values.pop("mode", Mode.IN_PERSON), **values)


def register(
    at_event: Event, company: Organisation, *attendees: Attendee, at: datetime = AT, **values: Any
) -> list[Registration]:
    """Registrations of one company made by the service, committed: as many as there are `attendees`."""
    options: dict[str, Any] = {"source": Source.ORGANIZER, "by": TESTS, "at": at, **values}
    made = registrations.register(at_event, company, attendees, **options)
    commit()
    return made


def registration(at_event: Event, company: Organisation, given: str = "", family: str = "", **values: Any) -> Registration:
    """One registration made by the service, committed. `email` and `mode` say of whom and how, the rest goes to the service."""
    person_values = {k: values.pop(k) for k in ("email", "mode", "note", "badge_name") if k in values}
    return register(at_event, company, attendee(given, family, **person_values), **values)[0]


def commit() -> None:
    """Commits what the services wrote, without waking the worker."""
    db.session.info.pop("after_commit", None)
    db.session.commit()


def seat(company: Organisation, role: MembershipRole, given: str = "Emil", family: str = "Gruber") -> User:
    """A login of a person who is a member, an executive or an admin of the company."""
    account = user()
    person(company, given, family, account.email, role=role, user=account)
    return account


def second_seat(account: User, company: Organisation, role: MembershipRole = MembershipRole.ADMIN) -> None:
    """Puts the person behind a login into a further company."""
    one = db.session.scalars(select(Person).where(Person.user_id == account.id)).one()
    db.session.add(Membership(person_id=one.id, organisation_id=company.id, role=role))
    db.session.commit()
