"""The audit log."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from eventapp.core.db import Base, text_enum
from eventapp.core.doors import Door


class AuditEntry(Base):
    """One act. Actor and object are kept as text too, so that the entry outlives both.

    `door` is the way in which it was done, `on_behalf` for whom, `person_id` whom it is about. `content_hash` is SHA-256
    over the entry with its `salt`, `hash` over the hash of the entry before (by id) and `content_hash`: so an entry
    cannot be changed or taken out unnoticed, see `chain.py`. Entries of older versions have neither. With `erased_at`
    names were taken out of the texts later, and the salt, so that nobody can guess them from the hash that stays.
    """

    __tablename__ = "audit_entry"
    __table_args__ = (
        Index("ix_audit_entry_object", "object_type", "object_id"),
        Index("ix_audit_entry_event_id_at", "event_id", "at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(index=True)
    action: Mapped[str] = mapped_column(String(60))
    actor: Mapped[str] = mapped_column(String(254))
    actor_user_id: Mapped[int | None] = mapped_column(index=True)
    object_type: Mapped[str] = mapped_column(String(40))
    object_id: Mapped[int | None]
    object_name: Mapped[str] = mapped_column(String(254), default="")
    event_id: Mapped[int | None]
    organisation_id: Mapped[int | None] = mapped_column(index=True)
    changes: Mapped[dict[str, Any]]
    door: Mapped[Door | None] = mapped_column(text_enum(Door))
    on_behalf: Mapped[str] = mapped_column(String(254), default="", server_default="")
    person_id: Mapped[int | None] = mapped_column(index=True)
    salt: Mapped[str] = mapped_column(String(32), default="", server_default="")
    content_hash: Mapped[str | None] = mapped_column(String(64))
    hash: Mapped[str | None] = mapped_column(String(64), index=True, unique=True)
    erased_at: Mapped[datetime | None]


class AuditHead(Base):
    """The last entry of the chain: one row, whose lock puts the writers in a row."""

    __tablename__ = "audit_head"

    id: Mapped[int] = mapped_column(primary_key=True)
    hash: Mapped[str] = mapped_column(String(64))
