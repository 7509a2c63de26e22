"""The public agenda as files: calendar, schedule.json, schedule.xml. Alike for everybody: only what is listed."""

import hashlib
import json
from collections.abc import Callable

from flask import Response, request

from eventapp.agenda.own import queries as own
from eventapp.agenda.public import queries
from eventapp.agenda.public.calendars import entry, public_calendar
from eventapp.agenda.public.queries import Release
from eventapp.agenda.public.schedules import Schedule, schedule, to_json, to_xml
from eventapp.agenda.public.views import FRESH, STALE, blueprint, parts_seen, released
from eventapp.core.ical import calendar
from eventapp.core.web.audiences import public
from eventapp.core.web.headers import shareable
from eventapp.events import queries as events
from eventapp.events.models import Event
from eventapp.partners.audiences import viewer

CALENDAR = "text/calendar; charset=utf-8"


def conditional(body: bytes, content_type: str, *, name: str = "") -> Response:
    """A file with its ETag; 304 where the reader has it already. With `name` it is one to be saved."""
    response = Response(body, content_type=content_type, headers={"ETag": f'"{hashlib.sha256(body).hexdigest()[:20]}"'})
    if name:
        response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    if "If-None-Match" in request.headers:
        response.make_conditional(request)
    return response


def _file(slug: str, content_type: str, write: Callable[[Event, Release], bytes], *, name: str = "") -> Response:
    event = events.event_by_slug(viewer(), slug)
    return shareable(conditional(write(event, released(event)), content_type, name=name), fresh=FRESH, stale=STALE)


@blueprint.get("/events/<slug:slug>/agenda.ics")
@public
def calendar_of_all(slug: str) -> Response:
    """All sessions as a calendar; what was cancelled stays in it as cancelled."""

    def write(event: Event, release: Release) -> bytes:
        names = queries.names(release)
        return public_calendar(event, queries.parts(release), names, stamp=release.released_at).encode()

    return _file(slug, CALENDAR, write, name=f"{slug}.ics")


@blueprint.get("/events/<slug:slug>/agenda/<code:code>/session.ics")
@public
def session_calendar(slug: str, code: str) -> Response:
    """One session as a calendar file."""
    event = events.event_by_slug(viewer(), slug)
    release = released(event)
    found = queries.session(event.id, code)
    parts = parts_seen(release, own.of_viewer(viewer(), event, release), found.id)
    names = queries.names(release, [found.id]).get(found.id, [])
    entries = [entry(event, part, names, stamp=release.released_at) for part in parts]
    return conditional(calendar(entries).encode(), CALENDAR, name=f"{slug}-{parts[0].number}.ics")


def _schedule(event: Event, release: Release) -> Schedule:
    parts = queries.parts(release)
    ids = {part.session_id for part in parts}
    return schedule(
        event,
        release,
        parts,
        queries.names(release, ids),
        guids=queries.rooms(release),
        pictures=queries.pictures(ids),
    )


@blueprint.get("/events/<slug:slug>/schedule.json")
@public
def schedule_json(slug: str) -> Response:
    """The agenda for other programs, in JSON."""
    return _file(
        slug, "application/json", lambda event, release: json.dumps(to_json(_schedule(event, release)), indent=1).encode()
    )


@blueprint.get("/events/<slug:slug>/schedule.xml")
@public
def schedule_xml(slug: str) -> Response:
    """The agenda for other programs, in XML."""
    return _file(slug, "application/xml; charset=utf-8", lambda event, release: to_xml(_schedule(event, release)))
