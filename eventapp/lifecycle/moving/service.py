"""Letting a person go over to another company."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select, update

from eventapp.audit.service import Actor
from eventapp.core.db import db
from eventapp.core.errors import RuleError
from eventapp.core.i18n import _
from eventapp.events.models import Event
from eventapp.partners import queries as partners
from eventapp.partners.models import Membership, MembershipState, Organisation, Person
from eventapp.partners.service import people
from eventapp.registrations import service as registrations
from eventapp.registrations.invitations.models import OPEN, Invitation
from eventapp.registrations.models import ENDED, Registration
from eventapp.registrations.queries import LOADED


def upcoming(person_id: int, organisation_id: int, at: datetime) -> Sequence[Registration]:
    """What the person is registered for by the company and is still to come, soonest first."""
    query = (
        select(Registration)
        .options(*LOADED)
        .join(Event, Event.id == Registration.event_id)
        .where(
            Registration.person_id == person_id,
            Registration.organisation_id == organisation_id,
            Registration.status.not_in(ENDED),
            Event.ends_at > at,
        )
        .order_by(Event.starts_at, Registration.id)
    )
    return db.session.scalars(query).all()


def move(
    membership: Membership, person: Person, company: Organisation, *, job_title: str, cancel: bool, by: Actor, at: datetime
) -> None:
    """Ends the membership today and begins one in `company`. The person's history stays the person's; past and kept
    registrations go on counting for the old company, whose places they took. With `cancel` the upcoming ones are
    cancelled, so that their places go on.

    Raises RuleError for the same company, a merged one, or a membership that has ended.
    """
    if membership.state is not MembershipState.ACTIVE:
        raise RuleError(_("%(name)s does not belong to this company any more.", name=person.full_name))
    if company.id == membership.organisation_id:
        raise RuleError(_("Choose another company than the present one."), "company", 422)
    if company.merged_into_id is not None:
        raise RuleError(_("This company was merged into another one."), "company")
    old = membership.organisation_id
    people.end_membership(membership, person, by=by, at=at)
    address = partners.address_of(person.id)
    people.add_person(company, person.given_name, person.family_name, address, job_title=job_title, by=by, at=at)
    # Whoever answers an invitation now answers it for the new company.
    invited = update(Invitation).where(Invitation.person_id == person.id, Invitation.organisation_id == old)
    db.session.execute(invited.where(Invitation.state.in_(OPEN)).values(organisation_id=company.id))
    if cancel:
        reason = _("Changed company")
        registrations.cancel(upcoming(person.id, old, at), reason=reason, by=by, at=at)
