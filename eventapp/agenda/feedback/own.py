"""What stands about feedback on one's own pages."""

from datetime import datetime

from flask import render_template
from markupsafe import Markup
from sqlalchemy import delete

from eventapp.agenda.feedback import queries
from eventapp.agenda.feedback.models import Feedback
from eventapp.agenda.feedback.rules import DAYS, may_answer
from eventapp.agenda.joining import queries as joining
from eventapp.agenda.models import AgendaSession
from eventapp.audit.service import Actor
from eventapp.core.db import db
from eventapp.registrations import hooks
from eventapp.registrations.models import Registration, RegistrationStatus


def block(registration: Registration, at: datetime) -> Markup:
    """The way to say something about sessions that are over. No query before the event and long after it."""
    event = registration.event
    running = event.starts_at <= at and (at - event.ends_at).days < DAYS
    if not running or registration.status is not RegistrationStatus.CONFIRMED:
        return Markup()
    asked = queries.to_answer(registration, at)
    if not asked:
        return Markup()
    left = sum(not given for _session, given in asked)
    html = render_template("agenda/feedback/_own.html", token=registration.token, left=left)
    return Markup(html)  # noqa: S704 - made by a template of ours


def session_block(registration: Registration, code: str, at: datetime) -> Markup:
    """The way to say something about one session that is over."""
    if at < registration.event.starts_at:
        return Markup()
    found = joining.streams(registration, AgendaSession.code == code)
    if not found or not may_answer(registration, found[0], at):
        return Markup()
    html = render_template("agenda/feedback/_session.html", token=registration.token, code=code)
    return Markup(html)  # noqa: S704 - made by a template of ours


def leave(registration: Registration, _by: Actor, _at: datetime) -> None:
    """Whoever gets the place speaks for themselves: what the former holder said of sessions goes with them."""
    db.session.execute(delete(Feedback).where(Feedback.registration_id == registration.id))


hooks.OWN_PAGE.append(block)
hooks.LEAVING.append(leave)
