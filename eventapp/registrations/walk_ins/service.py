"""Letting somebody in who was not registered. Under the lock of the event's pool, like all registering."""

from dataclasses import dataclass
from datetime import datetime

from eventapp.audit.service import Actor
from eventapp.core.db import db
from eventapp.core.errors import RuleError
from eventapp.core.i18n import _
from eventapp.events import queries as events
from eventapp.events.models import Event, EventStatus, Mode
from eventapp.partners import queries as partners
from eventapp.partners import service as people
from eventapp.partners.models import MembershipState
from eventapp.places import service as places
from eventapp.questions.rules.asked import Given
from eventapp.registrations.filters import day_start
from eventapp.registrations.models import Registration, RegistrationStatus, Source
from eventapp.registrations.service import Attendee, register
from eventapp.registrations.service.log import record_act
from eventapp.registrations.terms import Terms


@dataclass(frozen=True)
class WalkIn:
    """Who stands at the door. `company` as they say it; the address may be empty."""

    given_name: str
    family_name: str
    company: str
    address: str = ""
    kind_id: int | None = None
    answers: Given | None = None


def let_in(event: Event, who: WalkIn, *, above: str = "", by: Actor, at: datetime) -> Registration:
    """Registers and checks in at once. A company that is not in the partner list is kept as text.

    They take places of the event, not of the company: it has not sent them. `above` is an organizer's reason to let them
    in where no place is left, as a visible overbooking. Raises RuleError without a place and a reason, outside the days
    of the event, and for what registering refuses.
    """
    places.lock([event.pool_id])
    events.read_again(event)
    if Mode.IN_PERSON not in event.modes:
        raise RuleError(_("Nobody comes to a door: this event is on video."))
    if event.status is EventStatus.DRAFT or not day_start(event, event.starts_at) <= at <= event.ends_at:
        raise RuleError(_("Walk-ins are registered on the days of the event."))
    company = partners.company_by_text(who.company)
    claim = "" if company is not None else who.company
    attendee = Attendee(
        who.given_name, who.family_name, who.address, Mode.IN_PERSON, "address", kind_id=who.kind_id, answers=who.answers
    )
    terms = Terms(company_quota=False, audience=False, window=False, approval=False, claim=claim, above=bool(above))
    (made,) = register(
        event,
        company or people.unconfirmed(at=at),
        [attendee],
        source=Source.WALK_IN,
        by=by,
        at=at,
        terms=terms,
        # The company has not said that they belong to it.
        joining=MembershipState.REQUESTED,
    )
    if made.status is not RegistrationStatus.CONFIRMED:
        raise RuleError(_("No place is left. An organizer can let somebody in beyond the capacity, with a reason."))
    made.checked_in_at = at
    db.session.flush()
    record_act("registrations.walk_in", made, by, at, {"company": made.company_name, "reason": above})
    return made
