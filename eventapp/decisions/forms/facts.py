"""Forms of the base of facts: the problem, who may read it, who takes part."""

from collections.abc import Collection, Sequence
from itertools import pairwise
from typing import Any

from wtforms import HiddenField, RadioField, SelectField
from wtforms.fields import SelectChoice
from wtforms.validators import InputRequired

from eventapp.core.forms import AddressField, Day, Form, LineField, OptionalInput, TextField, required
from eventapp.core.i18n import _, _l
from eventapp.decisions.models import (
    CONTEXT_LABELS,
    PART_LABELS,
    Decision,
    DecisionContext,
    Openness,
    Part,
)
from eventapp.decisions.rules import MOST_REQUIREMENTS, MOST_SENTENCES, lines, sentences
from eventapp.decisions.service import DecisionFacts

ONE_EACH_LINE = _l("One on each line.")


class ProblemForm(Form):
    """What every decision begins with."""

    title = LineField(_l("Title"), [required(_l("Give it a title."))], length=200)
    problem = TextField(
        _l("The problem"),
        [required(_l("Say what the problem is."))],
        length=600,
        render_kw={"rows": 3},
        description=_l("In one or two sentences, and without a solution in it."),
    )

    def validate(self, extra_validators: Any = None) -> bool:
        """At most two sentences: whoever needs more has not found the problem yet."""
        valid = bool(super().validate(extra_validators))
        if not self.problem.errors and sentences(self.problem.data or "") > MOST_SENTENCES:
            self.problem.errors = [_("Two sentences at most.")]
            valid = False
        return valid


class NewDecisionForm(ProblemForm):
    """Opens a decision."""

    context = SelectField(
        _l("Belongs to"),
        [InputRequired(_l("Choose one."))],
        choices=[SelectChoice(key.value, label) for key, label in CONTEXT_LABELS.items()],
    )
    event = SelectField(_l("Which event"), [OptionalInput()], description=_l("If it belongs to an event."))
    context_label = LineField(_l("Which one"), length=200, description=_l("What it belongs to is called, if it is no event."))

    def offer(self, events: Sequence[tuple[int, str]]) -> "NewDecisionForm":
        """Offers events to choose from."""
        self.event.choices = [SelectChoice("", _("None")), *(SelectChoice(str(id_), title) for id_, title in events)]
        return self

    def validate(self, extra_validators: Any = None) -> bool:
        """One of an event names the event."""
        valid = bool(super().validate(extra_validators))
        if self.context.data == DecisionContext.EVENT and not self.event.data and not self.event.errors:
            self.event.errors = [_("Choose the event.")]
            valid = False
        return valid


class FactsForm(ProblemForm):
    """The base of facts."""

    version = HiddenField(default="0")
    not_solving = TextField(_l("What is not being solved"), length=1500, render_kw={"rows": 3}, description=ONE_EACH_LINE)
    impacted = TextField(_l("Who is affected"), length=1000, render_kw={"rows": 3})
    requirements = TextField(
        _l("Requirements"), length=1500, render_kw={"rows": 5}, description=_l("At most five, one on each line.")
    )
    constraints = TextField(_l("Constraints"), length=1500, render_kw={"rows": 3}, description=ONE_EACH_LINE)
    assumptions = TextField(_l("Assumptions"), length=1500, render_kw={"rows": 3}, description=ONE_EACH_LINE)
    feedback_until = Day(_l("Feedback is taken until"), description=_l("The last day on which people may say something."))
    decide_by = Day(_l("To be decided by"))
    launch_by = Day(_l("To be launched by"))

    def validate(self, extra_validators: Any = None) -> bool:
        """At most five requirements; days in their order."""
        valid = bool(super().validate(extra_validators))
        if not self.requirements.errors and len(lines(self.requirements.data or "")) > MOST_REQUIREMENTS:
            self.requirements.errors = [_("Five requirements at most.")]
            valid = False
        days = [(field, field.data) for field in (self.feedback_until, self.decide_by, self.launch_by) if field.data]
        for (_field, earlier), (later, day) in pairwise(days):
            if day < earlier and not later.errors:
                later.errors = [_("This is before the day above.")]
                valid = False
        return valid

    def facts(self) -> DecisionFacts:
        """The checked input."""
        days = ("feedback_until", "decide_by", "launch_by")
        values: dict[str, Any] = {name: self[name].data for name in days}
        for name in DecisionFacts.__dataclass_fields__:
            values.setdefault(name, self[name].data or "")
        return DecisionFacts(**values)


def values_of(row: Any, names: Sequence[str]) -> dict[str, Any]:
    """A row as a form of it shows it."""
    values = {name: getattr(row, name) for name in names}
    return {**values, "version": str(row.version)}


def facts_values(decision: Decision) -> dict[str, Any]:
    """The base of facts as the form shows it."""
    return values_of(decision, list(DecisionFacts.__dataclass_fields__))


class OpennessForm(Form):
    """Who may read a decision."""

    version = HiddenField(default="0")
    openness = RadioField(
        _l("Who may read it"),
        [InputRequired(_l("Choose one."))],
        choices=[
            SelectChoice(Openness.PUBLIC.value, _l("Public: everybody, also without a login, reads the summary")),
            SelectChoice(Openness.PARTNERS.value, _l("All partners: everybody of every partner company")),
            SelectChoice(Openness.ORGANISATIONS.value, _l("Both organisations: ours and the companies named below")),
            SelectChoice(Openness.TEAM.value, _l("The team alone: who has a part in it")),
        ],
    )
    reason = TextField(
        _l("Why not everybody"),
        length=500,
        render_kw={"rows": 3},
        description=_l("Stands on the page. Needed unless it is public."),
    )
    companies = TextField(
        _l("Companies"),
        length=2000,
        render_kw={"rows": 3},
        description=_l("For both organisations: programme IDs or names, one on each line."),
    )

    def offer(self, levels: Collection[Openness]) -> "OpennessForm":
        """Offers the levels that what it belongs to allows."""
        self.openness.choices = [one for one in self.openness.choices if one.value in levels]
        return self

    def validate(self, extra_validators: Any = None) -> bool:
        """What is not public says why."""
        valid = bool(super().validate(extra_validators))
        if self.openness.data not in (None, Openness.PUBLIC) and not self.reason.data and not self.reason.errors:
            self.reason.errors = [_("Say why it is not public.")]
            valid = False
        return valid


class PartForm(Form):
    """Gives somebody a part."""

    address = AddressField(_l("E-mail of their login"), [required(_l("Enter an e-mail like name@company.com."))])
    part = SelectField(
        _l("Part"),
        [InputRequired(_l("Choose one."))],
        choices=[SelectChoice(key.value, label) for key, label in PART_LABELS.items()],
        default=Part.STAKEHOLDER.value,
    )


class BodyForm(Form):
    """The body that decides, instead of a person."""

    body = LineField(_l("Body that decides"), length=200, description=_l("Like: steering committee. Empty: a person decides."))
