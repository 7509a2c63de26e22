"""The sponsor's page to delegate a signature, and the button to end it. Everybody reads it beside the teams."""

from flask import Blueprint, abort, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from eventapp.core.clock import now
from eventapp.core.forms import ActionForm
from eventapp.core.i18n import _
from eventapp.core.web.carrying import carry_out, carry_out_at_once
from eventapp.partners.audiences import viewer
from eventapp.plans import queries
from eventapp.plans.audiences import plan_writer
from eventapp.plans.delegations import service
from eventapp.plans.delegations.forms import DelegationForm
from eventapp.plans.pages import page
from eventapp.plans.queries import Seen

blueprint = Blueprint("plan_delegations", __name__)


def _sponsor(plan_code: str) -> Seen:
    """The plan for one of its executive sponsors; 403 for everybody else who reads it."""
    seen = queries.plan(viewer(), plan_code)
    if not seen.standing.is_sponsor:
        abort(403)
    return seen


@blueprint.route("/plans/<reference:plan_code>/team/delegate", methods=["GET", "POST"])
@plan_writer
def give(plan_code: str) -> ResponseReturnValue:
    """Lets somebody of the own team sign instead."""
    seen = _sponsor(plan_code)
    me = seen.standing.member
    assert me is not None
    form = DelegationForm()
    form.offer([one for one in queries.team(seen.plan) if one.side is me.side and one.id != me.id])

    def act() -> str:
        values = (form.delegate_id.data, form.text.data or "")
        service.give(seen.plan, *values, standing=seen.standing, by=current_user, at=now())
        return url_for("plan_teams.index", plan_code=plan_code)

    def show(_stale: bool) -> str:
        return page("plans/delegations/give.html", _sponsor(plan_code), "team", form=form, has_errors=form.refused)

    return carry_out(form, act, show)


@blueprint.post("/plans/<reference:plan_code>/team/delegate/end")
@plan_writer
def end(plan_code: str) -> ResponseReturnValue:
    """The sponsor signs again."""
    seen = _sponsor(plan_code)
    back = url_for("plan_teams.index", plan_code=plan_code)

    def act() -> None:
        service.end(seen.plan, standing=seen.standing, by=current_user, at=now())

    return carry_out_at_once(ActionForm(), act, back, _("You sign the plan yourself again."))
