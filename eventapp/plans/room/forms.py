"""Forms of the room."""

from typing import Any

from wtforms import HiddenField, RadioField, SelectField
from wtforms.fields import SelectChoice
from wtforms.validators import InputRequired

from eventapp.core.forms import Day, Form, LineField, TextField, required
from eventapp.core.i18n import _, _l
from eventapp.plans.content.lines import Context, whom
from eventapp.plans.content.swot import LONGEST as LONGEST_ROW
from eventapp.plans.models import QUADRANT_LABELS
from eventapp.plans.room.rules import CONFIDENCE

LONGEST_MINUTES = 20_000


class MoveOnForm(Form):
    """Moves the agenda on from the part that was under way when the button was shown; none before the first."""

    version = HiddenField()


class StartForm(Form):
    """Begins the workshop; `meant`: also on another day than its date."""

    meant = HiddenField()


class AttendForm(Form):
    """Somebody is here, or has gone."""

    member = HiddenField()


class SwotLineForm(Form):
    """A row of the SWOT, typed in one line; the quadrant is the form that it was typed into."""

    quadrant = SelectField(
        _l("What it is"),
        [InputRequired(_l("Choose one."))],
        choices=[SelectChoice(one.value, text) for one, text in QUADRANT_LABELS.items()],
    )
    text = LineField(_l("In one line"), [required(_l("Say it in a few words."))], length=LONGEST_ROW)


class ParkForm(Form):
    """Something to put aside."""

    parked = LineField(_l("Put aside"), [required(_l("Say what it is."))], length=300)


class RoomActionForm(Form):
    """An action in one line; who helps is said on its own page."""

    text = LineField(_l("What is to be done"), [required(_l("Say what is to be done."))], length=500)
    accountable_id = SelectField(_l("Accountable"), [InputRequired(_l("Choose a person."))], coerce=whom)
    due_on = Day(_l("Until"), [InputRequired(_l("Choose a day."))])

    def offer(self, context: Context) -> None:
        """The people of both teams."""
        people = (SelectChoice(str(one.id), one.name, optgroup=context.names[one.side]) for one in context.people.values())
        self.accountable_id.choices = [SelectChoice("", _("Choose a person")), *people]


class ConfidenceForm(Form):
    """How sure somebody is."""

    vote = RadioField(
        _l("How sure are you that we will reach this plan?"),
        [InputRequired(_l("Choose a number from 1 to 5."))],
        coerce=int,
        choices=[SelectChoice(mark, str(mark)) for mark in CONFIDENCE],
        description=_l("From 1, not at all, to 5, completely."),
    )
    remark = LineField(_l("What would make you more sure"), length=300, description=_l("Shown without your name."))


class MinutesForm(Form):
    """The minutes."""

    version = HiddenField()
    minutes = TextField(
        _l("Minutes"),
        length=LONGEST_MINUTES,
        description=_l("Markdown: **bold**, lists, links. Both teams read them."),
        render_kw={"rows": 24},
    )


def number_in(field: Any) -> int | None:
    """The id in a hidden field; none for anything that is none."""
    text = field.data or ""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None
