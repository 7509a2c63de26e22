"""Imports of registrations: their event, what was decided about names, and what waits for a decision."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import func, select

from eventapp.core.db import db
from eventapp.core.email import domain_of
from eventapp.core.errors import NotFoundError
from eventapp.core.text import fold
from eventapp.events.models import Event
from eventapp.partners.imports import queries as imports
from eventapp.partners.imports.parsing import line
from eventapp.partners.imports.readers import Record
from eventapp.partners.models import CountryName, ImportBatch, ImportKind, ImportRow, Organisation, RowOutcome
from eventapp.registrations.imports.matching import key_of
from eventapp.registrations.imports.models import NameDecision, RegistrationImport

# Waiting names beyond this come when those before are decided.
MOST_ROWS = 5000


@dataclass
class Question:
    """A name in a file whose company is not clear, and the rows that hold it."""

    key: str
    name: str
    country: str
    domain: str
    rows: list[Record] = field(default_factory=list)
    people: list[str] = field(default_factory=list)


def batch_of(event: Event, batch_id: int) -> ImportBatch:
    """An import of that event. Raises NotFoundError."""
    found = imports.batch(batch_id)
    if found.kind is not ImportKind.REGISTRATIONS or event_id_of(batch_id) != event.id:
        raise NotFoundError(batch_id)
    return found


def event_id_of(batch_id: int) -> int | None:
    """The event of an import."""
    return db.session.scalar(select(RegistrationImport.event_id).where(RegistrationImport.batch_id == batch_id))


def event_of(batch: ImportBatch) -> Event:
    """The event of an import. Raises NotFoundError."""
    event_id = event_id_of(batch.id)
    found = db.session.get(Event, event_id) if event_id is not None else None
    if found is None:
        raise NotFoundError(batch.id)
    return found


def history(event: Event) -> Sequence[Any]:
    """The imports of an event, the latest first: id, file, state, by whom, when."""
    columns = (ImportBatch.id, ImportBatch.file_name, ImportBatch.state, ImportBatch.created_by, ImportBatch.created_at)
    query = select(*columns).join(RegistrationImport, RegistrationImport.batch_id == ImportBatch.id)
    return db.session.execute(query.where(RegistrationImport.event_id == event.id).order_by(ImportBatch.id.desc())).all()


def decisions(event_id: int) -> dict[str, int | None]:
    """What was decided about names, for all files of the event: key → company id, none to leave out."""
    query = select(NameDecision.key, NameDecision.organisation_id).where(NameDecision.event_id == event_id)
    return {row[0]: row[1] for row in db.session.execute(query)}


def waiting(batch_id: int) -> int:
    """How many rows wait for a person to say which company is meant."""
    query = select(func.count()).where(ImportRow.batch_id == batch_id, ImportRow.outcome == RowOutcome.UNSURE)
    return db.session.scalar(query) or 0


def questions(batch: ImportBatch) -> list[Question]:
    """The names that wait, each once, in the order of the file."""
    query = select(ImportRow.record, ImportRow.line, ImportRow.cells, ImportRow.label, ImportRow.key)
    query = query.where(ImportRow.batch_id == batch.id, ImportRow.outcome == RowOutcome.UNSURE)
    countries = dict(db.session.execute(select(CountryName.name, CountryName.country_code)).all())
    found: dict[str, Question] = {}
    for row in db.session.execute(query.order_by(ImportRow.record).limit(MOST_ROWS)):
        name, country = _cell(batch, row.cells, "company"), countries.get(fold(_cell(batch, row.cells, "country")), "")
        key = key_of(name, country)
        question = found.setdefault(key, Question(key, name, country, domain_of(row.key)))
        question.rows.append(Record(row.record, row.line, row.cells, False))
        question.people.append(f"{row.label} ({row.key})")
    return list(found.values())


def _cell(batch: ImportBatch, cells: list[str], key: str) -> str:
    at = batch.mapping.get(key)
    return line(cells[at]) if at is not None and at < len(cells) else ""


def company(organisation_id: int) -> Organisation:
    """A company that people may be of. Raises NotFoundError."""
    found = db.session.get(Organisation, organisation_id)
    if found is None or found.merged_into_id is not None:
        raise NotFoundError(organisation_id)
    return found
