"""Organizer pages of feedback: the report by session and by speaker, the files, the questions."""

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from eventapp.accounts.audiences import organizer, reader
from eventapp.agenda.content.pages import page
from eventapp.agenda.feedback import exports, forms, queries, service
from eventapp.agenda.feedback.rules import LEAST
from eventapp.audit.service import record
from eventapp.core import exports as files
from eventapp.core.clock import now
from eventapp.core.i18n import _
from eventapp.core.saving import saving
from eventapp.core.web.downloads import asked_format, table_file
from eventapp.events import queries as events
from eventapp.partners.audiences import viewer

blueprint = Blueprint("feedback_admin", __name__)
FORMATS = [*((p.name, p.label) for p in files.PRESETS.values()), ("xlsx", "Excel (XLSX)"), ("json", "JSON")]


@blueprint.get("/admin/events/<slug:slug>/agenda/feedback/")
@reader
def index(slug: str) -> str:
    """What came of the sessions, and of the speakers."""
    event = events.event_by_slug(viewer(), slug)
    found = queries.results(event)
    return page(
        "agenda/feedback/admin/index.html",
        event,
        "feedback",
        found=found,
        speakers=queries.by_speaker(event, found) if found else [],
        asked=exports.starred(event),
        least=LEAST,
        formats=FORMATS,
    )


@blueprint.get("/admin/events/<slug:slug>/agenda/feedback/<id:agenda_session_id>")
@reader
def show(slug: str, agenda_session_id: int) -> str:
    """One session: the spread of the stars, and the texts."""
    event = events.event_by_slug(viewer(), slug)
    found = queries.result(event, agenda_session_id)
    return page(
        "agenda/feedback/admin/show.html",
        event,
        "feedback",
        found=found,
        details=queries.details(event, found),
        least=LEAST,
    )


@blueprint.post("/admin/events/<slug:slug>/agenda/feedback/export/<any(sessions, speakers, texts):report>")
@reader
def export(slug: str, report: str) -> ResponseReturnValue:
    """The report as a file; the download stands in the log."""
    event = events.event_by_slug(viewer(), slug)
    name = asked_format()
    at, asked = now(), exports.starred(event)
    lines = list(exports.rows(report, event, asked))
    with saving():
        record(
            "feedback.export",
            by=current_user,
            at=at,
            object_type="event",
            object_id=event.id,
            object_name=event.title,
            event_id=event.id,
            changes={"format": name, "kind": report},
        )
    return table_file(
        lines,
        exports.columns(report, asked),
        name,
        of=event.slug,
        content=f"feedback_{report}",
        title=event.title,
        zone=event.time_zone,
        at=at,
    )


@blueprint.route("/admin/events/<slug:slug>/agenda/feedback/questions", methods=["GET", "POST"])
@organizer
def choose(slug: str) -> ResponseReturnValue:
    """What is asked after each session."""
    event = events.event_by_slug(viewer(), slug)
    form = forms.questions_form(queries.questions(event.id))
    status = 200
    if form.validate_on_submit():
        with saving(form) as saved:
            service.choose(event, forms.wanted(form), by=current_user, at=now())
            saved.location = url_for(".index", slug=slug)
        if saved.ok:
            flash(_("Saved."), "success")
            return redirect(saved.location)
        status = saved.status
        event = events.event_by_slug(viewer(), slug)
    elif request.method == "POST":
        status = 422
    shown = page(
        "agenda/feedback/admin/choose.html",
        event,
        "feedback",
        form=form,
        rows=[(form[f"label_{n}"], form[f"kind_{n}"], form[f"id_{n}"]) for n in range(service.MOST_QUESTIONS)],
        has_errors=form.refused,
    )
    return shown, status
