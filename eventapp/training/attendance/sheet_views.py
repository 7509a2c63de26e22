"""The sign-in sheet: printed empty, and typed or pasted in once people have signed."""

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from eventapp.core.clock import now
from eventapp.core.errors import RuleError
from eventapp.core.forms import ActionForm
from eventapp.core.i18n import _, ngettext
from eventapp.core.web.carrying import carry_out, carry_out_at_once
from eventapp.training import queries
from eventapp.training.attendance import evidence, sheets, unmatched
from eventapp.training.attendance.forms import SheetForm
from eventapp.training.attendance.pages import page, run_of, run_to_give, slot_words
from eventapp.training.attendance.roll_views import chosen_slot
from eventapp.training.attendance.sheets import Taken
from eventapp.training.audiences import run_reader, trainer
from eventapp.training.runs.listing import trainers_of

blueprint = Blueprint("sign_sheet", __name__)
# For whoever comes and is not on the list.
BLANK_LINES = 6


@blueprint.route("/teach/<id:run_id>/sheet", methods=["GET", "POST"])
@trainer
def edit(run_id: int) -> ResponseReturnValue:
    """Takes the lines of a slot's sheet."""
    run = run_to_give(run_id)
    slots = queries.slots_of([run])[run.id]
    number, slot = chosen_slot(slots, request.args.get("slot", ""), now())
    form = SheetForm()
    taken = Taken(0, 0, 0)

    def act() -> str:
        nonlocal taken
        if request.form.get("slot_at", "") != slot.starts_at.isoformat():
            raise RuleError(_("The times of this run have changed. Look at the page again."))
        taken = sheets.take_in(run, slot, form.lines.data or "", by=current_user, at=now())
        return url_for(".edit", run_id=run_id, slot=number)

    return carry_out(form, act, lambda _stale: _page(run_id, number, form), said=lambda: _words(taken))


def _words(taken: Taken) -> str:
    said = [ngettext("%(num)s line is new.", "%(num)s lines are new.", taken.added)]
    if taken.unmatched:
        said.append(ngettext("%(num)s was found with nobody.", "%(num)s were found with nobody.", taken.unmatched))
    if taken.known:
        said.append(ngettext("%(num)s stood there before.", "%(num)s stood there before.", taken.known))
    return " ".join(said)


def _page(run_id: int, number: int, form: SheetForm) -> str:
    run = run_of(run_id)
    slots = queries.slots_of([run])[run.id]
    slot = slots[number - 1]
    return page(
        "training/attendance/sheet.html",
        run,
        "roll",
        form=form,
        number=number,
        slot=slot,
        slots=[slot_words(one, run.event.time_zone) for one in slots],
        signed=sheets.signed(run.id, slots)[slot.starts_at],
        waiting=unmatched.waiting(run.id),
        has_errors=form.refused,
    )


@blueprint.post("/teach/<id:run_id>/sheet/back")
@trainer
def take_back(run_id: int) -> ResponseReturnValue:
    """Takes a slot's sheet out again."""
    run = run_to_give(run_id)
    slots = queries.slots_of([run])[run.id]
    asked = request.form.get("slot_at", "")
    slot = next((one for one in slots if one.starts_at.isoformat() == asked), None)

    def act() -> None:
        if slot is None:
            raise RuleError(_("The times of this run have changed. Look at the page again."))
        sheets.take_back(run, slot, by=current_user, at=now())

    back = url_for(".edit", run_id=run_id, slot=slots.index(slot) + 1 if slot is not None else None)
    return carry_out_at_once(ActionForm(), act, back, _("The sheet is taken out again."))


@blueprint.get("/teach/<id:run_id>/sheet/print")
@run_reader
def printed(run_id: int) -> str:
    """The empty sheet, to be printed: everybody by name, with room to sign for each slot."""
    run = run_of(run_id)
    slots = queries.slots_of([run])[run.id]
    return page(
        "training/attendance/printed.html",
        run,
        "roll",
        people=evidence.participants(run.id),
        slots=slots,
        slot_words=slot_words,
        trainers=trainers_of([run.id])[run.id],
        blank=BLANK_LINES,
    )
