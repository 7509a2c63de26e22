"""The button of an owner who wants to go on with a suspended plan; it stands on the plan's first page."""

from flask import Blueprint, abort, flash, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from eventapp.core.clock import now
from eventapp.core.forms import ActionForm
from eventapp.core.i18n import _
from eventapp.core.web.carrying import carry_out_at_once
from eventapp.partners.audiences import viewer
from eventapp.plans import queries
from eventapp.plans.audiences import plan_writer
from eventapp.plans.permissions import may_change_plan
from eventapp.plans.suspending import service

blueprint = Blueprint("plan_suspending", __name__)


@blueprint.post("/plans/<reference:plan_code>/go-on")
@plan_writer
def go_on(plan_code: str) -> ResponseReturnValue:
    """An owner wants to go on; the second one's word lets the plan go on."""
    seen = queries.plan(viewer(), plan_code)
    if not may_change_plan(seen.standing):
        abort(403)

    def act() -> None:
        goes_on = service.go_on(seen.plan, standing=seen.standing, by=current_user, at=now())
        flash(
            _("The plan goes on.") if goes_on else _("Noted. The plan goes on as soon as the other owner wants that, too."),
            "success",
        )

    return carry_out_at_once(ActionForm(), act, url_for("plans.show", plan_code=plan_code))
