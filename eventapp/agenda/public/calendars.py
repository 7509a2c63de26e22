"""Parts of sessions as calendar entries: one mechanism for the public file, a private feed and mails."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from flask import current_app

from eventapp.agenda.public.queries import Name, Part
from eventapp.core.ical import Entry, calendar
from eventapp.core.links import absolute
from eventapp.core.markdown import text_of
from eventapp.events.models import Event, EventFormat


def entry(
    event: Event,
    part: Part,
    names: Sequence[Name],
    *,
    stamp: datetime,
    own_changes: int = 0,
    cancelled: bool = False,
    join: str = "",
    organizer: tuple[str, str] | None = None,
    attendee: tuple[str, str] | None = None,
) -> Entry:
    """The entry of one part. Its UID is the same for everybody and everywhere: in files, feeds and mails.

    `own_changes` is how often somebody's own entry changed beyond what the releases changed; together with the part's
    number it is the SEQUENCE (RFC 5545). `join` is somebody's own link to the video.
    """
    host = current_app.config["SETTINGS"].host
    page = absolute("agenda.show", slug=event.slug, code=part.code)
    about = "\n\n".join(text for text in (part.subtitle, speaking(names), text_of(part.abstract_html), join, page) if text)
    return Entry(
        uid=f"{part.guid}@{host}",
        sequence=part.sequence + own_changes,
        start=part.starts_at,
        end=part.ends_at,
        summary=f"{part.title}: {part.label}" if part.label else part.title,
        location=join or location(event, part, page),
        description=about,
        url=page,
        stamp=stamp,
        organizer=organizer,
        attendee=attendee,
        cancelled=cancelled or part.cancelled,
    )


def speaking(names: Iterable[Name]) -> str:
    """Who speaks, in one line."""
    return ", ".join(f"{name.name} ({name.company})" if name.company else name.name for name in names)


def location(event: Event, part: Part, page: str) -> str:
    """Room and venue; of what is on video alone the page, where the link to it stands."""
    if (part.delivery or event.format) is EventFormat.VIRTUAL:
        return page
    return ", ".join(text for text in (part.room, event.venue, event.city) if text)


def public_calendar(event: Event, parts: Sequence[Part], names: dict[int, list[Name]], *, stamp: datetime) -> str:
    """All that is public, as a file; what was cancelled stays in it as cancelled."""
    found = (entry(event, part, names.get(part.session_id, []), stamp=stamp) for part in parts)
    return calendar(found, name=event.title)
