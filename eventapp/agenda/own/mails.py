"""Mails about places in sessions, each with the entry for the calendar."""

from collections.abc import Sequence
from datetime import datetime

from flask import current_app

from eventapp.agenda.joining.links import calendar_link
from eventapp.agenda.models import SessionSignUp
from eventapp.agenda.public import queries as public
from eventapp.agenda.public.calendars import entry
from eventapp.agenda.public.queries import Name, Part
from eventapp.core.ical import Entry, calendar
from eventapp.core.links import absolute
from eventapp.core.times import span
from eventapp.mail.render import render
from eventapp.mail.service import queue
from eventapp.registrations import queries as registrations


def send(sign_ups: Sequence[SessionSignUp], what: str, *, at: datetime) -> None:
    """Tells people that they have a place (`confirmed`, `promoted`) or have it no more (`given_back`).

    Who has no address is told by whoever they come along with.
    """
    if not sign_ups:
        return
    addresses = registrations.addresses(one.registration.person_id for one in sign_ups)
    hosts = registrations.hosts_of([one.registration for one in sign_ups])
    shown: dict[int, tuple[list[Part], dict[int, list[Name]]]] = {}
    for event_id in {one.registration.event_id for one in sign_ups}:
        release = public.latest(event_id)
        ids = {one.session_id for one in sign_ups if one.registration.event_id == event_id}
        if release is not None:
            shown[event_id] = public.parts_of_sessions(release, ids), public.names(release, ids)
    for one in sign_ups:
        parts, names = shown.get(one.registration.event_id, ([], {}))
        host = hosts.get(one.registration_id)
        address = addresses.get(one.registration.person_id, "") or (host.address if host else "")
        if address:
            own = [part for part in parts if part.session_id == one.session_id]
            _send(one, what, own, names.get(one.session_id, []), address, at=at)


def _send(sign_up: SessionSignUp, what: str, parts: list[Part], names: list[Name], address: str, *, at: datetime) -> None:
    registration, event = sign_up.registration, sign_up.registration.event
    gone = what == "given_back"
    entries = [own_entry(sign_up, part, names, address, cancelled=gone, at=at) for part in parts]
    # iTIP speaks of one entry at a time; a session of several parts is published instead.
    method = entries[0].method if len(entries) == 1 else "PUBLISH"
    subject, text, html = render(
        f"agenda/{what}",
        event=event,
        title=sign_up.session.title,
        name=registration.person.full_name,
        times=[(span(part.starts_at, part.ends_at, event.time_zone), part.room or "") for part in parts],
        zone=event.time_zone,
        link=absolute("own_agenda.show", token=registration.token),
    )
    queue(
        kind=f"agenda.{what}",
        about=f"event:{event.id}",
        to_name=registration.person.full_name,
        to_address=address,
        subject=subject,
        text=text,
        html=html,
        from_name=event.sender_name,
        reply_to=event.contact_email,
        calendar=calendar(entries, method=method) if entries else None,
        calendar_method=method if entries else None,
        at=at,
    )


def own_entry(
    sign_up: SessionSignUp, part: Part, names: Sequence[Name], address: str, *, cancelled: bool = False, at: datetime
) -> Entry:
    """Somebody's own calendar entry for a part of a session in which they have a place; the feed has the same UID."""
    registration, event = sign_up.registration, sign_up.registration.event
    settings = current_app.config["SETTINGS"]
    return entry(
        event,
        part,
        names,
        stamp=at,
        own_changes=sign_up.sequence,
        cancelled=cancelled,
        join=calendar_link(registration, part.code, part.delivery),
        organizer=(event.sender_name or settings.site_name, event.contact_email or settings.mail_from),
        attendee=(registration.person.full_name, address),
    )
