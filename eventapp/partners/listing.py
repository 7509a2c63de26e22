"""The list of companies: columns, filters, search, totals."""

from typing import Any
from urllib.parse import urlencode

from sqlalchemy import ColumnElement, Select, case, func, literal, or_, select
from werkzeug.datastructures import MultiDict

from eventapp.accounts.permissions import Viewer
from eventapp.core.clock import now
from eventapp.core.db import db
from eventapp.core.i18n import _, ngettext
from eventapp.core.tables import Column, Filter, Listing, Table
from eventapp.partners.cohorts import COHORT_LABELS, in_cohorts
from eventapp.partners.models import (
    IN_PROGRAMME,
    STATUS_LABELS,
    TYPE_GROUPS,
    TYPE_LABELS,
    Country,
    Membership,
    MembershipState,
    Organisation,
    OrganisationStatus,
    SubRegion,
    Tier,
)
from eventapp.partners.queries import company_matches, countries, tiers
from eventapp.partners.territory.queries import within

NO_TIER = "none"
BEHIND_ALL_TIERS = 1000

PEOPLE = (
    select(func.count())
    .where(Membership.organisation_id == Organisation.id, Membership.state == MembershipState.ACTIVE)
    .correlate(Organisation)
    .scalar_subquery()
)


# Whose companies a partner manager sees: `mine`, unless the address asks for `all`.
OWN, MINE, ALL = "own", "mine", "all"


def of_manager(viewer: Viewer, args: MultiDict[str, str]) -> int | None:
    """The id of the partner manager whose companies alone the list shows; none for all companies."""
    if not viewer.manages_partners or viewer.user is None:
        return None
    usual = ALL if viewer.is_organizer else MINE
    asked = args[OWN] if args.get(OWN) in (MINE, ALL) else usual
    return viewer.user.id if asked == MINE else None


def page(viewer: Viewer, path: str, args: MultiDict[str, str]) -> Listing:
    """A page of the list. A partner manager sees the own territory, or all companies with the own ones first."""
    if not viewer.manages_partners or viewer.user is None:
        return table(path).page(rows(), args, totals)
    own = within(viewer.user.id)
    only = of_manager(viewer, args) is not None
    narrow = [own] if only else []
    first = None if only else own
    shown = table(path, first).page(rows(first).where(*narrow), args, lambda found: totals([*narrow, *found]))
    other = MultiDict((name, value) for name, value in args.items(multi=True) if name not in (OWN, "after", "before"))
    other[OWN] = ALL if only else MINE
    text = _("My companies") if only else _("All, mine first")
    shown.clear_url = f"{path}?{OWN}={ALL}"
    shown.pills.insert(0, (_("Show"), text, f"{path}?{urlencode(list(other.items(multi=True)))}"))
    return shown


def rows(own: ColumnElement[bool] | None = None) -> Select[Any]:
    """All companies, as columns; those that `own` finds are marked."""
    return (
        select(
            Organisation.id,
            Organisation.name,
            Organisation.programme_id,
            Organisation.primary_type,
            Organisation.city,
            Organisation.status,
            Tier.label.label("tier"),
            Country.name.label("country"),
            PEOPLE.label("people"),
            (literal(False) if own is None else own).label("own"),
        )
        .join(Country, Country.code == Organisation.country_code)
        .outerjoin(Tier, Tier.key == Organisation.tier_key)
        .where(Organisation.merged_into_id.is_(None), IN_PROGRAMME)
    )


def table(path: str, first: ColumnElement[bool] | None = None) -> Table:
    """What the list can do. By name, the companies that `first` finds come before all others."""
    regions = db.session.execute(select(SubRegion.key, SubRegion.label).order_by(SubRegion.position)).all()
    return Table(
        path=path,
        columns=[
            Column("name", _("Company"), Organisation.sort_key if first is None else _own_first(first)),
            Column("type", _("Type")),
            Column("tier", _("Tier"), func.coalesce(Tier.position, BEHIND_ALL_TIERS)),
            Column("country", _("Country"), Country.name),
            Column("status", _("Status")),
            Column("people", _("People"), PEOPLE, numeric=True),
        ],
        key=Organisation.id,
        default="name",
        filters=[
            Filter("type", _("Type"), [(group, group_label(group), None) for group in TYPE_GROUPS], _in_groups),
            Filter(
                "tier", _("Tier"), [*((key, label, None) for key, label in tiers()), (NO_TIER, _("No tier"), None)], _in_tiers
            ),
            Filter("region", _("Sub-region"), [(r.key, r.label, None) for r in regions], _in_regions),
            Filter("country", _("Country"), [(code, name, None) for code, name in countries()], Organisation.country_code.in_),
            Filter(
                "cohort",
                _("Partner for how long"),
                [(c.value, str(label), None) for c, label in COHORT_LABELS.items()],
                _in_cohorts,
            ),
            Filter("status", _("Status"), [(s.value, str(label), None) for s, label in STATUS_LABELS.items()], _in_states),
        ],
        search=lambda text: company_matches(Organisation.id, text),
        search_label=_("Name, domain or ID"),
        kept=(OWN,),
    )


def _own_first(own: ColumnElement[bool]) -> ColumnElement[str]:
    return case((own, "0"), else_="1").concat(Organisation.sort_key)


def totals(conditions: list[ColumnElement[bool]]) -> list[tuple[int, str]]:
    """People and companies that the list shows, all pages together."""
    companies = (
        select(Organisation.id)
        .join(Country, Country.code == Organisation.country_code)
        .outerjoin(Tier, Tier.key == Organisation.tier_key)
        .where(Organisation.merged_into_id.is_(None), IN_PROGRAMME, *conditions)
    )
    number = db.session.scalar(select(func.count()).select_from(companies.subquery())) or 0
    members = select(func.count(Membership.person_id.distinct())).where(Membership.state == MembershipState.ACTIVE)
    if conditions:
        members = members.where(Membership.organisation_id.in_(companies))
    people = db.session.scalar(members) or 0
    return [(people, ngettext("person", "people", people)), (number, ngettext("company", "companies", number))]


def group_label(group: str) -> str:
    """The name of a group of types."""
    return " / ".join(str(TYPE_LABELS[kind]) for kind in TYPE_GROUPS[group])


def _in_groups(values: list[str]) -> ColumnElement[bool]:
    return Organisation.primary_type.in_([kind for group in values for kind in TYPE_GROUPS[group]])


def _in_tiers(values: list[str]) -> ColumnElement[bool]:
    found = Organisation.tier_key.in_([value for value in values if value != NO_TIER])
    return or_(found, Organisation.tier_key.is_(None)) if NO_TIER in values else found


def _in_regions(values: list[str]) -> ColumnElement[bool]:
    return Organisation.country_code.in_(select(Country.code).where(Country.sub_region_key.in_(values)))


def _in_cohorts(values: list[str]) -> ColumnElement[bool]:
    return in_cohorts(values, now().date())


def _in_states(values: list[str]) -> ColumnElement[bool]:
    return Organisation.status.in_([OrganisationStatus(value) for value in values])
