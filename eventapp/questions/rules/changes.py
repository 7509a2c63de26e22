"""What becomes of the answers when a question changes."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from eventapp.questions.models import UPLOADS, Kind
from eventapp.questions.rules.asked import Asked
from eventapp.questions.rules.values import AnswerError, read


class Fate(StrEnum):
    """What a change does with one answer."""

    # It is a good answer to the new version as well.
    KEPT = "kept"
    # It would be refused today; it stays as an answer to the version that it was given to.
    OLD = "old"
    # Some of its options are gone, the others stay.
    CUT = "cut"
    # All of its options are gone, and the answer with them.
    DROPPED = "dropped"


@dataclass(frozen=True)
class Numbers:
    """How many answers a change keeps, keeps as they were asked, cuts and drops; and those no longer asked for."""

    kept: int = 0
    old: int = 0
    cut: int = 0
    dropped: int = 0
    hidden: int = 0

    @property
    def total(self) -> int:
        """All answers there are."""
        return self.kept + self.old + self.cut + self.dropped + self.hidden


# Kinds whose answers need a look into the database: a change of the question cannot make them wrong.
_NOT_READ = UPLOADS | {Kind.COMPANY, Kind.COUNTRY}


def fate(new: Asked, value: Any) -> tuple[Fate, Any]:
    """What the new version makes of an answer, and the answer that is left (none: nothing)."""
    if new.chooses:
        keys = value if isinstance(value, list) else [value]
        left = [key for key in keys if new.option(key)]
        if not left:
            return Fate.DROPPED, None
        if len(left) < len(keys):
            return Fate.CUT, left
    if new.kind in _NOT_READ:
        return Fate.KEPT, value
    raw = ("yes" if value else "no") if isinstance(value, bool) else value
    try:
        return (Fate.KEPT if read(new, raw) is not None else Fate.OLD), value
    except AnswerError:
        return Fate.OLD, value


def count(new: Asked, answers: Iterable[tuple[Any, bool]]) -> Numbers:
    """The numbers of a change, over (value, whether the question is still shown) of each answer."""
    found = {"kept": 0, "old": 0, "cut": 0, "dropped": 0, "hidden": 0}
    for value, still_shown in answers:
        found[fate(new, value)[0].value if still_shown else "hidden"] += 1
    return Numbers(**found)
