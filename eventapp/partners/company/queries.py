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
from eventapp.core.text import words
from eventapp.core.wall import whole
from eventapp.partners.joining.queries import ASKS, OWN_WISH
from eventapp.partners.models import (
    CALLED_ADDRESS,
    CALLED_FAMILY,
    CALLED_GIVEN,
    CALLED_PHONE,
    CALLED_SORT,
    Country,
    MatchedBy,
    Membership,
    MembershipRole,
    MembershipState,
    Organisation,
    Person,
    PersonEmail,
    Tier,
)
from eventapp.partners.permissions import may_read_company, may_run_company
from eventapp.partners.queries import domains_of, person_matches
from eventapp.partners.rules import person_words

# Somebody of ours, now or once. Who was only typed, or only asks, is not among them.
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
        select(Membership, Person, CALLED_ADDRESS)
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
    """Whether a further company knows the person: then what one of them enters about who it is stays with that one.

    Also one that only typed the address, or where the person only asks.
    """
    query = select(Membership.id).where(
        Membership.person_id == person_id,
        Membership.organisation_id != organisation_id,
        Membership.state != MembershipState.DECLINED,
    )
    with whole():
        return db.session.scalar(query.limit(1)) is not None


@dataclass(frozen=True)
class Entered:
    """Somebody whom the company has entered and who has not confirmed yet: what was typed, and nothing else."""

    membership_id: int
    name: str
    address: str
    requested_at: datetime | None


ENTERED = and_(
    Membership.state == MembershipState.REQUESTED,
    Membership.matched_by == MatchedBy.COMPANY,
    Membership.address.is_not(None),
)


def entered(viewer: Viewer) -> list[Entered]:
    """Who was entered and has not confirmed yet, the latest first."""
    query = select(Membership).where(Membership.organisation_id == read_id(viewer), ENTERED)
    order = (Membership.requested_at.desc(), Membership.id.desc())
    return [
        Entered(m.id, f"{m.given_name} {m.family_name}".strip(), m.address or "", m.requested_at)
        for m in db.session.scalars(query.order_by(*order).limit(MOST_REQUESTS))
    ]


def entered_by_id(viewer: Viewer, membership_id: int) -> Membership:
    """Somebody of `entered`. Raises NotFoundError."""
    query = select(Membership).where(Membership.id == membership_id, Membership.organisation_id == run_id(viewer), ENTERED)
    found = db.session.scalar(query)
    if found is None:
        raise NotFoundError(membership_id)
    return found


def entered_person(person_id: int, organisation_id: int) -> Membership | None:
    """The person's entry there, if the company has entered them and they have not confirmed yet."""
    query = select(Membership).where(Membership.person_id == person_id, Membership.organisation_id == organisation_id, ENTERED)
    return db.session.scalar(query)


def entered_by_link(membership_id: int) -> tuple[Membership, Person, Organisation]:
    """Whom a company has entered, or who has confirmed it since, for who has the link. Raises NotFoundError once taken back."""
    query = (
        select(Membership, Person, Organisation)
        .join(Person, Person.id == Membership.person_id)
        .join(Organisation, Organisation.id == Membership.organisation_id)
        .where(
            Membership.id == membership_id,
            or_(ENTERED, Membership.state == MembershipState.ACTIVE),
            Organisation.merged_into_id.is_(None),
        )
    )
    found = db.session.execute(query).one_or_none()
    if found is None:
        raise NotFoundError(membership_id)
    return found[0], found[1], found[2]


def called_otherwise(viewer: Viewer) -> dict[int, tuple[str, str]]:
    """Name and address, by the person's id, of those whom the company calls otherwise than they are called elsewhere."""
    query = (
        select(Person.id, CALLED_GIVEN, CALLED_FAMILY, CALLED_ADDRESS)
        .join(Membership, Membership.person_id == Person.id)
        .join(PersonEmail, and_(PersonEmail.person_id == Person.id, PersonEmail.is_primary))
        .where(
            Membership.organisation_id == read_id(viewer),
            Membership.state == MembershipState.ACTIVE,
            or_(Membership.given_name.is_not(None), Membership.address.is_not(None)),
        )
    )
    return {row[0]: (f"{row[1]} {row[2]}".strip(), row[3]) for row in db.session.execute(query)}


def found_by(company_id: int, text: str) -> ColumnElement[bool] | None:
    """The condition that somebody of the company is found by `text`; none if there is nothing to look for.

    The word index knows people's own names. Who is called otherwise here is found under that name alone.
    """
    found = person_matches(Person.id, text)
    if found is None:
        return None
    called = and_(
        Membership.organisation_id == company_id,
        Membership.state == MembershipState.ACTIVE,
        or_(Membership.given_name.is_not(None), Membership.address.is_not(None)),
    )
    query = select(Person.id, CALLED_GIVEN, CALLED_FAMILY, CALLED_ADDRESS).join(Membership).join(PersonEmail).where(called)
    asked, hits = words(text), set()
    for person_id, given, family, address in db.session.execute(query.where(PersonEmail.is_primary)):
        theirs = person_words(given, family, "", [address])
        if all(any(word.startswith(part) for word in theirs) for part in asked):
            hits.add(person_id)
    otherwise = select(Membership.person_id).where(called)
    return or_(and_(found, Person.id.not_in(otherwise)), Person.id.in_(hits))


def details_missing() -> ColumnElement[bool]:
    """The condition that a member's function, job title or phone is not known."""
    return or_(Membership.function.is_(None), Membership.job_title == "", CALLED_PHONE == "")


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
            CALLED_GIVEN.label("given_name"),
            CALLED_FAMILY.label("family_name"),
            CALLED_ADDRESS.label("address"),
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
        .order_by(CALLED_SORT, Person.id)
    )
    return db.session.execute(query).all()


def candidates(viewer: Viewer) -> Sequence[Any]:
    """The people of the company who are no admins, by name."""
    query = (
        select(
            Membership.id,
            Person.user_id,
            CALLED_GIVEN.label("given_name"),
            CALLED_FAMILY.label("family_name"),
            CALLED_ADDRESS.label("address"),
        )
        .join(Person, Person.id == Membership.person_id)
        .join(PersonEmail, and_(PersonEmail.person_id == Person.id, PersonEmail.is_primary))
        .where(
            Membership.organisation_id == run_id(viewer),
            Membership.state == MembershipState.ACTIVE,
            Membership.role != MembershipRole.ADMIN,
        )
        .order_by(CALLED_SORT, Person.id)
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
