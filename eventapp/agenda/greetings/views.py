"""A company's greeting: its own page, and what stands on the page of the event."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from markupsafe import Markup

from eventapp.accounts.throttling import count_try
from eventapp.agenda.greetings import queries, service
from eventapp.agenda.greetings.forms import GreetingForm, version_of
from eventapp.core.clock import now
from eventapp.core.errors import NotFoundError
from eventapp.core.i18n import _
from eventapp.core.saving import saving
from eventapp.events import hooks
from eventapp.events import queries as events
from eventapp.events.models import Event, EventFormat
from eventapp.partners.audiences import company_member, viewer
from eventapp.partners.company import queries as companies
from eventapp.partners.company.subnav import company_name, company_tabs

blueprint = Blueprint("greetings", __name__)
THROTTLE = "greeting"


def _event(slug: str) -> Event:
    """An event at which the visitor's company may say something; else as if there were none."""
    event = events.event_by_slug(viewer(), slug)
    if not queries.may_greet(viewer(), event):
        raise NotFoundError(slug)
    return event


@blueprint.route("/company/events/<slug:slug>/greeting", methods=["GET", "POST"])
@company_member
def write(slug: str) -> ResponseReturnValue:
    """What the company says to everybody at the event."""
    event = _event(slug)
    before = queries.own(viewer(), event)
    values = {"version": str(before.version), "text": before.text, "name": before.name} if before else {}
    form = GreetingForm(data=values)
    status = 200
    if form.validate_on_submit():
        company = companies.company(viewer())
        count_try(THROTTLE, f"company:{company.id}")
        event, before = _event(slug), queries.own(viewer(), event)
        with saving(form) as saved:
            said = {"text": form.text.data or "", "name": form.name.data or ""}
            service.write(event, company, before, version=version_of(form), by=current_user, at=now(), **said)
            saved.location = url_for(".write", slug=slug)
        if saved.ok:
            flash(_("Sent. An organizer looks at it before it is shown.") if said["text"] else _("Taken back."), "success")
            return redirect(saved.location)
        status = saved.status
        event = _event(slug)
        before = queries.own(viewer(), event)
        form.version.data = str(before.version if before else 0)
    elif request.method == "POST":
        status = 422
    page = render_template(
        "agenda/greetings/write.html",
        event=event,
        greeting=before,
        form=form,
        has_errors=form.refused,
        subnav=company_tabs("registrations"),
        subnav_title=company_name(),
    )
    return page, status


def _company_pages(event: Event) -> list[tuple[str, str]]:
    if not queries.may_greet(viewer(), event):
        return []
    return [(_("Our greeting"), url_for("greetings.write", slug=event.slug))]


def _public_block(event: Event) -> Markup:
    if event.format is EventFormat.IN_PERSON:
        return Markup()
    found = queries.shown(event.id)
    html = render_template("agenda/greetings/_shown.html", greetings=found) if found else ""
    return Markup(html)  # noqa: S704 - made by a template of ours


hooks.COMPANY_PAGES.append(_company_pages)
hooks.PUBLIC_BLOCKS.append(_public_block)
