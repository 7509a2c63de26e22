"""Imports of registrations: begun for an event, decided where a name is not clear, and taken back."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import delete, update

from eventapp.audit.service import Actor, record
from eventapp.core.among import among
from eventapp.core.db import db
from eventapp.core.doors import Door, through
from eventapp.core.errors import RuleError
from eventapp.core.i18n import _, _l
from eventapp.events.models import Event
from eventapp.partners.imports import kinds
from eventapp.partners.imports import queries as batches
from eventapp.partners.imports import service as imports
from eventapp.partners.imports.fields import Columns
from eventapp.partners.imports.readers import Source
from eventapp.partners.imports.rows import store as keep
from eventapp.partners.models import ImportBatch, ImportKind, ImportRow, ImportState, Organisation, RowOutcome
from eventapp.registrations.imports import cells, queries, undoing
from eventapp.registrations.imports.importer import RegistrationImporter
from eventapp.registrations.imports.models import NameDecision, RegistrationImport

# Files up to so many rows are looked through again after each decision; larger ones when nothing is left to decide.
QUICK = 2000


def begin(event: Event, file_name: str, content: bytes, *, by: Actor, at: datetime) -> ImportBatch:
    """A new import for an event. Raises `FileError`."""
    batch = imports.begin(ImportKind.REGISTRATIONS, file_name, content, by=by, at=at)
    db.session.add(RegistrationImport(batch_id=batch.id, event_id=event.id))
    db.session.flush()
    return batch


def dry_run(event: Event, content: bytes, *, at: datetime, tell: imports.Tell | None = None) -> dict[str, Any]:
    """What importing the file for the event would find; writes nothing at all."""

    def make(
        source: Source, columns: Columns, *, apply: bool, at: datetime, **_batch: ImportBatch | None
    ) -> RegistrationImporter:
        known = queries.decisions(event.id)
        return RegistrationImporter(source, columns, event=event, decisions=known, apply=apply, at=at)

    return imports.dry_run(ImportKind.REGISTRATIONS, content, at=at, tell=tell, make=make)


@through(Door.IMPORT)
def decide(batch: ImportBatch, question: queries.Question, company: Organisation | None, *, by: Actor, at: datetime) -> int:
    """Says which company a name means, or (none) that its rows are left out; of an applied import the rows go in at once.

    Returns how many rows that concerns. What was decided counts for later files of the event too.
    """
    event = queries.event_of(batch)
    batch = batches.batch(batch.id, lock=True)
    if batch.state not in (ImportState.PREVIEWED, ImportState.APPLIED):
        raise RuleError(_("This import is not open any more."))
    _set(event.id, question.key, company, by, at)
    record(
        "import.decide",
        by=by,
        at=at,
        object_type="import",
        object_id=batch.id,
        object_name=batch.file_name,
        event_id=event.id,
        changes={"company_name": question.name, "company": company.name if company else "", "rows": len(question.rows)},
    )
    if batch.state is ImportState.APPLIED:
        _take_in(batch, event, question, at=at)
    elif sum(batches.outcomes(batch.id).values()) <= QUICK or queries.waiting(batch.id) == len(question.rows):
        imports.preview(batch, at=at)
    else:
        _note(batch.id, question, company)
    return len(question.rows)


def _set(event_id: int, key: str, company: Organisation | None, by: Actor, at: datetime) -> None:
    found = db.session.get(NameDecision, (event_id, key), with_for_update=True)
    if found is None:
        found = NameDecision(event_id=event_id, key=key)
        db.session.add(found)
    found.organisation_id = company.id if company else None
    found.decided_at, found.decided_by = at, by.actor_name
    db.session.flush()


def _note(batch_id: int, question: queries.Question, company: Organisation | None) -> None:
    """Until the file is looked through again, its rows say what will become of them."""
    rows = [row.record for row in question.rows]
    values = {"outcome": RowOutcome.CREATE, "reason": ""} if company else {"outcome": RowOutcome.REJECTED, "reason": "left_out"}
    db.session.execute(update(ImportRow).where(ImportRow.batch_id == batch_id, among(ImportRow.record, rows)).values(**values))


def _take_in(batch: ImportBatch, event: Event, question: queries.Question, *, at: datetime) -> None:
    """The rows of a name go in after the rest of their file."""
    source = Source(list(batch.headers), batch.encoding, batch.delimiter)
    importer = _importer(source, batch.mapping, event, apply=True, at=at, batch=batch)
    results = importer.take(question.rows)
    importer.finish()
    gone = delete(ImportRow).where(ImportRow.batch_id == batch.id)
    db.session.execute(gone.where(among(ImportRow.record, [row.record for row in question.rows])))
    keep(batch.id, results)
    found = batches.outcomes(batch.id)
    names = {"registrations_created": RowOutcome.CREATE, "unsure": RowOutcome.UNSURE, "rejected": RowOutcome.REJECTED}
    batch.counts = {**batch.counts, **{name: found.get(outcome, 0) for name, outcome in names.items()}}
    db.session.flush()


def forget_decisions(batch: ImportBatch, *, by: Actor, at: datetime) -> int:
    """Takes the decisions about the names of a file back that was not applied yet; its rows are looked through again."""
    event = queries.event_of(batch)
    if batch.state is not ImportState.PREVIEWED:
        raise RuleError(_("What was imported is taken back by undoing the import."))
    number = db.session.execute(delete(NameDecision).where(NameDecision.event_id == event.id)).rowcount  # type: ignore[attr-defined]
    imports.preview(batch, at=at)
    record(
        "import.forget_decisions",
        by=by,
        at=at,
        object_type="import",
        object_id=batch.id,
        object_name=batch.file_name,
        event_id=event.id,
        changes={"decisions": number},
    )
    return int(number)


def _importer(
    source: Source, columns: Columns, event: Event, *, apply: bool, at: datetime, batch: ImportBatch
) -> RegistrationImporter:
    return RegistrationImporter(
        source, columns, event=event, decisions=queries.decisions(event.id), apply=apply, at=at, by=batch.created_by
    )


def _make(source: Source, columns: Columns, *, apply: bool, at: datetime, batch: ImportBatch | None) -> RegistrationImporter:
    assert batch is not None, "a dry run says itself for which event it is"
    return _importer(source, columns, queries.event_of(batch), apply=apply, at=at, batch=batch)


def _undo(batch: ImportBatch, at: datetime) -> Mapping[str, int]:
    return undoing.undo(batch, queries.event_of(batch), at=at)


KIND = kinds.Way(_l("Registrations of an event"), _make, undo=_undo, consequences=undoing.consequences, in_turn=False)
kinds.add(ImportKind.REGISTRATIONS, cells.FIELDS, KIND)
