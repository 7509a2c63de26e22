"""What a company may know of itself. Scope is the company acted for; who reads little is told so by the audience."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, case, exists, func, or_, select

from eventapp.accounts.models import User, UserSession
from eventapp.accounts.permissions import Viewer
from eventapp.core.db import db
from eventapp.core.email import domain_of
from eventapp.core.errors import NotFoundError
from eventapp.core.wall import whole
from eventapp.partners.joining.queries import ASKS, OWN_WISH
from eventapp.partners.models import (
    Country,
    Membership,
    MembershipRole,
    MembershipState,
    Organisation,
    Person,
    PersonEmail,
    Tier,
)
from eventapp.partners.permissions import may_read_company, may_run_company
from eventapp.partners.queries import domains_of

# Somebody of ours, now or once: their names are no secret here. Who was only typed, or only asks, is not among them.
OURS = (MembershipState.ACTIVE, MembershipState.ENDED)
# As many as one page shows; the others follow when these are decided.
MOST_REQUESTS = 200


def company(viewer: Viewer) -> Organisation:
    """The company acted for. Raises NotFoundError for whoever belongs to none."""
    found = db.session.get(Organisation, viewer.acting_for) if viewer.seat else None
    if found is None:
        raise NotFoundError
    return found


def read_id(viewer: Viewer) -> int:
    """The id of the company acted for, for its admins and executives. Raises NotFoundError for everybody else."""
    if not may_read_company(viewer) or viewer.acting_for is None:
        raise NotFoundError
    return viewer.acting_for


def run_id(viewer: Viewer) -> int:
    """The id of the company acted for, for its admins. Raises NotFoundError for everybody else."""
    if not may_run_company(viewer) or viewer.acting_for is None:
        raise NotFoundError
    return viewer.acting_for


def membership(viewer: Viewer, membership_id: int) -> tuple[Membership, Person, str]:
    """Somebody who belongs to the viewer's company, with the primary address. Raises NotFoundError."""
    query = (
        select(Membership, Person, PersonEmail.address)
        .join(Person, Person.id == Membership.person_id)
        .join(PersonEmail, and_(PersonEmail.person_id == Person.id, PersonEmail.is_primary))
        .where(
            Membership.id == membership_id,
            Membership.organisation_id == run_id(viewer),
            Membership.state == MembershipState.ACTIVE,
        )
    )
    found = db.session.execute(query).one_or_none()
    if found is None:
        raise NotFoundError(membership_id)
    return found[0], found[1], found[2]


def belongs_elsewhere(person_id: int, organisation_id: int) -> bool:
    """Whether a further company knows the person: then none of them may change who the person is.

    Also one that only typed the address, or where the person only asks: whoever could change the address would get the
    mails, with the secret link, that belong to the other company's registration.
    """
    query = select(Membership.id).where(
        Membership.person_id == person_id,
        Membership.organisation_id != organisation_id,
        Membership.state != MembershipState.DECLINED,
    )
    with whole():
        return db.session.scalar(query.limit(1)) is not None


def was_ours(person_id: int, organisation_id: int) -> bool:
    """Whether the person belonged to the company once."""
    query = select(Membership.id).where(
        Membership.person_id == person_id, Membership.organisation_id == organisation_id, Membership.state.in_(OURS)
    )
    return db.session.scalar(query.limit(1)) is not None


def details_missing() -> ColumnElement[bool]:
    """The condition that a member's function, job title or phone is not known."""
    return or_(Membership.function.is_(None), Membership.job_title == "", Person.phone == "")


def sign_in_state() -> ColumnElement[str]:
    """`no` login, `invited` to one that was never used, or `yes`."""
    used = exists().where(UserSession.user_id == User.id)
    return case((User.id.is_(None), "no"), (and_(User.password.is_(None), ~used), "invited"), else_="yes")


@dataclass(frozen=True)
class PeopleCounts:
    """A company's people in numbers. `missing`: function, job title or phone not known; `invited`: never signed in."""

    active: int
    missing: int
    invited: int
    requests: int
    former: int


def people_counts(viewer: Viewer) -> PeopleCounts:
    """How many people the company has, and what is missing, in one query."""
    active = Membership.state == MembershipState.ACTIVE
    row = db.session.execute(
        select(
            func.count(case((active, 1))),
            func.count(case((and_(active, details_missing()), 1))),
            func.count(case((and_(active, sign_in_state() == "invited"), 1))),
            func.count(case((is_request(), 1))),
            func.count(case((Membership.state == MembershipState.ENDED, 1))),
        )
        .select_from(Membership)
        .join(Person, Person.id == Membership.person_id)
        .outerjoin(User, User.id == Person.user_id)
        .where(Membership.organisation_id == read_id(viewer))
    ).one()
    return PeopleCounts(*(int(number) for number in row))


def is_request() -> ColumnElement[bool]:
    """The condition that somebody asked to join. Who was only typed by a colleague did not ask, and stays unnamed."""
    return and_(ASKS, OWN_WISH)


@dataclass(frozen=True)
class JoinRequest:
    """Somebody who asks to join. `own_domain`: with an address of the company."""

    membership_id: int
    name: str
    address: str
    note: str
    requested_at: datetime | None
    wants_admin: bool
    own_domain: bool


def requests(viewer: Viewer) -> list[JoinRequest]:
    """Who asks to join the company, the oldest request first."""
    company_id = read_id(viewer)
    query = (
        select(Membership, Person, PersonEmail.address)
        .join(Person, Person.id == Membership.person_id)
        .join(PersonEmail, and_(PersonEmail.person_id == Person.id, PersonEmail.is_primary))
        .where(Membership.organisation_id == company_id, is_request())
        .order_by(Membership.requested_at, Membership.id)
        .limit(MOST_REQUESTS)
    )
    domains = set(domains_of(company_id))
    return [
        JoinRequest(
            m.id,
            p.full_name,
            address,
            m.request_note,
            m.requested_at,
            m.role == MembershipRole.ADMIN,
            domain_of(address) in domains,
        )
        for m, p, address in db.session.execute(query)
    ]


def admins(viewer: Viewer) -> Sequence[Any]:
    """The company's admins by name, with whether they can sign in."""
    query = (
        select(
            Membership.id,
            Person.id.label("person_id"),
            Person.user_id,
            Person.given_name,
            Person.family_name,
            PersonEmail.address,
            sign_in_state().label("sign_in"),
        )
        .join(Person, Person.id == Membership.person_id)
        .join(PersonEmail, and_(PersonEmail.person_id == Person.id, PersonEmail.is_primary))
        .outerjoin(User, User.id == Person.user_id)
        .where(
            Membership.organisation_id == read_id(viewer),
            Membership.state == MembershipState.ACTIVE,
            Membership.role == MembershipRole.ADMIN,
        )
        .order_by(Person.sort_key, Person.id)
    )
    return db.session.execute(query).all()


def candidates(viewer: Viewer) -> Sequence[Any]:
    """The people of the company who are no admins, by name."""
    query = (
        select(Membership.id, Person.user_id, Person.given_name, Person.family_name, PersonEmail.address)
        .join(Person, Person.id == Membership.person_id)
        .join(PersonEmail, and_(PersonEmail.person_id == Person.id, PersonEmail.is_primary))
        .where(
            Membership.organisation_id == run_id(viewer),
            Membership.state == MembershipState.ACTIVE,
            Membership.role != MembershipRole.ADMIN,
        )
        .order_by(Person.sort_key, Person.id)
    )
    return db.session.execute(query).all()


def own_membership(viewer: Viewer) -> tuple[Membership, Person]:
    """The viewer's own membership in the company acted for. Raises NotFoundError."""
    query = (
        select(Membership, Person)
        .join(Person, Person.id == Membership.person_id)
        .where(
            Membership.organisation_id == run_id(viewer),
            Membership.state == MembershipState.ACTIVE,
            Person.user_id == (viewer.user.id if viewer.user else None),
        )
    )
    found = db.session.execute(query).one_or_none()
    if found is None:
        raise NotFoundError
    return found[0], found[1]


def segment(organisation: Organisation) -> tuple[str, str]:
    """The labels of the company's tier (empty: none) and country."""
    query = (
        select(Tier.label, Country.name)
        .select_from(Organisation)
        .join(Country, Country.code == Organisation.country_code)
        .outerjoin(Tier, Tier.key == Organisation.tier_key)
        .where(Organisation.id == organisation.id)
    )
    row = db.session.execute(query).one()
    return row[0] or "", row[1]
