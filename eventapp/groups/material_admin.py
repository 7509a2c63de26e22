"""What groups need, how many of it there are, and who gets how many."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from eventapp.accounts.audiences import organizer, reader
from eventapp.core.clock import now
from eventapp.core.errors import RuleError
from eventapp.core.forms import ActionForm
from eventapp.core.i18n import _, ngettext
from eventapp.core.saving import saving
from eventapp.events.models import Event
from eventapp.events.subnav import event_tabs
from eventapp.groups import queries, service
from eventapp.groups.admin import load
from eventapp.groups.forms import MaterialForm, NewMaterialForm
from eventapp.groups.models import GroupSet
from eventapp.groups.rules.words import group_label
from eventapp.groups.service.sets import MOST_PEOPLE

blueprint = Blueprint("group_material", __name__)
TYPED = 10


@blueprint.get("/admin/events/<slug:slug>/groups/<id:set_id>/material")
@reader
def index(slug: str, set_id: int) -> str:
    """The material counted against its stock, and what each group gets."""
    return _page(*load(slug, set_id), NewMaterialForm(formdata=None))


def _page(event: Event, found: GroupSet, form: NewMaterialForm, wrong: dict[str, str] | None = None) -> str:
    """The page; `wrong` holds what was typed for the groups and refused, by the name of its field."""
    groups = queries.groups_of(found)
    return render_template(
        "groups/admin/material.html",
        event=event,
        found=found,
        groups=groups,
        labels={one.id: group_label(found.kind, one.number, one.name) for one in groups},
        stocks=queries.stocks(found),
        supplies=queries.supplies(found),
        form=form,
        wrong=wrong or {},
        most=MOST_PEOPLE,
        has_errors=form.refused or bool(wrong),
        subnav=event_tabs(event, "groups"),
    )


@blueprint.post("/admin/events/<slug:slug>/groups/<id:set_id>/material/add")
@organizer
def add(slug: str, set_id: int) -> ResponseReturnValue:
    """Adds a material."""
    event, found = load(slug, set_id)
    form, status = NewMaterialForm(), 422
    if form.validate():
        with saving(form) as saved:
            service.add_material(found, form.name.data, form.stock.data, each=form.each.data, by=current_user, at=now())
            saved.location = url_for(".index", slug=slug, set_id=set_id)
        if saved.ok:
            flash(_("Added."), "success")
            return redirect(saved.location)
        status = saved.status
        event, found = load(slug, set_id)
    return _page(event, found, form), status


@blueprint.route("/admin/events/<slug:slug>/groups/<id:set_id>/material/<id:material_id>", methods=["GET", "POST"])
@organizer
def edit(slug: str, set_id: int, material_id: int) -> ResponseReturnValue:
    """Changes name and stock of a material."""
    event, found = load(slug, set_id)
    material = queries.material(found, material_id)
    form, status = MaterialForm(data={"name": material.name, "stock": material.stock}), 200
    if form.validate_on_submit():
        with saving(form) as saved:
            service.change_material(found, material, form.name.data, form.stock.data, by=current_user, at=now())
            saved.location = url_for(".index", slug=slug, set_id=set_id)
        if saved.ok:
            flash(_("Saved."), "success")
            return redirect(saved.location)
        status = saved.status
        event, found = load(slug, set_id)
        material = queries.material(found, material_id)
    elif request.method == "POST":
        status = 422
    page = render_template(
        "groups/admin/edit_material.html",
        event=event,
        found=found,
        material=material,
        form=form,
        has_errors=form.refused,
        subnav=event_tabs(event, "groups"),
    )
    return page, status


@blueprint.post("/admin/events/<slug:slug>/groups/<id:set_id>/material/<id:material_id>/delete")
@organizer
def remove(slug: str, set_id: int, material_id: int) -> ResponseReturnValue:
    """Takes a material away."""
    _event, found = load(slug, set_id)
    material = queries.material(found, material_id)
    with saving(ActionForm()) as saved:
        service.remove_material(found, material, by=current_user, at=now())
        saved.location = url_for(".index", slug=slug, set_id=set_id)
    if saved.error is not None:
        flash(saved.error.message, "danger")
    else:
        flash(_("The material is gone, from all groups."), "success")
    return redirect(url_for(".index", slug=slug, set_id=set_id))


@blueprint.post("/admin/events/<slug:slug>/groups/<id:set_id>/material/supply")
@organizer
def supply(slug: str, set_id: int) -> ResponseReturnValue:
    """Says how many of which material each group gets: fields like `n-<group>-<material>`."""
    event, found = load(slug, set_id)
    form, changed = ActionForm(), 0
    wanted, wrong = _typed()
    with saving(form) as saved:
        if wrong:
            raise RuleError(_("Enter whole numbers from 0 to %(most)s.", most=MOST_PEOPLE), status=422)
        changed = service.supply(found, wanted, by=current_user, at=now())
        saved.location = url_for(".index", slug=slug, set_id=set_id)
    if saved.ok:
        flash(ngettext("%(num)s number changed.", "%(num)s numbers changed.", changed), "success")
        return redirect(saved.location)
    event, found = load(slug, set_id)
    page = NewMaterialForm(formdata=None)
    if saved.error is not None:
        page.form_errors.append(saved.error.message)
    typed = {name: value[:TYPED] for name, value in request.form.items() if name.startswith("n-")}
    return _page(event, found, page, typed), saved.status


def _typed() -> tuple[dict[tuple[int, int], int], bool]:
    """What was typed by group and material, and whether something of it is no such number."""
    found: dict[tuple[int, int], int] = {}
    wrong = False
    for name, text in request.form.items():
        parts = name.split("-")
        if parts[0] != "n" or len(parts) != 3 or not all(p.isascii() and p.isdigit() and len(p) < 10 for p in parts[1:]):
            continue
        value = text.strip() or "0"
        if not (value.isascii() and value.isdigit() and len(value) < TYPED and int(value) <= MOST_PEOPLE):
            wrong = True
            continue
        found[int(parts[1]), int(parts[2])] = int(value)
    return found, wrong
