"""Reading the rows of sections."""

from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Text, and_, cast, func, or_, select

from eventapp.core.db import db
from eventapp.core.errors import NotFoundError
from eventapp.events.models import Event, EventStatus
from eventapp.plans import queries
from eventapp.plans.content.lines import Context
from eventapp.plans.content.signed import SIGNED
from eventapp.plans.models import Initiative, Plan, PlanAgreement, PlanEdit, PlanLine, PlanSection, Side
from eventapp.plans.queries import Seen
from eventapp.plans.ticking import as_text, state_of


class Shown(NamedTuple):
    """A section as its page shows it: who agrees with it, who changed it last, and what open pages know of its plan."""

    section: PlanSection
    agreed: dict[Side, PlanAgreement]
    last_edit: PlanEdit | None
    state: str


def shown(plan: Plan, key: str) -> Shown:
    """A section of that plan with all that, in one query. Raises NotFoundError.

    Of the changes only those of signed words count: what becomes of a claim changes none.
    """
    held = (PlanAgreement.section_id == PlanSection.id) & PlanAgreement.ended_at.is_(None)
    last = select(func.max(PlanEdit.id)).where(PlanEdit.section_id == PlanSection.id, PlanEdit.plan_id == PlanSection.plan_id)
    last = last.where(_of_signed_words())
    query = select(PlanSection, PlanAgreement, PlanEdit, *state_of(plan.id)).outerjoin(PlanAgreement, held)
    query = query.outerjoin(PlanEdit, PlanEdit.id == last.correlate(PlanSection).scalar_subquery())
    rows = db.session.execute(query.where(PlanSection.plan_id == plan.id, PlanSection.key == key)).all()
    if not rows:
        raise NotFoundError(key)
    section, _agreement, edit, ticks, edits = rows[0]
    return Shown(section, {one[1].side: one[1] for one in rows if one[1] is not None}, edit, as_text(ticks, edits))


def _of_signed_words() -> ColumnElement[bool]:
    """The condition of changes of fields that are signed: their names are the keys of `changes`."""
    text = cast(PlanEdit.changes, Text)
    named = {
        kind: or_(*(text.contains(f'"{name}":', autoescape=True) for name in sorted(names))) for kind, names in SIGNED.items()
    }
    return or_(*(and_(PlanEdit.kind == kind, of_kind) for kind, of_kind in named.items()))


def context(seen: Seen) -> Context:
    """What the rows of a plan are shown with."""
    people = {one.id: one for one in queries.team(seen.plan, former=True)}
    return Context(seen.plan, people, seen.names, seen.standing)


def lines(model: type[PlanLine], section: PlanSection) -> Sequence[Any]:
    """The rows of a section, in their order."""
    return db.session.scalars(select(model).where(model.section_id == section.id).order_by(model.position, model.id)).all()


def line(model: type[PlanLine], section: PlanSection, line_id: int) -> Any:
    """A row of that section. Raises NotFoundError."""
    found = db.session.scalar(select(model).where(model.id == line_id, model.section_id == section.id))
    if found is None:
        raise NotFoundError(line_id)
    return found


def line_or_none(model: type[PlanLine], section: PlanSection, line_id: int) -> Any | None:
    """The same; none if somebody has removed it."""
    return db.session.scalar(select(model).where(model.id == line_id, model.section_id == section.id))


def events_for(plan: Plan, chosen: int | None) -> list[tuple[int, str]]:
    """Id and title of the public events in the plan's period, and of the one that is chosen, by their start."""
    public = Event.status == EventStatus.PUBLISHED
    begins, ends = (datetime.combine(one, time.min, UTC) for one in (plan.period_start, plan.period_end + timedelta(days=1)))
    inside = public & (Event.starts_at >= begins) & (Event.starts_at < ends)
    query = select(Event.id, Event.title).where(or_(inside, Event.id == chosen)).order_by(Event.starts_at, Event.id)
    return [(id_, title) for id_, title in db.session.execute(query)]


def initiatives_of(plan: Plan) -> list[tuple[int, str]]:
    """Id and name of the plan's initiatives."""
    query = select(Initiative.id, Initiative.name).where(Initiative.plan_id == plan.id)
    return [(id_, name) for id_, name in db.session.execute(query.order_by(Initiative.position, Initiative.id))]
