"""Workshops of plans for tests."""

from datetime import date, timedelta
from typing import Any

from eventapp.core.db import db
from eventapp.plans import queries
from eventapp.plans.models import (
    ConfidenceVote,
    MemberFunction,
    ParkingItem,
    PlanPresence,
    PrepTask,
    Quadrant,
    SectionKind,
    Side,
    SlotAnswer,
    SwotItem,
    SwotVote,
    Workshop,
    WorkshopAnswer,
    WorkshopAttendance,
    WorkshopItem,
    WorkshopSlot,
    WorkshopState,
)
from tests.support.factories import AT


def fill_workshop(made: Any) -> dict[str, int]:
    """A row in every table of the plan's workshop, which is under way; flushed. Gives ids by kind."""
    a, b = (made.team[side, MemberFunction.OWNER].id for side in Side)
    here = {"plan_id": made.plan.id}
    section = next(one for one in queries.sections(made.plan) if one.kind is SectionKind.SWOT)
    workshop = Workshop(
        state=WorkshopState.RUNNING,
        time_zone="Europe/Vienna",
        place="Told",
        meeting_url="https://told.example/",
        pack=b"told",
        pack_at=AT,
        started_at=AT,
        minutes="Told",
        minutes_html="<p>Told</p>",
        **here,
    )
    row = SwotItem(section_id=section.id, position=1, quadrant=Quadrant.THREAT, text="Told", side=Side.B, **here)
    db.session.add_all([workshop, row])
    db.session.flush()
    of = {"workshop_id": workshop.id, **here}
    slot = WorkshopSlot(starts_at=AT, ends_at=AT + timedelta(hours=8), proposed_by_id=b, proposed_at=AT, **of)
    task = PrepTask(side=Side.B, title="Told", due_on=date(2027, 1, 8), text="Told", text_html="<p>Told</p>", **of)
    item = WorkshopItem(position=1, title="Told", minutes=15, **of)
    parked = ParkingItem(text="Told", member_id=b, written_at=AT, **of)
    db.session.add_all([slot, task, item, parked])
    db.session.flush()
    db.session.add_all(
        [
            WorkshopAnswer(slot_id=slot.id, member_id=b, answer=SlotAnswer.YES, answered_at=AT, **here),
            WorkshopAttendance(member_id=b, arrived_at=AT, **of),
            SwotVote(item_id=row.id, member_id=a, voted_at=AT, **here),
            ConfidenceVote(member_id=b, vote=4, remark="Told", voted_at=AT, **of),
            PlanPresence(member_id=b, section_key="swot", seen_at=AT, **here),
        ]
    )
    db.session.flush()
    return {"slot_id": slot.id, "task_id": task.id, "item_id": item.id, "parking_id": parked.id, "swot_id": row.id}
