"""The end of the workshop: how sure everybody is, and the minutes."""

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, abort, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from eventapp.core.clock import now
from eventapp.core.i18n import _
from eventapp.core.web.carrying import carry_out, version_in
from eventapp.partners.audiences import viewer
from eventapp.plans import queries
from eventapp.plans.audiences import plan_reader, plan_writer
from eventapp.plans.content import queries as lines
from eventapp.plans.content.showing import show_conflict, watching
from eventapp.plans.models import ParkingItem, Workshop, WorkshopState
from eventapp.plans.queries import Seen
from eventapp.plans.room import queries as rooms
from eventapp.plans.room import said
from eventapp.plans.room.drafting import draft
from eventapp.plans.room.forms import ConfidenceForm, MinutesForm
from eventapp.plans.room.permissions import writes_down
from eventapp.plans.room.service import minutes, voting
from eventapp.plans.room.showing import room_page
from eventapp.plans.room.views import ROOM
from eventapp.plans.workshop import queries as planned

blueprint = Blueprint("plan_closing", __name__)


def _seen(plan_code: str) -> tuple[Seen, Workshop]:
    seen = queries.plan(viewer(), plan_code)
    return seen, planned.workshop(seen.plan)


@blueprint.get(f"{ROOM}/closing")
@plan_reader
def index(plan_code: str) -> str:
    """How sure everybody is, as soon as the reader has said it too; the minutes."""
    return _show(plan_code, None)


def _show(plan_code: str, form: ConfidenceForm | None) -> str:
    seen = queries.plan(viewer(), plan_code)
    workshop, state = rooms.workshop_and_state(seen.plan)
    people = rooms.people(seen.plan, workshop, now())
    trust = said.confidence(workshop, seen.standing.member)
    votes = seen.standing.member is not None and workshop.state is WorkshopState.RUNNING
    if form is None and votes:
        form = ConfidenceForm(obj=trust.mine) if trust.mine is not None else ConfidenceForm()
    return room_page(
        "plans/room/closing.html",
        seen,
        workshop,
        "closing",
        state=state,
        people=people,
        trust=trust,
        bars_of_marks=[(str(mark), number, None, None) for mark, number in reversed(trust.marks)],
        shows=trust.mine is not None or workshop.state is WorkshopState.HELD or seen.standing.facilitates,
        here=sum(one.present for one in people),
        form=form if votes else None,
        has_errors=form is not None and form.refused,
    )


@blueprint.post(f"{ROOM}/closing/confidence")
@plan_writer
def trust(plan_code: str) -> ResponseReturnValue:
    """Says how sure somebody is."""
    seen, _workshop = _seen(plan_code)
    me = seen.standing.member
    if me is None:
        abort(403)
    form = ConfidenceForm()

    def act() -> str:
        voting.trust(seen.plan, me, form.vote.data, form.remark.data or "", at=now())
        return url_for(".index", plan_code=plan_code)

    return carry_out(form, act, lambda _stale: _show(plan_code, form), said=lambda: _("Your vote counts."))


def _to_write(plan_code: str) -> tuple[Seen, Workshop, Sequence[ParkingItem]]:
    """The workshop, with what was put aside in it, for whoever writes its minutes; 403 for others."""
    seen = queries.plan(viewer(), plan_code)
    workshop, parked = said.workshop_with_parking(seen.plan)
    if not writes_down(seen.standing, workshop):
        abort(403)
    return seen, workshop, parked


@blueprint.route(f"{ROOM}/closing/minutes", methods=["GET", "POST"])
@plan_writer
def write(plan_code: str) -> ResponseReturnValue:
    """Writes the minutes; what others wrote meanwhile is shown to decide. With `?draft=yes` a draft stands behind them."""
    seen, workshop, parked = _to_write(plan_code)
    form = MinutesForm(obj=workshop)
    if request.method == "GET":
        if request.args.get("draft") == "yes":
            form.minutes.data = "\n\n".join(filter(None, [workshop.minutes, _draft(seen, workshop, parked)]))
        return _form_page(seen, workshop, form)
    met = watching()

    def act() -> str:
        values: dict[str, Any] = {"base": version_in(form), "standing": seen.standing, "by": current_user, "at": now()}
        with met:
            minutes.write(seen.plan, form.minutes.data or "", **values)
        return url_for(".index", plan_code=plan_code)

    def show(_stale: bool) -> str:
        again, there, _parked = _to_write(plan_code)
        show_conflict(form, met, there, lines.context(again).people)
        return _form_page(again, there, form)

    return carry_out(form, act, show)


def _form_page(seen: Seen, workshop: Workshop, form: MinutesForm) -> str:
    # What the page knows is as old as its form: the first question says whether anything has happened since.
    values: dict[str, Any] = {"state": "new", "watches": "form", "own_url": url_for(".write", plan_code=seen.plan.code)}
    return room_page("plans/room/minutes.html", seen, workshop, "closing", form=form, has_errors=form.refused, **values)


def _draft(seen: Seen, workshop: Workshop, parked: Sequence[ParkingItem]) -> str:
    return draft(
        workshop,
        rooms.people(seen.plan, workshop),
        seen.names,
        said.swot(seen.plan),
        parked,
        said.agreed_actions(seen.plan),
        said.confidence(workshop),
    )
