"""What stands about joining on one's own page, `/r/<token>`: the link, and the sessions that have links of their own."""

from datetime import datetime

from flask import render_template
from markupsafe import Markup
from sqlalchemy import delete

from eventapp.agenda.joining import queries
from eventapp.agenda.joining.models import Arrival
from eventapp.agenda.joining.rules import State, refusal
from eventapp.audit.service import Actor
from eventapp.core.db import db
from eventapp.core.web.templates import viewer_zone
from eventapp.events.models import EventFormat
from eventapp.registrations import hooks
from eventapp.registrations.join_links import join_token
from eventapp.registrations.models import Registration


def block(registration: Registration, at: datetime) -> Markup:
    """The block of somebody who may join; empty for anybody else. No query where nothing is on video."""
    event = registration.event
    if event.format is EventFormat.IN_PERSON or at >= event.ends_at:
        return Markup()
    settings = queries.settings_of(event.id)
    stream = queries.whole(event, settings)
    if refusal(stream, registration, in_person=settings.in_person_may_follow) is not None:
        return Markup()
    html = render_template(
        "agenda/joining/_own.html",
        event=event,
        token=join_token(registration),
        open=queries.verdict_of(stream, registration, settings, at).state is State.OPEN,
        ways=queries.joinable(registration, settings, at),
        zone=viewer_zone() or registration.person.time_zone,
    )
    return Markup(html)  # noqa: S704 - made by a template of ours


def leave(registration: Registration, _by: Actor, _at: datetime) -> None:
    """Whoever gets the place has not arrived by that."""
    db.session.execute(delete(Arrival).where(Arrival.registration_id == registration.id))


hooks.OWN_PAGE.append(block)
hooks.LEAVING.append(leave)
