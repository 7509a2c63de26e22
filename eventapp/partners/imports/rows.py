"""What an import finds about each row, and writing that down."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Protocol, TypeVar

from sqlalchemy import insert

from eventapp.core.db import db
from eventapp.partners.imports.parsing import Doubtful
from eventapp.partners.imports.readers import Record
from eventapp.partners.models import ImportRow, RowOutcome

CHUNK = 500
T = TypeVar("T")


@dataclass(slots=True)
class Result:
    """What a row does. `changes` is field → [old, new]; `made` is "company", "person" or "membership"."""

    record: int
    line: int
    outcome: RowOutcome
    reason: str = ""
    key: str = ""
    label: str = ""
    object_id: int | None = None
    object_version: int | None = None
    membership_id: int | None = None
    made: str = ""
    cells: list[str] = field(default_factory=list)
    changes: dict[str, Any] = field(default_factory=dict)
    warnings: list[list[str]] = field(default_factory=list)


class Importer(Protocol):
    """Takes the records of a file in chunks; writes only when it was made to apply."""

    def take(self, records: Sequence[Record]) -> list[Result]:
        """What each record does, having done it when applying."""

    def finish(self) -> None:
        """What can be done only when all records are known."""

    def counts(self) -> dict[str, Any]:
        """What the import found, by the names that scripts rely on."""


Doubts = list[list[str]]


def value_or(parse: Callable[[str], T], cell: str, otherwise: T, doubts: Doubts) -> T:
    """The parsed cell; `otherwise`, with a warning added, if it makes no sense but the row does."""
    try:
        return parse(cell)
    except Doubtful as doubt:
        doubts.append([doubt.code, doubt.value])
        return otherwise


def chunks(records: Iterable[Record], size: int = CHUNK) -> Iterator[list[Record]]:
    """The records in lists of `size`."""
    rest = iter(records)
    while chunk := list(islice(rest, size)):
        yield chunk


def store(batch_id: int, results: Sequence[Result]) -> None:
    """Writes rows of an import down."""
    if not results:
        return
    db.session.execute(
        insert(ImportRow),
        [
            {
                "batch_id": batch_id,
                "record": r.record,
                "line": r.line,
                "outcome": r.outcome,
                "reason": r.reason,
                "key": r.key[:254],
                "label": r.label[:250],
                "object_id": r.object_id,
                "object_version": r.object_version,
                "membership_id": r.membership_id,
                "made": r.made,
                "cells": r.cells,
                "changes": r.changes,
                "warnings": r.warnings,
            }
            for r in results
        ],
    )
