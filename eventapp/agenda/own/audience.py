"""Who may come to which session: the rules of `SessionAudience`, asked of somebody registered."""

from collections.abc import Iterable
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


def facts_of(registration: Registration) -> Applicant:
    """What the rules look at: the company, and what the person does there."""
    function = select(Membership.function).where(
        Membership.person_id == registration.person_id,
        Membership.organisation_id == registration.organisation_id,
        Membership.state == MembershipState.ACTIVE,
    )
    does = db.session.scalar(function.limit(1))
    return replace(admission.applicant(registration.organisation), person=True, function=does.value if does else "")


def passes(door: Door, who: Applicant) -> bool:
    """Whether the rule lets them in."""
    if door.field is None:
        return True
    return bool(who.value(door.field) & {str(value) for value in door.values or ()})


def closed_to(registration: Registration, asked: Iterable[Door]) -> frozenset[int]:
    """Those of the sessions that somebody registered may not come to. No query where none has rules."""
    rules = [door for door in asked if door.field is not None]
    if not rules:
        return frozenset()
    # Who the person is and where they work may stand behind the wall; whether a rule lets them in is all that shows.
    with whole():
        who = facts_of(registration)
    return frozenset(door.session_id for door in rules if not passes(door, who))
