"""Actual values beside their targets, quarter by quarter, with attainment and score."""

from flask import Blueprint, abort, flash, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from eventapp.core.clock import now
from eventapp.core.forms import ActionForm
from eventapp.core.i18n import ngettext
from eventapp.core.web.carrying import carry_out, carry_out_at_once, version_in
from eventapp.partners.audiences import viewer
from eventapp.plans import queries
from eventapp.plans.actuals import jobs, reading, service  # noqa: F401 - a job is there once it is imported
from eventapp.plans.actuals import queries as actuals
from eventapp.plans.actuals.forms import ActualForm
from eventapp.plans.actuals.permissions import is_open, may_confirm, may_enter, may_read_now, may_see_to
from eventapp.plans.actuals.rules import is_confirmed, score
from eventapp.plans.audiences import plan_reader, plan_writer
from eventapp.plans.content import queries as lines
from eventapp.plans.content.objectives import amount
from eventapp.plans.exports.downloading import FORMATS, files_of
from eventapp.plans.models import ACTUAL_SOURCE_LABELS, QUARTERS, RAG_LABELS, READ_SOURCES
from eventapp.plans.pages import page
from eventapp.plans.permissions import may_read_actuals
from eventapp.plans.rules import fiscal_name, quarter_days, quarter_of

blueprint = Blueprint("plan_actuals", __name__)


@blueprint.get("/plans/<reference:plan_code>/actuals/")
@plan_reader
def index(plan_code: str) -> str:
    """All quarters: target, actual value, attainment, and the score of each."""
    seen = queries.plan(viewer(), plan_code)
    if not may_read_actuals(seen.standing):
        abort(403)
    plan = seen.plan
    objectives, values, context = actuals.in_force(plan), actuals.actuals(plan), lines.context(seen)
    today = now().date()
    reads = any(one.source in READ_SOURCES for one in objectives)
    return page(
        "plans/actuals/index.html",
        seen,
        "actuals",
        quarters=[(n, fiscal_name(plan.period_start, n, plan.fiscal_start), score(objectives, n, values)) for n in QUARTERS],
        values=values,
        context=context,
        shown=amount,
        confirmed=is_confirmed,
        rag_labels=RAG_LABELS,
        opens=is_open(plan),
        may_enter=may_enter,
        may_confirm=may_confirm,
        reads=reads,
        read_from=READ_SOURCES,
        may_read_now=reads and is_open(plan) and may_read_now(seen.standing),
        sources=ACTUAL_SOURCE_LABELS,
        first_days={n: quarter_days(plan.period_start, n)[0] for n in QUARTERS},
        begun=quarter_of(plan.period_start, today) or (0 if today < plan.period_start else len(QUARTERS)),
        files=files_of(plan, "objectives", "actuals"),
        formats=FORMATS,
    )


@blueprint.route("/plans/<reference:plan_code>/actuals/<id:line_id>/<int(min=1, max=4):quarter>", methods=["GET", "POST"])
@plan_writer
def enter(plan_code: str, line_id: int, quarter: int) -> ResponseReturnValue:
    """Enters what was reached in a quarter."""
    seen = queries.plan(viewer(), plan_code)
    objective = actuals.objective(seen.plan, line_id)
    if not may_enter(seen.standing, objective):
        abort(403)
    found = actuals.actual(seen.plan, line_id, quarter)
    form = ActualForm(obj=found) if found is not None else ActualForm()

    def act() -> str:
        assert form.value.data is not None
        said = (form.value.data, form.note.data or "")
        values = {"standing": seen.standing, "by": current_user, "at": now()}
        service.enter(seen.plan, objective, quarter, *said, version=version_in(form), **values)
        return url_for(".index", plan_code=plan_code)

    def show(stale: bool) -> str:
        again = queries.plan(viewer(), plan_code)
        one = actuals.objective(again.plan, line_id)
        there = actuals.actual(again.plan, line_id, quarter)
        if stale:
            form.version.data, form.version.raw_data = str(there.version if there is not None else 0), None
        context = lines.context(again)
        return page(
            "plans/actuals/enter.html",
            again,
            "actuals",
            form=form,
            objective=one,
            quarter=fiscal_name(again.plan.period_start, quarter, again.plan.fiscal_start),
            target=amount(one.target(quarter), one.unit, context),
            theirs=(context.name(there.entered_by_id), amount(there.value, one.unit, context)) if stale and there else None,
            has_errors=form.refused,
        )

    return carry_out(form, act, show)


@blueprint.post("/plans/<reference:plan_code>/actuals/<id:line_id>/<int(min=1, max=4):quarter>/confirm")
@plan_writer
def confirm(plan_code: str, line_id: int, quarter: int) -> ResponseReturnValue:
    """Confirms a value for the own side."""
    seen = queries.plan(viewer(), plan_code)
    objective = actuals.objective(seen.plan, line_id)
    if not may_see_to(seen.standing, objective):
        abort(403)
    version = version_in(ActualForm())

    def act() -> None:
        service.confirm(seen.plan, objective, quarter, version=version, standing=seen.standing, by=current_user, at=now())

    return carry_out_at_once(ActionForm(), act, url_for(".index", plan_code=plan_code))


@blueprint.post("/plans/<reference:plan_code>/actuals/read")
@plan_writer
def read(plan_code: str) -> ResponseReturnValue:
    """Reads at once what is read from training and registrations; the worker does so every hour."""
    seen = queries.plan(viewer(), plan_code)
    if not may_read_now(seen.standing):
        abort(403)

    def act() -> None:
        changed = reading.read_now(seen.plan, by=current_user, at=now())
        flash(ngettext("Read; %(num)s value has changed.", "Read; %(num)s values have changed.", changed), "success")

    return carry_out_at_once(ActionForm(), act, url_for(".index", plan_code=plan_code))
