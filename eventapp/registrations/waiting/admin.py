"""Organizer pages of the waiting list: who waits for what, in which order, and moving somebody up by hand."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from eventapp.accounts.audiences import organizer, reader
from eventapp.core.clock import now
from eventapp.core.errors import NotFoundError, RuleError
from eventapp.core.forms import ActionForm
from eventapp.core.i18n import _, ngettext
from eventapp.core.saving import saving
from eventapp.events import queries as events
from eventapp.events.subnav import event_tabs
from eventapp.partners.audiences import viewer
from eventapp.registrations import queries as registrations
from eventapp.registrations.models import Registration, RegistrationStatus, Side
from eventapp.registrations.service import confirm_by_hand
from eventapp.registrations.waiting import (
    acts,
    jobs,  # noqa: F401 - registers the sweep that lets offers lapse
    queries,
    service,
    settings,
    texts,
)
from eventapp.registrations.waiting.forms import ORDER_LABELS, MoveUpForm, SettingsForm

blueprint = Blueprint("waiting_admin", __name__)


def _load(slug: str, registration_id: int) -> Registration:
    return registrations.registration(viewer(), events.event_by_slug(viewer(), slug), registration_id)


def _page_of(registration: Registration) -> str:
    return url_for("registrations_admin.edit", slug=registration.event.slug, registration_id=registration.id)


@blueprint.get("/admin/events/<slug:slug>/waiting/")
@reader
def index(slug: str) -> str:
    """Who waits for what, and who has an offer."""
    event = events.event_by_slug(viewer(), slug)
    listing = queries.page(event, url_for(".index", slug=slug), request.args)
    pools = queries.pools_of(event)
    return render_template(
        "registrations/waiting/index.html",
        event=event,
        listing=listing,
        pools=pools,
        waited_for=queries.waited_for(event, [r.waiting_for_id for r in listing.rows if r.waiting_for_id is not None]),
        orders=ORDER_LABELS,
        positions={id_: texts.standing_words(standing) for id_, standing in queries.standings_of(listing).items()},
        groups=queries.groups_of(listing),
        subnav=event_tabs(event, "waiting"),
    )


@blueprint.route("/admin/events/<slug:slug>/waiting/settings", methods=["GET", "POST"])
@organizer
def change(slug: str) -> ResponseReturnValue:
    """The order of each list, how long offers last, and whether groups may come only together."""
    event = events.event_by_slug(viewer(), slug)
    form = SettingsForm.for_pools(event, queries.pools_of(event))
    status, moved = 200, 0
    if form.validate_on_submit():
        with saving(form) as saved:
            version = event.version if form.version.data == str(event.version) else 0
            moved = len(settings.change(event, form.settings(), version=version, by=current_user, at=now()))
            saved.location = url_for(".index", slug=slug)
        if saved.ok:
            up = ngettext("%(num)s person moved up.", "%(num)s people moved up.", moved)
            flash(f"{_('Saved.')} {up}" if moved else _("Saved."), "success")
            return redirect(saved.location)
        status = saved.status
        event = events.event_by_slug(viewer(), slug)
        form.version.data = str(event.version)
    elif request.method == "POST":
        status = 422
    page = render_template(
        "registrations/waiting/settings.html",
        event=event,
        form=form,
        has_errors=form.refused,
        subnav=event_tabs(event, "waiting"),
    )
    return page, status


@blueprint.route("/admin/events/<slug:slug>/registrations/<id:registration_id>/move-up", methods=["GET", "POST"])
@organizer
def move_up(slug: str, registration_id: int) -> ResponseReturnValue:
    """Gives somebody who waits a place before all others, with a reason."""
    registration = _load(slug, registration_id)
    if registration.status is not RegistrationStatus.WAITING and request.method == "GET":
        raise NotFoundError(registration_id)
    form = MoveUpForm()
    status = 200
    if form.validate_on_submit():
        with saving(form) as saved:
            reason, above = form.reason.data or "", bool(form.above.data)
            made, _others = confirm_by_hand([registration], reason=reason, above=above, by=current_user, at=now())
            if not made:
                raise RuleError(_("This person does not wait any more."))
            saved.location = _page_of(registration)
        if saved.ok:
            flash(_("Moved up. A mail is on its way."), "success")
            return redirect(saved.location)
        status = saved.status
        registration = _load(slug, registration_id)
    elif request.method == "POST":
        status = 422
    page = render_template(
        "registrations/waiting/move_up.html",
        registration=registration,
        event=registration.event,
        form=form,
        position=texts.positions([registration]).get(registration.id),
        holder=texts.holders([registration]).get(registration.id),
        reason=registrations.waiting_reason(registration),
        back=_page_of(registration),
        has_errors=form.refused,
        subnav=event_tabs(registration.event, "waiting"),
    )
    return page, status


@blueprint.post("/admin/events/<slug:slug>/registrations/<id:registration_id>/accept")
@organizer
def accept(slug: str, registration_id: int) -> ResponseReturnValue:
    """Takes an offered place for somebody who said yes by telephone."""
    return acts.accept(lambda: _load(slug, registration_id), current_user, _page_of)


@blueprint.post("/admin/events/<slug:slug>/registrations/<id:registration_id>/turn-down")
@organizer
def turn_down(slug: str, registration_id: int) -> ResponseReturnValue:
    """Gives an offered place to the next one."""
    return acts.turn_down(lambda: _load(slug, registration_id), current_user, _page_of, Side.ORGANIZER)


@blueprint.post("/admin/events/<slug:slug>/registrations/<id:registration_id>/singly")
@organizer
def singly(slug: str, registration_id: int) -> ResponseReturnValue:
    """Lets a group that waits come one by one, as many as fit."""
    registration = _load(slug, registration_id)
    with saving(ActionForm()) as saved:
        service.come_singly(registration, by=current_user, at=now())
        saved.location = _page_of(registration)
    if saved.error is not None:
        flash(saved.error.message, "danger")
    else:
        flash(_("They come one by one now, as many as fit."), "success")
    return redirect(_page_of(_load(slug, registration_id)))
