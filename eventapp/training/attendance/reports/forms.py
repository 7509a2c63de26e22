"""The form that takes a report."""

from flask_wtf.file import FileField

from eventapp.core.forms import Form
from eventapp.core.i18n import _l
from eventapp.partners.imports.forms import has_file


class FileForm(Form):
    """A report of a meeting tool."""

    file = FileField(
        _l("Report of the meeting tool"),
        [has_file],
        description=_l("CSV, TSV or XLSX, up to 20 MB, as Teams, Zoom or Webex writes it; or any table with a time of joining."),
        render_kw={"accept": ".csv,.tsv,.txt,.xlsx"},
    )
