"""The practical exercise behind one's own secret link: what is asked, the recordings handed in, their marks."""

from typing import Any

from flask import Blueprint, Response, jsonify, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response as BaseResponse

from eventapp.core.clock import now
from eventapp.core.errors import NotFoundError, RuleError
from eventapp.core.i18n import _
from eventapp.core.web import uploads
from eventapp.core.web.audiences import public
from eventapp.core.web.carrying import carry_out
from eventapp.training.assessing import outcomes, pages, queries, rules
from eventapp.training.assessing.exercises import recordings, service
from eventapp.training.assessing.exercises.forms import HandInForm
from eventapp.training.models import Enrolment

blueprint = Blueprint("exercise", __name__)
blueprint.after_request(pages.keep_secret)


@blueprint.url_value_preprocessor
def _allow_a_recording(endpoint: str | None, values: dict[str, Any] | None) -> None:
    """Where a recording may be handed in, more may be sent than a form: of whoever may do so, and as much as is set."""
    if endpoint == "exercise.show" and values:
        uploads.allow(recordings.most_bytes() + recordings.FORM_BYTES, lambda: _may_send(values["token"], values["run_id"]))


def _may_send(token: str, run_id: int) -> bool:
    try:
        enrolment = _load(token, run_id)
    except NotFoundError:
        return False
    return not rules.blockers(queries.facts_of_submissions(enrolment, queries.submissions(enrolment.id)), now())


def _load(token: str, run_id: int) -> Enrolment:
    """An enrolment whose course has a practical exercise."""
    enrolment = queries.by_token(token, run_id)
    if not enrolment.run.course_version.exercise:
        raise NotFoundError(run_id)
    return enrolment


@blueprint.route("/r/<token:token>/course/<id:run_id>/exercise", methods=["GET", "POST"])
@public
def show(token: str, run_id: int) -> ResponseReturnValue:
    """What the exercise asks for, with the form to hand in; what was handed in, and how it was marked."""
    enrolment = _load(token, run_id)
    form = HandInForm()

    def act() -> str:
        file = request.files.get("file")
        if file is None or not file.filename:
            raise RuleError(_("Choose a recording."), "file", 422)
        found = recordings.received(file.filename, file.stream)
        service.hand_in(enrolment, found, form.note.data or "", by=pages.holder(enrolment), at=now())
        return url_for(".show", token=token, run_id=run_id)

    def said() -> str:
        return _("Handed in. We write to you when it is marked.")

    answer = carry_out(form, act, lambda _stale: _page(token, run_id, form), said=said)
    if isinstance(answer, BaseResponse) and "X-By-Script" in request.headers:
        # The script that shows how far it is goes there itself: else it would read what is said to the person.
        return jsonify(location=answer.location)
    return answer


def _page(token: str, run_id: int, form: HandInForm) -> str:
    enrolment = _load(token, run_id)
    handed = queries.submissions(enrolment.id)
    facts = queries.facts_of_submissions(enrolment, handed)
    return render_template(
        "training/assessing/exercises/show.html",
        **pages.context(enrolment),
        handed=handed,
        points_of=outcomes.points_of,
        percent=rules.percent,
        criteria=queries.rubric(enrolment.run.version_id),
        facts=facts,
        blockers=rules.blockers(facts, now()),
        form=form,
        most_mb=recordings.most_bytes() // 1_000_000,
        has_errors=form.refused,
    )


@blueprint.get("/r/<token:token>/course/<id:run_id>/exercise/<token:recording_key>")
@public
def recording(token: str, run_id: int, recording_key: str) -> Response:
    """One's own recording, to be played or saved."""
    enrolment = _load(token, run_id)
    found = next((one for one in queries.submissions(enrolment.id) if one.key == recording_key), None)
    if found is None:
        raise NotFoundError(recording_key)
    return recordings.send(found)
