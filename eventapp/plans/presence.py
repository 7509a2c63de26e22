"""Who has which section of a plan open at this moment. Pages say so every quarter of a minute; what is older counts no more."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import ColumnElement, select
from sqlalchemy.dialects import postgresql, sqlite

from eventapp.core.db import db, table, write
from eventapp.plans import queries
from eventapp.plans.models import Plan, PlanMember, PlanPresence, Side

# Pages say it every 15 seconds: one that was lost does not count as gone.
COUNTS_FOR = timedelta(seconds=40)


class Present(NamedTuple):
    """Somebody of the teams who has the plan open: in which section, empty for the room of the workshop."""

    member_id: int
    name: str
    side: Side
    section_key: str


def looks(at: datetime) -> ColumnElement[bool]:
    """The condition of the rows that count at a moment."""
    return PlanPresence.seen_at > at - COUNTS_FOR


def present(plan_id: int, at: datetime) -> Sequence[Present]:
    """Who has the plan open, by when they joined the team."""
    query = select(PlanMember.id, PlanMember.name, PlanMember.side, PlanPresence.section_key)
    query = query.join(PlanPresence, PlanPresence.member_id == PlanMember.id)
    query = query.where(PlanPresence.plan_id == plan_id, looks(at), PlanMember.left_at.is_(None)).order_by(PlanMember.id)
    return [Present(*row) for row in db.session.execute(query)]


def teams_with_places(plan: Plan, at: datetime) -> tuple[list[PlanMember], dict[str, list[PlanMember]]]:
    """Everybody who is or was in the teams, and who has which section open, in one query."""
    looking = (PlanPresence.member_id == PlanMember.id) & looks(at)
    query = select(PlanMember, PlanPresence.section_key).outerjoin(PlanPresence, looking).where(PlanMember.plan_id == plan.id)
    rows = db.session.execute(query.order_by(PlanMember.id)).all()
    inside: dict[str, list[PlanMember]] = {}
    for member, key in rows:
        if key is not None and member.left_at is None:
            inside.setdefault(key, []).append(member)
    return queries.in_order(member for member, _key in rows), inside


def note(plan: Plan, member: PlanMember, section_key: str, *, at: datetime) -> None:
    """Somebody has a section open, or the room. One row for each person, whatever they have open; nothing is locked."""
    rows = table(PlanPresence)
    dialect = sqlite if db.session.get_bind().dialect.name == "sqlite" else postgresql
    values = {"plan_id": plan.id, "member_id": member.id, "section_key": section_key, "seen_at": at}
    statement = dialect.insert(rows)
    new = {"section_key": statement.excluded.section_key, "seen_at": statement.excluded.seen_at}
    write(statement.on_conflict_do_update(index_elements=[rows.c.plan_id, rows.c.member_id], set_=new), values)
