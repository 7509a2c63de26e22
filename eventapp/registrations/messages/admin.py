"""Organizer pages of an event's messages: all of them in one list, each with its texts, switch and preview."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from eventapp.accounts.audiences import organizer, reader
from eventapp.accounts.models import User
from eventapp.audit.service import record
from eventapp.core.clock import now
from eventapp.core.errors import NotFoundError, StaleError
from eventapp.core.forms import ActionForm
from eventapp.core.i18n import LANGUAGES, _, language_name
from eventapp.core.saving import saving
from eventapp.events import queries as events
from eventapp.events.models import Event
from eventapp.events.subnav import event_tabs
from eventapp.mail.render import framed
from eventapp.mail.service import queue
from eventapp.partners.audiences import viewer
from eventapp.registrations.messages import (
    jobs,  # noqa: F401 - registers the job that sends what is due
    overview,
    previewing,
    queries,
    service,
)
from eventapp.registrations.messages.composing import TEXT_LANGUAGES, default_text
from eventapp.registrations.messages.forms import SwitchForm, TextForm, languages
from eventapp.registrations.messages.kinds import DATED, KINDS, Kind

blueprint = Blueprint("messages_admin", __name__)
_PATH = "/admin/events/<slug:slug>/messages/"
_ONE = f"{_PATH}<message_kind>"


@blueprint.get(_PATH)
@reader
def index(slug: str) -> str:
    """Every message: on or off, when it leaves, whose text, how many get it or have got it."""
    event = events.event_by_slug(viewer(), slug)
    found = overview.lines(event, now(), overview.kinds_of(event))
    return render_template(
        "registrations/messages/index.html",
        event=event,
        at_once=[line for line in found if line.kind not in DATED],
        dated=[line for line in found if line.kind in DATED],
        language_name=language_name,
        subnav=event_tabs(event, "messages"),
    )


@blueprint.route(_ONE, methods=["GET", "POST"])
@organizer
def edit(slug: str, message_kind: str) -> ResponseReturnValue:
    """One message: its text in one language, checked when it is saved, and how it looks to real people."""
    event, kind, language = _found(slug, message_kind)
    form = _text_form(event, kind, language)
    status, conflict = 200, None
    if form.validate_on_submit() and form.check_against(kind):
        if "preview" in request.form:
            return _page(event, kind, language, form)
        with saving(form) as saved:
            service.save_text(event, kind, language, form.subject.data, form.body.data, version=_number(form), by=_me(), at=now())
            saved.location = url_for(".edit", slug=slug, message_kind=kind.key, language=language)
        if saved.ok:
            flash(_("Saved. It is used from now on."), "success")
            return redirect(saved.location)
        status = saved.status
        event = events.event_by_slug(viewer(), slug)
        if isinstance(saved.error, StaleError):
            row = queries.text_of(event.id, kind.key, language)
            theirs = (row.subject, row.body) if row else default_text(kind.key, language)
            conflict = [(_("Subject"), form.subject.data, theirs[0]), (_("Text"), form.body.data, theirs[1])]
            form.version.data = str(row.version if row else 0)
    elif request.method == "POST":
        status = 422
    return _page(event, kind, language, form, conflict), status


@blueprint.post(f"{_ONE}/switch")
@organizer
def switch(slug: str, message_kind: str) -> ResponseReturnValue:
    """Turns a message on or off and sets its hour."""
    event, kind, language = _found(slug, message_kind)
    form = SwitchForm.of(kind)
    if form.validate():
        with saving(form) as saved:
            hour = int(form.hour.data) if kind.has_hour else None
            service.switch(event, kind, enabled=bool(form.enabled.data), hour=hour, by=_me(), at=now())
            saved.location = url_for(".edit", slug=slug, message_kind=kind.key, language=language)
        if saved.ok:
            flash(_("Saved."), "success")
            return redirect(saved.location)
        event = events.event_by_slug(viewer(), slug)
    return _page(event, kind, language, _text_form(event, kind, language, filled=False), switched=form), 422


@blueprint.post(f"{_ONE}/reset")
@organizer
def reset(slug: str, message_kind: str) -> ResponseReturnValue:
    """Goes back to our own text in that language."""
    event, kind, language = _found(slug, message_kind)
    with saving(ActionForm()) as saved:
        service.remove_text(event, kind, language, by=_me(), at=now())
        saved.location = url_for(".edit", slug=slug, message_kind=kind.key, language=language)
    if saved.error is not None:
        flash(saved.error.message, "danger")
    else:
        flash(_("Our own text is used again."), "success")
    return redirect(url_for(".edit", slug=slug, message_kind=kind.key, language=language))


@blueprint.post(f"{_ONE}/test")
@organizer
def test(slug: str, message_kind: str) -> ResponseReturnValue:
    """Sends the saved text to the organizer's own address, as the first person of the preview would get it."""
    event, kind, language = _found(slug, message_kind)
    form, at = ActionForm(), now()
    with saving(form) as saved:
        subject, body, _version = _saved(event, kind, language)
        written = previewing.previews(event, kind, language, subject, body, at)[0].written
        subject = _("[Test] %(subject)s", subject=written.subject)
        queue(
            kind="registrations.test",
            about=f"event:{event.id}",
            to_name=_me().name,
            to_address=_me().email,
            subject=subject,
            text=written.text,
            html=framed(subject, written.html, language),
            from_name=event.sender_name,
            reply_to=event.contact_email,
            at=at,
        )
        changes = {"message": str(kind.label), "language": language}
        record(
            "messages.test",
            by=_me(),
            at=at,
            object_type="event",
            object_id=event.id,
            object_name=event.title,
            event_id=event.id,
            changes=changes,
        )
        saved.location = url_for(".edit", slug=slug, message_kind=kind.key, language=language)
    if saved.error is not None:
        flash(saved.error.message, "danger")
    else:
        flash(_("Sent to %(address)s.", address=_me().email), "success")
    return redirect(url_for(".edit", slug=slug, message_kind=kind.key, language=language))


def _found(slug: str, key: str) -> tuple[Event, Kind, str]:
    """The event and the message in the address, and the language that is asked for."""
    event = events.event_by_slug(viewer(), slug)
    if key not in KINDS:
        raise NotFoundError(key)
    asked = request.args.get("language", "")
    return event, KINDS[key], asked if asked in TEXT_LANGUAGES else TEXT_LANGUAGES[0]


def _saved(event: Event, kind: Kind, language: str) -> tuple[str, str, int]:
    """Subject, text and version of the event's own text, or ours as version 0."""
    row = queries.text_of(event.id, kind.key, language)
    return (row.subject, row.body, row.version) if row else (*default_text(kind.key, language), 0)


def _text_form(event: Event, kind: Kind, language: str, *, filled: bool = True) -> TextForm:
    subject, body, version = _saved(event, kind, language)
    data = {"version": str(version), "subject": subject, "body": body}
    return TextForm(data=data) if filled else TextForm(formdata=None, data=data)


def _number(form: TextForm) -> int:
    text = form.version.data or ""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else -1


def _page(
    event: Event,
    kind: Kind,
    language: str,
    form: TextForm,
    conflict: list[tuple[str, Any, Any]] | None = None,
    switched: SwitchForm | None = None,
) -> str:
    at = now()
    (line,) = overview.lines(event, at, [kind])
    usual = default_text(kind.key, language)
    own = queries.own_of([event], [kind.key])[event.id]
    if switched is None:
        hour = own.hour(kind) if own.hour(kind) is not None else kind.schedule and kind.schedule.hour
        switched = SwitchForm.of(kind, formdata=None, enabled=line.on, hour=str(hour))
    saved = own.texts.get(kind.key, {}).get(language)
    return render_template(
        "registrations/messages/edit.html",
        event=event,
        kind=kind,
        line=line,
        language=language,
        language_name=language_name,
        languages=languages(),
        spoken=language in LANGUAGES,
        form=form,
        switch_form=switched,
        placeholders=list(previewing.lines_of(kind)),
        previews=[]
        if form.errors
        else previewing.previews(event, kind, language, form.subject.data or "", form.body.data or "", at),
        usual=usual,
        saved=saved,
        conflict=conflict,
        has_errors=form.refused,
        subnav=event_tabs(event, "messages"),
    )


def _me() -> User:
    found: User = current_user._get_current_object()
    return found
