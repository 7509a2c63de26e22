"""The form by which people say that no date fits."""

from collections.abc import Sequence

from wtforms import SelectMultipleField
from wtforms.fields import SelectChoice

from eventapp.core.forms import Form, LineField, OptionalInput
from eventapp.core.i18n import _l


class WantForm(Form):
    """Who wants a date, and what would fit."""

    people = SelectMultipleField(_l("Who wants a date"), [OptionalInput()])
    note = LineField(_l("What would fit"), length=300, description=_l("Like: in Vienna, or on two afternoons in March."))

    def offer(self, people: Sequence[tuple[int, str]]) -> "WantForm":
        """Offers people of the visitor's company."""
        self.people.choices = [SelectChoice(str(id_), name) for id_, name in people]
        return self
