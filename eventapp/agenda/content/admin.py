"""Organizer pages: the sessions of an event's agenda."""

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from eventapp.accounts.audiences import organizer, reader
from eventapp.agenda.content import materials, queries
from eventapp.agenda.content import sessions as service
from eventapp.agenda.content.forms import (
    AUDIENCE_FIELDS,
    AudienceForm,
    ChooseSpeakerForm,
    MaterialForm,
    PartForm,
    ReasonForm,
    SessionForm,
    session_values,
)
from eventapp.agenda.content.pages import page
from eventapp.agenda.models import (
    LEVEL_LABELS,
    SESSION_STATUS_LABELS,
    AgendaSession,
    MaterialMoment,
    SessionSlot,
    SessionType,
    SpeakerAnswer,
)
from eventapp.core.clock import now
from eventapp.core.db import db
from eventapp.core.errors import NotFoundError
from eventapp.core.forms import ActionForm
from eventapp.core.i18n import _
from eventapp.core.web.carrying import carry_out, carry_out_at_once, version_in
from eventapp.events import queries as events
from eventapp.events.admission import queries as admission
from eventapp.events.models import AUDIENCE_LABELS, FORMAT_LABELS, AudienceField, Event
from eventapp.partners.audiences import viewer

blueprint = Blueprint("agenda_admin", __name__)
BASE = "/admin/events/<slug:slug>/agenda"
ONE = f"{BASE}/sessions/<code:code>"
FIELDS = ", ".join(field.value for field in AUDIENCE_FIELDS)


def _load(slug: str, code: str) -> tuple[Event, AgendaSession]:
    event = events.event_by_slug(viewer(), slug)
    return event, queries.session(event, code)


def _page_of(event: Event, session: AgendaSession, anchor: str | None = None) -> str:
    return url_for(".show", slug=event.slug, code=session.code, _anchor=anchor)


@blueprint.get(f"{BASE}/")
@reader
def index(slug: str) -> str:
    """The sessions of the draft."""
    event = events.event_by_slug(viewer(), slug)
    listing = queries.session_page(event, url_for(".index", slug=slug), request.args)
    return page(
        "agenda/content/index.html",
        event,
        "sessions",
        listing=listing,
        names=queries.names_of_speakers([row.id for row in listing.rows]),
        numbers=queries.numbers(event),
        status_labels={s.value: label for s, label in SESSION_STATUS_LABELS.items()},
    )


@blueprint.get(ONE)
@reader
def show(slug: str, code: str) -> str:
    """One session: what the public reads, its parts, speakers, material and who may come."""
    event, session = _load(slug, code)
    audience = queries.audience_of(session)
    words = {f: dict(admission.choices_of(f)) for f in audience}
    return page(
        "agenda/content/session.html",
        event,
        "sessions",
        session=session,
        slots=queries.slots_of(session),
        speakers=queries.speakers_of(session),
        materials=queries.materials_of(session),
        audience=[(f, AUDIENCE_LABELS[f], [words[f].get(v, v) for v in values]) for f, values in audience.items()],
        fields=[(f, AUDIENCE_LABELS[f]) for f in AUDIENCE_FIELDS],
        status_labels={s.value: label for s, label in SESSION_STATUS_LABELS.items()},
        level_labels={level.value: label for level, label in LEVEL_LABELS.items()},
        format_labels={f.value: label for f, label in FORMAT_LABELS.items()},
        released=service.was_released(session),
        choose=ChooseSpeakerForm().offer(queries.speakers(event)),
    )


@blueprint.route(f"{BASE}/sessions/new", methods=["GET", "POST"])
@organizer
def new(slug: str) -> ResponseReturnValue:
    """A new session; it goes into the tray of the timetable."""
    event = events.event_by_slug(viewer(), slug)
    types = queries.types(event)
    form = SessionForm().in_zone(event.time_zone).offer(types, queries.tracks(event))

    def act() -> str:
        minutes = form.minutes.data or db.session.get_one(SessionType, form.details().type_id).minutes
        made = service.create_session(event, form.details(), minutes, by=current_user, at=now())
        return _page_of(event, made)

    return carry_out(form, act, lambda _stale: _form_page(event, form, None, types), said=lambda: _("The session is added."))


@blueprint.route(f"{ONE}/edit", methods=["GET", "POST"])
@organizer
def edit(slug: str, code: str) -> ResponseReturnValue:
    """Changes a session; people see it with the next release."""
    event, session = _load(slug, code)
    types = queries.types(event)
    form = SessionForm(data=session_values(session, event.time_zone)).in_zone(event.time_zone)
    form.offer(types, queries.tracks(event))
    del form.minutes

    def act() -> str:
        version = version_in(form)
        service.change_session(session, form.details(), version=version, by=current_user, at=now())
        return _page_of(event, session)

    def show_again(stale: bool) -> str:
        conflict = _differences(form, queries.session(event, code), event.time_zone) if stale else []
        return _form_page(event, form, session, types, conflict=conflict)

    return carry_out(form, act, show_again)


def _differences(form: SessionForm, saved: AgendaSession, zone: str) -> list[tuple[str, str, str]]:
    """Fields in which the typed version differs from the saved one; the next sending is about the saved one."""
    theirs = session_values(saved, zone)
    form.version.data = str(saved.version)
    shown = [name for name in theirs if name in form and name != "version" and not name.endswith("_fold")]
    found = ((form[n].label.text, form[n].data or "", theirs[n] or "") for n in shown)
    return [(label, str(mine), str(other)) for label, mine, other in found if str(mine) != str(other)]


def _form_page(
    event: Event, form: SessionForm, session: AgendaSession | None, types: Sequence[SessionType], **values: Any
) -> str:
    back = _page_of(event, session) if session else url_for(".index", slug=event.slug)
    return page(
        "agenda/content/session_form.html",
        event,
        "sessions",
        form=form,
        session=session,
        types=types,
        has_errors=form.refused,
        back=back,
        **values,
    )


@blueprint.route(f"{ONE}/cancel", methods=["GET", "POST"])
@organizer
def cancel(slug: str, code: str) -> ResponseReturnValue:
    """Cancels a session, with a reason."""
    event, session = _load(slug, code)
    form = ReasonForm()

    def act() -> str:
        service.cancel_session(session, form.reason.data or "", by=current_user, at=now())
        return _page_of(event, session)

    def show_again(_stale: bool) -> str:
        return page(
            "agenda/content/cancel.html",
            event,
            "sessions",
            session=session,
            form=form,
            has_errors=form.refused,
            back=_page_of(event, session),
        )

    said = _("Cancelled in the draft. The next release tells whoever wanted to come.")
    return carry_out(form, act, show_again, said=lambda: said)


@blueprint.post(f"{ONE}/<any(restore, delete):fate>")
@organizer
def change(slug: str, code: str, fate: str) -> ResponseReturnValue:
    """Takes the cancelling back, or deletes a session that nobody has seen yet."""
    event, session = _load(slug, code)
    if fate == "restore":
        return carry_out_at_once(
            ActionForm(),
            lambda: service.restore_session(session, by=current_user, at=now()),
            _page_of(event, session),
            _("The session takes place again."),
        )
    released = service.was_released(session)
    back = _page_of(event, session) if released else url_for(".index", slug=slug)
    return carry_out_at_once(
        ActionForm(), lambda: service.delete_session(session, by=current_user, at=now()), back, _("The session is deleted.")
    )


@blueprint.route(f"{ONE}/audience/<any({FIELDS}):field>", methods=["GET", "POST"])
@organizer
def change_audience(slug: str, code: str, field: str) -> ResponseReturnValue:
    """Who may come, by one field."""
    event, session = _load(slug, code)
    asked = AudienceField(field)
    rules = dict(queries.audience_of(session))
    form = AudienceForm(data={"values": rules.get(asked, [])}).offer(admission.choices_of(asked))

    def act() -> str:
        service.set_audience(session, {**rules, asked: form["values"].data or []}, by=current_user, at=now())
        return _page_of(event, session, "audience")

    def show_again(_stale: bool) -> str:
        return page(
            "agenda/content/audience.html",
            event,
            "sessions",
            session=session,
            form=form,
            label=AUDIENCE_LABELS[asked],
            has_errors=form.refused,
            back=_page_of(event, session, "audience"),
        )

    return carry_out(form, act, show_again)


@blueprint.post(f"{ONE}/speakers")
@organizer
def add_speaker(slug: str, code: str) -> ResponseReturnValue:
    """Adds somebody to those who speak."""
    event, session = _load(slug, code)
    form = ChooseSpeakerForm().offer(queries.speakers(event))
    back = _page_of(event, session, "speakers")
    if not form.validate():
        return carry_out_at_once(form, lambda: None, back)
    ids = [row.speaker_id for row in queries.speakers_of(session)]
    chosen = int(form.speaker.data)
    new_ids = [*ids, *([chosen] if chosen not in ids else [])]
    return carry_out_at_once(
        form,
        lambda: service.set_speakers(session, new_ids, by=current_user, at=now(), answer=SpeakerAnswer.CONFIRMED),
        back,
        _("Added."),
    )


@blueprint.post(f"{ONE}/speakers/<id:speaker_id>/<any(up, down, remove):act>")
@organizer
def change_speakers(slug: str, code: str, speaker_id: int, act: str) -> ResponseReturnValue:
    """Moves a name in the order, or takes it out."""
    event, session = _load(slug, code)
    ids = [row.speaker_id for row in queries.speakers_of(session)]
    if speaker_id not in ids:
        raise NotFoundError(speaker_id)
    at = ids.index(speaker_id)
    ids.pop(at)
    if act != "remove":
        ids.insert(max(0, at - 1) if act == "up" else at + 1, speaker_id)
    return carry_out_at_once(
        ActionForm(), lambda: service.set_speakers(session, ids, by=current_user, at=now()), _page_of(event, session, "speakers")
    )


@blueprint.post(f"{ONE}/parts")
@organizer
def add_part(slug: str, code: str) -> ResponseReturnValue:
    """A further part, in another room or at another time."""
    event, session = _load(slug, code)
    minutes = session.type.minutes
    return carry_out_at_once(
        ActionForm(),
        lambda: service.add_part(session, minutes, by=current_user, at=now()),
        _page_of(event, session, "parts"),
        _("The part is added. Place it in the timetable."),
    )


@blueprint.route(f"{ONE}/parts/<id:slot_id>", methods=["GET", "POST"])
@organizer
def edit_part(slug: str, code: str, slot_id: int) -> ResponseReturnValue:
    """Names a part and says how long it takes."""
    event, session = _load(slug, code)
    slot = _part(session, slot_id)
    form = PartForm(data={"label": slot.label, "minutes": slot.minutes})

    def act() -> str:
        service.change_part(session, slot, form.label.data or "", form.minutes.data or 45, by=current_user, at=now())
        return _page_of(event, session, "parts")

    def show_again(_stale: bool) -> str:
        return page(
            "agenda/content/part.html",
            event,
            "sessions",
            session=session,
            slot=slot,
            form=form,
            has_errors=form.refused,
            back=_page_of(event, session, "parts"),
        )

    return carry_out(form, act, show_again)


@blueprint.post(f"{ONE}/parts/<id:slot_id>/remove")
@organizer
def remove_part(slug: str, code: str, slot_id: int) -> ResponseReturnValue:
    """Takes a part away."""
    event, session = _load(slug, code)
    slot = _part(session, slot_id)
    return carry_out_at_once(
        ActionForm(),
        lambda: service.remove_part(session, slot, by=current_user, at=now()),
        _page_of(event, session, "parts"),
        _("The part is gone."),
    )


def _part(session: AgendaSession, slot_id: int) -> SessionSlot:
    for slot in queries.slots_of(session):
        if slot.id == slot_id:
            return slot
    raise NotFoundError(slot_id)


@blueprint.route(f"{ONE}/material/new", methods=["GET", "POST"])
@organizer
def add_material(slug: str, code: str) -> ResponseReturnValue:
    """A link or a file, for before or after the session."""
    event, session = _load(slug, code)
    form = MaterialForm()

    def act() -> str:
        upload = form.file.data if form.file.data and form.file.data.filename else None
        materials.add(
            session,
            form.title.data,
            moment=MaterialMoment(form.moment.data),
            is_public=form.is_public.data,
            url=form.url.data or "",
            file=materials.read(upload.filename, upload.stream) if upload else None,
            by=current_user,
            at=now(),
        )
        return _page_of(event, session, "material")

    def show_again(_stale: bool) -> str:
        return page(
            "agenda/content/material.html",
            event,
            "sessions",
            session=session,
            form=form,
            has_errors=form.refused,
            back=_page_of(event, session, "material"),
        )

    return carry_out(form, act, show_again)


@blueprint.post(f"{ONE}/material/<id:piece_id>/delete")
@organizer
def delete_material(slug: str, code: str, piece_id: int) -> ResponseReturnValue:
    """Deletes material."""
    event, session = _load(slug, code)
    material = queries.material(session, piece_id)
    return carry_out_at_once(
        ActionForm(),
        lambda: materials.remove(session, material, by=current_user, at=now()),
        _page_of(event, session, "material"),
        _("The material is deleted."),
    )
