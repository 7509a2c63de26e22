"""Who takes part in a set and sits where, and the rules about them."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Row, Select, and_, func, or_, select

from eventapp.accounts.permissions import Viewer
from eventapp.agenda.models import SessionSignUp, SignUpStatus
from eventapp.core.db import db
from eventapp.core.text import fold
from eventapp.events.models import Event
from eventapp.groups import hooks
from eventapp.groups.models import (
    Group,
    GroupPlace,
    GroupRule,
    GroupRuleMember,
    GroupSet,
)
from eventapp.groups.permissions import may_ask_needs
from eventapp.groups.rules.facts import Binding, Facts, Guest, Seats
from eventapp.partners.models import Organisation, OrganisationKind, Person
from eventapp.registrations.desk import queries as desk
from eventapp.registrations.models import SHOWN_COMPANY, Registration, RegistrationStatus

# How somebody is called in a group: as on the badge.
CALLED = func.coalesce(
    func.nullif(Registration.badge_name, ""),
    func.nullif(Person.badge_name, ""),
    func.trim(Person.given_name + " " + Person.family_name),
)


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
    if found.session_id is not None:
        has_place = select(SessionSignUp.registration_id).where(
            SessionSignUp.session_id == found.session_id, SessionSignUp.status == SignUpStatus.CONFIRMED
        )
        conditions.append(Registration.id.in_(has_place))
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
