"""Forms of signing."""

from wtforms import BooleanField, HiddenField
from wtforms.validators import InputRequired

from eventapp.core.forms import Form, LineField, required
from eventapp.core.i18n import _l


class SignForm(Form):
    """The tick and the name. `content_hash` is that of what was read."""

    content_hash = HiddenField()
    read = BooleanField(
        _l("I have read this version of the plan, and sign it for my side."), [InputRequired(_l("Tick this to sign."))]
    )
    typed_name = LineField(
        _l("Your name"),
        [required(_l("Type your name."))],
        length=200,
        description=_l("As it stands in the team."),
        render_kw={"autocomplete": "name"},
    )


class DeclineForm(Form):
    """Why somebody does not sign."""

    reason = LineField(_l("Reason"), [required(_l("Say why, so that both sides know."))], length=500)


class RevisionForm(Form):
    """A button that says which state of the plan was read."""

    version = HiddenField()
