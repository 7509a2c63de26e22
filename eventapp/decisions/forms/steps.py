"""Forms of what is said, answered and decided."""

from collections.abc import Sequence
from typing import Any

from wtforms import BooleanField, HiddenField, RadioField, SelectField
from wtforms.fields import SelectChoice
from wtforms.validators import InputRequired

from eventapp.core.forms import Day, Form, LineField, OptionalInput, TextField, required
from eventapp.core.i18n import _, _l
from eventapp.decisions.forms.facts import values_of
from eventapp.decisions.models import (
    FEEDBACK_LABELS,
    MATURITY_LABELS,
    Decision,
    DecisionOption,
    FeedbackState,
    Maturity,
)
from eventapp.decisions.service import Lessons, Outcome


class FeedbackForm(Form):
    """What somebody has to say."""

    option = SelectField(_l("About"), [OptionalInput()])
    text = TextField(_l("Your feedback"), [required(_l("Write something."))], length=2000)
    anonymous = BooleanField(
        _l("Without my name"),
        description=_l("Nobody learns who you are, we neither. So the answer stands on the page, and no mail goes to you."),
    )

    def offer(self, options: Sequence[DecisionOption]) -> "FeedbackForm":
        """Offers the options to speak about."""
        self.option.choices = [
            SelectChoice("", _("The decision as a whole")),
            *(SelectChoice(str(one.id), one.title) for one in options),
        ]
        return self


class ReplyForm(Form):
    """The answer to feedback."""

    version = HiddenField(default="0")
    state = RadioField(
        _l("What came of it"),
        [InputRequired(_l("Choose one."))],
        choices=[SelectChoice(key.value, label) for key, label in FEEDBACK_LABELS.items() if key is not FeedbackState.NEW],
    )
    reply = TextField(
        _l("Answer"), length=2000, description=_l("Needed unless it is only acknowledged. Whoever gave it gets it by mail.")
    )


class OutcomeForm(Form):
    """What is decided."""

    version = HiddenField(default="0")
    option = SelectField(_l("Option chosen"), [OptionalInput()])
    result = TextField(_l("What is decided"), [required(_l("Write down what is decided."))], length=2000)
    rationale = TextField(_l("Why"), [required(_l("Write down why."))], length=2000)
    trade_offs = TextField(_l("Trade-offs"), length=2000, render_kw={"rows": 3}, description=_l("What is given up by it."))
    success_measures = TextField(_l("How success shows"), length=1500, render_kw={"rows": 3})
    revisit_on = Day(_l("Looked at again on"), description=_l("The owner gets a mail on that day."))
    revisit_when = LineField(_l("Or looked at again when"), length=300, description=_l("Something that happens."))

    def offer(self, options: Sequence[DecisionOption]) -> "OutcomeForm":
        """Offers the options."""
        self.option.choices = [
            SelectChoice("", _("None of them")),
            *(SelectChoice(str(one.id), one.title) for one in options),
        ]
        return self

    def outcome(self) -> Outcome:
        """The checked input."""
        return Outcome(
            int(self.option.data) if self.option.data else None,
            self.result.data or "",
            self.rationale.data or "",
            self.trade_offs.data or "",
            self.success_measures.data or "",
            self.revisit_on.data,
            self.revisit_when.data or "",
        )


def outcome_values(decision: Decision, options: Sequence[DecisionOption]) -> dict[str, Any]:
    """What is decided as the form shows it."""
    names = ("result", "rationale", "trade_offs", "success_measures", "revisit_on", "revisit_when")
    chosen = next((str(one.id) for one in options if one.chosen), "")
    return {**values_of(decision, names), "option": chosen}


def _maturity(label: Any) -> SelectField:
    choices = [SelectChoice("", _l("Not rated")), *(SelectChoice(key.value, text) for key, text in MATURITY_LABELS.items())]
    return SelectField(label, [OptionalInput()], choices=choices)


RATED = ("communication", "transparency", "release_early", "collaboration")


class LessonsForm(Form):
    """What was learned."""

    version = HiddenField(default="0")
    lessons = TextField(_l("Lessons"), [required(_l("Write down what was learned."))], length=2000)
    communication = _maturity(_l("Communication"))
    transparency = _maturity(_l("Transparency"))
    release_early = _maturity(_l("Releasing early"))
    collaboration = _maturity(_l("Collaboration"))

    def details(self) -> Lessons:
        """The checked input."""
        rated = {name: Maturity(self[name].data) if self[name].data else None for name in RATED}
        return Lessons(self.lessons.data or "", **rated)


def lessons_values(decision: Decision) -> dict[str, Any]:
    """What was learned as the form shows it."""
    return values_of(decision, ("lessons", *RATED))


class StepForm(Form):
    """A step to another state."""

    note = TextField(_l("Note"), length=1000, render_kw={"rows": 3}, description=_l("Stands in the timeline and in the mails."))
    superseded_by = LineField(_l("Code of the decision that takes its place"), length=20)


class UpdateForm(Form):
    """A note to everybody who takes part or follows."""

    text = TextField(_l("Update"), [required(_l("Write something."))], length=2000)


class ReopenForm(Form):
    """Asks to open a decision again."""

    facts = TextField(
        _l("New facts"),
        [required(_l("Say what is known now that was not known then."))],
        length=2000,
        description=_l("What is known now that was not known when it was decided. The owner answers within ten days."),
    )


class AnswerForm(Form):
    """The owner's answer to that."""

    accepted = RadioField(
        _l("Answer"),
        [InputRequired(_l("Choose one."))],
        choices=[SelectChoice("yes", _l("Open it again")), SelectChoice("no", _l("Leave it as it is"))],
    )
    answer = TextField(_l("Why"), [required(_l("Say why."))], length=1000)
