"""Giving an amendment up, by an owner."""

from flask import Blueprint, abort, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from eventapp.core.clock import now
from eventapp.core.forms import ActionForm
from eventapp.core.i18n import _
from eventapp.core.web.carrying import carry_out_at_once, version_in
from eventapp.partners.audiences import viewer
from eventapp.plans import queries
from eventapp.plans.amending import service
from eventapp.plans.audiences import plan_writer
from eventapp.plans.content.lines import LineForm

blueprint = Blueprint("plan_amending", __name__)


@blueprint.post("/plans/<reference:plan_code>/amendment/give-up")
@plan_writer
def give_up(plan_code: str) -> ResponseReturnValue:
    """Brings the plan back to what is signed."""
    seen = queries.plan(viewer(), plan_code)
    if not seen.standing.is_owner:
        abort(403)
    revision = version_in(LineForm())

    def act() -> None:
        service.give_up(seen.plan, revision=revision, standing=seen.standing, by=current_user, at=now())

    said = _("The amendment is given up. The plan says again what is signed.")
    return carry_out_at_once(ActionForm(), act, url_for("plans.show", plan_code=plan_code), said)
