"""Merging a person into another: addresses, memberships and registrations become one person's."""

from collections import Counter
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import aliased

from eventapp.accounts import service as accounts
from eventapp.accounts.models import User
from eventapp.accounts.permissions import roles_of
from eventapp.audit.service import Actor, record
from eventapp.core.db import db
from eventapp.core.errors import RuleError
from eventapp.core.i18n import _
from eventapp.lifecycle import journal
from eventapp.lifecycle.journal import Journal
from eventapp.lifecycle.merging import community
from eventapp.lifecycle.merging.companies import OPEN, UNDO_LASTS
from eventapp.lifecycle.models import Merge, MergeKind
from eventapp.partners.models import CompanyRequest, CompanyRequestState, Membership, MembershipState, Person, PersonEmail
from eventapp.partners.service import people as partners
from eventapp.plans.models import PlanMember
from eventapp.privacy.models import Consent, Objection
from eventapp.registrations import service as registrations
from eventapp.registrations.invitations.models import OPEN as OPEN_INVITATIONS
from eventapp.registrations.invitations.models import Invitation, InvitationState
from eventapp.registrations.models import ENDED, Registration, RegistrationStatus
from eventapp.registrations.queries import LOADED
from eventapp.training.models import Certificate, CourseInterest, Enrolment, Waiver

REASON = "Registered twice"


def merge(kept: Person, dropped: Person, *, by: Actor, at: datetime) -> Merge:
    """Makes one person of two. `counts` of the result says what it did, in numbers.

    For an event where both are registered, the better registration stays (confirmed before waiting, then the older) and
    the other is cancelled, so that its place goes on. Of two logins the kept person's stays and the other is disabled.
    Raises RuleError if one of them is merged away already or they are the same, or if the login to disable has roles.
    """
    if kept.id == dropped.id:
        raise RuleError(_("Choose two different people."), "other", 422)
    query = select(Person).where(Person.id.in_([kept.id, dropped.id])).order_by(Person.id).with_for_update()
    db.session.execute(query.execution_options(populate_existing=True)).all()
    if kept.merged_into_id or dropped.merged_into_id or kept.erased_at or dropped.erased_at:
        raise RuleError(_("One of the two was merged or erased already."))
    found, counts = Journal(), Counter[str]()
    counts["cancelled"], counts["promoted"] = _leave_doubles(found, kept, dropped, by, at)
    counts["registrations"] = len(found.change(Registration.person_id, dropped.id, kept.id))
    _move_invitations(found, kept, dropped)
    _move_plans(found, kept, dropped, at)
    _move_training(found, kept, dropped)
    _move_memberships(found, counts, kept, dropped, at)
    # Who only came along with somebody has no address: then the other's stays the first.
    if db.session.scalar(select(PersonEmail.id).where(PersonEmail.person_id == kept.id, PersonEmail.is_primary)) is not None:
        for email_id in db.session.scalars(select(PersonEmail.id).where(PersonEmail.person_id == dropped.id)).all():
            found.put(PersonEmail.is_primary, email_id, False)
    counts["addresses"] = len(found.change(PersonEmail.person_id, dropped.id, kept.id))
    counts["logins"] = _move_login(found, kept, dropped, at)
    _move_privacy(found, counts, kept, dropped)
    community.merge_people(found, kept, dropped)
    found.put(Person.merged_into_id, dropped.id, kept.id)
    db.session.expire_all()
    for person in (kept, dropped):
        partners.renew_words(person)
    made = Merge(
        kind=MergeKind.PERSON,
        kept_id=kept.id,
        kept_name=kept.full_name,
        dropped_id=dropped.id,
        dropped_name=dropped.full_name,
        moved=found.steps,
        counts=dict(counts),
        merged_at=at,
        merged_by=by.actor_name,
        undo_until=at + UNDO_LASTS,
    )
    db.session.add(made)
    db.session.flush()
    _record("person.merge", made, by, at)
    return made


def undo(made: Merge, *, by: Actor, at: datetime) -> None:
    """Makes two people of one again; a registration that was cancelled as a double comes back, if there is room confirmed.

    Raises RuleError after 30 days, when it was undone already, or when a moved row was changed since.
    """
    kept, dropped = db.session.get_one(Person, made.kept_id), db.session.get_one(Person, made.dropped_id)
    query = select(Person).where(Person.id.in_([kept.id, dropped.id])).order_by(Person.id).with_for_update()
    db.session.execute(query.execution_options(populate_existing=True)).all()
    db.session.refresh(made)
    if made.undone_at is not None:
        raise RuleError(_("This was undone already."))
    if at > made.undo_until:
        raise RuleError(_("A merge can be undone for 30 days. That time is over."))
    if kept.merged_into_id is not None:
        raise RuleError(_("%(name)s was merged again since. Undo that first.", name=kept.full_name))
    if kept.erased_at is not None:
        raise RuleError(_("This person was erased since."))
    doubles = [step["registration"] for step in made.moved if step["do"] == "cancel"]
    journal.take_back([step for step in made.moved if step["do"] != "cancel"])
    made.undone_at, made.undone_by = at, by.actor_name
    db.session.flush()
    db.session.expire_all()
    for person in (kept, dropped):
        partners.renew_words(person)
    for registration in _by_ids(doubles):
        if registration.status is RegistrationStatus.CANCELLED:
            registrations.undo_cancel(registration, by=by, at=at)
    _record("person.unmerge", made, by, at)


def _leave_doubles(found: Journal, kept: Person, dropped: Person, by: Actor, at: datetime) -> tuple[int, int]:
    """Cancels the worse of two registrations for one event; whoever comes along with it comes with the other.

    Returns how many, and how many people moved up.
    """
    mine, theirs = aliased(Registration), aliased(Registration)
    pairs = db.session.execute(
        select(mine.id, mine.status, mine.registered_at, theirs.id, theirs.status, theirs.registered_at)
        .join(theirs, theirs.event_id == mine.event_id)
        .where(mine.person_id == kept.id, theirs.person_id == dropped.id, mine.status.not_in(ENDED), theirs.status.not_in(ENDED))
    ).all()
    ranked = [
        sorted([(p[1] != RegistrationStatus.CONFIRMED, p[2], p[0]), (p[4] != RegistrationStatus.CONFIRMED, p[5], p[3])])
        for p in pairs
    ]
    ids = [worse[2] for _better, worse in ranked]
    for better, worse in ranked:
        found.change(Registration.guest_of_id, worse[2], None, Registration.id == better[2])  # nobody is their own guest
        found.change(Registration.guest_of_id, worse[2], better[2])
    db.session.expire_all()
    moved = registrations.cancel(_by_ids(ids), reason=REASON, by=by, at=at, tell=False) if ids else []
    found.steps += [{"do": "cancel", "registration": id_} for id_ in ids]
    return len(ids), len(moved)


def _by_ids(ids: list[int]) -> list[Registration]:
    return list(db.session.scalars(select(Registration).options(*LOADED).where(Registration.id.in_(ids))))


def _move_invitations(found: Journal, kept: Person, dropped: Person) -> None:
    """To an event to which both are invited the kept person's invitation stays open."""
    events = select(Invitation.event_id).where(Invitation.person_id == kept.id, Invitation.state.in_(OPEN_INVITATIONS))
    twice = select(Invitation.id).where(
        Invitation.person_id == dropped.id, Invitation.state.in_(OPEN_INVITATIONS), Invitation.event_id.in_(events)
    )
    for invitation_id in db.session.scalars(twice).all():
        found.put(Invitation.state, invitation_id, InvitationState.WITHDRAWN)
    found.change(Invitation.person_id, dropped.id, kept.id)


def _move_plans(found: Journal, kept: Person, dropped: Person, at: datetime) -> None:
    """In a team in which both are, the kept person's row goes on; the other's is ended and stays in the history."""
    there = select(PlanMember.plan_id).where(PlanMember.person_id == kept.id, PlanMember.left_at.is_(None))
    twice = select(PlanMember.id).where(
        PlanMember.person_id == dropped.id, PlanMember.left_at.is_(None), PlanMember.plan_id.in_(there)
    )
    for member_id in db.session.scalars(twice).all():
        found.put(PlanMember.left_at, member_id, at)
    found.change(PlanMember.person_id, dropped.id, kept.id)


def _move_training(found: Journal, kept: Person, dropped: Person) -> None:
    """Enrolments and certificates are the one person's; what both have of the same run or course stays the kept one's."""
    same = select(Enrolment.registration_id).where(Enrolment.person_id == kept.id)
    found.change(Enrolment.person_id, dropped.id, kept.id, Enrolment.registration_id.not_in(same))
    found.change(Certificate.person_id, dropped.id, kept.id)
    runs = select(Waiver.run_id).where(Waiver.person_id == kept.id).scalar_subquery()
    found.change(Waiver.person_id, dropped.id, kept.id, Waiver.run_id.not_in(runs), key="run_id")
    courses = select(CourseInterest.course_id).where(CourseInterest.person_id == kept.id).scalar_subquery()
    found.change(CourseInterest.person_id, dropped.id, kept.id, CourseInterest.course_id.not_in(courses), key="course_id")


def _move_memberships(found: Journal, counts: Counter[str], kept: Person, dropped: Person, at: datetime) -> None:
    here = select(Membership.organisation_id).where(Membership.person_id == kept.id, Membership.state.in_(OPEN))
    both = db.session.execute(
        select(Membership.id, Membership.valid_from).where(
            Membership.person_id == dropped.id, Membership.state.in_(OPEN), Membership.organisation_id.in_(here)
        )
    ).all()
    for membership_id, start in both:
        found.put(Membership.state, membership_id, MembershipState.ENDED)
        found.put(Membership.valid_to, membership_id, max(at.date(), start) if start else at.date())
    counts["memberships"] = len(found.change(Membership.person_id, dropped.id, kept.id)) - len(both)


def _move_login(found: Journal, kept: Person, dropped: Person, at: datetime) -> int:
    """The kept person's login stays, else the other's moves. Returns how many were disabled.

    A login with roles is not disabled in passing: who may do that is decided where roles are given and ended.
    """
    if dropped.user_id is None:
        return 0
    user_id = dropped.user_id
    login = db.session.get_one(User, user_id, populate_existing=True)
    if kept.user_id is not None and roles_of(login, at):
        raise RuleError(_("End the roles of %(address)s first.", address=login.email))
    found.put(Person.user_id, dropped.id, None)
    if kept.user_id is None:
        found.put(Person.user_id, kept.id, user_id)
        return 0
    found.put(User.active, user_id, False)
    accounts.end_sessions(login, at=at)
    return 1


def _move_privacy(found: Journal, counts: Counter[str], kept: Person, dropped: Person) -> None:
    """A consent that both gave stays the kept person's; what only one gave counts for the one person that they are."""
    mine, theirs = aliased(Consent), aliased(Consent)
    given_twice = select(theirs.id).join(mine, (mine.kind == theirs.kind) & (mine.event_id.is_not_distinct_from(theirs.event_id)))
    given_twice = given_twice.where(
        mine.person_id == kept.id, theirs.person_id == dropped.id, mine.withdrawn_at.is_(None), theirs.withdrawn_at.is_(None)
    )
    ids = list(db.session.scalars(given_twice))
    counts["consents"] = len(found.change(Consent.person_id, dropped.id, kept.id, Consent.id.not_in(ids)))
    if db.session.get(Objection, kept.id) is None:
        found.change(Objection.person_id, dropped.id, kept.id, key="at")
    open_request: Any = CompanyRequest.state == CompanyRequestState.OPEN
    asks = db.session.scalar(select(CompanyRequest.id).where(CompanyRequest.person_id == kept.id, open_request))
    found.change(CompanyRequest.person_id, dropped.id, kept.id, *([~open_request] if asks else []))


def _record(action: str, made: Merge, by: Actor, at: datetime) -> None:
    record(
        action,
        by=by,
        at=at,
        object_type="person",
        object_id=made.kept_id,
        object_name=made.kept_name,
        changes={"merged": made.dropped_name, **made.counts},
    )
