"""Which companies belong to a partner manager: by sub-region, by the manager's name in the list, or one by one."""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, or_, select

from eventapp.accounts.permissions import Viewer
from eventapp.core.db import db
from eventapp.core.errors import NotFoundError
from eventapp.partners import queries
from eventapp.partners.models import Country, Organisation, SubRegion, Territory


@dataclass(frozen=True)
class Part:
    """One line of a territory: its `kind` (region, manager, company), what it names, and how many companies that is."""

    id: int
    kind: str
    name: str
    organisation_id: int | None
    companies: int
    granted_by: str


def within(user_id: int) -> ColumnElement[bool]:
    """The condition that a company belongs to the user's territory."""
    mine = Territory.user_id == user_id
    regions = select(Country.code).join(Territory, Territory.sub_region_key == Country.sub_region_key).where(mine)
    managers = select(Territory.manager_name).where(mine, Territory.manager_name.is_not(None))
    companies = select(Territory.organisation_id).where(mine, Territory.organisation_id.is_not(None))
    return or_(Organisation.country_code.in_(regions), Organisation.partner_manager.in_(managers), Organisation.id.in_(companies))


def may_change(viewer: Viewer, organisation_id: int) -> bool:
    """Whether the viewer may change the company: organizers any, partner managers those of their territory."""
    if viewer.is_organizer:
        return True
    if not viewer.manages_partners or viewer.user is None:
        return False
    return (
        db.session.scalar(select(Organisation.id).where(Organisation.id == organisation_id, within(viewer.user.id))) is not None
    )


def company_to_change(viewer: Viewer, organisation_id: int) -> Organisation:
    """The company, for somebody who may change it. Raises `NotFoundError`, outside the territory as well."""
    if not may_change(viewer, organisation_id):
        raise NotFoundError
    return queries.organisation(viewer, organisation_id)


def companies_of(user_id: int) -> int:
    """How many companies are in the user's territory."""
    return db.session.scalar(select(func.count()).select_from(Organisation).where(within(user_id))) or 0


def parts(user_id: int) -> list[Part]:
    """The lines of a territory: sub-regions, managers' names, single companies, each by name."""
    by_region = (select(func.count()).select_from(Organisation).join(Country, Country.code == Organisation.country_code)).where(
        Country.sub_region_key == Territory.sub_region_key
    )
    by_name = select(func.count()).select_from(Organisation).where(Organisation.partner_manager == Territory.manager_name)
    query = (
        select(
            Territory,
            SubRegion.label,
            Organisation.name,
            by_region.correlate(Territory).scalar_subquery(),
            by_name.correlate(Territory).scalar_subquery(),
        )
        .outerjoin(SubRegion, SubRegion.key == Territory.sub_region_key)
        .outerjoin(Organisation, Organisation.id == Territory.organisation_id)
        .where(Territory.user_id == user_id)
        .order_by(SubRegion.position, Territory.manager_name, Organisation.sort_key, Territory.id)
    )
    found = []
    for row, region, company, in_region, with_name in db.session.execute(query):
        if row.sub_region_key is not None:
            kind, name, number = "region", region, in_region
        elif row.manager_name is not None:
            kind, name, number = "manager", row.manager_name, with_name
        else:
            kind, name, number = "company", company, 1
        found.append(Part(row.id, kind, name, row.organisation_id, number, row.granted_by))
    return found


def part(user_id: int, territory_id: int) -> Territory:
    """A line of that user's territory. Raises `NotFoundError`."""
    found = db.session.get(Territory, territory_id)
    if found is None or found.user_id != user_id:
        raise NotFoundError
    return found


def regions() -> list[tuple[str, str]]:
    """The sub-regions in their order: key and label."""
    return [
        (row.key, row.label) for row in db.session.execute(select(SubRegion.key, SubRegion.label).order_by(SubRegion.position))
    ]


def manager_names() -> list[str]:
    """The managers' names that stand at companies, in alphabetical order."""
    query = select(Organisation.partner_manager).where(Organisation.partner_manager != "").distinct()
    return sorted(db.session.scalars(query.limit(2000)))
