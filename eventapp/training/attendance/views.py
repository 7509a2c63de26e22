"""The pages of a run's attendance: everybody with minutes and state, one person with what each source says, and the end."""

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from eventapp.audit.service import record
from eventapp.core.clock import now
from eventapp.core.errors import NotFoundError
from eventapp.core.forms import ActionForm
from eventapp.core.i18n import _
from eventapp.core.saving import saving
from eventapp.core.web.carrying import carry_out, carry_out_at_once, version_in
from eventapp.core.web.downloads import asked_format, table_file
from eventapp.training.attendance import closing, counting, evidence, exports, jobs, listing, rules, settling  # noqa: F401 - the worker counts
from eventapp.training.attendance.forms import CloseForm, SettleForm, settle_form
from eventapp.training.attendance.pages import FORMATS, page, run_of, run_to_give, slot_words
from eventapp.training.attendance.rules import Said, Span
from eventapp.training.audiences import run_reader, trainer
from eventapp.training.models import AttendanceInterval, AttendanceState, Enrolment, Run

blueprint = Blueprint("attendance", __name__)


@blueprint.get("/teach/<id:run_id>/attendance")
@run_reader
def index(run_id: int) -> str:
    """Everybody enrolled with minutes, percentage, state and sources; what is to be settled; what waits."""
    run = run_of(run_id)
    found = evidence.gather(run)
    path = url_for(".index", run_id=run.id)
    return page(
        "training/attendance/index.html",
        run,
        "attendance",
        listing=listing.page(run, path, request.args),
        found=found,
        doubtful=[(person, doubts) for person in found.people if (doubts := found.doubts(person))],
        counts=listing.counts(found.people),
        states=list(AttendanceState),
        said={person.id: listing.said(found, person) for person in found.people},
        tenths=rules.tenths,
        slot_words=slot_words,
        ended=found.over(now()),
        formats=FORMATS,
    )


@blueprint.route("/teach/<id:run_id>/attendance/<id:enrolment_id>", methods=["GET", "POST"])
@trainer
def show(run_id: int, enrolment_id: int) -> ResponseReturnValue:
    """What each source says about one person; settling it by hand."""
    run = run_to_give(run_id)
    enrolment = _enrolment(run, enrolment_id)
    form = settle_form(enrolment)

    def act() -> str:
        state, reason = AttendanceState(form.state.data), form.reason.data or ""
        settling.settle(run, enrolment_id, state, reason, seen=version_in(form), by=current_user, at=now())
        return url_for(".show", run_id=run_id, enrolment_id=enrolment_id)

    return carry_out(form, act, lambda stale: _person_page(run_id, enrolment_id, form, stale), said=lambda: _("Settled."))


def _enrolment(run: Run, enrolment_id: int) -> Enrolment:
    found = listing.enrolment(run.id, enrolment_id)
    if found is None:
        raise NotFoundError(enrolment_id)
    return found


def _person_page(run_id: int, enrolment_id: int, form: SettleForm, stale: bool) -> str:
    run = run_of(run_id)
    enrolment = _enrolment(run, enrolment_id)
    found = evidence.gather(run, [enrolment_id])
    person = found.people[0]
    if stale:
        form.version.data = str(enrolment.version)
    lines = listing.lines(run.id, enrolment_id)
    return page(
        "training/attendance/show.html",
        run,
        "attendance",
        enrolment=enrolment,
        person=person,
        lines=[(line, _counted(found, line)) for line in lines],
        slots=[(slot, found.marks.get(person.id, {}).get(slot.starts_at)) for slot in found.slots],
        doubts=found.doubts(person),
        reported=found.reported,
        tenths=rules.tenths,
        slot_words=slot_words,
        form=form,
        stale=stale,
        has_errors=form.refused,
    )


def _counted(found: evidence.Evidence, line: AttendanceInterval) -> int | None:
    """The seconds of a line that lie in the slots; none where it does not count."""
    said = Said(line.source, line.joined_at, line.left_at)
    if not rules.counting([said], found.slots, found.reported):
        return None
    return sum(part.seconds for part in rules.clip(Span(said.joined_at, rules.end_of(said, found.slots)), found.slots))


@blueprint.post("/teach/<id:run_id>/attendance/<id:enrolment_id>/unsettle")
@trainer
def unsettle(run_id: int, enrolment_id: int) -> ResponseReturnValue:
    """Goes back to what was counted."""
    run = run_to_give(run_id)
    back = url_for(".show", run_id=run_id, enrolment_id=enrolment_id)
    return carry_out_at_once(
        ActionForm(),
        lambda: settling.unsettle(run, enrolment_id, by=current_user, at=now()),
        back,
        _("What was counted holds again."),
    )


@blueprint.post("/teach/<id:run_id>/attendance/count")
@trainer
def count(run_id: int) -> ResponseReturnValue:
    """Counts everybody anew, at once."""
    run = run_to_give(run_id)
    back = url_for(".index", run_id=run_id)
    return carry_out_at_once(
        ActionForm(),
        lambda: counting.recount_and_tell(counting.lock_open(run), by=current_user, at=now()),
        back,
        _("Counted anew."),
    )


@blueprint.post("/teach/<id:run_id>/attendance/export")
@run_reader
def export(run_id: int) -> ResponseReturnValue:
    """Gives a file with a row for each interval."""
    run = run_of(run_id)
    name = asked_format()
    at, event = now(), run.event
    with saving():
        record(
            "attendance.export",
            by=current_user,
            at=at,
            object_type="run",
            object_id=run.id,
            object_name=event.title,
            event_id=event.id,
            changes={"format": name},
        )
    run = run_of(run_id)
    title, zone, slug = run.event.title, run.event.time_zone, run.event.slug
    return table_file(
        exports.intervals([run_id]), exports.columns(), name, of=slug, content="attendance", title=title, zone=zone, at=at
    )


@blueprint.route("/teach/<id:run_id>/close", methods=["GET", "POST"])
@trainer
def close(run_id: int) -> ResponseReturnValue:
    """Says what is still open, and makes attendance and results final."""
    run = run_to_give(run_id)
    form = CloseForm(data={"version": str(run.version)})

    def act() -> str:
        closing.close(run, seen=version_in(form), by=current_user, at=now())
        return url_for(".index", run_id=run_id)

    return carry_out(form, act, lambda stale: _close_page(run_id, form, stale), said=lambda: _("The results are final."))


def _close_page(run_id: int, form: CloseForm, stale: bool) -> str:
    run = run_of(run_id)
    if stale:
        form.version.data = str(run.version)
    found = evidence.gather(run)
    return page(
        "training/attendance/close.html",
        run,
        "attendance",
        form=form,
        found=found,
        still=closing.still_open(found, now()),
        has_errors=form.refused,
    )


@blueprint.post("/teach/<id:run_id>/reopen")
@trainer
def reopen(run_id: int) -> ResponseReturnValue:
    """Lets attendance and results be changed again."""
    run = run_to_give(run_id)
    back = url_for(".index", run_id=run_id)
    return carry_out_at_once(
        ActionForm(), lambda: closing.reopen(run, by=current_user, at=now()), back, _("The run is open again.")
    )
