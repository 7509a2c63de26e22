"""The one way in which what a plan says is changed: rows of sections, texts of sections, the plan's own facts.

Each change is merged with what others wrote since, kept in the plan's own history (`PlanEdit`), and ends what both sides
had agreed. The log of the installation gets the fact alone: who reads that reads no plan.
"""

from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import exists, func, select, update
from sqlalchemy.orm.attributes import set_committed_value

from eventapp.audit.service import Actor, record
from eventapp.core.db import db, table
from eventapp.core.errors import RuleError, StaleError
from eventapp.core.i18n import _
from eventapp.core.markdown import to_html
from eventapp.plans import queries
from eventapp.plans.content.merging import Since, merge, plain
from eventapp.plans.log import about
from eventapp.plans.models import (
    Actual,
    EnablementLine,
    FundRequest,
    GovernanceLine,
    Initiative,
    Objective,
    Plan,
    PlanAgreement,
    PlanEdit,
    PlanLine,
    PlanRisk,
    PlanSection,
    ResourceLine,
    SectionKind,
    SectionState,
    SwotItem,
    TargetAccount,
    ValueLine,
)
from eventapp.plans.permissions import Standing, is_lived_by, is_writable

# Which rows a section of a kind holds. A text has none.
LINES: dict[SectionKind, type[PlanLine]] = {
    SectionKind.SWOT: SwotItem,
    SectionKind.OBJECTIVES: Objective,
    SectionKind.ACCOUNTS: TargetAccount,
    SectionKind.INITIATIVES: Initiative,
    SectionKind.ENABLEMENT: EnablementLine,
    SectionKind.MDF: FundRequest,
    SectionKind.RESOURCES: ResourceLine,
    SectionKind.RISKS: PlanRisk,
    SectionKind.VALUE: ValueLine,
    SectionKind.GOVERNANCE: GovernanceLine,
}

# Told when facts of the plan itself have changed: (plan, names of the fields, by, at).
PLAN_CHANGED: list[Callable[[Plan, Collection[str], Actor, datetime], None]] = []

# Why a row that could be written now is not to be changed or removed all the same: asked of each, none if it may.
FIXED: list[Callable[[Any], str | None]] = []

Row = TypeVar("Row", bound=PlanLine)


def add(
    plan: Plan, section: PlanSection, model: type[Row], typed: Mapping[str, Any], *, standing: Standing, by: Actor, at: datetime
) -> Row:
    """Adds a row at the end of a section. Raises RuleError if it is not the time to write."""
    plan = queries.lock(plan)
    _writable(plan)
    last = db.session.scalar(
        select(model.position).where(model.section_id == section.id).order_by(model.position.desc()).limit(1)
    )
    make: Any = model  # which the mixin of all lines cannot tell the arguments of
    row: Row = make(**_new_id(model), plan_id=plan.id, section_id=section.id, position=(last or 0) + 1, **typed)
    db.session.add(row)
    db.session.flush()
    changes = {name: [None, plain(value)] for name, value in typed.items() if value not in (None, "")}
    note(plan, section.id, row, changes, member_id=_who(standing), at=at)
    touch(plan, section, at)
    record("plans.add_row", by=by, at=at, **about(plan), changes={"section": section.key})
    return row


def change(
    plan: Plan,
    section: PlanSection | None,
    row: Any,
    typed: Mapping[str, Any],
    *,
    base: int,
    standing: Standing,
    by: Actor,
    at: datetime,
) -> bool:
    """Writes what was typed into a row, a section's text or the plan itself; `base` is the version that the form showed.

    Returns whether anything changed. Raises ConflictError where somebody else wrote the same field since, StaleError if the
    row is gone, RuleError if it is not the time to write.
    """
    plan = queries.lock(plan)
    model = type(row)
    found = db.session.scalar(select(model).where(model.id == row.id).execution_options(populate_existing=True))
    if found is None:
        raise StaleError(_("Somebody else has removed this since you opened it. Send it again to add it anew."))
    since = select(PlanEdit.changes, PlanEdit.member_id).where(
        PlanEdit.plan_id == plan.id, PlanEdit.kind == model.edit_kind, PlanEdit.row_id == row.id, PlanEdit.version > base
    )
    history = [Since(*one) for one in db.session.execute(since.order_by(PlanEdit.id))]
    wanted = merge(typed, {name: getattr(row, name) for name in typed}, history)
    if not wanted:
        return False
    if signed := wanted.keys() - model.unsigned:
        _writable(plan)
        _loose(row)
    elif not is_lived_by(plan):
        raise RuleError(_("This plan is over; nothing of it changes any more."))
    changes = {name: [plain(getattr(row, name)), plain(value)] for name, value in wanted.items()}
    for name, value in wanted.items():
        setattr(row, name, value)
    if hasattr(row, "text_html"):
        row.text_html = to_html(row.text)
    db.session.flush()
    section_id = section.id if section is not None else None
    note(plan, section_id, row, changes, member_id=_who(standing), at=at)
    if signed:
        touch(plan, section, at)
    what = {"section": section.key} if section is not None else {"fields": sorted(wanted)}
    record("plans.edit", by=by, at=at, **about(plan), changes=what)
    if isinstance(row, Plan):
        for tell in PLAN_CHANGED:
            tell(plan, wanted.keys(), by, at)
    return True


def remove(plan: Plan, section: PlanSection, row: PlanLine, *, base: int, standing: Standing, by: Actor, at: datetime) -> None:
    """Takes a row out of its section.

    Raises StaleError if somebody changed it since the version `base`, RuleError for an objective with actual values.
    """
    plan = queries.lock(plan)
    _writable(plan)
    db.session.refresh(row)
    if row.version != base:
        raise StaleError(_("Somebody else has changed this since you opened it. Look at it again."))
    _loose(row)
    if isinstance(row, Objective) and db.session.scalar(select(exists().where(Actual.objective_id == row.id))):
        raise RuleError(_("Actual values have been entered for this objective, so it stays. Change its targets instead."))
    changes = {name: [plain(getattr(row, name)), None] for name in row.fields if getattr(row, name) not in (None, "")}
    note(plan, section.id, row, changes, member_id=_who(standing), at=at, version=row.version + 1)
    db.session.delete(row)
    db.session.flush()
    touch(plan, section, at)
    record("plans.remove_row", by=by, at=at, **about(plan), changes={"section": section.key})


def touch(plan: Plan, section: PlanSection | None, at: datetime) -> None:
    """What is signed has changed: the plan's revision grows, nobody is ready any more, and what was agreed is not agreed.

    Past the unit of work, so that the plan's own version stays: whoever edits its facts meanwhile is not disturbed.
    """
    values = {"revision": plan.revision + 1, "ready_a_at": None, "ready_b_at": None}
    db.session.execute(update(table(Plan)).where(table(Plan).c.id == plan.id).values(values))
    for name, value in values.items():
        set_committed_value(plan, name, value)
    if section is None:
        return
    # It was read before the plan was locked: others may have written in it meanwhile.
    db.session.refresh(section)
    agreed = update(table(PlanAgreement)).where(
        table(PlanAgreement).c.section_id == section.id, table(PlanAgreement).c.ended_at.is_(None)
    )
    db.session.execute(agreed.values(ended_at=at))
    section.state = written(section)
    section.changed_at = at
    db.session.flush()


def written(section: PlanSection) -> SectionState:
    """The state of a section that is not agreed: drafted as soon as anything stands in it."""
    model: Any = LINES.get(section.kind)
    there = section.text if model is None else db.session.scalar(select(exists().where(model.section_id == section.id)))
    return SectionState.DRAFTED if there else SectionState.EMPTY


def _loose(row: Any) -> None:
    for ask in FIXED:
        if why := ask(row):
            raise RuleError(why)


def _writable(plan: Plan) -> None:
    if not is_writable(plan):
        raise RuleError(_("The plan cannot be changed as it stands now. What was signed is changed by an amendment."))


def note(
    plan: Plan,
    section_id: int | None,
    row: Any,
    changes: dict[str, Any],
    *,
    member_id: int | None,
    at: datetime,
    version: int | None = None,
) -> None:
    """Keeps a change in the plan's own history: each field old → new, as `plain` makes them."""
    values = {"plan_id": plan.id, "section_id": section_id, "kind": row.edit_kind, "row_id": row.id}
    db.session.add(PlanEdit(version=version or row.version, changes=changes, member_id=member_id, at=at, **values))
    db.session.flush()


def _new_id(model: type[PlanLine]) -> dict[str, int]:
    """An id that no row of this kind ever had, where the database would give that of a removed last one again.

    SQLite does. The history of the removed row would be that of the new one, and a form that is still open would change it.
    """
    if db.engine.dialect.name != "sqlite":
        return {}
    there = select(func.coalesce(func.max(model.id), 0)).scalar_subquery()
    former = select(func.coalesce(func.max(PlanEdit.row_id), 0)).where(PlanEdit.kind == model.edit_kind).scalar_subquery()
    highest, gone = db.session.execute(select(there, former)).one()
    return {"id": max(highest, gone) + 1}


def _who(standing: Standing) -> int | None:
    return standing.member.id if standing.member is not None else None
