"""The kinds of files that can be imported. Each says how its rows are taken in and taken back.

Companies and people belong here; a later feature adds its own kind when it is imported (`add`).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Protocol

from eventapp.core.i18n import _l
from eventapp.partners.imports.fields import FIELDS, PARTNER_FIELDS, PEOPLE_FIELDS, Columns, ImportField
from eventapp.partners.imports.partners import PartnerImporter
from eventapp.partners.imports.people import PeopleImporter
from eventapp.partners.imports.readers import Source
from eventapp.partners.imports.rows import Importer
from eventapp.partners.models import ImportBatch, ImportKind


class Make(Protocol):
    """Makes what takes the records of a file; a dry run from the command line has no batch."""

    def __call__(self, source: Source, columns: Columns, *, apply: bool, at: datetime, batch: ImportBatch | None) -> Importer: ...


@dataclass(frozen=True)
class Place:
    """Where an import belongs besides the imports: the page that it came from, and what waits there for a person."""

    label: str
    url: str
    waiting: int = 0
    waiting_url: str = ""


@dataclass(frozen=True)
class Way:
    """A kind of file.

    `undo` takes an import back and says what it did in numbers, by the names of the log; `consequences` says so before,
    in words. Without either the kind is one of the two that `undo.py` knows. Imports that are not `in_turn` may be undone
    while later ones stand. `place` leads to the pages of the feature.
    """

    label: Any
    make: Make
    undo: Callable[[ImportBatch, datetime], Mapping[str, int]] | None = None
    consequences: Callable[[ImportBatch], list[tuple[str, int]]] | None = None
    place: Callable[[ImportBatch], Place | None] | None = None
    in_turn: bool = True


def _partners(source: Source, columns: Columns, *, apply: bool, at: datetime, **_batch: ImportBatch | None) -> Importer:
    return PartnerImporter(source, columns, apply=apply, at=at)


def _people(source: Source, columns: Columns, *, apply: bool, at: datetime, **_batch: ImportBatch | None) -> Importer:
    return PeopleImporter(source, columns, apply=apply, at=at)


WAYS: dict[ImportKind, Way] = {}


def add(kind: ImportKind, fields: Sequence[ImportField], way: Way) -> None:
    """Makes a kind of file known."""
    FIELDS[kind] = tuple(fields)
    WAYS[kind] = way


def place(kind: ImportKind, find: Callable[[ImportBatch], Place | None]) -> None:
    """Says where imports of a kind belong. Its feature's pages do so: they stand above what writes."""
    WAYS[kind] = replace(WAYS[kind], place=find)


def in_turn() -> list[ImportKind]:
    """The kinds of which only the last import can be undone."""
    return [kind for kind, way in WAYS.items() if way.in_turn]


add(ImportKind.PARTNERS, PARTNER_FIELDS, Way(_l("Companies"), _partners))
add(ImportKind.PEOPLE, PEOPLE_FIELDS, Way(_l("People of companies"), _people))
