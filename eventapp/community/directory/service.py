"""Standing in the directory and leaving it. Everything in the caller's transaction."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select

from eventapp.accounts.permissions import Viewer
from eventapp.audit.service import Actor, record
from eventapp.community.models import Interest, Listing, ListingCountry, ListingInterest
from eventapp.core.db import db
from eventapp.core.errors import RuleError, StaleError
from eventapp.core.i18n import _
from eventapp.core.text import fold
from eventapp.partners.models import Country, Organisation, Person
from eventapp.partners.service.hooks import ON_LEFT
from eventapp.privacy import service as privacy
from eventapp.privacy.hooks import WITHDRAWN
from eventapp.privacy.models import ConsentKind

MOST_INTERESTS = 10
MOST_COUNTRIES = 30


@dataclass(frozen=True)
class ListingDetails:
    """An entry, as typed and ticked."""

    headline: str = ""
    about: str = ""
    looking_for: str = ""
    offering: str = ""
    languages: tuple[str, ...] = ()
    interests: tuple[int, ...] = ()
    countries: tuple[str, ...] = ()


def list_company(
    company: Organisation, details: ListingDetails, *, shown: bool, version: int, by: Actor, at: datetime
) -> Listing:
    """Keeps the entry of a company, and shows it or not. Raises StaleError if somebody saved since `version`, RuleError for
    an entry to be shown that says nothing.
    """
    _lock_company(company.id)
    query = select(Listing).where(Listing.organisation_id == company.id, Listing.person_id.is_(None))
    listing = db.session.scalar(query.execution_options(populate_existing=True))
    _check(listing, version)
    if shown and not (details.about or details.offering or details.looking_for):
        raise RuleError(_("Say at least what your company does, offers or looks for."), "about", 422)
    listing = listing or Listing(organisation_id=company.id)
    was = listing.listed_at is not None
    listing.listed_at = (listing.listed_at or at) if shown else None
    _fill(listing, details, at)
    changes = {"listed": shown} if was == shown else {"listed": [was, shown]}
    record("community.list_company", by=by, at=at, **_about_company(company), changes=changes)
    return listing


def list_person(viewer: Viewer, details: ListingDetails, *, version: int, at: datetime) -> Listing:
    """Puts the viewer into the directory as one of the company that they act for, with their consent to the text of now.

    Raises StaleError if it was saved somewhere else since `version`.
    """
    user, seat = viewer.user, viewer.seat
    assert user is not None
    assert seat is not None
    assert seat.person_id is not None
    # Locks the person: whoever is being erased or leaves at this moment is not listed after that.
    privacy.give(seat.person_id, ConsentKind.COMMUNITY, None, by=user, through="page", now=at)
    query = select(Listing).where(Listing.person_id == seat.person_id)
    listing = db.session.scalar(query.execution_options(populate_existing=True))
    _check(listing, version)
    listing = listing or Listing(person_id=seat.person_id, listed_at=at)
    listing.organisation_id = seat.company_id
    _fill(listing, details, at)
    record("community.list_person", by=user, at=at, **_about_person(seat.person_id))
    return listing


def unlist_person(person_id: int, *, by: Actor, at: datetime) -> None:
    """Takes somebody out of the directory: the consent ends, and with it the entry goes."""
    privacy.withdraw(person_id, ConsentKind.COMMUNITY, None, by=by, now=at)
    _forget(person_id, by, at)


def add_interest(name: str, *, by: Actor, at: datetime) -> Interest:
    """A new word of the vocabulary. Raises RuleError for one that is there."""
    _check_word(name, None)
    made = Interest(name=name)
    db.session.add(made)
    db.session.flush()
    record("community.interest", by=by, at=at, **_about_interest(made))
    return made


def change_interest(interest: Interest, name: str, *, active: bool, by: Actor, at: datetime) -> None:
    """Renames a word everywhere, or offers it no more. Raises RuleError for a name that is there."""
    _check_word(name, interest.id)
    changes = {"name": [interest.name, name], "active": [interest.active, active]}
    interest.name, interest.active = name, active
    db.session.flush()
    record("community.interest", by=by, at=at, **_about_interest(interest), changes=changes)


def _check_word(name: str, but: int | None) -> None:
    there = db.session.execute(select(Interest.id, Interest.name)).all()
    if any(fold(row.name) == fold(name) and row.id != but for row in there):
        raise RuleError(_("There is one of that name already."), "name")


def _check(listing: Listing | None, version: int) -> None:
    if (listing.version if listing is not None else 0) != version:
        raise StaleError(_("Somebody else has changed this entry since you opened it. Compare, then save again."))


def _lock_company(organisation_id: int) -> None:
    db.session.execute(select(Organisation.id).where(Organisation.id == organisation_id).with_for_update())


def _fill(listing: Listing, details: ListingDetails, at: datetime) -> None:
    if len(details.interests) > MOST_INTERESTS:
        raise RuleError(_("Choose %(n)s interests at most.", n=MOST_INTERESTS), "interests", 422)
    if len(details.countries) > MOST_COUNTRIES:
        raise RuleError(_("Choose %(n)s countries at most.", n=MOST_COUNTRIES), "countries", 422)
    for name in ("headline", "about", "looking_for", "offering"):
        setattr(listing, name, getattr(details, name))
    listing.languages = list(details.languages)
    listing.searched = " ".join(fold(t) for t in (details.headline, details.about, details.looking_for, details.offering) if t)
    listing.changed_at = at
    db.session.add(listing)
    db.session.flush()
    choose(listing, details.interests, details.countries)


def choose(listing: Listing, interests: Iterable[int], countries: Iterable[str]) -> None:
    """Interests and countries of an entry, instead of those before; what there is no more is left out."""
    _choose(ListingInterest, listing.id, "interest_id", interests, select(Interest.id))
    _choose(ListingCountry, listing.id, "country_code", countries, select(Country.code))


def _choose(model: Any, listing_id: int, name: str, wanted: Iterable[Any], known: Any) -> None:
    db.session.execute(delete(model).where(model.listing_id == listing_id))
    there = set(db.session.scalars(known))
    db.session.add_all(model(listing_id=listing_id, **{name: one}) for one in sorted(set(wanted) & there))
    db.session.flush()


def _forget(person_id: int, by: Actor, at: datetime, organisation_id: int | None = None) -> None:
    query = select(Listing).where(Listing.person_id == person_id)
    if organisation_id is not None:
        query = query.where(Listing.organisation_id == organisation_id)
    listing = db.session.scalar(query)
    if listing is not None:
        db.session.delete(listing)
        db.session.flush()
        record("community.unlist_person", by=by, at=at, **_about_person(person_id))


def _about_company(company: Organisation) -> dict[str, Any]:
    return {
        "object_type": "organisation",
        "object_id": company.id,
        "object_name": company.name,
        "organisation_id": company.id,
    }


def _about_person(person_id: int) -> dict[str, Any]:
    person = db.session.get_one(Person, person_id)
    return {"object_type": "person", "object_id": person_id, "object_name": person.full_name, "person_id": person_id}


def _about_interest(interest: Interest) -> dict[str, Any]:
    return {"object_type": "interest", "object_id": interest.id, "object_name": interest.name}


def _withdrawn(person_id: int, kind: ConsentKind, by: Actor, at: datetime) -> None:
    if kind is ConsentKind.COMMUNITY:
        _forget(person_id, by, at)


def _left(person: Person, company: Organisation, by: Actor, at: datetime) -> None:
    """Who leaves a company stands in the directory for it no more; for another one they put themselves in anew."""
    there = select(Listing.id).where(Listing.person_id == person.id, Listing.organisation_id == company.id)
    if db.session.scalar(there) is not None:
        unlist_person(person.id, by=by, at=at)


WITHDRAWN.append(_withdrawn)
ON_LEFT.append(_left)
