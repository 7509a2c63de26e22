"""What a person sees of their own way into a company, and what a company's admins see of who asks."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import count, islice
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, exists, func, or_, select
from sqlalchemy.orm import aliased

from eventapp.accounts.models import User
from eventapp.accounts.permissions import Viewer
from eventapp.core.db import db
from eventapp.core.email import domain_of
from eventapp.core.errors import NotFoundError
from eventapp.core.text import words
from eventapp.core.wall import whole
from eventapp.partners import queries as partners
from eventapp.partners.joining.rules import SEARCH_LIMIT, SEARCH_MIN, Candidate
from eventapp.partners.models import (
    IN_PROGRAMME,
    Alias,
    CompanyRequest,
    CompanyRequestState,
    Country,
    EmailDomain,
    FreeMailDomain,
    MatchedBy,
    Membership,
    MembershipRole,
    MembershipState,
    Organisation,
    OrganisationStatus,
    Person,
    PersonEmail,
)

_CHUNK = 200
# Whoever is typed in by a company has not asked for anything.
OWN_WISH = and_(Membership.matched_by.is_not(None), Membership.matched_by != MatchedBy.COMPANY)
ASKS = Membership.state == MembershipState.REQUESTED
# A member who asks to be made admin, in a company that has none.
WISHES = and_(Membership.state == MembershipState.ACTIVE, Membership.requested_at.is_not(None), Membership.decided_at.is_(None))
TAKES_PEOPLE = and_(
    Organisation.status.in_([OrganisationStatus.ACTIVE, OrganisationStatus.PROSPECT]),
    Organisation.merged_into_id.is_(None),
    IN_PROGRAMME,
)


def has_admin(today: date) -> ColumnElement[bool]:
    """The condition that somebody can sign in and decide for the company: an admin in force with an active login."""
    seat, holder, login = aliased(Membership), aliased(Person), aliased(User)
    query = (
        select(seat.id)
        .join(holder, holder.id == seat.person_id)
        .join(login, login.id == holder.user_id)
        .where(
            seat.organisation_id == Organisation.id,
            seat.role == MembershipRole.ADMIN,
            seat.state == MembershipState.ACTIVE,
            or_(seat.valid_from.is_(None), seat.valid_from <= today),
            or_(seat.valid_to.is_(None), seat.valid_to >= today),
            login.active,
        )
    )
    return query.correlate(Organisation).exists()


def person_of(user_id: int) -> Person | None:
    """The person behind a login."""
    return db.session.scalar(select(Person).where(Person.user_id == user_id))


def has_belonged(person_id: int) -> bool:
    """Whether the person belongs or belonged to any company, or has asked to."""
    query = select(Membership.id).where(
        Membership.person_id == person_id, or_(Membership.state != MembershipState.REQUESTED, OWN_WISH)
    )
    with whole():
        return db.session.scalar(query.limit(1)) is not None


def is_somebody_elses(address: str, user_id: int) -> bool:
    """Whether the address is that of a person who has another login."""
    query = select(Person.user_id).join(PersonEmail, PersonEmail.person_id == Person.id).where(PersonEmail.address == address)
    with whole():
        return db.session.scalar(query) not in (None, user_id)


def company_that_takes_people(organisation_id: int) -> Organisation:
    """The company, if people may join it. Raises `NotFoundError` for all others, known or not."""
    found = db.session.scalar(select(Organisation).where(Organisation.id == organisation_id, TAKES_PEOPLE))
    if found is None:
        raise NotFoundError(organisation_id)
    return found


def company_has_admin(organisation_id: int, today: date) -> bool:
    """Whether somebody can sign in and decide for the company on that day."""
    query = select(Organisation.id).where(Organisation.id == organisation_id, has_admin(today))
    return db.session.scalar(query) is not None


def by_domain(address: str) -> list[Candidate]:
    """The companies that take people and own exactly the domain of a proven address, by country and name.

    A mail provider's domain belongs to nobody, and a subdomain is another domain.
    """
    domain = domain_of(address)
    query = (
        _candidates()
        .join(EmailDomain, EmailDomain.organisation_id == Organisation.id)
        .where(EmailDomain.domain == domain, ~exists().where(FreeMailDomain.domain == domain))
        .order_by(Country.name, Organisation.sort_key, Organisation.id)
    )
    # Whoever has proven the address may know whose domain it is.
    with whole():
        return [Candidate(*row[:4]) for row in db.session.execute(query)]


def owns_domain(organisation_id: int, address: str) -> bool:
    """Whether the company owns exactly the domain of the address, and the domain is no mail provider's."""
    return any(candidate.organisation_id == organisation_id for candidate in by_domain(address))


def _candidates() -> Select[*tuple[Any, ...]]:
    columns = (Organisation.id, Organisation.name, Organisation.city, Country.name.label("country"))
    return (
        select(*columns, Organisation.legal_name, Organisation.programme_id)
        .join(Country, Country.code == Organisation.country_code)
        .where(TAKES_PEOPLE)
    )


def search(text: str, country_code: str) -> tuple[list[Candidate], bool]:
    """Companies that take people, by names or programme ID, narrowed to a country; and whether there are more.

    The word index knows domains and register numbers as well. Those tell nobody anything here: each word must begin a
    word of a name or of the programme ID.
    """
    asked = words(text)
    matches = partners.company_matches(Organisation.id, text)
    if matches is None or sum(map(len, asked)) < SEARCH_MIN:
        return [], False
    query = _candidates().where(matches).order_by(Organisation.sort_key, Organisation.id)
    if country_code:
        query = query.where(Organisation.country_code == country_code)
    # Names, cities and countries of companies are the vendor's public directory.
    with whole():
        found = list(islice(_named(query, asked), SEARCH_LIMIT + 1))
    return found[:SEARCH_LIMIT], len(found) > SEARCH_LIMIT


def _named(query: Select[*tuple[Any, ...]], asked: set[str]) -> Iterator[Candidate]:
    """The companies among these that every word names."""
    for start in count(0, _CHUNK):
        rows = db.session.execute(query.limit(_CHUNK).offset(start)).all()
        aliases = _aliases([row.id for row in rows])
        for row in rows:
            known = words(row.name, row.legal_name, row.programme_id, *aliases.get(row.id, ()))
            if all(any(word.startswith(part) for word in known) for part in asked):
                yield Candidate(*row[:4])
        if len(rows) < _CHUNK:
            return


def _aliases(ids: Sequence[int]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    for row in db.session.execute(select(Alias.organisation_id, Alias.name).where(Alias.organisation_id.in_(ids))):
        found.setdefault(row.organisation_id, []).append(row.name)
    return found


@dataclass(frozen=True)
class Asked:
    """A company that somebody has asked, wants to be admin of, or was refused by."""

    membership_id: int
    organisation_id: int
    company: str
    role: MembershipRole
    requested_at: datetime | None
    decided_at: datetime | None
    decline_reason: str
    by_domain: bool
    is_wish: bool


def own_request(person_id: int) -> Asked | None:
    """The company that the person has asked and that has not decided yet. There is one at a time."""
    return _asked(person_id, and_(ASKS, OWN_WISH))


def own_wish(person_id: int) -> Asked | None:
    """The company of the person that they wish to look after."""
    return _asked(person_id, WISHES)


def _asked(person_id: int, condition: ColumnElement[bool]) -> Asked | None:
    found = _asked_rows(person_id, condition, 1)
    return found[0] if found else None


def _asked_rows(person_id: int, condition: ColumnElement[bool], limit: int) -> list[Asked]:
    order = (Membership.requested_at.desc(), Membership.id.desc())
    query = (
        select(Membership, Organisation.name)
        .join(Organisation, Organisation.id == Membership.organisation_id)
        .where(Membership.person_id == person_id, condition)
        .order_by(*order)
        .limit(limit)
    )
    proven = (MatchedBy.DOMAIN, MatchedBy.CHOICE, MatchedBy.PROVIDER)
    return [
        Asked(
            m.id,
            m.organisation_id,
            name,
            m.role,
            m.requested_at,
            m.decided_at,
            m.decline_reason,
            m.matched_by in proven,
            m.state is MembershipState.ACTIVE,
        )
        for m, name in db.session.execute(query)
    ]


def refusals(person_id: int, since: datetime) -> list[Asked]:
    """The companies that have refused the person since that moment, the last one first; refused wishes to be admin too."""
    refused = and_(
        Membership.decided_at > since,
        or_(
            Membership.state == MembershipState.DECLINED,
            and_(Membership.state == MembershipState.ACTIVE, Membership.decline_reason != ""),
        ),
    )
    return _asked_rows(person_id, refused, 10)


def last_refusal(person_id: int, organisation_id: int) -> datetime | None:
    """When the company, or the vendor for it, refused the person last."""
    refused = or_(Membership.state == MembershipState.DECLINED, Membership.decline_reason != "")
    query = select(func.max(Membership.decided_at)).where(
        Membership.person_id == person_id, Membership.organisation_id == organisation_id, refused
    )
    return db.session.scalar(query)


def own_company_request(person_id: int) -> CompanyRequest | None:
    """The company that the person has told the vendor about and that is not decided yet."""
    query = select(CompanyRequest).where(CompanyRequest.person_id == person_id, CompanyRequest.state == CompanyRequestState.OPEN)
    return db.session.scalar(query)


def refused_company_requests(person_id: int, since: datetime) -> list[CompanyRequest]:
    """What the person has told about companies and the vendor has refused since that moment, the last one first."""
    query = select(CompanyRequest).where(
        CompanyRequest.person_id == person_id,
        CompanyRequest.state == CompanyRequestState.DECLINED,
        CompanyRequest.decided_at > since,
    )
    return list(db.session.scalars(query.order_by(CompanyRequest.decided_at.desc()).limit(10)))


def pending(viewer: Viewer) -> Asked | None:
    """What somebody who belongs to no company yet has asked for; none for visitors and members."""
    if viewer.user is None or viewer.seats:
        return None
    person = person_of(viewer.user.id)
    return own_request(person.id) if person is not None else None


def companies_without_admin(viewer: Viewer, today: date) -> set[int]:
    """The companies that the viewer belongs to and nobody can decide for."""
    ids = [seat.company_id for seat in viewer.seats]
    if not ids:
        return set()
    query = select(Organisation.id).where(Organisation.id.in_(ids), ~has_admin(today), TAKES_PEOPLE)
    with whole():
        return set(db.session.scalars(query))


def admins_of(organisation_id: int, today: date) -> Sequence[Row[str, str]]:
    """Name and address of everybody who can sign in and decide for the company."""
    query = (
        select(Person.given_name + " " + Person.family_name, User.email)
        .join(Membership, Membership.person_id == Person.id)
        .join(User, User.id == Person.user_id)
        .where(
            Membership.organisation_id == organisation_id,
            Membership.role == MembershipRole.ADMIN,
            Membership.state == MembershipState.ACTIVE,
            or_(Membership.valid_from.is_(None), Membership.valid_from <= today),
            or_(Membership.valid_to.is_(None), Membership.valid_to >= today),
            User.active,
        )
        .order_by(Person.id)
    )
    return db.session.execute(query).all()


def waiting_at(organisation_id: int) -> int:
    """How many people ask to belong to the company, for a mail to its admin."""
    query = select(func.count()).select_from(Membership).where(Membership.organisation_id == organisation_id, ASKS, OWN_WISH)
    return db.session.scalar(query) or 0


def request(viewer: Viewer, membership_id: int) -> tuple[Membership, Person]:
    """A request to belong to a company that the viewer acts for, decided or not. Raises `NotFoundError`."""
    query = (
        select(Membership, Person)
        .join(Person, Person.id == Membership.person_id)
        .where(
            Membership.id == membership_id,
            Membership.organisation_id.in_(viewer.company_ids),
            Membership.requested_at.is_not(None),
            OWN_WISH,
        )
    )
    found = db.session.execute(query).one_or_none()
    if found is None:
        raise NotFoundError(membership_id)
    return found[0], found[1]
