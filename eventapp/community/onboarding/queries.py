"""Reading how far newcomers are, in a number of questions that does not grow with them."""

from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import ColumnElement, and_, exists, func, select

from eventapp.accounts.models import User
from eventapp.accounts.permissions import Viewer
from eventapp.community.models import BuddyPair, Fact, Listing, OnboardingItem, OnboardingTick
from eventapp.community.onboarding.rules import Progress, progress
from eventapp.core.db import db
from eventapp.core.errors import NotFoundError
from eventapp.partners.models import Organisation
from eventapp.plans.models import Plan, PlanStatus
from eventapp.plans.queries import visible
from eventapp.registrations.models import ENDED, Tally
from eventapp.training.models import Enrolment


def items(*, all_of_them: bool = False) -> Sequence[OnboardingItem]:
    """What is asked of newcomers, in its order; with `all_of_them` also what is asked no more."""
    query = select(OnboardingItem).order_by(OnboardingItem.position, OnboardingItem.id)
    return db.session.scalars(query if all_of_them else query.where(OnboardingItem.active)).all()


def item(item_id: int) -> OnboardingItem:
    """An item. Raises NotFoundError."""
    found = db.session.get(OnboardingItem, item_id)
    if found is None:
        raise NotFoundError(item_id)
    return found


def _facts(viewer: Viewer) -> dict[Fact, ColumnElement[bool]]:
    """The condition of each fact about the company beside it.

    Whether there is a plan is told to those who read it alone: for everybody else the item looks as if there were none.
    """
    here = Organisation.id
    pair = exists().where(
        BuddyPair.newcomer_id == here,
        BuddyPair.ended_at.is_(None),
        BuddyPair.newcomer_confirmed_at.is_not(None),
        BuddyPair.buddy_confirmed_at.is_not(None),
    )
    plan = exists().where(Plan.side_b_id == here, Plan.status != PlanStatus.CANCELLED, visible(viewer))
    return {
        Fact.PROFILE: and_(Organisation.about != "", Organisation.website != ""),
        Fact.LISTED: exists().where(Listing.organisation_id == here, Listing.person_id.is_(None), Listing.listed_at.is_not(None)),
        Fact.REGISTERED: exists().where(Tally.organisation_id == here, Tally.people > 0, Tally.status.not_in(ENDED)),
        Fact.COURSE: exists().where(Enrolment.organisation_id == here, Enrolment.completed_at.is_not(None)),
        Fact.PLAN: plan,
        Fact.BUDDY: pair,
    }


def facts_of(viewer: Viewer, company_ids: Collection[int]) -> Mapping[int, set[Fact]]:
    """What is so of each of these companies, as far as the viewer may know."""
    conditions = _facts(viewer)
    query = select(Organisation.id, *(one.label(fact.value) for fact, one in conditions.items()))
    found: dict[int, set[Fact]] = {id_: set() for id_ in company_ids}
    for row in db.session.execute(query.where(Organisation.id.in_(company_ids))):
        found[row.id] = {fact for fact in conditions if getattr(row, fact.value)}
    return found


def progress_of(viewer: Viewer, company_ids: Collection[int]) -> Mapping[int, Progress]:
    """How far each of these companies is: three questions, whatever their number."""
    asked, facts = items(), facts_of(viewer, company_ids)
    ticks: dict[int, list[OnboardingTick]] = {id_: [] for id_ in company_ids}
    for one in db.session.scalars(select(OnboardingTick).where(OnboardingTick.organisation_id.in_(company_ids))):
        ticks[one.organisation_id].append(one)
    return {id_: progress(asked, ticks[id_], facts[id_]) for id_ in company_ids}


def own_progress(viewer: Viewer, company_id: int) -> Progress:
    """How far one company is, in one question, for its first page."""
    conditions = _facts(viewer)
    facts = [one.label(fact.value) for fact, one in conditions.items()]
    ticked = and_(OnboardingTick.item_id == OnboardingItem.id, OnboardingTick.organisation_id == Organisation.id)
    query = select(OnboardingItem, OnboardingTick, *facts).select_from(OnboardingItem)
    query = query.join(Organisation, Organisation.id == company_id).outerjoin(OnboardingTick, ticked).where(OnboardingItem.active)
    rows = db.session.execute(query.order_by(OnboardingItem.position, OnboardingItem.id)).all()
    so = {fact for fact in conditions if rows and getattr(rows[0], fact.value)}
    return progress([row[0] for row in rows], [row[1] for row in rows if row[1] is not None], so)


def names_of(found: Progress) -> Mapping[str, str]:
    """What those are called who have ticked something, by their address; those without a name or a login are left out."""
    addresses = {one.tick.ticked_by for one in found.steps if one.tick is not None}
    query = select(User.email, User.name).where(User.email.in_(addresses), User.name != "")
    return {row.email: row.name for row in db.session.execute(query)}


def last_position() -> int:
    """The position of the last item."""
    return db.session.scalar(select(func.max(OnboardingItem.position))) or 0
