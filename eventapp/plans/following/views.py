"""The pages between one year and the next."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from flask import Blueprint, abort, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from eventapp.core.clock import now
from eventapp.core.i18n import _
from eventapp.core.web.carrying import carry_out
from eventapp.partners.audiences import viewer
from eventapp.plans import queries
from eventapp.plans.actuals import queries as actuals
from eventapp.plans.actuals.rules import Line, line
from eventapp.plans.audiences import plan_reader, plan_vendor, plan_writer
from eventapp.plans.completing import queries as lessons
from eventapp.plans.content.lines import Context
from eventapp.plans.content.objectives import amount
from eventapp.plans.following import queries as years
from eventapp.plans.following import service
from eventapp.plans.following.forms import FollowForm, TakeOverForm
from eventapp.plans.founding.service import PlanDetails
from eventapp.plans.models import LESSON_KIND_LABELS, RAG_LABELS, Actual, Objective, Plan
from eventapp.plans.pages import page
from eventapp.plans.permissions import is_lived_by, may_read_actuals
from eventapp.plans.queries import Seen
from eventapp.plans.reviews import queries as reviews
from eventapp.plans.reviews.rules import last_quarter
from eventapp.plans.rules import default_end, fiscal_name
from eventapp.plans.teams.service import Candidate

blueprint = Blueprint("plan_following", __name__)


@blueprint.route("/plans/<reference:plan_code>/next", methods=["GET", "POST"])
@plan_vendor
def follow(plan_code: str) -> ResponseReturnValue:
    """Makes next year's plan, after what comes along was shown in numbers."""
    seen = queries.plan(viewer(), plan_code)
    if not years.may_follow(viewer(), seen):
        abort(403)
    plan, at = seen.plan, now()
    start = plan.period_end + timedelta(days=1)
    values = {"title": plan.title, "period_start": start, "period_end": default_end(start)}
    form = FollowForm(data={**values, "fiscal_start": plan.fiscal_start, "currency": plan.currency})

    def act() -> str:
        details = PlanDetails(
            form.title.data or "", form.period_start.data, form.period_end.data, form.fiscal_start.data, form.currency.data
        )
        me = Candidate(current_user.display_name, user_id=current_user.id)
        made = service.follow(plan, details, founder=me, by=current_user, at=at)
        return url_for("plans.show", plan_code=made.code)

    def show(_stale: bool) -> str:
        team = queries.team(plan)
        return page(
            "plans/following/new.html",
            seen,
            "plan",
            form=form,
            may=service.may_be_followed(plan),
            there=years.follower(plan),
            people=(len(service.comes_along(plan, at)), len(team)),
            objectives=len(actuals.in_force(plan)),
            accounts=len(years.open_accounts(plan)),
            has_errors=form.refused,
        )

    return carry_out(form, act, show, said=lambda: _("Next year's plan is open. Now say what you want to reach."))


@blueprint.route("/plans/<reference:plan_code>/last-year", methods=["GET"])
@plan_reader
def last_year(plan_code: str) -> str:
    """What the plan comes from: targets and what was reached, scores, lessons, what is still open. 403 for a facilitator."""
    seen = queries.plan(viewer(), plan_code)
    if not may_read_actuals(seen.standing):
        abort(403)
    return _last_year(seen, years.last_year(seen.plan), None)


@blueprint.post("/plans/<reference:plan_code>/last-year")
@plan_writer
def take_over(plan_code: str) -> ResponseReturnValue:
    """An owner takes open actions over."""
    seen = queries.plan(viewer(), plan_code)
    if not seen.standing.is_owner:
        abort(403)
    before = years.last_year(seen.plan)
    form = _take_over_form(seen, before)

    def act() -> str:
        chosen = form.actions.data or []
        how: dict[str, Any] = {"standing": seen.standing, "by": current_user, "at": now()}
        service.take_over(seen.plan, chosen, due_on=form.due_on.data, **how)
        return url_for("plan_actions.index", plan_code=plan_code)

    def show(_stale: bool) -> str:
        again = queries.plan(viewer(), plan_code)
        return _last_year(again, years.last_year(again.plan), form)

    return carry_out(form, act, show, said=lambda: _("Taken over."))


def _context(seen: Seen, before: Plan) -> Context:
    people = {one.id: one for one in queries.team(before, former=True)}
    return Context(before, people, seen.names, seen.standing)


def _take_over_form(seen: Seen, before: Plan) -> TakeOverForm:
    form = TakeOverForm()
    form.offer(years.to_take_over(before, seen.plan), _context(seen, before))
    return form


def _reached(before: Plan, one: Objective, values: Mapping[tuple[int, int], Actual]) -> tuple[Line, str]:
    """How far an objective came, by the last quarter up to which everything is confirmed, and what that is called."""
    for quarter in range(last_quarter(before), 0, -1):
        found = line(one, quarter, values, to_date=True)
        if found.actual is not None:
            return found, fiscal_name(before.period_start, quarter, before.fiscal_start)
    return found, ""


def _last_year(seen: Seen, before: Plan, form: TakeOverForm | None) -> str:
    """The page; a form that was refused stands in it again."""
    context, values = _context(seen, before), actuals.actuals(before)
    owner = seen.standing.is_owner and is_lived_by(seen.plan)
    offered = form
    if offered is None and owner:
        offered = TakeOverForm(formdata=None)
        offered.offer(years.to_take_over(before, seen.plan), context)
    return page(
        "plans/following/last_year.html",
        seen,
        "plan",
        before=before,
        readable=years.neighbours(viewer(), seen.plan).before,
        rows=[(one, *_reached(before, one, values)) for one in actuals.in_force(before)],
        scores=[
            (fiscal_name(before.period_start, one.quarter, before.fiscal_start), float(one.score), None, None)
            for one in reviews.reviews(before)
            if one.score is not None
        ],
        lessons=[(one, False, context.name(one.member_id)) for one in lessons.lessons(before.id)],
        kinds=LESSON_KIND_LABELS,
        rag_labels=RAG_LABELS,
        shown=amount,
        context=context,
        form=offered,
        has_errors=form.refused if form is not None else False,
    )
