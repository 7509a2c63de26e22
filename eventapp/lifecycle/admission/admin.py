"""How people come in: mode, fairness, kinds, audience, openings by tier and region."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy import select

from eventapp.accounts.audiences import organizer, reader
from eventapp.core.clock import now
from eventapp.core.db import db
from eventapp.core.errors import NotFoundError, StaleError
from eventapp.core.forms import ActionForm
from eventapp.core.i18n import _
from eventapp.core.saving import saving
from eventapp.events import queries
from eventapp.events.admission import queries as admission
from eventapp.events.admission import service
from eventapp.events.admission.forms import KindForm, RuleForm, WaveForm, WayForm, kind_values, way_values
from eventapp.events.models import AUDIENCE_LABELS, AdmissionKind, AudienceField, AudienceRule, Event, Wave
from eventapp.events.subnav import event_tabs
from eventapp.partners.audiences import viewer
from eventapp.places.models import Pool
from eventapp.registrations import service as registrations

blueprint = Blueprint("admission_admin", __name__)
FIELDS = ", ".join(field.value for field in AudienceField)


@blueprint.get("/admin/events/<slug:slug>/admission/")
@reader
def index(slug: str) -> str:
    """Everything that decides who may come, on one page."""
    event = queries.event_by_slug(viewer(), slug)
    kinds = admission.kinds_of(event.id)
    pools = {p.id: p for p in db.session.scalars(select(Pool).where(Pool.id.in_([k.pool_id for k in kinds])))}
    rules = db.session.scalars(select(AudienceRule).where(AudienceRule.event_id == event.id).order_by(AudienceRule.id)).all()
    waves = db.session.scalars(select(Wave).where(Wave.event_id == event.id).order_by(Wave.opens_at, Wave.id)).all()
    return render_template(
        "lifecycle/admission/index.html",
        event=event,
        kinds=[(kind, pools[kind.pool_id]) for kind in kinds],
        rules=list(zip(rules, admission.shown_rules(rules), strict=True)),
        companies=admission.company_names(rules),
        kind_names={kind.id: kind.name for kind in kinds},
        waves=waves,
        tiers=dict(admission.choices_of(AudienceField.TIER)),
        regions=dict(admission.choices_of(AudienceField.SUB_REGION)),
        fields=AUDIENCE_LABELS,
        gate_open=service.gate_is_open(event),
        seed_hash=service.seed_hash(event) if event.draw_seed else "",
        form=ActionForm(),
        subnav=event_tabs(event, "admission"),
    )


def _back(slug: str, anchor: str = "") -> str:
    return url_for(".index", slug=slug, _anchor=anchor or None)


@blueprint.route("/admin/events/<slug:slug>/admission/way", methods=["GET", "POST"])
@organizer
def way(slug: str) -> ResponseReturnValue:
    """Open, with approval or by invitation; who comes first; until when something may be changed."""
    event = queries.event_by_slug(viewer(), slug)
    form = WayForm(data=way_values(event)).in_zone(event.time_zone)
    status = 200
    if form.validate_on_submit():
        with saving(form) as saved:
            version = event.version if form.version.data == str(event.version) else 0
            moved = service.set_way(event, form.details(), version=version, by=current_user, now=now())
            registrations.confirm_moved(moved, at=now())
            saved.location = _back(slug)
        if saved.ok:
            flash(_("Saved."), "success")
            return redirect(saved.location)
        status = saved.status
        event = queries.event_by_slug(viewer(), slug)
        if isinstance(saved.error, StaleError):
            form.version.data = str(event.version)
    elif request.method == "POST":
        status = 422
    page = render_template(
        "lifecycle/admission/way.html",
        event=event,
        form=form,
        has_errors=form.refused,
        back=_back(slug),
        subnav=event_tabs(event, "admission"),
    )
    return page, status


@blueprint.route("/admin/events/<slug:slug>/admission/kinds/new", methods=["GET", "POST"])
@organizer
def new_kind(slug: str) -> ResponseReturnValue:
    """A new kind to come as."""
    event = queries.event_by_slug(viewer(), slug)
    form = KindForm().in_zone(event.time_zone)
    status = 200
    if form.validate_on_submit():
        with saving(form) as saved:
            service.add_kind(event, form.details(), by=current_user, now=now())
            saved.location = _back(slug, "kinds")
        if saved.ok:
            flash(_("Saved."), "success")
            return redirect(saved.location)
        status = saved.status
        event = queries.event_by_slug(viewer(), slug)
    elif request.method == "POST":
        status = 422
    return _kind_page(event, form, None), status


@blueprint.route("/admin/events/<slug:slug>/admission/kinds/<id:kind_id>", methods=["GET", "POST"])
@organizer
def edit_kind(slug: str, kind_id: int) -> ResponseReturnValue:
    """Changes a kind; more places let the waiting move up."""
    event, kind = _kind(slug, kind_id)
    capacity = db.session.get_one(Pool, kind.pool_id).capacity
    form = KindForm(data=kind_values(kind, capacity, event.time_zone)).in_zone(event.time_zone)
    status = 200
    if form.validate_on_submit():
        with saving(form) as saved:
            moved = service.change_kind(event, kind, form.details(), by=current_user, now=now())
            registrations.confirm_moved(moved, at=now())
            saved.location = _back(slug, "kinds")
        if saved.ok:
            flash(_("Saved."), "success")
            return redirect(saved.location)
        status = saved.status
        event, kind = _kind(slug, kind_id)
    elif request.method == "POST":
        status = 422
    return _kind_page(event, form, kind), status


def _kind(slug: str, kind_id: int) -> tuple[Event, AdmissionKind]:
    event = queries.event_by_slug(viewer(), slug)
    kind = db.session.get(AdmissionKind, kind_id)
    if kind is None or kind.event_id != event.id or kind.archived:
        raise NotFoundError(kind_id)
    return event, kind


def _kind_page(event: Event, form: KindForm, kind: AdmissionKind | None) -> str:
    return render_template(
        "lifecycle/admission/kind.html",
        event=event,
        form=form,
        kind=kind,
        has_errors=form.refused,
        back=_back(event.slug, "kinds"),
        subnav=event_tabs(event, "admission"),
    )


@blueprint.post("/admin/events/<slug:slug>/admission/kinds/<id:kind_id>/<any(up, down, remove):act>")
@organizer
def change_kinds(slug: str, kind_id: int, act: str) -> ResponseReturnValue:
    """Moves a kind in the order, or takes it out of the choice."""
    event, kind = _kind(slug, kind_id)
    with saving(ActionForm()) as saved:
        if act == "remove":
            service.remove_kind(event, kind, by=current_user, now=now())
        else:
            service.move_kind(event, kind, act == "up", by=current_user, now=now())
        saved.location = _back(slug, "kinds")
    if saved.ok and act == "remove":
        flash(_("%(kind)s cannot be chosen any more. Whoever comes as such stays.", kind=kind.name), "success")
    return redirect(_back(slug, "kinds"))


@blueprint.route(
    f"/admin/events/<slug:slug>/admission/audience/<any({FIELDS}):field>",
    methods=["GET", "POST"],
)
@organizer
def new_rule(slug: str, field: str) -> ResponseReturnValue:
    """A new rule about who may come."""
    event = queries.event_by_slug(viewer(), slug)
    asked = AudienceField(field)
    form = RuleForm().for_field(asked, admission.choices_of(asked), admission.kinds_of(event.id))
    status = 200
    if form.validate_on_submit():
        with saving(form) as saved:
            kind_id = int(form.kind.data) if form.kind.data else None
            service.add_rule(event, asked, form.chosen(), kind_id, by=current_user, now=now())
            saved.location = _back(slug, "audience")
        if saved.ok:
            flash(_("Saved. Whoever is registered already stays."), "success")
            return redirect(saved.location)
        status = saved.status
        event = queries.event_by_slug(viewer(), slug)
    elif request.method == "POST":
        status = 422
    page = render_template(
        "lifecycle/admission/rule.html",
        event=event,
        form=form,
        asked=asked,
        label=AUDIENCE_LABELS[asked],
        has_errors=form.refused,
        back=_back(slug, "audience"),
        subnav=event_tabs(event, "admission"),
    )
    return page, status


@blueprint.post("/admin/events/<slug:slug>/admission/audience/<id:rule_id>/remove")
@organizer
def remove_rule(slug: str, rule_id: int) -> ResponseReturnValue:
    """Takes a rule away."""
    event = queries.event_by_slug(viewer(), slug)
    rule = db.session.get(AudienceRule, rule_id)
    if rule is None or rule.event_id != event.id:
        raise NotFoundError(rule_id)
    with saving(ActionForm()) as saved:
        service.remove_rule(event, rule, by=current_user, now=now())
        saved.location = _back(slug, "audience")
    return redirect(_back(slug, "audience"))


@blueprint.route("/admin/events/<slug:slug>/admission/openings/new", methods=["GET", "POST"])
@organizer
def new_wave(slug: str) -> ResponseReturnValue:
    """An opening hour for a tier and a region."""
    event = queries.event_by_slug(viewer(), slug)
    tiers, regions = (admission.choices_of(f) for f in (AudienceField.TIER, AudienceField.SUB_REGION))
    form = WaveForm().offer(tiers, regions).in_zone(event.time_zone)
    status = 200
    if form.validate_on_submit():
        with saving(form) as saved:
            opens_at = form.moments["opens_at"]
            assert opens_at is not None
            service.add_wave(event, form.tier.data or None, form.sub_region.data or None, opens_at, by=current_user, now=now())
            saved.location = _back(slug, "openings")
        if saved.ok:
            flash(_("Saved."), "success")
            return redirect(saved.location)
        status = saved.status
        event = queries.event_by_slug(viewer(), slug)
    elif request.method == "POST":
        status = 422
    page = render_template(
        "lifecycle/admission/wave.html",
        event=event,
        form=form,
        has_errors=form.refused,
        back=_back(slug, "openings"),
        subnav=event_tabs(event, "admission"),
    )
    return page, status


@blueprint.post("/admin/events/<slug:slug>/admission/openings/<id:wave_id>/remove")
@organizer
def remove_wave(slug: str, wave_id: int) -> ResponseReturnValue:
    """Takes an opening away."""
    event = queries.event_by_slug(viewer(), slug)
    wave = db.session.get(Wave, wave_id)
    if wave is None or wave.event_id != event.id:
        raise NotFoundError(wave_id)
    with saving(ActionForm()) as saved:
        service.remove_wave(event, wave, by=current_user, now=now())
        saved.location = _back(slug, "openings")
    return redirect(_back(slug, "openings"))
