"""The public agenda: the page of an event's agenda, of each session and each speaker."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from flask import Blueprint, Response, abort, current_app, make_response, render_template, request, session, url_for
from flask_login import current_user
from markupsafe import Markup

from eventapp.agenda.models import LEVEL_LABELS, SignUpStatus
from eventapp.agenda.own import queries as own
from eventapp.agenda.own.mine import NOBODYS, Mine
from eventapp.agenda.own.showing import state_of
from eventapp.agenda.public import jsonld, queries
from eventapp.agenda.public import page as pages_of
from eventapp.agenda.public.page import Page
from eventapp.agenda.public.queries import Part, Release
from eventapp.agenda.public.rules import is_over
from eventapp.core.clock import now
from eventapp.core.errors import NotFoundError
from eventapp.core.i18n import _, language_name, visitor_language
from eventapp.core.web.audiences import public
from eventapp.core.web.pages import PageCache
from eventapp.core.web.templates import viewer_zone
from eventapp.events import hooks
from eventapp.events import queries as events
from eventapp.events.models import FORMAT_LABELS, Event, EventStatus
from eventapp.partners.audiences import viewer

blueprint = Blueprint("agenda", __name__)
pages = PageCache()
# A page tells what is on now, so none is kept longer than this; browsers may show it while they fetch the next one.
FRESH, STALE = 60, 600
PICTURES = {"image/jpeg", "image/png", "image/webp"}


Render = Callable[[Event, Release, Mine], str]


def shared_page(slug: str, render: Render, *, unreleased: str = "") -> Response:
    """A page about the event's agenda. Visitors without a login share a rendered one for a minute.

    `render` gets the event, what was released of its agenda, and what the visitor has to do with it. Before anything was
    released there is the template `unreleased`, or nothing.
    """

    def page(event: Event, mine: Callable[[Release], Mine]) -> str:
        release = queries.latest(event.id)
        if release is not None:
            return render(event, release, mine(release))
        if not unreleased:
            raise NotFoundError(slug)
        return render_template(unreleased, event=event)

    if current_user.is_authenticated or "_flashes" in session:
        event = events.event_by_slug(viewer(), slug)
        return make_response(page(event, lambda release: own.of_viewer(viewer(), event, release)))
    state = events.public_state(slug)
    minute = int(now().timestamp()) // FRESH
    key = (state.id, state.version, state.status, minute, request.full_path, viewer_zone(), visitor_language(), current_app.name)
    return pages.answer(
        key, lambda: page(events.event_by_slug(viewer(), slug), lambda _release: NOBODYS), fresh=FRESH, stale=STALE
    )


@blueprint.get("/events/<slug:slug>/agenda")
@public
def index(slug: str) -> Response:
    """The agenda by day, room, track or as a list."""
    return shared_page(slug, _index, unreleased="agenda/public/none.html")


def _index(event: Event, release: Release, mine: Mine) -> str:
    values: dict[str, Any] = {"path": url_for("agenda.index", slug=event.slug), "viewer_zone": viewer_zone(), "at": now()}
    page = pages_of.build(event, release, args=request.args, mine=mine, **values)
    return render_template("agenda/public/index.html", page=page, event=event, listing=page.listing)


@blueprint.get("/events/<slug:slug>/agenda/<code:code>")
@public
def show(slug: str, code: str) -> Response:
    """A session: when and where, what about, who speaks, material and recording."""
    return shared_page(slug, lambda event, release, mine: session_page(event, release, mine, code))


def parts_seen(release: Release, mine: Mine, session_id: int) -> list[Part]:
    """The parts of a session, if the visitor may see it. Raises NotFoundError otherwise."""
    return _seen(queries.parts_of_sessions(release, [session_id]), mine, session_id)


def _seen(parts: Iterable[Part], mine: Mine, session_id: int) -> list[Part]:
    found = [part for part in parts if part.session_id == session_id]
    if not found or not (found[0].listed or session_id in mine.sees or session_id in mine.sign_ups):
        raise NotFoundError(session_id)
    return found


def session_page(
    event: Event, release: Release, mine: Mine, code: str, *, by_link: bool = False, blocks: Sequence[Markup] = ()
) -> str:
    """The page of the session of that code; `by_link`: behind somebody's own secret link, with `blocks` for them."""
    at, found = now(), queries.session(event.id, code)
    around = queries.parts_of_sessions(release, {found.id, *mine.sign_ups})
    parts = _seen(around, mine, found.id)
    names = queries.names(release, [found.id]).get(found.id, [])
    over = is_over(parts, at)
    recording = over and found.recording_url and (found.recording_until is None or found.recording_until > at)
    cancelled = event.status is EventStatus.CANCELLED
    waits = mine.sign_ups.get(found.id) is SignUpStatus.WAITING
    described = None
    if parts[0].listed and not by_link:
        described = jsonld.description(event, parts, names, before=queries.start_before(release, parts[0]))
    return render_template(
        "agenda/public/show.html",
        event=event,
        parts=parts,
        first=parts[0],
        found=found,
        names=names,
        mine=mine,
        position=queries.turn(mine.registration_id, found.id) if waits else None,
        by_link=by_link,
        blocks=blocks,
        materials=queries.materials(found.id, registered=mine.confirmed, over=over),
        recording=found.recording_url if recording else "",
        state=state_of(mine, parts, around, left=found.left, event_over=cancelled, at=at),
        level=LEVEL_LABELS[parts[0].level],
        language=language_name(parts[0].language),
        delivery=FORMAT_LABELS[parts[0].delivery or event.format],
        jsonld=described,
    )


@blueprint.get("/events/<slug:slug>/agenda/speakers/<code:code>")
@public
def speaker(slug: str, code: str) -> Response:
    """Somebody who speaks, with their sessions."""
    return shared_page(slug, lambda event, release, mine: _speaker(event, release, mine, code))


def _speaker(event: Event, release: Release, mine: Mine, code: str) -> str:
    found = queries.speakers(event.id, code=code)
    ids = queries.sessions_of(release, found[0].id) if found else []
    parts = [part for part in queries.parts_of_sessions(release, ids) if part.listed or part.session_id in mine.sees]
    if not parts:
        raise NotFoundError(code)
    zone = viewer_zone() if event.is_virtual and viewer_zone() else event.time_zone
    page = Page.of_parts(release, parts, mine, zone or event.time_zone, now())
    return render_template("agenda/public/speaker.html", event=event, speaker=found[0], page=page)


def released(event: Event) -> Release:
    """What people see of the event's agenda. Raises NotFoundError before anything was released."""
    found = queries.latest(event.id)
    if found is None:
        raise NotFoundError(event.slug)
    return found


@blueprint.get("/events/<slug:slug>/agenda/pictures/<token:key>")
@public
def picture(slug: str, key: str) -> Response:
    """The picture of a session or a speaker. Its address is random and its contents never change, so it is kept for long."""
    found = queries.picture(events.event_by_slug(viewer(), slug).id, key)
    if found.mime not in PICTURES:
        abort(404)
    response = Response(found.content, mimetype=found.mime)
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    return response


@blueprint.get("/events/<slug:slug>/agenda/<code:code>/materials/<token:key>")
@public
def material(slug: str, code: str, key: str) -> Response:
    """A file that belongs to a session, to be saved: when it is time, for whom it is meant."""
    event = events.event_by_slug(viewer(), slug)
    release = released(event)
    return material_file(event, release, own.of_viewer(viewer(), event, release), code, key)


def material_file(event: Event, release: Release, mine: Mine, code: str, key: str) -> Response:
    """The file, if the visitor may see it now. Raises NotFoundError otherwise."""
    found = queries.session(event.id, code)
    parts = parts_seen(release, mine, found.id)
    offered = queries.materials(found.id, registered=mine.confirmed, over=is_over(parts, now()))
    file = next((one for one in offered if one.key == key), None)
    if file is None or file.content is None:
        raise NotFoundError(key)
    response = Response(file.content, mimetype="application/octet-stream")
    name = "".join(c if c.isascii() and (c.isalnum() or c in "._- ") else "_" for c in file.name) or "file"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


def _public_pages(event: Event) -> list[tuple[str, str]]:
    if queries.latest(event.id) is None:
        return []
    return [(_("Agenda"), url_for("agenda.index", slug=event.slug))]


hooks.PUBLIC_PAGES.append(_public_pages)
hooks.SUB_EVENTS.append(jsonld.sub_events)
