"""When questions are shown, and which conditions are refused: pure functions."""

from dataclasses import replace
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from eventapp.questions.models import Kind, Scope, Stage
from eventapp.questions.rules.asked import Asked, Facts, Option
from eventapp.questions.rules.conditions import form_problems, holds, problems, shown

# A machine under load draws slowly; that is no finding.
PATIENT = settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
YES_NO, TEXT = Kind.YES_NO, Kind.TEXT


def ask(id_: int, kind: Kind = TEXT, *tests: dict[str, str], any_of: bool = False, **values: Any) -> Asked:
    condition = {"all": not any_of, "tests": list(tests)} if tests else None
    return Asked(id_, f"k{id_}", kind, f"Question {id_}", condition=condition, **values)


def part(on: str, value: str = "", how: str = "is") -> dict[str, str]:
    return {"on": on, "is": how, "value": value}


def test_chains_fall_together() -> None:
    form = [ask(1, YES_NO), ask(2, YES_NO, part("q1", "yes")), ask(3, TEXT, part("q2", "yes"))]
    assert shown(form, Facts(), {1: True, 2: True}) == {1, 2, 3}
    assert shown(form, Facts(), {1: False, 2: True}) == {1}, "the hidden second question has no answer, whatever was posted"


def test_answers_from_elsewhere_count() -> None:
    mine = ask(2, TEXT, part("q1", "yes"))
    assert shown([mine], Facts(), {}, {1: True}) == {2}
    assert shown([mine], Facts(), {}, {1: False}) == set()
    assert shown([ask(2, TEXT, part("q1", "2027-05-18", "at_least"))], Facts(), {}, {1: "2027-06-01"}) == {2}


def test_facts_and_both_connectives() -> None:
    premier, video = part("tier", "premier"), part("mode", "virtual")
    assert shown([ask(1, TEXT, premier, video)], Facts(tier="premier", mode="in_person"), {}) == set()
    assert shown([ask(1, TEXT, premier, video, any_of=True)], Facts(tier="premier", mode="in_person"), {}) == {1}
    several = Facts(types=frozenset({"isv", "reseller"}))
    assert shown([ask(1, TEXT, part("type", "isv"))], several, {}) == {1}
    assert shown([ask(1, TEXT, part("type", "isv", "is_not"))], several, {}) == set()


def test_comparisons() -> None:
    def met(answer: Any, how: str, value: str) -> bool:
        return holds({"all": True, "tests": [part("q1", value, how)]}, Facts(), {1: answer})

    assert met("10", "at_least", "9")
    assert not met("10", "at_most", "9")
    assert met("2027-05-10", "at_most", "2027-05-10")
    assert met(["a", "b"], "is", "b")
    assert met(False, "is", "no")
    assert met(False, "is", ""), "no is an answer"
    assert not met(None, "is", "")
    assert met(None, "is_not", "x")


def test_what_is_refused() -> None:
    a, b = ask(1, YES_NO), ask(2, YES_NO, part("q1", "yes"))
    assert form_problems([a, b]) == []
    assert "comes later" in problems(ask(1, TEXT, part("q2", "yes")), [ask(1), ask(2, YES_NO)])[0]
    circle = ask(1, YES_NO, part("q2", "yes"))
    assert "circle" in problems(circle, [circle, b])[0]
    assert "circle" in problems(ask(1, TEXT, part("q1", "x")), [ask(1, TEXT, part("q1", "x"))])[0]
    assert "not there any more" in problems(ask(3, TEXT, part("q9", "x")), [a, b])[0]
    assert "not there any more" in problems(b, [replace(a, archived=True), b])[0]
    options = (Option("a", "A"),)
    assert "no such option" in problems(ask(2, TEXT, part("q1", "z")), [ask(1, Kind.ONE_OF, options=options), ask(2)])[0]
    assert "no order" in problems(ask(2, TEXT, part("q1", "1", "at_least")), [a, ask(2)])[0]


def test_long_circles_are_found() -> None:
    form = [ask(n, YES_NO, part(f"q{n % 5 + 1}", "yes")) for n in range(1, 6)]
    assert all("circle" in problems(question, form)[0] for question in form)


def test_what_must_not_show_through() -> None:
    mine, theirs = ask(1, YES_NO, scope=Scope.ORGANIZER), ask(2, TEXT, part("q1", "yes"))
    assert "organizers only" in problems(theirs, [mine, theirs])[0]
    health = ask(1, YES_NO, special=True)
    assert "special-category" in problems(theirs, [health, theirs])[0]
    assert problems(replace(theirs, special=True), [health, theirs]) == []
    group = ask(2, TEXT, part("q1", "yes"), scope=Scope.GROUP)
    assert "for the group" in problems(group, [ask(1, YES_NO), group])[0]
    assert "one person" in problems(ask(2, TEXT, part("mode", "virtual"), scope=Scope.GROUP), [])[0]
    later = ask(1, YES_NO, stage=Stage.B)
    assert "after confirmation" in problems(theirs, [later, theirs])[0]


@st.composite
def forms(draw: st.DrawFn) -> list[Asked]:
    """Forms whose conditions only ask about earlier yes-or-no questions and the tier."""
    found: list[Asked] = []
    for id_ in range(1, draw(st.integers(1, 8)) + 1):
        subjects = [f"q{n}" for n in range(1, id_)]
        tests = draw(
            st.lists(
                st.builds(part, st.sampled_from(subjects), st.sampled_from(["yes", "no", ""]), st.sampled_from(["is", "is_not"]))
                if subjects
                else st.just(part("tier", "ready")),
                max_size=3,
            )
        )
        found.append(ask(id_, YES_NO, *tests, any_of=draw(st.booleans())))
    return found


@PATIENT
@given(forms(), st.dictionaries(st.integers(1, 8), st.booleans()))
def test_what_is_hidden_counts_for_nothing(form: list[Asked], answers: dict[int, bool]) -> None:
    visible = shown(form, Facts(tier="ready"), answers)
    assert form_problems(form) == []
    assert shown(form, Facts(tier="ready"), {k: v for k, v in answers.items() if k in visible}) == visible


@PATIENT
@given(forms(), st.data())
def test_every_reordering_is_good_or_refused(form: list[Asked], data: st.DataObject) -> None:
    """Whatever order a form is put in: if nothing is refused, each condition asks about earlier questions only."""
    order = data.draw(st.permutations(form))
    if not form_problems(order):
        places = {q.id: n for n, q in enumerate(order)}
        for question in order:
            for part in (question.condition or {}).get("tests", ()):
                if part["on"].startswith("q"):
                    assert places[int(part["on"][1:])] < places[question.id]
