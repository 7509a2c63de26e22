"""Bringing what a plan says back to a version: its own facts, texts, and rows with the numbers that they had.

People are who they are now: a row that names somebody who has left names the successor, as it does where nothing is amended.
An event that is there no more is named no more. Teams are no part of it, they change beside amendments as well.
"""

import json
from collections.abc import Collection, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Date, Enum, exists, select, update
from sqlalchemy.orm.attributes import set_committed_value

from eventapp.core.amounts import Hundredths
from eventapp.core.db import db, table
from eventapp.core.errors import RuleError
from eventapp.core.i18n import _
from eventapp.core.markdown import to_html
from eventapp.events.models import Event
from eventapp.plans import queries
from eventapp.plans.content.editing import FIXED, LINES, note
from eventapp.plans.content.merging import plain
from eventapp.plans.models import (
    Actual,
    MemberFunction,
    Objective,
    Plan,
    PlanEdit,
    PlanMember,
    PlanSection,
    PlanVersion,
    SectionKind,
)
from eventapp.plans.signing.canonical import content_of

PEOPLE = ("owner_a_id", "owner_b_id", "owner_id", "member_id")


def restore(plan: Plan, version: PlanVersion, *, member_id: int | None, at: datetime) -> tuple[set[str], set[str]]:
    """Brings the plan back, in the caller's transaction under its lock. Returns the keys of the sections and fields that changed.

    Raises RuleError where something hangs on what was not signed, and if the plan would not say the same as the version.
    """
    content = json.loads(version.content)
    wanted = _as_today(plan, content)
    fields = _own_facts(plan, content, member_id, at)
    sections, changed = {one.key: one for one in queries.sections(plan)}, set()
    # Requests for funds name initiatives, so those come first.
    for one in sorted(wanted, key=lambda found: found["kind"] != SectionKind.INITIATIVES):
        section = sections.get(one["key"])
        if section is not None and _section(plan, section, one, member_id, at):
            changed.add(section.key)
    db.session.flush()
    if not _says(plan, content, wanted):
        raise RuleError(_("The plan does not go back to its signed version by itself. Change it back by hand, or sign it anew."))
    return changed, fields


def _own_facts(plan: Plan, content: Mapping[str, Any], member_id: int | None, at: datetime) -> set[str]:
    changes = {}
    for name in plan.fields:
        if name not in plan.unsigned and name in content and plain(getattr(plan, name)) != content[name]:
            changes[name] = [plain(getattr(plan, name)), content[name]]
            setattr(plan, name, _typed(Plan, name, content[name]))
    if changes:
        db.session.flush()
        note(plan, None, plan, changes, member_id=member_id, at=at)
    return set(changes)


def _section(plan: Plan, section: PlanSection, wanted: Mapping[str, Any], member_id: int | None, at: datetime) -> bool:
    """Whether anything of the section had to change."""
    model: Any = LINES.get(section.kind)
    how: dict[str, Any] = {"member_id": member_id, "at": at}
    if model is None:
        if section.text == wanted["text"]:
            return False
        changes = {"text": [section.text, wanted["text"]]}
        section.text, section.text_html = wanted["text"], to_html(wanted["text"])
        db.session.flush()
        note(plan, section.id, section, changes, **how)
        return True
    rows = db.session.scalars(select(model).where(model.section_id == section.id).execution_options(populate_existing=True))
    there = {row.id: row for row in rows}
    signed = {row["id"]: row for row in wanted["rows"]}
    gone = [row for id_, row in there.items() if id_ not in signed]
    for row in gone:
        _remove(plan, section, row, how)
    changed = [_change(plan, section, there[id_], row, how) for id_, row in signed.items() if id_ in there]
    new = [row for id_, row in signed.items() if id_ not in there]
    for row in new:
        _add(plan, section, model, row, how)
    if new:
        for position, id_ in enumerate(signed, start=1):
            row = db.session.get_one(model, id_)
            if row.position != position:
                row.position = position
        db.session.flush()
    return bool(gone or new) or any(changed)


def _remove(plan: Plan, section: PlanSection, row: Any, how: Mapping[str, Any]) -> None:
    _loose(row)
    if isinstance(row, Objective) and db.session.scalar(select(exists().where(Actual.objective_id == row.id))):
        raise RuleError(_("Actual values have been entered for this objective, so it stays. Change its targets instead."))
    changes = {name: [plain(getattr(row, name)), None] for name in row.fields if getattr(row, name) not in (None, "")}
    note(plan, section.id, row, changes, version=row.version + 1, **how)
    db.session.delete(row)
    db.session.flush()


def _change(plan: Plan, section: PlanSection, row: Any, signed: Mapping[str, Any], how: Mapping[str, Any]) -> bool:
    names = [name for name in _signed_names(row, signed) if plain(getattr(row, name)) != signed[name]]
    if not names:
        return False
    if not {*names} <= {*PEOPLE, "event_id", "initiative_id"}:
        _loose(row)
    changes = {name: [plain(getattr(row, name)), signed[name]] for name in names}
    for name in names:
        setattr(row, name, _typed(type(row), name, signed[name]))
    db.session.flush()
    note(plan, section.id, row, changes, **how)
    return True


def _add(plan: Plan, section: PlanSection, model: Any, signed: Mapping[str, Any], how: Mapping[str, Any]) -> None:
    """A row that was taken out, under its old number; what of it is not signed is as it was when it went."""
    last = select(PlanEdit).where(PlanEdit.plan_id == plan.id, PlanEdit.kind == model.edit_kind, PlanEdit.row_id == signed["id"])
    edit = db.session.scalar(last.order_by(PlanEdit.id.desc()).limit(1))
    values = {name: signed[name] for name in _signed_names(model, signed)}
    values |= {name: edit.changes[name][0] for name in model.unsigned if edit is not None and name in edit.changes}
    typed = {name: _typed(model, name, value) for name, value in values.items()}
    row = model(id=signed["id"], plan_id=plan.id, section_id=section.id, **typed)
    db.session.add(row)
    db.session.flush()
    if edit is not None:
        # Forms that were opened before it went know an older version, and no newer one.
        db.session.execute(update(table(model)).where(table(model).c.id == row.id).values(version=edit.version + 1))
        set_committed_value(row, "version", edit.version + 1)
    note(plan, section.id, row, {name: [None, value] for name, value in values.items() if value not in (None, "")}, **how)


def _loose(row: Any) -> None:
    for ask in FIXED:
        if why := ask(row):
            raise RuleError(why)


def _signed_names(model: Any, signed: Mapping[str, Any]) -> list[str]:
    """A version that was made before a field was there says nothing of it."""
    return [name for name in model.fields if name not in model.unsigned and name in signed]


def _typed(model: Any, name: str, value: Any) -> Any:
    """A value of the history or of a version as the column has it; the other way of `plain`."""
    kind = getattr(model, name).type
    if value is None:
        return None
    if isinstance(kind, Enum):
        assert kind.enum_class is not None
        return kind.enum_class(value)
    if isinstance(kind, Date):
        return date.fromisoformat(value)
    return Decimal(value) if isinstance(kind, Hundredths) else value


def _as_today(plan: Plan, content: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The sections of a version, with who stands for whom today, and without events that are there no more."""
    everybody = {one.id: one for one in queries.team(plan, former=True)}
    named = {row.get("event_id") for one in content["sections"] for row in one.get("rows", ())} - {None}
    events = set(db.session.scalars(select(Event.id).where(Event.id.in_(named))))

    def row_of(row: Mapping[str, Any]) -> dict[str, Any]:
        people = {name: _who(row[name], everybody) for name in PEOPLE if name in row}
        gone = {"event_id": None} if row.get("event_id") not in (None, *events) else {}
        return {**row, **people, **gone}

    return [{**one, "rows": [row_of(row) for row in one["rows"]]} if "rows" in one else dict(one) for one in content["sections"]]


def _who(member_id: int | None, everybody: Mapping[int, PlanMember]) -> int | None:
    """Who does today what a member did: themselves, also in another function, a successor, or the owner of that side."""
    if member_id is None or member_id not in everybody:
        return None
    first = one = everybody[member_id]
    seen: set[int] = set()
    while one.left_at is not None and one.id not in seen:
        seen.add(one.id)
        same = [each for each in everybody.values() if _is_same(each, one) and each.left_at is None]
        if same:
            return same[0].id
        if one.successor_id is None:
            break
        one = everybody[one.successor_id]
    if one.left_at is None:
        return one.id
    now_in = [each for each in everybody.values() if each.side is first.side and each.left_at is None]
    return next((each.id for each in now_in if each.function is MemberFunction.OWNER), None)


def _is_same(one: PlanMember, other: PlanMember) -> bool:
    return one.side is other.side and (one.user_id, one.person_id) == (other.user_id, other.person_id)


def _says(plan: Plan, content: Mapping[str, Any], wanted: Collection[Mapping[str, Any]]) -> bool:
    """Whether the plan says now what the version says."""
    now = content_of(plan)
    if any(now[name] != content[name] for name in plan.fields if name not in plan.unsigned and name in content):
        return False
    sections = {one["key"]: one for one in now["sections"]}
    return sections.keys() == {one["key"] for one in wanted} and all(_same(sections[one["key"]], one) for one in wanted)


def _same(now: Mapping[str, Any], wanted: Mapping[str, Any]) -> bool:
    if "rows" not in wanted:
        return bool(now.get("text") == wanted["text"])
    rows = now.get("rows", [])
    pairs = zip(rows, wanted["rows"], strict=False)
    return len(rows) == len(wanted["rows"]) and all(
        all(one[name] == value for name, value in other.items() if name in one) for one, other in pairs
    )
