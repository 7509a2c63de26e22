"""Merges of companies and of people, with what is needed to undo them."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from eventapp.core.db import Base, text_enum


class MergeKind(StrEnum):
    """What was merged."""

    COMPANY = "company"
    PERSON = "person"


class Merge(Base):
    """One company or person became another. `moved` lists every changed row with its old values, until `undo_until`."""

    __tablename__ = "merge"
    __table_args__ = (Index("ix_merge_kind_dropped_id", "kind", "dropped_id"), Index("ix_merge_kind_kept_id", "kind", "kept_id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[MergeKind] = mapped_column(text_enum(MergeKind))
    kept_id: Mapped[int]
    kept_name: Mapped[str] = mapped_column(String(254))
    dropped_id: Mapped[int]
    dropped_name: Mapped[str] = mapped_column(String(254))
    moved: Mapped[list[Any]]
    counts: Mapped[dict[str, Any]]
    merged_at: Mapped[datetime]
    merged_by: Mapped[str] = mapped_column(String(254))
    undo_until: Mapped[datetime]
    undone_at: Mapped[datetime | None]
    undone_by: Mapped[str] = mapped_column(String(254), default="")
