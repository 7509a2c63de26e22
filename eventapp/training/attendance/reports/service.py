"""Imports of reports: begun for a run, read as they are written, and taken back."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, select

from eventapp.audit.service import Actor, NamedActor
from eventapp.core.db import db
from eventapp.core.errors import NotFoundError, RuleError
from eventapp.core.i18n import _, _l
from eventapp.core.times import zone_or_none
from eventapp.partners.imports import kinds
from eventapp.partners.imports import queries as batches
from eventapp.partners.imports import service as imports
from eventapp.partners.imports.fields import Columns
from eventapp.partners.imports.readers import Source
from eventapp.partners.models import ImportBatch, ImportKind
from eventapp.training import queries
from eventapp.training.attendance import counting
from eventapp.training.attendance.reports import blocks, cells
from eventapp.training.attendance.reports.importer import ReportImporter
from eventapp.training.models import AttendanceImport, AttendanceInterval, AttendanceReport, DayOrder, MatchedRow, Run

# From so many lines it is found out how dates are written.
SAMPLE = 200


def begin(run: Run, file_name: str, content: bytes, *, by: Actor, at: datetime) -> ImportBatch:
    """A new import of a report for a run. Raises `FileError`."""
    report = blocks.cut(content)
    batch = imports.begin(ImportKind.ATTENDANCE, file_name, report.content, by=by, at=at)
    zone = report.zone or run.event.time_zone
    about = AttendanceImport(
        batch_id=batch.id,
        run_id=run.id,
        tool=report.tool,
        sha256=hashlib.sha256(content).hexdigest(),
        zone=zone,
        day_order=_order(batch, zone, run),
    )
    db.session.add(about)
    db.session.flush()
    return batch


def _order(batch: ImportBatch, zone: str, run: Run) -> DayOrder:
    at = batch.mapping.get("joined")
    if at is None:
        return DayOrder.MONTH_FIRST
    rows = imports.source_of(batch).records()
    samples = [row.cells[at] for row, _n in zip(rows, range(SAMPLE), strict=False) if at < len(row.cells)]
    return cells.day_order(samples, zone, queries.slots_of([run])[run.id])


def about(batch_id: int) -> AttendanceImport:
    """What an import says besides its file. Raises NotFoundError."""
    found = db.session.get(AttendanceImport, batch_id)
    if found is None:
        raise NotFoundError(batch_id)
    return found


def batch_of(run: Run, batch_id: int) -> ImportBatch:
    """An import of that run. Raises NotFoundError."""
    found = batches.batch(batch_id)
    if found.kind is not ImportKind.ATTENDANCE or about(batch_id).run_id != run.id:
        raise NotFoundError(batch_id)
    return found


def history(run: Run) -> Sequence[Any]:
    """The imports of a run, the latest first: id, file, state, by whom, when, tool, lines and new ones of its report."""
    columns = (ImportBatch.id, ImportBatch.file_name, ImportBatch.state, ImportBatch.created_by, ImportBatch.created_at)
    query = (
        select(*columns, AttendanceImport.tool, AttendanceReport.lines, ImportBatch.counts)
        .join(AttendanceImport, AttendanceImport.batch_id == ImportBatch.id)
        .outerjoin(AttendanceReport, AttendanceReport.id == AttendanceImport.report_id)
    )
    return db.session.execute(query.where(AttendanceImport.run_id == run.id).order_by(ImportBatch.id.desc()).limit(50)).all()


def say_how(batch: ImportBatch, *, zone: str, day_order: DayOrder) -> None:
    """Says in which zone the times of a file are and how it writes dates."""
    if zone_or_none(zone) is None:
        raise RuleError(_("Choose a time zone."), "zone")
    found = about(batch.id)
    found.zone, found.day_order = zone, day_order


def _make(source: Source, columns: Columns, *, apply: bool, at: datetime, batch: ImportBatch | None) -> ReportImporter:
    assert batch is not None, "a report is imported for a run"
    found = about(batch.id)
    run = db.session.scalars(queries.runs().where(Run.id == found.run_id)).one()
    actor = NamedActor(batch.created_by)
    return ReportImporter(source, columns, run=run, about=found, file_name=batch.file_name, apply=apply, at=at, by=actor)


def _undo(batch: ImportBatch, at: datetime) -> Mapping[str, int]:
    """Takes a report out again with all of its lines, and counts anew. Lines that an earlier report brought stay."""
    found = about(batch.id)
    run = counting.lock_open(db.session.scalars(queries.runs().where(Run.id == found.run_id)).one())
    db.session.refresh(found)
    number = 0
    if found.report_id is not None:
        report_id, found.report_id = found.report_id, None
        number = _lines(report_id)
        db.session.flush()
        db.session.execute(delete(AttendanceInterval).where(AttendanceInterval.report_id == report_id))
        db.session.execute(delete(AttendanceReport).where(AttendanceReport.id == report_id))
    changed = counting.recount(run, by=NamedActor(batch.created_by), at=at)
    return {"intervals": number, "people": len(changed)}


def _lines(report_id: int, *conditions: Any) -> int:
    query = select(func.count()).where(AttendanceInterval.report_id == report_id, *conditions)
    return db.session.scalar(query) or 0


def _consequences(batch: ImportBatch) -> list[tuple[str, int]]:
    report_id = about(batch.id).report_id
    lines = _lines(report_id) if report_id is not None else 0
    by_hand = _lines(report_id, AttendanceInterval.matched == MatchedRow.HAND) if report_id is not None else 0
    return [(_("Lines that go"), lines), (_("Of them matched by hand"), by_hand)]


KIND = kinds.Way(_l("Attendance of a run"), _make, undo=_undo, consequences=_consequences, in_turn=False)
kinds.add(ImportKind.ATTENDANCE, cells.FIELDS, KIND)
