"""The start page, and the two questions that machines ask: alive, and ready?"""

from datetime import timedelta

from flask import Blueprint, Response, current_app, jsonify, render_template, request
from flask_login import current_user
from sqlalchemy import func, select, text

from eventapp.core.clock import now
from eventapp.core.db import db
from eventapp.core.i18n import visitor_language
from eventapp.core.web.audiences import public
from eventapp.core.web.templates import viewer_zone
from eventapp.events import queries as events
from eventapp.events.rules import window
from eventapp.mail.models import MailState, OutboxMail
from eventapp.overview.migrations import at_head
from eventapp.partners.audiences import viewer

blueprint = Blueprint("overview", __name__)
LATE = timedelta(minutes=15)


@blueprint.get("/")
@public
def home() -> str:
    """Upcoming events, soonest first; past ones below."""
    at = now()
    upcoming = events.upcoming(viewer(), at)
    return render_template(
        "overview/home.html",
        upcoming=upcoming,
        past=[] if "q" in request.args else events.past(viewer(), at),
        states={e.id: window(e, at) for e in upcoming},
        acts_for_company=bool(current_user.is_authenticated and viewer().company_ids),
        zone=viewer_zone(),
        language=visitor_language(),
    )


@blueprint.get("/healthz")
@public
def healthz() -> Response:
    """The process answers."""
    return jsonify(status="ok")


@blueprint.get("/readyz")
@public
def readyz() -> tuple[Response, int]:
    """The database answers, is migrated to the head, and mail flows; 503 otherwise. Says nothing about contents."""
    checks = {"database": False, "migrations": False, "mail": False}
    try:
        db.session.execute(text("SELECT 1"))
        checks["database"] = True
        checks["migrations"] = at_head()
        waiting = (MailState.QUEUED, MailState.SENDING)
        oldest = db.session.scalar(select(func.min(OutboxMail.run_after)).where(OutboxMail.state.in_(waiting)))
        checks["mail"] = oldest is None or now() - oldest < LATE
    except Exception:
        current_app.logger.exception("not ready")
    ready = all(checks.values())
    return jsonify(status="ok" if ready else "not ready", **checks), 200 if ready else 503


@blueprint.get("/favicon.ico")
@public
def favicon() -> Response:
    """Browsers ask for it in this place whatever the page says."""
    return current_app.send_static_file("img/favicon.svg")


@blueprint.get("/robots.txt")
@public
def robots() -> Response:
    """Public pages may be indexed; secrets and the organizers' pages not."""
    return Response(
        "User-agent: *\nDisallow: /r/\nDisallow: /i/\nDisallow: /colleague/\nDisallow: /admin/\nDisallow: /account/\n",
        mimetype="text/plain",
    )
