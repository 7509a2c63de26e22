"""The directory as a list: searched, filtered by interest, country and cohort."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select
from werkzeug.datastructures import MultiDict

from eventapp.community.directory import queries
from eventapp.community.models import Listing, ListingCountry, ListingInterest
from eventapp.core.db import db
from eventapp.core.i18n import _, ngettext
from eventapp.core.tables import Column, Filter, Table
from eventapp.core.tables import Listing as Page
from eventapp.core.wall import whole
from eventapp.partners.cohorts import COHORT_LABELS, in_cohorts
from eventapp.partners.models import Country, Organisation
from eventapp.partners.queries import countries

PEOPLE, COMPANIES = "people", "companies"


def table(path: str, at: datetime) -> Table:
    """What the list can do."""

    def shows(chosen: list[str]) -> ColumnElement[bool]:
        kinds = {PEOPLE: Listing.person_id.is_not(None), COMPANIES: Listing.person_id.is_(None)}
        return or_(*(kinds[one] for one in chosen))

    def interested(chosen: list[str]) -> ColumnElement[bool]:
        wanted = ListingInterest.interest_id.in_([int(one) for one in chosen])
        return Listing.id.in_(select(ListingInterest.listing_id).where(wanted))

    def works_in(chosen: list[str]) -> ColumnElement[bool]:
        further = select(ListingCountry.listing_id).where(ListingCountry.country_code.in_(chosen))
        return or_(Organisation.country_code.in_(chosen), Listing.id.in_(further))

    interests = [(str(id_), name, None) for id_, name in queries.interests()]
    cohorts = [(key.value, str(label), None) for key, label in COHORT_LABELS.items()]
    return Table(
        path=path,
        columns=[
            Column("name", _("Name"), queries.SORT),
            Column("interests", _("Interests")),
            Column("looking_for", _("Looks for, offers")),
            Column("country", _("Country"), Country.name),
            Column("cohort", _("Partner")),
        ],
        key=Listing.id,
        default="name",
        filters=[
            Filter("show", _("Show"), [(COMPANIES, _("Companies"), None), (PEOPLE, _("People"), None)], shows),
            Filter("interest", _("Interest"), interests, interested),
            Filter("country", _("Country"), [(code, name, None) for code, name in countries()], works_in),
            Filter("cohort", _("Partner for how long"), cohorts, lambda chosen: in_cohorts(chosen, at.date())),
        ],
        search=queries.found_by,
        search_label=_("Name, or what somebody does, offers or looks for"),
    )


def page(path: str, args: MultiDict[str, str], at: datetime) -> Page:
    """A page of the directory; the same for everybody who may open it."""
    shown = queries.shown(at.date())

    def totals(conditions: list[ColumnElement[bool]]) -> list[tuple[int, str]]:
        counts = func.count(Listing.person_id), func.count(Listing.organisation_id.distinct())
        query = queries.joined(select(*counts).select_from(Listing)).join(Country, Country.code == Organisation.country_code)
        people, companies = db.session.execute(query.where(shown, *conditions)).one()
        return [(people, ngettext("person", "people", people)), (companies, ngettext("company", "companies", companies))]

    # Names of companies and people stand behind the wall; the condition lets nothing through but what is shown to all.
    with whole():
        return table(path, at).page(queries.columns().where(shown), args, totals)


def name_of(row: Any) -> str:
    """Whom an entry is about: the person, else the company."""
    return f"{row.given_name} {row.family_name}".strip() if row.person_id is not None else str(row.company)


def rows_with_interests(found: Page) -> Sequence[tuple[Any, str, list[str]]]:
    """The rows of a page, each with whom it is about and the interests."""
    interests = queries.interests_of([row.id for row in found.rows])
    return [(row, name_of(row), interests[row.id]) for row in found.rows]
