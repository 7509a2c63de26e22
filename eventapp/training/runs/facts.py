"""What files about several runs say of each: read some runs at a time, and kept as plain values while a file is sent."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from eventapp.core.db import db
from eventapp.training import queries
from eventapp.training.models import Run
from eventapp.training.rules import Slot
from eventapp.training.runs.pages import title_of

BATCH = 100


@dataclass(frozen=True)
class RunFacts:
    """A run by the slug of its event (inside an agenda that of the agenda), its title, its course and its slots in UTC."""

    id: int
    slug: str
    title: str
    course_code: str
    course_version: int
    slots: Sequence[Slot]

    @property
    def starts_at(self) -> datetime | None:
        """When it begins; none while its session stands in no released agenda."""
        return self.slots[0].starts_at if self.slots else None


def facts_of(run_ids: Sequence[int]) -> Iterator[RunFacts]:
    """The facts of these runs, whose ids are in order."""
    for begin in range(0, len(run_ids), BATCH):
        ids = run_ids[begin : begin + BATCH]
        found = db.session.scalars(queries.runs().where(Run.id.in_(ids)).order_by(Run.id)).all()
        slots = queries.slots_of(found)
        yield from [_facts(run, slots[run.id]) for run in found]


def _facts(run: Run, slots: Sequence[Slot]) -> RunFacts:
    version = run.course_version
    return RunFacts(run.id, run.event.slug, title_of(run), version.course.code, version.number, slots)
