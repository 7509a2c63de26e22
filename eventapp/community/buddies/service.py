"""Offering to be a buddy, bringing two together, confirming and ending. Everything in the caller's transaction."""

from datetime import datetime
from typing import Any

from sqlalchemy import select

from eventapp.accounts.permissions import Viewer
from eventapp.audit.service import Actor, record
from eventapp.community.buddies import queries
from eventapp.community.buddies.rules import PAUSE, PairSide
from eventapp.community.contacts import company_admins
from eventapp.community.mails import send_note
from eventapp.community.models import BuddyOffer, BuddyPair, ProposedBy
from eventapp.core.db import db
from eventapp.core.errors import RuleError, StaleError
from eventapp.core.i18n import _
from eventapp.core.links import absolute
from eventapp.core.times import day_text
from eventapp.partners.cohorts import Cohort, cohort_of
from eventapp.partners.models import Organisation


def offer(
    company: Organisation, note: str, most: int, *, contact_id: int | None, version: int, by: Actor, at: datetime
) -> BuddyOffer:
    """A pioneer offers to look after newcomers; `contact_id` is who of its people does.

    Raises RuleError for a company that is no pioneer, StaleError if it was saved since `version`.
    """
    _lock(company.id)
    if cohort_of(company.partner_since, at.date()) is not Cohort.PIONEER:
        raise RuleError(_("Buddies are companies that have been partners for ten years or longer."))
    found = db.session.get(BuddyOffer, company.id, populate_existing=True)
    if (found.version if found is not None else 0) != version:
        raise StaleError(_("Somebody else has changed this since you opened it. Compare, then save again."))
    found = found or BuddyOffer(organisation_id=company.id, since=at)
    found.note, found.most, found.contact_id = note, most, contact_id
    db.session.add(found)
    db.session.flush()
    record("community.offer", by=by, at=at, **_about(company), changes={"most": most})
    return found


def stop_offering(company: Organisation, *, by: Actor, at: datetime) -> None:
    """Takes nobody more on; those whom the company looks after stay."""
    _lock(company.id)
    found = db.session.get(BuddyOffer, company.id, populate_existing=True)
    if found is not None:
        db.session.delete(found)
        db.session.flush()
        record("community.stop_offering", by=by, at=at, **_about(company))


def propose(
    newcomer: Organisation,
    buddy: Organisation,
    proposed_by: ProposedBy,
    *,
    contact_id: int | None = None,
    by: Actor,
    at: datetime,
) -> BuddyPair:
    """Brings a newcomer and a pioneer together; whoever has not said so themselves confirms. Both get a mail.

    Raises RuleError for a company that is no newcomer or has a buddy, for a pioneer who takes nobody more on, and for a newcomer
    who asks the same one again within the pause; the vendor may bring them together all the same.
    """
    # In the order of ids: two who propose at once do so one after the other.
    for organisation_id in sorted((newcomer.id, buddy.id)):
        _lock(organisation_id)
    if cohort_of(newcomer.partner_since, at.date()) is not Cohort.NEWCOMER:
        raise RuleError(_("Only newcomers have a buddy."))
    if queries.open_pair_of(newcomer.id) is not None:
        raise RuleError(_("There is a buddy already, or one was asked."))
    found = db.session.get(BuddyOffer, buddy.id, populate_existing=True)
    if found is None or queries.open_pairs(buddy.id) >= found.most:
        raise RuleError(_("%(company)s takes nobody on at the moment.", company=buddy.name))
    by_newcomer = proposed_by is ProposedBy.NEWCOMER
    ended_at = queries.last_ended_at(newcomer.id, buddy.id) if by_newcomer else None
    if ended_at is not None and at < ended_at + PAUSE:
        day = day_text((ended_at + PAUSE).date())
        raise RuleError(_("You had asked %(company)s before. Ask them again after %(day)s.", company=buddy.name, day=day))
    made = BuddyPair(
        newcomer_id=newcomer.id,
        buddy_id=buddy.id,
        proposed_by=proposed_by,
        proposed_at=at,
        newcomer_contact_id=contact_id if by_newcomer else None,
        newcomer_confirmed_at=at if by_newcomer else None,
    )
    db.session.add(made)
    db.session.flush()
    record("community.propose_buddy", by=by, at=at, **_about(newcomer), changes={"buddy": buddy.name})
    asked = [buddy.id] if by_newcomer else [buddy.id, newcomer.id]
    _tell(asked, _("A newcomer and a buddy"), _("Your company is asked to confirm that a newcomer gets a buddy."), at)
    return made


def confirm(pair: BuddyPair, side: PairSide, *, viewer: Viewer, at: datetime) -> None:
    """Says yes for a side; the viewer is its contact from now on. With the second yes both know each other's contact."""
    user, seat = viewer.user, viewer.seat
    assert user is not None
    assert seat is not None
    pair = _lock_pair(pair)
    if side is PairSide.NEWCOMER:
        pair.newcomer_confirmed_at = pair.newcomer_confirmed_at or at
        pair.newcomer_contact_id = seat.person_id
    else:
        pair.buddy_confirmed_at = pair.buddy_confirmed_at or at
        pair.buddy_contact_id = seat.person_id
    db.session.flush()
    _record("community.confirm_buddy", pair, side, user, at)
    if pair.in_force:
        line = _("Newcomer and buddy have both said yes. You find the other side's contact on the page.")
        _tell([pair.newcomer_id, pair.buddy_id], _("Your company and its buddy"), line, at)


def end(pair: BuddyPair, reason: str, *, side: PairSide | None, by: Actor, at: datetime) -> None:
    """Ends it, or says no to it; without a side the vendor does. The others get a mail. Raises RuleError where it is over."""
    pair = _lock_pair(pair)
    pair.ended_at, pair.ended_reason = at, reason
    db.session.flush()
    _record("community.end_buddy", pair, side, by, at)
    told = {PairSide.NEWCOMER: [pair.buddy_id], PairSide.BUDDY: [pair.newcomer_id]}
    ids = told[side] if side is not None else [pair.newcomer_id, pair.buddy_id]
    _tell(
        ids, _("A newcomer and a buddy"), _("That a newcomer has your company as a buddy, or the other way round, is over."), at
    )


def _lock(organisation_id: int) -> None:
    db.session.execute(select(Organisation.id).where(Organisation.id == organisation_id).with_for_update())


def _lock_pair(pair: BuddyPair) -> BuddyPair:
    query = select(BuddyPair).where(BuddyPair.id == pair.id).with_for_update()
    found = db.session.scalars(query.execution_options(populate_existing=True)).one()
    if found.ended_at is not None:
        raise RuleError(_("This is over already."))
    return found


def _about(company: Organisation) -> dict[str, Any]:
    about = {"object_type": "organisation", "object_id": company.id, "object_name": company.name}
    return {**about, "organisation_id": company.id}


def _record(action: str, pair: BuddyPair, side: PairSide | None, by: Actor, at: datetime) -> None:
    """In the log of the company that acts; what the vendor does in the newcomer's."""
    acting = pair.buddy_id if side is PairSide.BUDDY else pair.newcomer_id
    record(action, by=by, at=at, **_about(db.session.get_one(Organisation, acting)))


def _tell(company_ids: list[int], heading: str, line: str, at: datetime) -> None:
    for company_id in company_ids:
        send_note("community.buddy", company_admins(company_id, at), heading, line, absolute("buddies.index"), at=at)
