"""Imports of lists: the file, what each row did, and enough to take it back."""

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
    REGISTRATIONS = "registrations"
    ATTENDANCE = "attendance"


class ImportState(StrEnum):
    """uploaded → previewed (dry run done) → queued (a job will apply it) → applied → undone."""

    UPLOADED = "uploaded"
    PREVIEWED = "previewed"
    QUEUED = "queued"
    APPLIED = "applied"
    UNDONE = "undone"


class RowOutcome(StrEnum):
    """What a row does, or did."""

    CREATE = "create"
    UPDATE = "update"
    UNCHANGED = "unchanged"
    REPEAT = "repeat"
    CONFLICT = "conflict"
    # Which company is meant waits for a person.
    UNSURE = "unsure"
    REJECTED = "rejected"


class ImportBatch(Base):
    """A file that somebody imports.

    `headers` are the names of its columns, `mapping` is field → number of its column from 0, `counts` what the import
    found, `links` what it connected among companies that are not in the file. The content goes when it is applied.
    """

    __tablename__ = "import_batch"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[ImportKind] = mapped_column(text_enum(ImportKind))
    state: Mapped[ImportState] = mapped_column(text_enum(ImportState), default=ImportState.UPLOADED)
    file_name: Mapped[str] = mapped_column(String(200))
    content: Mapped[bytes] = mapped_column(LargeBinary)
    encoding: Mapped[str] = mapped_column(String(20), default="")
    delimiter: Mapped[str] = mapped_column(String(1), default="")
    headers: Mapped[list[Any]]
    mapping: Mapped[dict[str, Any]]
    counts: Mapped[dict[str, Any]]
    links: Mapped[dict[str, Any]]
    error: Mapped[str] = mapped_column(String(500), default="")
    created_by: Mapped[str] = mapped_column(String(254))
    created_at: Mapped[datetime]
    applied_at: Mapped[datetime | None]
    undone_at: Mapped[datetime | None]


class ImportRow(Base):
    """One record of the file. `line` is the physical line it starts on; `changes` is field → [old, new].

    `made` says what it created: a company, a person (with a membership), a membership alone, or a registration (with
    `membership_id` if its person was new). `object_version` is the
    version of the company or person after the import, so that a later change by hand is noticed before an undo.
    """

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
    object_version: Mapped[int | None]
    membership_id: Mapped[int | None]
    made: Mapped[str] = mapped_column(String(12), default="")
    cells: Mapped[list[Any]]
    changes: Mapped[dict[str, Any]]
    warnings: Mapped[list[Any]]


class ImportMapping(Base):
    """The last mapping by hand for files with these headers; offered again next time."""

    __tablename__ = "import_mapping"

    kind: Mapped[ImportKind] = mapped_column(text_enum(ImportKind), primary_key=True)
    headers: Mapped[str] = mapped_column(String(64), primary_key=True)
    mapping: Mapped[dict[str, Any]]
