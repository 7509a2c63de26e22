"""Comments beside a section: writing them, and marking them as done. They are read on the section's page."""

from flask import Blueprint, abort, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from eventapp.core.clock import now
from eventapp.core.forms import ActionForm
from eventapp.core.web.carrying import carry_out, carry_out_at_once
from eventapp.partners.audiences import viewer
from eventapp.plans import queries
from eventapp.plans.audiences import plan_writer
from eventapp.plans.comments import queries as comments
from eventapp.plans.comments import service
from eventapp.plans.comments.forms import CommentForm
from eventapp.plans.models import PlanMember, PlanSection
from eventapp.plans.pages import page
from eventapp.plans.queries import Seen

blueprint = Blueprint("plan_comments", __name__)


def _section(plan_code: str, section_key: str) -> tuple[Seen, PlanSection, PlanMember]:
    """The section for somebody of the teams; 403 for whoever reads the plan without belonging to one."""
    seen = queries.plan(viewer(), plan_code)
    if seen.standing.member is None:
        abort(403)
    return seen, queries.section(seen.plan, section_key), seen.standing.member


def _back(plan_code: str, section_key: str) -> str:
    return url_for("plan_sections.show", plan_code=plan_code, section_key=section_key, _anchor="comments")


@blueprint.route("/plans/<reference:plan_code>/sections/<slug:section_key>/comments/add", methods=["GET", "POST"])
@plan_writer
def add(plan_code: str, section_key: str) -> ResponseReturnValue:
    """Says something about the section."""
    seen, section, me = _section(plan_code, section_key)
    form = CommentForm()

    def act() -> str:
        service.write(seen.plan, section, form.text.data or "", member=me, by=current_user, at=now())
        return _back(plan_code, section_key)

    def show(_stale: bool) -> str:
        again, there, _me = _section(plan_code, section_key)
        return page("plans/comments/add.html", again, "plan", section=there, form=form, has_errors=form.refused)

    return carry_out(form, act, show)


@blueprint.post(
    "/plans/<reference:plan_code>/sections/<slug:section_key>/comments/<id:plan_comment_id>/<any(done, open):comment_state>"
)
@plan_writer
def mark(plan_code: str, section_key: str, plan_comment_id: int, comment_state: str) -> ResponseReturnValue:
    """Marks a comment as dealt with, or as open again."""
    seen, section, _me = _section(plan_code, section_key)
    found = comments.comment(section, plan_comment_id)

    def act() -> None:
        service.mark(seen.plan, found, done=comment_state == "done", at=now())

    return carry_out_at_once(ActionForm(), act, _back(plan_code, section_key))
