"""Organizer pages of an event's group sets and their groups."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from eventapp.accounts.audiences import organizer, reader
from eventapp.core.clock import now
from eventapp.core.errors import StaleError
from eventapp.core.forms import ActionForm
from eventapp.core.i18n import _, ngettext
from eventapp.core.saving import saving
from eventapp.events import queries as events
from eventapp.events.admission import queries as admission
from eventapp.events.models import Event
from eventapp.events.moments import moment_values
from eventapp.events.subnav import event_tabs
from eventapp.groups import (
    jobs,  # noqa: F401 - registers the job that writes the mails
    queries,
    service,
)
from eventapp.groups.forms import GroupForm, MoreGroupsForm, NewSetForm, SetForm, values_of, values_of_group
from eventapp.groups.models import KIND_LABELS, Group, GroupSet
from eventapp.groups.rules.words import group_label, when_text
from eventapp.partners.audiences import viewer
from eventapp.registrations.desk import queries as desk

blueprint = Blueprint("groups_admin", __name__)


def load(slug: str, set_id: int) -> tuple[Event, GroupSet]:
    """The event and one of its sets."""
    event = events.event_by_slug(viewer(), slug)
    return event, queries.group_set(event, set_id)


@blueprint.get("/admin/events/<slug:slug>/groups/")
@reader
def index(slug: str) -> str:
    """The sets of an event in numbers."""
    event = events.event_by_slug(viewer(), slug)
    rows = queries.sets_of(event)
    return render_template(
        "groups/admin/index.html",
        event=event,
        rows=rows,
        kinds=KIND_LABELS,
        times={row[0].id: when_text(row[0], event.time_zone) for row in rows},
        subnav=event_tabs(event, "groups"),
    )


def _offering(form: SetForm, event: Event) -> SetForm:
    return form.for_event(event, admission.kinds_of(event.id), desk.tags(event), queries.sessions_with_places(event))


@blueprint.route("/admin/events/<slug:slug>/groups/new", methods=["GET", "POST"])
@organizer
def new(slug: str) -> ResponseReturnValue:
    """Makes a set with its groups."""
    event = events.event_by_slug(viewer(), slug)
    form, status = NewSetForm(), 200
    _offering(form, event)
    if form.validate_on_submit():
        with saving(form) as saved:
            made = service.create(event, form.details, form.groups.data, by=current_user, at=now())
            saved.location = url_for("group_board.show", slug=slug, set_id=made.id)
        if saved.ok:
            flash(_("The groups are there. Place people now, by yourself or automatically."), "success")
            return redirect(saved.location)
        status = saved.status
        event = events.event_by_slug(viewer(), slug)
    elif request.method == "POST":
        status = 422
    page = render_template(
        "groups/admin/new.html", event=event, form=form, has_errors=form.refused, subnav=event_tabs(event, "groups")
    )
    return page, status


@blueprint.route("/admin/events/<slug:slug>/groups/<id:set_id>/edit", methods=["GET", "POST"])
@organizer
def edit(slug: str, set_id: int) -> ResponseReturnValue:
    """Changes what a set is for, where, when and for whom."""
    event, found = load(slug, set_id)
    form, status = SetForm(data={**values_of(found), **moment_values("starts_at", found.starts_at, event.time_zone)}), 200
    _offering(form, event)
    if form.validate_on_submit():
        lost = 0
        with saving(form) as saved:
            version = found.version if form.version.data == str(found.version) else 0
            lost = service.change(found, form.details, version=version, by=current_user, at=now())
            saved.location = url_for("group_board.show", slug=slug, set_id=set_id)
        if saved.ok:
            people = ngettext("%(num)s person takes part no more.", "%(num)s people take part no more.", lost)
            flash(f"{_('Saved.')} {people}" if lost else _("Saved."), "success")
            return redirect(saved.location)
        status = saved.status
        event, found = load(slug, set_id)
        if isinstance(saved.error, StaleError):
            form.version.data = str(found.version)
    elif request.method == "POST":
        status = 422
    page = render_template(
        "groups/admin/edit.html",
        event=event,
        found=found,
        form=form,
        more_form=MoreGroupsForm(formdata=None),
        has_errors=form.refused,
        subnav=event_tabs(event, "groups"),
    )
    return page, status


@blueprint.post("/admin/events/<slug:slug>/groups/<id:set_id>/groups")
@organizer
def add_groups(slug: str, set_id: int) -> ResponseReturnValue:
    """Adds groups behind the last one."""
    _event, found = load(slug, set_id)
    form = MoreGroupsForm()
    if not form.validate():
        flash(_("Enter a whole number."), "danger")
        return redirect(url_for(".edit", slug=slug, set_id=set_id))
    with saving(form) as saved:
        service.add_groups(found, form.groups.data, by=current_user, at=now())
        saved.location = url_for("group_board.show", slug=slug, set_id=set_id)
    if saved.error is not None:
        flash(saved.error.message, "danger")
    else:
        flash(_("Added."), "success")
    return redirect(saved.location if saved.ok else url_for(".edit", slug=slug, set_id=set_id))


@blueprint.route("/admin/events/<slug:slug>/groups/<id:set_id>/delete", methods=["GET", "POST"])
@organizer
def delete(slug: str, set_id: int) -> ResponseReturnValue:
    """Deletes a set: first in numbers."""
    event, found = load(slug, set_id)
    form, status = ActionForm(), 200
    if form.validate_on_submit():
        with saving(form) as saved:
            service.remove(found, by=current_user, at=now())
            saved.location = url_for(".index", slug=slug)
        if saved.ok:
            flash(_("Deleted, with its groups and places. Nobody's registration has changed."), "success")
            return redirect(saved.location)
        status = saved.status
        event, found = load(slug, set_id)
    elif request.method == "POST":
        status = 422
    page = render_template(
        "groups/admin/delete.html",
        event=event,
        found=found,
        groups=len(queries.groups_of(found)),
        people=len(queries.placed_ids(found)),
        form=form,
        has_errors=form.refused,
        subnav=event_tabs(event, "groups"),
    )
    return page, status


def _group_page(event: Event, found: GroupSet, one: Group, form: GroupForm) -> str:
    return render_template(
        "groups/admin/group.html",
        event=event,
        found=found,
        one=one,
        label=group_label(found.kind, one.number, one.name),
        members=queries.members([one.id]).get(one.id, []),
        form=form,
        has_errors=form.refused,
        subnav=event_tabs(event, "groups"),
    )


@blueprint.route("/admin/events/<slug:slug>/groups/<id:set_id>/groups/<id:group_id>", methods=["GET", "POST"])
@organizer
def group(slug: str, set_id: int, group_id: int) -> ResponseReturnValue:
    """Changes one group."""
    event, found = load(slug, set_id)
    one = queries.group(found, group_id)
    form, status = GroupForm(data=values_of_group(one)), 200
    if form.validate_on_submit():
        with saving(form) as saved:
            version = one.version if form.version.data == str(one.version) else 0
            service.change_group(found, one, form.details, version=version, by=current_user, at=now())
            saved.location = board_at(found, one)
        if saved.ok:
            flash(_("Saved."), "success")
            return redirect(saved.location)
        status = saved.status
        event, found = load(slug, set_id)
        one = queries.group(found, group_id)
        if isinstance(saved.error, StaleError):
            form.version.data = str(one.version)
    elif request.method == "POST":
        status = 422
    return _group_page(event, found, one, form), status


def board_at(found: GroupSet, one: Group) -> str:
    """The board, opened where the group is."""
    values: dict[str, Any] = {"slug": request.view_args["slug"] if request.view_args else "", "set_id": found.id}
    return url_for("group_board.show", **values, open=one.number)


@blueprint.post("/admin/events/<slug:slug>/groups/<id:set_id>/groups/<id:group_id>/delete")
@organizer
def delete_group(slug: str, set_id: int, group_id: int) -> ResponseReturnValue:
    """Deletes one group; whoever sits there is without a place then."""
    _event, found = load(slug, set_id)
    one = queries.group(found, group_id)
    with saving(ActionForm()) as saved:
        service.remove_group(found, one, by=current_user, at=now())
        saved.location = url_for("group_board.show", slug=slug, set_id=set_id)
    if saved.error is not None:
        flash(saved.error.message, "danger")
    else:
        flash(_("The group is gone. Who sat there has no place now."), "success")
    return redirect(url_for("group_board.show", slug=slug, set_id=set_id))
