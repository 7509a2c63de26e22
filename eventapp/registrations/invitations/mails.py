"""Mails about invitations: the personal link, once more as a reminder, and to a deputy."""

from collections.abc import Sequence
from datetime import datetime

from eventapp.core.links import absolute
from eventapp.events.models import Event
from eventapp.mail.render import render
from eventapp.mail.service import queue
from eventapp.registrations.invitations.models import Invitation
from eventapp.registrations.messages.placeholders import shown_times


def send(
    invitation: Invitation,
    event: Event,
    *,
    to: Sequence[tuple[str, str]],
    company: str,
    at: datetime,
    zone: str = "",
    reminder: bool = False,
    instead_of: str = "",
) -> int:
    """Sends the personal link to each of `to` (name, address), and returns how many mails that are.

    `company` is the name of the company that is invited or that the person comes from, `zone` the person's time zone,
    `instead_of` the name of whoever has named this deputy.
    """
    for name, address in to:
        subject, text, html = render(
            "registrations/company_invitation" if invitation.of_company else "registrations/invitation",
            event=event,
            name=name,
            company=company,
            link=link_of(invitation),
            times=shown_times(event, zone),
            expires_at=invitation.expires_at,
            note=invitation.note,
            reminder=reminder,
            instead_of=instead_of,
        )
        queue(
            kind="registrations.invitation_reminder" if reminder else "registrations.invitation",
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
    return len(to)


def send_called_off(invitation: Invitation, event: Event, *, to: Sequence[tuple[str, str]], company: str, at: datetime) -> None:
    """Tells each of `to` (name, address) that the event was cancelled before they answered."""
    for name, address in to:
        subject, text, html = render(
            "registrations/invitation_called_off",
            event=event,
            name=name,
            company=company if invitation.of_company else "",
            link=absolute("events.show", slug=event.slug),
        )
        queue(
            kind="registrations.invitation_called_off",
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


def link_of(invitation: Invitation) -> str:
    """The personal link."""
    return absolute("event_invitations.show", token=invitation.token)
