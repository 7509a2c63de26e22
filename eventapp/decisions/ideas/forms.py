"""Forms of ideas."""

from collections.abc import Sequence
from typing import Any

from wtforms import BooleanField, HiddenField, RadioField
from wtforms.fields import SelectChoice
from wtforms.validators import InputRequired

from eventapp.core.forms import Day, Form, LineField, TextField, required
from eventapp.core.i18n import _l
from eventapp.decisions.forms import ProblemForm
from eventapp.decisions.ideas.models import IDEA_LABELS, Idea, IdeaKind, IdeaState
from eventapp.decisions.ideas.rules import Answer
from eventapp.decisions.ideas.service import IdeaDetails


class IdeaForm(Form):
    """An idea or a need."""

    version = HiddenField(default="0")
    kind = RadioField(
        _l("What is it?"),
        [InputRequired(_l("Choose one."))],
        choices=[
            SelectChoice(IdeaKind.NEED.value, _l("A need: something is missing or in the way")),
            SelectChoice(IdeaKind.IDEA.value, _l("An idea: something could be done like this")),
        ],
        default=IdeaKind.NEED.value,
    )
    title = LineField(_l("In a few words"), [required(_l("Give it a title."))], length=150)
    text = TextField(
        _l("What it is about"),
        [required(_l("Say what it is about."))],
        length=2000,
        description=_l("For whom it matters, how often, and what you do now instead."),
    )
    shared = BooleanField(
        _l("All partners may read it, with my name and my company"),
        default=True,
        description=_l("Without the tick your company and the vendor read it, and nobody else votes."),
    )

    def details(self) -> IdeaDetails:
        """The checked input."""
        return IdeaDetails(IdeaKind(self.kind.data), self.title.data or "", self.text.data or "", bool(self.shared.data))


def idea_values(idea: Idea) -> dict[str, Any]:
    """An idea as the form shows it."""
    return {
        "version": str(idea.version),
        "kind": idea.kind.value,
        "title": idea.title,
        "text": idea.text,
        "shared": idea.shared,
    }


class ContributeForm(Form):
    """What somebody brings in."""

    text = TextField(
        _l("What you bring in"),
        [required(_l("Write something."))],
        length=1000,
        description=_l("An example, a number, a way to try it. Your name and company stand beside it."),
    )


class IdeaAnswerForm(Form):
    """The vendor's answer."""

    version = HiddenField(default="0")
    state = RadioField(_l("What becomes of it"), [InputRequired(_l("Choose one."))])
    answer = TextField(
        _l("Answer"),
        [required(_l("Whoever reads it sees your answer. Write one."))],
        length=2000,
        description=_l("Stands on the page for all who read it, and goes by mail to those who brought it in."),
    )
    experiment = TextField(_l("What is tried"), length=1000, render_kw={"rows": 3})
    experiment_until = Day(_l("Tried until"))
    outcome = TextField(_l("What came of it"), length=1000, render_kw={"rows": 3})

    def offer(self, states: Sequence[IdeaState]) -> "IdeaAnswerForm":
        """Offers the states that an answer may lead to."""
        self.state.choices = [SelectChoice(state.value, str(IDEA_LABELS[state])) for state in states]
        return self

    def said(self) -> Answer:
        """The checked input."""
        return Answer(
            IdeaState(self.state.data),
            self.answer.data or "",
            self.experiment.data or "",
            self.experiment_until.data,
            self.outcome.data or "",
        )


def answer_values(idea: Idea) -> dict[str, Any]:
    """The answer as the form shows it."""
    values = {name: getattr(idea, name) for name in ("answer", "experiment", "experiment_until", "outcome")}
    return {**values, "version": str(idea.version), "state": idea.state.value}


class ChoiceForm(ProblemForm):
    """Opens a decision about an idea."""
