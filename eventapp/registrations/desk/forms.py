"""Forms of comments and tags."""

from collections.abc import Iterable

from wtforms import RadioField, SelectMultipleField
from wtforms.fields import SelectChoice
from wtforms.validators import InputRequired

from eventapp.core.forms import Form, LineField, OptionalInput, TextField, required
from eventapp.core.i18n import _, _l
from eventapp.registrations.desk.acts import Act
from eventapp.registrations.desk.models import COLOUR_LABELS, Tag, TagColour


class CommentForm(Form):
    """A note about a registration."""

    text = TextField(_l("Comment"), [required(_l("Write something."))], length=2000, render_kw={"rows": 3})


class TagForm(Form):
    """A tag of an event."""

    word = LineField(_l("Word"), [required(_l("Enter a word."))], length=40)
    colour = RadioField(
        _l("Colour"),
        choices=[SelectChoice(colour.value, label) for colour, label in COLOUR_LABELS.items()],
        default=TagColour.GREY.value,
    )


class TagsForm(Form):
    """Which tags a registration carries."""

    tags = SelectMultipleField(_l("Tags"), [OptionalInput()], coerce=int)

    def offer(self, tags: Iterable[Tag], chosen: set[int]) -> None:
        """Fills in the event's tags; those in `chosen` are ticked at first."""
        self.tags.choices = [SelectChoice(tag.id, tag.word) for tag in tags]
        if self.tags.data is None:
            self.tags.data = sorted(chosen)


class BulkForm(Form):
    """What an act on many registrations needs besides them."""

    choice = RadioField(_l("Which?"), [OptionalInput()])
    reason = LineField(_l("Reason"), length=300)

    def ask(self, act: Act, choices: list[SelectChoice]) -> None:
        """Leaves only the fields that the act asks for."""
        self.choice.choices = choices
        if act.choice:
            self.choice.validators = [InputRequired(_("Choose one."))]
        if act.reason:
            self.reason.validators = [required(_("Say why.")), *self.reason.validators[1:]]
            self.reason.flags.required = True
        self.reason.description = _("Stands in the mail to everybody concerned.") if act.quoted else _("Stands in the log.")
