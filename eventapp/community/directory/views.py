"""The directory and its entries."""

from flask import Blueprint, request, url_for

from eventapp.community.audiences import community_reader
from eventapp.community.directory import listing, queries
from eventapp.community.languages import language_names
from eventapp.community.pages import page
from eventapp.core.clock import now
from eventapp.core.web.audiences import may_open
from eventapp.partners.audiences import viewer
from eventapp.partners.cohorts import COHORT_LABELS, cohort_of

blueprint = Blueprint("community", __name__)


@blueprint.get("/community/")
@community_reader
def index() -> str:
    """Companies and people who want to be found."""
    at = now()
    found = listing.page(url_for(".index"), request.args, at)
    return page(
        "community/directory/index.html",
        "directory",
        listing=found,
        rows=listing.rows_with_interests(found),
        cohorts=COHORT_LABELS,
        cohort_of=lambda since: cohort_of(since, at.date()),
        own=queries.own(viewer()),
        may_list=may_open("community_own.me"),
    )


@blueprint.get("/community/<id:listing_id>")
@community_reader
def show(listing_id: int) -> str:
    """One entry, with the way to a meeting."""
    at = now()
    found = queries.entry(listing_id, at)
    names = language_names()
    seat = viewer().seat
    return page(
        "community/directory/show.html",
        "directory",
        entry=found,
        interests=queries.interests_of([listing_id])[listing_id],
        countries=queries.countries_of(listing_id),
        languages=[names[code] for code in found.listing.languages if code in names],
        cohort=cohort_of(found.since, at.date()),
        cohorts=COHORT_LABELS,
        may_ask=seat is not None and found.company_id != seat.company_id,
        mine=seat is not None and found.person_id is not None and found.person_id == seat.person_id,
    )
