"""What stands about joining on one's own page, `/r/<token>`: the link, and the sessions that have links of their own."""

from datetime import datetime

from flask import render_template
from markupsafe import Markup
from sqlalchemy import delete

from eventapp.agenda.joining import queries
from eventapp.agenda.joining.models import Arrival
from eventapp.agenda.joining.rules import State, refusal
from eventapp.agenda.joining.texts import words
from eventapp.agenda.models import AgendaSession
from eventapp.audit.service import Actor
from eventapp.core.db import db
from eventapp.core.web.templates import viewer_zone
from eventapp.events.models import EventFormat, Mode
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


def session_block(registration: Registration, code: str, at: datetime) -> Markup:
    """What stands on somebody's own page of a session: the link, or that it is in a room only; nothing once it is over."""
    if registration.event.format is EventFormat.IN_PERSON:
        return Markup()
    found = queries.streams(registration, AgendaSession.code == code)
    if not found:
        return Markup()
    way = queries.way_of(found[0], registration, queries.settings_of(registration.event_id), at)
    told = registration.mode is Mode.VIRTUAL and way.verdict.state is State.ROOM_ONLY
    if not told and (way.token is None or (way.verdict.state is State.OVER and not way.stream.recording(at))):
        return Markup()
    zone = viewer_zone() or registration.person.time_zone or registration.event.time_zone
    html = render_template(
        "agenda/joining/_session.html", way=way, state=way.verdict.state, words=words(way.verdict.state), zone=zone
    )
    return Markup(html)  # noqa: S704 - made by a template of ours


def leave(registration: Registration, _by: Actor, _at: datetime) -> None:
    """Whoever gets the place has not arrived by that."""
    db.session.execute(delete(Arrival).where(Arrival.registration_id == registration.id))


hooks.OWN_PAGE.append(block)
hooks.LEAVING.append(leave)
