"""Organizer pages of comments and tags."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from eventapp.accounts.audiences import organizer
from eventapp.core.clock import now
from eventapp.core.forms import ActionForm
from eventapp.core.i18n import _, ngettext
from eventapp.core.saving import saving
from eventapp.events import queries as events
from eventapp.events.models import Event
from eventapp.events.subnav import event_tabs
from eventapp.partners.audiences import viewer
from eventapp.registrations import queries as registrations
from eventapp.registrations.admin import edit_page
from eventapp.registrations.desk import queries, service
from eventapp.registrations.desk.forms import CommentForm, TagForm, TagsForm
from eventapp.registrations.desk.models import TagColour
from eventapp.registrations.desk.panel import panel

blueprint = Blueprint("desk_admin", __name__)


@blueprint.post("/admin/events/<slug:slug>/registrations/<id:registration_id>/comments")
@organizer
def comment(slug: str, registration_id: int) -> ResponseReturnValue:
    """Notes something about a registration."""
    event = events.event_by_slug(viewer(), slug)
    registration = registrations.registration(viewer(), event, registration_id)
    form, status = CommentForm(), 422
    if form.validate():
        with saving(form) as saved:
            service.comment(registration, form.text.data or "", by=current_user, at=now())
            saved.location = url_for("registrations_admin.edit", slug=slug, registration_id=registration_id, _anchor="comments")
        if saved.ok:
            flash(_("Noted, for staff only."), "success")
            return redirect(saved.location)
        status = saved.status
        registration = registrations.registration(viewer(), event, registration_id)
    return edit_page(registration, panel(registration, comment_form=form)), status


@blueprint.post("/admin/events/<slug:slug>/registrations/<id:registration_id>/comments/<id:comment_id>/delete")
@organizer
def uncomment(slug: str, registration_id: int, comment_id: int) -> ResponseReturnValue:
    """Takes a comment away."""
    event = events.event_by_slug(viewer(), slug)
    registration = registrations.registration(viewer(), event, registration_id)
    found = queries.comment(registration, comment_id)
    back = url_for("registrations_admin.edit", slug=slug, registration_id=registration_id, _anchor="comments")
    with saving(ActionForm()) as saved:
        service.remove_comment(registration, found, by=current_user, at=now())
        saved.location = back
    if saved.error is not None:
        flash(saved.error.message, "danger")
    else:
        flash(_("The comment is gone."), "success")
    return redirect(back)


@blueprint.post("/admin/events/<slug:slug>/registrations/<id:registration_id>/tags")
@organizer
def tag(slug: str, registration_id: int) -> ResponseReturnValue:
    """Says which tags a registration carries."""
    event = events.event_by_slug(viewer(), slug)
    registration = registrations.registration(viewer(), event, registration_id)
    form, status = TagsForm(), 422
    form.offer(queries.tags(event), queries.ids_on(registration))
    if form.validate():
        with saving(form) as saved:
            service.set_tags(registration, set(form.tags.data or []), by=current_user, at=now())
            saved.location = url_for("registrations_admin.edit", slug=slug, registration_id=registration_id, _anchor="staff-tags")
        if saved.ok:
            flash(_("Saved."), "success")
            return redirect(saved.location)
        status = saved.status
        registration = registrations.registration(viewer(), event, registration_id)
    return edit_page(registration, panel(registration, tags_form=form)), status


@blueprint.route("/admin/events/<slug:slug>/tags", methods=["GET", "POST"])
@organizer
def tags(slug: str) -> ResponseReturnValue:
    """The tags of an event, and a new one."""
    event = events.event_by_slug(viewer(), slug)
    form, status = TagForm(), 200
    if form.validate_on_submit():
        with saving(form) as saved:
            service.make_tag(event, form.word.data or "", TagColour(form.colour.data), by=current_user, at=now())
            saved.location = url_for(".tags", slug=slug)
        if saved.ok:
            flash(_("The tag is there."), "success")
            return redirect(saved.location)
        status = saved.status
        event = events.event_by_slug(viewer(), slug)
    elif request.method == "POST":
        status = 422
    return _tags_page(event, form), status


def _tags_page(event: Event, form: TagForm) -> str:
    return render_template(
        "registrations/desk/tags.html",
        event=event,
        uses=queries.uses(event),
        form=form,
        has_errors=form.refused,
        subnav=event_tabs(event, "registrations"),
    )


@blueprint.route("/admin/events/<slug:slug>/tags/<id:tag_id>", methods=["GET", "POST"])
@organizer
def edit_tag(slug: str, tag_id: int) -> ResponseReturnValue:
    """Another word or colour for a tag."""
    event = events.event_by_slug(viewer(), slug)
    found = queries.tag(event, tag_id)
    form, status = TagForm(data={"word": found.word, "colour": found.colour.value}), 200
    if form.validate_on_submit():
        with saving(form) as saved:
            service.change_tag(event, found, form.word.data or "", TagColour(form.colour.data), by=current_user, at=now())
            saved.location = url_for(".tags", slug=slug)
        if saved.ok:
            flash(_("Saved."), "success")
            return redirect(saved.location)
        status = saved.status
        event = events.event_by_slug(viewer(), slug)
        found = queries.tag(event, tag_id)
    elif request.method == "POST":
        status = 422
    page = render_template(
        "registrations/desk/edit_tag.html",
        event=event,
        tag=found,
        form=form,
        has_errors=form.refused,
        subnav=event_tabs(event, "registrations"),
    )
    return page, status


@blueprint.route("/admin/events/<slug:slug>/tags/<id:tag_id>/delete", methods=["GET", "POST"])
@organizer
def delete_tag(slug: str, tag_id: int) -> ResponseReturnValue:
    """Says how many registrations carry the tag, and takes it away."""
    event = events.event_by_slug(viewer(), slug)
    found = queries.tag(event, tag_id)
    form, status, word = ActionForm(), 200, found.word
    if form.validate_on_submit():
        with saving(form) as saved:
            service.delete_tag(event, found, by=current_user, at=now())
            saved.location = url_for(".tags", slug=slug)
        if saved.ok:
            flash(_("The tag “%(word)s” is gone.", word=word), "success")
            return redirect(saved.location)
        status = saved.status
        event = events.event_by_slug(viewer(), slug)
        found = queries.tag(event, tag_id)
    elif request.method == "POST":
        status = 422
    people = next(use.people for use in queries.uses(event) if use.tag.id == found.id)
    lead = ngettext("%(num)s registration carries it.", "%(num)s registrations carry it.", people)
    page = render_template(
        "registrations/desk/delete_tag.html",
        event=event,
        tag=found,
        lead=lead,
        form=form,
        has_errors=form.refused,
        subnav=event_tabs(event, "registrations"),
    )
    return page, status
