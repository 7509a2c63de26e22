"""The pages of actions."""

from flask import Blueprint, abort, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from eventapp.core.clock import now
from eventapp.core.web.carrying import carry_out, version_in
from eventapp.partners.audiences import viewer
from eventapp.plans import queries
from eventapp.plans.actions import queries as actions
from eventapp.plans.actions import service
from eventapp.plans.actions.forms import ActionForm, NewActionForm
from eventapp.plans.actions.rules import action_rag, may_change
from eventapp.plans.audiences import plan_reader, plan_writer
from eventapp.plans.content import queries as lines
from eventapp.plans.content.showing import show_conflict, watching
from eventapp.plans.models import ACTION_ORIGIN_LABELS, ACTION_STATUS_LABELS, RAG_LABELS
from eventapp.plans.pages import page
from eventapp.plans.permissions import is_lived_by, may_comment

blueprint = Blueprint("plan_actions", __name__)


@blueprint.get("/plans/<reference:plan_code>/actions/")
@plan_reader
def index(plan_code: str) -> str:
    """What is open, or what is over."""
    seen = queries.plan(viewer(), plan_code)
    ended = request.args.get("show") == "ended"
    today = now().date()
    found = actions.actions(seen.plan, ended=ended)
    return page(
        "plans/actions/index.html",
        seen,
        "actions",
        rows=[(one, action_rag(one, today), may_change(seen.standing, one)) for one in found],
        context=lines.context(seen),
        ended=ended,
        status_words=ACTION_STATUS_LABELS,
        origin_labels=ACTION_ORIGIN_LABELS,
        rag_labels=RAG_LABELS,
        may_add=may_comment(seen.standing) and is_lived_by(seen.plan),
        lived=is_lived_by(seen.plan),
    )


@blueprint.route("/plans/<reference:plan_code>/actions/add", methods=["GET", "POST"])
@plan_writer
def add(plan_code: str) -> ResponseReturnValue:
    """Agrees on an action."""
    seen = queries.plan(viewer(), plan_code)
    if not may_comment(seen.standing):
        abort(403)
    form = NewActionForm()
    form.offer(lines.context(seen))

    def act() -> str:
        service.add(
            seen.plan,
            form.text.data or "",
            accountable_id=form.accountable_id.data,
            helper_id=form.helper_id.data,
            due_on=form.due(),
            standing=seen.standing,
            by=current_user,
            at=now(),
        )
        return url_for(".index", plan_code=plan_code)

    def show(_stale: bool) -> str:
        again = queries.plan(viewer(), plan_code)
        return page("plans/actions/action.html", again, "actions", form=form, action=None, has_errors=form.refused)

    return carry_out(form, act, show)


@blueprint.route("/plans/<reference:plan_code>/actions/<id:action_id>", methods=["GET", "POST"])
@plan_writer
def edit(plan_code: str, action_id: int) -> ResponseReturnValue:
    """Changes an action and says how far it is."""
    seen = queries.plan(viewer(), plan_code)
    action = actions.action(seen.plan, action_id)
    if not may_change(seen.standing, action):
        abort(403)
    form = ActionForm(obj=action)
    form.offer(lines.context(seen))
    met = watching()

    def act() -> str:
        typed = {name: form[name].data for name in form.NAMES}
        typed |= {name: typed[name] or "" for name in ("blocked_by", "evidence")}
        with met:
            service.change(seen.plan, action, typed, base=version_in(form), standing=seen.standing, by=current_user, at=now())
        return url_for(".index", plan_code=plan_code)

    def show(_stale: bool) -> str:
        again = queries.plan(viewer(), plan_code)
        there = actions.action(again.plan, action_id)
        show_conflict(form, met, there, lines.context(again).people)
        return page("plans/actions/action.html", again, "actions", form=form, action=there, has_errors=form.refused)

    return carry_out(form, act, show)
