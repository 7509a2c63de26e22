"""Workshops of plans for tests."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any

from eventapp.core.db import db
from eventapp.plans import queries
from eventapp.plans.models import (
    ConfidenceVote,
    MemberFunction,
    ParkingItem,
    PlanMember,
    PlanPresence,
    PlanStatus,
    PrepTask,
    Quadrant,
    SectionKind,
    Side,
    SlotAnswer,
    SlotState,
    SwotItem,
    SwotVote,
    Workshop,
    WorkshopAnswer,
    WorkshopAttendance,
    WorkshopFormat,
    WorkshopItem,
    WorkshopSlot,
    WorkshopState,
)
from eventapp.plans.permissions import Standing
from eventapp.plans.room.service import attending
from eventapp.plans.room.service import running as room
from eventapp.plans.workshop import queries as workshops
from eventapp.plans.workshop.agenda.standard import add_standard
from eventapp.plans.workshop.dates import service as dating
from eventapp.plans.workshop.dates.rules import DAY, HALF, Dates, Span, moment
from eventapp.plans.workshop.planning import service as planning
from eventapp.plans.workshop.planning.service import WorkshopDetails
from tests.support import factories
from tests.support.factories import AT, TESTS

# A Tuesday, six weeks after `AT`.
DAY_OF_WORKSHOP = date(2027, 3, 9)


def dated(made: Any, **values: Any) -> Workshop:
    """The workshop of a plan that is in its workshop, with its date confirmed; committed."""
    made.plan.status = PlanStatus.WORKSHOP
    workshop = Workshop(plan_id=made.plan.id, state=WorkshopState.DATED, time_zone="Europe/Vienna", **values)
    db.session.add(workshop)
    db.session.flush()
    add_standard(made.plan, workshop)
    slot = {"workshop_id": workshop.id, "plan_id": made.plan.id, "state": SlotState.CONFIRMED, "proposed_at": AT}
    db.session.add(WorkshopSlot(starts_at=AT, ends_at=AT + timedelta(hours=8), **slot))
    factories.commit()
    return workshop


def running(made: Any, *, at: datetime = AT, here: Iterable[PlanMember] | None = None, **values: Any) -> Workshop:
    """The same under way with everybody of both teams in the room, or only those who are `here`; committed."""
    workshop = dated(made, **values)
    for member in made.team.values() if here is None else here:
        attending.arrive(made.plan, member, at=at)
    room.start(made.plan, informal=True, by=TESTS, at=at)
    factories.commit()
    return workshop


def held(made: Any, *, at: datetime = AT) -> Workshop:
    """The same when it is over, with a quorum of both sides; committed."""
    workshop = running(made, at=at)
    room.end(made.plan, standing=Standing(made.team[Side.A, MemberFunction.OWNER]), by=TESTS, at=at + timedelta(hours=8))
    factories.commit()
    return workshop


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
    return {
        "workshop_slot_id": slot.id,
        "prep_task_id": task.id,
        "item_id": item.id,
        "workshop_item_id": item.id,
        "parking_id": parked.id,
        "swot_id": row.id,
    }


def planned(made: Any, **values: Any) -> Workshop:
    """The workshop of a plan, without a date; committed."""
    details: dict[str, Any] = {"format": WorkshopFormat.IN_PERSON, "time_zone": "Europe/Vienna", **values}
    workshop = planning.plan_workshop(made.plan, WorkshopDetails(**details), by=TESTS, at=AT)
    factories.commit()
    return workshop


def dates_on(day: date, zone: str = "Europe/Vienna", *, halves: bool = False) -> Dates:
    """A day from nine to five there, or two mornings from nine to twelve."""
    first = DAY if not halves else HALF
    second = Span(*(moment(day + timedelta(days=1), one, zone) for one in HALF)) if halves else None
    return Dates(Span(*(moment(day, one, zone) for one in first)), second)


def proposed(made: Any, *days: date, at: datetime = AT, halves: bool = False) -> list[WorkshopSlot]:
    """Dates that the vendor's owner has proposed; committed."""
    zone = workshops.workshop(made.plan).time_zone
    standing = Standing(made.team[Side.A, MemberFunction.OWNER])
    wanted = [dates_on(day, zone, halves=halves) for day in days]
    found = dating.propose(made.plan, wanted, standing=standing, by=TESTS, at=at)
    factories.commit()
    return found


def with_date(made: Any, day: date = DAY_OF_WORKSHOP, *, at: datetime = AT, **values: Any) -> Workshop:
    """The workshop of a plan with a confirmed date, so that both sides have something to prepare; committed."""
    workshop = planned(made, **values)
    halves = workshop.format is WorkshopFormat.VIRTUAL
    (slot,) = proposed(made, day, at=at, halves=halves)
    dating.confirm(made.plan, slot, by=TESTS, at=at)
    factories.commit()
    return workshop
