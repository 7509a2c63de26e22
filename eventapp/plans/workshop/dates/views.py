"""The pages of finding a date."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from flask import Blueprint, abort, flash, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from eventapp.core.clock import now
from eventapp.core.forms import ActionForm
from eventapp.core.i18n import _
from eventapp.core.web.carrying import carry_out, carry_out_at_once, version_in
from eventapp.partners.audiences import viewer
from eventapp.plans import queries
from eventapp.plans.audiences import plan_reader, plan_writer
from eventapp.plans.content.lines import LineForm
from eventapp.plans.models import (
    PlanMember,
    Side,
    SlotState,
    Workshop,
    WorkshopAnswer,
    WorkshopFormat,
    WorkshopSlot,
    WorkshopState,
)
from eventapp.plans.queries import Seen
from eventapp.plans.workshop import queries as workshops
from eventapp.plans.workshop.dates import service
from eventapp.plans.workshop.dates.forms import AnswersForm, HoursForm, MoveForm, ProposeForm, answers_form, hours_of
from eventapp.plans.workshop.dates.queries import countries_of
from eventapp.plans.workshop.dates.rules import HALF, QUORUM_LABELS, SlotStanding, said_by, standing, unknown_holidays, warnings
from eventapp.plans.workshop.pages import workshop_page
from eventapp.plans.workshop.permissions import is_ahead, may_answer, may_plan, may_withdraw

blueprint = Blueprint("plan_dates", __name__)


class Shown(NamedTuple):
    """A date as a page shows it: how it stands for each side, and what speaks against it."""

    slot: WorkshopSlot
    standings: Mapping[Side, SlotStanding]
    warnings: Sequence[str]


class Dating(NamedTuple):
    """Everything that the pages about dates are made of."""

    seen: Seen
    workshop: Workshop
    slots: Sequence[WorkshopSlot]
    answers: Mapping[tuple[int, int], WorkshopAnswer]
    team: Sequence[PlanMember]
    countries: Sequence[str]
    delegates: frozenset[int]

    def shown(self, slot: WorkshopSlot) -> Shown:
        """One of its dates with what is to be said of it."""
        plan = self.seen.plan
        standings = {}
        for side in Side:
            members = [one for one in self.team if one.side is side]
            small = side is Side.B and plan.small_at is not None
            said = said_by(members, self.answers, slot.id)
            standings[side] = standing(members, said, small=small, delegates=self.delegates)
        return Shown(slot, standings, warnings(slot, self.workshop.time_zone, self.countries))

    @property
    def asked(self) -> list[WorkshopSlot]:
        """What is asked about: the date that holds, else those that are proposed."""
        wanted = SlotState.CONFIRMED if self.workshop.state is not WorkshopState.PLANNING else SlotState.PROPOSED
        return [one for one in self.slots if one.state is wanted]


def _dating(plan_code: str) -> Dating:
    seen = queries.plan(viewer(), plan_code)
    workshop = workshops.workshop(seen.plan)
    slots = workshops.slots(workshop)
    answers = workshops.answers([one.id for one in slots])
    return Dating(
        seen, workshop, slots, answers, queries.team(seen.plan), countries_of(seen.plan, workshop), workshops.delegates(seen.plan)
    )


def _form(dating: Dating) -> AnswersForm | None:
    member = dating.seen.standing.member
    if member is None or not dating.asked:
        return None
    said = {one.id: dating.answers[one.id, member.id].answer for one in dating.asked if (one.id, member.id) in dating.answers}
    return answers_form(dating.asked, said)


@blueprint.get("/plans/<reference:plan_code>/workshop/dates")
@plan_reader
def index(plan_code: str) -> str:
    """The dates that are asked about, or the one that holds: who can, and whether that is a quorum."""
    dating = _dating(plan_code)
    return _page(dating, _form(dating) if is_ahead(dating.seen.plan, dating.workshop) else None)


def _page(dating: Dating, form: AnswersForm | None) -> str:
    seen, workshop = dating.seen, dating.workshop
    ahead = is_ahead(seen.plan, workshop)
    looking = ahead and workshop.state is WorkshopState.PLANNING
    answered = [one for one in dating.team if dating.asked and all((slot.id, one.id) in dating.answers for slot in dating.asked)]
    return workshop_page(
        "plans/workshop/dates/index.html",
        seen,
        workshop,
        "dates",
        form=form,
        shown=[dating.shown(one) for one in dating.asked],
        withdrawn=[one for one in dating.slots if one.state is SlotState.WITHDRAWN],
        team=dating.team,
        answers=dating.answers,
        answered=len(answered),
        notes=unknown_holidays(dating.countries),
        quorum_labels=QUORUM_LABELS,
        looking=looking,
        may_propose=looking and may_answer(seen.standing),
        may_plan=ahead and may_plan(seen.standing),
        has_errors=form is not None and form.refused,
    )


@blueprint.post("/plans/<reference:plan_code>/workshop/dates")
@plan_writer
def answer(plan_code: str) -> ResponseReturnValue:
    """Says on which of the dates one can."""
    dating = _dating(plan_code)
    if not may_answer(dating.seen.standing):
        abort(403)
    form = _form(dating) or AnswersForm()

    def act() -> str:
        values: dict[str, Any] = {"standing": dating.seen.standing, "by": current_user, "at": now()}
        service.answer(dating.seen.plan, form.said(), shown=form.was_shown(), **values)
        return url_for(".index", plan_code=plan_code)

    def show(stale: bool) -> str:
        again = _dating(plan_code)
        if stale:
            form.shown.data, form.shown.raw_data = ",".join(str(one.id) for one in again.asked), None
        fits = isinstance(form, AnswersForm) and list(form.slot_ids) == [one.id for one in again.asked]
        # Other dates than the form has fields for are open by now: it is made anew, and says why.
        fresh = form if fits else _fresh(again, form)
        return _page(again, fresh)

    return carry_out(form, act, show, said=lambda: _("Thank you. You may change your answers until the workshop begins."))


def _fresh(dating: Dating, refused: AnswersForm) -> AnswersForm | None:
    form = _form(dating)
    if form is not None:
        form.shown.data, form.shown.raw_data = ",".join(map(str, form.slot_ids)), None
        form.form_errors.extend(refused.form_errors)
    else:
        for text in refused.form_errors:
            flash(text, "danger")
    return form


@blueprint.route("/plans/<reference:plan_code>/workshop/dates/propose", methods=["GET", "POST"])
@plan_writer
def propose(plan_code: str) -> ResponseReturnValue:
    """Proposes dates, several at once."""
    seen = queries.plan(viewer(), plan_code)
    if not may_answer(seen.standing):
        abort(403)
    workshop = workshops.workshop(seen.plan)
    halves = workshop.format is WorkshopFormat.VIRTUAL
    form = ProposeForm(data={"ends": HALF[1]} if halves else {})
    form.in_zone(workshop.time_zone, halves=halves)

    def act() -> str:
        service.propose(seen.plan, form.dates, standing=seen.standing, by=current_user, at=now())
        return url_for(".index", plan_code=plan_code)

    def show(_stale: bool) -> str:
        return _hours_page(plan_code, form, "plans/workshop/dates/propose.html")

    return carry_out(
        form, act, show, said=lambda: _("Proposed. Both teams are asked whether they can, by one mail a day at most.")
    )


def _hours_page(plan_code: str, form: HoursForm, template: str, **values: Any) -> str:
    seen = queries.plan(viewer(), plan_code)
    workshop = workshops.workshop(seen.plan)
    notes = unknown_holidays(countries_of(seen.plan, workshop))
    return workshop_page(template, seen, workshop, "dates", form=form, notes=notes, has_errors=form.refused, **values)


@blueprint.get("/plans/<reference:plan_code>/workshop/dates/<id:workshop_slot_id>")
@plan_reader
def show(plan_code: str, workshop_slot_id: int) -> str:
    """One date: who can, what each side lacks for a quorum, and what may be done with it."""
    dating = _dating(plan_code)
    slot = workshops.slot(dating.workshop, workshop_slot_id)
    ahead = is_ahead(dating.seen.plan, dating.workshop)
    looking = ahead and dating.workshop.state is WorkshopState.PLANNING
    own = may_plan(dating.seen.standing)
    return workshop_page(
        "plans/workshop/dates/show.html",
        dating.seen,
        dating.workshop,
        "dates",
        one=dating.shown(slot),
        people=len(dating.team),
        open_others=sum(other.state is SlotState.PROPOSED and other.id != slot.id for other in dating.slots),
        quorum_labels=QUORUM_LABELS,
        may_confirm=own and looking and slot.state is SlotState.PROPOSED and slot.starts_at > now(),
        may_withdraw=looking and slot.state is SlotState.PROPOSED and may_withdraw(dating.seen.standing, slot),
        may_propose=looking and slot.state is SlotState.WITHDRAWN and may_answer(dating.seen.standing),
        may_move=own and ahead and slot.state is SlotState.CONFIRMED,
        proposer=_name_of(dating, slot.proposed_by_id),
    )


def _name_of(dating: Dating, member_id: int | None) -> str | None:
    people = {one.id: one.name for one in queries.team(dating.seen.plan, former=True)}
    return people.get(member_id or 0)


def _slot(plan_code: str, workshop_slot_id: int) -> tuple[Seen, Workshop, WorkshopSlot]:
    seen = queries.plan(viewer(), plan_code)
    workshop = workshops.workshop(seen.plan)
    return seen, workshop, workshops.slot(workshop, workshop_slot_id)


def _owner(plan_code: str) -> tuple[Seen, Workshop]:
    seen = queries.plan(viewer(), plan_code)
    if not may_plan(seen.standing):
        abort(403)
    return seen, workshops.workshop(seen.plan)


@blueprint.post("/plans/<reference:plan_code>/workshop/dates/<id:workshop_slot_id>/confirm")
@plan_writer
def confirm(plan_code: str, workshop_slot_id: int) -> ResponseReturnValue:
    """Fixes the date."""
    seen, workshop = _owner(plan_code)
    slot = workshops.slot(workshop, workshop_slot_id)
    said = _("The date is confirmed. Both teams get it into their calendars.")
    back = url_for(".index", plan_code=plan_code)
    return carry_out_at_once(ActionForm(), lambda: service.confirm(seen.plan, slot, by=current_user, at=now()), back, said)


@blueprint.post("/plans/<reference:plan_code>/workshop/dates/<id:workshop_slot_id>/withdraw")
@plan_writer
def withdraw(plan_code: str, workshop_slot_id: int) -> ResponseReturnValue:
    """Takes a proposed date back."""
    seen, _workshop, slot = _slot(plan_code, workshop_slot_id)
    if not may_withdraw(seen.standing, slot):
        abort(403)
    back, said = url_for(".index", plan_code=plan_code), _("Withdrawn.")
    return carry_out_at_once(ActionForm(), lambda: service.withdraw(seen.plan, slot, by=current_user, at=now()), back, said)


@blueprint.post("/plans/<reference:plan_code>/workshop/dates/<id:workshop_slot_id>/again")
@plan_writer
def again(plan_code: str, workshop_slot_id: int) -> ResponseReturnValue:
    """Asks about a withdrawn date once more."""
    seen, _workshop, slot = _slot(plan_code, workshop_slot_id)
    if not may_answer(seen.standing):
        abort(403)

    def act() -> None:
        service.propose_again(seen.plan, slot, standing=seen.standing, by=current_user, at=now())

    said = _("Proposed. Both teams are asked whether they can, by one mail a day at most.")
    return carry_out_at_once(ActionForm(), act, url_for(".index", plan_code=plan_code), said)


@blueprint.post("/plans/<reference:plan_code>/workshop/dates/remind")
@plan_writer
def remind(plan_code: str) -> ResponseReturnValue:
    """Reminds those who have not answered."""
    seen, _workshop = _owner(plan_code)
    back, said = url_for(".index", plan_code=plan_code), _("Whoever has not answered gets a reminder.")
    return carry_out_at_once(ActionForm(), lambda: service.remind(seen.plan, by=current_user, at=now()), back, said)


@blueprint.route("/plans/<reference:plan_code>/workshop/dates/move", methods=["GET", "POST"])
@plan_writer
def move(plan_code: str) -> ResponseReturnValue:
    """Moves the date that holds."""
    seen, workshop = _owner(plan_code)
    slot = workshops.confirmed_slot(workshop)
    values, gap = hours_of(slot, workshop.time_zone) if slot is not None else ({}, 1)
    form = MoveForm(data=values)
    form.in_zone(workshop.time_zone, halves=workshop.format is WorkshopFormat.VIRTUAL, gap=gap)

    def act() -> str:
        assert form.date is not None
        service.move(seen.plan, form.date, version=version_in(form), by=current_user, at=now())
        return url_for(".index", plan_code=plan_code)

    def show_again(stale: bool) -> str:
        there = workshops.confirmed_slot(workshops.workshop(queries.plan(viewer(), plan_code).plan))
        if stale and there is not None:
            form.version.data, form.version.raw_data = str(there.version), None
        return _hours_page(plan_code, form, "plans/workshop/dates/move.html", slot=there)

    said = _("Moved. Calendars get an update, and preparations move along.")
    return carry_out(form, act, show_again, said=lambda: said)


@blueprint.post("/plans/<reference:plan_code>/workshop/dates/cancel")
@plan_writer
def cancel(plan_code: str) -> ResponseReturnValue:
    """Gives the date that holds up."""
    seen, _workshop = _owner(plan_code)
    version = version_in(LineForm())
    back, said = url_for(".index", plan_code=plan_code), _("Cancelled. It is taken out of all calendars.")
    act: Any = lambda: service.cancel(seen.plan, version=version, by=current_user, at=now())  # noqa: E731
    return carry_out_at_once(ActionForm(), act, back, said)
