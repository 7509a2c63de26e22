"""When a question is shown. A condition is `{"all": bool, "tests": [{"on", "is", "value"}, …]}`.

`on` is one of `FACTS` or `q` with the id of an earlier question. `is` is `is`, `is_not`, `at_least` or `at_most`; the first
two without a value ask whether there is an answer at all. A question that is not shown has no answer, so conditions chain.
"""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from eventapp.core.i18n import _
from eventapp.questions.models import Kind, Scope, Stage
from eventapp.questions.rules.asked import FACTS, OF_COMPANY, Asked, Facts

COMPARISONS = ("is", "is_not", "at_least", "at_most")
# Kinds whose answers come one after the other.
ORDERED = frozenset({Kind.NUMBER, Kind.DATE, Kind.TIME, Kind.MOMENT})
MOST_TESTS = 10


def shown(
    questions: Iterable[Asked], facts: Facts, answers: Mapping[int, Any], elsewhere: Mapping[int, Any] | None = None
) -> set[int]:
    """Ids of the questions that are shown, given the answers by question id. `questions` stand in their order.

    `elsewhere` are answers to questions that are not among these, and that count whether or not they are shown.
    """
    visible: set[int] = set()
    known = dict(elsewhere or {})
    for question in questions:
        known.pop(question.id, None)
        if holds(question.condition, facts, known):
            visible.add(question.id)
            if question.id in answers:
                known[question.id] = answers[question.id]
    return visible


def holds(condition: Mapping[str, Any] | None, facts: Facts, answers: Mapping[int, Any]) -> bool:
    """Whether a condition is met; none at all always is."""
    if not condition or not condition.get("tests"):
        return True
    found = (_passes(test, facts, answers) for test in condition["tests"])
    return all(found) if condition.get("all", True) else any(found)


def asks_question(on: str) -> int | None:
    """The id of the question that a test asks about; none if it asks about a fact."""
    return int(on[1:]) if on.startswith("q") and on[1:].isascii() and on[1:].isdigit() else None


def needed(condition: Mapping[str, Any] | None) -> list[int]:
    """Ids of the questions that a condition asks about, in its order."""
    tests = condition.get("tests", ()) if condition else ()
    return [id_ for test in tests if (id_ := asks_question(test["on"])) is not None]


def _passes(test: Mapping[str, Any], facts: Facts, answers: Mapping[int, Any]) -> bool:
    on, value = test["on"], test.get("value", "")
    id_ = asks_question(on)
    if id_ is None:
        there = value in facts.of(on)
        return there if test["is"] == "is" else not there
    answer = answers.get(id_)
    if test["is"] in ("is", "is_not"):
        met = _is(answer, value) if value != "" else not _empty(answer)
        return met if test["is"] == "is" else not met
    if _empty(answer):
        return False
    order = _order(str(answer), value)
    return order >= 0 if test["is"] == "at_least" else order <= 0


def _empty(answer: Any) -> bool:
    return answer is None or answer in ("", [])


def _is(answer: Any, value: str) -> bool:
    if answer is None:
        return False
    if isinstance(answer, list):
        return value in answer
    if isinstance(answer, bool):
        return ("yes" if answer else "no") == value
    if isinstance(answer, dict):
        return str(answer.get("id", "")) == value
    return str(answer) == value


def _order(answer: str, value: str) -> int:
    """Below, equal or above, as -1, 0, 1: as numbers if both are, else as text, which is right for ISO dates and times."""
    mine, other = _number(answer), _number(value)
    if mine is not None and other is not None:
        return (mine > other) - (mine < other)
    return (answer > value) - (answer < value)


def _number(text: str) -> Decimal | None:
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def problems(question: Asked, questions: Sequence[Asked]) -> list[str]:
    """What is wrong with the condition of `question`, which stands among `questions` in the form's order."""
    condition = question.condition
    if not condition or not condition.get("tests"):
        return []
    if len(condition["tests"]) > MOST_TESTS:
        return [_("A condition has at most %(n)d parts.", n=MOST_TESTS)]
    places = {q.id: n for n, q in enumerate(questions)}
    by_id = {q.id: q for q in questions}
    found = [text for test in condition["tests"] if (text := _problem(question, test, by_id, places))]
    return list(dict.fromkeys(found))


def _problem(question: Asked, test: Mapping[str, Any], by_id: Mapping[int, Asked], places: Mapping[int, int]) -> str | None:
    on, how, value = test["on"], test["is"], test.get("value", "")
    if how not in COMPARISONS:
        return _("Choose how to compare.")
    id_ = asks_question(on)
    if id_ is None:
        return _fact_problem(question, on, how, value)
    other = by_id.get(id_)
    if other is None or other.archived or other.silent:
        return _("The condition asks about a question that is not there any more.")
    if question.id in _all_needed(other, by_id):
        return _("The condition goes in a circle: “%(label)s” already depends on this question.", label=other.label)
    if places[other.id] >= places.get(question.id, len(places)):
        return _("“%(label)s” comes later. A condition can only ask about earlier questions.", label=other.label)
    return _crossing_problem(question, other) or _value_problem(other, how, value)


def _fact_problem(question: Asked, on: str, how: str, value: str) -> str | None:
    if on not in FACTS or how not in ("is", "is_not") or value == "":
        return _("Choose what the condition asks about.")
    if question.scope is Scope.GROUP and on not in OF_COMPANY:
        return _("A question for the whole group cannot depend on how one person takes part.")
    return None


def _crossing_problem(question: Asked, other: Asked) -> str | None:
    """Answers that whoever answers `question` does not give, or that must not show through what is asked."""
    if question.scope is Scope.GROUP and other.scope is not Scope.GROUP:
        return _("A question for the whole group can only depend on other questions for the group.")
    if other.scope is Scope.ORGANIZER and question.scope is not Scope.ORGANIZER:
        return _("“%(label)s” is answered by organizers only; others must not notice its answer.", label=other.label)
    if other.special and not question.special:
        return _("“%(label)s” is special-category data; what depends on it must be so too.", label=other.label)
    if other.stage is Stage.B and question.stage is Stage.A:
        return _("“%(label)s” is asked only after confirmation.", label=other.label)
    return None


def _value_problem(other: Asked, how: str, value: str) -> str | None:
    if how in ("at_least", "at_most"):
        if other.kind not in ORDERED:
            return _("“%(label)s” has no order; choose “is” or “is not”.", label=other.label)
        if value == "" or (other.kind is Kind.NUMBER and _number(value) is None):
            return _("Enter what “%(label)s” is compared with.", label=other.label)
    if other.chooses and value and other.option(value) is None:
        return _("“%(label)s” has no such option any more.", label=other.label)
    return None


def _all_needed(question: Asked, by_id: Mapping[int, Asked]) -> set[int]:
    """Ids of all questions that one depends on, through any number of steps."""
    found: set[int] = set()
    todo = needed(question.condition)
    while todo:
        id_ = todo.pop()
        if id_ not in found:
            found.add(id_)
            todo += needed(by_id[id_].condition) if id_ in by_id else []
    return found


def form_problems(questions: Sequence[Asked]) -> list[tuple[Asked, str]]:
    """Every question whose condition does not work where it stands, with the reason."""
    return [(q, text) for q in questions if not q.archived for text in problems(q, questions)]
