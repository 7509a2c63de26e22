"""Organizer pages of an event's registrations: the list, acts by hand and in bulk, the export."""

from urllib.parse import urlencode

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from wtforms.fields import SelectChoice

from eventapp.accounts.audiences import organizer, reader
from eventapp.audit.service import record
from eventapp.core import exports as files
from eventapp.core.clock import now
from eventapp.core.errors import RuleError, StaleError
from eventapp.core.forms import ActionForm
from eventapp.core.i18n import _
from eventapp.core.saving import saving
from eventapp.core.tables import Listing
from eventapp.core.web.audiences import may_open
from eventapp.core.web.downloads import asked_format, table_file
from eventapp.events import queries as events
from eventapp.events.admission import queries as admission
from eventapp.events.audiences import event_reader, staffed_events
from eventapp.events.models import MODE_LABELS, Event, Mode
from eventapp.events.subnav import event_tabs
from eventapp.partners import queries as partners
from eventapp.partners import service as people_service
from eventapp.partners.audiences import viewer
from eventapp.partners.models import TYPE_LABELS
from eventapp.registrations import exports, listing, queries, rules, service
from eventapp.registrations.answers import exports as answer_exports
from eventapp.registrations.answers import forms as answer_forms
from eventapp.registrations.answers import reading
from eventapp.registrations.desk import queries as desk
from eventapp.registrations.desk.acts import ACTS
from eventapp.registrations.desk.panel import Panel, panel
from eventapp.registrations.forms import AddForm, ChangeForm, offer_kinds
from eventapp.registrations.models import SOURCE_LABELS, Registration, RegistrationStatus, Source
from eventapp.registrations.terms import GUESTS, ORDINARY
from eventapp.registrations.waiting import queries as waiting
from eventapp.registrations.waiting import texts

blueprint = Blueprint("registrations_admin", __name__)


@blueprint.get("/admin/events/<slug:slug>/registrations/")
@event_reader
def index(slug: str) -> str:
    """The list, with search, filters, people and companies counted."""
    event = events.event_to_read(viewer(), slug, staffed_events())
    at, path = now(), url_for(".index", slug=slug)
    page = listing.page(event, path, request.args, at, extras=may_open("registrations_admin.export"))
    return render_template(
        "registrations/admin/index.html",
        event=event,
        listing=page,
        waited_for=waiting.waited_for(event, [r.waiting_for_id for r in page.rows if r.waiting_for_id is not None]),
        acts=[(name, act.label) for name, act in ACTS.items() if _offered(event, page, act.choice)],
        labels={"source": SOURCE_LABELS, "type": TYPE_LABELS},
        tags=desk.labels(r.id for r in page.rows) if page.offers("tag") else {},
        answers=reading.in_list(viewer(), event, [r.id for r in page.rows]) if page.shows("marks") or page.shows("door") else {},
        of_company=_of_company(slug, page) if page.search and not page.offers("company") else "",
        formats=[(p.name, p.label) for p in files.PRESETS.values()] + [("xlsx", "Excel (XLSX)"), ("json", "JSON")],
        form=ActionForm(),
        subnav=event_tabs(event, "registrations"),
    )


def _of_company(slug: str, page: Listing) -> str:
    """The list as it is shown, but for the search that has found a company: what its id is put behind shows it alone."""
    kept = [(name, value) for name, _label, _choices, selected in page.filters for value in selected] + page.hidden
    return f"{url_for('.index', slug=slug)}?{urlencode([*kept, ('company', '')])}"


def _offered(event: Event, page: Listing, choice: str) -> bool:
    """Whether an act that asks for such a choice has one in this event."""
    known = {"": True, "mode": len(event.modes) > 1, "kind": page.offers("kind"), "tag": page.offers("tag")}
    return known[choice]


@blueprint.post("/admin/events/<slug:slug>/registrations/export")
@reader
def export(slug: str) -> ResponseReturnValue:
    """Gives what the filter shows as a file, all columns or the chosen ones; the download stands in the audit log."""
    event = events.event_by_slug(viewer(), slug)
    name = asked_format()
    at, path = now(), url_for(".index", slug=slug)
    table = listing.table(event, path, request.args, at, extras=True)
    conditions = table.condition(request.args)
    chosen = bool(table.chosen(request.args)) and not request.form.get("every")
    shown = [column.key for column in table.shown(request.args)] if chosen else None
    with saving():
        record(
            "registrations.export",
            by=current_user,
            at=at,
            object_type="event",
            object_id=event.id,
            object_name=event.title,
            event_id=event.id,
            changes={"format": name, "filter": request.query_string.decode("ascii", "replace")[:500]},
        )
    # Of the answers the list shows those for the door alone: whoever chooses columns takes out what it shows.
    door = chosen or bool(request.form.get("door"))
    wanted = "door" in (shown or ["door"])
    asked = answer_exports.asked(event, special=reading.reads_special(viewer()), door=door) if wanted else []
    facts = exports.columns(shown)
    columns = [*facts, *answer_exports.columns(asked)]
    rows = answer_exports.with_answers(exports.rows(event, conditions, shown), len(facts), asked)
    return table_file(rows, columns, name, of=event.slug, content="attendees", title=event.title, zone=event.time_zone, at=at)


@blueprint.route("/admin/events/<slug:slug>/registrations/add", methods=["GET", "POST"])
@organizer
def add(slug: str) -> ResponseReturnValue:
    """Registers somebody by hand, also before registration opens and after it closes. Places still decide."""
    event = events.event_by_slug(viewer(), slug)
    form = AddForm()
    form.mode.choices = _mode_choices(event)
    offer_kinds(form.kind, admission.way_in(event).kinds)
    status, waits = 200, False
    company = partners.company_by_text(form.company.data) if form.company.data else None
    people = answer_forms.NewPeople(event, company, at=now(), by_others=True, organizer=True)
    answers = people.of(form.mode.data or event.modes[0], form.kind.data or None, answer_forms.sent())
    form.parts = [answers]
    if answer_forms.asks_further():
        pass
    elif form.validate_on_submit():
        with saving(form) as saved:
            guest = bool(form.guest.data)
            company = people_service.vendor(at=now()) if guest else partners.company_named(form.company.data)
            attendee = service.Attendee(
                form.given_name.data,
                form.family_name.data,
                form.address.data,
                Mode(form.mode.data) if form.mode.data else event.modes[0],
                "address",
                kind_id=int(form.kind.data) if form.kind.data else None,
                answers=answer_forms.given(answers),
            )
            source, terms = (Source.GUEST, GUESTS) if guest else (Source.ORGANIZER, ORDINARY)
            made = service.register(event, company, [attendee], source=source, by=current_user, at=now(), terms=terms)
            waits = made[0].status is RegistrationStatus.WAITING
            saved.location = url_for(".index", slug=slug)
        if saved.ok:
            if waits:
                flash(_("On the waiting list: there is no place left."), "warning")
            else:
                flash(_("Registered. A mail is on its way."), "success")
            return redirect(saved.location)
        status = saved.status
        event = events.event_by_slug(viewer(), slug)
    elif request.method == "POST":
        status = 422
    page = render_template(
        "registrations/admin/add.html",
        event=event,
        form=form,
        answers=answers,
        has_errors=form.refused,
        subnav=event_tabs(event, "registrations"),
    )
    return page, status


@blueprint.route("/admin/events/<slug:slug>/registrations/<id:registration_id>", methods=["GET", "POST"])
@organizer
def edit(slug: str, registration_id: int) -> ResponseReturnValue:
    """One registration: facts, and changing it."""
    event = events.event_by_slug(viewer(), slug)
    registration = queries.registration(viewer(), event, registration_id)
    form = _change_form(registration)
    status = 200
    if form.validate_on_submit():
        with saving(form) as saved:
            _change(registration, form)
            saved.location = url_for(".edit", slug=slug, registration_id=registration_id)
        if saved.ok:
            flash(_("Saved."), "success")
            return redirect(saved.location)
        status = saved.status
        registration = queries.registration(viewer(), event, registration_id)
        form.version.data = str(registration.version)
    elif request.method == "POST":
        status = 422
    return edit_page(registration, panel(registration), form), status


def edit_page(registration: Registration, staff: Panel, form: ChangeForm | None = None) -> str:
    """The page of one registration. A form of it that was refused comes back with its errors."""
    event, form = registration.event, form or _change_form(registration, sent=False)
    return render_template(
        "registrations/admin/edit.html",
        event=event,
        registration=registration,
        address=queries.addresses([registration.person_id]).get(registration.person_id, ""),
        host=queries.hosts_of([registration]).get(registration.id),
        position=texts.positions([registration]).get(registration.id),
        holder=texts.holders([registration]).get(registration.id),
        reason=queries.waiting_reason(registration),
        form=form,
        answers=reading.of_registration(viewer(), registration),
        staff=staff,
        has_errors=form.refused or staff.comment_form.refused or staff.tags_form.refused,
        subnav=event_tabs(event, "registrations"),
    )


def _change_form(registration: Registration, *, sent: bool = True) -> ChangeForm:
    """The form, filled with what is typed if it was `sent`."""
    person = registration.person
    form = ChangeForm(
        **({} if sent else {"formdata": None}),
        data={
            "version": str(registration.version),
            "given_name": person.given_name,
            "family_name": person.family_name,
            "badge_name": registration.badge_name,
            "note": registration.note,
            "mode": registration.mode.value,
            "kind": str(registration.kind_id or ""),
        },
    )
    form.mode.choices = _mode_choices(registration.event)
    kinds = admission.way_in(registration.event).kinds
    offer_kinds(form.kind, kinds)
    if registration.kind is not None and registration.kind.archived:
        form.kind.choices.insert(0, SelectChoice(str(registration.kind_id), registration.kind.name))
    if not rules.is_typed(registration):
        del form.shown
    return form


def _change(registration: Registration, form: ChangeForm) -> None:
    if form.version.data != str(registration.version):
        raise StaleError(_("Somebody else has changed this registration since you opened it. Check and save again."))
    service.correct(
        registration,
        given_name=form.given_name.data,
        family_name=form.family_name.data or "",
        badge_name=form.badge_name.data or "",
        note=form.note.data or "",
        shown="shown" in form and bool(form.shown.data),
        by=current_user,
        at=now(),
    )
    if form.kind.data and int(form.kind.data) != registration.kind_id:
        service.change_kind(registration, int(form.kind.data), by=current_user, at=now())
    if form.mode.data:
        service.change_mode(registration, Mode(form.mode.data), by=current_user, at=now())


@blueprint.post("/admin/events/<slug:slug>/registrations/<id:registration_id>/undo")
@organizer
def undo(slug: str, registration_id: int) -> ResponseReturnValue:
    """Takes a cancellation back; organizers may at any time."""
    event = events.event_by_slug(viewer(), slug)
    registration = queries.registration(viewer(), event, registration_id)
    with saving(ActionForm()) as saved:
        if registration.status is not RegistrationStatus.CANCELLED:
            raise RuleError(_("This registration is not cancelled."))
        service.undo_cancel(registration, by=current_user, at=now())
        saved.location = url_for(".edit", slug=slug, registration_id=registration_id)
    if saved.error is not None:
        flash(saved.error.message, "danger")
    else:
        flash(_("Taken back."), "success")
    return redirect(url_for(".edit", slug=slug, registration_id=registration_id))


def _mode_choices(event: Event) -> list[SelectChoice]:
    return [SelectChoice(m.value, MODE_LABELS[m]) for m in event.modes]
