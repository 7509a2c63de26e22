"""The catalogue for everybody: the list of courses, the page of each, their public material."""

from collections.abc import Callable

from flask import Blueprint, Response, current_app, make_response, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from eventapp.core.clock import now
from eventapp.core.errors import NotFoundError
from eventapp.core.i18n import _, language_name, visitor_language
from eventapp.core.web.audiences import public
from eventapp.core.web.pages import PageCache
from eventapp.core.web.templates import viewer_zone
from eventapp.events import hooks
from eventapp.events.models import FORMAT_LABELS, Event, EventKind
from eventapp.partners import queries as partners
from eventapp.partners.audiences import viewer
from eventapp.training.catalogue import browsing, dates, jsonld, materials, queries, ways
from eventapp.training.catalogue.files import download
from eventapp.training.catalogue.interest.views import wish_of_visitor
from eventapp.training.catalogue.showing import audience_of, words_of
from eventapp.training.models import COURSE_LEVEL_LABELS, CREDENTIAL_KIND_LABELS

blueprint = Blueprint("courses", __name__)
pages = PageCache()
# Seats go meanwhile, so no page is kept longer than this.
FRESH = 60


def shared_page(render: Callable[[], str]) -> Response:
    """A page that visitors without a login share for a minute, or until a course or a date changes."""
    # "_flashes" is where Flask keeps messages for the next page: they are for this visitor only.
    if current_user.is_authenticated or "_flashes" in session:
        return make_response(render())
    minute = int(now().timestamp()) // FRESH
    where = (request.full_path, viewer_zone(), visitor_language(), current_app.name)
    return pages.answer((minute, *where, *queries.stamp(), *dates.stamp()), render)


@blueprint.get("/courses/")
@public
def index() -> Response:
    """All courses that are offered, with search, filters, and their next dates."""
    return shared_page(_index)


def _index() -> str:
    found = browsing.build(queries.current_versions(), dates.upcoming(now()), url_for(".index"), request.args)
    held = _held()
    return render_template(
        "training/catalogue/index.html",
        found=found,
        listing=found.listing,
        held=held,
        levels=COURSE_LEVEL_LABELS,
        formats=FORMAT_LABELS,
        language_name=language_name,
        zone=viewer_zone(),
    )


@blueprint.get("/courses/<course_code:course_code>")
@public
def show(course_code: str) -> ResponseReturnValue:
    """A course: what it teaches, for whom, what its certificate is worth, and when it is given."""
    if course_code != course_code.upper():
        return redirect(url_for(".show", course_code=course_code.upper()), 301)
    return shared_page(lambda: _show(course_code))


def _show(code: str) -> str:
    version, at = queries.offered(code), now()
    found = dates.upcoming(at, course_id=version.course_id).of(version.course_id)
    held = _held()
    asked = queries.prerequisites(version.id)
    names = [f"{one.course.code} {name}" if one.course is not None else name for one, name in asked]
    site: str = current_app.config["SETTINGS"].site_name
    return render_template(
        "training/catalogue/show.html",
        version=version,
        dates=found,
        held=held,
        prerequisites=asked,
        ways=ways.ways_with(version.course_id, held),
        materials=[one for one in materials.of_version(version.id) if one.is_public],
        audience=audience_of(version),
        modes=words_of(FORMAT_LABELS, version.modes),
        languages=[language_name(tag) for tag in version.languages],
        levels=COURSE_LEVEL_LABELS,
        formats=FORMAT_LABELS,
        language_name=language_name,
        wish=wish_of_visitor(version.course_id),
        jsonld=jsonld.description(version, found, names, site),
    )


def _held() -> ways.Held:
    """What the visitor holds; nothing without a login, or without a person behind it."""
    user, seat = viewer().user, viewer().seat
    if user is None:
        return ways.NOTHING
    person_id = seat.person_id if seat is not None else partners.person_of_user(user.id)
    return ways.held_by(person_id, now().date()) if person_id is not None else ways.NOTHING


@blueprint.get("/credentials/<course_code:credential_code>")
@public
def way(credential_code: str) -> ResponseReturnValue:
    """A credential: what it stands for, and all ways to it."""
    if credential_code != credential_code.upper():
        return redirect(url_for(".way", credential_code=credential_code.upper()), 301)
    return shared_page(lambda: _way(credential_code))


def _way(code: str) -> str:
    credential, held = queries.credential_given(code), _held()
    return render_template(
        "training/catalogue/way.html",
        credential=credential,
        ways=ways.ways_to(credential.id, held),
        held=credential.id in held.credentials,
        kinds=CREDENTIAL_KIND_LABELS,
    )


@blueprint.get("/courses/<course_code:course_code>/material/<token:material_key>")
@public
def material(course_code: str, material_key: str) -> Response:
    """A public file of a course, to be saved."""
    version = queries.offered(course_code)
    found = next((one for one in materials.of_version(version.id) if one.is_public and one.key == material_key), None)
    if found is None:
        raise NotFoundError(material_key)
    return download(found)


def _course_of(event: Event) -> list[tuple[str, str]]:
    """The way from the page of a run to that of its course, while the course is offered."""
    found = queries.course_of_event(event.id) if event.kind is EventKind.RUN else None
    return [(_("About the course"), url_for("courses.show", course_code=found))] if found else []


hooks.PUBLIC_PAGES.append(_course_of)
