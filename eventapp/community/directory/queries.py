"""Reading the directory. Whoever may open its pages reads the same: what is shown, and nothing of anybody else.

The condition of what is shown (`shown`) asks at each read whether the person still belongs to the company and still agrees,
so nothing has to be tidied before somebody is gone. Names and countries stand behind the wall between companies; they are
read in `whole()`, for entries that are shown alone.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, exists, func, or_, select

from eventapp.accounts.permissions import Viewer
from eventapp.community.contacts import belongs
from eventapp.community.models import Interest, Listing, ListingCountry, ListingInterest
from eventapp.core.db import db
from eventapp.core.errors import NotFoundError
from eventapp.core.text import fold
from eventapp.core.wall import whole
from eventapp.partners.models import (
    IN_PROGRAMME,
    Country,
    Organisation,
    OrganisationStatus,
    Person,
)
from eventapp.privacy import queries as privacy
from eventapp.privacy import texts
from eventapp.privacy.models import Consent, ConsentKind

# People by family name among companies by name.
SORT = case((Listing.person_id.is_(None), Organisation.sort_key), else_=Person.sort_key)


def takes_part() -> ColumnElement[bool]:
    """The condition of companies that take part in the programme now."""
    return and_(Organisation.status == OrganisationStatus.ACTIVE, Organisation.merged_into_id.is_(None), IN_PROGRAMME)


def shown(today: date) -> ColumnElement[bool]:
    """The condition of entries that the directory shows; `Organisation` is joined, `Person` outwards."""
    agrees = exists().where(
        Consent.person_id == Listing.person_id, Consent.kind == ConsentKind.COMMUNITY, Consent.withdrawn_at.is_(None)
    )
    there = and_(Person.erased_at.is_(None), belongs(Listing.person_id, Listing.organisation_id, today), agrees)
    return and_(Listing.listed_at.is_not(None), takes_part(), or_(Listing.person_id.is_(None), there))


def joined(query: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
    """The query with the company of each entry and its person, if it is a person's."""
    query = query.join(Organisation, Organisation.id == Listing.organisation_id)
    return query.outerjoin(Person, Person.id == Listing.person_id)


def columns() -> Select[*tuple[Any, ...]]:
    """Entries as the list shows them."""
    query = select(
        Listing.id,
        Listing.person_id,
        Listing.headline,
        Listing.looking_for,
        Listing.offering,
        Listing.listed_at,
        Person.given_name,
        Person.family_name,
        Organisation.name.label("company"),
        Organisation.partner_since,
        Country.name.label("country"),
    )
    return joined(query.select_from(Listing)).join(Country, Country.code == Organisation.country_code)


class Entry:
    """An entry with what it is shown with."""

    def __init__(self, listing: Listing, person: Person | None, company: Organisation, country: str) -> None:
        self.listing, self.company_id, self.company = listing, company.id, company.name
        self.city, self.country, self.country_code, self.since = (
            company.city,
            country,
            company.country_code,
            company.partner_since,
        )
        self.name = person.full_name if person is not None else company.name
        self.person_id = listing.person_id


def entry(listing_id: int, at: datetime) -> Entry:
    """An entry that the directory shows. Raises NotFoundError, alike for one that is not shown and for none."""
    query = joined(select(Listing, Person, Organisation, Country.name).select_from(Listing))
    query = query.join(Country, Country.code == Organisation.country_code).where(Listing.id == listing_id, shown(at.date()))
    with whole():
        row = db.session.execute(query).one_or_none()
    if row is None:
        raise NotFoundError(listing_id)
    return Entry(*row)


def interests_of(listing_ids: Collection[int]) -> Mapping[int, list[str]]:
    """What entries are interested in, by name, in one question for all."""
    query = select(ListingInterest.listing_id, Interest.name).join(Interest, Interest.id == ListingInterest.interest_id)
    found: dict[int, list[str]] = {id_: [] for id_ in listing_ids}
    for row in db.session.execute(query.where(ListingInterest.listing_id.in_(listing_ids)).order_by(Interest.name)):
        found[row.listing_id].append(row.name)
    return found


def countries_of(listing_id: int) -> list[str]:
    """The further countries in which a company works, by name."""
    query = select(Country.name).join(ListingCountry, ListingCountry.country_code == Country.code)
    return list(db.session.scalars(query.where(ListingCountry.listing_id == listing_id).order_by(Country.name)))


def interests(*, also: Collection[int] = ()) -> list[tuple[int, str]]:
    """The words to choose from, and those that were chosen before, by name."""
    query = select(Interest.id, Interest.name).where(or_(Interest.active, Interest.id.in_(also))).order_by(Interest.name)
    return [(row.id, row.name) for row in db.session.execute(query)]


def own(viewer: Viewer) -> Listing | None:
    """The viewer's own entry, for whichever company it is."""
    person_id = viewer.seat.person_id if viewer.seat is not None else None
    return db.session.scalar(select(Listing).where(Listing.person_id == person_id)) if person_id is not None else None


def agrees(person_id: int) -> bool:
    """Whether somebody agrees to the text of now."""
    there = privacy.consents(person_id, [ConsentKind.COMMUNITY]).get(ConsentKind.COMMUNITY)
    return there is not None and there.text_version == texts.current(ConsentKind.COMMUNITY).version


def own_company(viewer: Viewer) -> Listing | None:
    """The entry of the company that the viewer acts for, shown or not."""
    query = select(Listing).where(Listing.organisation_id == viewer.acting_for, Listing.person_id.is_(None))
    return db.session.scalar(query) if viewer.acting_for is not None else None


def chosen(listing: Listing | None) -> tuple[list[int], list[str]]:
    """The interests and the countries of an entry."""
    if listing is None:
        return [], []
    interest_ids = select(ListingInterest.interest_id).where(ListingInterest.listing_id == listing.id)
    codes = select(ListingCountry.country_code).where(ListingCountry.listing_id == listing.id)
    return list(db.session.scalars(interest_ids)), list(db.session.scalars(codes))


def found_by(text: str) -> ColumnElement[bool] | None:
    """The condition that every word of `text` stands in the entry or in the names on it; addresses are not looked through."""
    words = fold(text).split()
    places = (Listing.searched, Organisation.sort_key, func.coalesce(Person.sort_key, ""))
    return and_(*(or_(*(place.contains(w, autoescape=True) for place in places)) for w in words)) if words else None


def all_interests() -> Sequence[Any]:
    """The vocabulary with how many entries have each word, for those who look after it."""
    number = select(func.count()).where(ListingInterest.interest_id == Interest.id).correlate(Interest).scalar_subquery()
    return db.session.execute(select(Interest, number.label("entries")).order_by(~Interest.active, Interest.name)).all()


def interest(interest_id: int) -> Interest:
    """A word of the vocabulary. Raises NotFoundError."""
    found = db.session.get(Interest, interest_id)
    if found is None:
        raise NotFoundError(interest_id)
    return found
