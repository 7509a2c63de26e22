"""The audit log, to read."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Row, func, or_, select

from eventapp.audit.models import AuditEntry
from eventapp.core.db import db


def actions() -> list[str]:
    """The actions that have happened so far, by name."""
    return list(db.session.scalars(select(AuditEntry.action).distinct().order_by(AuditEntry.action)))


def object_types() -> list[str]:
    """The kinds of objects that something has happened to."""
    return list(db.session.scalars(select(AuditEntry.object_type).distinct().order_by(AuditEntry.object_type)))


def matches(text: str) -> ColumnElement[bool]:
    """The condition of an entry whose actor or object holds `text`."""
    wanted = f"%{text.lower().replace('!', '!!').replace('%', '!%').replace('_', '!_')}%"
    return or_(*(func.lower(column).like(wanted, escape="!") for column in (AuditEntry.actor, AuditEntry.object_name)))


def history(object_type: str, object_id: int, limit: int = 50) -> Sequence[Row[Any]]:
    """What happened to one object, the newest first: at, action, actor, changes."""
    columns = (AuditEntry.at, AuditEntry.action, AuditEntry.actor, AuditEntry.changes)
    query = select(*columns).where(AuditEntry.object_type == object_type, AuditEntry.object_id == object_id)
    return db.session.execute(query.order_by(AuditEntry.id.desc()).limit(limit)).all()
