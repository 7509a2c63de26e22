"""Organizer pages of an event's seat blocks: who holds places, what is named and allotted, and ending a block."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from eventapp.accounts.audiences import organizer, reader
from eventapp.core.clock import now
from eventapp.core.forms import ActionForm, Form
from eventapp.core.i18n import _, ngettext
from eventapp.core.saving import Saved, saving
from eventapp.core.times import to_local
from eventapp.events import queries as events
from eventapp.events.admission import queries as admission
from eventapp.events.models import Event, Mode
from eventapp.events.subnav import event_tabs
from eventapp.partners import queries as partners
from eventapp.partners.audiences import viewer
from eventapp.registrations.blocks import (
    jobs,  # noqa: F401 - registers the job that reminds and releases
    queries,
    releasing,
    service,
)
from eventapp.registrations.blocks.forms import AllotForm, BlockForm, NewBlockForm, ShareForm, share_problems
from eventapp.registrations.blocks.models import SeatBlock
from eventapp.registrations.blocks.rules import BlockState

blueprint = Blueprint("blocks_admin", __name__)


@blueprint.get("/admin/events/<slug:slug>/blocks/")
@reader
def index(slug: str) -> str:
    """The blocks of an event in numbers."""
    event = events.event_by_slug(viewer(), slug)
    return _index(event, NewBlockForm(formdata=None).for_event(event, admission.kinds_of(event.id)))


def _index(event: Event, form: NewBlockForm) -> str:
    blocks = queries.of_event(viewer(), event)
    at = now()
    return render_template(
        "registrations/blocks/admin/index.html",
        event=event,
        blocks=blocks,
        states={one.id: one.state(at).value for one in blocks},
        form=form,
        has_errors=form.refused,
        subnav=event_tabs(event, "blocks"),
    )


@blueprint.post("/admin/events/<slug:slug>/blocks/add")
@organizer
def add(slug: str) -> ResponseReturnValue:
    """Sets places aside for a company."""
    event = events.event_by_slug(viewer(), slug)
    form = NewBlockForm().for_event(event, admission.kinds_of(event.id))
    status = 422
    if form.validate():
        with saving(form) as saved:
            made = service.create(
                event,
                partners.company_named(form.company.data),
                mode=Mode(form.mode.data),
                kind_id=form.kind_id,
                size=form.size.data,
                name_until=form.moments["name_until"],
                releases_at=form.moments["releases_at"],
                note=form.note.data or "",
                by=current_user,
                at=now(),
            )
            saved.location = url_for(".show", slug=slug, block_id=made.id)
        if saved.ok:
            flash(_("Set aside. The company's admins see the places on their pages."), "success")
            return redirect(saved.location)
        status = saved.status
        event = events.event_by_slug(viewer(), slug)
    return _index(event, form), status


@blueprint.get("/admin/events/<slug:slug>/blocks/<id:block_id>")
@reader
def show(slug: str, block_id: int) -> str:
    """One block: its numbers, its shares, and who was named."""
    event = events.event_by_slug(viewer(), slug)
    return _show(event, queries.block(viewer(), event, block_id))


def _show(
    event: Event,
    block: SeatBlock,
    *,
    form: BlockForm | None = None,
    allot: AllotForm | None = None,
    wrong: tuple[int, ShareForm] | None = None,
) -> str:
    """The page, with the one of its forms that was refused."""
    shares = queries.shares_of(block)
    refused = any(one is not None and one.refused for one in (form, allot, wrong[1] if wrong else None))
    numbers = queries.numbers(block)
    return render_template(
        "registrations/blocks/admin/show.html",
        event=event,
        block=block,
        numbers=numbers,
        state=numbers.state(now()).value,
        open_state=BlockState.NAMING.value,
        shares=shares,
        people=queries.named_in([one.id for one in shares]),
        form=form or _form_of(block),
        allot_form=allot or AllotForm(formdata=None),
        wrong=wrong,
        problems=share_problems(wrong),
        has_errors=refused,
        subnav=event_tabs(event, "blocks"),
    )


def _form_of(block: SeatBlock, **kwargs: Any) -> BlockForm:
    zone = block.event.time_zone
    values: dict[str, Any] = {"size": block.size, "note": block.note, "version": str(block.version)}
    for name in ("name_until", "releases_at"):
        values[name] = to_local(getattr(block, name), zone).replace(tzinfo=None)
    return BlockForm(data=values, **{"formdata": None, **kwargs}).in_zone(zone)


@blueprint.post("/admin/events/<slug:slug>/blocks/<id:block_id>/change")
@organizer
def change(slug: str, block_id: int) -> ResponseReturnValue:
    """Changes size and dates."""
    event = events.event_by_slug(viewer(), slug)
    block = queries.block(viewer(), event, block_id)
    form = BlockForm().in_zone(event.time_zone)
    status, moved = 422, 0
    if form.validate():
        with saving(form) as saved:
            moved = service.change(
                block,
                size=form.size.data,
                name_until=form.moments["name_until"],
                releases_at=form.moments["releases_at"],
                note=form.note.data or "",
                version=block.version if form.version.data == str(block.version) else 0,
                by=current_user,
                at=now(),
            )
            saved.location = url_for(".show", slug=slug, block_id=block_id)
        if saved.ok:
            flash(_("Saved.") if not moved else _with_moved(_("Saved."), moved), "success")
            return redirect(saved.location)
        status = saved.status
        event = events.event_by_slug(viewer(), slug)
        block = queries.block(viewer(), event, block_id)
        form.version.data = str(block.version)
    return _show(event, block, form=form), status


@blueprint.post("/admin/events/<slug:slug>/blocks/<id:block_id>/allot")
@organizer
def allot(slug: str, block_id: int) -> ResponseReturnValue:
    """Gives places of the block to a company, whoever supplies it."""
    event = events.event_by_slug(viewer(), slug)
    block = queries.block(viewer(), event, block_id)
    form = AllotForm()
    status = 422
    if form.validate():
        with saving(form) as saved:
            company = partners.company_named(form.company.data)
            service.allot(block, company, form.places.data, supplied_only=False, by=current_user, at=now())
            saved.location = url_for(".show", slug=slug, block_id=block_id)
        if saved.ok:
            flash(_("Allotted."), "success")
            return redirect(saved.location)
        status = saved.status
        event = events.event_by_slug(viewer(), slug)
        block = queries.block(viewer(), event, block_id)
    return _show(event, block, allot=form), status


@blueprint.post("/admin/events/<slug:slug>/blocks/<id:block_id>/shares/<id:share_id>")
@organizer
def change_share(slug: str, block_id: int, share_id: int) -> ResponseReturnValue:
    """Changes how many places a reseller has."""
    event = events.event_by_slug(viewer(), slug)
    block = queries.block(viewer(), event, block_id)
    share = queries.share(block, share_id)
    form = ShareForm()
    status = 422
    if form.validate():
        with saving(form) as saved:
            service.change_share(block, share, form.places.data, by=current_user, at=now())
            saved.location = url_for(".show", slug=slug, block_id=block_id)
        if saved.ok:
            flash(_("Saved."), "success")
            return redirect(saved.location)
        status = saved.status
        event = events.event_by_slug(viewer(), slug)
        block = queries.block(viewer(), event, block_id)
    return _show(event, block, wrong=(share_id, form)), status


@blueprint.route("/admin/events/<slug:slug>/blocks/<id:block_id>/release", methods=["GET", "POST"])
@organizer
def release(slug: str, block_id: int) -> ResponseReturnValue:
    """Ends a block now: first in numbers."""
    event = events.event_by_slug(viewer(), slug)
    block = queries.block(viewer(), event, block_id)
    back = url_for(".show", slug=slug, block_id=block_id)
    form: Form = ActionForm()
    if request.method == "POST" and form.validate():
        done = None
        with saving(form) as saved:
            done = releasing.release(block, by=current_user, at=now())
            saved.location = back
        return _after_release(saved, done, back)
    if block.released_at is not None:
        return redirect(back)
    page = render_template(
        "registrations/blocks/admin/release.html",
        event=event,
        block=block,
        numbers=releasing.preview(block),
        form=form,
        back=back,
        subnav=event_tabs(event, "blocks"),
    )
    return page, 200 if request.method == "GET" else 422


def _after_release(saved: Saved, done: releasing.Released | None, back: str) -> ResponseReturnValue:
    if saved.error is not None:
        flash(saved.error.message, "danger")
    elif done is not None:
        text = ngettext("%(num)s place has fallen back.", "%(num)s places have fallen back.", done.returned)
        flash(_with_moved(text, done.promoted) if done.promoted else text, "success")
    return redirect(back)


def _with_moved(text: str, moved: int) -> str:
    people = ngettext("%(num)s person moved up from the waiting list.", "%(num)s people moved up from the waiting list.", moved)
    return f"{text} {people}"
