"""The form of a section of text."""

from wtforms import HiddenField

from eventapp.core.forms import Form, TextField
from eventapp.core.i18n import _l

LONGEST_TEXT = 8000


class TextForm(Form):
    """What a section of text says."""

    version = HiddenField()
    text = TextField(_l("Text"), length=LONGEST_TEXT, description=_l("Markdown: **bold**, lists, links."), render_kw={"rows": 16})
