"""What a merge does with the directory, meetings, first steps and buddies."""

from datetime import datetime

from sqlalchemy import and_, or_, select

from eventapp.community.models import (
    BuddyOffer,
    BuddyPair,
    Listing,
    ListingCountry,
    ListingInterest,
    MeetingBlock,
    MeetingRequest,
    OnboardingTick,
)
from eventapp.core.db import db
from eventapp.lifecycle.journal import Journal
from eventapp.partners.models import Organisation, Person


def merge_companies(found: Journal, kept: Organisation, dropped: Organisation, at: datetime) -> None:
    """What both have stays as the kept company has it; people, meetings and buddies come along."""
    both = db.session.scalar(select(Listing.id).where(Listing.organisation_id == kept.id, Listing.person_id.is_(None)))
    movable = [Listing.person_id.is_not(None)] if both is not None else []
    found.change(Listing.organisation_id, dropped.id, kept.id, *movable)
    # Who waits for both waits for one from now on.
    waits = and_(MeetingRequest.to_person_id.is_(None), MeetingRequest.ended_at.is_(None))
    senders = select(MeetingRequest.from_person_id).where(MeetingRequest.to_organisation_id == kept.id, waits).scalar_subquery()
    to_dropped = MeetingRequest.to_organisation_id == dropped.id
    found.remove(MeetingRequest, to_dropped, waits, MeetingRequest.from_person_id.in_(senders))
    for column in (MeetingRequest.from_organisation_id, MeetingRequest.to_organisation_id):
        found.change(column, dropped.id, kept.id)
    there = select(MeetingBlock.blocked_id).where(MeetingBlock.organisation_id == kept.id).scalar_subquery()
    found.change(MeetingBlock.organisation_id, dropped.id, kept.id, MeetingBlock.blocked_id.not_in(there))
    ticked = select(OnboardingTick.item_id).where(OnboardingTick.organisation_id == kept.id).scalar_subquery()
    found.change(OnboardingTick.organisation_id, dropped.id, kept.id, OnboardingTick.item_id.not_in(ticked), key="item_id")
    if db.session.get(BuddyOffer, kept.id) is None:
        found.change(BuddyOffer.organisation_id, dropped.id, kept.id, key="since")
    ids = [kept.id, dropped.id]
    found.remove(BuddyPair, BuddyPair.newcomer_id.in_(ids), BuddyPair.buddy_id.in_(ids))
    open_pair = and_(BuddyPair.ended_at.is_(None))
    has_one = db.session.scalar(select(BuddyPair.id).where(BuddyPair.newcomer_id == kept.id, open_pair))
    for pair_id in db.session.scalars(select(BuddyPair.id).where(BuddyPair.newcomer_id == dropped.id, open_pair)).all():
        if has_one is not None:
            found.put(BuddyPair.ended_at, pair_id, at)
    for column in (BuddyPair.newcomer_id, BuddyPair.buddy_id):
        found.change(column, dropped.id, kept.id)


def merge_people(found: Journal, kept: Person, dropped: Person) -> None:
    """The kept person's entry stays, else the other's becomes theirs; meetings and contacts come along."""
    if db.session.scalar(select(Listing.id).where(Listing.person_id == kept.id)) is None:
        found.change(Listing.person_id, dropped.id, kept.id)
    else:
        theirs = select(Listing.id).where(Listing.person_id == dropped.id).scalar_subquery()
        for model in (ListingInterest, ListingCountry):
            found.remove(model, model.listing_id.in_(theirs))
        found.remove(Listing, Listing.person_id == dropped.id)
    ids = [kept.id, dropped.id]
    found.remove(MeetingRequest, MeetingRequest.from_person_id.in_(ids), MeetingRequest.to_person_id.in_(ids))
    _leave_double_requests(found, kept, dropped)
    for column in (MeetingRequest.from_person_id, MeetingRequest.to_person_id, MeetingRequest.answered_by_id):
        found.change(column, dropped.id, kept.id)
    found.remove(MeetingBlock, MeetingBlock.person_id.in_(ids), MeetingBlock.blocked_id.in_(ids))
    blocked = select(MeetingBlock.blocked_id).where(MeetingBlock.person_id == kept.id).scalar_subquery()
    found.remove(MeetingBlock, MeetingBlock.person_id == dropped.id, MeetingBlock.blocked_id.in_(blocked))
    people = select(MeetingBlock.person_id).where(MeetingBlock.blocked_id == kept.id, MeetingBlock.person_id.is_not(None))
    companies = select(MeetingBlock.organisation_id).where(
        MeetingBlock.blocked_id == kept.id, MeetingBlock.organisation_id.is_not(None)
    )
    by_both = or_(
        MeetingBlock.person_id.in_(people.scalar_subquery()), MeetingBlock.organisation_id.in_(companies.scalar_subquery())
    )
    found.remove(MeetingBlock, MeetingBlock.blocked_id == dropped.id, by_both)
    for column in (MeetingBlock.person_id, MeetingBlock.blocked_id):
        found.change(column, dropped.id, kept.id)
    found.change(BuddyOffer.contact_id, dropped.id, kept.id, key="organisation_id")
    for column in (BuddyPair.newcomer_contact_id, BuddyPair.buddy_contact_id):
        found.change(column, dropped.id, kept.id)


def _leave_double_requests(found: Journal, kept: Person, dropped: Person) -> None:
    """Of two requests that wait between the same two the kept person's goes on."""
    request, waits = MeetingRequest, MeetingRequest.ended_at.is_(None)
    to_people = select(request.to_person_id).where(request.from_person_id == kept.id, waits, request.to_person_id.is_not(None))
    to_companies = select(request.to_organisation_id).where(
        request.from_person_id == kept.id, waits, request.to_person_id.is_(None)
    )
    same = or_(
        request.to_person_id.in_(to_people.scalar_subquery()),
        and_(request.to_person_id.is_(None), request.to_organisation_id.in_(to_companies.scalar_subquery())),
    )
    found.remove(request, request.from_person_id == dropped.id, waits, same)
    senders = select(request.from_person_id).where(request.to_person_id == kept.id, waits).scalar_subquery()
    found.remove(request, request.to_person_id == dropped.id, waits, request.from_person_id.in_(senders))
