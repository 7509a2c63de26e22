"""What the log calls acts on the agenda, and where its sessions and speakers are found."""

from collections.abc import Collection, Mapping

from flask import url_for
from sqlalchemy import select

from eventapp.agenda.models import AgendaSession, Speaker
from eventapp.audit.words import Thing, declare_acts, declare_kind
from eventapp.core.db import db
from eventapp.core.i18n import _l
from eventapp.core.web.audiences import may_open
from eventapp.events.models import Event

declare_acts(
    "agenda",
    _l("Agenda"),
    {
        "create_track": _l("Added a track"),
        "change_track": _l("Changed a track"),
        "delete_track": _l("Deleted a track"),
        "create_type": _l("Added a session type"),
        "change_type": _l("Changed a session type"),
        "delete_type": _l("Deleted a session type"),
        "create_room": _l("Added a room"),
        "change_room": _l("Changed a room"),
        "delete_room": _l("Deleted a room"),
        "create_session": _l("Added a session"),
        "change_session": _l("Changed a session"),
        "cancel_session": _l("Cancelled a session"),
        "restore_session": _l("Took the cancelling of a session back"),
        "delete_session": _l("Deleted a session"),
        "create_speaker": _l("Added a speaker"),
        "change_speaker": _l("Changed a speaker"),
        "delete_speaker": _l("Deleted a speaker"),
        "import": _l("Imported an agenda"),
    },
)


def _sessions(ids: Collection[int]) -> Mapping[int, Thing]:
    query = select(AgendaSession.id, AgendaSession.title, AgendaSession.code, Event.slug).join(
        Event, Event.id == AgendaSession.event_id
    )
    may = may_open("agenda_admin.show")
    return {
        id_: Thing(title, url_for("agenda_admin.show", slug=slug, code=code) if may else "")
        for id_, title, code, slug in db.session.execute(query.where(AgendaSession.id.in_(ids)))
    }


def _speakers(ids: Collection[int]) -> Mapping[int, Thing]:
    query = select(Speaker.id, Speaker.name, Event.slug).join(Event, Event.id == Speaker.event_id)
    may = may_open("speakers_admin.show")
    return {
        id_: Thing(name, url_for("speakers_admin.show", slug=slug, speaker_id=id_) if may else "")
        for id_, name, slug in db.session.execute(query.where(Speaker.id.in_(ids)))
    }


declare_kind("session", _l("Session"), _sessions)
declare_kind("speaker", _l("Speaker"), _speakers)
declare_kind("track", _l("Track"))
declare_kind("session_type", _l("Session type"))
declare_kind("room", _l("Room"))
