"""The form of a comment."""

from eventapp.core.forms import Form, TextField, required
from eventapp.core.i18n import _l

LONGEST = 2000


class CommentForm(Form):
    """What somebody says about a section."""

    text = TextField(_l("Comment"), [required(_l("Write something."))], length=LONGEST, render_kw={"rows": 3})
