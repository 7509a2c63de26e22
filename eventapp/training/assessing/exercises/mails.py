"""Mails about recordings that were handed in."""

from datetime import datetime

from eventapp.core.links import absolute
from eventapp.mail.render import render
from eventapp.mail.service import queue
from eventapp.registrations import queries as registrations
from eventapp.training.models import Enrolment


def send_marked(enrolment: Enrolment, *, at: datetime) -> None:
    """Tells whoever handed a recording in that it is marked. The marks stand on their page, not in the mail."""
    person, event = enrolment.person, enrolment.run.event
    address = registrations.addresses([person.id]).get(person.id, "")
    if not address or enrolment.registration.person_id != person.id:
        return
    link = absolute("exercise.show", token=enrolment.registration.token, run_id=enrolment.run_id)
    subject, text, html = render(
        "training/marked", name=person.given_name or person.full_name, course=enrolment.run.course_version.title, link=link
    )
    queue(
        kind="training.marked",
        about=f"event:{event.id}",
        to_name=person.full_name,
        to_address=address,
        subject=subject,
        text=text,
        html=html,
        from_name=event.sender_name,
        reply_to=event.contact_email,
        at=at,
    )
