"""Forms by which the owner weighs: options, criteria, scores, the premortem."""

from collections.abc import Sequence
from typing import Any

from wtforms import HiddenField, IntegerField, SelectField
from wtforms.fields import SelectChoice
from wtforms.validators import InputRequired, NumberRange

from eventapp.core.forms import Day, Form, LineField, OptionalInput, TextField, required
from eventapp.core.i18n import _l
from eventapp.decisions.forms.facts import ONE_EACH_LINE, values_of
from eventapp.decisions.models import (
    DecisionCriterion,
    DecisionOption,
    DecisionRisk,
)
from eventapp.decisions.rules import BEST
from eventapp.decisions.service import OptionDetails, RiskDetails


class OptionForm(Form):
    """An option."""

    version = HiddenField(default="0")
    title = LineField(_l("Option"), [required(_l("Give it a title."))], length=200)
    pros = TextField(_l("What speaks for it"), length=2000, render_kw={"rows": 4}, description=ONE_EACH_LINE)
    cons = TextField(_l("What speaks against it"), length=2000, render_kw={"rows": 4}, description=ONE_EACH_LINE)

    def details(self) -> OptionDetails:
        """The checked input."""
        return OptionDetails(self.title.data or "", self.pros.data or "", self.cons.data or "")


def option_values(option: DecisionOption) -> dict[str, Any]:
    """An option as the form shows it."""
    return values_of(option, ("title", "pros", "cons"))


class CriterionForm(Form):
    """What options are compared by."""

    text = LineField(_l("Criterion"), [required(_l("Say what counts, like Effort for partners."))], length=200)
    weight = IntegerField(
        _l("Weight"),
        [InputRequired(_l("Enter a number.")), NumberRange(1, 100, _l("A number from 1 to 100."))],
        description=_l("All weights together are 100."),
    )


class ScoresForm(Form):
    """A score for each option and criterion; the fields are added by `scores_form`."""

    cells: tuple[tuple[int, int, str], ...] = ()

    def scores(self) -> dict[tuple[int, int], int]:
        """The scores that were given, by option and criterion."""
        return {(option, criterion): int(self[name].data) for option, criterion, name in self.cells if self[name].data}


def scores_form(
    options: Sequence[DecisionOption], criteria: Sequence[DecisionCriterion], given: dict[int, dict[int, int]]
) -> ScoresForm:
    """A form with a choice of 0 to 5 for each option and criterion."""
    choices = [SelectChoice("", "–"), *(SelectChoice(str(n), str(n)) for n in range(BEST + 1))]
    cells = tuple((o.id, c.id, f"score_{o.id}_{c.id}") for o in options for c in criteria)
    labels = {(o.id, c.id): f"{o.title}, {c.text}" for o in options for c in criteria}
    fields: dict[str, Any] = {name: SelectField(labels[o, c], [OptionalInput()], choices=choices) for o, c, name in cells}
    data = {name: str(given.get(o, {}).get(c, "")) for o, c, name in cells}
    made: ScoresForm = type("TheScoresForm", (ScoresForm,), {**fields, "cells": cells})(data=data)
    return made


class RiskForm(Form):
    """An item of the premortem."""

    version = HiddenField(default="0")
    text = TextField(
        _l("It has failed. What went wrong?"), [required(_l("Say what went wrong."))], length=500, render_kw={"rows": 2}
    )
    trigger = TextField(_l("How it began"), length=500, render_kw={"rows": 2})
    prevention = TextField(_l("What would have prevented it"), length=500, render_kw={"rows": 2})
    action = LineField(_l("What we do about it"), length=300)
    due = Day(_l("Until"))

    def details(self) -> RiskDetails:
        """The checked input."""
        action = self.action.data or ""
        due = self.due.data if action else None
        return RiskDetails(self.text.data or "", self.trigger.data or "", self.prevention.data or "", action, due)


def risk_values(risk: DecisionRisk) -> dict[str, Any]:
    """An item of the premortem as the form shows it."""
    return values_of(risk, ("text", "trigger", "prevention", "action", "due"))
