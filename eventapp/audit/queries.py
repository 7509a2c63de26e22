"""The audit log, to read."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Row, func, or_, select

from eventapp.audit import words
from eventapp.audit.models import AuditEntry
from eventapp.core.db import db
from eventapp.core.errors import NotFoundError
from eventapp.core.i18n import _

LISTED = (
    "id", "at", "actor", "actor_user_id", "on_behalf", "action", "door", "object_type", "object_id", "object_name", "event_id",
    "organisation_id", "person_id", "changes", "erased_at",
)  # fmt: skip


def readable(confidential: bool) -> list[ColumnElement[bool]]:
    """The conditions of the entries that somebody may read at all; with `confidential` there are none."""
    return [] if confidential else [~in_groups([group]) for group in sorted(words.CONFIDENTIAL)]


def entry(entry_id: int, *, confidential: bool) -> AuditEntry:
    """One entry. Raises NotFoundError, without `confidential` also for those that are for few."""
    found = db.session.scalar(select(AuditEntry).where(AuditEntry.id == entry_id, *readable(confidential)))
    if found is None:
        raise NotFoundError(entry_id)
    return found


def events(limit: int) -> list[int]:
    """The ids of the latest events that something has happened to."""
    query = select(AuditEntry.event_id).distinct().where(AuditEntry.event_id.is_not(None))
    return [id_ for id_ in db.session.scalars(query.order_by(AuditEntry.event_id.desc()).limit(limit)) if id_ is not None]


def oldest() -> datetime | None:
    """When the first entry was written."""
    return db.session.scalar(select(func.min(AuditEntry.at)))


def matches(text: str) -> ColumnElement[bool]:
    """The condition of an entry whose actor, object or company acted for holds `text`."""
    wanted = f"%{text.lower().replace('!', '!!').replace('%', '!%').replace('_', '!_')}%"
    columns = (AuditEntry.actor, AuditEntry.object_name, AuditEntry.on_behalf)
    return or_(*(func.lower(column).like(wanted, escape="!") for column in columns))


def in_groups(groups: Sequence[str]) -> ColumnElement[bool]:
    """The condition of an entry whose action belongs to one of the groups."""
    return or_(*(AuditEntry.action.startswith(f"{group}.", autoescape=True) for group in groups))


def history(object_type: str, object_id: int, limit: int = 50) -> Sequence[Row[Any]]:
    """What happened to one object, the newest first: at, action, actor, changes."""
    columns = (AuditEntry.at, AuditEntry.action, AuditEntry.actor, AuditEntry.changes)
    query = select(*columns).where(AuditEntry.object_type == object_type, AuditEntry.object_id == object_id)
    return db.session.execute(query.order_by(AuditEntry.id.desc()).limit(limit)).all()


class Change(NamedTuple):
    """A field of an entry in words; `old` is none where only the new value is known."""

    label: str
    old: str | None
    new: str


class CompanyEntry(NamedTuple):
    """An entry as the company concerned may read it."""

    id: int
    at: datetime
    actor: str
    act: str
    name: str
    event_id: int | None
    changes: list[Change]


def visible_to_company(company_id: int) -> ColumnElement[bool]:
    """The condition of an entry that this company may see: about itself, and of an action that was declared visible."""
    return (AuditEntry.organisation_id == company_id) & AuditEntry.action.in_(words.visible_acts())


def of_company(company_id: int, *, before: int | None = None, limit: int = 50) -> list[CompanyEntry]:
    """What happened to a company, the newest first, as it may read it; `before` is the id of the last one shown."""
    query = select(*(getattr(AuditEntry, name) for name in LISTED)).where(visible_to_company(company_id))
    if before is not None:
        query = query.where(AuditEntry.id < before)
    rows = db.session.execute(query.order_by(AuditEntry.id.desc()).limit(limit))
    return [for_company(row) for row in rows]


def for_company(row: Any) -> CompanyEntry:
    """An entry (a row of `LISTED`) as the company may read it: only fields declared visible, and no names of the vendor's."""
    act = words.ACTS.get(row.action)
    visible = act.visible if act is not None and act.visible is not None else frozenset[str]()
    # A login that acted for no company is one of the vendor's.
    own = row.actor_user_id is None or row.on_behalf
    return CompanyEntry(
        id=row.id,
        at=row.at,
        actor=row.actor if own else _("the organizer"),
        act=words.act_label(row.action),
        name=row.object_name,
        event_id=row.event_id,
        changes=in_words({name: value for name, value in row.changes.items() if name in visible}),
    )


def in_words(changes: dict[str, Any]) -> list[Change]:
    """The changes of an entry with the names of their fields and values in plain form."""
    found = []
    for name, value in changes.items():
        if isinstance(value, list) and len(value) == 2:
            found.append(Change(words.field_label(name), value_in_words(value[0]), value_in_words(value[1])))
        else:
            found.append(Change(words.field_label(name), None, value_in_words(value)))
    return found


def value_in_words(value: Any) -> str:
    """A value of a change as people read it: yes and no, lists with commas, moments without their T."""
    if value is None or value in ("", [], {}):
        return "–"
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, list):
        return ", ".join(value_in_words(item) for item in value)
    if isinstance(value, dict):
        return "; ".join(f"{words.field_label(name)}: {value_in_words(item)}" for name, item in value.items())
    text = str(value)
    if len(text) > 16 and text[10] == "T" and text[:4].isdigit() and text.endswith("+00:00"):
        return _("%(moment)s UTC", moment=f"{text[:10]} {text[11:16]}")
    # A value of ours, like in_person, not what somebody typed.
    return text.replace("_", " ") if "_" in text and text.islower() and text.replace("_", "").isalpha() else text
