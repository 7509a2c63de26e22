"""Forms of messages."""

from typing import Any

from wtforms import BooleanField, HiddenField, SelectField
from wtforms.fields import SelectChoice

from eventapp.core.forms import Form, LineField, TextField, required
from eventapp.core.i18n import _l, language_name
from eventapp.registrations.messages import texts
from eventapp.registrations.messages.composing import TEXT_LANGUAGES
from eventapp.registrations.messages.kinds import Kind

LONGEST = 20_000


def languages() -> list[tuple[str, str]]:
    """Code and name of the languages in which texts can be written."""
    return [(code, language_name(code)) for code in TEXT_LANGUAGES]


class TextForm(Form):
    """An event's own text of one message in one language."""

    version = HiddenField(default="0")
    subject = LineField(_l("Subject"), [required(_l("Enter a subject."))], length=200)
    body = TextField(
        _l("Text"),
        [required(_l("Enter a text, or go back to ours."))],
        length=LONGEST,
        description=_l(
            "Markdown: # heading, **bold**, - list, [Open it]({link}). The first link alone in its paragraph becomes the button. "
            "A paragraph is left out where one of its placeholders has nothing to say."
        ),
        render_kw={"rows": 18, "maxlength": LONGEST, "data-placeholders-into": ""},
    )

    def check_against(self, kind: Kind) -> bool:
        """Whether subject and text name only what there is, each problem at its field. Asked after `validate`."""
        problems = texts.check(self.subject.data or "", self.body.data or "", kind.placeholders)
        for problem in problems:
            self.refuse(problem)
        return not problems


class SwitchForm(Form):
    """Whether a message is sent, and when."""

    enabled = BooleanField(_l("Send this message"))
    hour = SelectField(_l("Hour, in the event's time"), choices=[SelectChoice(str(h), f"{h:02d}:00") for h in range(24)])

    @classmethod
    def of(cls, kind: Kind, **values: Any) -> "SwitchForm":
        """The form of one message; those that leave on no date, or an hour before, have no hour of their own."""
        form = cls(**values)
        if not kind.has_hour:
            del form.hour
        return form
