"""Saying something about a run, behind one's own secret link."""

from flask import Blueprint, render_template, url_for
from flask.typing import ResponseReturnValue

from eventapp.core.clock import now
from eventapp.core.errors import NotFoundError
from eventapp.core.i18n import _
from eventapp.core.web.audiences import public
from eventapp.core.web.carrying import carry_out
from eventapp.training.assessing import pages, queries
from eventapp.training.assessing.feedback import (
    forms,
    jobs,  # noqa: F401 - the worker knows it from here on
    service,
)
from eventapp.training.assessing.feedback import queries as answers
from eventapp.training.assessing.feedback.rules import LEAST, NPS, ONE_TO_FIVE, Stage, may_answer, stage
from eventapp.training.models import Enrolment

blueprint = Blueprint("course_feedback", __name__)
blueprint.after_request(pages.keep_secret)


@blueprint.route("/r/<token:token>/course/<id:run_id>/feedback", methods=["GET", "POST"])
@public
def give(token: str, run_id: int) -> ResponseReturnValue:
    """What is asked at this moment: how it was, or weeks later what is used of it."""
    enrolment, open_now = _load(token, run_id)
    said = answers.said(enrolment.id)
    form = forms.after_form(said) if open_now is Stage.AFTER else forms.later_form(said)

    def act() -> str:
        by = pages.holder(enrolment)
        if open_now is Stage.AFTER:
            values = {name: forms.number_in(form, name) for name in (*ONE_TO_FIVE, NPS)}
            service.give(enrolment, values, form["comment"].data or "", by=by, at=now())
        else:
            used, comment = forms.number_in(form, "used"), form["used_comment"].data or ""
            service.follow_up(enrolment, used, comment, by=by, at=now())
        return url_for("course_own.index", token=token)

    def show(_stale: bool) -> str:
        enrolment = queries.by_token(token, run_id)
        names = [*ONE_TO_FIVE, NPS, "comment"] if open_now is Stage.AFTER else ["used", "used_comment"]
        return render_template(
            "training/assessing/feedback/give.html",
            **pages.context(enrolment),
            later=open_now is Stage.LATER,
            form=form,
            fields=[form[name] for name in names],
            least=LEAST,
            has_errors=form.refused,
        )

    return carry_out(form, act, show, said=lambda: _("Thank you."))


def _load(token: str, run_id: int) -> tuple[Enrolment, Stage]:
    """The enrolment, and what is asked now. Raises NotFoundError while nothing is."""
    enrolment = queries.by_token(token, run_id)
    run = enrolment.run
    open_now = stage(queries.ends_at(run), run.course_version.follow_up_days, now())
    if open_now is None or not may_answer(enrolment.state, enrolment.attendance, run.event.status):
        raise NotFoundError(run_id)
    return enrolment, open_now
