"""Shared summaries as a list: with whom, from when to when, and the summary. Nothing else of a plan, not even its name."""

from sqlalchemy import func, select
from werkzeug.datastructures import MultiDict

from eventapp.accounts.permissions import Viewer
from eventapp.core.db import db
from eventapp.core.i18n import _, ngettext
from eventapp.core.tables import Column, Listing, Table
from eventapp.core.text import fold
from eventapp.partners.models import Organisation
from eventapp.plans.models import Plan
from eventapp.plans.sharing.queries import shared


def summaries(viewer: Viewer, path: str, args: MultiDict[str, str]) -> Listing:
    """The summaries that the viewer reads, those of the latest period first."""
    query = select(Plan.id, Plan.period_start, Plan.period_end, Plan.summary, Organisation.name.label("company"))
    query = query.join(Organisation, Organisation.id == Plan.side_b_id).where(shared(viewer))
    table = Table(
        path=path,
        columns=[
            Column("company", _("Company"), Organisation.sort_key),
            Column("period", _("Period"), Plan.period_start),
            Column("summary", _("Executive summary")),
        ],
        key=Plan.id,
        default="-period",
        search=lambda text: Organisation.sort_key.contains(fold(text), autoescape=True),
        search_label=_("Company"),
    )

    def totals(conditions: list[object]) -> list[tuple[int, str]]:
        count = select(func.count(), func.count(Plan.side_b_id.distinct()))
        count = count.select_from(Plan).join(Organisation, Organisation.id == Plan.side_b_id)
        rows = db.session.execute(count.where(shared(viewer), *conditions)).one()  # type: ignore[arg-type]
        return [(rows[0], ngettext("plan", "plans", rows[0])), (rows[1], ngettext("company", "companies", rows[1]))]

    return table.page(query, args, totals)  # type: ignore[arg-type]
