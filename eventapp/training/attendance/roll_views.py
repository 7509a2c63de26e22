"""The roll call, made for a phone: one form with a pair of large buttons for each person, saved at once.

Nothing is sent before it is saved, so a hall without network loses nothing; without JavaScript it works the same.
"""

from collections.abc import Mapping
from datetime import datetime

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from eventapp.core.clock import now
from eventapp.core.db import MAX_ID
from eventapp.core.errors import NotFoundError, RuleError
from eventapp.core.forms import ActionForm
from eventapp.core.i18n import _, ngettext
from eventapp.core.web.carrying import carry_out, carry_out_at_once
from eventapp.training.attendance import evidence, rolls
from eventapp.training.attendance.pages import page, run_of, run_to_give, slot_words
from eventapp.training.audiences import run_reader, trainer
from eventapp.training.models import RollMark
from eventapp.training.rules import Slot

blueprint = Blueprint("roll_call", __name__)
PREFIX, BEFORE = "mark-", "was-"


def chosen_slot(slots: list[Slot], asked: str, at: datetime) -> tuple[int, Slot]:
    """The slot with that number from 1, else the one that is under way or comes next, else the last. Raises NotFoundError."""
    if asked.isascii() and asked.isdigit() and 0 < (number := int(asked[:4])) <= len(slots):
        return number, slots[number - 1]
    if not slots:
        raise NotFoundError
    number = next((n for n, slot in enumerate(slots, 1) if at < slot.ends_at), len(slots))
    return number, slots[number - 1]


@blueprint.get("/teach/<id:run_id>/roll")
@run_reader
def show(run_id: int) -> str:
    """The roll of a slot."""
    return _page(run_id, ActionForm(), {})


@blueprint.post("/teach/<id:run_id>/roll")
@trainer
def save(run_id: int) -> ResponseReturnValue:
    """Saves what was changed on the page; marks that others made meanwhile stay, unless they were changed here as well."""
    run = run_to_give(run_id)
    form = ActionForm()
    found = evidence.gather(run)
    slot = _slot_in(found.slots)
    typed = _typed()
    noted = 0

    def act() -> str:
        nonlocal noted
        if slot is None:
            raise RuleError(_("The times of this run have changed. Look at the page again."))
        marks: dict[int, RollMark | None] = {key: mark for key, (mark, before) in typed.items() if mark is not before}
        if request.form.get("rest") == RollMark.PRESENT.value:
            shown = {key for key, (mark, _before) in typed.items() if mark is None}
            marks |= dict.fromkeys(shown, RollMark.PRESENT)
        noted = rolls.call(run, slot, marks, by=current_user, at=now())
        return url_for(".show", run_id=run_id, slot=found.slots.index(slot) + 1)

    def said() -> str:
        return ngettext("%(num)s mark saved.", "%(num)s marks saved.", noted) if noted else _("Nothing was changed.")

    return carry_out(form, act, lambda _stale: _page(run_id, form, {key: mark for key, (mark, _b) in typed.items()}), said=said)


@blueprint.post("/teach/<id:run_id>/roll/back")
@trainer
def take_back(run_id: int) -> ResponseReturnValue:
    """Opens again what was saved last."""
    run = run_to_give(run_id)
    slots = evidence.gather(run, []).slots
    slot = _slot_in(slots)
    number = slots.index(slot) + 1 if slot is not None else None

    def act() -> None:
        if slot is None:
            raise RuleError(_("The times of this run have changed. Look at the page again."))
        rolls.take_back(run, slot, by=current_user, at=now())

    back = url_for(".show", run_id=run_id, slot=number)
    return carry_out_at_once(ActionForm(), act, back, _("What was saved last is open again."))


def _slot_in(slots: list[Slot]) -> Slot | None:
    """The slot that the form was about, by its beginning; none if the run has no such slot any more."""
    asked = request.form.get("slot_at", "")
    return next((slot for slot in slots if slot.starts_at.isoformat() == asked), None)


def _typed() -> dict[int, tuple[RollMark | None, RollMark | None]]:
    """What was chosen and what stood there before, by enrolment; anything else in the form is left aside."""
    found = {}
    for name, value in request.form.items():
        key = name.removeprefix(PREFIX)
        if name.startswith(PREFIX) and key.isascii() and key.isdigit() and len(key) < 11 and int(key) <= MAX_ID:
            found[int(key)] = (_mark(value), _mark(request.form.get(BEFORE + key, "")))
    return found


def _mark(value: str) -> RollMark | None:
    return RollMark(value) if value in list(RollMark) else None


def _page(run_id: int, form: ActionForm, typed: Mapping[int, RollMark | None]) -> str:
    run = run_of(run_id)
    found = evidence.gather(run)
    asked = request.args.get("slot", "")
    slot = _slot_in(found.slots) if request.method == "POST" else None
    number, slot = (found.slots.index(slot) + 1, slot) if slot is not None else chosen_slot(found.slots, asked, now())
    marks = {person.id: found.marks.get(person.id, {}).get(slot.starts_at) for person in found.people}
    return page(
        "training/attendance/roll.html",
        run,
        "roll",
        form=form,
        found=found,
        number=number,
        slot=slot,
        slots=[slot_words(one, run.event.time_zone) for one in found.slots],
        marks=marks,
        chosen={**marks, **{key: mark for key, mark in typed.items() if key in marks}},
        facts={person.id: facts for person in found.people for facts in found.in_slots(person) if facts.slot is slot},
        last=rolls.last_call(run.id, slot),
        opens_at=slot.starts_at - rolls.OPENS,
        at=now(),
        has_errors=form.refused,
    )
