"""The companies that a partner manager may open plans with, as a list."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import ColumnElement, func, select
from werkzeug.datastructures import MultiDict

from eventapp.accounts.permissions import Viewer
from eventapp.core.db import db
from eventapp.core.i18n import _, ngettext
from eventapp.core.tables import Column, Filter, Listing, Table
from eventapp.core.text import fold
from eventapp.partners.models import IN_PROGRAMME, Country, Organisation, Tier
from eventapp.partners.queries import tiers
from eventapp.partners.territory.queries import within
from eventapp.plans import queries
from eventapp.plans.models import ENDED_PLANS, Plan

NO_TIER = "none"
BEHIND_ALL_TIERS = 1000


def companies(viewer: Viewer, user_id: int, path: str, args: MultiDict[str, str], *, but: int | None = None) -> Listing:
    """The companies of somebody's territory, without `but`, with the plans that the viewer reads. Three queries."""
    here = [within(user_id), IN_PROGRAMME, Organisation.merged_into_id.is_(None)]
    if but is not None:
        here.append(Organisation.id != but)
    query = (
        select(
            Organisation.id,
            Organisation.name,
            Organisation.city,
            Organisation.primary_type,
            Tier.label.label("tier"),
            Country.name.label("country"),
        )
        .join(Country, Country.code == Organisation.country_code)
        .outerjoin(Tier, Tier.key == Organisation.tier_key)
        .where(*here)
    )
    table = Table(
        path=path,
        columns=[
            Column("name", _("Company"), Organisation.sort_key),
            Column("type", _("Type")),
            Column("tier", _("Tier"), func.coalesce(Tier.position, BEHIND_ALL_TIERS)),
            Column("country", _("Country"), Country.name),
            Column("plan", _("Running plan")),
        ],
        key=Organisation.id,
        default="name",
        filters=[
            Filter(
                "tier", _("Tier"), [*((key, label, None) for key, label in tiers()), (NO_TIER, _("No tier"), None)], _in_tiers
            ),
            Filter(
                "plan",
                _("Running plan"),
                [("yes", _("With a plan"), None), ("no", _("Without a plan"), None)],
                lambda values: _with_plan(viewer, values),
            ),
        ],
        search=lambda text: Organisation.sort_key.contains(fold(text), autoescape=True) if fold(text) else None,
        search_label=_("Company"),
    )

    def totals(conditions: list[ColumnElement[bool]]) -> list[tuple[int, str]]:
        number = db.session.scalar(select(func.count()).select_from(Organisation).where(*here, *conditions)) or 0
        return [(number, ngettext("company", "companies", number))]

    return table.page(query, args, totals)


def running_plans(viewer: Viewer, ids: Collection[int]) -> dict[int, list[Any]]:
    """The plans with these companies that are not over and that the viewer reads, by company, the latest first."""
    found: dict[int, list[Any]] = defaultdict(list)
    query = select(Plan.side_b_id, Plan.code, Plan.status, Plan.period_start, Plan.period_end)
    query = query.where(Plan.side_b_id.in_(ids), *_running(viewer)).order_by(Plan.period_start.desc(), Plan.id)
    for row in db.session.execute(query) if ids else ():
        found[row.side_b_id].append(row)
    return found


def _running(viewer: Viewer) -> Sequence[ColumnElement[bool]]:
    return queries.visible(viewer), Plan.status.not_in(ENDED_PLANS)


def _in_tiers(values: list[str]) -> ColumnElement[bool]:
    return func.coalesce(Organisation.tier_key, NO_TIER).in_(values)


def _with_plan(viewer: Viewer, values: list[str]) -> ColumnElement[bool]:
    there = select(Plan.id).where(Plan.side_b_id == Organisation.id, *_running(viewer)).exists()
    return Organisation.id.is_not(None) if len(values) > 1 else there if values == ["yes"] else ~there
