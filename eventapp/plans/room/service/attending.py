"""Who is in the room: arriving, leaving, the quorum of each side, mixed groups."""

from collections.abc import Sequence
from datetime import datetime

from eventapp.audit.service import Actor, record
from eventapp.core.db import db
from eventapp.core.errors import RuleError
from eventapp.core.i18n import _
from eventapp.plans.log import about
from eventapp.plans.models import Plan, PlanMember, Side, Workshop, WorkshopAttendance, WorkshopState
from eventapp.plans.room import queries as rooms
from eventapp.plans.room.queries import Here
from eventapp.plans.room.rules import deal, smallest_group
from eventapp.plans.room.service.entering import enter
from eventapp.plans.ticking import tick

OPEN = (WorkshopState.DATED, WorkshopState.RUNNING)


def arrive(plan: Plan, member: PlanMember, *, at: datetime) -> None:
    """Somebody of the teams is here, or back. Nothing happens if they are. Whoever comes late joins the smallest group."""
    plan, workshop = enter(plan, *OPEN)
    there = rooms.people(plan, workshop)
    mine = next(one for one in there if one.member.id == member.id)
    if mine.present:
        return
    group = mine.group if mine.group is not None else _joins(member, there)
    if mine.attendance is None:
        row = WorkshopAttendance(workshop_id=workshop.id, member_id=member.id, plan_id=plan.id, arrived_at=at)
        row.group_number = group
        db.session.add(row)
    else:
        mine.attendance.left_at, mine.attendance.group_number = None, group
    db.session.flush()
    note_quorum(plan, workshop, at)
    tick(plan)


def leave(plan: Plan, member: PlanMember, *, at: datetime) -> None:
    """Somebody has gone. Nothing happens if they are not here. A quorum that was reached is not lost by that."""
    plan, workshop = enter(plan, *OPEN)
    mine = next(one for one in rooms.people(plan, workshop) if one.member.id == member.id)
    if mine.attendance is None or not mine.present:
        return
    mine.attendance.left_at = max(at, mine.attendance.arrived_at)
    db.session.flush()
    tick(plan)


def note_quorum(plan: Plan, workshop: Workshop, at: datetime) -> dict[Side, list[str]]:
    """Keeps that a side has a quorum, as soon as it has one while the workshop is under way. Returns what each lacks now."""
    lacks = rooms.quorum_lacks(plan, rooms.people(plan, workshop))
    if workshop.state is WorkshopState.RUNNING:
        workshop.quorum_a = workshop.quorum_a or not lacks[Side.A]
        workshop.quorum_b = workshop.quorum_b or not lacks[Side.B]
        if workshop.quorum_a and workshop.quorum_b and workshop.quorum_at is None:
            workshop.quorum_at = at
        db.session.flush()
    return lacks


def deal_groups(plan: Plan, *, by: Actor, at: datetime) -> int:
    """Deals those who are here into mixed groups, anew each time. Returns how many. Raises RuleError without both sides."""
    plan, workshop = enter(plan, *OPEN)
    there = rooms.people(plan, workshop)
    here: dict[Side, list[int]] = {
        side: [one.member.id for one in there if one.present and one.member.side is side] for side in Side
    }
    dealt = deal(here[Side.A], here[Side.B], seed=workshop.tick)
    if not dealt:
        raise RuleError(_("Mixed groups need people of both sides in the room."))
    for one in there:
        if one.attendance is not None:
            one.attendance.group_number = dealt.get(one.member.id)
    db.session.flush()
    tick(plan)
    number = max(dealt.values())
    record("plans.deal_groups", by=by, at=at, **about(plan), changes={"number": number})
    return number


def _joins(member: PlanMember, there: Sequence[Here]) -> int | None:
    groups = rooms.in_groups(there)
    if not groups:
        return None
    return smallest_group({number: [one.member.side is member.side for one in inside] for number, inside in groups.items()})
