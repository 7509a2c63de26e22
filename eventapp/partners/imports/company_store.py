"""Companies as plain values, read and written in bulk. Shared by the import and its undo."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Table, bindparam, delete, inspect, select, update

from eventapp.core.among import among
from eventapp.core.db import db
from eventapp.partners.imports.bulk import insert_rows, insert_with_ids
from eventapp.partners.models import (
    Alias,
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

Values = dict[str, Any]

COLUMNS = (
    "name",
    "legal_name",
    "primary_type",
    "tier_key",
    "country_code",
    "city",
    "website",
    "status",
    "partner_since",
    "partner_manager",
    "parent_name",
    "employees",
    "notes",
)
SCHEMES = {"vat": IdentifierScheme.VAT, "duns": IdentifierScheme.DUNS, "crm": IdentifierScheme.CRM}
SEARCHED = frozenset({"name", "legal_name", "domains", *SCHEMES})

# What a new company has where the file says nothing.
DEFAULTS: Values = {
    "legal_name": "",
    "tier_key": None,
    "city": "",
    "website": "",
    "status": OrganisationStatus.ACTIVE.value,
    "partner_since": None,
    "partner_manager": "",
    "parent_name": "",
    "employees": None,
    "notes": "",
    "vat": "",
    "duns": "",
    "crm": "",
    "other_types": [],
    "domains": [],
    "suppliers": [],
}


@dataclass(slots=True)
class Stored:
    """A company as it stands in the database."""

    id: int
    version: int
    values: Values


def load(programme_ids: Sequence[str], *, lock: bool) -> dict[str, Stored]:
    """Companies by programme ID. `lock` keeps others from changing them until the transaction ends."""
    return _load(among(Organisation.programme_id, programme_ids), lock)


def merged(programme_ids: Sequence[str]) -> set[str]:
    """Which of these belong to companies that were merged into others: nothing may be written to them any more."""
    query = select(Organisation.programme_id).where(Organisation.merged_into_id.is_not(None))
    return {str(key) for key in db.session.scalars(query.where(among(Organisation.programme_id, programme_ids)))}


def load_by_id(ids: Sequence[int]) -> dict[int, Stored]:
    """Companies by id, locked."""
    return {stored.id: stored for stored in _load(among(Organisation.id, ids), True).values()}


def _load(condition: Any, lock: bool) -> dict[str, Stored]:
    columns = [getattr(Organisation, name) for name in COLUMNS]
    query = select(Organisation.id, Organisation.version, Organisation.programme_id, *columns).where(condition)
    rows = db.session.execute(query.with_for_update() if lock else query)
    found: dict[int, Stored] = {}
    keys: dict[int, str] = {}
    for row in rows:
        values = dict(zip(COLUMNS, row[3:], strict=True))
        values["primary_type"], values["status"] = values["primary_type"].value, values["status"].value
        since = values["partner_since"]
        values["partner_since"] = since.isoformat() if since else None
        values.update(vat="", duns="", crm="", other_types=[], domains=[], suppliers=[])
        found[row.id] = Stored(row.id, row.version, values)
        keys[row.id] = row.programme_id or f"#{row.id}"
    if found:
        _load_parts(found)
    return {keys[id_]: stored for id_, stored in found.items()}


def _load_parts(found: dict[int, Stored]) -> None:
    """Fills in identifiers, types, domains and suppliers."""
    ids = list(found)
    names = {scheme: name for name, scheme in SCHEMES.items()}
    numbers = select(Identifier.organisation_id, Identifier.scheme, Identifier.value).where(
        among(Identifier.organisation_id, ids), Identifier.scheme.in_(names)
    )
    for owner, scheme, value in db.session.execute(numbers):
        found[owner].values[names[scheme]] = value
    types = select(OrganisationType.organisation_id, OrganisationType.type).where(among(OrganisationType.organisation_id, ids))
    for owner, kind in db.session.execute(types):
        found[owner].values["other_types"].append(kind.value)
    domains = select(EmailDomain.organisation_id, EmailDomain.domain).where(among(EmailDomain.organisation_id, ids))
    for owner, domain in db.session.execute(domains):
        found[owner].values["domains"].append(domain)
    suppliers = (
        select(Relationship.to_id, Organisation.programme_id)
        .join(Organisation, Organisation.id == Relationship.from_id)
        .where(
            among(Relationship.to_id, ids), Relationship.kind == RelationshipKind.SUPPLIES, Organisation.programme_id.is_not(None)
        )
    )
    for owner, key in db.session.execute(suppliers):
        found[owner].values["suppliers"].append(key)
    waiting = select(MissingSupplier.organisation_id, MissingSupplier.programme_id).where(
        among(MissingSupplier.organisation_id, ids)
    )
    for owner, key in db.session.execute(waiting):
        found[owner].values["suppliers"].append(key)
    for stored in found.values():
        for name in ("other_types", "domains", "suppliers"):
            stored.values[name].sort()


def taken_numbers(wanted: Mapping[str, Iterable[str]]) -> dict[tuple[str, str], int]:
    """Who has these identifiers: (field, value) → company id."""
    found: dict[tuple[str, str], int] = {}
    for name, values in wanted.items():
        asked = [value for value in values if value]
        if asked:
            query = select(Identifier.value, Identifier.organisation_id).where(
                Identifier.scheme == SCHEMES[name], among(Identifier.value, asked)
            )
            found.update({(name, value): owner for value, owner in db.session.execute(query)})
    return found


def create(companies: Mapping[str, Values], at: datetime) -> dict[str, int]:
    """New companies by programme ID; returns their ids. Parents and suppliers are connected by `links`."""
    if not companies:
        return {}
    names = (*COLUMNS, "sort_key")
    plain = {"kind": OrganisationKind.PARTNER, "time_zone": "", "language": "", "created_at": at, "updated_at": at, "version": 1}
    rows = []
    for key, values in companies.items():
        columns = _columns(values)
        rows.append((key, *(columns[name] for name in names), *plain.values()))
    ids = dict(zip(companies, insert_with_ids(Organisation, ("programme_id", *names, *plain), rows), strict=True))
    parts = {ids[key]: values for key, values in companies.items()}
    _insert_numbers(parts, SCHEMES)
    _insert_types(parts)
    _insert_domains(parts)
    _insert_words(parts, {})
    return ids


def change(changes: Mapping[int, Iterable[str]], full: Mapping[int, Values], at: datetime) -> None:
    """Brings companies to the values of `full`; `changes` says which fields of each differ. Versions go up by one.

    Parents and suppliers are connected by `links`.
    """
    if not changes:
        return
    table = inspect(Organisation).local_table
    assert isinstance(table, Table)
    names = [*COLUMNS, "sort_key"]
    statement = (
        update(table)
        .where(table.c.id == bindparam("b_id"))
        .values({name: bindparam(f"b_{name}") for name in names} | {"version": table.c.version + 1, "updated_at": at})
    )
    rows = [{"b_id": id_, **{f"b_{name}": v for name, v in _columns(full[id_]).items()}} for id_ in changes]
    db.session.connection().execute(statement, rows)
    touched = {id_: set(fields) for id_, fields in changes.items()}
    if ended := [id_ for id_ in touched if "status" in touched[id_] and full[id_]["status"] == OrganisationStatus.ENDED.value]:
        hooks.ended(ended, at=at)
    for name, scheme in SCHEMES.items():
        owners = [id_ for id_, fields in touched.items() if name in fields]
        if owners:
            db.session.execute(delete(Identifier).where(among(Identifier.organisation_id, owners), Identifier.scheme == scheme))
            _insert_numbers({id_: full[id_] for id_ in owners}, [name])
    owners = [id_ for id_, fields in touched.items() if "other_types" in fields]
    if owners:
        db.session.execute(delete(OrganisationType).where(among(OrganisationType.organisation_id, owners)))
        _insert_types({id_: full[id_] for id_ in owners})
    owners = [id_ for id_, fields in touched.items() if "domains" in fields]
    if owners:
        db.session.execute(delete(EmailDomain).where(among(EmailDomain.organisation_id, owners)))
        _insert_domains({id_: full[id_] for id_ in owners})
    owners = [id_ for id_, fields in touched.items() if fields & SEARCHED]
    if owners:
        _rewrite_words(owners, full)


def _columns(values: Values) -> Values:
    since = values["partner_since"]
    return {
        **{name: values[name] for name in COLUMNS},
        "primary_type": PartnerType(values["primary_type"]),
        "status": OrganisationStatus(values["status"]),
        "partner_since": date.fromisoformat(since) if since else None,
        "sort_key": company_sort_key(values["name"]),
    }


def _insert_numbers(parts: Mapping[int, Values], names: Iterable[str]) -> None:
    rows = [(id_, SCHEMES[name], values[name]) for name in names for id_, values in parts.items() if values[name]]
    insert_rows(Identifier, ("organisation_id", "scheme", "value"), rows)


def _insert_types(parts: Mapping[int, Values]) -> None:
    rows = [(id_, PartnerType(kind)) for id_, values in parts.items() for kind in values["other_types"]]
    insert_rows(OrganisationType, ("organisation_id", "type"), rows)


def _insert_domains(parts: Mapping[int, Values]) -> None:
    rows = [(id_, domain) for id_, values in parts.items() for domain in values["domains"]]
    insert_rows(EmailDomain, ("organisation_id", "domain"), rows)


def _insert_words(parts: Mapping[int, Values], more: Mapping[int, tuple[list[str], list[str]]]) -> None:
    """`more` holds names and numbers that files do not speak of: aliases, further identifiers."""
    rows = []
    for id_, values in parts.items():
        names, numbers = more.get(id_, ([], []))
        found = company_words(
            [values["name"], values["legal_name"], *names],
            values["domains"],
            [values.get("programme_id"), *(values[name] for name in SCHEMES), *numbers],
        )
        rows += [(word, id_) for word in found]
    insert_rows(OrganisationWord, ("word", "organisation_id"), rows)


def _rewrite_words(ids: Sequence[int], full: Mapping[int, Values]) -> None:
    names: dict[int, list[str]] = defaultdict(list)
    for owner, name in db.session.execute(select(Alias.organisation_id, Alias.name).where(among(Alias.organisation_id, ids))):
        names[owner].append(name)
    numbers: dict[int, list[str]] = defaultdict(list)
    others = select(Identifier.organisation_id, Identifier.value).where(
        among(Identifier.organisation_id, ids), Identifier.scheme.not_in(list(SCHEMES.values()))
    )
    for owner, value in db.session.execute(others):
        numbers[owner].append(value)
    keys = select(Organisation.id, Organisation.programme_id).where(among(Organisation.id, ids))
    for owner, key in db.session.execute(keys):
        if key:
            numbers[owner].append(key)
    db.session.execute(delete(OrganisationWord).where(among(OrganisationWord.organisation_id, ids)))
    _insert_words({id_: full[id_] for id_ in ids}, {id_: (names[id_], numbers[id_]) for id_ in ids})
