"""The queue of lines that were found with nobody: suggestions, by hand, aside, and back."""

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from eventapp.core.clock import now
from eventapp.core.db import MAX_ID
from eventapp.core.errors import RuleError
from eventapp.core.forms import ActionForm
from eventapp.core.i18n import _
from eventapp.core.text import fold
from eventapp.core.web.carrying import carry_out, carry_out_at_once
from eventapp.training.attendance import roster, unmatched
from eventapp.training.attendance.forms import MatchForm
from eventapp.training.attendance.matching import Enrolled, Roster
from eventapp.training.attendance.pages import page, run_of, run_to_give, sees_addresses
from eventapp.training.attendance.unmatched import Place
from eventapp.training.audiences import run_reader, trainer

blueprint = Blueprint("unmatched_lines", __name__)

# So many are shown at once; the rest comes when those are decided.
SHOWN = 50


@blueprint.get("/teach/<id:run_id>/attendance/lines")
@run_reader
def index(run_id: int) -> str:
    """Lines that wait, with suggestions; the vendor's own people; and what was decided, to be taken back."""
    return _page(run_id, MatchForm(), None)


@blueprint.post("/teach/<id:run_id>/attendance/lines/<id:line_id>")
@trainer
def match(run_id: int, line_id: int) -> ResponseReturnValue:
    """Says whose a line is."""
    run = run_to_give(run_id)
    form = MatchForm()

    def act() -> str:
        enrolment_id = _chosen(roster.roster(run), request.form.get("enrolment", ""), form.who.data or "")
        unmatched.match(run, line_id, enrolment_id, by=current_user, at=now())
        return url_for(".index", run_id=run_id)

    return carry_out(form, act, lambda _stale: _page(run_id, form, line_id), said=lambda: _("Matched, and counted anew."))


def _chosen(people: Roster, pressed: str, typed: str) -> int:
    """Whom the button means, or the text: a label of the list, or a name that only one has."""
    if pressed.isascii() and pressed.isdigit() and len(pressed) < 11 and int(pressed) <= MAX_ID:
        return int(pressed)
    by_label = [one for one in people.people if fold(label(one)) == fold(typed)]
    by_name = [one for one in people.people if fold(one.name) == fold(typed)]
    found = by_label or by_name
    if not typed:
        raise RuleError(_("Choose somebody."), "who", 422)
    if len(found) != 1:
        raise RuleError(_("Nobody enrolled is called so, or several are. Choose one of the list."), "who", 422)
    return found[0].enrolment_id


def label(one: Enrolled) -> str:
    """Somebody as they stand in the list to choose from."""
    return f"{one.name} · {one.company}"


@blueprint.post("/teach/<id:run_id>/attendance/lines/<id:line_id>/aside")
@trainer
def put_aside(run_id: int, line_id: int) -> ResponseReturnValue:
    """Says that a line is nobody's who is enrolled."""
    run = run_to_give(run_id)
    back = url_for(".index", run_id=run_id)
    return carry_out_at_once(
        ActionForm(), lambda: unmatched.put_aside(run, line_id, by=current_user, at=now()), back, _("Put aside.")
    )


@blueprint.post("/teach/<id:run_id>/attendance/lines/<id:line_id>/back")
@trainer
def take_back(run_id: int, line_id: int) -> ResponseReturnValue:
    """Lets a line wait again."""
    run = run_to_give(run_id)
    back = url_for(".index", run_id=run_id)
    return carry_out_at_once(
        ActionForm(), lambda: unmatched.take_back(run, line_id, by=current_user, at=now()), back, _("It waits again.")
    )


def _page(run_id: int, form: MatchForm, refused: int | None) -> str:
    run = run_of(run_id)
    groups = unmatched.groups(run.id)
    people = roster.roster(run)
    by_place = {place: [group for group in groups if group.place is place] for place in Place}
    waiting = by_place[Place.WAITING][:SHOWN]
    return page(
        "training/attendance/lines.html",
        run,
        "attendance",
        form=form,
        refused=refused,
        problems=[*((str(m), f"who-{refused}") for m in form.who.errors), *((str(m), None) for m in form.form_errors)],
        waiting=[(group, people.suggest(group.name, group.address)) for group in waiting],
        more=len(by_place[Place.WAITING]) - len(waiting),
        staff=by_place[Place.STAFF][:SHOWN],
        decided=[*by_place[Place.MATCHED], *by_place[Place.ASIDE]][: SHOWN * 2],
        names={one.enrolment_id: one.name for one in people.people},
        labels=[label(one) for one in people.people],
        addresses=sees_addresses(),
        has_errors=form.refused,
    )
