"""Everything that somebody has to do, over all plans of their teams."""

from datetime import date

from sqlalchemy import case, func, select
from sqlalchemy.orm import aliased
from werkzeug.datastructures import MultiDict

from eventapp.accounts.permissions import Viewer
from eventapp.core.db import db
from eventapp.core.i18n import _
from eventapp.core.tables import Column, Filter, Listing, Table
from eventapp.plans import queries
from eventapp.plans.models import ACTION_STATUS_LABELS, ENDED_ACTIONS, ENDED_PLANS, ActionStatus, Plan, PlanAction, PlanMember

OPEN = [one for one in ActionStatus if one not in ENDED_ACTIONS]


def mine(viewer: Viewer, path: str, args: MultiDict[str, str], today: date) -> Listing:
    """The open actions that the viewer is accountable for or helps with, those due first first."""
    me = aliased(PlanMember)
    query = (
        select(
            PlanAction.id,
            PlanAction.number,
            PlanAction.text,
            PlanAction.due_on,
            PlanAction.status,
            PlanAction.blocked_by,
            Plan.code,
            Plan.title,
            case((PlanAction.accountable_id == me.id, True), else_=False).label("accountable"),
        )
        .join(Plan, Plan.id == PlanAction.plan_id)
        .join(me, queries.belongs(viewer, me))
        .where(PlanAction.status.in_(OPEN), me.id.in_([PlanAction.accountable_id, PlanAction.helper_id]))
        .where(Plan.status.not_in(ENDED_PLANS))
    )
    table = Table(
        path=path,
        columns=[
            Column("action", _("Action"), PlanAction.text),
            Column("plan", _("Plan"), Plan.code),
            Column("due", _("Until"), PlanAction.due_on),
            Column("status", _("Status"), PlanAction.status),
            Column("rag", _("How it stands")),
        ],
        key=PlanAction.id,
        default="due",
        search=lambda text: PlanAction.text.icontains(text, autoescape=True) | Plan.code.contains(text.upper(), autoescape=True),
        search_label=_("Action or plan"),
        filters=[
            Filter("due", _("Until"), [("overdue", _("Overdue"), None)], lambda _v: PlanAction.due_on < today),
            Filter(
                "status",
                _("Status"),
                [(one.value, str(ACTION_STATUS_LABELS[one]), None) for one in OPEN],
                lambda values: PlanAction.status.in_([ActionStatus(value) for value in values]),
            ),
        ],
    )

    def totals(conditions: list[object]) -> list[tuple[int, str]]:
        of = query.where(*conditions).with_only_columns(func.count(), func.count(Plan.id.distinct()))  # type: ignore[arg-type]
        rows = db.session.execute(of).one()
        return [(rows[0], _("actions")), (rows[1], _("plans"))]

    return table.page(query, args, totals)  # type: ignore[arg-type]
