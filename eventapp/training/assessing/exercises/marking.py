"""Pages of trainers about recordings: hearing and marking them."""

from flask import Blueprint, Response, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from eventapp.core.clock import now
from eventapp.core.db import db
from eventapp.core.errors import NotFoundError
from eventapp.core.forms import ActionForm, Form
from eventapp.core.i18n import _
from eventapp.core.web.audiences import may_open
from eventapp.core.web.carrying import carry_out, carry_out_at_once, version_in
from eventapp.partners.audiences import viewer
from eventapp.training import queries as training
from eventapp.training.assessing import outcomes, queries, rules
from eventapp.training.assessing.exercises import forms, recordings, service
from eventapp.training.audiences import run_reader, trainer
from eventapp.training.models import Enrolment, Run, Submission
from eventapp.training.runs.pages import page

blueprint = Blueprint("marking", __name__)


def _of(run: Run, submission_id: int) -> Submission:
    """A recording of a run. Raises NotFoundError."""
    query = select(Submission).join(Submission.enrolment).where(Enrolment.run_id == run.id, Submission.id == submission_id)
    whose = joinedload(Submission.enrolment)
    found = db.session.scalar(query.options(whose.joinedload(Enrolment.person), whose.joinedload(Enrolment.organisation)))
    if found is None:
        raise NotFoundError(submission_id)
    return found


@blueprint.get("/teach/<id:run_id>/recordings/<id:submission_id>")
@run_reader
def show(run_id: int, submission_id: int) -> str:
    """A recording with its marks, and the form to mark it."""
    run = training.run_to_teach(viewer(), run_id)
    submission = _of(run, submission_id)
    form = forms.mark_form(queries.rubric(run.version_id), submission)
    return _page(run, submission, form)


@blueprint.post("/teach/<id:run_id>/recordings/<id:submission_id>")
@trainer
def mark(run_id: int, submission_id: int) -> ResponseReturnValue:
    """Marks a recording; with "next" the next one that waits comes after it."""
    run = training.run_to_give(viewer(), run_id)
    submission = _of(run, submission_id)
    criteria = queries.rubric(run.version_id)
    form = forms.mark_form(criteria, submission)

    def act() -> str:
        given = forms.marks_in(form, criteria)
        seen = service.Seen(form["key"].data or "", version_in(form))
        service.mark(submission, given, form["comment"].data or "", seen, by=current_user, at=now())
        following = next(iter(waiting(run)), None) if "next" in request.form else None
        if following is not None:
            return url_for(".show", run_id=run_id, submission_id=following)
        return url_for("run_results.show", run_id=run_id)

    def show_again(stale: bool) -> str:
        run = training.run_to_give(viewer(), run_id)
        submission = _of(run, submission_id)
        if stale:
            form["version"].data, form["key"].data = str(submission.version), submission.key
        return _page(run, submission, form, stale=stale)

    return carry_out(form, act, show_again)


@blueprint.post("/teach/<id:run_id>/recordings/<id:submission_id>/unmark")
@trainer
def unmark(run_id: int, submission_id: int) -> ResponseReturnValue:
    """Takes the marks back, so that the recording waits again."""
    submission = _of(training.run_to_give(viewer(), run_id), submission_id)
    form = ActionForm()
    version = request.form.get("version", "")
    number = int(version) if version.isascii() and version.isdigit() and len(version) < 10 else 0
    seen = service.Seen(request.form.get("key", ""), number)
    back = url_for(".show", run_id=run_id, submission_id=submission_id)
    said = _("The marks are taken back.")
    return carry_out_at_once(form, lambda: service.unmark(submission, seen, by=current_user, at=now()), back, said)


@blueprint.get("/teach/<id:run_id>/recordings/<id:submission_id>/recording")
@run_reader
def recording(run_id: int, submission_id: int) -> Response:
    """The recording itself, to be played or saved."""
    submission = _of(training.run_to_teach(viewer(), run_id), submission_id)
    return recordings.send(submission)


def waiting(run: Run) -> list[int]:
    """The recordings of a run that wait for their marks, oldest first, by id."""
    query = select(Submission.id).join(Submission.enrolment).where(Enrolment.run_id == run.id, Submission.marked_at.is_(None))
    return list(db.session.scalars(query.order_by(Submission.handed_in_at, Submission.id)))


def _page(run: Run, submission: Submission, form: Form, *, stale: bool = False) -> str:
    criteria = queries.rubric(run.version_id)
    return page(
        "training/assessing/exercises/mark.html",
        run,
        "results",
        course=run.course_version,
        submission=submission,
        form=form,
        lines=[(one, form[f"points_{one.id}"], form[f"comment_{one.id}"]) for one in criteria],
        points=outcomes.points_of(submission),
        percent=rules.percent,
        stale=stale,
        may_mark=may_open("marking.mark"),
        left=[one for one in waiting(run) if one != submission.id],
        has_errors=form.refused,
    )
