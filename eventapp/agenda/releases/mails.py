"""The mail about a release: what changed for one person, with the calendar entries of their sessions."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import current_app

from eventapp.agenda.models import CHANGE_LABELS, ChangeKind
from eventapp.agenda.public.calendars import entry
from eventapp.agenda.public.queries import Name, Part
from eventapp.agenda.releases.difference import Change, Line
from eventapp.agenda.releases.telling import ROLE_LABELS, Recipient
from eventapp.core.i18n import _
from eventapp.core.ical import Entry, calendar_file
from eventapp.core.links import absolute
from eventapp.core.times import clock, place, span, to_local, weekday_text
from eventapp.events.models import Event
from eventapp.mail.render import render
from eventapp.mail.service import queue


@dataclass(frozen=True)
class Told:
    """One change as its mail and the review page say it."""

    kind: str
    title: str
    role: str
    now: str
    before: str


@dataclass(frozen=True)
class Written:
    """A mail, ready to be queued or shown."""

    subject: str
    text: str
    html: str


def write(event: Event, one: Recipient, changes: Sequence[Change], rooms: Mapping[int, str], note: str = "") -> Written:
    """The mail to one person about the changes that concern them; `rooms` are names by id."""
    subject, text, html = render(
        "agenda/release",
        event=event,
        name=one.name,
        note=note,
        lines=[told(event, change, rooms, str(ROLE_LABELS[one.roles[change.new.session_id]])) for change in changes],
        place=place(to_local(event.starts_at, event.time_zone), event.time_zone),
        link=absolute("own_agenda.show", token=one.token) if one.token else "",
        changes_link=absolute("releases.changes", slug=event.slug),
        in_calendar=bool(one.calendar(changes)),
    )
    return Written(subject, text, html)


def send(event: Event, one: Recipient, mail: Written, entries: Sequence[Entry], *, at: datetime) -> None:
    """Queues a mail. Its calendar entries are a file each, since one file may ask for one entry only (RFC 5546, 3.2.2)."""
    queue(
        kind="agenda.release",
        about=f"event:{event.id}",
        to_name=one.name,
        to_address=one.address,
        subject=mail.subject,
        text=mail.text,
        html=mail.html,
        from_name=event.sender_name,
        reply_to=event.contact_email,
        calendar="".join(calendar_file(entry) for entry in entries) or None,
        calendar_method=entries[0].method if entries else None,
        at=at,
    )


def entries_of(
    event: Event, one: Recipient, parts: Iterable[Part], names: Mapping[int, Sequence[Name]], *, at: datetime
) -> list[Entry]:
    """Their calendar entries of these parts, as a private feed has them."""
    settings = current_app.config["SETTINGS"]
    return [
        entry(
            event,
            part,
            names.get(part.session_id, ()),
            stamp=at,
            own_changes=one.sequences.get(part.session_id, 0),
            organizer=(event.sender_name or settings.site_name, event.contact_email or settings.mail_from),
            attendee=(one.name, one.address),
        )
        for part in parts
    ]


def told(event: Event, change: Change, rooms: Mapping[int, str], role: str = "") -> Told:
    """A change in words: what it is now and, of what was moved or cancelled, what it was."""
    now, before = where(event, change.new, rooms), where(event, change.old, rooms) if change.old else ""
    if change.kind is ChangeKind.CANCELLED:
        now = ""
    elif change.kind is ChangeKind.NEW or now == before:
        before = ""
    return Told(str(CHANGE_LABELS[change.kind]), titled(change.new), role, now, before)


def titled(line: Line) -> str:
    """A session with the name of its part."""
    return f"{line.title}: {line.label}" if line.label else line.title


def where(event: Event, line: Line, rooms: Mapping[int, str]) -> str:
    """When and where in the event's own time: "Tue 18 May, 09:00–09:45, Hall"."""
    start, end = to_local(line.starts_at, event.time_zone), to_local(line.ends_at, event.time_zone)
    long = line.ends_at - line.starts_at >= timedelta(days=1)
    text = span(line.starts_at, line.ends_at, event.time_zone) if long else (
        f"{weekday_text(start.date())}, {clock(start)}–{clock(end)}"
    )  # fmt: skip
    room = _("all rooms") if line.all_rooms else rooms.get(line.room_id or 0, "")
    return f"{text}, {room}" if room else text
