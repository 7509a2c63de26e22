"""The form of a note."""

from wtforms import HiddenField

from eventapp.core.forms import Form, TextField, required
from eventapp.core.i18n import _l

LONGEST = 4000


class NoteForm(Form):
    """What a side writes for itself."""

    version = HiddenField(default="0")
    text = TextField(_l("Note"), [required(_l("Write something."))], length=LONGEST, render_kw={"rows": 8})
