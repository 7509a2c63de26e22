"""A registration as entries of a calendar, and the secret link that stands in them."""

from dataclasses import replace
from datetime import datetime

from flask import current_app

from eventapp.core.ical import Entry
from eventapp.core.links import absolute
from eventapp.events.models import Mode
from eventapp.registrations.join_links import join_link
from eventapp.registrations.messages.placeholders import venue_of
from eventapp.registrations.models import Registration, RegistrationStatus


def link_of(registration: Registration) -> str:
    """The secret link to one's registration."""
    return absolute("registrations_link.show", token=registration.token)


def joins_video(registration: Registration) -> bool:
    """Whether somebody has a link to join on video: whoever has a place there."""
    return registration.mode is Mode.VIRTUAL and registration.status is RegistrationStatus.CONFIRMED


def calendar_entries(registration: Registration, address: str, *, at: datetime, cancelled: bool = False) -> list[Entry]:
    """The calendar entries of a registration: one, or one for each part of the event.

    A part that was taken out is cancelled for good. The first one has the UID of the whole, so that an event that gets
    further parts moves nobody's entry.
    """
    event = registration.event
    if not event.parts:
        return [calendar_entry(registration, address, at=at, cancelled=cancelled)]
    whole = calendar_entry(registration, address, at=at, cancelled=cancelled)
    uid, host = whole.uid.split("@", 1)
    return [
        replace(
            whole,
            uid=whole.uid if part.number == 1 else f"{uid}-{part.number}@{host}",
            start=part.starts_at,
            end=part.ends_at,
            summary=f"{event.title}: {part.label}" if part.label else event.title,
            cancelled=whole.cancelled or part.cancelled,
        )
        for part in event.all_parts
    ]


def calendar_entry(registration: Registration, address: str, *, at: datetime, cancelled: bool = False) -> Entry:
    """The calendar entry of a registration."""
    event = registration.event
    settings = current_app.config["SETTINGS"]
    online = registration.mode is Mode.VIRTUAL
    joins = join_link(registration) if joins_video(registration) else ""
    return Entry(
        uid=f"{registration.uid}@{settings.host}",
        sequence=registration.sequence,
        start=event.starts_at,
        end=event.ends_at,
        summary=event.title,
        location=(joins or link_of(registration)) if online else venue_of(event),
        description="\n\n".join(part for part in (event.summary, joins, link_of(registration)) if part),
        url=link_of(registration),
        organizer=(event.sender_name or settings.site_name, event.contact_email or settings.mail_from),
        attendee=(registration.person.full_name, address),
        stamp=at,
        cancelled=cancelled or registration.status is not RegistrationStatus.CONFIRMED,
    )
