"""Connecting companies that files name: parents by account name, suppliers by programme ID.

Either can stand further down in the file, come with a later file, or never. What is not found is kept, and found later.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import delete, insert, select, tuple_, update

from eventapp.core.db import db
from eventapp.partners.models import MissingSupplier, Organisation, Relationship, RelationshipKind

SLICE = 500


@dataclass
class Family:
    """Companies that go by the same name: key → country."""

    members: dict[str, str] = field(default_factory=dict)

    def parent_of(self, key: str, country: str) -> str | None:
        """Which of them is meant as the parent of a company: the only one, else the only one in its country."""
        others = {k: c for k, c in self.members.items() if k != key}
        if len(others) == 1:
            return next(iter(others))
        near = [k for k, c in others.items() if c == country]
        return near[0] if len(near) == 1 else None


def families(names: Iterable[str]) -> dict[str, Family]:
    """The companies of the database that go by these names, exactly."""
    found: dict[str, Family] = {}
    for part in slices(sorted(set(names))):
        query = select(Organisation.name, Organisation.programme_id, Organisation.id, Organisation.country_code)
        for name, key, id_, country in db.session.execute(query.where(Organisation.name.in_(part))):
            found.setdefault(name, Family()).members[key or f"#{id_}"] = country
    return found


def known_ids(keys: Iterable[str]) -> dict[str, int]:
    """Company ids by programme ID, or by `#id` for those without one."""
    wanted = set(keys)
    found = {key: int(key[1:]) for key in wanted if key.startswith("#")}
    for part in slices(sorted(wanted - set(found))):
        query = select(Organisation.programme_id, Organisation.id).where(Organisation.programme_id.in_(part))
        found.update({str(key): id_ for key, id_ in db.session.execute(query)})
    return found


def slices(values: list[Any]) -> Iterable[list[Any]]:
    """`values` in parts, so that no statement has too many parameters."""
    return (values[n : n + SLICE] for n in range(0, len(values), SLICE))


def set_parents(parents: Mapping[int, int | None]) -> None:
    """Connects companies with their parents: child id → parent id or none."""
    by_parent: dict[int | None, list[int]] = {}
    for child, parent in parents.items():
        by_parent.setdefault(parent if parent != child else None, []).append(child)
    for parent, children in by_parent.items():
        for part in slices(children):
            statement = update(Organisation).where(Organisation.id.in_(part)).values(parent_id=parent)
            db.session.execute(statement.execution_options(synchronize_session=False))


def set_suppliers(suppliers: Mapping[int, Iterable[str]]) -> None:
    """Makes these the suppliers of companies: company id → programme IDs. Those that nobody has are kept as missing."""
    ids = known_ids(key for keys in suppliers.values() for key in keys)
    wanted = {(ids[key], to_id) for to_id, keys in suppliers.items() for key in keys if key in ids and ids[key] != to_id}
    missing = {(to_id, key) for to_id, keys in suppliers.items() for key in keys if key not in ids}
    present: set[tuple[int, int]] = set()
    for part in slices(sorted(suppliers)):
        query = select(Relationship.from_id, Relationship.to_id).where(
            Relationship.to_id.in_(part), Relationship.kind == RelationshipKind.SUPPLIES
        )
        present.update((from_id, to_id) for from_id, to_id in db.session.execute(query))
        db.session.execute(delete(MissingSupplier).where(MissingSupplier.organisation_id.in_(part)))
    for part in slices(sorted(present - wanted)):
        pair = tuple_(Relationship.from_id, Relationship.to_id)
        db.session.execute(delete(Relationship).where(pair.in_(part), Relationship.kind == RelationshipKind.SUPPLIES))
    add_supplies(sorted(wanted - present))
    add_missing(sorted(missing))


def add_supplies(pairs: Iterable[tuple[int, int]]) -> None:
    """Supply relationships, supplier first."""
    rows = [{"from_id": from_id, "to_id": to_id, "kind": RelationshipKind.SUPPLIES} for from_id, to_id in pairs]
    if rows:
        db.session.execute(insert(Relationship), rows)


def add_missing(pairs: Iterable[tuple[int, str]]) -> None:
    """Suppliers that nobody is yet: company id and programme ID."""
    rows = [{"organisation_id": id_, "programme_id": key} for id_, key in pairs]
    if rows:
        db.session.execute(insert(MissingSupplier), rows)


def resolve_waiting(created: Mapping[str, int], skip: set[int]) -> dict[str, Any]:
    """Connects companies that have waited for one of those just created (programme ID → id).

    Companies in `skip` are connected already. Returns what was connected, for the undo.
    """
    supplies: list[tuple[int, int]] = []
    for part in slices(sorted(created)):
        query = select(MissingSupplier.organisation_id, MissingSupplier.programme_id).where(
            MissingSupplier.programme_id.in_(part)
        )
        found = [(created[key], id_) for id_, key in db.session.execute(query) if id_ not in skip and created[key] != id_]
        supplies += found
        db.session.execute(
            delete(MissingSupplier).where(
                MissingSupplier.programme_id.in_(part), MissingSupplier.organisation_id.in_([id_ for _from, id_ in found])
            )
        )
    add_supplies(supplies)
    return {"parents": _resolve_parents(set(created.values()), skip), "supplies": [list(pair) for pair in supplies]}


def _resolve_parents(created: set[int], skip: set[int]) -> list[int]:
    query = select(Organisation.id, Organisation.programme_id, Organisation.country_code, Organisation.parent_name).where(
        Organisation.parent_id.is_(None), Organisation.parent_name != ""
    )
    waiting = [row for row in db.session.execute(query) if row.id not in skip]
    if not waiting or not created:
        return []
    named = families(row.parent_name for row in waiting)
    meant = {
        row.id: key
        for row in waiting
        if row.parent_name in named
        and (key := named[row.parent_name].parent_of(row.programme_id or f"#{row.id}", row.country_code))
    }
    ids = known_ids(meant.values())
    parents = {child: ids[key] for child, key in meant.items() if ids[key] in created}
    set_parents(dict(parents))
    return sorted(parents)
