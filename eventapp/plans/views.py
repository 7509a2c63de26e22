"""The list of plans, a plan's first page, its own facts, and its steps."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, abort, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import format_decimal
from flask_login import current_user

from eventapp.core.clock import now
from eventapp.core.errors import RuleError
from eventapp.core.forms import ActionForm
from eventapp.core.i18n import _, _l
from eventapp.core.web.audiences import may_open
from eventapp.core.web.carrying import carry_out, carry_out_at_once, version_in
from eventapp.partners.audiences import viewer
from eventapp.plans import listing, queries, steps
from eventapp.plans.audiences import plan_reader, plan_writer
from eventapp.plans.comments import queries as comments
from eventapp.plans.content import checking, editing  # noqa: F401 - the checks are there once they are imported
from eventapp.plans.content.showing import show_conflict, watching
from eventapp.plans.following.queries import neighbours
from eventapp.plans.forms import CancelForm, PlanForm
from eventapp.plans.founding.changing import may_change_partner
from eventapp.plans.models import (
    AMENDMENT_LABELS,
    ENDED_PLANS,
    KIND_LABELS,
    PLAN_STATUS_LABELS,
    RAG_LABELS,
    Confidentiality,
    Plan,
    PlanStatus,
    SectionState,
)
from eventapp.plans.now import now_of
from eventapp.plans.pages import STEPS, list_tabs, page
from eventapp.plans.permissions import is_writable, may_change_plan, may_read_actuals
from eventapp.plans.queries import Seen
from eventapp.plans.room.checking import WORKSHOP
from eventapp.plans.rules import fiscal_name, period_problem
from eventapp.plans.sharing import queries as sharing
from eventapp.plans.teams.checking import TEAM

blueprint = Blueprint("plans", __name__)
# Steps that an owner takes here; signing and reviews take the others.
BUTTONS: dict[PlanStatus, Any] = {
    PlanStatus.WORKSHOP: _l("Into the workshop"),
    PlanStatus.FINAL_REVIEW: _l("Into the final review"),
}


@blueprint.get("/plans/")
@plan_reader
def index() -> str:
    """The plans whose teams the visitor belongs to; all of them for auditors."""
    found, standing = listing.plans(viewer(), url_for(".index"), request.args, now())
    return render_template(
        "plans/index.html",
        listing=found,
        standing=standing,
        rag_labels=RAG_LABELS,
        may_found=may_open("plan_founding.choose"),
        shared=sharing.are_shared(viewer()),
        status_labels=PLAN_STATUS_LABELS,
        amendment_labels=AMENDMENT_LABELS,
        ended=ENDED_PLANS,
        kind_labels=KIND_LABELS,
        **list_tabs(),
    )


@blueprint.get("/plans/<reference:plan_code>/")
@plan_reader
def show(plan_code: str) -> str:
    """What the plan says, section by section, who makes it, and what the next step lacks."""
    seen = queries.plan(viewer(), plan_code)
    plan = seen.plan
    told, everybody = comments.with_open(plan), queries.team(plan, former=True)
    sections = [one.section for one in told]
    missing = _missing(plan, {one.key: one.title for one in sections})
    lacks = sum(len(lines) for _title, _url, lines in missing)
    forward, back = _steps(plan) if may_change_plan(seen.standing) else (None, None)
    in_force = plan.status is PlanStatus.ACTIVE and plan.suspended_at is None
    return page(
        "plans/show.html",
        seen,
        "plan",
        told=told,
        agreed=sum(one.state is SectionState.AGREED for one in sections),
        team=[one for one in everybody if one.left_at is None],
        steps=STEPS,
        is_suspended=plan.suspended_at is not None and plan.status not in ENDED_PLANS,
        names={one.id: one.name for one in everybody},
        box=now_of(plan, seen.standing, everybody, {one.id: one.title for one in sections}, now()),
        rag_labels=RAG_LABELS,
        review_name=lambda one: fiscal_name(plan.period_start, one.quarter, plan.fiscal_start),
        number=format_decimal,
        forward=None if missing else forward,
        back=back,
        may_be_ready=may_change_plan(seen.standing) and plan.status is PlanStatus.FINAL_REVIEW and not missing,
        may_amend=may_change_plan(seen.standing) and in_force and plan.amendment is None,
        missing=missing,
        lacks=lacks,
        reads_actuals=may_read_actuals(seen.standing),
        # Before a plan is in force nothing follows it.
        years=neighbours(viewer(), plan) if plan.status in (PlanStatus.ACTIVE, PlanStatus.COMPLETED) else None,
        quarters=[fiscal_name(plan.period_start, n, plan.fiscal_start) for n in (1, 4)],
        may_edit=may_change_plan(seen.standing) and is_writable(plan),
        may_change_partner=may_open("plan_founding.choose_partner") and may_change_partner(plan, seen.standing),
        may_cancel=may_change_plan(seen.standing) and steps.may_be_cancelled(plan),
    )


def _steps(plan: Plan) -> tuple[tuple[PlanStatus, Any] | None, tuple[PlanStatus, Any] | None]:
    """The step forward and the step back that an owner may take here, with their words; none while it is suspended."""
    if plan.suspended_at is not None:
        return None, None
    if plan.status is PlanStatus.FINAL_REVIEW:
        return None, (PlanStatus.WORKSHOP, _("Back into the workshop"))
    ahead = {PlanStatus.DRAFT: PlanStatus.WORKSHOP, PlanStatus.WORKSHOP: PlanStatus.FINAL_REVIEW}.get(plan.status)
    return (ahead, BUTTONS[ahead]) if ahead is not None else None, None


def _missing(plan: Plan, titles: Mapping[str, str]) -> list[tuple[str, str, list[tuple[str, str]]]]:
    """What the plan lacks for its next step: by section, with its page, and each line with the page of its row if it has one."""
    if plan.suspended_at is not None:
        return []
    after = {PlanStatus.DRAFT: PlanStatus.WORKSHOP, PlanStatus.WORKSHOP: PlanStatus.FINAL_REVIEW}.get(
        plan.status, PlanStatus.IN_SIGNATURE
    )
    found: dict[str, list[tuple[str, str]]] = {}
    for key, row_id, text in steps.missing(plan, after):
        where: dict[str, Any] = {"plan_code": plan.code, "section_key": key, "line_id": row_id}
        found.setdefault(key, []).append((text, url_for("plan_sections.edit", **where) if row_id is not None else ""))
    # What comes before the workshop begins stands on its page, what is lacking in it is mended in the room.
    workshop = "plan_workshop.index" if plan.status is PlanStatus.DRAFT else "plan_room.show"
    elsewhere = {
        TEAM: (_("Teams"), url_for("plan_teams.index", plan_code=plan.code)),
        WORKSHOP: (_("Workshop"), url_for(workshop, plan_code=plan.code)),
    }
    return [
        (*((titles[key], _section_url(plan, key)) if key in titles else elsewhere[key]), lines) for key, lines in found.items()
    ]


def _section_url(plan: Plan, key: str) -> str:
    return url_for("plan_sections.show", plan_code=plan.code, section_key=key)


def _for_owner(plan_code: str) -> Seen:
    """The plan for one of its owners. Raises NotFoundError, and 403 for everybody else who reads it."""
    seen = queries.plan(viewer(), plan_code)
    if not may_change_plan(seen.standing):
        abort(403)
    return seen


@blueprint.route("/plans/<reference:plan_code>/edit", methods=["GET", "POST"])
@plan_writer
def edit(plan_code: str) -> ResponseReturnValue:
    """Changes the plan's own facts and its summary."""
    seen = _for_owner(plan_code)
    plan = seen.plan
    form = PlanForm(data={name: getattr(plan, name) for name in (*plan.fields, "version")})
    met = watching()

    def act() -> str:
        typed = {name: form[name].data for name in plan.fields}
        typed["confidentiality"] = Confidentiality(typed["confidentiality"])
        if problem := period_problem(typed["period_start"], typed["period_end"]):
            form[problem.field].errors = [problem.text]
            raise RuleError(problem.text, problem.field, 422)
        with met:
            editing.change(plan, None, plan, typed, base=version_in(form), standing=seen.standing, by=current_user, at=now())
        return url_for(".show", plan_code=plan_code)

    def show_again(_stale: bool) -> str:
        again = queries.plan(viewer(), plan_code)
        show_conflict(form, met, again.plan, {one.id: one for one in queries.team(again.plan, former=True)})
        return page("plans/edit.html", again, "plan", form=form, has_errors=form.refused)

    return carry_out(form, act, show_again)


@blueprint.post("/plans/<reference:plan_code>/move/<any(workshop, final_review):step>")
@plan_writer
def move(plan_code: str, step: str) -> ResponseReturnValue:
    """Takes a step, or says what is missing for it."""
    seen = _for_owner(plan_code)
    back = url_for(".show", plan_code=plan_code)
    return carry_out_at_once(ActionForm(), lambda: steps.move(seen.plan, PlanStatus(step), by=current_user, at=now()), back)


@blueprint.route("/plans/<reference:plan_code>/cancel", methods=["GET", "POST"])
@plan_writer
def cancel(plan_code: str) -> ResponseReturnValue:
    """Gives the plan up."""
    seen = _for_owner(plan_code)
    form = CancelForm()

    def act() -> str:
        steps.cancel(seen.plan, form.reason.data or "", by=current_user, at=now())
        return url_for(".show", plan_code=plan_code)

    def show_again(_stale: bool) -> str:
        return page("plans/cancel.html", queries.plan(viewer(), plan_code), "plan", form=form, has_errors=form.refused)

    return carry_out(form, act, show_again, said=lambda: _("The plan is cancelled."))
