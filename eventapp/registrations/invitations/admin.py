"""Organizer pages of an event's invitations: the list, acts on the ticked ones, the export."""

from collections.abc import Callable
from dataclasses import dataclass

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from eventapp.accounts.audiences import organizer, reader
from eventapp.audit.service import record
from eventapp.core import exports as files
from eventapp.core.clock import now
from eventapp.core.db import MAX_ID
from eventapp.core.errors import RuleError
from eventapp.core.i18n import _, _l, ngettext
from eventapp.core.saving import saving
from eventapp.core.web.downloads import asked_format, table_file
from eventapp.events import queries as events
from eventapp.events.models import Event
from eventapp.events.subnav import event_tabs
from eventapp.partners.audiences import viewer
from eventapp.registrations.invitations import exports, listing, managing, queries
from eventapp.registrations.invitations.forms import BulkForm
from eventapp.registrations.invitations.managing import Plan
from eventapp.registrations.invitations.models import Invitation
from eventapp.registrations.invitations.rules import end_of, usual_end

blueprint = Blueprint("event_invitations_admin", __name__)
MOST_AT_ONCE = 500
FORMATS = [*((p.name, p.label) for p in files.PRESETS.values()), ("xlsx", "Excel (XLSX)"), ("json", "JSON")]


@blueprint.get("/admin/events/<slug:slug>/invitations/")
@reader
def index(slug: str) -> str:
    """Who is invited, and what became of it."""
    event = events.event_by_slug(viewer(), slug)
    at = now()
    return render_template(
        "registrations/invitations/admin/index.html",
        event=event,
        listing=listing.page(event, url_for(".index", slug=slug), request.args, at),
        numbers=queries.numbers(event.id),
        batches=queries.open_batches(event.id),
        formats=FORMATS,
        subnav=event_tabs(event, "invitations"),
    )


@blueprint.post("/admin/events/<slug:slug>/invitations/export")
@reader
def export(slug: str) -> ResponseReturnValue:
    """Gives what the filter shows as a file; the download stands in the log."""
    event = events.event_by_slug(viewer(), slug)
    name = asked_format()
    at = now()
    conditions = listing.table(url_for(".index", slug=slug), at).condition(request.args)
    with saving():
        record(
            "invitations.export",
            by=current_user,
            at=at,
            object_type="event",
            object_id=event.id,
            object_name=event.title,
            event_id=event.id,
            changes={"format": name, "filter": request.query_string.decode("ascii", "replace")[:500]},
        )
    return table_file(
        exports.rows(event, conditions),
        exports.columns(),
        name,
        of=event.slug,
        content="invitations",
        title=event.title,
        zone=event.time_zone,
        at=at,
    )


@dataclass(frozen=True)
class Bulk:
    """An act on ticked invitations: what it would do, how it is asked for, and what is said when it is done."""

    plan: Callable[[list[Invitation]], Plan]
    button: object
    text: object
    asks_day: bool = False
    asks_reason: bool = False
    danger: bool = False


BULKS = {
    "resend": Bulk(
        managing.plan_resend,
        _l("Send them again"),
        _l("Each gets the mail once more, with the same link. Those that were declined or have expired are open again."),
        asks_day=True,
    ),
    "extend": Bulk(managing.plan_extend, _l("Give them more time"), _l("No mail goes out."), asks_day=True),
    "withdraw": Bulk(
        managing.plan_withdraw,
        _l("Withdraw them"),
        _l("Their links stop working at once. Whoever has registered stays registered. No mail goes out."),
        asks_reason=True,
        danger=True,
    ),
}


@blueprint.post("/admin/events/<slug:slug>/invitations/<any(resend, extend, withdraw):bulk_act>")
@organizer
def bulk(slug: str, bulk_act: str) -> ResponseReturnValue:
    """Acts on the ticked ones: first what it would do in numbers, then it is done."""
    event = events.event_by_slug(viewer(), slug)
    chosen = list(queries.chosen(viewer(), event, _ids()))
    what, back = BULKS[bulk_act], url_for(".index", slug=slug)
    plan = what.plan(chosen)
    if not plan.going and "confirm" not in request.form:
        flash(_("Nothing of that can be done with these.") if chosen else _("Tick invitations first."), "warning")
        return redirect(back)
    form = BulkForm()
    status, done = 200, 0
    if "confirm" not in request.form:
        # Whose time is not over keeps their day, unless the organizer chooses another.
        if bulk_act == "extend" or any(one.expires_at <= now() for one in plan.going):
            form.expires_on.data = usual_end(event, now())
    elif form.validate():
        with saving(form) as saved:
            done = _carry_out(event, bulk_act, [one.id for one in chosen], form)
            saved.location = back
        if saved.ok:
            flash(ngettext("Done for %(num)s invitation.", "Done for %(num)s invitations.", done), "success")
            return redirect(saved.location)
        status = saved.status
        event = events.event_by_slug(viewer(), slug)
        chosen = list(queries.chosen(viewer(), event, _ids()))
        plan = what.plan(chosen)
    else:
        status = 422
    page = render_template(
        "registrations/invitations/admin/bulk.html",
        event=event,
        what=what,
        plan=plan,
        chosen=chosen,
        form=form,
        back=back,
        has_errors=form.refused,
        subnav=event_tabs(event, "invitations"),
    )
    return page, status


def _ids() -> list[int]:
    asked = request.form.getlist("ids")[:MOST_AT_ONCE]
    return [int(i) for i in asked if i.isascii() and i.isdigit() and len(i) < 11 and int(i) <= MAX_ID]


def _carry_out(event: Event, act: str, ids: list[int], form: BulkForm) -> int:
    """Does it, and returns to how many invitations."""
    by, at = current_user, now()
    if act == "withdraw":
        return len(managing.withdraw(event, ids, form.reason.data or "", by=by, at=at).going)
    ends = end_of(form.expires_on.data, event) if form.expires_on.data else None
    if ends is not None and ends <= at:
        raise RuleError(_("Choose a day from today on."), "expires_on", 422)
    if act == "resend":
        return len(managing.resend(event, ids, ends, by=by, at=at).going)
    if ends is None:
        raise RuleError(_("Choose the last day to answer."), "expires_on", 422)
    return len(managing.extend(event, ids, ends, by=by, at=at).going)
