"""Answers as further columns of the export of registrations."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

from eventapp.core.exports import ExportColumn
from eventapp.events.models import Event
from eventapp.questions.rules.asked import Asked
from eventapp.registrations.answers import queries

CHUNK = 2000


def asked(event: Event, *, special: bool, door: bool = False) -> list[Asked]:
    """The questions that become columns, in the form's order; with `door` only those whose answers are shown there."""
    return [question for question in queries.exported(event, special=special) if question.at_door or not door]


def columns(questions: Sequence[Asked]) -> list[ExportColumn]:
    """A column for each question. The header is the question's key, which stays when its words change."""
    return [ExportColumn(f"answer_{question.key}") for question in questions]


def with_answers(rows: Iterable[Sequence[Any]], width: int, questions: Sequence[Asked]) -> Iterator[Sequence[Any]]:
    """The rows, whose last cell is the registration's id, with the answers behind the first `width`; some at a time."""
    if not questions:
        yield from rows
        return
    ids = [question.id for question in questions]
    there = iter(rows)
    while chunk := list(islice(there, CHUNK)):
        texts = queries.texts(ids, [row[-1] for row in chunk])
        for row in chunk:
            yield (*row[:width], *(texts.get((row[-1], id_), "") for id_ in ids), *row[width:])
