"""Imports of the partner list: the file, what each row did, and enough to take it back."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from eventapp.core.db import Base, text_enum


class ImportKind(StrEnum):
    """What the rows of a file are."""

    PARTNERS = "partners"
    PEOPLE = "people"


class ImportState(StrEnum):
    """uploaded → previewed (dry run done) → applied → undone."""

    UPLOADED = "uploaded"
    PREVIEWED = "previewed"
    APPLIED = "applied"
    UNDONE = "undone"


class RowOutcome(StrEnum):
    """What a row does, or did."""

    CREATE = "create"
    UPDATE = "update"
    UNCHANGED = "unchanged"
    REPEAT = "repeat"
    CONFLICT = "conflict"
    REJECTED = "rejected"


class ImportBatch(Base):
    """A file that somebody imports. `mapping` is field → column header, `counts` what the import found."""

    __tablename__ = "import_batch"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[ImportKind] = mapped_column(text_enum(ImportKind))
    state: Mapped[ImportState] = mapped_column(text_enum(ImportState), default=ImportState.UPLOADED)
    file_name: Mapped[str] = mapped_column(String(200))
    content: Mapped[bytes] = mapped_column(LargeBinary)
    encoding: Mapped[str] = mapped_column(String(20), default="")
    delimiter: Mapped[str] = mapped_column(String(1), default="")
    mapping: Mapped[dict[str, Any]]
    counts: Mapped[dict[str, Any]]
    created_by: Mapped[str] = mapped_column(String(254))
    created_at: Mapped[datetime]
    applied_at: Mapped[datetime | None]
    undone_at: Mapped[datetime | None]


class ImportRow(Base):
    """One record of the file. `line` is the physical line it starts on; `changes` is field → [old, new]."""

    __tablename__ = "import_row"
    __table_args__ = (Index("ix_import_row_batch_id_outcome_record", "batch_id", "outcome", "record"),)

    batch_id: Mapped[int] = mapped_column(ForeignKey("import_batch.id", ondelete="CASCADE"), primary_key=True)
    record: Mapped[int] = mapped_column(primary_key=True)
    line: Mapped[int]
    outcome: Mapped[RowOutcome] = mapped_column(text_enum(RowOutcome))
    reason: Mapped[str] = mapped_column(String(60), default="")
    key: Mapped[str] = mapped_column(String(254), default="")
    label: Mapped[str] = mapped_column(String(250), default="")
    object_id: Mapped[int | None]
    cells: Mapped[list[Any]]
    changes: Mapped[dict[str, Any]]


class ImportMapping(Base):
    """The last mapping by hand for files with these headers; offered again next time."""

    __tablename__ = "import_mapping"

    kind: Mapped[ImportKind] = mapped_column(text_enum(ImportKind), primary_key=True)
    headers: Mapped[str] = mapped_column(String(64), primary_key=True)
    mapping: Mapped[dict[str, Any]]
