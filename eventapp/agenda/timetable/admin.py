"""Organizer pages of the timetable: the grid of a day, the form of one part, moving by script, undoing."""

from typing import Any

from flask import Blueprint, jsonify, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from eventapp.accounts.audiences import organizer, reader
from eventapp.agenda.content.pages import page
from eventapp.agenda.models import SessionSlot
from eventapp.agenda.timetable import board, queries, service, texts
from eventapp.agenda.timetable.forms import MoveForm, PlaceForm, room_value
from eventapp.agenda.timetable.service import Placing
from eventapp.core.clock import now
from eventapp.core.forms import ActionForm
from eventapp.core.i18n import _
from eventapp.core.saving import saving
from eventapp.core.text import one_line
from eventapp.core.web.carrying import carry_out, carry_out_at_once
from eventapp.events import queries as events
from eventapp.events.models import Event
from eventapp.partners.audiences import viewer

blueprint = Blueprint("timetable_admin", __name__)
BASE = "/admin/events/<slug:slug>/agenda/timetable"
LONGEST_SEARCH = 100
MOST_WARNINGS = 500


@blueprint.get(BASE)
@reader
def index(slug: str) -> str:
    """One day as a grid of rooms and times, the tray, and what is wrong with it."""
    event = events.event_by_slug(viewer(), slug)
    search = one_line(request.args.get("q", ""))[:LONGEST_SEARCH]
    made = board.board(event, request.args.get("day"), search)
    return page("agenda/timetable/index.html", event, "timetable", board=made, may=viewer().is_organizer, **_steps(event))


@blueprint.get(f"{BASE}/warnings")
@reader
def warnings(slug: str) -> str:
    """What is wrong with the whole timetable."""
    event = events.event_by_slug(viewer(), slug)
    found = board.draft_warnings(event)[1]
    told = [texts.told(warning, event.time_zone) for warning in found[:MOST_WARNINGS]]
    may = viewer().is_organizer
    return page("agenda/timetable/warnings.html", event, "timetable", told=told, count=len(found), may=may)


@blueprint.route(f"{BASE}/<id:slot_id>", methods=["GET", "POST"])
@organizer
def edit(slug: str, slot_id: int) -> ResponseReturnValue:
    """Day, time, room and length of one part, without the grid."""
    event = events.event_by_slug(viewer(), slug)
    part = service.slot(event, slot_id)
    draft, found = board.draft_warnings(event)
    form = PlaceForm.of(part, event.time_zone, draft.rooms, is_break=part.session.type.is_break)

    def act() -> str:
        saved = service.place(event, slot_id, form.placing(), was=form.was.data or "", by=current_user, at=now())
        return url_for(".index", slug=slug, day=board.day_of(event, saved.starts_at))

    def show(stale: bool) -> str:
        present = service.slot(event, slot_id)
        if stale:
            form.was.data = Placing.of(present).token
        about = [w for w in found if slot_id in (w.part.id, w.other.id if w.other else None)]
        return page(
            "agenda/timetable/edit.html",
            event,
            "timetable",
            form=form,
            part=present,
            where=service.where(event, present),
            day=board.day_of(event, present.starts_at),
            told=[texts.told(warning, event.time_zone) for warning in about],
            stale=stale,
            has_errors=form.refused,
        )

    return carry_out(form, act, show)


@blueprint.post(f"{BASE}/<id:slot_id>/move")
@organizer
def move(slug: str, slot_id: int) -> ResponseReturnValue:
    """The same from the grid; answers with what became of it as JSON."""
    event = events.event_by_slug(viewer(), slug)
    form = MoveForm()
    day = request.form.get("day", "")[:10]
    service.slot(event, slot_id)
    if not form.validate_on_submit():
        problems = [str(message) for errors in form.errors.values() for message in errors]
        return jsonify(error=" ".join(problems), **_answer(event, slot_id, day)), 422
    with saving(form) as saved:
        service.place(event, slot_id, form.placing(), was=form.was.data or "", by=current_user, at=now())
        saved.location = url_for(".state", slug=slug, slot_id=slot_id, day=day)
    if saved.error is not None:
        event = events.event_by_slug(viewer(), slug)
        return jsonify(error=saved.error.message, **_answer(event, slot_id, day)), saved.status
    return jsonify(_answer(event, slot_id, day))


@blueprint.get(f"{BASE}/<id:slot_id>/state")
@organizer
def state(slug: str, slot_id: int) -> ResponseReturnValue:
    """Where a part is now, and what is wrong with the day that the grid shows."""
    event = events.event_by_slug(viewer(), slug)
    return jsonify(_answer(event, slot_id, request.args.get("day", "")[:10]))


@blueprint.post(f"{BASE}/undo/<id:step_id>")
@organizer
def undo(slug: str, step_id: int) -> ResponseReturnValue:
    """Takes a step back."""
    event = events.event_by_slug(viewer(), slug)
    back = url_for(".index", slug=slug, day=request.form.get("day", "")[:10] or None)
    return carry_out_at_once(ActionForm(), lambda: service.undo(event, step_id, by=current_user, at=now()), back, _("Undone."))


def _steps(event: Event) -> dict[str, Any]:
    """The last steps, and which of them is undone next: the visitor's own last one."""
    steps = queries.last_steps(event)
    mine = (s.step for s in steps if s.step.made_by_id == current_user.id and s.step.undone_at is None)
    return {"steps": steps, "next_undo": next(mine, None)}


def _answer(event: Event, slot_id: int, day: str) -> dict[str, Any]:
    """What the grid puts in the place of what it had: where the part is, words and lists."""
    part = service.slot(event, slot_id)
    found = board.draft_warnings(event)[1]
    todays = [w for w in found if board.day_of(event, w.part.starts_at) == day]
    told = [texts.told(warning, event.time_zone) for warning in todays[: board.TOLD_SHOWN]]
    return {
        "slot": slot_id,
        **placed(part),
        "say": _("%(title)s: %(where)s", title=part.session.title, where=service.where(event, part)),
        "flags": {str(id_): words for id_, words in board.flags_of(found).items()},
        "told": render_template("agenda/timetable/_told.html", event=event, told=told, told_today=len(todays), may=True),
        "steps": render_template("agenda/timetable/_steps.html", event=event, day=day, **_steps(event)),
    }


def placed(part: SessionSlot) -> dict[str, Any]:
    """Where a part is, as the grid knows it."""
    placing = Placing.of(part)
    starts_at = placing.token.partition("|")[0]
    return {"starts_at": starts_at, "room": room_value(part), "minutes": part.minutes, "was": placing.token}
