"""Forms of importing registrations."""

from flask_wtf.file import FileField

from eventapp.core.forms import Form, LineField
from eventapp.core.i18n import _l
from eventapp.partners.imports.forms import has_file


class FileForm(Form):
    """The list of another tool."""

    file = FileField(
        _l("File"),
        [has_file],
        description=_l("CSV or XLSX, up to 20 MB. The first line holds the names of the columns."),
        render_kw={"accept": ".csv,.tsv,.txt,.xlsx"},
    )


class CompanyForm(Form):
    """Another company than those suggested."""

    company = LineField(_l("Another company"), length=200, description=_l("Programme ID like KP-123456, or the exact name."))
