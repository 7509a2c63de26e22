"""The dates of courses as calendars that people subscribe to. They name no address of a meeting."""

from collections.abc import Iterable, Iterator
from datetime import timedelta

from flask import Response, current_app

from eventapp.agenda.public.files import CALENDAR, conditional
from eventapp.core.clock import now
from eventapp.core.i18n import _, language_name
from eventapp.core.ical import Entry, calendar
from eventapp.core.links import absolute
from eventapp.core.web.audiences import public
from eventapp.core.web.headers import shareable
from eventapp.events.models import EventFormat
from eventapp.training.catalogue import dates, queries
from eventapp.training.catalogue.dates import CourseDate
from eventapp.training.catalogue.views import FRESH, blueprint

STALE = 600
REFRESH = timedelta(hours=6)


@blueprint.get("/courses/dates.ics")
@public
def calendar_of_all() -> Response:
    """The dates to come of all courses that are offered."""
    offered = {one.course_id for one in queries.current_versions()}
    found = [date for date in dates.upcoming(now()).all() if date.run.course_version.course_id in offered]
    found.sort(key=lambda date: (date.starts_at, date.run.id))
    return _feed(found, _("Courses"), "courses.ics")


@blueprint.get("/courses/<course_code:course_code>/dates.ics")
@public
def calendar_of_course(course_code: str) -> Response:
    """The dates to come of one course."""
    version = queries.offered(course_code)
    found = dates.upcoming(now(), course_id=version.course_id).of(version.course_id)
    return _feed(found, version.title, f"{version.course.code.lower()}.ics")


def _feed(found: Iterable[CourseDate], name: str, file: str) -> Response:
    entries = [entry for date in found for entry in _entries(date)]
    text = calendar(entries, name=name, refresh=REFRESH)
    return shareable(conditional(text.encode(), CALENDAR, name=file), fresh=FRESH, stale=STALE)


def _entries(date: CourseDate) -> Iterator[Entry]:
    """One entry for each slot. A run keeps its entries, so a slot that moves is moved in calendars too."""
    event, version = date.run.event, date.run.course_version
    host = current_app.config["SETTINGS"].host
    page = absolute("courses.show", course_code=version.course.code)
    place = (
        page
        if date.format is EventFormat.VIRTUAL
        else ", ".join(text for text in (event.venue, event.address, event.city) if text)
    )
    about = "\n\n".join(
        text for text in (version.summary, _("Language: %(name)s", name=language_name(date.run.language)), page) if text
    )
    for number, slot in enumerate(date.slots, 1):
        part = slot.label or (_("part %(n)s of %(all)s", n=number, all=len(date.slots)) if len(date.slots) > 1 else "")
        yield Entry(
            uid=f"run-{date.run.id}-{number}@{host}",
            sequence=event.version,
            start=slot.starts_at,
            end=slot.ends_at,
            summary=f"{version.course.code} {version.title}" + (f": {part}" if part else ""),
            location=place,
            description=about,
            url=page,
            stamp=event.updated_at,
        )
