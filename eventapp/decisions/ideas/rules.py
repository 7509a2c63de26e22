"""Rules of ideas: where an answer may lead, and what it must say. Pure functions."""

from dataclasses import dataclass
from datetime import date

from eventapp.core.i18n import _
from eventapp.decisions.ideas.models import ENDED, LEADS, IdeaKind, IdeaState


@dataclass(frozen=True)
class Answer:
    """What the vendor says to an idea, as typed."""

    state: IdeaState
    answer: str
    experiment: str = ""
    experiment_until: date | None = None
    outcome: str = ""


def leads(kind: IdeaKind, state: IdeaState) -> tuple[IdeaState, ...]:
    """The states to which an answer may lead, the present one first: an answer may also only say more.

    A need is met, not tried, so it may be adopted as soon as it is understood.
    """
    further = LEADS[state]
    if kind is IdeaKind.NEED and state is IdeaState.SHAPED:
        further = (IdeaState.EXPERIMENT, IdeaState.ADOPTED, *further[1:])
    return further if state is IdeaState.POSTED else (state, *further)


def missing(answer: Answer) -> tuple[str, str] | None:
    """What an answer still has to say: field and message; none when it says enough."""
    if not answer.answer:
        return "answer", _("Whoever reads it sees your answer. Write one.")
    if answer.state is IdeaState.EXPERIMENT and not answer.experiment:
        return "experiment", _("Say what is tried.")
    if answer.state is IdeaState.ADOPTED and not answer.outcome:
        return "outcome", _("Say what came of it.")
    return None


def may_vote(state: IdeaState) -> bool:
    """Whether votes are taken: until it is adopted or declined."""
    return state not in ENDED


def may_contribute(state: IdeaState) -> bool:
    """Whether somebody may bring something in: until it is adopted or declined."""
    return state not in ENDED
