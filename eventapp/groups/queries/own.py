"""Places as people, companies and mails ask for them."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Row, and_, exists, func, or_, select

from eventapp.accounts.permissions import Viewer
from eventapp.core.db import db
from eventapp.events.models import Event
from eventapp.groups.models import (
    Group,
    GroupPlace,
    GroupSet,
    GroupTold,
)
from eventapp.groups.queries.people import CALLED
from eventapp.partners.company.queries import read_id
from eventapp.partners.models import Organisation, Person, PersonEmail
from eventapp.registrations.models import SHOWN_COMPANY, Registration

# What people may see: announced, and for whoever takes part that way. Of an event that moved to video places are kept for
# the case that it moves back, but nobody is sent to a hall that is empty.
SHOWN = and_(GroupSet.announced_at.is_not(None), or_(GroupSet.mode.is_(None), GroupSet.mode == Registration.mode))


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
        .join(Registration, Registration.id == GroupPlace.registration_id)
        .where(GroupPlace.registration_id == registration_id, SHOWN)
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
        .where(Registration.organisation_id == read_id(viewer), SHOWN)
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
