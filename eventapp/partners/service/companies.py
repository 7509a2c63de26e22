"""Adding and changing companies."""

from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from datetime import date, datetime
from typing import Any

from sqlalchemy import Select, delete, func, insert, select
from sqlalchemy.exc import IntegrityError

from eventapp.audit.service import Actor, record
from eventapp.core.db import db
from eventapp.core.errors import RuleError, StaleError
from eventapp.core.i18n import _
from eventapp.core.text import fold
from eventapp.partners import queries
from eventapp.partners.models import (
    SCHEME_LABELS,
    Alias,
    Country,
    EmailDomain,
    Identifier,
    IdentifierScheme,
    MissingSupplier,
    Organisation,
    OrganisationKind,
    OrganisationStatus,
    OrganisationType,
    OrganisationWord,
    PartnerType,
    Relationship,
    RelationshipKind,
)
from eventapp.partners.rules import company_sort_key, company_words
from eventapp.partners.service import hooks


@dataclass(frozen=True)
class CompanyDetails:
    """What people enter about a company. `parent` is a programme ID or a name, `suppliers` are programme IDs."""

    name: str
    primary_type: PartnerType
    country_code: str
    legal_name: str = ""
    programme_id: str | None = None
    other_types: Sequence[PartnerType] = ()
    tier_key: str | None = None
    city: str = ""
    website: str = ""
    status: OrganisationStatus = OrganisationStatus.ACTIVE
    partner_since: date | None = None
    partner_manager: str = ""
    parent: str = ""
    suppliers: Sequence[str] = ()
    employees: int | None = None
    domains: Sequence[str] = ()
    aliases: Sequence[str] = ()
    numbers: dict[IdentifierScheme, str] = field(default_factory=dict)
    notes: str = ""


COLUMNS = (
    "name",
    "legal_name",
    "programme_id",
    "primary_type",
    "tier_key",
    "country_code",
    "city",
    "website",
    "status",
    "partner_since",
    "partner_manager",
    "employees",
    "notes",
)


def create_organisation(details: CompanyDetails, *, by: Actor, at: datetime) -> Organisation:
    """A new company. Raises `RuleError` with the form's field for a value that another company has, and the like."""
    company = Organisation(
        **{name: getattr(details, name) for name in COLUMNS},
        sort_key=company_sort_key(details.name),
        created_at=at,
        updated_at=at,
    )
    _refuse_taken(details, None)
    company.parent_id, company.parent_name = _parent(details.parent, None)
    db.session.add(company)
    db.session.flush()
    _write_parts(company, details)
    record(
        "company.create",
        by=by,
        at=at,
        object_type="organisation",
        object_id=company.id,
        object_name=company.name,
        organisation_id=company.id,
        changes={name: getattr(details, name) for name in ("programme_id", "primary_type", "tier_key", "country_code")},
    )
    return company


def unconfirmed(*, at: datetime) -> Organisation:
    """The row that stands for the companies of people of whom nobody has confirmed yet where they belong.

    It has no words, so no search finds it, and a country only because every row has one.
    """
    return _only(queries.UNCONFIRMED, "Not confirmed yet", at, unconfirmed=True)


def vendor(*, at: datetime) -> Organisation:
    """The row that stands for the vendor itself: with it come people of no partner company, whom it invites as guests."""
    return _only(_VENDOR, "Guests of the organizer", at, kind=OrganisationKind.VENDOR)


_VENDOR = select(Organisation).where(Organisation.kind == OrganisationKind.VENDOR)


def _only(query: Select[Organisation], name: str, at: datetime, **values: Any) -> Organisation:
    """The only row of its sort, made when it is first needed."""
    found = db.session.scalar(query)
    if found is None:
        values |= {"primary_type": PartnerType.REFERRAL, "country_code": db.session.scalar(select(func.min(Country.code)))}
        made = Organisation(name=name, sort_key=company_sort_key(name), created_at=at, updated_at=at, **values)
        try:
            with db.session.begin_nested():
                db.session.add(made)
                db.session.flush()
        except IntegrityError:
            # Somebody else needed it at the same moment.
            return db.session.scalars(query).one()
        found = made
    return found


def change_organisation(company: Organisation, details: CompanyDetails, *, version: int, by: Actor, at: datetime) -> None:
    """Changes a company as it stood at `version`.

    Raises `StaleError` if somebody else saved it since, and `RuleError` like `create_organisation`.
    """
    if company.version != version:
        raise StaleError(_("Somebody else has saved this company in the meantime."))
    _refuse_taken(details, company.id)
    before = details_of(company)
    parent_id, parent_name = _parent(details.parent, company.id)
    changes = changed(before, details)
    if not changes:
        return
    for name in COLUMNS:
        setattr(company, name, getattr(details, name))
    if "parent" in changes:
        company.parent_id, company.parent_name = parent_id, parent_name
    company.sort_key = company_sort_key(details.name)
    company.updated_at = at
    db.session.flush()
    _write_parts(company, details)
    if "status" in changes and company.status is OrganisationStatus.ENDED:
        hooks.ended([company.id], at=at)
    record(
        "company.change",
        by=by,
        at=at,
        object_type="organisation",
        object_id=company.id,
        object_name=company.name,
        organisation_id=company.id,
        changes=changes,
    )


def changed(before: CompanyDetails, after: CompanyDetails) -> dict[str, list[Any]]:
    """The fields that differ, with both values."""
    found: dict[str, list[Any]] = {}
    for part in fields(CompanyDetails):
        old, new = getattr(before, part.name), getattr(after, part.name)
        if isinstance(old, dict):
            old, new = {k.value: v for k, v in old.items() if v}, {k.value: v for k, v in new.items() if v}
        elif isinstance(old, Sequence) and not isinstance(old, str):
            old, new = sorted(old), sorted(new)
        if old != new:
            found[part.name] = [old, new]
    return found


def details_of(company: Organisation) -> CompanyDetails:
    """What is known about a company, in the shape in which it is entered."""
    parent = db.session.get(Organisation, company.parent_id) if company.parent_id else None
    types = select(OrganisationType.type).where(OrganisationType.organisation_id == company.id)
    numbers = select(Identifier.scheme, Identifier.value).where(Identifier.organisation_id == company.id)
    aliases = select(Alias.name).where(Alias.organisation_id == company.id).order_by(Alias.name)
    return CompanyDetails(
        **{name: getattr(company, name) for name in COLUMNS},
        other_types=sorted(db.session.scalars(types)),
        parent=(parent.programme_id or parent.name) if parent else company.parent_name,
        suppliers=suppliers_of(company.id),
        domains=queries.domains_of(company.id),
        aliases=list(db.session.scalars(aliases)),
        numbers={row.scheme: row.value for row in db.session.execute(numbers)},
    )


def suppliers_of(organisation_id: int) -> list[str]:
    """Programme IDs of a company's suppliers, those too that nobody has yet."""
    known = (
        select(Organisation.programme_id)
        .join(Relationship, Relationship.from_id == Organisation.id)
        .where(Relationship.to_id == organisation_id, Relationship.kind == RelationshipKind.SUPPLIES)
        .where(Organisation.programme_id.is_not(None))
    )
    missing = select(MissingSupplier.programme_id).where(MissingSupplier.organisation_id == organisation_id)
    return sorted({str(key) for key in (*db.session.scalars(known), *db.session.scalars(missing))})


def _refuse_taken(details: CompanyDetails, own_id: int | None) -> None:
    if details.programme_id:
        query = select(Organisation).where(Organisation.programme_id == details.programme_id, Organisation.id != (own_id or 0))
        other = db.session.scalar(query)
        if other is not None:
            raise RuleError(_("%(name)s has this programme ID.", name=other.name), "programme_id")
    for scheme, value in details.numbers.items():
        if not value:
            continue
        holder = (
            select(Organisation)
            .join(Identifier, Identifier.organisation_id == Organisation.id)
            .where(Identifier.scheme == scheme, Identifier.value == value, Organisation.id != (own_id or 0))
        )
        other = db.session.scalar(holder)
        if other is not None:
            text = _("%(name)s has this %(label)s.", name=other.name, label=str(SCHEME_LABELS[scheme]))
            raise RuleError(text, scheme.value)
    for domain in details.domains:
        if queries.is_free_mail(domain):
            text = _("%(domain)s belongs to a mail provider and cannot stand for a company.", domain=domain)
            raise RuleError(text, "domains", 422)


def _parent(text: str, own_id: int | None) -> tuple[int | None, str]:
    """The parent that a programme ID or a name means, and its name."""
    if not text:
        return None, ""
    query = select(Organisation.id, Organisation.name)
    found = db.session.execute(query.where(Organisation.programme_id == text)).all()
    if not found:
        found = db.session.execute(query.where(Organisation.sort_key == fold(text)[:220]).limit(20)).all()
        exact = [row for row in found if row.name == text]
        found = exact or found
    if not found:
        if own_id and db.session.scalar(select(Organisation.parent_name).where(Organisation.id == own_id)) == text:
            return None, text
        raise RuleError(_("No company has this programme ID or name."), "parent", 422)
    if len(found) > 1:
        raise RuleError(_("Several companies are called so. Enter the programme ID."), "parent", 422)
    if found[0].id == own_id or (own_id and own_id in _ancestors(found[0].id)):
        raise RuleError(_("A company cannot stand above itself."), "parent", 422)
    return found[0].id, found[0].name


def _ancestors(organisation_id: int) -> set[int]:
    """The parents of a company up to the top."""
    found: set[int] = set()
    current: int | None = organisation_id
    while current is not None and current not in found:
        found.add(current)
        current = db.session.scalar(select(Organisation.parent_id).where(Organisation.id == current))
    return found - {organisation_id}


def _write_parts(company: Organisation, details: CompanyDetails) -> None:
    """Writes types, domains, aliases, numbers, suppliers and the search index of a company anew."""
    id_ = company.id
    for model in (OrganisationType, EmailDomain, Alias):
        db.session.execute(delete(model).where(model.organisation_id == id_))
    numbers = {scheme: value for scheme, value in details.numbers.items() if value}
    _renew_numbers(id_, numbers)
    rows: dict[type[Any], list[dict[str, Any]]] = {
        OrganisationType: [{"organisation_id": id_, "type": kind} for kind in sorted(set(details.other_types))],
        EmailDomain: [{"organisation_id": id_, "domain": domain} for domain in sorted(set(details.domains))],
        Alias: [{"organisation_id": id_, "name": name} for name in dict.fromkeys(details.aliases)],
    }
    for model, values in rows.items():
        if values:
            db.session.execute(insert(model), values)
    _renew_suppliers(company, set(details.suppliers))
    renew_words(company)


def renew_words(company: Organisation) -> None:
    """Writes the search index of a company anew. One that was merged into another is found under that one only."""
    db.session.execute(delete(OrganisationWord).where(OrganisationWord.organisation_id == company.id))
    if company.merged_into_id is not None:
        return
    details = details_of(company)
    numbers = db.session.scalars(select(Identifier.value).where(Identifier.organisation_id == company.id))
    names = [company.name, company.legal_name, *details.aliases]
    found = sorted(company_words(names, details.domains, [company.programme_id, *numbers]))
    db.session.execute(insert(OrganisationWord), [{"organisation_id": company.id, "word": word} for word in found])


def _renew_numbers(organisation_id: int, wanted: dict[IdentifierScheme, str]) -> None:
    """Leaves numbers alone that stay as they are, with the date on which they were verified."""
    for row in db.session.scalars(select(Identifier).where(Identifier.organisation_id == organisation_id)).all():
        if wanted.get(row.scheme) != row.value:
            db.session.delete(row)
        else:
            wanted = {scheme: value for scheme, value in wanted.items() if scheme is not row.scheme}
    db.session.flush()
    db.session.add_all(Identifier(organisation_id=organisation_id, scheme=s, value=v) for s, v in wanted.items())
    db.session.flush()


def _renew_suppliers(company: Organisation, wanted: set[str]) -> None:
    if company.programme_id in wanted:
        raise RuleError(_("A company cannot supply itself."), "suppliers", 422)
    if wanted == set(suppliers_of(company.id)):
        return
    query = select(Organisation.programme_id, Organisation.id).where(Organisation.programme_id.in_(wanted))
    ids = {row.programme_id: row.id for row in db.session.execute(query)}
    unknown = sorted(wanted - set(ids) - _missing(company.id))
    if unknown:
        raise RuleError(_("No company has the programme ID %(key)s.", key=unknown[0]), "suppliers", 422)
    # Suppliers without a programme ID are not entered here and stay.
    named = select(Organisation.id).where(Organisation.programme_id.is_not(None))
    db.session.execute(
        delete(Relationship).where(
            Relationship.to_id == company.id,
            Relationship.kind == RelationshipKind.SUPPLIES,
            Relationship.from_id.in_(named),
            Relationship.from_id.not_in(list(ids.values())),
        )
    )
    kept = set(
        db.session.scalars(
            select(Relationship.from_id).where(Relationship.to_id == company.id, Relationship.kind == RelationshipKind.SUPPLIES)
        )
    )
    db.session.add_all(
        Relationship(from_id=id_, to_id=company.id, kind=RelationshipKind.SUPPLIES) for id_ in ids.values() if id_ not in kept
    )
    db.session.execute(
        delete(MissingSupplier).where(MissingSupplier.organisation_id == company.id, MissingSupplier.programme_id.not_in(wanted))
    )
    db.session.flush()


def _missing(organisation_id: int) -> set[str]:
    return set(db.session.scalars(select(MissingSupplier.programme_id).where(MissingSupplier.organisation_id == organisation_id)))
