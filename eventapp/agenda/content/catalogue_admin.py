"""Organizer pages: rooms, tracks and session types."""

from typing import Any

from flask import Blueprint, Response, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from eventapp.accounts.audiences import organizer, reader
from eventapp.agenda.content import catalogue, queries
from eventapp.agenda.content.forms import (
    ROOM_FIELDS,
    RoomForm,
    TrackForm,
    TypeForm,
    room_values,
    span_values,
    track_values,
    type_values,
)
from eventapp.agenda.content.pages import page
from eventapp.agenda.models import Room, SessionType, Track
from eventapp.core.clock import now
from eventapp.core.forms import ActionForm
from eventapp.core.i18n import _
from eventapp.core.web.carrying import carry_out, carry_out_at_once, version_in
from eventapp.events import queries as events
from eventapp.events.models import Event
from eventapp.partners.audiences import viewer

blueprint = Blueprint("catalogue_admin", __name__)
BASE = "/admin/events/<slug:slug>/agenda"
MODELS: dict[str, Any] = {"rooms": Room, "tracks": Track, "types": SessionType}
DELETE: dict[str, Any] = {
    "rooms": catalogue.delete_room,
    "tracks": catalogue.delete_track,
    "types": catalogue.delete_type,
}


def _back(event: Event, anchor: str) -> str:
    return url_for(".index", slug=event.slug, _anchor=anchor)


@blueprint.get(f"{BASE}/catalogue/")
@reader
def index(slug: str) -> str:
    """Rooms, tracks and types on one page."""
    event = events.event_by_slug(viewer(), slug)
    return page(
        "agenda/content/catalogue.html",
        event,
        "catalogue",
        rooms=queries.rooms(event),
        tracks=queries.tracks(event),
        types=queries.types(event),
    )


@blueprint.get(f"{BASE}/tracks.css")
@reader
def colours(slug: str) -> Response:
    """The colours of the tracks as a style sheet, since pages may hold no style of their own."""
    event = events.event_by_slug(viewer(), slug)
    rules = "".join(f".track-{t.id}{{--track:{t.colour}}}\n" for t in queries.tracks(event))
    return Response(rules, content_type="text/css; charset=utf-8", headers={"Cache-Control": "private, no-cache"})


@blueprint.post(f"{BASE}/types/usual")
@organizer
def add_usual_types(slug: str) -> ResponseReturnValue:
    """Adds the session types that partner conferences have."""
    event = events.event_by_slug(viewer(), slug)
    said = _("The usual types are there.")
    return carry_out_at_once(
        ActionForm(), lambda: catalogue.add_usual_types(event, by=current_user, at=now()), _back(event, "types"), said
    )


@blueprint.route(f"{BASE}/tracks/new", methods=["GET", "POST"])
@organizer
def new_track(slug: str) -> ResponseReturnValue:
    """A new track."""
    return _track(events.event_by_slug(viewer(), slug), None)


@blueprint.route(f"{BASE}/tracks/<id:track_id>", methods=["GET", "POST"])
@organizer
def edit_track(slug: str, track_id: int) -> ResponseReturnValue:
    """Changes a track."""
    event = events.event_by_slug(viewer(), slug)
    return _track(event, queries.one(Track, event, track_id))


def _track(event: Event, track: Track | None) -> ResponseReturnValue:
    form = TrackForm(data=track_values(track) if track else None)

    def act() -> str:
        catalogue.save_track(event, track, form.details(), by=current_user, at=now())
        return _back(event, "tracks")

    title = track.name if track else _("Add a track")
    return carry_out(form, act, lambda _stale: _form_page("agenda/content/track.html", event, form, title, "tracks"))


@blueprint.route(f"{BASE}/types/new", methods=["GET", "POST"])
@organizer
def new_type(slug: str) -> ResponseReturnValue:
    """A new session type."""
    return _type(events.event_by_slug(viewer(), slug), None)


@blueprint.route(f"{BASE}/types/<id:type_id>", methods=["GET", "POST"])
@organizer
def edit_type(slug: str, type_id: int) -> ResponseReturnValue:
    """Changes a session type."""
    event = events.event_by_slug(viewer(), slug)
    return _type(event, queries.one(SessionType, event, type_id))


def _type(event: Event, type_: SessionType | None) -> ResponseReturnValue:
    form = TypeForm(data=type_values(type_) if type_ else None)

    def act() -> str:
        catalogue.save_type(event, type_, form.details(), by=current_user, at=now())
        return _back(event, "types")

    title = type_.name if type_ else _("Add a session type")
    return carry_out(form, act, lambda _stale: _form_page("agenda/content/type.html", event, form, title, "types"))


@blueprint.route(f"{BASE}/rooms/new", methods=["GET", "POST"])
@organizer
def new_room(slug: str) -> ResponseReturnValue:
    """A new room."""
    return _room(events.event_by_slug(viewer(), slug), None)


@blueprint.route(f"{BASE}/rooms/<id:room_id>", methods=["GET", "POST"])
@organizer
def edit_room(slug: str, room_id: int) -> ResponseReturnValue:
    """Changes a room."""
    event = events.event_by_slug(viewer(), slug)
    return _room(event, queries.one(Room, event, room_id))


def _room(event: Event, room: Room | None) -> ResponseReturnValue:
    hours = [(h.starts_at, h.ends_at) for h in queries.hours_of(room)] if room else []
    data = {**(room_values(room) if room else {}), **span_values(hours, event.time_zone)}
    form = RoomForm(data=data).in_zone(event.time_zone)

    def act() -> str:
        version = version_in(form)
        catalogue.save_room(event, room, form.details(), version=version, by=current_user, at=now())
        return _back(event, "rooms")

    def show(stale: bool) -> str:
        conflict = []
        if stale and room is not None:
            saved = queries.one(Room, event, room.id)
            form.version.data = str(saved.version)
            typed = ((form[name].label.text, form[name].data, getattr(saved, name)) for name in ROOM_FIELDS)
            conflict = [(label, mine or "", theirs or "") for label, mine, theirs in typed if (mine or "") != (theirs or "")]
        return _form_page(
            "agenda/content/room.html", event, form, room.name if room else _("Add a room"), "rooms", conflict=conflict
        )

    return carry_out(form, act, show)


def _form_page(template: str, event: Event, form: Any, title: str, anchor: str, **values: Any) -> str:
    return page(
        template,
        event,
        "catalogue",
        form=form,
        title=title,
        has_errors=form.refused,
        back=_back(event, anchor),
        **values,
    )


@blueprint.post(f"{BASE}/<any(rooms, tracks, types):shelf>/<id:thing_id>/<any(up, down, delete):act>")
@organizer
def change(slug: str, shelf: str, thing_id: int, act: str) -> ResponseReturnValue:
    """Moves a room, track or type in the order, or deletes it."""
    event = events.event_by_slug(viewer(), slug)
    thing = queries.one(MODELS[shelf], event, thing_id)
    if act == "delete":
        said = _("“%(name)s” is deleted.", name=thing.name)
        return carry_out_at_once(
            ActionForm(), lambda: DELETE[shelf](event, thing, by=current_user, at=now()), _back(event, shelf), said
        )
    return carry_out_at_once(ActionForm(), lambda: catalogue.move(event, thing, act == "up"), _back(event, shelf))
