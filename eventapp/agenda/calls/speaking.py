"""The page of a speaker, behind the secret link: sessions to confirm, what is still owed, what the agenda says."""

from typing import Any

from flask import Blueprint, Response, render_template, request, url_for
from flask.typing import ResponseReturnValue

from eventapp.accounts.throttling import count_try
from eventapp.agenda.calls import queries, service
from eventapp.agenda.calls.forms import AboutMeForm
from eventapp.agenda.content import pictures, speakers
from eventapp.agenda.content import queries as content
from eventapp.agenda.content.speakers import SpeakerDetails
from eventapp.agenda.models import AgendaPicture, Speaker
from eventapp.audit.service import NamedActor
from eventapp.core.clock import now
from eventapp.core.db import reading, rollback
from eventapp.core.errors import NotFoundError, RuleError
from eventapp.core.forms import ActionForm
from eventapp.core.i18n import _
from eventapp.core.pictures import PICTURE_FORM_BYTES
from eventapp.core.web import uploads
from eventapp.core.web.audiences import public
from eventapp.core.web.carrying import carry_out, carry_out_at_once, version_in
from eventapp.events.models import Event, EventStatus

blueprint = Blueprint("speaking", __name__)
BASE = "/speaker/<token:token>"


def _load(token: str) -> tuple[Speaker, Event]:
    speaker, event = queries.speaker_by_token(token)
    if event.status is EventStatus.CANCELLED:
        raise NotFoundError(token)
    return speaker, event


def _by(speaker: Speaker) -> NamedActor:
    return NamedActor(f"{speaker.name} (by link)")


@blueprint.url_value_preprocessor
def _allow_a_picture(endpoint: str | None, values: dict[str, Any] | None) -> None:
    """A picture may be larger than a form, from whoever has the link."""
    if endpoint == "speaking.show" and values:
        uploads.allow(PICTURE_FORM_BYTES, lambda: queries.has_link(values["token"]))


@blueprint.after_request
def keep_secret(response: Response) -> Response:
    """The address is the secret: it must not travel on as a referrer, nor be indexed."""
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response


def _drawn(token: str) -> tuple[AgendaPicture | None, RuleError | None]:
    """The picture that was sent, drawn before a transaction holds any lock, or why it cannot be."""
    upload = request.files.get("picture") if request.method == "POST" else None
    if upload is None or not upload.filename:
        return None, None
    with reading():
        speaker, _event = _load(token)
        speaker_id, event_id = speaker.id, speaker.event_id
        rollback()
    count_try("speaker-picture", f"speaker:{speaker_id}")
    try:
        return pictures.draw(event_id, "picture", upload, at=now()), None
    except RuleError as error:
        return None, error


@blueprint.route(BASE, methods=["GET", "POST"])
@public
def show(token: str) -> ResponseReturnValue:
    """Sessions, tasks, and what the agenda says about the speaker."""
    drawn, problem = _drawn(token)
    speaker, event = _load(token)
    form = AboutMeForm(data={"version": str(speaker.version), "job_title": speaker.job_title, "biography": speaker.biography})

    def act() -> str:
        version = version_in(form)
        kept = {name: getattr(speaker, name) for name in ("name", "company", "notes", "person_id")}
        details = SpeakerDetails(job_title=form.job_title.data or "", biography=form.biography.data or "", **kept)
        speakers.change_speaker(speaker, details, version=version, by=_by(speaker), at=now())
        if problem is not None:
            raise problem
        if drawn is not None:
            speakers.set_picture(speaker, drawn, by=_by(speaker), at=now())
        return url_for(".show", token=token)

    def show_again(stale: bool) -> str:
        found, _event = _load(token)
        conflict = []
        if stale:
            form.version.data = str(found.version)
            rows = [(form[n].label.text, form[n].data or "", getattr(found, n)) for n in ("job_title", "biography")]
            conflict = [row for row in rows if row[1] != row[2]]
        return render_template(
            "agenda/calls/speaker.html",
            event=event,
            speaker=found,
            parts=queries.parts_of(found),
            tasks=content.tasks_of(found),
            form=form,
            conflict=conflict,
            has_errors=form.refused,
            at=now(),
        )

    return carry_out(form, act, show_again)


@blueprint.post(f"{BASE}/sessions/<id:speaking_in>/<any(confirm, decline):reply>")
@public
def answer(token: str, speaking_in: int, reply: str) -> ResponseReturnValue:
    """Confirms a session, or declines it."""
    speaker, _event = _load(token)
    part = next((one for one in queries.parts_of(speaker) if one.session_id == speaking_in), None)
    if part is None:
        raise NotFoundError(speaking_in)
    said = _("Thank you: you are down as a speaker.") if reply == "confirm" else _("Thank you for telling us.")
    return carry_out_at_once(
        ActionForm(),
        lambda: service.answer(speaker, part, reply == "confirm", by=_by(speaker), at=now()),
        url_for(".show", token=token),
        said,
    )


@blueprint.post(f"{BASE}/tasks/<id:task_id>/done")
@public
def finish(token: str, task_id: int) -> ResponseReturnValue:
    """Says that a task is done."""
    speaker, _event = _load(token)
    task = content.task(speaker, task_id)
    return carry_out_at_once(
        ActionForm(),
        lambda: speakers.finish_task(speaker, task, True, by=_by(speaker), at=now()),
        url_for(".show", token=token),
    )
