"""Reading group sets: their groups, who takes part and sits where, rules, material. The first argument of what a page shows
is the viewer; organizer pages come by the event that they may read."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Row, Select, and_, exists, func, or_, select
from sqlalchemy.orm import joinedload

from eventapp.accounts.permissions import Viewer
from eventapp.core.db import db
from eventapp.core.errors import NotFoundError
from eventapp.core.text import fold
from eventapp.events.models import Event
from eventapp.groups import hooks
from eventapp.groups.models import (
    Group,
    GroupMaterial,
    GroupPlace,
    GroupPlacing,
    GroupRule,
    GroupRuleMember,
    GroupSet,
    GroupSupply,
    GroupTold,
)
from eventapp.groups.permissions import may_ask_needs
from eventapp.groups.rules.facts import Binding, Facts, Guest, Seats
from eventapp.partners.company.queries import read_id
from eventapp.partners.models import Organisation, OrganisationKind, Person, PersonEmail
from eventapp.places.models import Pool
from eventapp.registrations.desk import queries as desk
from eventapp.registrations.models import SHOWN_COMPANY, Registration, RegistrationStatus

# How somebody is called in a group: as on the badge.
CALLED = func.coalesce(
    func.nullif(Registration.badge_name, ""),
    func.nullif(Person.badge_name, ""),
    func.trim(Person.given_name + " " + Person.family_name),
)


def sets_of(event: Event) -> Sequence[Row[*tuple[Any, ...]]]:
    """The sets of an event with their numbers: groups, places (none if one has no limit), people placed."""
    limits = func.count(Pool.capacity)
    query = (
        select(
            GroupSet,
            func.count(Group.id).label("groups"),
            func.coalesce(func.sum(Pool.capacity), 0).label("places"),
            (limits < func.count(Group.id)).label("unlimited"),
            func.coalesce(func.sum(Pool.taken), 0).label("placed"),
        )
        .outerjoin(Group, Group.set_id == GroupSet.id)
        .outerjoin(Pool, Pool.id == Group.pool_id)
        .where(GroupSet.event_id == event.id)
        .group_by(GroupSet.id)
        .order_by(GroupSet.id)
    )
    return db.session.execute(query).all()


def group_set(event: Event, set_id: int) -> GroupSet:
    """A set of that event. Raises NotFoundError."""
    found = db.session.scalar(select(GroupSet).where(GroupSet.id == set_id, GroupSet.event_id == event.id))
    if found is None:
        raise NotFoundError(set_id)
    return found


def groups_of(found: GroupSet) -> Sequence[Group]:
    """The groups of a set with their pools, by number."""
    query = select(Group).options(joinedload(Group.pool)).where(Group.set_id == found.id).order_by(Group.number)
    return db.session.scalars(query.execution_options(populate_existing=True)).all()


def group(found: GroupSet, group_id: int) -> Group:
    """A group of that set with its pool. Raises NotFoundError."""
    one = db.session.scalar(select(Group).options(joinedload(Group.pool)).where(Group.id == group_id, Group.set_id == found.id))
    if one is None:
        raise NotFoundError(group_id)
    return one


def takes_part(found: GroupSet) -> list[ColumnElement[bool]]:
    """The conditions of the registrations that take part."""
    conditions: list[ColumnElement[bool]] = [
        Registration.event_id == found.event_id,
        Registration.status == RegistrationStatus.CONFIRMED,
    ]
    if found.mode is not None:
        conditions.append(Registration.mode == found.mode)
    if found.kinds:
        conditions.append(Registration.kind_id.in_(found.kinds))
    if found.tags:
        conditions.append(desk.carries(found.tags))
    return conditions


def taking_part(found: GroupSet, ids: Iterable[int]) -> list[int]:
    """Those of the registrations that take part."""
    query = select(Registration.id).where(Registration.id.in_(list(ids)), *takes_part(found)).order_by(Registration.id)
    return list(db.session.scalars(query))


def placed_ids(found: GroupSet) -> dict[int, int]:
    """Who sits in which group, by registration."""
    query = select(GroupPlace.registration_id, GroupPlace.group_id).where(GroupPlace.set_id == found.id)
    return dict(db.session.execute(query.order_by(GroupPlace.registration_id)).all())


def needing_door(viewer: Viewer, event: Event, found: GroupSet) -> set[int]:
    """Who has access needs, where the set asks for that and the viewer may know; nobody else."""
    return hooks.needing(viewer, event) if found.near_door and may_ask_needs(viewer) else set()


class Taking(NamedTuple):
    """What placing goes by, who sits where now, and the names in the rules, by rule."""

    facts: Facts
    places: dict[int, int]
    names: dict[int, list[str]]


def taking(found: GroupSet, groups: Sequence[Group], needing: set[int], *, anew: bool) -> Taking:
    """The facts of a set and who sits where now. Seated is who is pinned or, unless `anew`, everybody with a place."""
    of_event, *others = takes_part(found)
    part = and_(*others)
    query = (
        select(
            Registration.id,
            Registration.organisation_id,
            Registration.claim,
            Organisation.unconfirmed,
            Organisation.kind,
            GroupPlace.group_id,
            GroupPlace.pinned,
            part.label("part"),
        )
        .join(Organisation, Organisation.id == Registration.organisation_id)
        .outerjoin(GroupPlace, and_(GroupPlace.registration_id == Registration.id, GroupPlace.set_id == found.id))
        .where(of_event, or_(part, GroupPlace.group_id.is_not(None)))
        .order_by(Registration.registered_at, Registration.id)
    )
    rows = db.session.execute(query).all()
    guests = [Guest(row.id, _company(row), row.id in needing) for row in rows if row.part]
    places = {row.id: row.group_id for row in rows if row.group_id is not None}
    stays = {row.id: row.group_id for row in rows if row.group_id is not None and (row.pinned or not anew)}
    rules, names = bindings(found, guests)
    seats = [Seats(one.id, one.pool.capacity, one.near_door) for one in groups]
    return Taking(Facts(guests, seats, stays, rules, found.mixes, bool(needing)), places, names)


def _company(row: Any) -> str:
    """What tells colleagues: the company, or the one that somebody named. Guests of the vendor are nobody's colleagues."""
    if row.claim:
        return f"claim {fold(row.claim)}"
    if row.unconfirmed or row.kind is OrganisationKind.VENDOR:
        return f"alone {row.id}"
    return f"company {row.organisation_id}"


def bindings(found: GroupSet, guests: Sequence[Guest]) -> tuple[list[Binding], dict[int, list[str]]]:
    """The rules about certain people and companies, with those of them who take part; and who is meant, by rule."""
    rows = db.session.execute(_RULES.where(GroupRule.set_id == found.id)).all()
    of_company: dict[str, set[int]] = defaultdict(set)
    for guest in guests if rows else ():
        of_company[guest.company].add(guest.id)
    known = {guest.id for guest in guests} if rows else set()
    members: dict[int, list[frozenset[int]]] = defaultdict(list)
    names: dict[int, list[str]] = defaultdict(list)
    kinds = {}
    for rule_id, kind, organisation_id, registration_id, name in rows:
        kinds[rule_id] = kind
        people = {registration_id} & known if registration_id else of_company[f"company {organisation_id}"]
        members[rule_id].append(frozenset(people))
        names[rule_id].append(name)
    return [Binding(rule_id, kinds[rule_id], tuple(found)) for rule_id, found in members.items()], names


_RULES = (
    select(
        GroupRule.id,
        GroupRule.kind,
        GroupRuleMember.organisation_id,
        GroupRuleMember.registration_id,
        func.coalesce(Organisation.name, CALLED),
    )
    .join(GroupRuleMember, GroupRuleMember.rule_id == GroupRule.id)
    .outerjoin(Organisation, Organisation.id == GroupRuleMember.organisation_id)
    .outerjoin(Registration, Registration.id == GroupRuleMember.registration_id)
    .outerjoin(Person, Person.id == Registration.person_id)
    .order_by(GroupRule.id, GroupRuleMember.id)
)


class RuleLine(NamedTuple):
    """A rule as it is shown: its id, kind and who is meant."""

    id: int
    kind: Any
    names: list[str]


def rule_lines(found: GroupSet) -> list[RuleLine]:
    """The rules about certain people and companies, with their names."""
    lines: dict[int, RuleLine] = {}
    for rule_id, kind, _company, _person, name in db.session.execute(_RULES.where(GroupRule.set_id == found.id)):
        lines.setdefault(rule_id, RuleLine(rule_id, kind, [])).names.append(name)
    return list(lines.values())


def rule(found: GroupSet, rule_id: int) -> GroupRule:
    """A rule of that set. Raises NotFoundError."""
    one = db.session.scalar(select(GroupRule).where(GroupRule.id == rule_id, GroupRule.set_id == found.id))
    if one is None:
        raise NotFoundError(rule_id)
    return one


def people(found: GroupSet) -> Select[*tuple[Any, ...]]:
    """Everybody who takes part, with name, company and where they sit: columns of a line."""
    return (
        select(
            Registration.id,
            CALLED.label("name"),
            SHOWN_COMPANY.label("company"),
            GroupPlace.group_id,
            func.coalesce(GroupPlace.pinned, False).label("pinned"),
        )
        .join(Person, Person.id == Registration.person_id)
        .join(Organisation, Organisation.id == Registration.organisation_id)
        .outerjoin(GroupPlace, and_(GroupPlace.registration_id == Registration.id, GroupPlace.set_id == found.id))
        .where(*takes_part(found))
    )


def members(group_ids: Iterable[int]) -> dict[int, list[Row[*tuple[Any, ...]]]]:
    """Who sits in these groups, by name; also somebody who takes part no more."""
    query = (
        select(
            GroupPlace.group_id,
            Registration.id,
            CALLED.label("name"),
            SHOWN_COMPANY.label("company"),
            GroupPlace.pinned,
        )
        .join(Registration, Registration.id == GroupPlace.registration_id)
        .join(Person, Person.id == Registration.person_id)
        .join(Organisation, Organisation.id == Registration.organisation_id)
        .where(GroupPlace.group_id.in_(list(group_ids)))
        .order_by(Person.sort_key, Registration.id)
    )
    found: dict[int, list[Row[*tuple[Any, ...]]]] = defaultdict(list)
    for row in db.session.execute(query):
        found[row.group_id].append(row)
    return found


def without_place(found: GroupSet) -> Sequence[Row[*tuple[Any, ...]]]:
    """Who takes part and has no place, by name."""
    query = people(found).where(GroupPlace.group_id.is_(None)).order_by(Person.sort_key, Registration.id)
    return db.session.execute(query).all()


class Aside(NamedTuple):
    """The last automatic placing that can be taken back, if any, and how many materials are short."""

    at: Any
    by: str | None
    short: int


def aside(found: GroupSet) -> Aside:
    """What stands beside the groups of a set, in one query."""
    given = func.coalesce(func.sum(GroupSupply.quantity), 0)
    short = (
        select(GroupMaterial.id)
        .join(GroupSupply, GroupSupply.material_id == GroupMaterial.id)
        .where(GroupMaterial.set_id == found.id)
        .group_by(GroupMaterial.id)
        .having(given > GroupMaterial.stock)
        .subquery()
    )
    missing = select(func.count()).select_from(short).scalar_subquery()
    last = and_(GroupPlacing.set_id == GroupSet.id, GroupPlacing.undone_at.is_(None))
    query = select(GroupPlacing.at, GroupPlacing.by, missing).select_from(GroupSet).outerjoin(GroupPlacing, last)
    return Aside(*db.session.execute(query.where(GroupSet.id == found.id)).one())


class Stock(NamedTuple):
    """A material: how many there are, and how many the groups get."""

    id: int
    name: str
    stock: int
    assigned: int

    @property
    def short(self) -> int:
        """How many are missing."""
        return max(0, self.assigned - self.stock)


def stocks(found: GroupSet) -> list[Stock]:
    """The material of a set, counted against its stock, by name."""
    query = (
        select(GroupMaterial.id, GroupMaterial.name, GroupMaterial.stock, func.coalesce(func.sum(GroupSupply.quantity), 0))
        .outerjoin(GroupSupply, GroupSupply.material_id == GroupMaterial.id)
        .where(GroupMaterial.set_id == found.id)
        .group_by(GroupMaterial.id)
        .order_by(GroupMaterial.name)
    )
    return [Stock(row[0], row[1], row[2], int(row[3])) for row in db.session.execute(query)]


def material(found: GroupSet, material_id: int) -> GroupMaterial:
    """A material of that set. Raises NotFoundError."""
    one = db.session.scalar(select(GroupMaterial).where(GroupMaterial.id == material_id, GroupMaterial.set_id == found.id))
    if one is None:
        raise NotFoundError(material_id)
    return one


def supplies(found: GroupSet) -> dict[tuple[int, int], int]:
    """How many of which material each group gets, by (group, material)."""
    query = (
        select(GroupSupply.group_id, GroupSupply.material_id, GroupSupply.quantity)
        .join(Group, Group.id == GroupSupply.group_id)
        .where(Group.set_id == found.id)
    )
    return {(group_id, material_id): quantity for group_id, material_id, quantity in db.session.execute(query)}


def of_registrations(ids: Iterable[int]) -> Sequence[tuple[GroupSet, int, int]]:
    """Sets in which these registrations have places: set, registration, group."""
    query = (
        select(GroupSet, GroupPlace.registration_id, GroupPlace.group_id)
        .join(GroupPlace, GroupPlace.set_id == GroupSet.id)
        .where(GroupPlace.registration_id.in_(list(ids)))
        .order_by(GroupSet.id)
    )
    return [(row[0], row[1], row[2]) for row in db.session.execute(query)]


def announced_places(registration_id: int) -> Sequence[Row[*tuple[Any, ...]]]:
    """The places of a registration that people have been told of: set and group."""
    query = (
        select(GroupSet, Group)
        .join(GroupPlace, GroupPlace.set_id == GroupSet.id)
        .join(Group, Group.id == GroupPlace.group_id)
        .where(GroupPlace.registration_id == registration_id, GroupSet.announced_at.is_not(None))
        .order_by(GroupSet.id)
    )
    return db.session.execute(query).all()


def places_of_company(viewer: Viewer) -> Sequence[Row[*tuple[Any, ...]]]:
    """Where the colleagues of the company acted for sit, of what was told, the next event first: set, group, event, name.

    Raises NotFoundError for whoever may not read the company.
    """
    query = (
        select(GroupSet, Group, Event.title, Event.slug, Event.time_zone, Registration.id, Registration.name)
        .join(GroupPlace, GroupPlace.set_id == GroupSet.id)
        .join(Group, Group.id == GroupPlace.group_id)
        .join(Registration, Registration.id == GroupPlace.registration_id)
        .join(Event, Event.id == GroupSet.event_id)
        .where(Registration.organisation_id == read_id(viewer), GroupSet.announced_at.is_not(None))
        .order_by(Event.starts_at.desc(), GroupSet.id, func.lower(Registration.name), Registration.id)
    )
    return db.session.execute(query).all()


def told(found: GroupSet) -> dict[int, str]:
    """What each was last told, by registration."""
    return dict(db.session.execute(select(GroupTold.registration_id, GroupTold.told).where(GroupTold.set_id == found.id)).all())


def concerned(ids: Iterable[int], found: GroupSet) -> Sequence[Row[*tuple[Any, ...]]]:
    """These registrations with name, company, group, and whether a mail reaches them or who brings them along; by name."""
    has_address = exists().where(PersonEmail.person_id == Registration.person_id, PersonEmail.is_primary)
    reachable = or_(has_address, Registration.guest_of_id.is_not(None)).label("reachable")
    query = (
        select(Registration.id, CALLED.label("name"), SHOWN_COMPANY.label("company"), GroupPlace.group_id, reachable)
        .join(Person, Person.id == Registration.person_id)
        .join(Organisation, Organisation.id == Registration.organisation_id)
        .outerjoin(GroupPlace, and_(GroupPlace.registration_id == Registration.id, GroupPlace.set_id == found.id))
        .where(Registration.id.in_(list(ids)))
        .order_by(Person.sort_key, Registration.id)
    )
    return db.session.execute(query).all()
