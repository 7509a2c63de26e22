"""The form of a file."""

from flask_wtf.file import FileField, FileRequired

from eventapp.core.forms import Form
from eventapp.core.i18n import _l


class FileForm(Form):
    """A file to be kept."""

    file = FileField(
        _l("File"),
        [FileRequired(_l("Choose a file."))],
        description=_l("PDF, office documents, ZIP, JPG or PNG, at most 900 kB."),
    )
