"""Merging a company into another: every row that names it moves, in one transaction, and can be moved back for 30 days."""

from collections import Counter
from datetime import datetime, timedelta

from sqlalchemy import or_, select, update

from eventapp.agenda.greetings.models import Greeting
from eventapp.audit.service import Actor, record
from eventapp.core.db import db
from eventapp.core.errors import RuleError
from eventapp.core.i18n import _
from eventapp.decisions.ideas.models import Idea, IdeaContributor, IdeaVote
from eventapp.decisions.models import DecisionFeedback, DecisionFollower, DecisionReader, DecisionRole, Reopening
from eventapp.events.models import CompanyQuota, Event, QuotaRequest, RequestState
from eventapp.groups.models import GroupRuleMember
from eventapp.lifecycle import journal
from eventapp.lifecycle.journal import Journal
from eventapp.lifecycle.merging import community
from eventapp.lifecycle.models import Merge, MergeKind
from eventapp.partners.models import (
    Alias,
    CompanyProvider,
    CompanyRequest,
    EmailDomain,
    Identifier,
    Membership,
    MembershipState,
    MissingSupplier,
    Organisation,
    OrganisationStatus,
    OrganisationType,
    Relationship,
    Territory,
)
from eventapp.partners.service import companies as partners
from eventapp.places import service as places
from eventapp.places.models import Booking, BookingPool
from eventapp.plans.models import ENDED_PLANS, Plan
from eventapp.plans.suspending import service as suspending
from eventapp.registrations import service as registrations
from eventapp.registrations import tallies
from eventapp.registrations.answers.models import Answer
from eventapp.registrations.blocks.models import BlockShare, SeatBlock
from eventapp.registrations.invitations.models import OPEN as OPEN_INVITATIONS
from eventapp.registrations.invitations.models import Invitation, InvitationState
from eventapp.registrations.models import Registration
from eventapp.training.models import Enrolment

UNDO_LASTS = timedelta(days=30)
OPEN = (MembershipState.REQUESTED, MembershipState.ACTIVE)


def merge(kept: Organisation, dropped: Organisation, *, by: Actor, at: datetime) -> Merge:
    """Makes one company of two. `counts` of the result says what it did, in numbers.

    What both have stays as the kept company has it; places of both add up, above the quota as a visible overbooking.
    Raises RuleError if one of them is merged away already or they are the same.
    """
    if kept.id == dropped.id:
        raise RuleError(_("Choose two different companies."), "other", 422)
    _lock(kept, dropped)
    if kept.merged_into_id or dropped.merged_into_id:
        raise RuleError(_("One of the two was merged already."))
    found, counts = Journal(), Counter[str]()
    _move_people(found, counts, kept, dropped, at)
    _move_facts(found, counts, kept, dropped)
    _move_relations(found, counts, kept, dropped)
    promotable = _move_places(found, counts, kept, dropped)
    # A company may have two shares of one block then: each keeps its places.
    found.change(SeatBlock.organisation_id, dropped.id, kept.id)
    found.change(BlockShare.organisation_id, dropped.id, kept.id)
    counts["registrations"] = len(found.change(Registration.organisation_id, dropped.id, kept.id))
    _move_invitations(found, kept, dropped)
    found.change(Enrolment.organisation_id, dropped.id, kept.id)
    both = select(GroupRuleMember.rule_id).where(GroupRuleMember.organisation_id == kept.id).scalar_subquery()
    found.change(GroupRuleMember.organisation_id, dropped.id, kept.id, GroupRuleMember.rule_id.not_in(both))
    greets = select(Greeting.event_id).where(Greeting.organisation_id == kept.id)
    found.change(Greeting.organisation_id, dropped.id, kept.id, Greeting.event_id.not_in(greets))
    # Who took part in decisions for the dropped company does so for the kept one, and reads them as one of it.
    for model in (DecisionRole, DecisionReader, DecisionFollower, DecisionFeedback, Reopening, Idea, IdeaVote, IdeaContributor):
        found.change(model.organisation_id, dropped.id, kept.id)
    _move_plans(found, kept, dropped, at)
    community.merge_companies(found, kept, dropped, at)
    found.put(Organisation.status, dropped.id, OrganisationStatus.ENDED)
    found.put(Organisation.merged_into_id, dropped.id, kept.id)
    db.session.expire_all()
    tallies.rebuild([kept.id, dropped.id])
    for company in (kept, dropped):
        partners.renew_words(company)
    counts["promoted"] = len(registrations.confirm_moved(places.promote(promotable), at=at))
    made = Merge(
        kind=MergeKind.COMPANY,
        kept_id=kept.id,
        kept_name=kept.name,
        dropped_id=dropped.id,
        dropped_name=dropped.name,
        moved=found.steps,
        counts=dict(counts),
        merged_at=at,
        merged_by=by.actor_name,
        undo_until=at + UNDO_LASTS,
    )
    db.session.add(made)
    db.session.flush()
    _record("company.merge", made, by, at)
    return made


def _move_plans(found: Journal, kept: Organisation, dropped: Organisation, at: datetime) -> None:
    """Plans with the dropped company are suspended first: two in force with one company are a choice of their owners."""
    open_plans = select(Plan.id).where(Plan.side_b_id == dropped.id, Plan.suspended_at.is_(None), Plan.status.not_in(ENDED_PLANS))
    ids = db.session.scalars(open_plans).all()
    for plan_id in ids:
        found.put(Plan.suspended_at, plan_id, at)
        found.put(Plan.suspended_reason, plan_id, suspending.MERGED)
    found.change(Plan.side_b_id, dropped.id, kept.id)
    suspending.tell(ids, at=at)


def undo(made: Merge, *, by: Actor, at: datetime) -> None:
    """Makes two companies of one again. Whoever came to the kept one since stays there.

    Raises RuleError after 30 days, when it was undone already, or when a moved row was changed since.
    """
    kept, dropped = db.session.get_one(Organisation, made.kept_id), db.session.get_one(Organisation, made.dropped_id)
    _lock(kept, dropped)
    db.session.refresh(made)
    if made.undone_at is not None:
        raise RuleError(_("This was undone already."))
    if at > made.undo_until:
        raise RuleError(_("A merge can be undone for 30 days. That time is over."))
    if kept.merged_into_id is not None:
        raise RuleError(_("%(company)s was merged again since. Undo that first.", company=kept.name))
    journal.take_back(made.moved)
    for step in made.moved:
        if step["table"] == BookingPool.__tablename__:
            _wait_for(step["keys"], step["new"], step["old"])
    made.undone_at, made.undone_by = at, by.actor_name
    db.session.flush()
    db.session.expire_all()
    pools = set(db.session.scalars(select(CompanyQuota.pool_id).where(CompanyQuota.organisation_id.in_([kept.id, dropped.id]))))
    places.recount(pools)
    tallies.rebuild([kept.id, dropped.id])
    for company in (kept, dropped):
        partners.renew_words(company)
    registrations.confirm_moved(places.promote(pools), at=at)
    _record("company.unmerge", made, by, at)


def _lock(kept: Organisation, dropped: Organisation) -> None:
    """Whoever registers, joins or merges one of them at this moment is in before, or finds it merged."""
    query = select(Organisation).where(Organisation.id.in_([kept.id, dropped.id])).order_by(Organisation.id).with_for_update()
    db.session.execute(query.execution_options(populate_existing=True)).all()
    events = (
        select(Event.pool_id, CompanyQuota.pool_id)
        .join(CompanyQuota, CompanyQuota.event_id == Event.id)
        .where(CompanyQuota.organisation_id.in_([kept.id, dropped.id]))
    )
    pools = {pool for row in db.session.execute(events) for pool in row}
    blocks = (
        select(Event.pool_id)
        .join(SeatBlock, SeatBlock.event_id == Event.id)
        .join(BlockShare, BlockShare.block_id == SeatBlock.id)
        .where(BlockShare.organisation_id.in_([kept.id, dropped.id]))
    )
    places.lock(pools | set(db.session.scalars(blocks)))


def _move_people(found: Journal, counts: Counter[str], kept: Organisation, dropped: Organisation, at: datetime) -> None:
    here = select(Membership.person_id).where(Membership.organisation_id == kept.id, Membership.state.in_(OPEN))
    both = list(
        db.session.scalars(
            select(Membership.id).where(
                Membership.organisation_id == dropped.id, Membership.state.in_(OPEN), Membership.person_id.in_(here)
            )
        )
    )
    for membership_id in both:
        found.put(Membership.state, membership_id, MembershipState.ENDED)
        start = db.session.execute(select(Membership.valid_from).where(Membership.id == membership_id)).scalar_one()
        found.put(Membership.valid_to, membership_id, max(at.date(), start) if start else at.date())
    counts["people_in_both"] = len(both)
    counts["people"] = len(found.change(Membership.organisation_id, dropped.id, kept.id)) - len(both)


def _move_facts(found: Journal, counts: Counter[str], kept: Organisation, dropped: Organisation) -> None:
    # What both have stays where it is: the row of the dropped company, which nobody looks up any more.
    domains = select(EmailDomain.domain).where(EmailDomain.organisation_id == kept.id).scalar_subquery()
    counts["domains"] = len(found.change(EmailDomain.organisation_id, dropped.id, kept.id, EmailDomain.domain.not_in(domains)))
    schemes = select(Identifier.scheme).where(Identifier.organisation_id == kept.id).scalar_subquery()
    moved = found.change(Identifier.organisation_id, dropped.id, kept.id, Identifier.scheme.not_in(schemes))
    counts["identifiers"] = len(moved)
    known = set(db.session.scalars(select(Alias.name).where(Alias.organisation_id == kept.id)))
    found.change(Alias.organisation_id, dropped.id, kept.id, Alias.name.not_in(known))
    names = {dropped.name, dropped.legal_name} - {"", kept.name, kept.legal_name} - known
    for name in sorted(names):
        found.add(Alias, organisation_id=kept.id, name=name[:200])
    types = list(db.session.scalars(select(OrganisationType.type).where(OrganisationType.organisation_id == kept.id)))
    more = OrganisationType.type.not_in([*types, kept.primary_type])
    found.change(OrganisationType.organisation_id, dropped.id, kept.id, more, key="type")
    ids = list(db.session.scalars(select(MissingSupplier.programme_id).where(MissingSupplier.organisation_id == kept.id)))
    other = MissingSupplier.programme_id.not_in(ids)
    found.change(MissingSupplier.organisation_id, dropped.id, kept.id, other, key="programme_id")
    found.change(Territory.organisation_id, dropped.id, kept.id)
    found.change(CompanyRequest.organisation_id, dropped.id, kept.id)
    answered = list(db.session.scalars(select(Answer.question_id).where(Answer.organisation_id == kept.id)))
    found.change(Answer.organisation_id, dropped.id, kept.id, Answer.question_id.not_in(answered))
    _move_requests(found, kept, dropped)
    if db.session.get(CompanyProvider, kept.id) is None:
        found.change(CompanyProvider.organisation_id, dropped.id, kept.id, key="provider_id")


def _move_requests(found: Journal, kept: Organisation, dropped: Organisation) -> None:
    """Requests for more places: where both have an open one for an event, the dropped company's stays with its old row."""
    both_open = select(QuotaRequest.event_id).where(
        QuotaRequest.organisation_id == kept.id, QuotaRequest.state == RequestState.OPEN
    )
    movable = or_(QuotaRequest.state != RequestState.OPEN, QuotaRequest.event_id.not_in(both_open.scalar_subquery()))
    found.change(QuotaRequest.organisation_id, dropped.id, kept.id, movable)


def _move_relations(found: Journal, counts: Counter[str], kept: Organisation, dropped: Organisation) -> None:
    between = (Relationship.from_id.in_([kept.id, dropped.id]), Relationship.to_id.in_([kept.id, dropped.id]))
    found.remove(Relationship, *between)
    moved = 0
    for near, far in ((Relationship.from_id, Relationship.to_id), (Relationship.to_id, Relationship.from_id)):
        pairs = db.session.execute(select(far, Relationship.kind).where(near == kept.id)).all()
        for other, kind in pairs:
            found.remove(Relationship, near == dropped.id, far == other, Relationship.kind == kind)
        moved += len(found.change(near, dropped.id, kept.id))
    if kept.parent_id == dropped.id:
        found.put(Organisation.parent_id, kept.id, None)
    moved += len(found.change(Organisation.parent_id, dropped.id, kept.id))
    counts["relations"] = moved


def _move_invitations(found: Journal, kept: Organisation, dropped: Organisation) -> None:
    """An event to which both are invited as companies keeps the invitation of the kept one."""
    whole = (Invitation.address == "", Invitation.state.in_(OPEN_INVITATIONS))
    events = select(Invitation.event_id).where(Invitation.organisation_id == kept.id, *whole)
    twice = select(Invitation.id).where(Invitation.organisation_id == dropped.id, *whole, Invitation.event_id.in_(events))
    for invitation_id in db.session.scalars(twice).all():
        found.put(Invitation.state, invitation_id, InvitationState.WITHDRAWN)
    found.change(Invitation.organisation_id, dropped.id, kept.id)


def _move_places(found: Journal, counts: Counter[str], kept: Organisation, dropped: Organisation) -> set[int]:
    """Puts the bookings of both companies into one pool for each event; returns the pools in which somebody may move up."""
    query = select(CompanyQuota.event_id, CompanyQuota.pool_id)
    own = {row[0]: row[1] for row in db.session.execute(query.where(CompanyQuota.organisation_id == kept.id))}
    theirs = {row[0]: row[1] for row in db.session.execute(query.where(CompanyQuota.organisation_id == dropped.id))}
    found.change(
        CompanyQuota.organisation_id, dropped.id, kept.id, CompanyQuota.event_id.not_in(list(own) or [0]), key="event_id"
    )
    shared = {theirs[event_id]: own[event_id] for event_id in theirs.keys() & own.keys()}
    for old, new in shared.items():
        _wait_for(found.change(BookingPool.pool_id, old, new, key="booking_id"), old, new)
        found.remove(CompanyQuota, CompanyQuota.organisation_id == dropped.id, CompanyQuota.pool_id == old)
    found.change(Booking.party, dropped.id, kept.id)
    db.session.expire_all()
    places.recount(set(shared) | set(shared.values()))
    counts["events"] = len(theirs)
    counts["over_quota"] = sum(pool.overbooked for pool in places.lock(shared.values()).values())
    return set(shared.values())


def _wait_for(booking_ids: list[int], old: int, new: int) -> None:
    """Who waits for one pool now waits for the other. Not in the journal: whoever moves up meanwhile waits no more."""
    waiting = update(Booking).where(Booking.id.in_(booking_ids), Booking.waiting_for_id == old)
    db.session.execute(waiting.values(waiting_for_id=new).execution_options(synchronize_session=False))


def _record(action: str, made: Merge, by: Actor, at: datetime) -> None:
    record(
        action,
        by=by,
        at=at,
        object_type="organisation",
        object_id=made.kept_id,
        object_name=made.kept_name,
        organisation_id=made.kept_id,
        changes={"merged": made.dropped_name, **made.counts},
    )
