"""Sets of an event, their groups and their material."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import Row, and_, func, select
from sqlalchemy.orm import joinedload

from eventapp.agenda.models import AgendaSession
from eventapp.core.db import db
from eventapp.core.errors import NotFoundError
from eventapp.events.models import Event
from eventapp.groups.models import (
    Group,
    GroupMaterial,
    GroupPlacing,
    GroupRule,
    GroupSet,
    GroupSupply,
)
from eventapp.places.models import Pool


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


def sessions_with_places(event: Event) -> Sequence[Row[*tuple[Any, ...]]]:
    """The sessions of the event that people sign up to: id and title, by title."""
    query = select(AgendaSession.id, AgendaSession.title).where(AgendaSession.event_id == event.id, AgendaSession.signs_up)
    return db.session.execute(query.order_by(AgendaSession.title, AgendaSession.id)).all()


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


def rule(found: GroupSet, rule_id: int) -> GroupRule:
    """A rule of that set. Raises NotFoundError."""
    one = db.session.scalar(select(GroupRule).where(GroupRule.id == rule_id, GroupRule.set_id == found.id))
    if one is None:
        raise NotFoundError(rule_id)
    return one


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
