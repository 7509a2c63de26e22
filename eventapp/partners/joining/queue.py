"""What waits for the vendor: who asks and nobody at the company decides, new companies, and matches that look unsure."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Select, and_, func, or_, select

from eventapp.accounts.models import User
from eventapp.accounts.permissions import Viewer
from eventapp.core.db import db
from eventapp.core.email import domain_of
from eventapp.core.errors import NotFoundError
from eventapp.partners.joining import queries
from eventapp.partners.joining.rules import ADMINS_HAVE
from eventapp.partners.models import (
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
    Person,
    PersonEmail,
    Territory,
)
from eventapp.partners.territory import queries as territory

# The oldest come first, so more than this wait for their turn only.
MOST_ITEMS = 1000


class Kind(StrEnum):
    """Why something waits for the vendor."""

    JOIN = "join"
    COMPANY = "company"
    UNSURE = "unsure"


class Why(StrEnum):
    """What the vendor should know before deciding."""

    NO_ADMIN = "no_admin"
    WISH = "wish"
    WAITS_LONG = "waits_long"
    OWN_DOMAIN = "own_domain"
    OTHER_DOMAIN = "other_domain"
    FREE_MAIL = "free_mail"
    TYPED = "typed"
    SEVERAL = "several"


@dataclass(frozen=True)
class Item:
    """One thing to decide. `own` says that it lies in the viewer's territory; `number` of `SEVERAL` is in `others`."""

    kind: Kind
    key: str
    id: int
    since: datetime
    person_id: int
    person: str
    address: str
    company: str
    city: str
    country: str
    country_code: str
    organisation_id: int | None
    note: str
    why: tuple[Why, ...]
    own: bool = True
    others: int = 0
    owner: str = ""
    role: MembershipRole = MembershipRole.MEMBER
    website: str = ""
    programme_id: str = ""


@dataclass
class _Domains:
    """What the list says about the domains of those who ask."""

    free: set[str] = field(default_factory=set)
    owners: dict[str, dict[int, str]] = field(default_factory=dict)


def items(viewer: Viewer, at: datetime) -> list[Item]:
    """What waits for the vendor, the viewer's own territory first, the oldest first. Empty for who decides nothing."""
    if not decides(viewer):
        return []
    rows = db.session.execute(_open_memberships(at)).all()
    told = db.session.execute(_open_companies()).all()
    domains = _domains(domain_of(row.address) for row in [*rows, *told] if row.address)
    many = Counter(domain_of(row.address) for row in [*rows, *told] if row.address)
    found = [item for row in rows if (item := _join_item(row, domains, many, at)) is not None]
    found += [_company_item(row, domains, many) for row in told]
    mine = _territory(viewer, found)
    if mine is not None:
        found = [_replace_own(item, item.key in mine) for item in found]
    return sorted(found, key=lambda item: (not item.own, item.since, item.key))


def count(viewer: Viewer, at: datetime) -> int:
    """How many things wait for the vendor."""
    return len(items(viewer, at))


def decides(viewer: Viewer) -> bool:
    """Whether the viewer sees what waits for the vendor."""
    return viewer.reads_all or viewer.manages_partners


def _open_memberships(at: datetime) -> Select[*tuple[Any, ...]]:
    return (
        select(
            Membership.id,
            Membership.state,
            Membership.role,
            Membership.matched_by,
            Membership.requested_at,
            Membership.request_note,
            Membership.organisation_id,
            Person.id.label("person_id"),
            Person.given_name,
            Person.family_name,
            Person.user_id,
            Person.created_at,
            func.coalesce(User.email, PersonEmail.address, "").label("address"),
            Organisation.name,
            Organisation.city,
            Organisation.country_code,
            Country.name.label("country"),
            queries.has_admin(at.date()).label("has_admin"),
        )
        .join(Person, Person.id == Membership.person_id)
        .join(Organisation, Organisation.id == Membership.organisation_id)
        .join(Country, Country.code == Organisation.country_code)
        .outerjoin(User, User.id == Person.user_id)
        .outerjoin(PersonEmail, and_(PersonEmail.person_id == Person.id, PersonEmail.is_primary))
        .where(or_(queries.ASKS, queries.WISHES))
        .order_by(Membership.requested_at, Membership.id)
        .limit(MOST_ITEMS)
    )


def _open_companies() -> Select[*tuple[Any, ...]]:
    return (
        select(
            CompanyRequest.id,
            CompanyRequest.name,
            CompanyRequest.city,
            CompanyRequest.country_code,
            CompanyRequest.website,
            CompanyRequest.programme_id,
            CompanyRequest.note,
            CompanyRequest.requested_at,
            Country.name.label("country"),
            Person.id.label("person_id"),
            Person.given_name,
            Person.family_name,
            func.coalesce(User.email, PersonEmail.address, "").label("address"),
        )
        .join(Person, Person.id == CompanyRequest.person_id)
        .join(Country, Country.code == CompanyRequest.country_code)
        .outerjoin(User, User.id == Person.user_id)
        .outerjoin(PersonEmail, and_(PersonEmail.person_id == Person.id, PersonEmail.is_primary))
        .where(CompanyRequest.state == CompanyRequestState.OPEN)
        .order_by(CompanyRequest.requested_at, CompanyRequest.id)
        .limit(MOST_ITEMS)
    )


def _domains(names: Iterable[str]) -> _Domains:
    wanted = set(names)
    if not wanted:
        return _Domains()
    found = _Domains(set(db.session.scalars(select(FreeMailDomain.domain).where(FreeMailDomain.domain.in_(wanted)))))
    owners = (
        select(EmailDomain.domain, Organisation.id, Organisation.name)
        .join(Organisation, Organisation.id == EmailDomain.organisation_id)
        .where(EmailDomain.domain.in_(wanted - found.free), Organisation.merged_into_id.is_(None))
    )
    for domain, id_, name in db.session.execute(owners):
        found.owners.setdefault(domain, {})[id_] = name
    return found


def _join_item(row: Any, domains: _Domains, many: Counter[str], at: datetime) -> Item | None:
    """What somebody asks of a company, if it is for the vendor to decide."""
    domain = domain_of(row.address)
    owners = domains.owners.get(domain, {})
    since = row.requested_at or row.created_at
    why = []
    if row.state is MembershipState.ACTIVE:
        why.append(Why.WISH)
    if not row.has_admin:
        why.append(Why.NO_ADMIN)
    elif since < at - ADMINS_HAVE:
        why.append(Why.WAITS_LONG)
    unsure = []
    if row.organisation_id in owners:
        why_domain = [Why.OWN_DOMAIN]
    else:
        why_domain = []
        if domain in domains.free:
            unsure.append(Why.FREE_MAIL)
        elif owners:
            unsure.append(Why.OTHER_DOMAIN)
        elif many[domain] > 1:
            unsure.append(Why.SEVERAL)
    if row.state is MembershipState.REQUESTED and row.matched_by in (None, MatchedBy.COMPANY):
        unsure.append(Why.TYPED)
    only_registered = row.user_id is None and row.organisation_id in owners
    if only_registered or not (why or unsure):
        # Who only registered for an event, with an address of the company, has asked for nothing that is the vendor's.
        return None
    return Item(
        kind=Kind.UNSURE if unsure and row.state is not MembershipState.ACTIVE else Kind.JOIN,
        key=f"m{row.id}",
        id=row.id,
        since=since,
        person_id=row.person_id,
        person=f"{row.given_name} {row.family_name}".strip(),
        address=row.address,
        company=row.name,
        city=row.city,
        country=row.country,
        country_code=row.country_code,
        organisation_id=row.organisation_id,
        note=row.request_note,
        why=(*why, *why_domain, *unsure),
        others=many[domain] - 1,
        owner=next(iter(owners.values()), ""),
        role=MembershipRole.ADMIN if row.role is MembershipRole.ADMIN and not unsure else MembershipRole.MEMBER,
    )


def _company_item(row: Any, domains: _Domains, many: Counter[str]) -> Item:
    domain = domain_of(row.address)
    owners = domains.owners.get(domain, {})
    why = []
    if domain in domains.free:
        why.append(Why.FREE_MAIL)
    elif owners:
        why.append(Why.OTHER_DOMAIN)
    elif many[domain] > 1:
        why.append(Why.SEVERAL)
    return Item(
        kind=Kind.COMPANY,
        key=f"c{row.id}",
        id=row.id,
        since=row.requested_at,
        person_id=row.person_id,
        person=f"{row.given_name} {row.family_name}".strip(),
        address=row.address,
        company=row.name,
        city=row.city,
        country=row.country,
        country_code=row.country_code,
        organisation_id=None,
        note=row.note,
        why=tuple(why),
        others=many[domain] - 1,
        owner=next(iter(owners.values()), ""),
        role=MembershipRole.ADMIN,
        website=row.website,
        programme_id=row.programme_id,
    )


def _replace_own(item: Item, own: bool) -> Item:
    return item if item.own is own else Item(**{**vars(item), "own": own})


def _territory(viewer: Viewer, found: Sequence[Item]) -> set[str] | None:
    """The keys of what lies in the viewer's territory; none if the viewer has no territory, so that all is alike."""
    if viewer.user is None or db.session.scalar(select(Territory.id).where(Territory.user_id == viewer.user.id).limit(1)) is None:
        return None
    ids = {item.organisation_id for item in found if item.organisation_id}
    near = select(Organisation.id).where(Organisation.id.in_(ids), territory.within(viewer.user.id))
    mine = set(db.session.scalars(near))
    codes = _countries_of(viewer.user.id)
    return {i.key for i in found if (i.organisation_id in mine if i.organisation_id else i.country_code in codes)}


def _countries_of(user_id: int) -> set[str]:
    query = (
        select(Country.code)
        .join(Territory, Territory.sub_region_key == Country.sub_region_key)
        .where(Territory.user_id == user_id)
    )
    return set(db.session.scalars(query))


def membership(viewer: Viewer, membership_id: int) -> tuple[Membership, Person]:
    """A request, or a wish to be admin, that the viewer may decide for the vendor, decided or not. Raises `NotFoundError`."""
    query = select(Membership, Person).join(Person, Person.id == Membership.person_id).where(Membership.id == membership_id)
    found = db.session.execute(query).one_or_none()
    if found is None or not territory.may_change(viewer, found[0].organisation_id):
        raise NotFoundError(membership_id)
    return found[0], found[1]


def company_request(viewer: Viewer, request_id: int) -> tuple[CompanyRequest, Person]:
    """What somebody told about a company, if the viewer may decide it for the vendor. Raises `NotFoundError`."""
    query = (
        select(CompanyRequest, Person).join(Person, Person.id == CompanyRequest.person_id).where(CompanyRequest.id == request_id)
    )
    found = db.session.execute(query).one_or_none()
    if found is None or not _may_add(viewer, found[0].country_code):
        raise NotFoundError(request_id)
    return found[0], found[1]


def _may_add(viewer: Viewer, country_code: str) -> bool:
    if viewer.is_organizer:
        return True
    return viewer.manages_partners and viewer.user is not None and country_code in _countries_of(viewer.user.id)


def may_decide(viewer: Viewer, item: Item) -> bool:
    """Whether the viewer may decide this, and not only look at it."""
    if item.organisation_id is not None:
        return territory.may_change(viewer, item.organisation_id)
    return _may_add(viewer, item.country_code)


def company_meant(viewer: Viewer, organisation_id: int) -> Organisation:
    """A company of the list that the viewer may put people into. Raises `NotFoundError`."""
    if not territory.may_change(viewer, organisation_id):
        raise NotFoundError(organisation_id)
    return queries.company_that_takes_people(organisation_id)
