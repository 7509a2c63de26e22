"""Plans as a list, for whoever reads them."""

from datetime import datetime

from sqlalchemy import func, select
from werkzeug.datastructures import MultiDict

from eventapp.accounts.permissions import Viewer
from eventapp.core.db import db
from eventapp.core.i18n import _
from eventapp.core.tables import Column, Listing, Table
from eventapp.core.text import fold
from eventapp.partners.models import Organisation
from eventapp.plans import queries
from eventapp.plans.models import Plan
from eventapp.plans.portfolio.filters import QUARTER, filters


def plans(viewer: Viewer, path: str, args: MultiDict[str, str], at: datetime) -> Listing:
    """The plans that the viewer reads, those that end last first."""
    query = select(
        Plan.id,
        Plan.code,
        Plan.title,
        Plan.kind,
        Plan.status,
        Plan.amendment,
        Plan.suspended_at,
        Plan.period_start,
        Plan.period_end,
        Organisation.name.label("company"),
    ).join(Organisation, Organisation.id == Plan.side_b_id)
    query = query.where(queries.visible(viewer))
    table = Table(
        path=path,
        columns=[
            Column("code", _("Plan"), Plan.code),
            Column("company", _("Company"), Organisation.sort_key),
            Column("kind", _("Kind"), Plan.kind),
            Column("period", _("Period"), Plan.period_start),
            Column("status", _("Status"), Plan.status),
        ],
        key=Plan.id,
        default="-period",
        filters=filters(viewer, args, at),
        kept=[QUARTER],
        search=lambda text: (
            Plan.code.contains(text.upper(), autoescape=True) | Organisation.sort_key.contains(fold(text), autoescape=True)
        ),
        search_label=_("Code or company"),
    )

    def totals(conditions: list[object]) -> list[tuple[int, str]]:
        count = select(func.count(), func.count(Plan.side_b_id.distinct()))
        count = count.select_from(Plan).join(Organisation, Organisation.id == Plan.side_b_id)
        rows = db.session.execute(count.where(queries.visible(viewer), *conditions)).one()  # type: ignore[arg-type]
        return [(rows[0], _("plans")), (rows[1], _("companies"))]

    return table.page(query, args, totals)  # type: ignore[arg-type]
