"""Changing a registration: somebody else comes, a name or an answer is corrected, the mode is changed."""

import uuid
from datetime import datetime
from typing import Any

from eventapp.audit.service import Actor
from eventapp.core.db import db
from eventapp.core.errors import RuleError
from eventapp.core.i18n import _
from eventapp.events import queries as events
from eventapp.events.models import Admission, AdmissionKind, Mode
from eventapp.events.service import company_pool
from eventapp.partners import service as people
from eventapp.partners.models import MembershipState
from eventapp.places import service as places
from eventapp.places.models import TAKING
from eventapp.questions.rules.asked import Given
from eventapp.registrations import hooks, mails, queries, tallies
from eventapp.registrations.answers import service as answers
from eventapp.registrations.blocks import queries as blocks
from eventapp.registrations.models import ENDED, Registration, RegistrationStatus, Source
from eventapp.registrations.rules import is_typed, new_code, new_token
from eventapp.registrations.service.attendees import Attendee, is_foreign, member, sole_domains
from eventapp.registrations.service.log import record_act
from eventapp.registrations.service.promoting import confirm_moved
from eventapp.registrations.service.registering import check_mode


def substitute(registration: Registration, given_name: str, family_name: str, address: str, *, by: Actor, at: datetime) -> None:
    """Hands the place on to somebody of the same company. The row stays; code, secret and calendar entry are new.

    Badge name, note and answers are not copied: they were the other person's. Raises RuleError if that person is registered
    already or of another company.
    """
    if registration.status in ENDED:
        raise RuleError(_("A cancelled registration cannot be handed on."))
    if registration.checked_in_at is not None:
        raise RuleError(_("This person has checked in already."))
    if registration.claim:
        raise RuleError(_("It is not confirmed yet which company this place is of, so nobody else can come instead."))
    company = registration.organisation
    if company.stands_aside:
        raise RuleError(_("The place of a guest is theirs alone. Ask the organizer."))
    places.lock([registration.event.pool_id])
    known = queries.known_people(registration.event_id, company.id, [address]).get(address)
    is_member = known is not None and known.member
    if not is_member and is_foreign(company, address):
        raise RuleError(_("Enter the address of a colleague at %(company)s.", company=company.name), "address", 422)
    required = hooks.required(registration.event, [known.person.id] if known and is_member else [], at)
    if required is not None and (
        lacks := required.lacking.get(known.person.id, "") if known and is_member else required.stranger
    ):
        name = known.called if known and is_member else f"{given_name} {family_name}".strip() or address
        raise RuleError(f"{name}: {lacks}", "address", 409)
    if known and is_member and known.registered:
        raise RuleError(_("%(name)s is registered for this event already.", name=known.called), "address", 409)
    if known and (known.registered or hooks.barred([known.person.id])):
        raise RuleError(_("%(address)s cannot be registered here. Ask the organizer.", address=address), "address", 409)
    attendee = Attendee(given_name, family_name, address, registration.mode, "address")
    sole = sole_domains(company, [address], {address: known} if known else {})
    person = member(company, attendee, known, MembershipState.ACTIVE, sole, by, at)
    former = registration.name
    hooks.leaving(registration, by=by, at=at)
    mails.send_handed_on(registration, at=at)
    registration.person_id, registration.person = person.id, person
    # As it was typed: what we know of the person is not for the company.
    registration.name = (f"{given_name} {family_name}".strip() or person.full_name)[:200]
    registration.code, registration.token, registration.uid = new_code(), new_token(), str(uuid.uuid4())
    registration.sequence = 0
    registration.badge_name = registration.note = ""
    db.session.flush()
    answers.forget([registration.id])
    answers.recount([registration], at=at)
    hooks.cleared([registration.id])
    hooks.changed([registration], person=True, by=by, at=at)
    record_act("registrations.substitute", registration, by, at, {"person": [former, registration.name]})
    mails.send_status([registration], at=at)


def correct(
    registration: Registration,
    *,
    given_name: str,
    family_name: str,
    badge_name: str,
    note: str,
    shown: bool,
    by: Actor,
    at: datetime,
    answered: Given | None = None,
    asks_again: bool = False,
) -> None:
    """Corrects the person's own name and answers. A company that has typed another name sees the new one only if `shown`.

    With `asks_again` an organizer looks at it again, where it was approved and the event wants that. One mail says what
    is different.
    """
    person = registration.person
    name = f"{given_name} {family_name}".strip()[:200] if shown or not is_typed(registration) else registration.name
    changes = {
        "name": [registration.name, name],
        "badge_name": [registration.badge_name, badge_name],
        "note": [registration.note, note],
    }
    people.change_person(person, given_name=given_name, family_name=family_name, by=by, at=at)
    registration.name, registration.badge_name, registration.note = name, badge_name, note
    db.session.flush()
    made: dict[str, Any] = {k: v for k, v in changes.items() if v[0] != v[1]}
    record_act("registrations.correct", registration, by, at, made)
    different = answers.store(registration, answered, by=by, at=at) if answered is not None else []
    if asks_again and (made or any(one.looked_at for one in different)):
        _ask_again(registration, at=at)
    mails.send_changed(registration, made, different, at=at)


def answer(registration: Registration, answered: Given, *, by: Actor, at: datetime) -> None:
    """Changes answers for somebody, and tells them what is different."""
    mails.send_changed(registration, {}, answers.store(registration, answered, by=by, at=at), at=at)


def _ask_again(registration: Registration, *, at: datetime) -> None:
    """Marks an approved registration as edited, where the event wants edits to be approved. The place stays theirs."""
    event, kind = registration.event, registration.kind
    approved = event.admission is Admission.APPROVAL or (kind is not None and kind.needs_approval)
    if event.reapproval and approved and registration.status not in (*ENDED, RegistrationStatus.PENDING):
        registration.review_at = at
        db.session.flush()


def end_review(registration: Registration, *, by: Actor, at: datetime) -> None:
    """An organizer has looked at the edit and lets it stand. Raises RuleError if there is nothing to look at any more."""
    if registration.review_at is None:
        raise RuleError(_("Somebody has looked at this already."))
    registration.review_at = None
    db.session.flush()
    record_act("registrations.review", registration, by, at, {})


def change_kind(registration: Registration, kind_id: int, *, by: Actor, at: datetime) -> None:
    """Lets somebody come as another kind, if there is a place. Whoever waited for the old one moves up.

    A place of the company is given back, or taken, where only one of the two kinds counts on them.
    """
    event, old = registration.event, registration.kind
    kind = db.session.get(AdmissionKind, kind_id)
    if kind is None or kind.event_id != event.id or (kind.archived and kind.id != registration.kind_id):
        raise RuleError(_("This event has no such kind any more. Choose another one."), "kind", 422)
    if old is not None and old.id == kind.id:
        return
    if registration.source is Source.BLOCK:
        raise RuleError(_("This place was set aside for one kind. Cancel it, and register as the other."), "kind")
    places.lock([event.pool_id])
    booking = registration.booking
    held = booking.state in TAKING
    if old is not None:
        promoted = places.move(booking, old=old.pool_id, new=kind.pool_id)
    else:
        promoted = places.need(booking, kind.pool_id, at=at)
    counted = old is None or old.counts_on_company
    if counted != kind.counts_on_company and not registration.organisation.stands_aside:
        company_pool_id, _capacity = company_pool(event, registration.organisation)
        if kind.counts_on_company:
            promoted += places.need(booking, company_pool_id, at=at)
        else:
            promoted += places.spare(booking, company_pool_id)
    if held and booking.state not in TAKING:
        raise RuleError(_("There is no place left there."))
    registration.kind_id, registration.kind = kind.id, kind
    db.session.flush()
    hooks.changed([registration], by=by, at=at)
    answers.reconsider(registration, by=by, at=at)
    record_act("registrations.kind", registration, by, at, {"kind": [old.name if old else "", kind.name]})
    confirm_moved(promoted, at=at)


def change_mode(registration: Registration, mode: Mode, *, by: Actor, at: datetime) -> None:
    """Lets somebody take part the other way, if there is a place. Whoever waited for the old way moves up."""
    event = registration.event
    if mode is registration.mode:
        return
    places.lock([event.pool_id])
    events.read_again(event)
    check_mode(event, mode)
    if registration.source is Source.BLOCK and blocks.holds_place_of(registration.id):
        raise RuleError(_("This place was set aside for one way to take part. Cancel it, and register the other way."), "mode")
    before = [tallies.key_of(registration)]
    old_mode, registration.mode = registration.mode, mode
    # A cancelled one as well: undoing it must find the place of the new mode.
    promoted = places.move(registration.booking, old=event.mode_pool_id(old_mode), new=event.mode_pool_id(mode))
    registration.sequence += registration.status is RegistrationStatus.CONFIRMED
    db.session.flush()
    tallies.moved([registration], before)
    if mode is Mode.VIRTUAL:
        answers.let_go([registration])
        hooks.cleared([registration.id])
    hooks.changed([registration], by=by, at=at)
    dropped = answers.reconsider(registration, by=by, at=at)
    record_act("registrations.mode", registration, by, at, {"mode": [old_mode, mode]})
    mails.send_changed(registration, {"mode": [old_mode, mode]}, dropped, at=at)
    confirm_moved(promoted, at=at)
