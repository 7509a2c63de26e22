"""One's own page about a course: what there is to do, how it stands, and the way to it from the registration."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from eventapp.core.clock import now
from eventapp.core.errors import NotFoundError
from eventapp.core.web.audiences import public, signed_in
from eventapp.events.models import EventStatus
from eventapp.partners.audiences import viewer
from eventapp.registrations import hooks
from eventapp.registrations import queries as registrations
from eventapp.registrations.models import Registration
from eventapp.training import queries as training
from eventapp.training.assessing import pages, queries
from eventapp.training.assessing.feedback.queries import said
from eventapp.training.assessing.feedback.rules import Stage, may_answer, stage
from eventapp.training.models import (
    ATTENDANCE_LABELS,
    AssessmentAttempt,
    CourseFeedback,
    Enrolment,
    EnrolmentState,
    Run,
    Submission,
)

blueprint = Blueprint("course_own", __name__)
blueprint.after_request(pages.keep_secret)


class Todo(NamedTuple):
    """How a run stands for somebody: what was tried, and what may be said of it now."""

    enrolment: Enrolment
    starts_at: datetime | None
    attempts: Sequence[AssessmentAttempt]
    submissions: Sequence[Submission]
    stage: Stage | None
    said: CourseFeedback | None

    @property
    def run(self) -> Run:
        """The run that they are enrolled in."""
        return self.enrolment.run

    @property
    def answered(self) -> bool:
        """Whether they have said what is asked now."""
        if self.said is None:
            return False
        return self.said.used_at is not None if self.stage is Stage.LATER else True


def _todo(enrolment: Enrolment, at: datetime) -> Todo:
    run, version = enrolment.run, enrolment.run.course_version
    slots = training.slots_of([run])[run.id]
    open_now = stage(slots[-1].ends_at if slots else None, version.follow_up_days, at)
    if not may_answer(enrolment.state, enrolment.attendance, run.event.status):
        open_now = None
    return Todo(
        enrolment,
        slots[0].starts_at if slots else None,
        queries.attempts(enrolment.id) if version.pass_mark is not None else [],
        queries.submissions(enrolment.id) if version.exercise else [],
        open_now,
        said(enrolment.id) if open_now is not None else None,
    )


@blueprint.get("/r/<token:token>/course")
@public
def index(token: str) -> str:
    """The courses of a registration: assessment, exercise, what one may say."""
    registration = registrations.by_token(token)
    found = [_todo(enrolment, now()) for enrolment in queries.of_token(token)]
    if not found:
        raise NotFoundError
    return render_template(
        "training/assessing/own/index.html",
        registration=registration,
        token=token,
        found=found,
        now=now(),
        attendance_labels=ATTENDANCE_LABELS,
        stages=Stage,
    )


@blueprint.get("/my/training/<id:enrolment_id>/<any(registration, course, assessment, exercise, feedback):page>")
@signed_in
def mine(enrolment_id: int, page: str) -> ResponseReturnValue:
    """Leads somebody who is signed in to the pages of their own registration."""
    enrolment = queries.of_login(viewer(), enrolment_id)
    endpoints = {"assessment": "assessment.show", "exercise": "exercise.show", "feedback": "course_feedback.give"}
    token = enrolment.registration.token
    if page in endpoints:
        return redirect(url_for(endpoints[page], token=token, run_id=enrolment.run_id))
    return redirect(url_for("registrations_link.show" if page == "registration" else ".index", token=token))


def block(registration: Registration, at: datetime) -> Markup:
    """The way from the registration to the course. One query where the event has no run that they are enrolled in."""
    if at < registration.event.starts_at or registration.event.status is EventStatus.CANCELLED:
        return Markup()
    found = [one for one in queries.of_token(registration.token) if one.state is EnrolmentState.ENROLLED]
    if not found:
        return Markup()
    html = render_template("training/assessing/own/_block.html", token=registration.token, found=found)
    return Markup(html)  # noqa: S704 - made by a template of ours


hooks.OWN_PAGE.append(block)
