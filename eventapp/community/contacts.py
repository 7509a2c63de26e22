"""Who belongs where, and how to reach them. Whoever calls has asked whether that may be told."""

from collections.abc import Sequence
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
    return exists().where(
        Membership.person_id == person,
        Membership.organisation_id == organisation,
        Membership.state == MembershipState.ACTIVE,
        or_(Membership.valid_from.is_(None), Membership.valid_from <= today),
        or_(Membership.valid_to.is_(None), Membership.valid_to >= today),
    )


@dataclass(frozen=True)
class Contact:
    """How one side reaches the other."""

    name: str
    address: str


def contact(person_id: int | None, organisation_id: int, at: datetime) -> Contact | None:
    """Name and address of somebody who belongs to the company."""
    query = select(Person, PersonEmail.address).join(
        PersonEmail, and_(PersonEmail.person_id == Person.id, PersonEmail.is_primary)
    )
    here = belongs(Person.id, organisation_id, at.date())
    with whole():
        row = db.session.execute(query.where(Person.id == person_id, Person.erased_at.is_(None), here)).one_or_none()
        return Contact(row[0].full_name, row[1]) if row is not None else None


def company_admins(organisation_id: int, at: datetime) -> Sequence[User]:
    """The logins of a company's admins, by id."""
    query = select(User).join(Person, Person.user_id == User.id).join(Membership, Membership.person_id == Person.id)
    today = at.date()
    query = query.where(
        User.active,
        Membership.organisation_id == organisation_id,
        Membership.role == MembershipRole.ADMIN,
        Membership.state == MembershipState.ACTIVE,
        or_(Membership.valid_from.is_(None), Membership.valid_from <= today),
        or_(Membership.valid_to.is_(None), Membership.valid_to >= today),
    )
    return db.session.scalars(query.distinct().order_by(User.id)).all()
