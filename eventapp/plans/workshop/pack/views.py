"""The pack of a workshop: freezing it, and getting it."""

from flask import Blueprint, Response, abort, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from eventapp.core.clock import now
from eventapp.core.forms import ActionForm
from eventapp.core.i18n import _
from eventapp.core.portions import apart
from eventapp.core.web.carrying import carry_out_at_once
from eventapp.partners.audiences import viewer
from eventapp.plans import queries
from eventapp.plans.audiences import plan_reader, plan_writer
from eventapp.plans.workshop import jobs  # noqa: F401 - a job is there once it is imported
from eventapp.plans.workshop import queries as workshops
from eventapp.plans.workshop.pack import service
from eventapp.plans.workshop.pack.queries import pack
from eventapp.plans.workshop.permissions import may_plan

blueprint = Blueprint("plan_pack", __name__)


@blueprint.get("/plans/<reference:plan_code>/workshop/pack")
@plan_reader
def download(plan_code: str) -> Response:
    """The pack as it was frozen: for both teams and auditors, and for the facilitator once the plan opens for them."""
    seen = queries.plan(viewer(), plan_code)
    answer = Response(pack(seen.plan), mimetype="application/pdf")
    answer.headers["Content-Disposition"] = f'attachment; filename="{seen.plan.code}_pack.pdf"'
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


@blueprint.post("/plans/<reference:plan_code>/workshop/pack/freeze")
@plan_writer
def freeze(plan_code: str) -> ResponseReturnValue:
    """Freezes the pack before the clock does, or anew."""
    seen = queries.plan(viewer(), plan_code)
    if not may_plan(seen.standing):
        abort(403)
    back, said = url_for("plan_workshop.index", plan_code=plan_code), _("The pack is frozen. Both teams get a mail.")
    at = now()
    with apart():  # drawn before anything is locked, since it takes a while
        again = queries.plan(viewer(), plan_code)
        drawn = service.draw(again.plan, workshops.workshop(again.plan), at=at)
    seen = queries.plan(viewer(), plan_code)
    return carry_out_at_once(ActionForm(), lambda: service.freeze(seen.plan, drawn=drawn, by=current_user, at=at), back, said)
