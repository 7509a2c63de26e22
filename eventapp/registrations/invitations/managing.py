"""What organizers do with invitations: send again, remind, withdraw, extend; and what time does with them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, or_, select

from eventapp.audit.service import Actor, NamedActor, record
from eventapp.core.db import db
from eventapp.core.errors import RuleError
from eventapp.core.i18n import _
from eventapp.events.models import Event, EventStatus
from eventapp.partners.models import OrganisationStatus
from eventapp.places import service as places
from eventapp.registrations import hooks
from eventapp.registrations.invitations import mails, queries
from eventapp.registrations.invitations.inviting import note
from eventapp.registrations.invitations.models import (
    OPEN,
    TRANSITIONS,
    Invitation,
    InvitationReminder,
    InvitationState,
)

# So many are reminded or expire while the event's lock is held.
PORTION = 100
CLOCK = NamedActor("expiry")


@dataclass(frozen=True)
class Plan:
    """What an act in bulk would do: to which invitations, how many mails that sends, and how many stay as they are."""

    going: list[Invitation]
    left: int
    mails: int = 0


def addresses(found: Sequence[Invitation]) -> dict[int, list[tuple[str, str]]]:
    """Name and address of those who get the mail, by invitation; nobody for who cannot or does not want to be written to.

    Nor for who is registered: a merge may have made somebody of two who was invited as one and registered as the other.
    """
    admins = queries.admins_of({i.organisation_id for i in found if i.of_company and i.organisation_id is not None})
    people = [i.person_id for i in found if i.person_id is not None]
    barred = hooks.barred(people) | (queries.registered(found[0].event_id, people) if found else set())
    to: dict[int, list[tuple[str, str]]] = {}
    for one in found:
        closed = one.organisation is not None and one.organisation.status in (
            OrganisationStatus.SUSPENDED,
            OrganisationStatus.ENDED,
        )
        if closed or one.person_id in barred or (one.person is not None and one.person.erased_at is not None):
            to[one.id] = []
        elif one.of_company:
            to[one.id] = admins.get(one.organisation_id or 0, [])
        else:
            to[one.id] = [(one.full_name, one.address)]
    return to


def _may_send_again(one: Invitation, registered: set[int]) -> bool:
    return (
        (one.state in OPEN or InvitationState.INVITED in TRANSITIONS[one.state])
        and one.person_id not in registered
        and not (one.of_company and one.state is InvitationState.DONE)
    )


def plan_resend(found: Sequence[Invitation]) -> Plan:
    """Sending again: the same link; what was declined or has expired is open again."""
    if not found:
        return Plan([], 0)
    registered = queries.registered(found[0].event_id, [i.person_id for i in found if i.person_id is not None])
    to = addresses(found)
    going = [one for one in found if _may_send_again(one, registered) and to[one.id] and not _doubled(one, found)]
    return Plan(going, len(found) - len(going), sum(len(to[one.id]) for one in going))


def _doubled(one: Invitation, found: Sequence[Invitation]) -> bool:
    """Whether an ended invitation has a successor that is open, or that is sent again as well."""
    if one.state in OPEN:
        return False
    same: ColumnElement[bool] = Invitation.organisation_id == one.organisation_id
    if one.address:
        same = Invitation.address == one.address
        same = same if one.person_id is None else or_(same, Invitation.person_id == one.person_id)
    query = select(Invitation.id).where(
        Invitation.event_id == one.event_id, same, (Invitation.address != "") == bool(one.address), Invitation.id != one.id
    )
    if db.session.scalar(query.where(Invitation.state.in_(OPEN)).limit(1)) is not None:
        return True
    later = {other.id for other in found if other.id > one.id}
    return bool(later & set(db.session.scalars(query)))


def resend(event: Event, ids: Sequence[int], expires_at: datetime | None, *, by: Actor, at: datetime) -> Plan:
    """Carries `plan_resend` out. `expires_at` is the new end, without which those that are over cannot be sent.

    Raises RuleError if the event is over or cancelled, or if nothing can be sent.
    """
    found = _locked(event, ids, at)
    plan = plan_resend(found)
    to = addresses(plan.going)
    if not plan.going:
        raise RuleError(_("None of these can be sent again."))
    if expires_at is None and any(one.expires_at <= at for one in plan.going):
        raise RuleError(_("The time to answer is over for some of them. Choose a new day."), "expires_on", 422)
    for one in plan.going:
        before = one.state
        if one.state not in OPEN:
            one.state = InvitationState.INVITED
            one.opened_at = one.started_at = one.done_at = one.declined_at = None
            one.reason, one.reminders, one.reminded_at = "", 0, None
        one.sent_at = at
        if expires_at is not None:
            one.expires_at = expires_at
        mails.send(one, event, to=to[one.id], company=company_of(one), zone=_zone(one), at=at)
        note("resend", one, company_of(one), by=by, at=at, changes={"state": [before, one.state], "expires_at": one.expires_at})
    db.session.flush()
    return plan


def plan_withdraw(found: Sequence[Invitation]) -> Plan:
    """Withdrawing: the links are dead; who has registered stays registered. No mails."""
    going = [one for one in found if InvitationState.WITHDRAWN in TRANSITIONS[one.state] and _withdrawable(one)]
    return Plan(going, len(found) - len(going))


def _withdrawable(one: Invitation) -> bool:
    return one.state in OPEN or one.of_company


def withdraw(event: Event, ids: Sequence[int], reason: str, *, by: Actor, at: datetime) -> Plan:
    """Carries `plan_withdraw` out. Raises RuleError if nothing is left to withdraw."""
    plan = plan_withdraw(_locked(event, ids, at, still_on=False))
    if not plan.going:
        raise RuleError(_("None of these can be withdrawn any more."))
    for one in plan.going:
        before, one.state, one.done_at, one.reason = one.state, InvitationState.WITHDRAWN, None, reason
        changes = {"state": [before, one.state], "reason": reason}
        note("withdraw", one, company_of(one), by=by, at=at, changes=changes)
    db.session.flush()
    return plan


def plan_extend(found: Sequence[Invitation]) -> Plan:
    """More time: for those that are open, and companies' that are in use. No mails."""
    going = [one for one in found if one.state in OPEN or (one.of_company and one.state is InvitationState.DONE)]
    return Plan(going, len(found) - len(going))


def extend(event: Event, ids: Sequence[int], expires_at: datetime, *, by: Actor, at: datetime) -> Plan:
    """Carries `plan_extend` out. Raises RuleError if none of them is open."""
    plan = plan_extend(_locked(event, ids, at))
    if not plan.going:
        raise RuleError(_("None of these is open any more. Send them again instead."))
    for one in plan.going:
        before, one.expires_at = one.expires_at, expires_at
        note("extend", one, company_of(one), by=by, at=at, changes={"expires_at": [before, expires_at]})
    db.session.flush()
    return plan


def plan_remind(event: Event, days: int, times: int, *, at: datetime) -> Plan:
    """Whom a reminder would reach at this moment."""
    silent = list(db.session.scalars(queries.silent(event.id, days_ago=at - timedelta(days=days), times=times, now=at)))
    to = addresses(silent)
    going = [one for one in silent if to[one.id]]
    return Plan(going, len(silent) - len(going), sum(len(to[one.id]) for one in going))


def add_reminder(event: Event, due_at: datetime, days: int, times: int, *, by: Actor, at: datetime) -> InvitationReminder:
    """A date on which the silent are reminded; now for the next minute. Raises RuleError outside the event's time."""
    if due_at > event.ends_at:
        raise RuleError(_("Choose a day before the event ends."), "on", 422)
    made = InvitationReminder(
        event_id=event.id, due_at=due_at, days=days, times=times, sent=0, created_at=at, created_by=by.actor_name
    )
    db.session.add(made)
    db.session.flush()
    changes = {"due_at": due_at, "days": days, "times": times}
    _note_reminder("plan_reminder", event, by, at, changes)
    return made


def drop_reminder(event: Event, found: InvitationReminder, *, by: Actor, at: datetime) -> None:
    """Takes a date away. Raises RuleError once it is done."""
    db.session.refresh(found, with_for_update=True)
    if found.done_at is not None:
        raise RuleError(_("These reminders have gone out already."))
    db.session.delete(found)
    _note_reminder("drop_reminder", event, by, at, {"due_at": found.due_at})
    db.session.flush()


def remind_portion(reminder_id: int, behind: int = 0, *, at: datetime) -> int:
    """Reminds some of the silent of a date that has come, those with an id above `behind`. Returns the last id, 0 at the end.

    Whoever was reminded is not silent any more, so a worker that died leaves nothing done twice and nothing out. A date
    that nobody served for a day, since nothing ran, is skipped rather than served too late.
    """
    query = select(InvitationReminder).where(InvitationReminder.id == reminder_id, InvitationReminder.done_at.is_(None))
    due = db.session.scalar(query.with_for_update().execution_options(populate_existing=True))
    if due is None or due.due_at > at:
        return 0
    event = db.session.get_one(Event, due.event_id)
    places.lock([event.pool_id])
    db.session.refresh(event, ["status", "ends_at"])
    late = at - due.due_at > timedelta(days=1)
    silent: list[Invitation] = []
    if not late and event.status in (EventStatus.PUBLISHED, EventStatus.CLOSED) and event.ends_at > at:
        waited = queries.silent(event.id, days_ago=at - timedelta(days=due.days), times=due.times, now=at)
        silent = list(db.session.scalars(waited.where(Invitation.id > behind).limit(PORTION)))
    to = addresses(silent)
    for one in silent:
        if to[one.id]:
            one.reminded_at = at
            one.reminders += 1
            due.sent += mails.send(one, event, to=to[one.id], company=company_of(one), zone=_zone(one), at=at, reminder=True)
            note("remind", one, company_of(one), by=NamedActor(due.created_by), at=at, changes={"times": one.reminders})
    more = len(silent) == PORTION
    if not more:
        due.done_at = at
    db.session.flush()
    return silent[-1].id if more else 0


def expire_portion(*, at: datetime) -> int:
    """Ends some of the invitations whose time is over; returns how many."""
    over = (Invitation.state.in_(OPEN), Invitation.expires_at <= at)
    first = db.session.scalar(select(Invitation.event_id).where(*over).order_by(Invitation.expires_at, Invitation.id).limit(1))
    if first is None:
        return 0
    places.lock([db.session.get_one(Event, first).pool_id])
    query = select(Invitation).options(*queries.LOADED).where(Invitation.event_id == first, *over).order_by(Invitation.id)
    found = db.session.scalars(query.limit(PORTION).execution_options(populate_existing=True)).all()
    for one in found:
        before, one.state = one.state, InvitationState.EXPIRED
        note("expire", one, company_of(one), by=CLOCK, at=at, changes={"state": [before, one.state]})
    db.session.flush()
    return len(found)


def _locked(event: Event, ids: Sequence[int], at: datetime, *, still_on: bool = True) -> list[Invitation]:
    """The event's invitations of these ids as they are under the event's lock. Raises RuleError once the event is over."""
    places.lock([event.pool_id])
    db.session.refresh(event, ["status", "ends_at"])
    if still_on and (event.status not in (EventStatus.PUBLISHED, EventStatus.CLOSED) or event.ends_at <= at):
        raise RuleError(_("This event is over, or was cancelled."))
    query = select(Invitation).options(*queries.LOADED).where(Invitation.event_id == event.id, Invitation.id.in_(list(ids)))
    return list(db.session.scalars(query.order_by(Invitation.id).execution_options(populate_existing=True)))


def company_of(one: Invitation) -> str:
    """The name of the company that is invited or that the person comes from, if there is one."""
    return one.organisation.name if one.organisation is not None else ""


def _zone(one: Invitation) -> str:
    return one.person.time_zone if one.person is not None else ""


def _note_reminder(action: str, event: Event, by: Actor, at: datetime, changes: dict[str, object]) -> None:
    record(
        f"invitations.{action}",
        by=by,
        at=at,
        object_type="event",
        object_id=event.id,
        object_name=event.title,
        event_id=event.id,
        changes=changes,
    )
