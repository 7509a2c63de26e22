"""What the invited do with their link: open, go to the form, decline, name a deputy. In the caller's transaction.

Each act first takes the lock of the event's pool, like everything that registers or changes invitations, and then looks at
the invitation as it is: of two acts at the same moment the second finds what the first has made of it.
"""

from datetime import datetime

from eventapp.audit.service import Actor
from eventapp.core.db import db
from eventapp.core.email import domain_of
from eventapp.core.errors import RuleError
from eventapp.core.i18n import _
from eventapp.partners import queries as partners
from eventapp.partners.models import Organisation, OrganisationStatus
from eventapp.places import service as places
from eventapp.registrations import hooks
from eventapp.registrations import queries as registrations
from eventapp.registrations.invitations import mails, queries, rules
from eventapp.registrations.invitations.inviting import note
from eventapp.registrations.invitations.models import OPEN, Invitation, InvitationState
from eventapp.registrations.rules import new_token


def _as_it_is(invitation: Invitation, at: datetime) -> Invitation:
    """The invitation under lock. Raises RuleError if it cannot be answered any more."""
    places.wait_for(invitation.event.pool_id)
    found = queries.locked(invitation.id)
    db.session.refresh(found.event, ["status", "ends_at"])
    for blocker in rules.blockers(found, found.event, at):
        raise RuleError(blocker.message)
    return found


def note_opened(invitation: Invitation, *, at: datetime) -> None:
    """A browser has shown the page. Says nothing if the invitation was opened before, or has ended."""
    places.wait_for(invitation.event.pool_id)
    found = queries.locked(invitation.id)
    if found.state is InvitationState.INVITED and not rules.blockers(found, found.event, at):
        found.state, found.opened_at = InvitationState.OPENED, at
        db.session.flush()


def start(invitation: Invitation, *, by: Actor, at: datetime) -> None:
    """The invited go to the form. Again is harmless."""
    found = _as_it_is(invitation, at)
    if found.state not in OPEN or found.state is InvitationState.STARTED:
        return
    found.opened_at = found.opened_at or at
    before, found.state, found.started_at = found.state, InvitationState.STARTED, at
    db.session.flush()
    note("start", found, _company_name(found), by=by, at=at, changes={"state": [before, found.state]})


def decline(invitation: Invitation, reason: str, *, by: Actor, at: datetime) -> None:
    """The invited do not come. Raises RuleError if there is nothing to decline any more."""
    found = _as_it_is(invitation, at)
    if found.state not in OPEN:
        raise RuleError(_("People of your company are registered on this invitation. Cancel them one by one instead."))
    before, found.state = found.state, InvitationState.DECLINED
    found.declined_at, found.reason = at, reason
    db.session.flush()
    note("decline", found, _company_name(found), by=by, at=at, changes={"state": [before, found.state], "reason": reason})


def delegate(
    invitation: Invitation, given_name: str, family_name: str, address: str, reason: str, *, by: Actor, at: datetime
) -> Invitation:
    """A colleague comes instead: gets an invitation on the same terms, and the old link is void.

    Raises RuleError for somebody of another company, or who is invited or registered already.
    """
    found = _as_it_is(invitation, at)
    if found.of_company or found.organisation_id is None:
        raise RuleError(_("We do not know your company. Ask the organizer to invite somebody else."))
    company = db.session.get_one(Organisation, found.organisation_id)
    if company.status in (OrganisationStatus.ENDED, OrganisationStatus.SUSPENDED):
        raise RuleError(_("%(company)s cannot register people at the moment. Ask the organizer.", company=company.name))
    known = registrations.known_people(found.event_id, company.id, [address]).get(address)
    _require_colleague(company, address, known)
    primary = known.address if known else address
    if primary == found.address:
        raise RuleError(_("This is your own address. Name somebody else."), "address", 422)
    refusal = RuleError(_("%(address)s cannot be invited here. Ask the organizer.", address=address), "address")
    ids = [known.person.id] if known else []
    if (known and known.registered) or hooks.barred(ids):
        raise refusal
    if queries.open_for(found.event_id, at, person_ids=ids, addresses=[primary]):
        raise refusal
    made = Invitation(
        event_id=found.event_id,
        event=found.event,
        batch_id=found.batch_id,
        kind_id=found.kind_id,
        person_id=known.person.id if known else None,
        person=known.person if known else None,
        organisation_id=company.id,
        organisation=company,
        # As typed: what we know of the person is not for who has typed it.
        given_name=given_name,
        family_name=family_name,
        address=primary,
        state=InvitationState.INVITED,
        token=new_token(),
        waives=list(found.waives),
        note=found.note,
        sent_at=at,
        expires_at=found.expires_at,
        created_at=at,
        created_by=found.full_name or found.address,
    )
    db.session.add(made)
    db.session.flush()
    before, found.state, found.delegated_to_id, found.reason = found.state, InvitationState.DELEGATED, made.id, reason
    db.session.flush()
    changes = {"state": [before, found.state], "reason": reason, "person": [_name(found), _name(made)]}
    note("delegate", found, company.name, by=by, at=at, changes=changes)
    mails.send(
        made,
        found.event,
        to=[(made.full_name, primary)],
        company=company.name,
        zone=known.person.time_zone if known else "",
        at=at,
        instead_of=_name(found),
    )
    return made


def _require_colleague(company: Organisation, address: str, known: registrations.Known | None) -> None:
    """A member of the company, or somebody with an address of one of its domains, whether we know them or not.

    A company without domains has no way to tell, so there only known members are colleagues.
    """
    is_member = known is not None and known.member
    if not is_member and domain_of(address) not in partners.domains_of(company.id):
        raise RuleError(_("Enter the address of a colleague at %(company)s.", company=company.name), "address", 422)


def _name(invitation: Invitation) -> str:
    return invitation.full_name or invitation.address


def _company_name(invitation: Invitation) -> str:
    return invitation.organisation.name if invitation.organisation is not None else ""
