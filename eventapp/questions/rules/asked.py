"""A question as it is asked, and what is known of who answers: the facts of all rules."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from eventapp.questions.models import CHOICES, SILENT, Kind, Scope, Stage

# What conditions may ask besides other answers.
FACTS = ("type", "tier", "mode", "kind")
# The facts that are the same for everybody of a company.
OF_COMPANY = frozenset({"type", "tier"})


@dataclass(frozen=True)
class Option:
    """One of the options. No `limit`: as many as like may choose it. `colour` is that of the mark on badges, or empty."""

    key: str
    label: str
    colour: str = ""
    limit: int | None = None


@dataclass(frozen=True)
class Asked:
    """One version of a question with what all its versions share. See `QuestionVersion` for the fields."""

    id: int
    key: str
    kind: Kind
    label: str
    scope: Scope = Scope.PERSON
    stage: Stage = Stage.A
    version_id: int = 0
    number: int = 1
    section_id: int = 0
    help_html: str = ""
    help: str = ""
    options: tuple[Option, ...] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)
    required: bool = False
    required_from: datetime | None = None
    frozen_from: datetime | None = None
    at_door: bool = False
    in_exports: bool = True
    special: bool = False
    condition: Mapping[str, Any] | None = None
    archived: bool = False

    @property
    def silent(self) -> bool:
        """Whether it asks nothing."""
        return self.kind in SILENT

    @property
    def chooses(self) -> bool:
        """Whether its answer is one or several of its options."""
        return self.kind in CHOICES

    @property
    def coloured(self) -> bool:
        """Whether one of its options has a colour."""
        return any(option.colour for option in self.options)

    def option(self, key: str) -> Option | None:
        """The option of that key, if it is still there."""
        return next((o for o in self.options if o.key == key), None)

    def required_at(self, now: datetime) -> bool:
        """Whether an answer is needed at this moment, if the question is shown at all."""
        return not self.silent and self.required and (self.required_from is None or now >= self.required_from)

    def frozen_at(self, now: datetime) -> bool:
        """Whether its answerer may not change it any more."""
        return self.frozen_from is not None and now >= self.frozen_from


@dataclass(frozen=True)
class Facts:
    """What conditions may ask about somebody: all types of the company, its tier, the mode, the admission kind."""

    types: frozenset[str] = frozenset()
    tier: str = ""
    mode: str = ""
    kind: str = ""

    def of(self, name: str) -> frozenset[str]:
        """The values of one fact."""
        return self.types if name == "type" else frozenset({str(getattr(self, name))})


@dataclass(frozen=True)
class Given:
    """Answers as a page took them in: good `values` by question, and `asked`, the questions that stood on the page.

    Only these change; a question that was asked and has no value loses its answer. Messages belong to the fields
    `prefix` + `q` + id. With `frozen_too` also what its answerer may not change any more.
    """

    values: Mapping[int, Any]
    asked: frozenset[int]
    prefix: str = ""
    frozen_too: bool = False
