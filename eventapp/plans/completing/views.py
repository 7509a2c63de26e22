"""The pages at the end of a plan."""

from flask import Blueprint, abort, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from eventapp.core.clock import now
from eventapp.core.forms import ActionForm
from eventapp.core.i18n import _
from eventapp.core.web.carrying import carry_out, carry_out_at_once
from eventapp.partners.audiences import viewer
from eventapp.plans import queries
from eventapp.plans.audiences import plan_reader, plan_writer
from eventapp.plans.completing import queries as lessons_of
from eventapp.plans.completing import service
from eventapp.plans.completing.forms import LessonForm
from eventapp.plans.content import queries as lines
from eventapp.plans.models import LESSON_KIND_LABELS
from eventapp.plans.pages import page
from eventapp.plans.permissions import may_change_plan, may_comment, may_read_actuals, same_person
from eventapp.plans.queries import Seen

blueprint = Blueprint("plan_completing", __name__)


@blueprint.post("/plans/<reference:plan_code>/complete")
@plan_writer
def complete(plan_code: str) -> ResponseReturnValue:
    """An owner completes the plan."""
    seen = queries.plan(viewer(), plan_code)
    if not may_change_plan(seen.standing):
        abort(403)
    said = _("The plan is completed. Both teams are asked what they learnt.")
    back = url_for("plan_reviews.index", plan_code=plan_code)
    return carry_out_at_once(ActionForm(), lambda: service.complete(seen.plan, by=current_user, at=now()), back, said)


@blueprint.get("/plans/<reference:plan_code>/lessons/")
@plan_reader
def lessons(plan_code: str) -> str:
    """What both sides have learnt, by kind. 403 for a facilitator, who reads nothing of what a plan has reached."""
    seen = queries.plan(viewer(), plan_code)
    if not may_read_actuals(seen.standing):
        abort(403)
    context = lines.context(seen)
    found = []
    for one in lessons_of.lessons(seen.plan.id):
        writer = context.people[one.member_id]
        found.append((one, same_person(writer, seen.standing.member), writer.name))
    return page(
        "plans/completing/lessons.html",
        seen,
        "reviews",
        kinds=LESSON_KIND_LABELS,
        rows=found,
        may_add=may_comment(seen.standing) and service.learns(seen.plan),
    )


def _member(plan_code: str) -> Seen:
    seen = queries.plan(viewer(), plan_code)
    if not may_comment(seen.standing):
        abort(403)
    return seen


@blueprint.route("/plans/<reference:plan_code>/lessons/add", methods=["GET", "POST"])
@plan_writer
def add(plan_code: str) -> ResponseReturnValue:
    """Writes a lesson down."""
    seen = _member(plan_code)
    form = LessonForm()

    def act() -> str:
        said = (form.kind.data, form.text.data or "")
        service.add_lesson(seen.plan, *said, standing=seen.standing, by=current_user, at=now())
        return url_for(".lessons", plan_code=plan_code)

    def show(_stale: bool) -> str:
        return page("plans/completing/lesson.html", seen, "reviews", form=form, has_errors=form.refused)

    return carry_out(form, act, show)


@blueprint.post("/plans/<reference:plan_code>/lessons/<id:lesson_id>/remove")
@plan_writer
def remove(plan_code: str, lesson_id: int) -> ResponseReturnValue:
    """Takes the own lesson out."""
    seen = _member(plan_code)
    lesson = lessons_of.lesson(seen.plan, lesson_id)

    def act() -> None:
        service.remove_lesson(seen.plan, lesson, standing=seen.standing, by=current_user, at=now())

    return carry_out_at_once(ActionForm(), act, url_for(".lessons", plan_code=plan_code), _("Removed."))
