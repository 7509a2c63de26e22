"""Mails about registrations: each person's status with the calendar file, the company's summary, the handing on."""

from collections.abc import Sequence
from datetime import datetime

from flask import current_app

from eventapp.core.ical import Entry, calendar_file
from eventapp.core.links import absolute
from eventapp.core.times import ShownTime, event_times
from eventapp.events.models import Event
from eventapp.mail.render import render
from eventapp.mail.service import queue
from eventapp.partners.models import Organisation
from eventapp.registrations import queries
from eventapp.registrations.models import Registration, RegistrationStatus


def send_status(registrations: Sequence[Registration], *, at: datetime, addresses: dict[int, str] | None = None) -> None:
    """Tells each person where the registration stands: confirmed, waiting with reason and position, or cancelled.

    `addresses` are the people's primary ones by id, from whoever has read them already.
    """
    addresses = addresses or queries.addresses(r.person_id for r in registrations)
    places = queries.waiting_positions(registrations)
    for registration in registrations:
        event = registration.event
        entry = calendar_entry(registration, addresses[registration.person_id], at=at)
        has_calendar = registration.status is RegistrationStatus.CONFIRMED or registration.sequence > 0
        subject, text, html = render(
            f"registrations/{registration.status.value}",
            registration=registration,
            event=event,
            person=registration.person,
            company=registration.organisation,
            times=shown_times(event, registration.person.time_zone),
            link=link_of(registration),
            reason=queries.waiting_reason(registration),
            position=places.get(registration.id),
        )
        queue(
            kind=f"registrations.{registration.status.value}",
            about=f"event:{event.id}",
            to_name=registration.person.full_name,
            to_address=addresses[registration.person_id],
            subject=subject,
            text=text,
            html=html,
            from_name=event.sender_name,
            reply_to=event.contact_email,
            calendar=calendar_file(entry) if has_calendar else None,
            calendar_method=entry.method if has_calendar else None,
            at=at,
        )


def send_handed_on(registration: Registration, *, at: datetime) -> None:
    """Tells the former holder that somebody else comes instead, and takes the entry out of the calendar."""
    event, person = registration.event, registration.person
    address = queries.addresses([person.id])[person.id]
    subject, text, html = render(
        "registrations/handed_on", event=event, person=person, times=shown_times(event, person.time_zone)
    )
    registration.sequence += 1
    entry = calendar_entry(registration, address, at=at, cancelled=True)
    queue(
        kind="registrations.handed_on",
        about=f"event:{event.id}",
        to_name=person.full_name,
        to_address=address,
        subject=subject,
        text=text,
        html=html,
        from_name=event.sender_name,
        reply_to=event.contact_email,
        calendar=calendar_file(entry),
        calendar_method=entry.method,
        at=at,
    )


def send_summary(
    event: Event, company: Organisation, registrations: Sequence[Registration], *, to: tuple[str, str], at: datetime
) -> None:
    """Tells whoever registered them what became of each."""
    places = queries.waiting_positions(registrations)
    lines = [(r, queries.waiting_reason(r), places.get(r.id)) for r in registrations]
    subject, text, html = render(
        "registrations/summary",
        event=event,
        company=company,
        lines=lines,
        name=to[0],
        times=shown_times(event, ""),
        link=absolute("registrations.new", slug=event.slug),
    )
    queue(
        kind="registrations.summary",
        about=f"event:{event.id}",
        to_name=to[0],
        to_address=to[1],
        subject=subject,
        text=text,
        html=html,
        from_name=event.sender_name,
        reply_to=event.contact_email,
        at=at,
    )


def send_address_link(event: Event, address: str, link: str | None, *, at: datetime) -> None:
    """Answers somebody who wants to register alone: the link that proves the address, or why there is none."""
    subject, text, html = render("registrations/address_link", event=event, link=link, times=shown_times(event, ""))
    queue(
        kind="registrations.address_link",
        about=f"event:{event.id}",
        to_name="",
        to_address=address,
        subject=subject,
        text=text,
        html=html,
        from_name=event.sender_name,
        reply_to=event.contact_email,
        at=at,
    )


def shown_times(event: Event, zone: str) -> list[ShownTime]:
    """The event's times in its own zone and, where clocks differ, in the reader's."""
    return event_times(event.starts_at, event.ends_at, event.time_zone, zone or None, event.is_virtual)


def link_of(registration: Registration) -> str:
    """The secret link to one's registration."""
    return absolute("registrations_link.show", token=registration.token)


def calendar_entry(registration: Registration, address: str, *, at: datetime, cancelled: bool = False) -> Entry:
    """The calendar entry of a registration."""
    event = registration.event
    settings = current_app.config["SETTINGS"]
    online = registration.mode.value == "virtual"
    place = ", ".join(part for part in (event.venue, event.address, event.city) if part)
    return Entry(
        uid=f"{registration.uid}@{settings.host}",
        sequence=registration.sequence,
        start=event.starts_at,
        end=event.ends_at,
        summary=event.title,
        location=link_of(registration) if online else place,
        description=f"{event.summary}\n\n{link_of(registration)}".strip(),
        url=link_of(registration),
        organizer=(event.sender_name or settings.site_name, event.contact_email or settings.mail_from),
        attendee=(registration.person.full_name, address),
        stamp=at,
        cancelled=cancelled or registration.status is not RegistrationStatus.CONFIRMED,
    )
