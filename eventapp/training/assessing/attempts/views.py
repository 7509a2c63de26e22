"""The assessment behind one's own secret link: how it stands, an attempt, its result."""

from datetime import datetime

from flask import Blueprint, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from eventapp.core.clock import now
from eventapp.core.errors import NotFoundError
from eventapp.core.forms import ActionForm, Form
from eventapp.core.i18n import _, ngettext
from eventapp.core.saving import saving
from eventapp.core.web.audiences import public
from eventapp.core.web.carrying import carry_out, carry_out_at_once, version_in
from eventapp.training.assessing import pages, queries, rules
from eventapp.training.assessing.attempts import (
    forms,
    jobs,  # noqa: F401 - the worker knows it from here on
    service,
)
from eventapp.training.models import AssessmentAttempt, Enrolment

blueprint = Blueprint("assessment", __name__)
blueprint.after_request(pages.keep_secret)


def _load(token: str, run_id: int) -> Enrolment:
    """An enrolment whose course has an assessment."""
    enrolment = queries.by_token(token, run_id)
    if enrolment.run.course_version.pass_mark is None:
        raise NotFoundError(run_id)
    return enrolment


def _attempt(enrolment: Enrolment, number: int) -> AssessmentAttempt:
    found = next((one for one in queries.attempts(enrolment.id) if one.number == number), None)
    if found is None:
        raise NotFoundError(number)
    return found


@blueprint.get("/r/<token:token>/course/<id:run_id>/assessment")
@public
def show(token: str, run_id: int) -> str:
    """What the assessment asks for, what was tried, and the way to begin or to go on."""
    enrolment, at = _load(token, run_id), now()
    tried = queries.attempts(enrolment.id)
    pool = queries.pool(enrolment.run.version_id)
    facts = queries.facts_of_attempts(enrolment, tried, asks=bool(pool))
    return render_template(
        "training/assessing/attempts/show.html",
        **pages.context(enrolment),
        attempts=tried,
        percent=rules.percent,
        open=next((one for one in tried if one.submitted_at is None), None),
        asked=min(enrolment.run.course_version.drawn or len(pool), len(pool)),
        facts=facts,
        blockers=rules.blockers(facts, at),
        late=rules.is_late,
        now=at,
    )


@blueprint.post("/r/<token:token>/course/<id:run_id>/assessment/start")
@public
def start(token: str, run_id: int) -> ResponseReturnValue:
    """Begins an attempt, or leads on to the one under way."""
    enrolment = _load(token, run_id)
    with saving(ActionForm()) as saved:
        made = service.start(enrolment, by=pages.holder(enrolment), at=now())
        saved.location = url_for(".attempt", token=token, run_id=run_id, attempt_number=made.number)
    if saved.error is not None:
        flash(saved.error.message, "danger")
    return redirect(saved.location or url_for(".show", token=token, run_id=run_id))


@blueprint.route("/r/<token:token>/course/<id:run_id>/assessment/<id:attempt_number>", methods=["GET", "POST"])
@public
def attempt(token: str, run_id: int, attempt_number: int) -> ResponseReturnValue:
    """The questions of an attempt with the answers saved so far; once it is handed in, what came of it."""
    enrolment, at = _load(token, run_id), now()
    one, here = _attempt(enrolment, attempt_number), url_for(".attempt", **request.view_args or {})
    if one.submitted_at is not None:
        if request.method == "POST":
            flash(_("This attempt has been handed in already."), "info")
            return redirect(here)
        return _result(enrolment, one)
    if rules.is_late(one.due_at, at):
        return _over(enrolment, one, here, at)
    form = forms.attempt_form(one)
    hands_in = request.form.get("hand_in", "")

    def act() -> str:
        answers = forms.answers_in(form, one.questions)
        if hands_in == "anyway" or (hands_in and len(answers) == len(one.questions)):
            service.submit(enrolment, one, answers, version_in(form), by=pages.holder(enrolment), at=now())
            return here
        service.save(one, answers, version_in(form), at=now())
        return f"{here}?open=yes" if hands_in else here

    def said() -> str:
        return _("Handed in.") if one.submitted_at is not None else _("Your answers are saved.")

    return carry_out(form, act, lambda stale: _questions(token, run_id, attempt_number, form, stale), said=said)


@blueprint.post("/r/<token:token>/course/<id:run_id>/assessment/<id:attempt_number>/save")
@public
def save(token: str, run_id: int, attempt_number: int) -> ResponseReturnValue:
    """Keeps the answers while somebody goes on, for the page's own script; says what it could not keep and why."""
    one = _attempt(_load(token, run_id), attempt_number)
    form = forms.attempt_form(one)
    if not form.validate_on_submit():
        return jsonify(message=_("Not saved. Press Save.")), 422
    with saving(ActionForm()) as saved:
        one = service.save(one, forms.answers_in(form, one.questions), version_in(form), at=now())
        saved.location = "-"
    if saved.error is not None:
        return jsonify(message=saved.error.message), saved.error.status
    return jsonify(version=one.version, answered=len(one.answers), message=_("Saved"))


def _questions(token: str, run_id: int, attempt_number: int, form: Form, stale: bool) -> str:
    enrolment = _load(token, run_id)
    one = _attempt(enrolment, attempt_number)
    elsewhere = {}
    if stale:
        typed = forms.answers_in(form, one.questions)
        elsewhere = {
            question["id"]: _texts(question, one.answers.get(str(question["id"]), []))
            for question in one.questions
            if one.answers.get(str(question["id"]), []) != sorted(typed.get(str(question["id"]), []))
        }
        form["version"].data = str(one.version)
    left = len(one.questions) - len(one.answers)
    return render_template(
        "training/assessing/attempts/attempt.html",
        **pages.context(enrolment),
        attempt=one,
        form=form,
        fields=[(question, form[f"q{question['id']}"]) for question in one.questions],
        elsewhere=elsewhere,
        left=left if "open" in request.args else 0,
        now=now(),
        has_errors=form.refused,
    )


def _texts(question: dict[str, object], keys: list[str]) -> list[str]:
    options = question["options"]
    assert isinstance(options, list)
    return [option["text"] for option in options if option["key"] in keys]


def _over(enrolment: Enrolment, one: AssessmentAttempt, here: str, at: datetime) -> ResponseReturnValue:
    """The time is over: nothing can be answered any more, and what was saved is scored, by the button if not by the worker."""
    if request.method == "POST":
        by = pages.holder(enrolment)
        said = _("The time was over. What was saved in time counts.")
        return carry_out_at_once(ActionForm(), lambda: service.submit(enrolment, one, {}, 0, by=by, at=at), here, said)
    return render_template("training/assessing/attempts/over.html", **pages.context(enrolment), attempt=one)


def _result(enrolment: Enrolment, one: AssessmentAttempt) -> str:
    tried = queries.attempts(enrolment.id)
    facts = queries.facts_of_attempts(enrolment, tried)
    explained = facts.passed or facts.used >= facts.most
    left = facts.most - facts.used
    return render_template(
        "training/assessing/attempts/result.html",
        **pages.context(enrolment),
        attempt=one,
        percent=rules.percent(one.points or 0, one.most),
        explained=explained,
        lines=[
            (
                question,
                one.answers.get(str(question["id"]), []),
                rules.is_right(question, one.answers.get(str(question["id"]), [])),
            )
            for question in one.questions
        ]
        if explained
        else [],
        left=ngettext("%(num)s attempt is left.", "%(num)s attempts are left.", left) if not explained else "",
    )
