"""Rules of decisions: what each step asks for, what the score table says, who may do what. Pure functions over facts."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from eventapp.core.i18n import _, _l
from eventapp.decisions.models import (
    REOPENABLE,
    TRANSITIONS,
    UNDECIDED,
    DecisionState,
    FeedbackState,
    Hand,
    Openness,
    Part,
)

MOST_SENTENCES = 2
MOST_REQUIREMENTS = 5
LEAST_OPTIONS = 2
BEST = 5
WHOLE = 100
DAYS_TO_ANSWER = 10
_S = DecisionState
_SENTENCE = re.compile(r"[.!?…。！？]+(?=\s|$)")


def sentences(text: str) -> int:
    """How many sentences a text has; what stands behind the last full stop counts as one."""
    return sum(1 for part in _SENTENCE.split(text) if part.strip())


def lines(text: str) -> list[str]:
    """The lines of a list that was typed, without empty ones and without the dashes people put in front."""
    return [line for raw in text.splitlines() if (line := raw.strip().lstrip("-–•* ").strip())]


# Who may do what


@dataclass(frozen=True)
class Standing:
    """What somebody is in a decision that they may read.

    `speaks`: works for the vendor or a partner, so may say something; an auditor or somebody without a company may not.
    `gave`: has given feedback. `by_body`: a named body decides.
    """

    parts: frozenset[Part] = frozenset()
    speaks: bool = False
    gave: bool = False
    by_body: bool = False

    @property
    def owns(self) -> bool:
        """Whether they look after the decision: everything that is not the decider's."""
        return self.speaks and Part.OWNER in self.parts

    @property
    def takes_part(self) -> bool:
        """Whether they have a part or have given feedback."""
        return bool(self.parts) or self.gave

    @property
    def decides(self) -> bool:
        """Whether the decision is theirs to take; for a named body the owner notes it."""
        return (self.speaks and Part.DECIDER in self.parts) or (self.by_body and self.owns)


def takes_step(standing: Standing, hand: Hand) -> bool:
    """Whether a step that lies in that hand may be taken by them, by itself."""
    return standing.owns if hand is Hand.OWNER else standing.decides if hand is Hand.DECIDER else False


def may_give_feedback(standing: Standing, state: DecisionState, until: date | None, today: date) -> bool:
    """Whether feedback is taken: while nothing is decided, up to and including the last day of the window."""
    return standing.speaks and state in UNDECIDED and (until is None or today <= until)


def may_ask_to_reopen(standing: Standing, state: DecisionState) -> bool:
    """Whether they may ask to open the decision again, with new facts."""
    return standing.takes_part and standing.speaks and state in REOPENABLE


def answer_by(asked_at: datetime) -> datetime:
    """Until when the owner must answer a request to reopen."""
    return asked_at + timedelta(days=DAYS_TO_ANSWER)


# What steps ask for


@dataclass(frozen=True)
class Facts:
    """What the guards look at. `weights` are those of the criteria; `feedback` counts by state.

    `asked` is how many requests to reopen nobody has answered.
    """

    problem: str = ""
    impacted: str = ""
    has_decider: bool = False
    openness: Openness | None = None
    openness_reason: str = ""
    options: int = 0
    weights: Sequence[int] = ()
    feedback_until: date | None = None
    feedback: Mapping[FeedbackState, int] = field(default_factory=dict)
    risks: int = 0
    result: str = ""
    rationale: str = ""
    revisit_on: date | None = None
    revisit_when: str = ""
    lessons: str = ""
    asked: int = 0
    today: date = date.max


def weights_missing(weights: Sequence[int]) -> str:
    """What is wrong with the weights of the criteria; empty when they add up to 100."""
    if not weights:
        return _("Say by which criteria options are compared.")
    total = sum(weights)
    return "" if total == WHOLE else _("The weights of the criteria add up to %(n)s, not to 100.", n=total)


Guard = Callable[[Facts], str]


def _needs(holds: Callable[[Facts], Any], text: Any) -> Guard:
    return lambda facts: "" if holds(facts) else str(text)


def _unanswered(facts: Facts) -> str:
    new = facts.feedback.get(FeedbackState.NEW, 0)
    return _("Feedback that nobody has answered: %(n)s.", n=new) if new else ""


def _window_open(facts: Facts) -> str:
    if facts.feedback_until is None or facts.feedback_until < facts.today:
        return ""
    return _("Feedback is still taken. Decide after its announced last day, or end it first: set an earlier day.")


def _asked(facts: Facts) -> str:
    return _("Requests to reopen it that nobody has answered: %(n)s. Answer them first.", n=facts.asked) if facts.asked else ""


# For each step forward what it asks for, each guard with the section of the page where that is mended.
GUARDS: dict[tuple[DecisionState, DecisionState], tuple[tuple[str, Guard], ...]] = {
    (_S.IDEATE, _S.RESEARCH): (
        ("facts", _needs(lambda f: f.problem, _l("Say what the problem is."))),
        ("people", _needs(lambda f: f.has_decider, _l("Name the decider: one person, or a body."))),
        ("facts", _needs(lambda f: f.impacted, _l("Say who is affected."))),
        ("openness", _needs(lambda f: f.openness is not None, _l("Choose who may read it."))),
        (
            "openness",
            _needs(lambda f: f.openness in (None, Openness.PUBLIC) or f.openness_reason, _l("Say why it is not public.")),
        ),
    ),
    (_S.RESEARCH, _S.DEVELOP): (
        ("options", _needs(lambda f: f.options >= LEAST_OPTIONS, _l("Add at least two options."))),
        ("criteria", lambda f: weights_missing(f.weights)),
        ("facts", _needs(lambda f: f.feedback_until, _l("Announce until when feedback is asked for."))),
    ),
    (_S.DEVELOP, _S.DECIDED): (
        ("facts", _window_open),
        ("feedback", _unanswered),
        ("premortem", _needs(lambda f: f.risks, _l("Hold a premortem: write down at least one thing that could go wrong."))),
        ("outcome", _needs(lambda f: f.result, _l("Write down what is decided."))),
        ("outcome", _needs(lambda f: f.rationale, _l("Write down why."))),
        ("outcome", _needs(lambda f: f.revisit_on or f.revisit_when, _l("Say when the decision is looked at again."))),
    ),
    (_S.DECIDED, _S.LAUNCHED): (("feedback", _unanswered),),
    (_S.LAUNCHED, _S.CLOSED): (
        ("lessons", _needs(lambda f: f.lessons, _l("Write down what was learned."))),
        ("reopening", _asked),
    ),
}


@dataclass(frozen=True)
class Missing:
    """Something that a step still asks for: the words, and the section of the page where it is mended."""

    text: str
    section: str


def missing(facts: Facts, state: DecisionState, to: DecisionState) -> list[Missing]:
    """What the step from `state` to `to` still asks for; nothing when it may be taken."""
    return [Missing(text, section) for section, guard in GUARDS.get((state, to), ()) if (text := guard(facts))]


def steps(standing: Standing, state: DecisionState, paused_from: DecisionState | None = None) -> list[DecisionState]:
    """The states to which they may take a decision from here, forward first; whether its guards hold is another question."""
    found = [to for to, hand in TRANSITIONS[state].items() if takes_step(standing, hand)]
    if state is _S.PAUSED:
        found = [to for to in found if to in (paused_from, _S.WITHDRAWN)]
    return found


def next_phase(state: DecisionState) -> DecisionState | None:
    """The phase that comes after this one, if the state is a phase that leads on."""
    order = list(_S)[: list(_S).index(_S.CLOSED) + 1]
    return order[order.index(state) + 1] if state in order[:-1] else None


# The advisory score


def score(weights: Mapping[int, int], given: Mapping[int, int]) -> float | None:
    """The weighted mean of an option's scores by criterion, from 0 to 5; none without any. What is not scored is left out."""
    scored = [(weight, given[key]) for key, weight in weights.items() if key in given]
    total = sum(weight for weight, _value in scored)
    return round(sum(weight * value for weight, value in scored) / total, 2) if total else None


def fold_for_search(*texts: str, fold: Callable[[str], str]) -> str:
    """The text that the archive looks through."""
    return " ".join(fold(text) for text in texts if text)


def outcome_counts(states: Iterable[FeedbackState]) -> dict[FeedbackState, int]:
    """How much feedback is in each state, in their order."""
    found = dict.fromkeys(FeedbackState, 0)
    for state in states:
        found[state] += 1
    return found
