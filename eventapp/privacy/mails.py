"""Mails about privacy: to whoever registered somebody who objects, and to the organizers who are asked to erase."""

from datetime import datetime

from eventapp.accounts.models import User
from eventapp.core.db import db
from eventapp.core.links import absolute
from eventapp.mail.render import render
from eventapp.mail.service import queue
from eventapp.partners.models import Person
from eventapp.registrations.models import Registration


def send_objected(registration: Registration, *, at: datetime) -> None:
    """Tells whoever registered somebody that the person does not want it. The name is the one that they typed."""
    user = db.session.get(User, registration.registered_by_id) if registration.registered_by_id else None
    if user is None:
        return
    event = registration.event
    subject, text, html = render("privacy/objected", name=user.display_name, registration=registration, event=event)
    queue(
        kind="privacy.objected",
        about=f"event:{event.id}",
        to_name=user.display_name,
        to_address=user.email,
        subject=subject,
        text=text,
        html=html,
        from_name=event.sender_name,
        reply_to=event.contact_email,
        at=at,
    )


def send_erasure_asked(person: Person, address: str, organizer: User, *, at: datetime) -> None:
    """Tells an organizer that somebody wants to be erased."""
    link = absolute("erasing_admin.erase", person_id=person.id)
    subject, text, html = render("privacy/erasure_asked", person=person, address=address, link=link, name=organizer.display_name)
    queue(
        kind="privacy.erasure_asked",
        about=f"person:{person.id}",
        to_name=organizer.display_name,
        to_address=organizer.email,
        subject=subject,
        text=text,
        html=html,
        at=at,
    )
