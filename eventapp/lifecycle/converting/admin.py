"""The organizer's pages for the night on which an event has to move: choose, fill in, see it in numbers, do it, undo it."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from eventapp.accounts.audiences import organizer
from eventapp.audit.service import record
from eventapp.core.clock import now
from eventapp.core.errors import NotFoundError
from eventapp.core.exports import ExportColumn
from eventapp.core.forms import ActionForm
from eventapp.core.i18n import _, _l
from eventapp.core.saving import saving
from eventapp.core.times import to_local
from eventapp.core.web.downloads import table_file
from eventapp.decisions import queries as decisions
from eventapp.events import queries as events
from eventapp.events.models import Event
from eventapp.events.subnav import event_tabs
from eventapp.lifecycle.converting import citing, queries, service, undoing
from eventapp.lifecycle.converting.forms import (
    SESSION_CHOICES,
    DateForm,
    InPersonForm,
    MoveForm,
    SessionsPart,
    VirtualForm,
    date_values,
    sent_fields,
)
from eventapp.lifecycle.converting.models import CONVERSION_LABELS, ConversionKind
from eventapp.lifecycle.converting.previewing import Text, texts
from eventapp.lifecycle.converting.rules import MESSAGES, UNDO_LASTS, blocker, room_bound
from eventapp.lifecycle.trial import carrying_out
from eventapp.partners.audiences import viewer

blueprint = Blueprint("converting_admin", __name__)

# As addresses name the kinds.
KINDS = {kind.value.replace("_", "-"): kind for kind in ConversionKind}
TITLES = {
    ConversionKind.VIRTUAL: _l("Move it on video"),
    ConversionKind.IN_PERSON: _l("Hold it in person"),
    ConversionKind.DATE: _l("Give it a new date"),
}
# What the numbers are called, in their order. Those marked are shown when they are nought as well.
COUNT_LABELS = {
    "kept_places": _l("People who keep their place"),
    "moved_up": _l("People who waited and get a place"),
    "sent_back": _l("People who have no place any more and wait"),
    "waiting": _l("People on the waiting list then"),
    "newcomers": _l("People who registered since, and come along"),
    "lost": _l("Registrations lost"),
    "cancelled": _l("Cancelled before; they are not told"),
    "mails": _l("Mails to registered people, sent at once"),
    "others_told": _l("Mails to company admins and speakers"),
    "without_address": _l("People whom no mail reaches, on the phone list"),
    "overbooked": _l("More people than places"),
    "sessions_moved": _l("Parts of sessions that move along"),
    "postponed": _l("Sessions postponed"),
    "without_link": _l("Sessions that have no link yet"),
    "released": _l("New release of the agenda"),
    "hidden": _l("Questions that are asked no more"),
    "shown": _l("Questions that are asked again"),
    "kept_as_changed": _l("Settings that were changed since, and stay as they are"),
}
ALWAYS = frozenset({"kept_places", "lost", "mails", "cancelled"})


@blueprint.get("/admin/events/<slug:slug>/move/")
@organizer
def index(slug: str) -> str:
    """Where the event may go, and where it has been."""
    event = events.event_by_slug(viewer(), slug)
    at = now()
    return render_template(
        "lifecycle/converting/index.html",
        event=event,
        ways=[(key, kind, TITLES[kind], blocker(event, kind, at)) for key, kind in KINDS.items()],
        conversions=queries.conversions(event),
        labels=CONVERSION_LABELS,
        subnav=event_tabs(event, "event"),
    )


@blueprint.route("/admin/events/<slug:slug>/move/to/<move_kind>", methods=["GET", "POST"])
@organizer
def move(slug: str, move_kind: str) -> ResponseReturnValue:
    """Fill in, then the consequences in numbers from the very act, then the act itself."""
    if move_kind not in KINDS:
        raise NotFoundError(move_kind)
    event, kind = events.event_by_slug(viewer(), slug), KINDS[move_kind]
    citable = citing.choices(viewer(), event)
    form = _form(event, kind).cite(citable)
    step = request.form.get("step", "check") if request.method == "POST" else ""
    if not step or step == "edit":
        return _page(event, kind, form)
    if not form.validate():
        return _page(event, kind, form), 422
    counts: Mapping[str, int] = {}
    previews: list[Text] = []
    sessions: SessionsPart | None = next(iter(form.parts), None)
    with carrying_out(form, step == "do") as saved:
        made, told = service.convert(event, form.plan(sessions), by=current_user, at=now())
        counts = dict(made.counts)
        for decision in citable:
            if decision.id == form.decision.data:
                citing.cite(made, event, decision, viewer=viewer(), at=now())
        saved.location = url_for(".show", slug=slug, conversion_id=made.id)
        if step != "do":
            previews = texts(event, MESSAGES[kind], made, told, at=now())
    if not saved.ok:
        event = events.event_by_slug(viewer(), slug)
        return _page(event, kind, form), saved.status
    if step == "do":
        flash(_("Done. Everybody is being told."), "success")
        return redirect(saved.location)
    event = events.event_by_slug(viewer(), slug)
    return render_template(
        "lifecycle/converting/check.html",
        event=event,
        kind=kind,
        title=TITLES[kind],
        form=form,
        numbers=numbers(counts),
        counts={**dict.fromkeys((*COUNT_LABELS, "needs"), 0), **counts},
        previews=previews,
        message_kind=MESSAGES[kind],
        sent=sent_fields(),
        needs_until=form.needs_until.data if isinstance(form, VirtualForm) else None,
        no_link=isinstance(form, VirtualForm) and not form.join_url.data and not (sessions and sessions.sessions),
        undo_days=UNDO_LASTS.days,
        subnav=event_tabs(event, "event"),
    )


@blueprint.get("/admin/events/<slug:slug>/move/<id:conversion_id>")
@organizer
def show(slug: str, conversion_id: int) -> str:
    """What a move did, and the way back."""
    event = events.event_by_slug(viewer(), slug)
    made = queries.conversion(viewer(), event, conversion_id)
    return render_template(
        "lifecycle/converting/show.html",
        event=event,
        made=made,
        title=CONVERSION_LABELS[made.kind],
        numbers=numbers(made.counts),
        unreached=queries.without_address(event),
        decision=decisions.linked(viewer(), made.decision_id),
        blocked=undoing.blocker(made, event, now()),
        subnav=event_tabs(event, "event"),
    )


@blueprint.post("/admin/events/<slug:slug>/move/<id:conversion_id>/undo")
@organizer
def undo(slug: str, conversion_id: int) -> ResponseReturnValue:
    """Takes a move back: first in numbers, from the very act."""
    event = events.event_by_slug(viewer(), slug)
    made = queries.conversion(viewer(), event, conversion_id)
    form, doing = ActionForm(), request.form.get("step") == "do"
    counts: Mapping[str, int] = {}
    with carrying_out(form, doing) as saved:
        counts = undoing.undo(made, event, by=current_user, at=now())
        saved.location = url_for(".index", slug=slug)
    if doing and saved.ok:
        flash(_("Taken back. Everybody is being told."), "success")
        return redirect(saved.location)
    event = events.event_by_slug(viewer(), slug)
    made = queries.conversion(viewer(), event, conversion_id)
    page = render_template(
        "lifecycle/converting/undo.html",
        event=event,
        made=made,
        form=form,
        title=CONVERSION_LABELS[made.kind],
        numbers=numbers(counts),
        possible=saved.ok,
        has_errors=form.refused,
        subnav=event_tabs(event, "event"),
    )
    return page, 200 if saved.ok else saved.status


@blueprint.post("/admin/events/<slug:slug>/move/banner")
@organizer
def take_banner_down(slug: str) -> ResponseReturnValue:
    """Takes the banner off the event's pages."""
    event = events.event_by_slug(viewer(), slug)
    with saving(ActionForm()) as saved:
        service.take_banner_down(event, by=current_user, at=now())
        saved.location = url_for(".index", slug=slug)
    if saved.ok:
        flash(_("The banner is gone."), "success")
    return redirect(url_for(".index", slug=slug))


@blueprint.get("/admin/events/<slug:slug>/phone-list")
@organizer
def phone_list(slug: str) -> str:
    """Whom no mail reaches: somebody has to call them."""
    event = events.event_by_slug(viewer(), slug)
    return render_template(
        "lifecycle/converting/phone_list.html", event=event, people=queries.calls(event), subnav=event_tabs(event, "event")
    )


CALL_COLUMNS = [
    *(ExportColumn(name) for name in ("name", "company", "phone", "email", "status", "registered_by", "what_the_mail_said")),
]


@blueprint.post("/admin/events/<slug:slug>/phone-list/export")
@organizer
def phone_list_file(slug: str) -> Response:
    """The phone list as a CSV; that it was taken out stands in the log."""
    event, at = events.event_by_slug(viewer(), slug), now()
    people = queries.calls(event)
    with saving():
        record(
            "lifecycle.phone_list",
            by=current_user,
            at=at,
            object_type="event",
            object_id=event.id,
            object_name=event.title,
            event_id=event.id,
            changes={"people": len(people)},
        )
    rows = [(p.name, p.company, p.phone, p.address, p.status.value, p.registered_by, p.error) for p in people]
    return table_file(
        rows, CALL_COLUMNS, "excel-eu", of=event.slug, content="phone-list", title=event.title, zone=event.time_zone, at=at
    )


def numbers(counts: Mapping[str, int]) -> list[tuple[str, int]]:
    """What a move does, in the order of the labels."""
    shown = {**counts, "kept_places": counts.get("confirmed", 0) - counts.get("sent_back", 0)} if counts else {}
    return [(str(label), int(shown.get(key, 0))) for key, label in COUNT_LABELS.items() if shown.get(key) or key in ALWAYS]


def _form(event: Event, kind: ConversionKind) -> Any:
    """The form of a kind, filled with what suits most events."""
    sent = request.method == "POST"
    at = now()
    today = to_local(at, event.time_zone).date()
    if kind is ConversionKind.VIRTUAL:
        questions = queries.asked(event)
        data = {"join_url": event.join_url, "hide": sorted(room_bound(questions)), "needs_until": today + timedelta(days=14)}
        form = VirtualForm(data=data).offer(questions)
        form.today = today
        form.parts = [SessionsPart(queries.rooms(event), queries.sessions(event), sent=sent)]
        return form
    if kind is ConversionKind.IN_PERSON:
        earlier = queries.last_to_video(event)
        ids = set(earlier.before.get("questions", ())) if earlier is not None else set()
        hidden = [question for question in queries.asked(event, archived=True) if question.id in ids] if ids else []
        capacity = earlier.before["capacities"][0] if earlier is not None else event.pool.capacity
        place = {"venue": event.venue, "address": event.address, "city": event.city, "capacity": capacity}
        return InPersonForm(data={**place, "show": [question.id for question in hidden]}).offer(hidden)
    return DateForm(data=date_values(event)).in_zone(event.time_zone)


def _page(event: Event, kind: ConversionKind, form: MoveForm) -> str:
    at: datetime = now()
    return render_template(
        "lifecycle/converting/move.html",
        event=event,
        kind=kind,
        title=TITLES[kind],
        form=form,
        blocked=blocker(event, kind, at),
        people=queries.by_status(event),
        needs=queries.people_with_needs(event) if kind is ConversionKind.VIRTUAL else 0,
        session_choices=SESSION_CHOICES,
        has_errors=form.refused,
        subnav=event_tabs(event, "event"),
    )
