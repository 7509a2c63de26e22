"""Files of one plan, for both teams and for auditors."""

from flask import Blueprint, Response, abort

from eventapp.core.clock import now
from eventapp.partners.audiences import viewer
from eventapp.plans import queries
from eventapp.plans.audiences import plan_reader
from eventapp.plans.exports.downloading import download
from eventapp.plans.exports.rows import FILES, rows
from eventapp.plans.log import about
from eventapp.plans.models import Plan
from eventapp.plans.permissions import may_read_actuals

blueprint = Blueprint("plan_exports", __name__)


@blueprint.post("/plans/<reference:plan_code>/export/<any(objectives, actuals, actions):plan_export>")
@plan_reader
def export(plan_code: str, plan_export: str) -> Response:
    """Its objectives by quarter, its actual values or its actions."""
    seen, at = queries.plan(viewer(), plan_code), now()
    if not may_read_actuals(seen.standing):
        abort(403)
    plan = seen.plan
    file, conditions = FILES[plan_export], [Plan.id == plan.id, queries.in_team(viewer())]
    return download(plan_export, file.columns, rows(file, conditions, at.date()), about(plan), stem=plan.code.lower(), at=at)
