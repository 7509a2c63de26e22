"""Organizer pages: speakers, their tasks and pictures."""

from typing import Any

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy import select

from eventapp.accounts.audiences import is_organizer, organizer, reader
from eventapp.agenda.content import pictures, queries
from eventapp.agenda.content import speakers as service
from eventapp.agenda.content.forms import SPEAKER_FIELDS, SpeakerForm, TaskForm, span_values, speaker_values
from eventapp.agenda.content.pages import page
from eventapp.agenda.content.speakers import SpeakerDetails
from eventapp.agenda.models import SPEAKER_ANSWER_LABELS, AgendaPicture, Speaker
from eventapp.core.clock import now
from eventapp.core.db import db
from eventapp.core.errors import RuleError
from eventapp.core.forms import ActionForm
from eventapp.core.i18n import _
from eventapp.core.pictures import PICTURE_FORM_BYTES
from eventapp.core.web import uploads
from eventapp.core.web.carrying import carry_out, carry_out_at_once, version_in
from eventapp.events import queries as events
from eventapp.events.models import Event
from eventapp.partners.audiences import viewer
from eventapp.partners.models import PersonEmail

blueprint = Blueprint("speakers_admin", __name__)
BASE = "/admin/events/<slug:slug>/agenda/speakers"


@blueprint.url_value_preprocessor
def _allow_a_picture(endpoint: str | None, _values: dict[str, Any] | None) -> None:
    """A picture may be larger than a form, from an organizer."""
    if endpoint in ("speakers_admin.new", "speakers_admin.edit"):
        uploads.allow(PICTURE_FORM_BYTES, is_organizer)


def _load(slug: str, speaker_id: int) -> tuple[Event, Speaker]:
    event = events.event_by_slug(viewer(), slug)
    speaker: Speaker = queries.one(Speaker, event, speaker_id)
    return event, speaker


def _page_of(speaker: Speaker, event: Event) -> str:
    return url_for(".show", slug=event.slug, speaker_id=speaker.id)


@blueprint.get(f"{BASE}/")
@reader
def index(slug: str) -> str:
    """All speakers, and what they still owe us."""
    event = events.event_by_slug(viewer(), slug)
    listing = queries.speaker_page(event, url_for(".index", slug=slug), request.args)
    return page("agenda/content/speakers.html", event, "speakers", listing=listing)


@blueprint.get(f"{BASE}/<id:speaker_id>")
@reader
def show(slug: str, speaker_id: int) -> str:
    """One speaker: sessions, tasks, when they are away."""
    event, speaker = _load(slug, speaker_id)
    return _show(event, speaker, TaskForm().in_zone(event.time_zone))


def _show(event: Event, speaker: Speaker, form: TaskForm) -> str:
    picture = db.session.get(AgendaPicture, speaker.picture_id) if speaker.picture_id else None
    return page(
        "agenda/content/speaker.html",
        event,
        "speakers",
        speaker=speaker,
        picture=picture,
        address=_address(speaker),
        sessions=queries.sessions_of(speaker),
        tasks=queries.tasks_of(speaker),
        away=queries.away_of(speaker),
        answer_labels={a.value: label for a, label in SPEAKER_ANSWER_LABELS.items()},
        form=form,
        has_errors=form.refused,
        now=now(),
    )


def _address(speaker: Speaker) -> str:
    query = select(PersonEmail.address).where(PersonEmail.person_id == speaker.person_id, PersonEmail.is_primary)
    return (db.session.scalar(query) or "") if speaker.person_id else ""


@blueprint.route(f"{BASE}/new", methods=["GET", "POST"])
@organizer
def new(slug: str) -> ResponseReturnValue:
    """A new speaker."""
    event = events.event_by_slug(viewer(), slug)
    form = SpeakerForm().in_zone(event.time_zone)

    def act() -> str:
        speaker = service.create_speaker(event, _details(form), by=current_user, at=now())
        _rest(event, speaker, form)
        return _page_of(speaker, event)

    return carry_out(form, act, lambda _stale: _form_page(event, form, None), said=lambda: _("The speaker is added."))


@blueprint.route(f"{BASE}/<id:speaker_id>/edit", methods=["GET", "POST"])
@organizer
def edit(slug: str, speaker_id: int) -> ResponseReturnValue:
    """Changes what the public reads about somebody, and when they are away."""
    event, speaker = _load(slug, speaker_id)
    spans = [(a.starts_at, a.ends_at) for a in queries.away_of(speaker)]
    data = {**speaker_values(speaker), "address": _address(speaker), **span_values(spans, event.time_zone)}
    form = SpeakerForm(data=data).in_zone(event.time_zone)

    def act() -> str:
        version = version_in(form)
        service.change_speaker(speaker, _details(form), version=version, by=current_user, at=now())
        _rest(event, speaker, form)
        return _page_of(speaker, event)

    def show_again(stale: bool) -> str:
        conflict = []
        if stale:
            saved: Speaker = queries.one(Speaker, event, speaker_id)
            form.version.data = str(saved.version)
            rows = [(form[n].label.text, form[n].data or "", getattr(saved, n)) for n in SPEAKER_FIELDS]
            conflict = [row for row in rows if row[1] != row[2]]
        return _form_page(event, form, speaker, conflict)

    return carry_out(form, act, show_again)


def _details(form: SpeakerForm) -> SpeakerDetails:
    person_id = None
    if form.address.data:
        person_id = db.session.scalar(select(PersonEmail.person_id).where(PersonEmail.address == form.address.data))
        if person_id is None:
            raise RuleError(
                _("Nobody in the partner list has this address. Add the person there first, or leave it out."), "address"
            )
    values = {name: form[name].data or "" for name in SPEAKER_FIELDS}
    return SpeakerDetails(**values, person_id=person_id)


def _rest(event: Event, speaker: Speaker, form: SpeakerForm) -> None:
    service.set_away(speaker, form.away(), by=current_user, at=now())
    drawn = pictures.draw(event.id, "picture", form.picture.data or None, at=now())
    if drawn is not None:
        service.set_picture(speaker, drawn, by=current_user, at=now())
    elif form.no_picture.data and speaker.picture_id is not None:
        service.set_picture(speaker, None, by=current_user, at=now())


def _form_page(
    event: Event, form: SpeakerForm, speaker: Speaker | None, conflict: list[tuple[str, str, str]] | None = None
) -> str:
    return page(
        "agenda/content/speaker_form.html",
        event,
        "speakers",
        form=form,
        speaker=speaker,
        has_errors=form.refused,
        conflict=conflict or [],
        back=_page_of(speaker, event) if speaker else url_for(".index", slug=event.slug),
    )


@blueprint.post(f"{BASE}/<id:speaker_id>/delete")
@organizer
def delete(slug: str, speaker_id: int) -> ResponseReturnValue:
    """Deletes somebody who speaks nowhere."""
    event, speaker = _load(slug, speaker_id)
    speaks = bool(queries.sessions_of(speaker))
    back = _page_of(speaker, event) if speaks else url_for(".index", slug=slug)
    return carry_out_at_once(
        ActionForm(),
        lambda: service.delete_speaker(speaker, by=current_user, at=now()),
        back,
        _("%(name)s is deleted.", name=speaker.name),
    )


@blueprint.post(f"{BASE}/<id:speaker_id>/tasks")
@organizer
def add_task(slug: str, speaker_id: int) -> ResponseReturnValue:
    """Something that the speaker still owes us."""
    event, speaker = _load(slug, speaker_id)
    form = TaskForm().in_zone(event.time_zone)

    def act() -> str:
        service.add_task(speaker, form.title.data, form.moments["due_at"], by=current_user, at=now())
        return _page_of(speaker, event)

    return carry_out(form, act, lambda _stale: _show(event, speaker, form), said=lambda: _("Added."))


@blueprint.post(f"{BASE}/<id:speaker_id>/tasks/<id:task_id>/<any(done, open):change>")
@organizer
def change_task(slug: str, speaker_id: int, task_id: int, change: str) -> ResponseReturnValue:
    """Says that a task is done, or open again."""
    event, speaker = _load(slug, speaker_id)
    task = queries.task(speaker, task_id)
    return carry_out_at_once(
        ActionForm(),
        lambda: service.finish_task(speaker, task, change == "done", by=current_user, at=now()),
        _page_of(speaker, event),
    )


@blueprint.get(f"{BASE}/<id:speaker_id>/picture")
@reader
def picture(slug: str, speaker_id: int) -> ResponseReturnValue:
    """The speaker's picture, as it was drawn anew."""
    _event, speaker = _load(slug, speaker_id)
    row = db.session.get(AgendaPicture, speaker.picture_id) if speaker.picture_id else None
    if row is None:
        return "", 404
    return bytes(row.content), 200, {"Content-Type": row.mime, "Cache-Control": "private, max-age=600"}
