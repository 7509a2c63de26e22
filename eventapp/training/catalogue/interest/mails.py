"""The mail about a new run to those who wanted one."""

from collections.abc import Sequence
from datetime import datetime

from eventapp.core.links import absolute
from eventapp.core.times import span
from eventapp.events.models import EventFormat
from eventapp.mail.render import render
from eventapp.mail.service import queue
from eventapp.registrations import queries as registrations
from eventapp.training.models import CourseInterest, Run


def send_new_run(run: Run, told: Sequence[CourseInterest], *, at: datetime) -> None:
    """Tells each of them when and where, and how they take their wish back. Who has no address is told nothing."""
    addresses = registrations.addresses(one.person_id for one in told)
    event, version = run.event, run.course_version
    place = "" if event.format is EventFormat.VIRTUAL else ", ".join(part for part in (event.venue, event.city) if part)
    values = {
        "title": version.title,
        "when": span(event.starts_at, event.ends_at, event.time_zone),
        "zone": event.time_zone,
        "place": place,
        "link": absolute("events.show", slug=event.slug),
        "course": absolute("courses.show", course_code=version.course.code),
    }
    for one in told:
        address = addresses.get(one.person_id, "")
        if not address:
            continue
        name = one.person.full_name
        subject, text, html = render("training/new_run", name=name, **values)
        queue(
            kind="training.new_run",
            about=f"event:{event.id}",
            to_name=name,
            to_address=address,
            subject=subject,
            text=text,
            html=html,
            from_name=event.sender_name,
            reply_to=event.contact_email,
            at=at,
        )
