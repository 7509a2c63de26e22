"""Companies and people, scoped to who asks."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, bindparam, case, exists, or_, select
from sqlalchemy.orm import InstrumentedAttribute, aliased

from eventapp.accounts.permissions import Seat, Viewer
from eventapp.core.db import db
from eventapp.core.email import domain_of
from eventapp.core.errors import NotFoundError, RuleError
from eventapp.core.i18n import _
from eventapp.core.text import fold, words
from eventapp.core.wall import whole
from eventapp.partners.models import (
    CALLED_ADDRESS,
    CALLED_FAMILY,
    CALLED_GIVEN,
    CALLED_SORT,
    IN_PROGRAMME,
    IS_UNCONFIRMED,
    Country,
    EmailDomain,
    FreeMailDomain,
    JobFunction,
    Membership,
    MembershipRole,
    MembershipState,
    MissingSupplier,
    Organisation,
    OrganisationStatus,
    OrganisationWord,
    Person,
    PersonEmail,
    PersonWord,
    Relationship,
    Tier,
)
from eventapp.partners.rules import company_sort_key

# Behind every word that starts with a given text, in the byte order of the word indexes.
LAST = "\U0010ffff"
# A distributor supplies hundreds; the page names this many and says that there are more.
MOST_RELATED = 60
# So many are named when a text may mean several.
SHOWN = 5


@dataclass(frozen=True)
class Colleague:
    """A person in a company, as lists and the registration form show it."""

    person_id: int
    membership_id: int
    given_name: str
    family_name: str
    address: str
    job_title: str
    function: JobFunction | None
    role: MembershipRole

    @property
    def full_name(self) -> str:
        """Given and family name."""
        return f"{self.given_name} {self.family_name}".strip()


# Built once: every page of somebody who is signed in asks for it.
_SEATS = (
    select(Organisation.id, Organisation.name, Membership.role, Membership.person_id)
    .join(Membership, Membership.organisation_id == Organisation.id)
    .join(Person, Person.id == Membership.person_id)
    .where(
        Person.user_id == bindparam("user"),
        Membership.state == MembershipState.ACTIVE,
        or_(Membership.valid_from.is_(None), Membership.valid_from <= bindparam("today")),
        or_(Membership.valid_to.is_(None), Membership.valid_to >= bindparam("today")),
    )
    .order_by(Membership.role != MembershipRole.ADMIN, Organisation.sort_key, Organisation.id)
)


def seats_of(user_id: int, today: date) -> tuple[Seat, ...]:
    """The companies that the user belongs to on that day: those that the user is an admin of first, then by name."""
    rows = db.session.execute(_SEATS, {"user": user_id, "today": today})
    return tuple(Seat(row.id, row.name, row.role.value, row.person_id) for row in rows)


def person_of_user(user_id: int) -> int | None:
    """The id of the person whose login it is."""
    return db.session.scalar(select(Person.id).where(Person.user_id == user_id))


def administered_by(user_id: int, today: date) -> frozenset[int]:
    """Ids of the companies that the user is an admin of."""
    return frozenset(seat.company_id for seat in seats_of(user_id, today) if seat.role == MembershipRole.ADMIN)


def organisation(viewer: Viewer, organisation_id: int) -> Organisation:
    """The company. Raises `NotFoundError` if it does not exist or is not the viewer's own."""
    found = db.session.get(Organisation, organisation_id) if _sees(viewer, organisation_id) else None
    if found is None or found.stands_aside:
        raise NotFoundError
    return found


def organisations_of(viewer: Viewer) -> list[Organisation]:
    """The companies that the viewer acts for, by name. An organizer acts for none of them."""
    if not viewer.company_ids:
        return []
    query = select(Organisation).where(Organisation.id.in_(viewer.company_ids)).order_by(Organisation.sort_key, Organisation.id)
    return list(db.session.scalars(query))


def colleagues(viewer: Viewer, organisation_id: int) -> list[Colleague]:
    """The people of a company as it calls them, by family name. Raises `NotFoundError` like `organisation`."""
    organisation(viewer, organisation_id)
    query = (
        select(
            Person.id,
            Membership.id,
            CALLED_GIVEN,
            CALLED_FAMILY,
            CALLED_ADDRESS,
            Membership.job_title,
            Membership.function,
            Membership.role,
        )
        .join(Membership, Membership.person_id == Person.id)
        .join(PersonEmail, and_(PersonEmail.person_id == Person.id, PersonEmail.is_primary))
        .where(Membership.organisation_id == organisation_id, Membership.state == MembershipState.ACTIVE)
        .order_by(CALLED_SORT, Person.id)
    )
    return [Colleague(*row) for row in db.session.execute(query)]


def members(viewer: Viewer, organisation_id: int) -> Sequence[Any]:
    """Everybody in a company, who asked to be and who was too, by state and family name. Raises `NotFoundError`."""
    organisation(viewer, organisation_id)
    order = case({MembershipState.REQUESTED: 0, MembershipState.ACTIVE: 1}, value=Membership.state, else_=2)
    query = (
        select(
            Membership.id,
            Membership.state,
            Membership.role,
            Membership.job_title,
            Membership.function,
            Membership.valid_to,
            Person.id.label("person_id"),
            Person.given_name,
            Person.family_name,
            Person.phone,
            Person.user_id,
            PersonEmail.address,
        )
        .join(Person, Person.id == Membership.person_id)
        .join(PersonEmail, and_(PersonEmail.person_id == Person.id, PersonEmail.is_primary))
        .where(Membership.organisation_id == organisation_id)
        .order_by(order, Person.sort_key, Membership.id)
    )
    return db.session.execute(query).all()


def membership(viewer: Viewer, organisation_id: int, membership_id: int) -> tuple[Membership, Person]:
    """A membership of that company, with its person. Raises `NotFoundError`."""
    organisation(viewer, organisation_id)
    query = (
        select(Membership, Person)
        .join(Person, Person.id == Membership.person_id)
        .where(Membership.id == membership_id, Membership.organisation_id == organisation_id)
    )
    found = db.session.execute(query).one_or_none()
    if found is None:
        raise NotFoundError
    return found[0], found[1]


def address_of(person_id: int) -> str:
    """The person's primary address."""
    return db.session.scalar(select(PersonEmail.address).where(PersonEmail.person_id == person_id, PersonEmail.is_primary)) or ""


def related(organisation_id: int) -> list[tuple[str, int, str]]:
    """Companies that a company is connected with: kind seen from it, id, name. By kind and name."""
    parent = select(Organisation.parent_id).where(Organisation.id == organisation_id)
    near = select(Organisation.id, Organisation.name).order_by(Organisation.sort_key)
    found = [("parent", row.id, row.name) for row in db.session.execute(near.where(Organisation.id.in_(parent)))]
    found += [("subsidiary", r.id, r.name) for r in db.session.execute(near.where(Organisation.parent_id == organisation_id))]
    both = near.add_columns(Relationship.kind, Relationship.from_id).join(
        Relationship,
        or_(
            and_(Relationship.from_id == organisation_id, Relationship.to_id == Organisation.id),
            and_(Relationship.to_id == organisation_id, Relationship.from_id == Organisation.id),
        ),
    )
    for row in db.session.execute(both.limit(MOST_RELATED)):
        found.append((f"{row.kind.value}_{'to' if row.from_id == organisation_id else 'by'}", row.id, row.name))
    return found


def missing_suppliers(organisation_id: int) -> list[str]:
    """Programme IDs of suppliers that no company has yet."""
    query = select(MissingSupplier.programme_id).where(MissingSupplier.organisation_id == organisation_id)
    return sorted(db.session.scalars(query))


_BY_ADDRESS = (
    select(Person).join(PersonEmail, PersonEmail.person_id == Person.id).where(PersonEmail.address == bindparam("address"))
)


def person_by_address(address: str) -> Person | None:
    """The person with this address, given in normal form."""
    return db.session.scalar(_BY_ADDRESS, {"address": address})


_OPEN_MEMBERSHIP = select(Membership).where(
    Membership.person_id == bindparam("person"),
    Membership.organisation_id == bindparam("company"),
    Membership.state.in_([MembershipState.REQUESTED, MembershipState.ACTIVE]),
)


def open_membership(person_id: int, organisation_id: int) -> Membership | None:
    """The person's membership in the company that is in force or asked for."""
    return db.session.scalar(_OPEN_MEMBERSHIP, {"person": person_id, "company": organisation_id})


def is_member(person_id: int, organisation_id: int) -> bool:
    """Whether the person's membership in the company is in force."""
    found = open_membership(person_id, organisation_id)
    return found is not None and found.state is MembershipState.ACTIVE


def company_for_address(address: str) -> list[Organisation]:
    """The companies that own the domain of an address in normal form, by name; several may share it.

    A mail provider's domain says nothing about a company, and a company whose contract has ended takes nobody in.
    """
    domain = domain_of(address)
    query = (
        select(Organisation)
        .join(EmailDomain, EmailDomain.organisation_id == Organisation.id)
        .where(
            EmailDomain.domain == domain,
            Organisation.status != OrganisationStatus.ENDED,
            ~exists().where(FreeMailDomain.domain == domain),
        )
        .order_by(Organisation.sort_key, Organisation.id)
    )
    return list(db.session.scalars(query))


_DOMAINS = select(EmailDomain.domain).where(EmailDomain.organisation_id == bindparam("company")).order_by(EmailDomain.domain)


def company_by_text(text: str) -> Organisation | None:
    """The company of that programme ID or of that name; accents and case matter only where they tell two apart."""
    found = _companies_by_text(text)
    return found[0] if len(found) == 1 else None


def company_named(text: str, field: str | None = "company") -> Organisation:
    """The company that somebody has typed, as `company_by_text`. Raises RuleError at `field`: for none, and for several."""
    found = _companies_by_text(text)
    if not found:
        message = _("No company has this programme ID or name. Copy the ID from the list of companies.")
        raise RuleError(message, field, 422)
    if len(found) > 1:
        ids = ", ".join(c.programme_id or f"{c.name} ({c.country_code})" for c in found[:SHOWN])
        raise RuleError(
            _("Several companies have this name. Enter the ID of the one that you mean: %(ids)s.", ids=ids), field, 422
        )
    return found[0]


def _companies_by_text(text: str) -> Sequence[Organisation]:
    query = select(Organisation).where(
        Organisation.merged_into_id.is_(None),
        IN_PROGRAMME,
        or_(Organisation.programme_id == text.upper(), Organisation.sort_key == company_sort_key(text)),
    )
    found = db.session.scalars(query.limit(20)).all()
    return [c for c in found if c.programme_id == text.upper()] or [c for c in found if c.name == text] or found


def companies_by_text(lines: Sequence[str]) -> dict[str, int]:
    """The ids of the companies that lines name, by programme ID or name; a line that names none or several is left out."""
    keys = {line: (line.upper(), company_sort_key(line)) for line in lines}
    query = select(Organisation.id, Organisation.programme_id, Organisation.sort_key).where(
        Organisation.merged_into_id.is_(None),
        IN_PROGRAMME,
        or_(
            Organisation.programme_id.in_([k[0] for k in keys.values()]), Organisation.sort_key.in_([k[1] for k in keys.values()])
        ),
    )
    by_id: dict[str, int] = {}
    by_name: dict[str, list[int]] = {}
    for id_, programme_id, sort_key in db.session.execute(query):
        by_id[programme_id or ""] = id_
        by_name.setdefault(sort_key, []).append(id_)
    found = {line: by_id.get(key) or (by_name.get(name) or [0])[0] for line, (key, name) in keys.items()}
    return {line: id_ for line, id_ in found.items() if id_ and (keys[line][0] in by_id or len(by_name[keys[line][1]]) == 1)}


def domains_of(organisation_id: int) -> list[str]:
    """The mail domains of a company, in alphabetical order."""
    return list(db.session.scalars(_DOMAINS, {"company": organisation_id}))


UNCONFIRMED = select(Organisation).where(IS_UNCONFIRMED)


def unconfirmed() -> Organisation | None:
    """The row of people of whom nobody has confirmed where they belong, if there is one already."""
    return db.session.scalar(UNCONFIRMED)


def rank_of(company: Organisation) -> int:
    """Where the company's tier stands among those who wait by tier: the highest tier lowest, no tier last."""
    if company.tier_key is None:
        return 0
    return -(db.session.scalar(select(Tier.position).where(Tier.key == company.tier_key)) or 0)


def tiers() -> list[tuple[str, str]]:
    """The programme's tiers, lowest first: key and label."""
    return [(row.key, row.label) for row in db.session.execute(select(Tier.key, Tier.label).order_by(Tier.position))]


def countries() -> list[tuple[str, str]]:
    """The countries that the programme serves, by name: code and name."""
    return [(row.code, row.name) for row in db.session.execute(select(Country.code, Country.name).order_by(Country.name))]


def sole_domains(organisation_id: int) -> set[str]:
    """The company's mail domains that no other company has: whoever has an address there is of the company."""
    other = aliased(EmailDomain)
    query = select(EmailDomain.domain).where(
        EmailDomain.organisation_id == organisation_id,
        ~exists().where(other.domain == EmailDomain.domain, other.organisation_id != organisation_id),
        ~exists().where(FreeMailDomain.domain == EmailDomain.domain),
    )
    with whole():
        return set(db.session.scalars(query))


def is_free_mail(domain: str) -> bool:
    """Whether the domain belongs to a mail provider."""
    return db.session.get(FreeMailDomain, domain) is not None


def company_matches(column: ColumnElement[int] | InstrumentedAttribute[int], text: str) -> ColumnElement[bool] | None:
    """The condition that the company with the id in `column` is found by `text`; none if there is nothing to look for."""
    return _matches(column, text, OrganisationWord.word, OrganisationWord.organisation_id)


def person_matches(column: ColumnElement[int] | InstrumentedAttribute[int], text: str) -> ColumnElement[bool] | None:
    """The condition that the person with the id in `column` is found by `text`; none if there is nothing to look for."""
    return _matches(column, text, PersonWord.word, PersonWord.person_id)


def _matches(
    column: ColumnElement[int] | InstrumentedAttribute[int],
    text: str,
    word: InstrumentedAttribute[str],
    owner: InstrumentedAttribute[int],
) -> ColumnElement[bool] | None:
    """Every word of the text starts a word of the row; or all of it without blanks does, as in `12 345 6789`."""
    asked = sorted(words(text), key=len, reverse=True)
    if not asked:
        return None
    found = and_(*(column.in_(_starting(part, word, owner)) for part in asked))
    joined = "".join(c for c in fold(text) if c.isalnum())
    if len(asked) > 1 and any(c.isdigit() for c in joined):
        return or_(found, column.in_(_starting(joined[:40], word, owner)))
    return found


def _starting(text: str, word: InstrumentedAttribute[str], owner: InstrumentedAttribute[int]) -> Select[int]:
    return select(owner).where(word >= text, word < text + LAST)


def _sees(viewer: Viewer, organisation_id: int) -> bool:
    return viewer.reads_companies or organisation_id in viewer.company_ids
