"""Mails about requests for more places: to the partner managers, and back to whoever asked."""

from datetime import datetime

from eventapp.accounts.models import User
from eventapp.core.db import db
from eventapp.core.links import absolute
from eventapp.events.models import Event, QuotaRequest
from eventapp.mail.render import render
from eventapp.mail.service import queue
from eventapp.partners.models import Organisation
from eventapp.registrations.quota_requests import queries


def send_asked(request: QuotaRequest, event: Event, company: Organisation, capacity: int, *, at: datetime) -> None:
    """Tells the company's partner managers; where it has none, the event's contact address."""
    receivers = list(queries.managers_of(company, at)) or ([("", event.contact_email)] if event.contact_email else [])
    for name, address in receivers:
        parts = render(
            "registrations/more_asked",
            request=request,
            event=event,
            company=company,
            capacity=capacity,
            name=name,
            link=absolute("quota_requests_admin.index"),
        )
        _send("registrations.more_asked", event, name, address, parts, at)


def send_decided(request: QuotaRequest, event: Event, company: Organisation, granted: int | None, *, at: datetime) -> None:
    """Tells whoever asked what became of it; `granted` is none for a no. A login that is gone is told nothing."""
    asked = db.session.get(User, request.asked_by_id) if request.asked_by_id is not None else None
    if asked is None or not asked.active:
        return
    parts = render(
        "registrations/more_decided",
        request=request,
        event=event,
        company=company,
        granted=granted,
        name=asked.display_name,
        link=absolute("registrations.new", slug=event.slug),
    )
    _send("registrations.more_decided", event, asked.display_name, asked.email, parts, at)


def _send(kind: str, event: Event, name: str, address: str, parts: tuple[str, str, str], at: datetime) -> None:
    subject, text, html = parts
    queue(
        kind=kind,
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
