"""The decisions of a plan, beginning one, and making an action of what a premortem found."""

from flask import Blueprint, abort, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from eventapp.core.clock import now
from eventapp.core.web.carrying import carry_out
from eventapp.decisions.forms import ProblemForm
from eventapp.decisions.models import PHASES, DecisionContext, DecisionState
from eventapp.decisions.texts import WORDS
from eventapp.partners.audiences import viewer
from eventapp.plans import queries
from eventapp.plans.actions.forms import NewActionForm
from eventapp.plans.audiences import plan_reader, plan_writer
from eventapp.plans.content import queries as lines
from eventapp.plans.decisions import queries as plan_decisions
from eventapp.plans.decisions import service
from eventapp.plans.pages import page
from eventapp.plans.permissions import is_lived_by, may_comment
from eventapp.plans.queries import Seen

blueprint = Blueprint("plan_decisions", __name__)
ENDED = (DecisionState.CLOSED, DecisionState.WITHDRAWN, DecisionState.SUPERSEDED)


@blueprint.get("/plans/<reference:plan_code>/decisions/")
@plan_reader
def index(plan_code: str) -> str:
    """What is being decided, by phase, and what was."""
    seen = queries.plan(viewer(), plan_code)
    cards = plan_decisions.cards(viewer(), seen.plan)
    open_ones = [one for one in cards if one.decision.state not in ENDED]
    return page(
        "plans/decisions/index.html",
        seen,
        "decisions",
        columns=[(state, [c for c in open_ones if c.decision.state is state]) for state in PHASES[:-1]],
        aside=[one for one in open_ones if one.decision.state not in PHASES],
        ended=[one.decision for one in cards if one.decision.state in ENDED],
        count=len(open_ones),
        may_begin=may_comment(seen.standing) and is_lived_by(seen.plan),
        today=now().date(),
        **WORDS,
    )


def _for_member(plan_code: str) -> Seen:
    """The plan for somebody of its teams. Raises NotFoundError; 403 for an auditor."""
    seen = queries.plan(viewer(), plan_code)
    if not may_comment(seen.standing):
        abort(403)
    return seen


@blueprint.route("/plans/<reference:plan_code>/decisions/new", methods=["GET", "POST"])
@plan_writer
def new(plan_code: str) -> ResponseReturnValue:
    """Opens a decision of the plan, or with `?at=workshop` one of its workshop; both teams take part."""
    seen = _for_member(plan_code)
    form = ProblemForm()
    context = DecisionContext.WORKSHOP if request.args.get("at") == "workshop" else None

    def act() -> str:
        title, problem = form.title.data or "", form.problem.data or ""
        made = service.begin(seen.plan, title, problem, viewer=viewer(), at=now(), context=context)
        return url_for("decisions.show", decision_id=made.id)

    def show(_stale: bool) -> str:
        again = queries.plan(viewer(), plan_code)
        return page("plans/decisions/new.html", again, "decisions", form=form, has_errors=form.refused)

    return carry_out(form, act, show)


@blueprint.route(
    "/plans/<reference:plan_code>/decisions/<id:plan_decision_id>/premortem/<id:plan_risk_id>/action", methods=["GET", "POST"]
)
@plan_writer
def act(plan_code: str, plan_decision_id: int, plan_risk_id: int) -> ResponseReturnValue:
    """Makes an action of the plan of what prevents a failure."""
    seen = _for_member(plan_code)
    risk = plan_decisions.risk(viewer(), seen.plan, plan_decision_id, plan_risk_id)
    back = url_for("decisions.show", decision_id=plan_decision_id, _anchor="premortem")
    form = NewActionForm(data={"text": risk.action or risk.prevention, "due_on": risk.due})
    form.offer(lines.context(seen))

    def go() -> str:
        people = {"accountable_id": form.accountable_id.data, "helper_id": form.helper_id.data}
        values = {"due_on": form.due(), "standing": seen.standing, "by": current_user, "at": now()}
        service.turn_into_action(seen.plan, risk, form.text.data or "", **people, **values)
        return back

    def show(_stale: bool) -> str:
        again = queries.plan(viewer(), plan_code)
        item = plan_decisions.risk(viewer(), again.plan, plan_decision_id, plan_risk_id)
        return page("plans/decisions/act.html", again, "decisions", form=form, risk=item, back=back, has_errors=form.refused)

    return carry_out(form, go, show)
