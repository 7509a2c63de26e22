"""Plans as a list, for whoever reads them."""

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import func, literal, select, union_all
from werkzeug.datastructures import MultiDict

from eventapp.accounts.permissions import Viewer
from eventapp.core.db import db
from eventapp.core.i18n import _, ngettext
from eventapp.core.tables import Column, Listing, Table
from eventapp.core.text import fold
from eventapp.partners.models import Organisation
from eventapp.plans import queries
from eventapp.plans.models import Plan, PlanStatus, Rag
from eventapp.plans.portfolio import due
from eventapp.plans.portfolio.amended import amended
from eventapp.plans.portfolio.filters import QUARTER, filters, quarters_back
from eventapp.plans.portfolio.standings import standings


class Standing(NamedTuple):
    """How a plan in force stands (none: it is not in force), and how much is due in it."""

    rag: Rag | None
    signatures: int
    reviews: int
    actions: int


def plans(viewer: Viewer, path: str, args: MultiDict[str, str], at: datetime) -> tuple[Listing, dict[int, Standing]]:
    """The plans that the viewer reads, those that end last first, and how those of the page stand."""
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
    back = quarters_back(viewer, args, at)
    table = Table(
        path=path,
        columns=[
            Column("code", _("Plan"), Plan.code),
            Column("company", _("Company"), Organisation.sort_key),
            Column("kind", _("Kind"), Plan.kind),
            Column("period", _("Period"), Plan.period_start),
            Column("status", _("Status"), Plan.status),
            Column("stands", _("How it stands, quarter before") if back else _("How it stands")),
            Column("due", _("Due")),
        ],
        key=Plan.id,
        default="-period",
        filters=filters(viewer, at, back),
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
        return [(rows[0], ngettext("plan", "plans", rows[0])), (rows[1], ngettext("company", "companies", rows[1]))]

    found = table.page(query, args, totals)  # type: ignore[arg-type]
    return found, _standing(found, at, back)


def _standing(found: Listing, at: datetime, back: int) -> dict[int, Standing]:
    """How the plans of a page stand and what is due in them, by id. The same queries whatever their number."""
    here = Plan.id.in_([row.id for row in found.rows])
    colours = {row.plan_id: Rag(row.rag) for row in db.session.execute(standings([here], at.date(), back=back))}
    colours |= {one.plan_id: one.rag for one in amended([here], at.date(), back=back)}
    parts = (due.signatures(here), due.reviews(here, at), due.actions(here, at.date()))
    counted = union_all(*(one.add_columns(literal(n).label("part")) for n, one in enumerate(parts)))
    numbers = {(row.plan_id, row.part): row.number for row in db.session.execute(counted)}
    return {
        row.id: Standing(
            colours.get(row.id, Rag.GREY) if row.status is PlanStatus.ACTIVE else None,
            *(numbers.get((row.id, n), 0) for n in range(len(parts))),
        )
        for row in found.rows
    }
