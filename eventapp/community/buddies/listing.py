"""The vendor's list of newcomers: how far each is, and whether it has a buddy."""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, func, or_, select
from sqlalchemy.orm import aliased
from werkzeug.datastructures import MultiDict

from eventapp.accounts.permissions import Viewer
from eventapp.community.directory.queries import takes_part
from eventapp.community.models import BuddyPair
from eventapp.core.db import db
from eventapp.core.i18n import _, ngettext
from eventapp.core.tables import Column, Filter, Listing, Table
from eventapp.partners.cohorts import Cohort, in_cohorts
from eventapp.partners.models import Country, Organisation
from eventapp.partners.queries import company_matches, countries
from eventapp.partners.territory.queries import within

WITHOUT, ASKED, WITH = "without", "asked", "with"


def base(viewer: Viewer, at: datetime) -> list[ColumnElement[bool]]:
    """The newcomers that the viewer looks after: a partner manager those of the territory, readers all."""
    found = [takes_part(), in_cohorts([Cohort.NEWCOMER], at.date())]
    if viewer.manages_partners and not viewer.reads_all and viewer.user is not None:
        found.append(within(viewer.user.id))
    return found


# The list itself joins the pairs.
_PAIR = aliased(BuddyPair)


def _open(*more: ColumnElement[bool]) -> ColumnElement[bool]:
    return exists().where(_PAIR.newcomer_id == Organisation.id, _PAIR.ended_at.is_(None), *more)


def table(path: str) -> Table:
    """What the list can do."""
    both = and_(_PAIR.newcomer_confirmed_at.is_not(None), _PAIR.buddy_confirmed_at.is_not(None))

    def buddies(chosen: list[str]) -> ColumnElement[bool]:
        conditions = {WITHOUT: ~_open(), ASKED: _open(~both), WITH: _open(both)}
        return or_(*(conditions[one] for one in chosen))

    states = [(WITHOUT, _("None"), None), (ASKED, _("Asked, not confirmed"), None), (WITH, _("Has one"), None)]
    return Table(
        path=path,
        columns=[
            Column("name", _("Company"), Organisation.sort_key),
            Column("country", _("Country"), Country.name),
            Column("since", _("Partner since"), Organisation.partner_since),
            Column("progress", _("First steps")),
            Column("buddy", _("Buddy")),
        ],
        key=Organisation.id,
        default="-since",
        filters=[
            Filter("buddy", _("Buddy"), states, buddies),
            Filter("country", _("Country"), [(code, name, None) for code, name in countries()], Organisation.country_code.in_),
        ],
        search=lambda text: company_matches(Organisation.id, text),
        search_label=_("Name, domain or ID"),
    )


def page(viewer: Viewer, path: str, args: MultiDict[str, str], at: datetime) -> Listing:
    """A page of the list."""
    buddy, scope = aliased(Organisation), base(viewer, at)
    query = select(
        Organisation.id,
        Organisation.name,
        Organisation.partner_since,
        Country.name.label("country"),
        BuddyPair.newcomer_confirmed_at,
        BuddyPair.buddy_confirmed_at,
        buddy.name.label("buddy"),
    )
    query = query.join(Country, Country.code == Organisation.country_code)
    query = query.outerjoin(BuddyPair, and_(BuddyPair.newcomer_id == Organisation.id, BuddyPair.ended_at.is_(None)))
    query = query.outerjoin(buddy, buddy.id == BuddyPair.buddy_id)

    def totals(conditions: list[ColumnElement[bool]]) -> list[tuple[int, str]]:
        counting = select(func.count()).select_from(Organisation).join(Country, Country.code == Organisation.country_code)
        number: Any = db.session.scalar(counting.where(*scope, *conditions)) or 0
        return [(number, ngettext("newcomer", "newcomers", number))]

    return table(path).page(query.where(*scope), args, totals)
