"""Workshops of the demo's plans that are still to come: dates that are asked about, what both sides prepare."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta

from eventapp.core.db import db
from eventapp.core.markdown import to_html
from eventapp.core.times import to_utc
from eventapp.overview.demo import plan_texts
from eventapp.plans.models import (
    MemberFunction,
    Plan,
    PlanMember,
    PrepState,
    PrepTask,
    Side,
    SlotAnswer,
    Workshop,
    WorkshopAnswer,
    WorkshopSlot,
)
from eventapp.plans.workshop.agenda.standard import add_standard
from eventapp.plans.workshop.preparing.standard import standard

ZONE = "Europe/Vienna"
# Of three dates, what people say in turn.
SAID = (
    (SlotAnswer.YES, SlotAnswer.NO, SlotAnswer.YES),
    (SlotAnswer.YES, SlotAnswer.MAYBE, SlotAnswer.YES),
    (SlotAnswer.MAYBE, SlotAnswer.YES, SlotAnswer.YES),
    None,
)
Team = Mapping[tuple[Side, MemberFunction], PlanMember]


def look_for_a_date(plan: Plan, team: Team, at: datetime) -> None:
    """A workshop with three dates in six weeks, on which not everybody has said whether they can."""
    here = {"plan_id": plan.id}
    workshop = Workshop(time_zone=ZONE, place="Vienna, Karmin Software, room Danube", **here)
    db.session.add(workshop)
    db.session.flush()
    add_standard(plan, workshop)
    owner = team[Side.A, MemberFunction.OWNER]
    monday = at.date() + timedelta(days=42 - at.date().weekday())
    asked = {"proposed_by_id": owner.id, "proposed_at": at - timedelta(days=1), "workshop_id": workshop.id, **here}
    slots = [
        WorkshopSlot(starts_at=_at(monday + timedelta(days=n), 9), ends_at=_at(monday + timedelta(days=n), 17), **asked)
        for n in (1, 2, 8)
    ]
    db.session.add_all(slots)
    db.session.flush()
    for n, member in enumerate(team.values()):
        for slot, answer in zip(slots, SAID[n % len(SAID)] or (), strict=False):
            row = WorkshopAnswer(slot_id=slot.id, member_id=member.id, answer=answer, answered_at=at, **here)
            db.session.add(row)


def _at(day: date, hour: int) -> datetime:
    return to_utc(datetime.combine(day, time(hour)), ZONE)


def prepare(of: dict[str, int], owners: Mapping[Side, PlanMember], day: datetime, at: datetime, *, coming: bool) -> None:
    """What both sides prepare for a workshop on that day: of one that is coming some of it is done, else all of it."""
    for side in Side:
        for n, one in enumerate(standard(), start=1):
            text = plan_texts.PREPARATIONS[one.kind]
            done = not coming or (side is Side.A and n < 3)
            due = (day - timedelta(days=one.days_before)).date()
            ended = datetime.combine(min(due, at.date()), time(10), UTC) if done else None
            words = {"text": text, "text_html": to_html(text)} if done else {}
            facts = {"kind": one.kind, "position": n, "title": one.title, "help": one.help, "days_before": one.days_before}
            state = PrepState.DONE if done else PrepState.TO_DO
            row = PrepTask(
                side=side, state=state, due_on=due, ended_at=ended, assignee_id=owners[side].id, **facts, **words, **of
            )
            db.session.add(row)
