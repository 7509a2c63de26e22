"""The organizer's pages about places in sessions: numbers of all, people of one, by hand in and out, the export."""

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from eventapp.accounts.audiences import organizer, reader
from eventapp.agenda.content.pages import page
from eventapp.agenda.models import AgendaSession, SignUpStatus
from eventapp.agenda.own import exports, listing, queries, service
from eventapp.agenda.own.forms import PutInForm, TakeOutForm
from eventapp.audit.service import record
from eventapp.core import exports as files
from eventapp.core.clock import now
from eventapp.core.errors import RuleError
from eventapp.core.i18n import _, ngettext
from eventapp.core.saving import saving
from eventapp.core.web.downloads import asked_format, table_file
from eventapp.events import queries as events
from eventapp.events.models import Event
from eventapp.partners.audiences import viewer
from eventapp.registrations import queries as registrations

blueprint = Blueprint("sign_ups_admin", __name__)
FORMATS = [(p.name, p.label) for p in files.PRESETS.values()] + [("xlsx", "Excel (XLSX)"), ("json", "JSON")]


@blueprint.get("/admin/events/<slug:slug>/agenda/sign-ups")
@reader
def index(slug: str) -> str:
    """The sessions with places, and how many are taken."""
    event = events.event_by_slug(viewer(), slug)
    found = listing.sessions(viewer(), event)
    return page("agenda/own/admin/index.html", event, "places", sessions=found, formats=FORMATS)


@blueprint.get("/admin/events/<slug:slug>/agenda/sign-ups/<code:code>")
@reader
def show(slug: str, code: str) -> str:
    """Who has a place in a session, and who waits."""
    event = events.event_by_slug(viewer(), slug)
    return _page(event, queries.session_by_code(event.id, code), PutInForm(formdata=None), TakeOutForm(formdata=None))


def _page(event: Event, session: AgendaSession, put_in: PutInForm, take_out: TakeOutForm) -> str:
    path = url_for(".show", slug=event.slug, code=session.code)
    numbers = next((one for one in listing.sessions(viewer(), event) if one.id == session.id), None)
    return page(
        "agenda/own/admin/show.html",
        event,
        "places",
        session=session,
        numbers=numbers,
        listing=listing.page(viewer(), session, path, request.args),
        words=listing.SIGN_UP_WORDS,
        put_in=put_in,
        take_out=take_out,
        formats=FORMATS,
        has_errors=put_in.refused or take_out.refused,
    )


@blueprint.post("/admin/events/<slug:slug>/agenda/sign-ups/<code:code>/add")
@organizer
def add(slug: str, code: str) -> ResponseReturnValue:
    """Puts somebody registered into a session, past its rules and, if asked to, above its capacity."""
    event = events.event_by_slug(viewer(), slug)
    session = queries.session_by_code(event.id, code)
    form, status = PutInForm(), 422
    if form.validate():
        with saving(form) as saved:
            token = listing.token_of(event, (form.who.data or "").strip())
            if token is None:
                raise RuleError(_("Nobody with a confirmed registration has this code or address."), "who", 422)
            registration = registrations.by_token(token)
            by_hand, above = form.reason.data or "", bool(form.above.data)
            made = service.sign_up(registration, session, by_hand=by_hand, above=above, by=current_user, at=now())
            saved.location = url_for(".show", slug=slug, code=code)
            waits = made.status is SignUpStatus.WAITING
            flash(_("Put on the waiting list.") if waits else _("Put in."), "success")
        if saved.ok:
            return redirect(saved.location)
        status = saved.status
        event = events.event_by_slug(viewer(), slug)
        session = queries.session_by_code(event.id, code)
    return _page(event, session, form, TakeOutForm(formdata=None)), status


@blueprint.post("/admin/events/<slug:slug>/agenda/sign-ups/<code:code>/remove")
@organizer
def remove(slug: str, code: str) -> ResponseReturnValue:
    """Takes the ticked people out of a session; who waits moves up."""
    event = events.event_by_slug(viewer(), slug)
    session = queries.session_by_code(event.id, code)
    form, status = TakeOutForm(), 422
    ids = {int(one) for one in request.form.getlist("ids") if one.isascii() and one.isdigit() and len(one) < 10}
    if form.validate():
        with saving(form) as saved:
            found = [one for one in queries.of_sessions([session.id]) if one.id in ids]
            if not found:
                raise RuleError(_("Tick whom you want to take out."), None, 422)
            service.give_back(found, reason=form.why.data or "", by=current_user, at=now())
            saved.location = url_for(".show", slug=slug, code=code)
            flash(ngettext("%(num)s person taken out.", "%(num)s people taken out.", len(found)), "success")
        if saved.ok:
            return redirect(saved.location)
        status = saved.status
        event = events.event_by_slug(viewer(), slug)
        session = queries.session_by_code(event.id, code)
    return _page(event, session, PutInForm(formdata=None), form), status


@blueprint.post("/admin/events/<slug:slug>/agenda/sign-ups/export")
@reader
def export(slug: str) -> ResponseReturnValue:
    """Gives the places in sessions, of all or of one; the download stands in the log."""
    event = events.event_by_slug(viewer(), slug)
    name, code = asked_format(), request.form.get("session", "")
    session = queries.session_by_code(event.id, code) if code else None
    at = now()
    with saving():
        record(
            "own_agenda.export",
            by=current_user,
            at=at,
            object_type="event",
            object_id=event.id,
            object_name=event.title,
            event_id=event.id,
            changes={"format": name, **({"session": session.title} if session else {})},
        )
    rows = exports.rows(event, session.id if session else None)
    return table_file(
        rows, exports.columns(), name, of=slug, content="attendee_sessions", title=event.title, zone=event.time_zone, at=at
    )
