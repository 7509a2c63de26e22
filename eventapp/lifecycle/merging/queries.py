"""What may be merged, and what was."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import func, select

from eventapp.accounts.permissions import Viewer
from eventapp.core.db import db
from eventapp.core.errors import NotFoundError
from eventapp.core.text import words
from eventapp.lifecycle.models import Merge, MergeKind
from eventapp.partners.models import (
    Country,
    Membership,
    MembershipState,
    Organisation,
    OrganisationWord,
    Person,
    PersonEmail,
    PersonWord,
)

SUGGESTIONS = 6


def person(viewer: Viewer, person_id: int) -> Person:
    """A person of the list, for organizers. Raises NotFoundError."""
    found = db.session.get(Person, person_id) if viewer.is_organizer else None
    if found is None or found.erased_at is not None:
        raise NotFoundError(person_id)
    return found


def merge(viewer: Viewer, merge_id: int) -> Merge:
    """A merge, for organizers. Raises NotFoundError."""
    found = db.session.get(Merge, merge_id) if viewer.is_organizer else None
    if found is None:
        raise NotFoundError(merge_id)
    return found


def merges(viewer: Viewer, kind: MergeKind | None = None, kept_id: int | None = None) -> Sequence[Merge]:
    """The latest hundred merges, or those into one company or person, latest first."""
    if not viewer.is_organizer:
        return []
    query = select(Merge).order_by(Merge.id.desc()).limit(100)
    if kind is not None:
        query = query.where(Merge.kind == kind, Merge.kept_id == kept_id)
    return db.session.scalars(query).all()


def similar_companies(company: Organisation) -> Sequence[Any]:
    """Companies whose names share the most words with this one's: id, name, programme ID, country."""
    asked = words(company.name, company.legal_name)
    shared = func.count().label("shared")
    query = (
        select(Organisation.id, Organisation.name, Organisation.programme_id, Country.name.label("country"), shared)
        .join(OrganisationWord, OrganisationWord.organisation_id == Organisation.id)
        .join(Country, Country.code == Organisation.country_code)
        .where(OrganisationWord.word.in_(asked), Organisation.id != company.id, Organisation.merged_into_id.is_(None))
        .group_by(Organisation.id, Organisation.name, Organisation.programme_id, Country.name, Organisation.sort_key)
        .order_by(shared.desc(), (Organisation.country_code != company.country_code), Organisation.sort_key)
        .limit(SUGGESTIONS)
    )
    return db.session.execute(query.add_columns(Organisation.country_code).group_by(Organisation.country_code)).all()


def similar_people(person: Person) -> Sequence[Any]:
    """People with the same names: id, given and family name, address, company."""
    asked = words(person.given_name, person.family_name)
    query = (
        select(Person.id, Person.given_name, Person.family_name, PersonEmail.address)
        .join(PersonEmail, (PersonEmail.person_id == Person.id) & PersonEmail.is_primary)
        .where(
            Person.id != person.id,
            Person.merged_into_id.is_(None),
            *(Person.id.in_(select(PersonWord.person_id).where(PersonWord.word == word)) for word in sorted(asked)),
        )
        .order_by(Person.sort_key, Person.id)
        .limit(SUGGESTIONS)
    )
    return db.session.execute(query).all()


def companies_of(person_id: int) -> list[str]:
    """The names of the companies that a person belongs to."""
    query = (
        select(Organisation.name)
        .join(Membership, Membership.organisation_id == Organisation.id)
        .where(Membership.person_id == person_id, Membership.state == MembershipState.ACTIVE)
        .order_by(Organisation.sort_key)
    )
    return list(db.session.scalars(query))


def addresses_of(person_id: int) -> list[str]:
    """The addresses of a person, the primary one first."""
    query = select(PersonEmail.address).where(PersonEmail.person_id == person_id)
    return list(db.session.scalars(query.order_by(PersonEmail.is_primary.desc(), PersonEmail.address)))
