"""Imports that were made, and what their rows did."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from sqlalchemy import Row, func, select
from sqlalchemy.orm import defer

from eventapp.core.db import db
from eventapp.core.errors import NotFoundError
from eventapp.partners.models import ImportBatch, ImportKind, ImportMapping, ImportRow, ImportState, RowOutcome


def batch(batch_id: int, *, lock: bool = False) -> ImportBatch:
    """An import, without its content until that is asked for. Raises `NotFoundError`."""
    query = select(ImportBatch).where(ImportBatch.id == batch_id).options(defer(ImportBatch.content))
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    found = db.session.scalar(query)
    if found is None:
        raise NotFoundError
    return found


def history(limit: int = 100) -> Sequence[Row[Any]]:
    """The last imports, latest first."""
    columns = (
        ImportBatch.id,
        ImportBatch.kind,
        ImportBatch.state,
        ImportBatch.file_name,
        ImportBatch.counts,
        ImportBatch.created_by,
        ImportBatch.created_at,
        ImportBatch.applied_at,
        ImportBatch.undone_at,
    )
    return db.session.execute(select(*columns).order_by(ImportBatch.id.desc()).limit(limit)).all()


def last_applied(kinds: Iterable[ImportKind] = ImportKind) -> int | None:
    """The id of the import of these kinds that was applied last and still stands."""
    query = select(ImportBatch.id).where(ImportBatch.state == ImportState.APPLIED, ImportBatch.kind.in_(list(kinds)))
    return db.session.scalar(query.order_by(ImportBatch.applied_at.desc(), ImportBatch.id.desc()).limit(1))


def waiting() -> list[int]:
    """Imports that a worker is to apply."""
    return list(db.session.scalars(select(ImportBatch.id).where(ImportBatch.state == ImportState.QUEUED)))


def outcomes(batch_id: int) -> dict[RowOutcome, int]:
    """How many rows have which outcome."""
    query = select(ImportRow.outcome, func.count()).where(ImportRow.batch_id == batch_id).group_by(ImportRow.outcome)
    return {row[0]: row[1] for row in db.session.execute(query)}


def rejected_for(batch_id: int, code: str) -> int:
    """How many rows were refused for a reason that names a field."""
    query = select(func.count()).where(ImportRow.batch_id == batch_id, ImportRow.outcome == RowOutcome.REJECTED)
    return db.session.scalar(query.where(ImportRow.reason.startswith(f"{code}:", autoescape=True))) or 0


def rejected(batch_id: int) -> Iterator[Row[Any]]:
    """The rows that were refused, in the order of the file, streamed."""
    query = (
        select(ImportRow.line, ImportRow.reason, ImportRow.cells, ImportRow.warnings)
        .where(ImportRow.batch_id == batch_id, ImportRow.outcome == RowOutcome.REJECTED)
        .order_by(ImportRow.record)
        .execution_options(yield_per=500)
    )
    yield from db.session.execute(query)


def remembered(kind: ImportKind, headers: str) -> dict[str, Any] | None:
    """The mapping by hand that was last used for a file with these headers."""
    found = db.session.get(ImportMapping, (kind, headers))
    return found.mapping if found else None
