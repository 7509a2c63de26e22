"""What an import finds about each row, and writing that down."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, fields
from itertools import islice
from typing import Any, Protocol, TypeVar

from eventapp.core.text import clean, one_line
from eventapp.partners.imports.bulk import insert_rows
from eventapp.partners.imports.parsing import Doubtful
from eventapp.partners.imports.readers import Record
from eventapp.partners.models import ImportRow, RowOutcome

CHUNK = 500
SHOWN_SIGNS = 60
T = TypeVar("T")


def shortened(value: str) -> str:
    """A value of a cell for a sentence: on one line, and not longer than people read."""
    text = one_line(value)
    return text if len(text) <= SHOWN_SIGNS else f"{text[: SHOWN_SIGNS - 1]}…"


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

    def refuse(self, reason: str, cells: list[str], value: str | None) -> None:
        """Makes it a row that is not taken in, because of `value` where one cell is at fault (see `reasons.sentence`)."""
        self.outcome, self.reason, self.cells = RowOutcome.REJECTED, reason, cells
        if value is not None:
            self.warnings = [*self.warnings, ["value", shortened(value)]]


FIELDS = tuple(field.name for field in fields(Result))


class Importer(Protocol):
    """Takes the records of a file in chunks; writes only when it was made to apply.

    `links` is what it connected among companies that are not in the file.
    """

    links: dict[str, Any]

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
    for result in results:
        result.key, result.label = result.key[:254], result.label[:250]
        # NUL cannot stand in JSON on Postgres.
        result.cells = [clean(cell) for cell in result.cells]
    insert_rows(ImportRow, ("batch_id", *FIELDS), [(batch_id, *(getattr(result, name) for name in FIELDS)) for result in results])
