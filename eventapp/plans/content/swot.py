"""Rows of the section SWOT: what speaks for and against the plan. How many votes a row has is no part of what is signed."""

from typing import Any

from wtforms import SelectField
from wtforms.fields import SelectChoice

from eventapp.core.forms import LineField, required
from eventapp.core.i18n import _, _l
from eventapp.plans.content.lines import KINDS, Context, LineForm, LineKind, choice_field
from eventapp.plans.models import QUADRANT_LABELS, SectionKind, Side, SwotItem

LONGEST = 300


def side_of(value: Any) -> Side | None:
    """The side that stands in a choice; none for both."""
    return Side(value) if value else None


class SwotForm(LineForm):
    """A row of the SWOT."""

    GROUPS = ((_l("What"), ("text", ("quadrant", "side"))),)

    text = LineField(_l("In one line"), [required(_l("Say it in a few words."))], length=LONGEST)
    quadrant = choice_field(_l("What it is"), QUADRANT_LABELS)
    side = SelectField(_l("Said by"), coerce=side_of, choices=[SelectChoice("", "–")])

    def offer(self, context: Context) -> None:
        """Both sides by their names."""
        super().offer(context)
        self.side.choices = [
            SelectChoice("", _("Both together")),
            *(SelectChoice(side.value, context.names[side]) for side in Side),
        ]


def _swot(row: SwotItem, context: Context) -> list[str]:
    said_by = context.names[row.side] if row.side is not None else _("Both together")
    return [row.text, str(QUADRANT_LABELS[row.quadrant]), said_by]


def _swot_head(_context: Context) -> list[tuple[str, bool]]:
    return [(_("What it is"), False), (_("Said by"), False)]


KINDS[SectionKind.SWOT] = LineKind(SwotItem, SwotForm, _l("Strength or weakness"), _l("Add a line"), _swot_head, _swot)
