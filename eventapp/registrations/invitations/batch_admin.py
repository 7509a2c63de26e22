"""Organizer pages of inviting: whom, on what terms, what that means in numbers, and the sending."""

from typing import Any

from flask import Blueprint, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from eventapp.accounts.audiences import organizer, reader
from eventapp.accounts.lists import queries as lists
from eventapp.accounts.lists.same import shows_the_same
from eventapp.core.clock import now
from eventapp.core.db import MAX_ID
from eventapp.core.errors import RuleError
from eventapp.core.forms import ActionForm
from eventapp.core.i18n import _, _l
from eventapp.core.jobs import read_progress
from eventapp.core.saving import saving
from eventapp.events import queries as events
from eventapp.events.admission.queries import kinds_of
from eventapp.events.models import AdmissionKind, Event, OfferedTo
from eventapp.events.subnav import event_tabs
from eventapp.partners import listing as companies
from eventapp.partners.audiences import viewer
from eventapp.partners.models import TYPE_LABELS
from eventapp.registrations import listing as registrations
from eventapp.registrations.invitations import inviting, queries, recipients
from eventapp.registrations.invitations.forms import InviteForm, TermsForm
from eventapp.registrations.invitations.inviting import BatchTerms
from eventapp.registrations.invitations.jobs import progress_key
from eventapp.registrations.invitations.models import BatchState, InvitationBatch, Waiver
from eventapp.registrations.invitations.rules import Exclusion, end_of, last_day, usual_end

blueprint = Blueprint("invitation_batches_admin", __name__)

# Segments: what organizers have saved of the two lists can be invited as it is.
shows_the_same("invitation_batches_admin.from_companies", "partners_admin.index")
shows_the_same("invitation_batches_admin.from_event", "registrations_admin.index")

EXCLUSION_LABELS = {
    Exclusion.INVITED: _l("invited already"),
    Exclusion.REGISTERED: _l("registered already"),
    Exclusion.DECLINED: _l("has declined"),
    Exclusion.OBJECTED: _l("does not want to be registered by others"),
    Exclusion.NO_ADDRESS: _l("nobody to write to"),
    Exclusion.SUSPENDED: _l("company suspended or ended"),
    Exclusion.TWICE: _l("stands in the list twice"),
}


@blueprint.route("/admin/events/<slug:slug>/invitations/new", methods=["GET", "POST"])
@organizer
def new(slug: str) -> ResponseReturnValue:
    """Whom to invite: typed, pasted, from a file, or from a list."""
    event = events.event_by_slug(viewer(), slug)
    form = InviteForm()
    status = 200
    if form.validate_on_submit():
        with saving(form) as saved:
            saved.location = _begin(event, {"company_ids": form.company_ids}, form.lines)
        if saved.ok:
            return redirect(saved.location)
        status = saved.status
        event = events.event_by_slug(viewer(), slug)
    elif request.method == "POST":
        status = 422
    page = render_template(
        "registrations/invitations/admin/new.html",
        event=event,
        form=form,
        segments=lists.of_list(current_user, "partners_admin.index", for_vendor=True),
        others=[e for e in (*events.upcoming(viewer(), now()), *events.past(viewer(), now())) if e.id != event.id],
        has_errors=form.refused,
        subnav=event_tabs(event, "invitations"),
    )
    return page, status


def _begin(event: Event, source: dict[str, Any], lines: list[Any]) -> str:
    """A draft on the usual terms; where it is looked at."""
    terms = BatchTerms(expires_at=end_of(usual_end(event, now()), event))
    batch = inviting.begin(event, source, lines, terms, by=current_user, at=now())
    return url_for(".show", slug=event.slug, invitation_batch_id=batch.id)


@blueprint.get("/admin/events/<slug:slug>/invitations/companies")
@organizer
def from_companies(slug: str) -> str:
    """The list of companies, to invite those that it shows or the ticked ones."""
    event = events.event_by_slug(viewer(), slug)
    return render_template(
        "registrations/invitations/admin/from_companies.html",
        event=event,
        listing=companies.page(viewer(), url_for(".from_companies", slug=slug), request.args),
        type_labels=TYPE_LABELS,
        form=ActionForm(),
        subnav=event_tabs(event, "invitations"),
    )


@blueprint.post("/admin/events/<slug:slug>/invitations/companies")
@organizer
def choose_companies(slug: str) -> ResponseReturnValue:
    """Takes the ticked companies, or all that the list shows, over into a draft."""
    event = events.event_by_slug(viewer(), slug)
    ids = [int(i) for i in request.form.getlist("ids")[:500] if i.isascii() and i.isdigit() and len(i) < 11 and int(i) <= MAX_ID]
    back = url_for(".from_companies", slug=slug)
    if "all" in request.form:
        shown = {"companies": request.query_string.decode("utf-8", "replace")[:2000]}
        return _choose(event, {**shown, "manager_id": companies.of_manager(viewer(), request.args)}, back)
    if not ids:
        flash(_("Tick companies, or invite all that the list shows."), "warning")
        return redirect(back)
    return _choose(event, {"company_ids": ids}, back)


@blueprint.get("/admin/events/<slug:slug>/invitations/from/<slug:other>")
@organizer
def from_event(slug: str, other: str) -> str:
    """The registrations of another event, to invite the people that the list shows."""
    event, source = events.event_by_slug(viewer(), slug), events.event_by_slug(viewer(), other)
    path = url_for(".from_event", slug=slug, other=other)
    return render_template(
        "registrations/invitations/admin/from_event.html",
        event=event,
        source=source,
        listing=registrations.page(source, path, request.args, now(), chooser=False),
        form=ActionForm(),
        subnav=event_tabs(event, "invitations"),
    )


@blueprint.post("/admin/events/<slug:slug>/invitations/from/<slug:other>")
@organizer
def choose_people(slug: str, other: str) -> ResponseReturnValue:
    """Takes the people behind the list over into a draft."""
    event, source = events.event_by_slug(viewer(), slug), events.event_by_slug(viewer(), other)
    chosen = {"event_id": source.id, "registrations": request.query_string.decode("utf-8", "replace")[:2000]}
    return _choose(event, chosen, url_for(".from_event", slug=slug, other=other))


def _choose(event: Event, source: dict[str, Any], back: str) -> ResponseReturnValue:
    with saving(ActionForm()) as saved:
        saved.location = _begin(event, source, [])
    if saved.error is not None:
        flash(saved.error.message, "danger")
        return redirect(back)
    return redirect(saved.location)


@blueprint.get("/admin/events/<slug:slug>/invitations/batches/<id:invitation_batch_id>")
@reader
def show(slug: str, invitation_batch_id: int) -> ResponseReturnValue:
    """A draft with its terms and what sending it would do; later how far it is."""
    event = events.event_by_slug(viewer(), slug)
    batch = queries.batch(viewer(), event, invitation_batch_id)
    return _page(event, batch, _terms_form(event, batch))


def _terms_form(event: Event, batch: InvitationBatch) -> TermsForm:
    values = {
        "expires_on": last_day(batch.expires_at, event),
        "kind": batch.kind_id or 0,
        "places": batch.places,
        "waives": batch.waives,
        "note": batch.note,
    }
    return TermsForm(data=values).for_event([(kind.id, kind.name) for kind in _kinds(event)])


def _kinds(event: Event) -> list[AdmissionKind]:
    """The kinds that people may be invited as; one that only organizers give cannot be taken by answering a mail."""
    return [kind for kind in kinds_of(event.id) if kind.offered_to is not OfferedTo.ORGANIZERS] if event.restricted else []


def _page(event: Event, batch: InvitationBatch, form: TermsForm) -> str:
    counts, told = None, None
    first: list[tuple[recipients.Recipient, Exclusion | None, str]] = []
    if batch.state is BatchState.DRAFT:
        counts, first = recipients.count(event, batch, now())
    elif batch.state is BatchState.QUEUED:
        told = read_progress(progress_key(batch.id))
    return render_template(
        "registrations/invitations/admin/batch.html",
        event=event,
        batch=batch,
        counts=counts,
        first=first,
        exclusions=EXCLUSION_LABELS,
        told=told,
        form=form,
        has_errors=form.refused,
        subnav=event_tabs(event, "invitations"),
    )


@blueprint.post("/admin/events/<slug:slug>/invitations/batches/<id:invitation_batch_id>")
@organizer
def send(slug: str, invitation_batch_id: int) -> ResponseReturnValue:
    """Keeps the terms, and sends unless the numbers are only to be looked at again."""
    event = events.event_by_slug(viewer(), slug)
    batch = queries.batch(viewer(), event, invitation_batch_id)
    form = _terms_form(event, batch)
    here = url_for(".show", slug=slug, invitation_batch_id=invitation_batch_id)
    if not form.validate_on_submit():
        return _page(event, batch, form), 422
    done = only_look = "look" in request.form
    with saving(form) as saved:
        inviting.change_terms(batch.id, _terms(event, form), at=now())
        saved.location = here
        if not only_look:
            done = inviting.send(batch.id, by=current_user, at=now())
            saved.location = url_for("event_invitations_admin.index", slug=slug) if done else here
    if saved.ok:
        if not only_look:
            flash(_("The invitations are on their way.") if done else _("The worker sends them now."), "success")
        return redirect(saved.location)
    event = events.event_by_slug(viewer(), slug)
    return _page(event, queries.batch(viewer(), event, invitation_batch_id), form), saved.status


def _terms(event: Event, form: TermsForm) -> BatchTerms:
    if form.kind.data and form.kind.data not in {kind.id for kind in _kinds(event)}:
        raise RuleError(_("This event has no such kind."), "kind", 422)
    return BatchTerms(
        expires_at=end_of(form.expires_on.data, event),
        waives=[Waiver(name) for name in form.waives.data or []],
        places=form.places.data,
        kind_id=form.kind.data or None,
        note=form.note.data or "",
    )


@blueprint.post("/admin/events/<slug:slug>/invitations/batches/<id:invitation_batch_id>/cancel")
@organizer
def cancel(slug: str, invitation_batch_id: int) -> ResponseReturnValue:
    """Forgets a draft, or stops what is being sent."""
    event = events.event_by_slug(viewer(), slug)
    batch = queries.batch(viewer(), event, invitation_batch_id)
    was_draft = batch.state is BatchState.DRAFT
    with saving(ActionForm()) as saved:
        inviting.cancel(batch.id, by=current_user, at=now())
        saved.location = url_for("event_invitations_admin.index", slug=slug)
    if saved.error is not None:
        flash(saved.error.message, "danger")
    else:
        flash(_("The draft is forgotten.") if was_draft else _("Stopped. What has gone out stays."), "success")
    return redirect(url_for("event_invitations_admin.index", slug=slug))


@blueprint.get("/admin/events/<slug:slug>/invitations/batches/<id:invitation_batch_id>/progress")
@reader
def progress(slug: str, invitation_batch_id: int) -> ResponseReturnValue:
    """How far the worker is."""
    batch = queries.batch(viewer(), events.event_by_slug(viewer(), slug), invitation_batch_id)
    told = read_progress(progress_key(batch.id)) if batch.state is BatchState.QUEUED else None
    done, total = (told.done, told.total) if told else (0, 0)
    return jsonify(
        done=done,
        total=total,
        text=_("%(done)d of %(total)d", done=done, total=total) if told else _("Waiting for the worker"),
        finished=batch.state is not BatchState.QUEUED,
        location=url_for(".show", slug=slug, invitation_batch_id=batch.id),
    )
