"""On what terms the invited register, and which invitations a registration answers."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from eventapp.core.db import db
from eventapp.core.errors import RuleError
from eventapp.core.i18n import _
from eventapp.core.wall import whole
from eventapp.events import hooks
from eventapp.events.admission import queries as admission
from eventapp.events.admission.rules import Kind, WayIn
from eventapp.events.models import Admission, Event
from eventapp.events.rules import Blocker
from eventapp.partners.models import Organisation
from eventapp.places.models import Pool
from eventapp.registrations.invitations.models import OPEN, Invitation, InvitationState, Waiver
from eventapp.registrations.invitations.queries import NOBODY_INVITED, Invited, open_for
from eventapp.registrations.models import Registration, Source
from eventapp.registrations.terms import ORDINARY, Terms


def terms_of(invitation: Invitation) -> Terms:
    """What counts for whoever registers on the invitation. An invited company's own places stand for those of its quota."""
    waived = {Waiver(name) for name in invitation.waives}
    return Terms(
        invited=True,
        invited_as=invitation.kind_id,
        audience=Waiver.AUDIENCE not in waived,
        window=Waiver.WINDOW not in waived,
        approval=Waiver.APPROVAL not in waived,
        company_quota=Waiver.COMPANY_QUOTA not in waived,
        company_pool_id=invitation.pool_id,
    )


def own_of(event: Event, address: str, person_id: int | None, now: datetime) -> Invitation | None:
    """The invitation that holds for whoever has proven this address. Nobody looks for one where nobody was invited."""
    if not event.invites:
        return None
    ids = [person_id] if person_id is not None else []
    return open_for(event.id, now, person_ids=ids, addresses=[address]).own(person_id, address)


def ways_in(
    event: Event, company: Organisation | None, own: Invitation | None, now: datetime, way: WayIn | None = None
) -> tuple[Sequence[Kind], Sequence[Blocker]]:
    """The kinds that somebody with this invitation, or without one, may come as now, and why not where there is no way."""
    terms = terms_of(own) if own is not None else ORDINARY
    return admission.open_to(
        event, company, now, invited=terms.invited, invited_as=terms.invited_as, waived=terms.waived, way=way
    )


def of_company(event: Event, company: Organisation, person_ids: Sequence[int], now: datetime) -> Invited:
    """The invitations of the company and of these people of it that hold at this moment."""
    if not event.invites:
        return NOBODY_INVITED
    with whole():  # a person who came to the company since is invited as somebody else's
        return open_for(event.id, now, person_ids=person_ids, organisation_id=company.id)


def ways_of_company(
    event: Event, company: Organisation, invited: Invited, now: datetime
) -> tuple[Sequence[Kind], Sequence[Blocker]]:
    """Like `ways_in` for the company's form: on its own invitation, or on those of its people."""
    if invited.company is not None:
        return ways_in(event, company, invited.company, now)
    return admission.open_to(event, company, now, invited=bool(invited))


def company_blockers(event: Event, company: Organisation, now: datetime) -> Sequence[Blocker]:
    """Why the company may register nobody at this moment, as its form would say it."""
    return ways_of_company(event, company, of_company(event, company, [], now), now)[1]


hooks.COMPANY_BLOCKERS.append(company_blockers)


def places_of(invited: Invited) -> tuple[int | None, int] | None:
    """How many the company may send on its invitation, and how many of these are taken; none: on its own places."""
    if invited.company is None or invited.company.pool_id is None:
        return None
    pool = db.session.get_one(Pool, invited.company.pool_id)
    return pool.capacity, pool.taken


def on_invitation(
    event: Event, invited: Invited, people: Sequence[tuple[int | None, str]], terms: Terms, source: Source
) -> tuple[Terms, Source]:
    """The terms and the source for registering these people (id and address), given the invitations that hold for them.

    Somebody who registers alone comes on their own invitation; a company on its own, else it may register those of its
    people who are invited, without what is waived for them when they answer themselves. Any other way in is as it was.
    Raises RuleError, naming the first, if only some of a company's people are invited to an event by invitation.
    """
    if not invited:
        return terms, source
    if source is Source.PERSON:
        own = invited.own(*people[0])
        if own is None:
            return terms, source
        found = terms_of(own)
        quota = found.company_quota and terms.company_quota
        return replace(found, claim=terms.claim, company_quota=quota), Source.INVITATION
    if terms != ORDINARY or source is not Source.COMPANY:
        return terms, source
    if invited.company is not None:
        return terms_of(invited.company), source
    missing = [address for id_, address in people if invited.own(id_, address) is None]
    if not missing:
        return replace(terms, invited=True), source
    if event.admission is Admission.INVITATION:
        raise RuleError(_("%(address)s has no invitation to this event. Ask the organizer.", address=missing[0]))
    return terms, source


def mark_done(invited: Invited, made: Sequence[tuple[Registration, str]], source: Source, at: datetime) -> None:
    """Marks the invitations of those who are registered now as done, whichever way they came in.

    `invited` are those that held when they registered, `made` the registrations with the addresses that they came by. A
    company's is done when it has registered the first of its people.
    """
    for registration, address in made:
        found = invited.own(registration.person_id, address)
        if found is None and source is Source.COMPANY:
            found = invited.company
        if found is not None and found.state in OPEN:
            found.state, found.done_at = InvitationState.DONE, at
            found.person_id = None if found.of_company else registration.person_id
    db.session.flush()
