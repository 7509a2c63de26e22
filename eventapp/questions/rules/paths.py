"""The check of all paths: walks a form for every kind of participant and every answer that a condition asks about."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from itertools import product
from math import prod
from typing import Any

from eventapp.core.i18n import _
from eventapp.questions.models import Kind
from eventapp.questions.rules.asked import FACTS, Asked, Facts
from eventapp.questions.rules.conditions import asks_question, needed, problems, shown
from eventapp.questions.rules.values import AnswerError, read

# More combinations than this for one question are not walked; the page says so.
MOST_PATHS = 50_000
SOMETHING = "something else"


@dataclass(frozen=True)
class Finding:
    """Something odd about one question. `bad`: the form cannot work as it stands."""

    question: Asked
    text: str
    bad: bool = True


@dataclass(frozen=True)
class Checked:
    """What the check found, over how many paths."""

    findings: list[Finding]
    paths: int


@dataclass(frozen=True)
class World:
    """The values that facts may have: who could fill in the form at all."""

    types: tuple[str, ...]
    tiers: tuple[str, ...]
    modes: tuple[str, ...]
    kinds: tuple[str, ...] = ("",)


def check(questions: Sequence[Asked], world: World) -> Checked:
    """Walks the form. `questions` stand in their order; archived ones are passed over."""
    asked = [q for q in questions if not q.archived]
    by_id = {q.id: q for q in asked}
    findings: list[Finding] = []
    paths = 0
    for question in asked:
        found = [Finding(question, text) for text in problems(question, asked)]
        if question.chooses and not question.options:
            found.append(Finding(question, _("There is nothing to choose from.")))
        if not found and question.condition and question.condition.get("tests"):
            walked, more = _walk(question, asked, by_id, world)
            paths += walked
            found += more
        findings += found
    return Checked(findings, paths)


def _walk(question: Asked, asked: Sequence[Asked], by_id: Mapping[int, Asked], world: World) -> tuple[int, list[Finding]]:
    chain = _chain(question, by_id)
    variables = _variables([*chain, question], by_id, world)
    total = prod(len(values) for values in variables.values())
    if total > MOST_PATHS:
        return 0, [Finding(question, _("It depends on too much to try every way: %(n)s ways.", n=total), bad=False)]
    order = [q for q in asked if q in chain or q is question]
    ever = always = False
    missed = 0
    for facts, answers in _combinations(variables):
        there = question.id in shown(order, facts, answers)
        ever |= there
        missed += not there
    always = missed == 0
    if not ever and question.required:
        return total, [Finding(question, _("It is required, but nobody is ever asked."))]
    if not ever:
        return total, [Finding(question, _("Nobody is ever asked."))]
    if always:
        return total, [Finding(question, _("Everybody is asked: its condition makes no difference."), bad=False)]
    return total, []


def _chain(question: Asked, by_id: Mapping[int, Asked]) -> list[Asked]:
    """The questions that one depends on, directly or through others."""
    found: dict[int, Asked] = {}
    todo = needed(question.condition)
    while todo:
        other = by_id.get(todo.pop())
        if other is not None and other.id not in found:
            found[other.id] = other
            todo += needed(other.condition)
    return list(found.values())


def _variables(questions: Sequence[Asked], by_id: Mapping[int, Asked], world: World) -> dict[str, list[Any]]:
    """What a condition asks about, and each value that makes a difference."""
    compared: dict[str, set[str]] = {}
    for question in questions:
        for test in (question.condition or {}).get("tests", ()):
            compared.setdefault(test["on"], set()).add(test.get("value", ""))
    found: dict[str, list[Any]] = {}
    facts = {"type": world.types, "tier": world.tiers, "mode": world.modes, "kind": world.kinds}
    for on, values in sorted(compared.items()):
        id_ = asks_question(on)
        found[on] = list(facts[on]) if id_ is None else _answers(by_id[id_], values)
    return found


def _answers(question: Asked, values: set[str]) -> list[Any]:
    """No answer, and every answer that a comparison with `values` may tell apart."""
    if question.kind is Kind.YES_NO:
        return [None, True, False]
    if question.kind is Kind.CONSENT:
        return [None, True]
    if question.kind is Kind.ONE_OF:
        return [None, *(o.key for o in question.options)]
    if question.kind is Kind.SEVERAL_OF:
        return _sets(question, sorted(v for v in values if question.option(v)))
    near = {text for value in values if value for text in _near(question.kind, value)}
    possible = sorted({str(answer) for text in near if (answer := _possible(question, text)) is not None})
    others = [] if possible and question.kind in (Kind.NUMBER, Kind.DATE) else [SOMETHING]
    return [None, *possible, *others]


def _sets(question: Asked, keys: list[str]) -> list[Any]:
    """The sets of options that differ in those asked about: at most the ten first of these."""
    most = int(question.settings.get("most") or len(question.options) or 1)
    keys = keys[:10]
    sets = [[k for k, there in zip(keys, mask, strict=True) if there] for mask in product((False, True), repeat=len(keys))]
    rest = [o.key for o in question.options if o.key not in keys][:1]
    return [None, *([rest] if rest else []), *(s for s in sets if s and len(s) <= most)]


def _near(kind: Kind, value: str) -> list[str]:
    """A value with its neighbours."""
    try:
        if kind is Kind.NUMBER:
            return [format(Decimal(value) + step, "f") for step in (-1, 0, 1)]
        if kind is Kind.DATE:
            return [(date.fromisoformat(value) + timedelta(days=step)).isoformat() for step in (-1, 0, 1)]
    except (ArithmeticError, ValueError):
        return []
    return [value]


def _possible(question: Asked, text: str) -> Any:
    if question.kind in (Kind.COUNTRY, Kind.COMPANY, Kind.FILE, Kind.PICTURE):
        return text
    try:
        return read(question, text)
    except AnswerError:
        return None


def _combinations(variables: Mapping[str, list[Any]]) -> Iterator[tuple[Facts, dict[int, Any]]]:
    for values in product(*variables.values()):
        row = dict(zip(variables, values, strict=True))
        facts = {name: row[name] for name in FACTS if name in row}
        types = frozenset({facts.pop("type")}) if "type" in facts else frozenset()
        answers = {int(on[1:]): value for on, value in row.items() if on not in FACTS and value is not None}
        yield Facts(types=types, **facts), answers
