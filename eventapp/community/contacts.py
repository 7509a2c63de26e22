"""Who belongs where, and how to reach them. Whoever calls has asked whether that may be told."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, or_, select

from eventapp.accounts.models import User
from eventapp.core.db import db
from eventapp.core.wall import whole
from eventapp.partners.models import Membership, MembershipRole, MembershipState, Person, PersonEmail


def belongs(person: Any, organisation: Any, today: date) -> ColumnElement[bool]:
    """The condition that the person belongs to the company on that day."""
    return exists().where(Membership.person_id == person, Membership.organisation_id == organisation, *in_force(today))


def in_force(today: date) -> list[ColumnElement[bool]]:
    """The conditions of memberships that are in force on that day."""
    return [
        Membership.state == MembershipState.ACTIVE,
        or_(Membership.valid_from.is_(None), Membership.valid_from <= today),
        or_(Membership.valid_to.is_(None), Membership.valid_to >= today),
    ]


@dataclass(frozen=True)
class Contact:
    """How one side reaches the other."""

    name: str
    address: str


def contacts(wanted: Collection[tuple[int | None, int]], at: datetime) -> Mapping[tuple[int | None, int], Contact]:
    """Name and address of people (with the company that they are to belong to), of those who still do; one question for all."""
    pairs = [(person_id, company_id) for person_id, company_id in wanted if person_id is not None]
    if not pairs:
        return {}
    query = select(Person, PersonEmail.address, Membership.organisation_id)
    query = query.join(PersonEmail, and_(PersonEmail.person_id == Person.id, PersonEmail.is_primary))
    query = query.join(Membership, Membership.person_id == Person.id).where(Person.erased_at.is_(None), *in_force(at.date()))
    query = query.where(or_(*(and_(Person.id == p, Membership.organisation_id == c) for p, c in pairs)))
    with whole():
        return {(row[0].id, row[2]): Contact(row[0].full_name, row[1]) for row in db.session.execute(query)}


def company_admins(organisation_id: int, at: datetime) -> Sequence[User]:
    """The logins of a company's admins, by id."""
    query = select(User).join(Person, Person.user_id == User.id).join(Membership, Membership.person_id == Person.id)
    query = query.where(
        User.active,
        Membership.organisation_id == organisation_id,
        Membership.role == MembershipRole.ADMIN,
        *in_force(at.date()),
    )
    return db.session.scalars(query.distinct().order_by(User.id)).all()
