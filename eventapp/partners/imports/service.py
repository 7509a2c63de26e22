"""An import from the file to the applied batch."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete

from eventapp.audit.service import Actor, record
from eventapp.core.db import after_commit, db
from eventapp.core.doors import Door, through
from eventapp.core.errors import RuleError
from eventapp.core.i18n import _
from eventapp.core.jobs import enqueue
from eventapp.core.text import one_line
from eventapp.partners.imports import fields, queries, readers
from eventapp.partners.imports.kinds import WAYS, Make
from eventapp.partners.imports.readers import Source
from eventapp.partners.imports.rows import Importer, Result, chunks, store
from eventapp.partners.models import ImportBatch, ImportKind, ImportMapping, ImportRow, ImportState

Tell = Callable[[int, int], None]

ENCODING_NAMES = {"utf-8": "UTF-8", "utf-16-le": "UTF-16 LE", "utf-16-be": "UTF-16 BE", "xlsx": "XLSX"}


class ColumnsMissingError(RuleError):
    """Required fields have no column in the file."""

    status = 422


class ChangedSinceError(RuleError):
    """What the rows would do is no more what the check has shown. Status 409."""

    status = 409

    def __init__(self) -> None:
        super().__init__(
            _("What this file would do has changed since you checked it. Nothing was written. Look at the new check, then apply.")
        )


def begin(kind: ImportKind, file_name: str, content: bytes, *, by: Actor, at: datetime) -> ImportBatch:
    """A new import; columns are matched as last time for such a file, else by their names. Raises `FileError`."""
    source = readers.read(content)
    batch = ImportBatch(
        kind=kind,
        state=ImportState.UPLOADED,
        file_name=one_line(file_name)[:200] or kind.value,
        content=content,
        encoding=source.encoding,
        delimiter=source.delimiter,
        headers=[one_line(header)[:200] for header in source.headers],
        mapping=dict(matched(kind, source)),
        counts={},
        links={},
        created_by=by.actor_name,
        created_at=at,
    )
    db.session.add(batch)
    db.session.flush()
    return batch


def matched(kind: ImportKind, source: Source) -> dict[str, int]:
    """Which column holds what: as a person said for the same headers before, else by name."""
    known = queries.remembered(kind, fields.header_set(source.headers))
    if known is not None:
        return fields.valid_columns(kind, known, len(source.headers))
    return fields.guess(kind, source.headers)


def read_as(batch: ImportBatch, *, encoding: str, delimiter: str) -> None:
    """Reads the file in another way, as somebody says who sees that the first guess was wrong. Raises `FileError`."""
    source = readers.read(batch.content, encoding=encoding, delimiter=delimiter)
    batch.encoding, batch.delimiter = source.encoding, source.delimiter
    batch.headers = [one_line(header)[:200] for header in source.headers]
    batch.mapping = dict(matched(batch.kind, source))


def source_of(batch: ImportBatch) -> Source:
    """The file of an import, as it is to be read."""
    if batch.encoding == "xlsx":
        return readers.read(batch.content)
    return readers.read(batch.content, encoding=batch.encoding, delimiter=batch.delimiter)


def match(batch: ImportBatch, columns: Mapping[str, int]) -> None:
    """Sets which column holds what, and remembers it for the next file with these headers.

    Raises `ColumnsMissingError`, naming the fields, if required ones have none.
    """
    _open(batch)
    _demand(batch.kind, columns)
    batch.mapping = dict(columns)
    headers = fields.header_set(batch.headers)
    known = db.session.get(ImportMapping, (batch.kind, headers))
    if known is None:
        db.session.add(ImportMapping(kind=batch.kind, headers=headers, mapping=dict(columns)))
    else:
        known.mapping = dict(columns)


def _demand(kind: ImportKind, columns: Mapping[str, int]) -> None:
    missing = fields.missing(kind, columns)
    if missing:
        names = ", ".join(str(field.label) for field in missing)
        raise ColumnsMissingError(_("No column is matched to: %(names)s.", names=names))


def _open(batch: ImportBatch) -> None:
    if batch.state in (ImportState.APPLIED, ImportState.UNDONE):
        raise RuleError(_("This import was applied already."))


def preview(batch: ImportBatch, *, at: datetime, tell: Tell | None = None) -> None:
    """The dry run: says for each row what it would do. Changes nothing but the import's own rows."""
    _open(batch)
    batch.counts = numbers_of(_carry_out(batch, source_of(batch), apply=False, at=at, tell=tell)[0])
    batch.state, batch.error = ImportState.PREVIEWED, ""
    db.session.flush()


def queue(batch: ImportBatch) -> None:
    """Leaves the import to the worker."""
    _open(batch)
    batch.state, batch.error = ImportState.QUEUED, ""
    after_commit(lambda: enqueue("imports.apply", batch.id))
    db.session.flush()


@through(Door.IMPORT)
def apply(batch_id: int, *, by: Actor, at: datetime, tell: Tell | None = None) -> dict[str, Any]:
    """Carries an import out, in the caller's transaction; an import that was applied meanwhile stays as it is.

    The rows are compared anew, so that nothing is lost that happened since the preview. Raises `ChangedSinceError` if as
    many rows as it has shown would not be created, changed or rejected any more; `check_again` then. Returns the counts.
    """
    batch = queries.batch(batch_id, lock=True)
    if batch.state in (ImportState.APPLIED, ImportState.UNDONE):
        return batch.counts
    _demand(batch.kind, batch.mapping)
    shown = queries.outcomes(batch_id)
    counts, importer = _carry_out(batch, source_of(batch), apply=True, at=at, tell=tell)
    if shown and queries.outcomes(batch_id) != shown:
        raise ChangedSinceError
    batch.counts, batch.links = numbers_of(counts), importer.links
    batch.state, batch.applied_at, batch.error, batch.content = ImportState.APPLIED, at, "", b""
    record(
        "import.apply",
        by=by,
        at=at,
        object_type="import",
        object_id=batch.id,
        object_name=batch.file_name,
        changes={"kind": batch.kind, **{key: value for key, value in batch.counts.items() if value}},
    )
    db.session.flush()
    db.session.expire_all()
    return counts


def check_again(batch_id: int, why: ChangedSinceError, *, at: datetime) -> None:
    """A new dry run for an import that was not applied, with the reason on its page."""
    batch = queries.batch(batch_id, lock=True)
    if batch.state in (ImportState.PREVIEWED, ImportState.QUEUED):
        preview(batch, at=at)
        batch.error = one_line(why.message)[:500]


def give_up(batch_id: int, error: str) -> None:
    """An import that a job could not carry out waits for a person again."""
    batch = queries.batch(batch_id, lock=True)
    if batch.state is ImportState.QUEUED:
        batch.state, batch.error = ImportState.PREVIEWED, one_line(error)[:500]


def discard(batch: ImportBatch) -> None:
    """Forgets a file that was not applied."""
    _open(batch)
    db.session.delete(batch)


def dry_run(
    kind: ImportKind, content: bytes, *, at: datetime, tell: Tell | None = None, make: Make | None = None
) -> dict[str, Any]:
    """What an import would find; writes nothing at all. `make` knows what else the kind asks for besides the file.

    Raises `FileError` and `ColumnsMissingError`.
    """
    source = readers.read(content)
    columns = matched(kind, source)
    _demand(kind, columns)
    importer = (make or WAYS[kind].make)(source, columns, apply=False, at=at, batch=None)
    return {**_run(source, importer, lambda _results: None, tell), **_of_columns(kind, source.headers, columns)}


def _of_columns(kind: ImportKind, headers: Sequence[str], columns: Mapping[str, int]) -> dict[str, Any]:
    """What should be known of the columns; numbered from 1, as spreadsheets do."""
    doubled = [
        {"field": one.field.key, "header": one.header, "columns": [n + 1 for n in one.at], "taken": one.taken + 1}
        for one in fields.doubled(kind, headers, columns)
    ]
    return {"same_headers": doubled, "columns_missing": [field.key for field in fields.missing_for_new(kind, columns)]}


def about_file(file_name: str, source: Source) -> dict[str, Any]:
    """How a file was read, for people and scripts."""
    name = ENCODING_NAMES.get(source.encoding, source.encoding)
    bom = "" if source.encoding in ("xlsx", "cp1252") else " with BOM" if source.bom else " without BOM"
    return {
        "name": file_name,
        "encoding": name + bom,
        "delimiter": "TAB" if source.delimiter == "\t" else source.delimiter,
        "line_end": source.line_end,
        "columns": len(source.headers),
        "physical_lines": source.physical_lines,
    }


def numbers_of(counts: Mapping[str, Any]) -> dict[str, Any]:
    """The plain numbers among the counts; the lists of rows stand with the rows."""
    return {key: value for key, value in counts.items() if isinstance(value, int)}


def _carry_out(
    batch: ImportBatch, source: Source, *, apply: bool, at: datetime, tell: Tell | None
) -> tuple[dict[str, Any], Importer]:
    db.session.execute(delete(ImportRow).where(ImportRow.batch_id == batch.id))
    batch_id = batch.id
    importer = WAYS[batch.kind].make(source, batch.mapping, apply=apply, at=at, batch=batch)
    counts = _run(source, importer, lambda results: store(batch_id, results), tell)
    return {**counts, **_of_columns(batch.kind, source.headers, batch.mapping)}, importer


def _run(source: Source, importer: Importer, keep: Callable[[list[Result]], None], tell: Tell | None) -> dict[str, Any]:
    total = sum(1 for _record in source.records())
    done = 0
    for chunk in chunks(source.records()):
        keep(importer.take(chunk))
        done += len(chunk)
        if tell:
            tell(done, total)
    importer.finish()
    return importer.counts()
