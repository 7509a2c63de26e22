"""Who may come to which session: the rules of `SessionAudience`, asked of somebody registered."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from sqlalchemy import or_, select

from eventapp.agenda.models import AgendaSession, ReleasedSlot, SessionAudience
from eventapp.core.db import db
from eventapp.core.wall import whole
from eventapp.events.admission import queries as admission
from eventapp.events.admission.rules import Applicant
from eventapp.events.models import AudienceField
from eventapp.partners.models import Membership, MembershipState
from eventapp.registrations.models import Registration


class Door(NamedTuple):
    """A session that not everybody sees, or that one signs up to, with one of its rules; none: it is open to all registered."""

    session_id: int
    listed: bool
    signs_up: bool
    field: AudienceField | None
    values: list[Any] | None


def doors(release_id: int) -> list[Door]:
    """The sessions of a release that ask who somebody is, once for each of their rules."""
    query = (
        select(
            ReleasedSlot.session_id, ReleasedSlot.listed, AgendaSession.signs_up, SessionAudience.field, SessionAudience.values
        )
        .join(AgendaSession, AgendaSession.id == ReleasedSlot.session_id)
        .outerjoin(SessionAudience, SessionAudience.session_id == ReleasedSlot.session_id)
        .where(ReleasedSlot.release_id == release_id, or_(~ReleasedSlot.listed, AgendaSession.signs_up))
    )
    return [Door(*row) for row in db.session.execute(query)]


def facts_of(registrations: Sequence[Registration], asked: Collection[AudienceField]) -> dict[int, Applicant]:
    """What the rules look at, by registration id: the company, which is the same of all, and what each does there.

    What each does is read only if it is asked for.
    """
    company = registrations[0].organisation
    asks = replace(admission.applicant(company), person=True)
    if AudienceField.FUNCTION not in asked:
        return dict.fromkeys([one.id for one in registrations], asks)
    functions = select(Membership.person_id, Membership.function).where(
        Membership.person_id.in_([registration.person_id for registration in registrations]),
        Membership.organisation_id == company.id,
        Membership.state == MembershipState.ACTIVE,
    )
    does = {person_id: function.value for person_id, function in db.session.execute(functions) if function is not None}
    return {one.id: replace(asks, function=does.get(one.person_id, "")) for one in registrations}


def passes(door: Door, who: Applicant) -> bool:
    """Whether the rule lets them in."""
    if door.field is None:
        return True
    return bool(who.value(door.field) & {str(value) for value in door.values or ()})


def closed_to(registration: Registration, asked: Iterable[Door]) -> frozenset[int]:
    """Those of the sessions that somebody registered may not come to. No query where none has rules."""
    return closed_to_each([registration], asked)[registration.id]


def closed_to_each(registrations: Sequence[Registration], asked: Iterable[Door]) -> dict[int, frozenset[int]]:
    """The same for people of one company, by registration id: two queries at most, however many they are."""
    rules = [door for door in asked if door.field is not None]
    if not rules or not registrations:
        return {registration.id: frozenset() for registration in registrations}
    # Who people are and where they work may stand behind the wall; whether a rule lets them in is all that shows.
    with whole():
        found = facts_of(registrations, {door.field for door in rules if door.field is not None})
    return {
        registration_id: frozenset(door.session_id for door in rules if not passes(door, who))
        for registration_id, who in found.items()
    }
