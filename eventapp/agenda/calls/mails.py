"""Mails of the call: the decision to whoever proposed, and the question to each speaker."""

from datetime import datetime

from eventapp.accounts.models import User
from eventapp.agenda.calls.models import SessionProposal
from eventapp.agenda.models import AgendaSession, Speaker, SpeakerTask
from eventapp.core.db import db
from eventapp.core.links import absolute
from eventapp.events.models import Event
from eventapp.mail.render import render
from eventapp.mail.service import queue


def send_decided(event: Event, proposal: SessionProposal, *, at: datetime) -> None:
    """Tells whoever proposed what became of it. A login that is gone is told nothing."""
    user = db.session.get(User, proposal.proposed_by_id) if proposal.proposed_by_id is not None else None
    if user is None or not user.active:
        return
    link = absolute("calls.show", slug=event.slug)
    _send("call_decided", event, user.name, user.email, at, proposal=proposal, link=link)


def send_asked(event: Event, session: AgendaSession, speaker: Speaker, address: str, *, at: datetime) -> None:
    """Asks a speaker to confirm, by a link that needs no login."""
    link = absolute("speaking.show", token=speaker.token)
    _send("call_asked", event, speaker.name, address, at, session=session, link=link)


def send_reminder(event: Event, speaker: Speaker, address: str, tasks: list[SpeakerTask], *, at: datetime) -> None:
    """Reminds a speaker of what we wait for."""
    link = absolute("speaking.show", token=speaker.token)
    _send("speaker_reminder", event, speaker.name, address, at, tasks=tasks, link=link)


def _send(template: str, event: Event, name: str, address: str, at: datetime, **values: object) -> None:
    subject, text, html = render(f"agenda/{template}", event=event, name=name, **values)
    queue(
        kind=f"agenda.{template}",
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
