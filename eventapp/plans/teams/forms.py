"""Forms about a team."""

from collections.abc import Sequence
from typing import Any

from wtforms import BooleanField, SelectField
from wtforms.fields import SelectChoice

from eventapp.core.forms import Form, LineField, required
from eventapp.core.i18n import _, _l
from eventapp.plans.models import PLAN_FUNCTION_LABELS, MemberFunction
from eventapp.plans.teams.service import Candidate


def _functions() -> list[SelectChoice]:
    return [SelectChoice(one.value, str(label)) for one, label in PLAN_FUNCTION_LABELS.items()]


class FunctionForm(Form):
    """What somebody does in the plan."""

    function = SelectField(_l("Function in the plan"), coerce=MemberFunction, choices=_functions)
    signatory = BooleanField(
        _l("Signs the plan"), description=_l("The executive sponsor and the owner of each side sign anyway.")
    )


class JoinForm(FunctionForm):
    """Somebody to join the team of the own side."""

    who = SelectField(_l("Person"), [required(_l("Choose a person."))])

    def offer(self, people: Sequence[tuple[int, Candidate]]) -> None:
        """Fills in who may join."""
        self.who.choices = [SelectChoice("", _("Choose a person")), *(SelectChoice(str(key), one.name) for key, one in people)]


class SmallForm(Form):
    """Why two people are enough for a small partner."""

    reason = LineField(
        _l("Reason"),
        [required(_l("Say why two people are enough."))],
        length=300,
        description=_l("For example: eight people work here, and two of them decide."),
    )


class HandOverForm(Form):
    """Who takes over: somebody of the team, or somebody new to it."""

    successor = SelectField(_l("Successor"), [required(_l("Choose a person."))])

    def offer(self, team: Sequence[Any], people: Sequence[tuple[int, Candidate]]) -> None:
        """Fills in who may take over."""
        inside, outside = {"optgroup": _("In the team")}, {"optgroup": _("New to the team")}
        self.successor.choices = [
            SelectChoice("", _("Choose a person")),
            *(SelectChoice(f"member-{one.id}", one.name, **inside) for one in team),
            *(SelectChoice(f"person-{key}", one.name, **outside) for key, one in people),
        ]
