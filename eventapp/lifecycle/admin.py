"""Organizer pages: edit an event that people are registered for, company places, cancelling."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from wtforms import Field

from eventapp.accounts.audiences import organizer
from eventapp.core.clock import now
from eventapp.core.db import db
from eventapp.core.errors import NotFoundError, StaleError
from eventapp.core.forms import ActionForm
from eventapp.core.i18n import _
from eventapp.core.saving import saving
from eventapp.events import queries
from eventapp.events.admission import service as admission
from eventapp.events.admission.forms import CountryQuotaForm
from eventapp.events.forms import EventForm, ExceptionForm, ReasonForm, empty_form, values_of
from eventapp.events.models import Event, EventStatus
from eventapp.events.subnav import event_tabs
from eventapp.lifecycle import (
    jobs,  # noqa: F401 - registers the job that follows tiers
    models,  # noqa: F401 - tables
    service,
)
from eventapp.partners import queries as partners
from eventapp.partners.audiences import viewer
from eventapp.partners.models import Organisation
from eventapp.registrations import service as registrations

blueprint = Blueprint("lifecycle_admin", __name__)


@blueprint.route("/admin/events/<slug:slug>/edit", methods=["GET", "POST"])
@organizer
def edit(slug: str) -> ResponseReturnValue:
    """Changes an event. Somebody else's newer version is shown beside one's own."""
    event = queries.event_by_slug(viewer(), slug)
    form = empty_form(data=values_of(event, queries.tier_quotas(event.id)))
    status, conflict = 200, []
    if form.validate_on_submit():
        with saving(form) as saved:
            version = event.version if form.version.data == str(event.version) else 0
            service.change_event(event, form.details(), version=version, by=current_user, now=now())
            saved.location = url_for("overview_admin.event", slug=event.slug)
        if saved.ok:
            flash(_("Saved."), "success")
            return redirect(saved.location)
        status = saved.status
        db.session.expire_all()
        event = queries.event_by_slug(viewer(), slug)
        if isinstance(saved.error, StaleError):
            conflict = _differences(form, event)
            form.version.data = str(event.version)
    elif request.method == "POST":
        status = 422
    page = render_template(
        "lifecycle/admin/edit.html",
        form=form,
        event=event,
        conflict=conflict,
        has_errors=form.refused,
        subnav=event_tabs(event, "edit"),
    )
    return page, status


def _differences(form: EventForm, event: Event) -> list[tuple[str, str, str]]:
    """Fields in which the typed version differs from the saved one: label, typed, saved."""
    saved = empty_form(formdata=None, data=values_of(event, queries.tier_quotas(event.id)))
    found = []
    for field in form:
        if field.name in ("csrf_token", "once_key", "version") or field.name.endswith("_fold"):
            continue
        typed, theirs = _shown(field), _shown(saved[field.name])
        if typed != theirs:
            found.append((str(field.label.text), typed, theirs))
    return found


def _shown(field: Field) -> str:
    value = field.data
    return "" if value is None else f"{value:%d %b %Y, %H:%M}" if hasattr(value, "hour") else str(value)


@blueprint.route("/admin/events/<slug:slug>/quotas", methods=["GET", "POST"])
@organizer
def quotas(slug: str) -> ResponseReturnValue:
    """Exceptions: single companies with their own number of places."""
    event = queries.event_by_slug(viewer(), slug)
    form = ExceptionForm()
    status = 200
    if form.validate_on_submit():
        with saving(form) as saved:
            service.set_exception(
                event, partners.company_named(form.company.data), form.places.data, form.reason.data, by=current_user, now=now()
            )
            saved.location = url_for(".quotas", slug=slug)
        if saved.ok:
            flash(_("Saved."), "success")
            return redirect(saved.location)
        status = saved.status
        event = queries.event_by_slug(viewer(), slug)
    elif request.method == "POST":
        status = 422
    page = render_template(
        "lifecycle/admin/quotas.html",
        form=form,
        event=event,
        exceptions=queries.exceptions(event.id),
        quotas=queries.tier_quotas(event.id),
        countries=queries.country_quotas(event.id),
        tiers=queries.tiers(),
        has_errors=form.refused,
        subnav=event_tabs(event, "quotas"),
    )
    return page, status


@blueprint.post("/admin/events/<slug:slug>/quotas/<id:organisation_id>/remove")
@organizer
def remove_exception(slug: str, organisation_id: int) -> ResponseReturnValue:
    """Puts a company back to the quota of its tier."""
    event = queries.event_by_slug(viewer(), slug)
    company = db.session.get(Organisation, organisation_id)
    if company is None or queries.quota_of(event.id, organisation_id) is None:
        raise NotFoundError(organisation_id)
    with saving(ActionForm()) as saved:
        service.remove_exception(event, company, by=current_user, now=now())
        saved.location = url_for(".quotas", slug=slug)
    if saved.ok:
        flash(_("%(company)s follows its tier again.", company=company.name), "success")
    return redirect(url_for(".quotas", slug=slug))


@blueprint.route("/admin/events/<slug:slug>/quotas/countries", methods=["GET", "POST"])
@organizer
def country_quota(slug: str) -> ResponseReturnValue:
    """Gives the companies of a country their own number of places."""
    event = queries.event_by_slug(viewer(), slug)
    form = CountryQuotaForm().offer(queries.countries())
    status = 200
    if form.validate_on_submit():
        with saving(form) as saved:
            moved = admission.set_country_quota(event, form.country.data, form.country_places.data, by=current_user, now=now())
            registrations.confirm_moved(moved, at=now())
            saved.location = url_for(".quotas", slug=slug)
        if saved.ok:
            flash(_("Saved."), "success")
            return redirect(saved.location)
        status = saved.status
        event = queries.event_by_slug(viewer(), slug)
    elif request.method == "POST":
        status = 422
    page = render_template(
        "lifecycle/admin/country_quota.html",
        form=form,
        event=event,
        has_errors=form.refused,
        subnav=event_tabs(event, "quotas"),
    )
    return page, status


@blueprint.post("/admin/events/<slug:slug>/quotas/countries/<country_code>/remove")
@organizer
def remove_country_quota(slug: str, country_code: str) -> ResponseReturnValue:
    """Puts the companies of a country back to their tiers."""
    event = queries.event_by_slug(viewer(), slug)
    if country_code not in {code for code, _name, _places in queries.country_quotas(event.id)}:
        raise NotFoundError(country_code)
    with saving(ActionForm()) as saved:
        moved = admission.remove_country_quota(event, country_code, by=current_user, now=now())
        registrations.confirm_moved(moved, at=now())
        saved.location = url_for(".quotas", slug=slug)
    if saved.ok:
        flash(_("These companies follow their tiers again."), "success")
    return redirect(url_for(".quotas", slug=slug))


@blueprint.route("/admin/events/<slug:slug>/cancel", methods=["GET", "POST"])
@organizer
def cancel(slug: str) -> ResponseReturnValue:
    """Cancels an event: first in numbers, then with a reason that everybody reads."""
    event = queries.event_by_slug(viewer(), slug)
    if event.status in (EventStatus.CANCELLED, EventStatus.DRAFT):
        raise NotFoundError(slug)
    form = ReasonForm()
    status, told = 200, 0
    if form.validate_on_submit():
        with saving(form) as saved:
            told = service.cancel_event(event, form.reason.data, by=current_user, now=now())
            saved.location = url_for("overview_admin.event", slug=slug)
        if saved.ok:
            flash(_("Cancelled. %(n)d people are told by mail.", n=told), "success")
            return redirect(saved.location)
        status = saved.status
        event = queries.event_by_slug(viewer(), slug)
    elif request.method == "POST":
        status = 422
    page = render_template(
        "lifecycle/admin/cancel.html",
        form=form,
        event=event,
        numbers=service.cancel_preview(event, now()),
        has_errors=form.refused,
        subnav=event_tabs(event, "event"),
    )
    return page, status
