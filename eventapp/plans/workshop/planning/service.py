"""Planning a workshop, and changing how and where it is held."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from eventapp.accounts.models import User
from eventapp.audit.service import Actor, record
from eventapp.core.db import db
from eventapp.core.errors import RuleError, StaleError
from eventapp.core.i18n import _
from eventapp.core.wall import whole
from eventapp.plans import queries
from eventapp.plans.log import about
from eventapp.plans.models import Plan, PlanMember, SlotState, Workshop, WorkshopFormat, WorkshopState
from eventapp.plans.teams.queries import vendor_people
from eventapp.plans.ticking import tick
from eventapp.plans.workshop import mails
from eventapp.plans.workshop import queries as workshops
from eventapp.plans.workshop.agenda.standard import add_standard
from eventapp.plans.workshop.permissions import is_ahead, is_plannable


@dataclass(frozen=True)
class WorkshopDetails:
    """How and where a workshop is held, and who has which part in it. People of the teams are `plan_member` ids."""

    format: WorkshopFormat
    time_zone: str
    place: str = ""
    meeting_url: str = ""
    session_id: int | None = None
    facilitator_id: int | None = None
    scribe_id: int | None = None
    timekeeper_id: int | None = None


def plan_workshop(plan: Plan, details: WorkshopDetails, *, by: Actor, at: datetime) -> Workshop:
    """Plans the workshop of a plan, with the standard agenda. Raises RuleError if there is one, or it is not the time."""
    plan = queries.lock(plan)
    if not is_plannable(plan):
        raise RuleError(_("A workshop is planned while the plan is a draft or in its workshop."))
    if workshops.workshop_of(plan) is not None:
        raise RuleError(_("Somebody else has planned the workshop meanwhile."))
    _check(plan, None, details, at)
    made = Workshop(plan_id=plan.id, **vars(details))
    db.session.add(made)
    db.session.flush()
    add_standard(plan, made)
    record("plans.plan_workshop", by=by, at=at, **about(plan))
    return made


def change(plan: Plan, details: WorkshopDetails, *, version: int, by: Actor, at: datetime) -> Workshop:
    """Changes how and where it is held. Proposed dates of the other format are withdrawn.

    Raises StaleError if it was changed since `version`, RuleError for another format while a date is confirmed.
    """
    plan = queries.lock(plan)
    workshop = workshops.workshop(plan)
    if not is_ahead(plan, workshop):
        raise RuleError(_("The workshop has begun, so this cannot be changed any more."))
    if workshop.version != version:
        raise StaleError(_("Somebody else has changed the workshop since you opened it. Look at it again."))
    _check(plan, workshop, details, at)
    if details.format is not workshop.format:
        _change_format(workshop, details.format)
    former = workshops.facilitator(workshop)
    changed = _differences(workshop, details)
    for name, value in vars(details).items():
        setattr(workshop, name, value)
    db.session.flush()
    if changed:
        tick(plan)
        record("plans.change_workshop", by=by, at=at, **about(plan), changes={"fields": sorted(changed)})
    if "facilitator_id" in changed and workshop.state is WorkshopState.DATED:
        mails.facilitator_changed(plan, workshop, former, at=at)
    return workshop


def _differences(workshop: Workshop, details: WorkshopDetails) -> set[str]:
    typed: Mapping[str, object] = vars(details)
    return {name for name, value in typed.items() if getattr(workshop, name) != value}


def _change_format(workshop: Workshop, format: WorkshopFormat) -> None:
    """In person it is one day, on video two halves: dates of the one are none of the other, and a day has no second half."""
    if workshop.state is WorkshopState.DATED:
        text = _("A date is confirmed. Cancel it first: a day in person and two halves on video are other dates.")
        raise RuleError(text, "format", 422)
    for slot in workshops.slots(workshop):
        if slot.state is SlotState.PROPOSED:
            slot.state = SlotState.WITHDRAWN
    if format is WorkshopFormat.IN_PERSON:
        for position, item in enumerate(workshops.items(workshop), start=1):
            item.half, item.position = 1, position


def _check(plan: Plan, workshop: Workshop | None, details: WorkshopDetails, at: datetime) -> None:
    """Raises RuleError for people who cannot have the part. Who has it already keeps it."""
    team = {one.id: one for one in queries.team(plan)}
    for name in ("scribe_id", "timekeeper_id"):
        chosen = getattr(details, name)
        if chosen is not None and chosen not in team:
            raise RuleError(_("Choose somebody of the two teams."), name, 422)
    leads, session_id = details.facilitator_id, details.session_id
    if workshop is not None:
        leads = None if leads == workshop.facilitator_id else leads
        session_id = None if session_id == workshop.session_id else session_id
    if leads is not None and leads not in {id_ for id_, _name in facilitators(list(team.values()), at)}:
        raise RuleError(_("Choose somebody of the vendor who is in neither team."), "facilitator_id", 422)
    if session_id is not None and not workshops.sessions(only=session_id):
        raise RuleError(_("This session is not in a public agenda any more."), "session_id", 422)


def facilitators(team: list[PlanMember], at: datetime) -> list[tuple[int, str]]:
    """Who may lead the workshop: people of the vendor who belong to neither team, by name, each with the id of the login."""
    inside = {one.user_id for one in team}
    return [(id_, one.name) for id_, one in vendor_people(at) if id_ not in inside]


def facilitator_name(workshop: Workshop) -> str | None:
    """What the facilitator is called; none if there is none. Both sides know who leads their workshop."""
    if workshop.facilitator_id is None:
        return None
    with whole():
        found = db.session.execute(select(User.name, User.email).where(User.id == workshop.facilitator_id)).first()
    return None if found is None else found.name or found.email
