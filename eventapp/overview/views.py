"""The start page, and the two questions that machines ask: alive, and ready?"""

from flask import Blueprint, Response, current_app, jsonify, render_template, request
from flask_login import current_user
from sqlalchemy import text

from eventapp.core.clock import now
from eventapp.core.db import db
from eventapp.core.i18n import visitor_language
from eventapp.core.web.audiences import public
from eventapp.core.web.templates import viewer_zone
from eventapp.events import queries as events
from eventapp.events.rules import window
from eventapp.mail import queries as mails
from eventapp.overview.migrations import at_head
from eventapp.partners.audiences import viewer

blueprint = Blueprint("overview", __name__)


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
    """Whether the database answers and is migrated to the head, and whether mail flows. Says nothing about contents.

    503 when pages cannot be answered. Mail that does not flow is only said: whoever sends visitors by this answer must
    not turn them away, since a dead mail server costs no registration.
    """
    checks = {"database": False, "migrations": False, "mail": False}
    try:
        db.session.execute(text("SELECT 1"))
        checks["database"] = True
        checks["migrations"] = at_head()
        checks["mail"] = mails.flows(now())
    except Exception:
        current_app.logger.exception("not ready")
    ready = checks["database"] and checks["migrations"]
    status = "not ready" if not ready else "ok" if checks["mail"] else "mail does not flow"
    return jsonify(status=status, **checks), 200 if ready else 503


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
