"""Reading the room: the workshop of a plan, who is there, what has been said."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import exists, select

from eventapp.accounts.permissions import Viewer
from eventapp.core.db import db
from eventapp.core.errors import NotFoundError
from eventapp.core.times import to_local
from eventapp.plans import queries
from eventapp.plans.models import (
    Plan,
    PlanAgreement,
    PlanDelegation,
    PlanMember,
    PlanPresence,
    PlanSection,
    Side,
    SlotState,
    Workshop,
    WorkshopAttendance,
    WorkshopItem,
    WorkshopSlot,
    WorkshopState,
)
from eventapp.plans.presence import looks
from eventapp.plans.teams.checking import team_problems
from eventapp.plans.ticking import as_text, state_of


class Here(NamedTuple):
    """Somebody of the teams: whether and since when they are here, whether they stand for the sponsor of their side.

    `section_key` is where they have the plan open at this moment: a section, empty for the room, none if nowhere.
    """

    member: PlanMember
    attendance: WorkshopAttendance | None
    delegated: bool
    section_key: str | None = None

    @property
    def present(self) -> bool:
        """Whether they are in the room now."""
        return self.attendance is not None and self.attendance.left_at is None

    @property
    def group(self) -> int | None:
        """The mixed group that they work in."""
        return self.attendance.group_number if self.attendance is not None else None


def people(plan: Plan, of: Workshop, at: datetime | None = None) -> list[Here]:
    """Everybody who is in the teams now, in their order, with whether they are here; with `at` also where they look."""
    delegation = exists().where(PlanDelegation.delegate_id == PlanMember.id, PlanDelegation.ended_at.is_(None))
    came = (WorkshopAttendance.member_id == PlanMember.id) & (WorkshopAttendance.workshop_id == of.id)
    columns: list[Any] = [PlanMember, WorkshopAttendance, delegation]
    query = select(*columns, *([PlanPresence.section_key] if at is not None else []))
    query = query.select_from(PlanMember).outerjoin(WorkshopAttendance, came)
    if at is not None:
        query = query.outerjoin(PlanPresence, looks(at) & (PlanPresence.member_id == PlanMember.id))
    query = query.where(PlanMember.plan_id == plan.id, PlanMember.left_at.is_(None))
    found = {row[0].id: Here(*row) for row in db.session.execute(query.execution_options(populate_existing=True))}
    return [found[one.id] for one in queries.in_order(here.member for here in found.values())]


def _attendance(of: Workshop, member: PlanMember) -> WorkshopAttendance | None:
    return db.session.get(WorkshopAttendance, (of.id, member.id), populate_existing=True)


def is_here(of: Workshop, member: PlanMember) -> bool:
    """Whether somebody is in the room now."""
    found = _attendance(of, member)
    return found is not None and found.left_at is None


def group_of(of: Workshop, member: PlanMember) -> int | None:
    """The mixed group that somebody works in, while they are here."""
    found = _attendance(of, member)
    return found.group_number if found is not None and found.left_at is None else None


def quorum_lacks(plan: Plan, there: Sequence[Here]) -> dict[Side, list[str]]:
    """What each side lacks at this moment to be a quorum, in words; nothing where it is one."""
    found = {}
    for side in Side:
        present = [one for one in there if one.present and one.member.side is side]
        small = side is Side.B and plan.small_at is not None
        delegated = any(one.delegated for one in present)
        found[side] = team_problems([one.member for one in present], small=small, delegated=delegated, here=True)
    return found


def workshop_and_state(plan: Plan) -> tuple[Workshop, str]:
    """The workshop with what open pages know of the plan (`ticking.state_of`). Raises NotFoundError if there is none."""
    row = db.session.execute(select(Workshop, *state_of(plan.id)).where(Workshop.plan_id == plan.id)).first()
    if row is None:
        raise NotFoundError(plan.code)
    return row[0], as_text(row[1], row[2])


def workshop_with_agenda(plan: Plan) -> tuple[Workshop | None, list[WorkshopItem], str]:
    """The workshop of a plan, its agenda, and what open pages know of the plan, in one query."""
    query = select(Workshop, WorkshopItem, *state_of(plan.id))
    query = query.outerjoin(WorkshopItem, WorkshopItem.workshop_id == Workshop.id).where(Workshop.plan_id == plan.id)
    rows = db.session.execute(query.order_by(WorkshopItem.half, WorkshopItem.position, WorkshopItem.id)).all()
    if not rows:
        return None, [], as_text(None, None)
    return rows[0][0], [row[1] for row in rows if row[1] is not None], as_text(rows[0][2], rows[0][3])


def under_way(agenda: Sequence[WorkshopItem]) -> WorkshopItem | None:
    """The part that is under way: one at most is."""
    return next((one for one in agenda if one.started_at is not None and one.ended_at is None), None)


def upcoming(agenda: Sequence[WorkshopItem]) -> WorkshopItem | None:
    """The first part behind the one under way that has not been taken up yet; before the first one, the first."""
    running = under_way(agenda)
    behind = agenda[list(agenda).index(running) + 1 :] if running is not None else agenda
    return next((one for one in behind if one.started_at is None), None)


def sections(plan: Plan) -> list[tuple[PlanSection, frozenset[Side]]]:
    """The sections of a plan, in their order, with the sides that agree with each, in one query."""
    held = (PlanAgreement.section_id == PlanSection.id) & PlanAgreement.ended_at.is_(None)
    query = select(PlanSection, PlanAgreement.side).outerjoin(PlanAgreement, held).where(PlanSection.plan_id == plan.id)
    found: dict[int, tuple[PlanSection, frozenset[Side]]] = {}
    for section, side in db.session.execute(query.order_by(PlanSection.position, PlanSection.id)):
        _section, sides = found.get(section.id, (section, frozenset()))
        found[section.id] = (section, sides | {side} if side is not None else sides)
    return list(found.values())


class Lobby(NamedTuple):
    """What the facilitator learns while the workshop is not under way: which plan it is for, by its code, and when it is."""

    plan: Plan
    state: WorkshopState
    begins_at: datetime | None
    time_zone: str


def lobby(viewer: Viewer, code: str) -> Lobby:
    """The door of the room for its facilitator, before it opens and after. Raises NotFoundError for everybody else."""
    query = select(Plan, Workshop.state, WorkshopSlot.starts_at, Workshop.time_zone).join(Workshop, Workshop.plan_id == Plan.id)
    confirmed = (WorkshopSlot.workshop_id == Workshop.id) & (WorkshopSlot.state == SlotState.CONFIRMED)
    query = query.outerjoin(WorkshopSlot, confirmed).where(Plan.code == code)
    row = db.session.execute(query.where(queries.facilitated(viewer, WorkshopState.DATED, WorkshopState.HELD))).first()
    if row is None:
        raise NotFoundError(code)
    return Lobby(*row)


def other_day(plan: Plan, at: datetime) -> date | None:
    """The day that the workshop is dated, where it is, if that is another one than today; none if it is today or has no date."""
    query = select(WorkshopSlot.starts_at, Workshop.time_zone).join(Workshop, Workshop.id == WorkshopSlot.workshop_id)
    row = db.session.execute(query.where(Workshop.plan_id == plan.id, WorkshopSlot.state == SlotState.CONFIRMED)).first()
    if row is None:
        return None
    dated = to_local(row.starts_at, row.time_zone).date()
    return dated if dated != to_local(at, row.time_zone).date() else None


def in_groups(there: Sequence[Here]) -> Mapping[int, list[Here]]:
    """Who is here, by mixed group; empty as long as nobody was dealt."""
    found: dict[int, list[Here]] = {}
    for one in there:
        if one.present and one.group is not None:
            found.setdefault(one.group, []).append(one)
    return dict(sorted(found.items()))
