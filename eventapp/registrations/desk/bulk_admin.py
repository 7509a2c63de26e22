"""The pages of acts in bulk: the preview in numbers, carrying them out, what they did, and undoing them."""

from dataclasses import dataclass

from flask import Blueprint, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy import select
from wtforms.fields import SelectChoice

from eventapp.accounts.audiences import organizer
from eventapp.core.clock import now
from eventapp.core.db import MAX_ID, db
from eventapp.core.errors import RuleError
from eventapp.core.forms import ActionForm
from eventapp.core.i18n import _, ngettext
from eventapp.core.saving import saving
from eventapp.events import queries as events
from eventapp.events.admission import queries as admission
from eventapp.events.models import MODE_LABELS, Event
from eventapp.events.subnav import event_tabs
from eventapp.partners.audiences import viewer
from eventapp.partners.models import Organisation, Person
from eventapp.places.models import Booking
from eventapp.registrations import listing
from eventapp.registrations import queries as registrations
from eventapp.registrations.desk import (
    bulk,
    jobs,  # noqa: F401 - registers the job that carries out acts on many
    queries,
)
from eventapp.registrations.desk.acts import ACTS, Act, Order, Outcome
from eventapp.registrations.desk.forms import BulkForm
from eventapp.registrations.desk.models import BulkAct
from eventapp.registrations.models import STATUS_LABELS, Registration, RegistrationStatus

blueprint = Blueprint("bulk_admin", __name__)
MOST_TICKED = 500
SHOWN = 20


@dataclass(frozen=True)
class Target:
    """Whom an act is to reach: ids in the order of the list, and how many of them are in a state that it changes.

    `along` more come along with one of them, and go with them; `came` of the fitting ones have checked in.
    """

    ids: list[int]
    fitting: int
    companies: int
    along: int
    came: int = 0

    @property
    def others(self) -> int:
        """Those that stay as they are."""
        return len(self.ids) - self.fitting


@blueprint.post("/admin/events/<slug:slug>/registrations/bulk")
@organizer
def index(slug: str) -> ResponseReturnValue:
    """First the preview in numbers, then, with what else the act needs, carrying it out."""
    event = events.event_by_slug(viewer(), slug)
    back = url_for("registrations_admin.index", slug=slug) + (f"?{request.query_string.decode()}" if request.query_string else "")
    name = request.form.get("act", "")
    if name not in ACTS:
        flash(_("Choose what is to be done."), "warning")
        return redirect(back)
    act, target = ACTS[name], _target(event, ACTS[name])
    if not target.fitting:
        flash(_("Tick registrations first.") if not target.ids else _("None of them is in a state that this changes."), "warning")
        return redirect(back)
    form, status = _form(event, act), 200
    if "confirm" in request.form and form.validate():
        with saving(form) as saved:
            if request.form.get("number") != str(len(target.ids)):
                raise RuleError(_("The list has changed meanwhile. These are the numbers now."))
            order = Order(event, form.choice.data or "", form.reason.data or "", current_user, now())
            made = bulk.begin(event, name, target.ids, order)
            saved.location = url_for(".show", slug=slug, act_id=made.id)
        if saved.ok:
            return redirect(saved.location)
        status = saved.status
        event = events.event_by_slug(viewer(), slug)
    elif "confirm" in request.form:
        status = 422
    return _preview(event, name, act, target, form, back), status


def _target(event: Event, act: Act) -> Target:
    """The ticked rows, or all that the list shows."""
    columns = (Registration.id, Registration.status, Registration.organisation_id, Registration.checked_in_at)
    query = select(*columns).where(Registration.event_id == event.id)
    if "everything" in request.form:
        path = url_for("registrations_admin.index", slug=event.slug)
        conditions = listing.table(event, path, request.args, now()).condition(request.args)
        query = query.join(Person, Person.id == Registration.person_id)
        query = query.join(Organisation, Organisation.id == Registration.organisation_id)
        query = query.join(Booking, Booking.id == Registration.booking_id).where(*conditions)
    else:
        query = query.where(Registration.id.in_(_ticked()))
    rows = db.session.execute(query.order_by(Registration.registered_at, Registration.id)).all()
    fitting = [row for row in rows if row.status in act.fits]
    chosen = query.where(Registration.status.in_(act.fits)).with_only_columns(Registration.id, maintain_column_froms=True)
    along = registrations.guests_beside(event, chosen) if act.along and fitting and event.plus_ones else 0
    came = sum(row.checked_in_at is not None for row in fitting)
    return Target([row.id for row in rows], len(fitting), len({row.organisation_id for row in fitting}), along, came)


def _ticked() -> list[int]:
    asked = request.form.getlist("ids")[:MOST_TICKED]
    return [int(i) for i in asked if i.isascii() and i.isdigit() and len(i) < 11 and int(i) <= MAX_ID]


def _form(event: Event, act: Act) -> BulkForm:
    form = BulkForm()
    form.ask(act, _choices(event, act))
    return form


def _choices(event: Event, act: Act) -> list[SelectChoice]:
    if act.choice == "mode":
        return [SelectChoice(mode.value, MODE_LABELS[mode]) for mode in event.modes]
    if act.choice == "kind":
        return [SelectChoice(str(kind.id), kind.name) for kind in admission.way_in(event).kinds]
    if act.choice == "tag":
        return [SelectChoice(str(tag.id), tag.word) for tag in queries.tags(event)]
    return []


def _preview(event: Event, name: str, act: Act, target: Target, form: BulkForm, back: str) -> str:
    rehearsed = _rehearsed(event, name, target) if not act.choice and target.fitting <= bulk.REHEARSED else None
    first = registrations.chosen(viewer(), event, target.ids[: SHOWN * 5])
    fitting = [one for one in first if one.status in act.fits]
    return render_template(
        "registrations/desk/bulk.html",
        event=event,
        act=act,
        name=name,
        target=target,
        lines=_lines(rehearsed) if rehearsed is not None else [],
        shown=fitting[:SHOWN],
        more=target.fitting - min(SHOWN, len(fitting)),
        ticked=[] if "everything" in request.form else target.ids,
        by_worker=len(target.ids) > bulk.AT_ONCE,
        form=form,
        back=back,
        has_errors=form.refused,
        subnav=event_tabs(event, "registrations"),
    )


def _rehearsed(event: Event, name: str, target: Target) -> Outcome | None:
    """What it would do now; none if that cannot be said, for example since the event was cancelled."""
    try:
        order = Order(event, "", "", current_user, now())
        chosen = registrations.chosen(viewer(), event, target.ids)
        return bulk.rehearse(name, [one for one in chosen if one.status in ACTS[name].fits], order)
    except RuleError:
        return None


def _lines(found: Outcome | BulkAct) -> list[str]:
    """What an act does or did, in words and numbers."""
    became = [
        _("%(number)s become: %(state)s", number=number, state=STATUS_LABELS[RegistrationStatus(state)])
        for state, number in sorted(found.became.items())
    ]
    moved = ngettext(
        "%(num)s other moves up from the waiting list", "%(num)s others move up from the waiting list", found.moved_up
    )
    refused = [f"{reason}: {number}" for reason, number in sorted(found.refused.items())]
    return [*became, *([moved] if found.moved_up else []), *refused]


@blueprint.get("/admin/events/<slug:slug>/registrations/acts")
@organizer
def acts(slug: str) -> str:
    """The last acts in bulk."""
    event = events.event_by_slug(viewer(), slug)
    return render_template(
        "registrations/desk/acts.html",
        event=event,
        acts=queries.acts(event),
        kinds=ACTS,
        subnav=event_tabs(event, "registrations"),
    )


@blueprint.get("/admin/events/<slug:slug>/registrations/acts/<id:act_id>")
@organizer
def show(slug: str, act_id: int) -> str:
    """How far an act is, or what it did, with its undo."""
    event = events.event_by_slug(viewer(), slug)
    return _show(event, queries.act(event, act_id), ActionForm(formdata=None))


def _show(event: Event, act: BulkAct, form: ActionForm) -> str:
    return render_template(
        "registrations/desk/act.html",
        event=event,
        act=act,
        kind=ACTS[act.act],
        lines=_lines(act),
        kept=[f"{reason}: {number}" for reason, number in sorted(act.kept.items())],
        not_undoable=bulk.not_undoable(act, now()),
        form=form,
        has_errors=form.refused,
        subnav=event_tabs(event, "registrations"),
    )


@blueprint.get("/admin/events/<slug:slug>/registrations/acts/<id:act_id>/progress")
@organizer
def progress(slug: str, act_id: int) -> ResponseReturnValue:
    """How far the worker is."""
    event = events.event_by_slug(viewer(), slug)
    act = queries.act(event, act_id)
    done, total = act.progress
    return jsonify(
        done=done,
        total=total,
        text=_("%(done)d of %(total)d", done=done, total=total),
        finished=not act.under_way,
        location=url_for(".show", slug=slug, act_id=act_id),
    )


@blueprint.post("/admin/events/<slug:slug>/registrations/acts/<id:act_id>/undo")
@organizer
def undo(slug: str, act_id: int) -> ResponseReturnValue:
    """Takes an act back."""
    event = events.event_by_slug(viewer(), slug)
    queries.act(event, act_id)
    form = ActionForm()
    if form.validate():
        with saving(form) as saved:
            bulk.undo(event, act_id, by=current_user, at=now())
            saved.location = url_for(".show", slug=slug, act_id=act_id)
        if saved.ok:
            return redirect(saved.location)
        event = events.event_by_slug(viewer(), slug)
        return _show(event, queries.act(event, act_id), form), saved.status
    return _show(event, queries.act(event, act_id), form), 422
