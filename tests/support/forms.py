"""Forms of events for tests: sections and questions with as little as possible."""

from typing import Any

from eventapp.events.models import Event
from eventapp.questions import service
from eventapp.questions.models import Kind, Question, Section, Stage
from eventapp.questions.rules.asked import Option
from eventapp.questions.service import QuestionDetails, SectionDetails
from tests.support.factories import AT, TESTS, commit


def section(event: Event | None, title: str = "About you", stage: Stage = Stage.A) -> Section:
    """A section, committed; without an event in the library."""
    made = service.add_section(event, SectionDetails(title, stage=stage), by=TESTS, at=AT)
    commit()
    return made


def question(event: Event | None, where: Section, label: str = "What else?", kind: Kind = Kind.TEXT, **values: Any) -> Question:
    """A question, committed. `options` may be texts; `shown_if` a list of tests, all of which must hold."""
    options = values.pop("options", ())
    values["options"] = tuple(o if isinstance(o, Option) else Option("", o) for o in options)
    if "shown_if" in values:
        values["condition"] = {"all": True, "tests": values.pop("shown_if")}
    made = service.add_question(event, where, QuestionDetails(label, kind, **values), by=TESTS, at=AT)
    commit()
    return made


def part(on: Question | str, value: str = "", how: str = "is") -> dict[str, str]:
    """One part of a condition."""
    return {"on": on if isinstance(on, str) else f"q{on.id}", "is": how, "value": value}
