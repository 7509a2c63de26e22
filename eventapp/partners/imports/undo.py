"""Taking the last import back: what it created goes, what it changed is put back, or nothing at all."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Column, delete, func, select, update

from eventapp.audit.service import Actor, record
from eventapp.core.db import Base, db
from eventapp.core.doors import Door, through
from eventapp.core.errors import RuleError
from eventapp.core.i18n import _, ngettext
from eventapp.partners.imports import company_store, links, person_store, queries
from eventapp.partners.imports.kinds import WAYS, in_turn
from eventapp.partners.models import (
    ImportBatch,
    ImportKind,
    ImportRow,
    ImportState,
    Membership,
    MembershipState,
    Organisation,
    Person,
    Relationship,
    RelationshipKind,
    RowOutcome,
)

SLICE = 500
# So many names stand in the sentence that says why an import cannot be undone.
SHOWN = 3

# Tables that are part of a company or person and go with it; a change in them changes the version of the row they belong to.
PARTS = frozenset(
    {
        *("alias", "email_domain", "identifier", "missing_supplier", "organisation_type", "organisation_word"),
        *("person_email", "person_word"),
    }
)


class InTheWayError(RuleError):
    """An import cannot be undone because of these rows: their table, and id and name of each."""

    def __init__(self, message: str, table: str, rows: Sequence[tuple[int, str]]) -> None:
        super().__init__(message)
        self.table = table
        self.rows = rows


@dataclass
class Done:
    """What an import did that can be undone."""

    companies: list[int] = field(default_factory=list)
    people: list[int] = field(default_factory=list)
    memberships: list[int] = field(default_factory=list)
    versions: dict[int, int] = field(default_factory=dict)
    labels: dict[int, str] = field(default_factory=dict)
    changes: list[tuple[int, int | None, dict[str, Any]]] = field(default_factory=list)


def plan(batch: ImportBatch) -> Done:
    """What undoing would touch, to be told in numbers first."""
    query = (
        select(
            ImportRow.object_id,
            ImportRow.object_version,
            ImportRow.membership_id,
            ImportRow.made,
            ImportRow.label,
            ImportRow.changes,
        )
        .where(ImportRow.batch_id == batch.id, ImportRow.outcome.in_((RowOutcome.CREATE, RowOutcome.UPDATE)))
        .where(ImportRow.object_id.is_not(None))
        .order_by(ImportRow.record)
    )
    done = Done()
    for row in db.session.execute(query):
        done.versions[row.object_id] = max(row.object_version, done.versions.get(row.object_id, 0))
        done.labels[row.object_id] = row.label
        if row.made == "company":
            done.companies.append(row.object_id)
        elif row.made == "person":
            done.people.append(row.object_id)
        if row.made in ("person", "membership"):
            done.memberships.append(row.membership_id)
        if row.changes:
            done.changes.append((row.object_id, row.membership_id if not row.made else None, row.changes))
    return done


@through(Door.IMPORT)
def undo(batch_id: int, *, by: Actor, at: datetime) -> None:
    """Takes an import back, in the caller's transaction.

    Raises `RuleError` if it is not the last one applied, `InTheWayError` with numbers and names if something it touched was
    changed since, or if something hangs on what it created; the caller rolls back.
    """
    batch = queries.batch(batch_id, lock=True)
    if batch.state is not ImportState.APPLIED:
        raise RuleError(_("This import is not in force."))
    way = WAYS[batch.kind]
    if way.in_turn and queries.last_applied(in_turn()) != batch.id:
        raise RuleError(_("Only the last import can be undone. Undo the later ones first."))
    numbers = dict(way.undo(batch, at)) if way.undo is not None else _undo_list(batch, at)
    batch.state, batch.undone_at = ImportState.UNDONE, at
    record(
        "import.undo",
        by=by,
        at=at,
        object_type="import",
        object_id=batch.id,
        object_name=batch.file_name,
        changes={key: value for key, value in numbers.items() if value or key == "put_back"},
    )
    db.session.flush()
    db.session.expire_all()


def _undo_list(batch: ImportBatch, at: datetime) -> dict[str, int]:
    done = plan(batch)
    if batch.kind is ImportKind.PARTNERS:
        refuse_changed(Organisation, done.versions, done.labels)
        _undo_partners(batch, done, at)
    else:
        refuse_changed(Person, done.versions, done.labels)
        _undo_people(done, at)
    numbers = {"companies": len(done.companies), "people": len(done.people), "memberships": len(done.memberships)}
    return {**numbers, "put_back": len(done.changes)}


def consequences(batch: ImportBatch) -> list[tuple[str, int]]:
    """What undoing takes back, in words and numbers."""
    way = WAYS[batch.kind]
    if way.consequences is not None:
        return way.consequences(batch)
    done = plan(batch)
    return [
        (_("Companies that go"), len(done.companies)),
        (_("People that go"), len(done.people)),
        (_("Memberships that go"), len(done.memberships)),
        (_("Rows put back"), len(done.changes)),
    ]


def slices(values: Iterable[int]) -> Iterator[list[int]]:
    """`values` in parts, so that no statement has too many parameters."""
    found = sorted(set(values))
    return (found[n : n + SLICE] for n in range(0, len(found), SLICE))


def refuse_changed(model: type[Any], versions: Mapping[int, int], labels: Mapping[int, str]) -> None:
    """Raises InTheWayError for rows that were changed after the import: nobody's work is thrown away."""
    now: dict[int, int] = {}
    for part in slices(versions):
        query = select(model.id, model.version).where(model.id.in_(part)).with_for_update()
        now.update({row.id: row.version for row in db.session.execute(query)})
    changed = [id_ for id_, version in versions.items() if now.get(id_) != version]
    if changed:
        message = ngettext(
            "%(num)d row was changed or deleted since: %(names)s. Nothing was undone.",
            "%(num)d rows were changed or deleted since: %(names)s. Nothing was undone.",
            len(changed),
            names=first_of([labels[id_] for id_ in changed]),
        )
        raise InTheWayError(message, model.__tablename__, [(id_, labels[id_]) for id_ in changed])


def first_of(names: Sequence[str]) -> str:
    """The first three names, and how many more there are."""
    shown = ", ".join(names[:SHOWN])
    return shown if len(names) <= SHOWN else _("%(names)s and %(number)d more", names=shown, number=len(names) - SHOWN)


def _undo_partners(batch: ImportBatch, done: Done, at: datetime) -> None:
    _put_companies_back(done, at)
    _disconnect(batch.links)
    created = set(done.companies)
    for part in slices(created):
        own = update(Organisation).where(Organisation.id.in_(part), Organisation.parent_id.is_not(None)).values(parent_id=None)
        db.session.execute(own.execution_options(synchronize_session=False))
        # A supplier that was there before loses nothing; what a created company supplies to others, they would lose.
        db.session.execute(delete(Relationship).where(Relationship.to_id.in_(part)))
    refuse_hanging(Organisation, created)
    for part in slices(created):
        db.session.execute(delete(Organisation).where(Organisation.id.in_(part)).execution_options(synchronize_session=False))


def _put_companies_back(done: Done, at: datetime) -> None:
    old = {id_: {key: pair[0] for key, pair in changes.items()} for id_, _membership, changes in done.changes}
    for part in slices(old):
        stored = company_store.load_by_id(part)
        full = {id_: {**stored[id_].values, **old[id_]} for id_ in part}
        company_store.change({id_: old[id_].keys() for id_ in part}, full, at)
        parents = {id_: full[id_] for id_ in part if "parent_name" in old[id_]}
        families = links.families(values["parent_name"] for values in parents.values() if values["parent_name"])
        found = {
            id_: families.get(values["parent_name"], links.Family()).parent_of("", values["country_code"])
            for id_, values in parents.items()
        }
        ids = links.known_ids(key for key in found.values() if key)
        links.set_parents({id_: ids.get(key) if key else None for id_, key in found.items()})
        links.set_suppliers({id_: old[id_]["suppliers"] for id_ in part if "suppliers" in old[id_]})


def _disconnect(connected: dict[str, Any]) -> None:
    """Companies of earlier files that found a parent or supplier in this import wait again."""
    for part in slices(connected.get("parents", [])):
        links.set_parents(dict.fromkeys(part))
    pairs = {(from_id, to_id) for from_id, to_id in connected.get("supplies", [])}
    if not pairs:
        return
    keys: dict[int, str] = {}
    for part in slices(from_id for from_id, _to in pairs):
        query = select(Organisation.id, Organisation.programme_id).where(Organisation.id.in_(part))
        keys.update({row.id: row.programme_id for row in db.session.execute(query)})
    for from_id, to_id in pairs:
        statement = delete(Relationship).where(
            Relationship.from_id == from_id, Relationship.to_id == to_id, Relationship.kind == RelationshipKind.SUPPLIES
        )
        db.session.execute(statement)
    links.add_missing(sorted((to_id, keys[from_id]) for from_id, to_id in pairs))


def _undo_people(done: Done, at: datetime) -> None:
    _put_people_back(done, at)
    refuse_hanging(Membership, set(done.memberships))
    for part in slices(done.memberships):
        db.session.execute(delete(Membership).where(Membership.id.in_(part)).execution_options(synchronize_session=False))
    refuse_hanging(Person, set(done.people))
    for part in slices(done.people):
        db.session.execute(delete(Person).where(Person.id.in_(part)).execution_options(synchronize_session=False))


def _put_people_back(done: Done, at: datetime) -> None:
    people: dict[int, person_store.Values] = {}
    members: dict[int, person_store.Values] = {}
    for id_, membership_id, changes in done.changes:
        old = {key: pair[0] for key, pair in changes.items()}
        people.setdefault(id_, {}).update({key: old[key] for key in person_store.OF_PERSON if key in old})
        if membership_id is not None:
            members[membership_id] = {key: value for key, value in old.items() if key not in person_store.OF_PERSON}
    for part in slices(people):
        stored = person_store.load_by_id(part, lock=True)
        person_store.change({id_: {**stored[id_].values, **people[id_]} for id_ in part if people[id_]}, at)
        full: dict[int, tuple[MembershipState, person_store.Values]] = {}
        for person in stored.values():
            for membership_id, state, values in person.memberships.values():
                old = members.get(membership_id, {})
                if old:
                    full[membership_id] = (MembershipState(old.get("state", state)), {**values, **old})
        person_store.change_memberships(full)


def refuse_hanging(model: type[Any], ids: set[int], but: Collection[str] = ()) -> None:
    """Raises InTheWayError if something refers to rows that are to go: the foreign keys know, whichever feature they
    belong to. `but` are tables whose rows go with them.
    """
    found: list[str] = []
    total, held = 0, set()
    for column in _references(model.__tablename__):
        if column.table.name in but:
            continue
        number = 0
        for part in slices(ids):
            query = select(column, func.count()).where(column.in_(part)).group_by(column)
            for id_, times in db.session.execute(query):
                held.add(id_)
                number += times
        if number:
            found.append(_kind(column.table.name, number))
        total += number
    if found:
        kind, holders = _named(model, held)
        message = ngettext(
            "%(what)s hangs on what this import created: %(names)s. Nothing was undone.",
            "%(what)s hang on what this import created: %(names)s. Nothing was undone.",
            total,
            what=", ".join(found),
            names=first_of([name for _id, name in holders]),
        )
        raise InTheWayError(message, kind, holders)


def _named(model: type[Any], ids: Iterable[int]) -> tuple[str, list[tuple[int, str]]]:
    """Rows in their order with their names; those of memberships are people."""
    found: dict[int, str] = {}
    for part in slices(ids):
        if model is Membership or model is Person:
            query = select(Person.id, Person.given_name, Person.family_name)
            if model is Membership:
                query = query.join(Membership, Membership.person_id == Person.id)
            rows = db.session.execute(query.where(model.id.in_(part)))
            found.update({id_: f"{given} {family}".strip() for id_, given, family in rows})
        else:
            found.update({row.id: row.name for row in db.session.execute(select(model.id, model.name).where(model.id.in_(part)))})
    return "person" if model is Membership else model.__tablename__, sorted(found.items())


def _references(table: str) -> list[Column[Any]]:
    return [
        key.parent
        for other in Base.metadata.sorted_tables
        if other.name not in PARTS
        for key in other.foreign_keys
        if key.column.table.name == table
    ]


def _kind(table: str, number: int) -> str:
    """Rows of a table in words."""
    names = {
        "membership": ngettext("%(num)d membership", "%(num)d memberships", number),
        "registration": ngettext("%(num)d registration", "%(num)d registrations", number),
        "relationship": ngettext("%(num)d relationship", "%(num)d relationships", number),
        "organisation": ngettext("%(num)d subsidiary", "%(num)d subsidiaries", number),
    }
    return str(names.get(table, f"{number} × {table.replace('_', ' ')}"))
