"""People and memberships as plain values, read and written in bulk. Shared by the import and its undo."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Table, bindparam, delete, inspect, select, update

from eventapp.core.among import among
from eventapp.core.db import db
from eventapp.partners.imports.bulk import insert_rows, insert_with_ids
from eventapp.partners.models import (
    JobFunction,
    Membership,
    MembershipRole,
    MembershipState,
    Person,
    PersonEmail,
    PersonWord,
)
from eventapp.partners.rules import person_sort_key, person_words

Values = dict[str, Any]

OF_PERSON = ("given_name", "family_name", "badge_name", "phone", "language", "time_zone")
OF_MEMBERSHIP = ("job_title", "function", "role")
PERSON_DEFAULTS: Values = dict.fromkeys(OF_PERSON, "")
MEMBERSHIP_DEFAULTS: Values = {"job_title": "", "function": None, "role": MembershipRole.MEMBER.value}


@dataclass(slots=True)
class StoredPerson:
    """A person as it stands in the database, with the open memberships: company id → (membership id, state, values)."""

    id: int
    version: int
    values: Values
    memberships: dict[int, tuple[int, MembershipState, Values]] = field(default_factory=dict)


def load(addresses: Sequence[str], *, lock: bool) -> dict[str, StoredPerson]:
    """People by address. `lock` keeps others from changing them until the transaction ends."""
    query = select(PersonEmail.address, PersonEmail.person_id).where(among(PersonEmail.address, addresses))
    owners = {row.address: row.person_id for row in db.session.execute(query)}
    people = load_by_id(sorted(set(owners.values())), lock=lock)
    return {address: people[id_] for address, id_ in owners.items()}


def load_by_id(ids: Sequence[int], *, lock: bool) -> dict[int, StoredPerson]:
    """People by id, with their open memberships."""
    query = select(Person.id, Person.version, *(getattr(Person, name) for name in OF_PERSON)).where(among(Person.id, ids))
    rows = db.session.execute(query.with_for_update() if lock else query)
    found = {row.id: StoredPerson(row.id, row.version, dict(zip(OF_PERSON, row[2:], strict=True))) for row in rows}
    members = select(
        Membership.id,
        Membership.person_id,
        Membership.organisation_id,
        Membership.state,
        Membership.job_title,
        Membership.function,
        Membership.role,
    ).where(among(Membership.person_id, ids), Membership.state != MembershipState.ENDED)
    for row in db.session.execute(members):
        values = {"job_title": row.job_title, "function": row.function.value if row.function else None, "role": row.role.value}
        found[row.person_id].memberships[row.organisation_id] = (row.id, row.state, values)
    return found


def create_without_address(people: Sequence[Values], at: datetime) -> list[int]:
    """New people whom nobody can write to; returns their ids in order."""
    ids = _insert(people, at) if people else []
    _insert_words({id_: (values, []) for id_, values in zip(ids, people, strict=True)})
    return ids


def _insert(people: Iterable[Values], at: datetime) -> list[int]:
    columns = (*OF_PERSON, "sort_key", "created_at", "updated_at", "version")
    rows = [
        (*(values[name] for name in OF_PERSON), person_sort_key(values["given_name"], values["family_name"]), at, at, 1)
        for values in people
    ]
    return insert_with_ids(Person, columns, rows)


def create(people: Mapping[str, Values], at: datetime) -> dict[str, int]:
    """New people by address; returns their ids."""
    if not people:
        return {}
    ids = dict(zip(people, _insert(people.values(), at), strict=True))
    insert_rows(PersonEmail, ("person_id", "address", "is_primary"), [(id_, address, True) for address, id_ in ids.items()])
    _insert_words({id_: (people[address], [address]) for address, id_ in ids.items()})
    return ids


def change(full: Mapping[int, Values], at: datetime) -> None:
    """Brings people to these values; their versions go up by one."""
    if not full:
        return
    table = inspect(Person).local_table
    assert isinstance(table, Table)
    names = [*OF_PERSON, "sort_key"]
    statement = (
        update(table)
        .where(table.c.id == bindparam("b_id"))
        .values({name: bindparam(f"b_{name}") for name in names} | {"version": table.c.version + 1, "updated_at": at})
    )
    rows = [
        {
            "b_id": id_,
            **{f"b_{name}": values[name] for name in OF_PERSON},
            "b_sort_key": person_sort_key(values["given_name"], values["family_name"]),
        }
        for id_, values in full.items()
    ]
    db.session.connection().execute(statement, rows)
    addresses: dict[int, list[str]] = {id_: [] for id_ in full}
    for owner, address in db.session.execute(
        select(PersonEmail.person_id, PersonEmail.address).where(among(PersonEmail.person_id, full))
    ):
        addresses[owner].append(address)
    db.session.execute(delete(PersonWord).where(among(PersonWord.person_id, full)))
    _insert_words({id_: (values, addresses[id_]) for id_, values in full.items()})


def add_memberships(rows: Sequence[tuple[int, int, Values]], at: datetime) -> list[int]:
    """New memberships in force: (person id, company id, values); returns their ids in the same order."""
    columns = ("person_id", "organisation_id", "state", "valid_from", *OF_MEMBERSHIP)
    ready = [
        (person_id, company_id, MembershipState.ACTIVE, at.date(), *_membership(values).values())
        for person_id, company_id, values in rows
    ]
    return insert_with_ids(Membership, columns, ready)


def change_memberships(full: Mapping[int, tuple[MembershipState, Values]]) -> None:
    """Brings memberships to these states and values."""
    if not full:
        return
    table = inspect(Membership).local_table
    assert isinstance(table, Table)
    names = ("state", *OF_MEMBERSHIP)
    statement = update(table).where(table.c.id == bindparam("b_id")).values({name: bindparam(f"b_{name}") for name in names})
    rows = [
        {"b_id": id_, "b_state": state, **{f"b_{name}": value for name, value in _membership(values).items()}}
        for id_, (state, values) in full.items()
    ]
    db.session.connection().execute(statement, rows)


def _membership(values: Values) -> Values:
    function = values["function"]
    return {
        "job_title": values["job_title"],
        "function": JobFunction(function) if function else None,
        "role": MembershipRole(values["role"]),
    }


def _insert_words(people: Mapping[int, tuple[Values, Iterable[str]]]) -> None:
    rows = [
        (word, id_)
        for id_, (values, addresses) in people.items()
        for word in person_words(values["given_name"], values["family_name"], values["badge_name"], addresses)
    ]
    insert_rows(PersonWord, ("word", "person_id"), rows)
