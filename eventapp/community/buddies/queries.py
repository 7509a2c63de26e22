"""Reading buddies: a company its own, newcomers and the vendor who offers to be one."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import and_, func, or_, select

from eventapp.accounts.permissions import Viewer
from eventapp.community.buddies.rules import About, Match, PairSide, Volunteer, matches
from eventapp.community.contacts import Contact, contacts
from eventapp.community.directory.queries import interests_of, takes_part
from eventapp.community.models import BuddyOffer, BuddyPair, Listing
from eventapp.core.db import db
from eventapp.core.errors import NotFoundError
from eventapp.core.wall import whole
from eventapp.partners.cohorts import Cohort, in_cohorts
from eventapp.partners.models import Country, Organisation

MOST_SUGGESTED = 12


def offer_of(organisation_id: int) -> BuddyOffer | None:
    """What a company offers, if it does."""
    return db.session.get(BuddyOffer, organisation_id)


def open_pairs(organisation_id: int) -> int:
    """How many newcomers a company looks after, or was asked to."""
    query = select(func.count()).select_from(BuddyPair)
    return db.session.scalar(query.where(BuddyPair.buddy_id == organisation_id, BuddyPair.ended_at.is_(None))) or 0


def open_pair_of(newcomer_id: int) -> BuddyPair | None:
    """The newcomer's buddy, confirmed or yet to be."""
    return db.session.scalar(select(BuddyPair).where(BuddyPair.newcomer_id == newcomer_id, BuddyPair.ended_at.is_(None)))


def ended_pairs_of(newcomer_id: int) -> Sequence[tuple[BuddyPair, str]]:
    """The buddies that the newcomer had before, with what those are called; the latest first."""
    query = select(BuddyPair, Organisation.name).join(Organisation, Organisation.id == BuddyPair.buddy_id)
    query = query.where(BuddyPair.newcomer_id == newcomer_id, BuddyPair.ended_at.is_not(None))
    return [(row[0], row[1]) for row in db.session.execute(query.order_by(BuddyPair.ended_at.desc(), BuddyPair.id.desc()))]


def last_ended_at(newcomer_id: int, buddy_id: int) -> datetime | None:
    """When it was over last time between these two; none if they have had nothing to do with each other."""
    query = select(func.max(BuddyPair.ended_at)).where(BuddyPair.newcomer_id == newcomer_id, BuddyPair.buddy_id == buddy_id)
    return db.session.scalar(query)


@dataclass(frozen=True)
class Seen:
    """A pair as one of its two sides sees it: which side that is, what the other is called, and how to reach them."""

    pair: BuddyPair
    side: PairSide
    other: str
    contact: Contact | None
    contact_missing: bool

    @property
    def confirmed(self) -> bool:
        """Whether this side has confirmed."""
        at = self.pair.newcomer_confirmed_at if self.side is PairSide.NEWCOMER else self.pair.buddy_confirmed_at
        return at is not None


def pair(viewer: Viewer, pair_id: int) -> tuple[BuddyPair, PairSide]:
    """A pair of the company that the viewer acts for. Raises NotFoundError for all others."""
    own = viewer.acting_for or 0
    found = db.session.scalar(
        select(BuddyPair).where(BuddyPair.id == pair_id, or_(BuddyPair.newcomer_id == own, BuddyPair.buddy_id == own))
    )
    if found is None:
        raise NotFoundError(pair_id)
    return found, PairSide.NEWCOMER if found.newcomer_id == own else PairSide.BUDDY


def pairs_of(viewer: Viewer, at: datetime) -> list[Seen]:
    """The pairs of the company that the viewer acts for that are not over, the oldest first."""
    own = viewer.acting_for or 0
    query = select(BuddyPair).where(or_(BuddyPair.newcomer_id == own, BuddyPair.buddy_id == own), BuddyPair.ended_at.is_(None))
    found = db.session.scalars(query.order_by(BuddyPair.id)).all()
    if not found:
        return []
    with whole():
        names = names_of({id_ for one in found for id_ in (one.newcomer_id, one.buddy_id)})
        people = [contact for one in found if one.in_force for contact in _contacts(one)]
        reached = contacts(people, at)
    return [_seen(one, own, names, reached) for one in found]


def _contacts(one: BuddyPair) -> tuple[tuple[int | None, int], tuple[int | None, int]]:
    """The contacts of the newcomer and of the buddy, each with the company."""
    return (one.newcomer_contact_id, one.newcomer_id), (one.buddy_contact_id, one.buddy_id)


def _seen(one: BuddyPair, own: int, names: Mapping[int, str], reached: Mapping[tuple[int | None, int], Contact]) -> Seen:
    newcomers, buddys = _contacts(one)
    mine, theirs = (newcomers, buddys) if one.newcomer_id == own else (buddys, newcomers)
    side = PairSide.NEWCOMER if one.newcomer_id == own else PairSide.BUDDY
    return Seen(one, side, names.get(theirs[1], ""), reached.get(theirs), one.in_force and mine not in reached)


def names_of(ids: Collection[int]) -> Mapping[int, str]:
    """Names of companies by id; whoever calls has asked whether they may be told."""
    query = select(Organisation.id, Organisation.name).where(Organisation.id.in_(ids))
    return {row.id: row.name for row in db.session.execute(query)}


def about(company: Organisation) -> About:
    """What is compared of a company."""
    listing = db.session.scalar(select(Listing).where(Listing.organisation_id == company.id, Listing.person_id.is_(None)))
    interests = interests_of([listing.id])[listing.id] if listing is not None else []
    return About(company.country_code, _languages(company.language, listing), frozenset(interests))


def suggestions(company: Organisation, today: date) -> Sequence[Match]:
    """Pioneers who would look after this newcomer, the best suited first."""
    with whole():
        return matches(about(company), [one for one in volunteers(today) if one.company_id != company.id])[:MOST_SUGGESTED]


def volunteers(today: date) -> list[Volunteer]:
    """All pioneers who offer to be a buddy, with what is compared of them; three questions, whatever their number."""
    taken = select(func.count()).where(BuddyPair.buddy_id == Organisation.id, BuddyPair.ended_at.is_(None))
    query = select(BuddyOffer, Organisation, Country.name, taken.correlate(Organisation).scalar_subquery(), Listing)
    query = query.join(Organisation, Organisation.id == BuddyOffer.organisation_id)
    query = query.join(Country, Country.code == Organisation.country_code)
    own = and_(Listing.organisation_id == Organisation.id, Listing.person_id.is_(None), Listing.listed_at.is_not(None))
    query = query.outerjoin(Listing, own).where(takes_part(), in_cohorts([Cohort.PIONEER], today))
    rows: Sequence[Any] = db.session.execute(query.order_by(Organisation.id)).all()
    interests = interests_of([row[4].id for row in rows if row[4] is not None])
    return [
        Volunteer(
            company.id,
            company.name,
            country,
            offer.note,
            offer.most - pairs,
            About(
                company.country_code,
                _languages(company.language, listing),
                frozenset(interests[listing.id] if listing is not None else ()),
            ),
        )
        for offer, company, country, pairs, listing in rows
    ]


def volunteer(company_id: int, today: date) -> Organisation:
    """A pioneer who offers to be a buddy. Raises NotFoundError for all other companies."""
    query = select(Organisation).join(BuddyOffer, BuddyOffer.organisation_id == Organisation.id)
    with whole():
        found = db.session.scalar(query.where(Organisation.id == company_id, takes_part(), in_cohorts([Cohort.PIONEER], today)))
    if found is None:
        raise NotFoundError(company_id)
    return found


def _languages(language: str, listing: Listing | None) -> frozenset[str]:
    """Codes of two letters: what the company is written to in, and what it says it speaks."""
    typed = listing.languages if listing is not None else []
    return frozenset(str(code)[:2].lower() for code in [language, *typed] if code)
