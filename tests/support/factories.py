"""Rows for tests, made with as little as possible; everything else has a default."""

import itertools
import secrets
from datetime import UTC, datetime
from typing import Any

from eventapp.accounts.models import Grant, Role, User
from eventapp.core.db import db
from eventapp.core.text import fold, words
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

AT = datetime(2027, 1, 10, 8, 0, tzinfo=UTC)
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


def person(company: Organisation | None = None, given: str = "", family: str = "", email: str | None = None, **values: Any) -> Person:
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
