"""The rules of decisions: guards, transitions, who may do what, the score. No database."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from eventapp.decisions import rules
from eventapp.decisions.models import PHASES, TRANSITIONS, DecisionState, FeedbackState, Hand, Openness, Part
from eventapp.decisions.rules import Facts, Standing

S = DecisionState
TODAY = date(2027, 1, 20)
WHOLE = Facts(
    problem="Too slow.",
    impacted="Partners",
    has_decider=True,
    openness=Openness.PARTNERS,
    openness_reason="Prices",
    options=2,
    weights=(60, 40),
    feedback_until=TODAY,
    today=TODAY + timedelta(days=1),
    risks=1,
    result="Yes",
    rationale="Because",
    revisit_on=TODAY,
    lessons="Ask earlier",
)
# The step, what is taken away, and the section where it is mended.
LACKS = [
    (S.IDEATE, S.RESEARCH, {"problem": ""}, "facts"),
    (S.IDEATE, S.RESEARCH, {"has_decider": False}, "people"),
    (S.IDEATE, S.RESEARCH, {"impacted": ""}, "facts"),
    (S.IDEATE, S.RESEARCH, {"openness": None}, "openness"),
    (S.IDEATE, S.RESEARCH, {"openness_reason": ""}, "openness"),
    (S.RESEARCH, S.DEVELOP, {"options": 1}, "options"),
    (S.RESEARCH, S.DEVELOP, {"weights": ()}, "criteria"),
    (S.RESEARCH, S.DEVELOP, {"weights": (60, 39)}, "criteria"),
    (S.RESEARCH, S.DEVELOP, {"feedback_until": None}, "facts"),
    (S.DEVELOP, S.DECIDED, {"today": TODAY}, "facts"),
    (S.DEVELOP, S.DECIDED, {"feedback": {FeedbackState.NEW: 1}}, "feedback"),
    (S.DEVELOP, S.DECIDED, {"risks": 0}, "premortem"),
    (S.DEVELOP, S.DECIDED, {"result": ""}, "outcome"),
    (S.DEVELOP, S.DECIDED, {"rationale": ""}, "outcome"),
    (S.DEVELOP, S.DECIDED, {"revisit_on": None}, "outcome"),
    (S.DECIDED, S.LAUNCHED, {"feedback": {FeedbackState.NEW: 2}}, "feedback"),
    (S.LAUNCHED, S.CLOSED, {"lessons": ""}, "lessons"),
    (S.LAUNCHED, S.CLOSED, {"asked": 1}, "reopening"),
]


@pytest.mark.parametrize(("state", "to", "lack", "section"), LACKS)
def test_each_guard_stops_its_step_alone(state: S, to: S, lack: dict[str, object], section: str) -> None:
    assert rules.missing(WHOLE, state, to) == []
    (one,) = rules.missing(replace(WHOLE, **lack), state, to)  # type: ignore[arg-type]
    assert one.section == section


def test_every_guard_is_tried_above() -> None:
    tried = {(state, to, section) for state, to, _lack, section in LACKS}
    assert {(*step, section) for step, guards in rules.GUARDS.items() for section, _guard in guards} == tried
    assert rules.GUARDS.keys() <= {(a, b) for a, steps in TRANSITIONS.items() for b in steps}


def test_a_public_decision_needs_no_reason_and_a_trigger_is_as_good_as_a_day() -> None:
    assert rules.missing(replace(WHOLE, openness=Openness.PUBLIC, openness_reason=""), S.IDEATE, S.RESEARCH) == []
    assert rules.missing(replace(WHOLE, revisit_on=None, revisit_when="Prices change"), S.DEVELOP, S.DECIDED) == []


def test_acknowledged_feedback_is_answered() -> None:
    facts = replace(WHOLE, feedback={FeedbackState.ACKNOWLEDGED: 3, FeedbackState.NOT_ADOPTED: 1})
    assert rules.missing(facts, S.DEVELOP, S.DECIDED) == []


OWNER, DECIDER = Standing(frozenset({Part.OWNER}), True), Standing(frozenset({Part.DECIDER}), True)
OTHERS = [Standing(frozenset({part}), True) for part in Part if part not in (Part.OWNER, Part.DECIDER)]
READER, STRANGER = Standing(speaks=True), Standing()


@pytest.mark.parametrize("state", list(S))
def test_who_takes_which_step(state: S) -> None:
    steps = TRANSITIONS[state]
    paused_from = S.RESEARCH if state is S.PAUSED else None
    for standing in (*OTHERS, READER, STRANGER):
        assert rules.steps(standing, state, paused_from) == []
    wanted = [to for to, hand in steps.items() if hand is Hand.OWNER]
    if state is S.PAUSED:
        wanted = [S.RESEARCH, S.WITHDRAWN]
    assert rules.steps(OWNER, state, paused_from) == wanted
    assert rules.steps(DECIDER, state, paused_from) == [to for to, hand in steps.items() if hand is Hand.DECIDER]
    assert S.REOPENED not in rules.steps(replace(OWNER, parts=frozenset(Part)), state, paused_from), "by a request alone"


def test_for_a_body_the_owner_decides_and_for_a_person_only_that_person() -> None:
    assert S.DECIDED in rules.steps(replace(OWNER, by_body=True), S.DEVELOP)
    assert S.DECIDED not in rules.steps(OWNER, S.DEVELOP)
    assert S.DECIDED not in rules.steps(replace(OTHERS[0], by_body=True), S.DEVELOP)


def test_ends_lead_nowhere_and_every_state_is_reached() -> None:
    reached = {to for steps in TRANSITIONS.values() for to in steps}
    assert reached == set(S)
    assert [state for state, steps in TRANSITIONS.items() if not steps] == [S.WITHDRAWN, S.SUPERSEDED]
    assert [rules.next_phase(state) for state in PHASES] == [*PHASES[1:], None]
    assert rules.next_phase(S.PAUSED) is None


@pytest.mark.parametrize("state", list(S))
def test_who_may_say_something_and_when(state: S) -> None:
    taken = state in (S.IDEATE, S.RESEARCH, S.DEVELOP, S.REOPENED)
    assert rules.may_give_feedback(READER, state, None, TODAY) == taken
    assert rules.may_give_feedback(READER, state, TODAY, TODAY) == taken, "the last day counts"
    assert not rules.may_give_feedback(READER, state, date(2027, 1, 19), TODAY)
    assert not rules.may_give_feedback(STRANGER, state, None, TODAY)


@pytest.mark.parametrize("state", list(S))
def test_who_may_ask_to_reopen(state: S) -> None:
    decided = state in (S.DECIDED, S.LAUNCHED, S.CLOSED)
    for standing in (OWNER, DECIDER, *OTHERS, replace(READER, gave=True)):
        assert rules.may_ask_to_reopen(standing, state) == decided
    assert not rules.may_ask_to_reopen(READER, state)
    assert not rules.may_ask_to_reopen(replace(STRANGER, parts=frozenset({Part.SPONSOR})), state), "an auditor only reads"


def test_ten_days_to_answer() -> None:
    assert rules.answer_by(datetime(2027, 2, 20, 9, tzinfo=UTC)) == datetime(2027, 3, 2, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "count"),
    [("", 0), ("One", 1), ("One.", 1), ("One. Two!", 2), ("Version 2.5 is slow.", 1), ("Really?! Yes. No", 3), ("…", 0)],
)
def test_sentences(text: str, count: int) -> None:
    assert rules.sentences(text) == count


def test_lines_of_a_list() -> None:
    assert rules.lines("- one\n\n • two \n* three") == ["one", "two", "three"]


def test_the_score_is_a_weighted_mean_of_what_is_scored() -> None:
    weights = {1: 60, 2: 40}
    assert rules.score(weights, {1: 5, 2: 0}) == 3.0
    assert rules.score(weights, {1: 5}) == 5.0
    assert rules.score(weights, {2: 1, 9: 5}) == 1.0
    assert rules.score(weights, {}) is None
    assert rules.score({}, {1: 3}) is None


def test_weights() -> None:
    assert rules.weights_missing([]) != ""
    assert "99" in rules.weights_missing([60, 39])
    assert rules.weights_missing([100]) == ""
