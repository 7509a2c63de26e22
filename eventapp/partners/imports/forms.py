"""Forms of the import wizard."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from flask_wtf.file import FileField
from wtforms import RadioField, SelectField
from wtforms.fields import SelectChoice
from wtforms.validators import InputRequired, StopValidation

from eventapp.core.forms import Form
from eventapp.core.i18n import _, _l
from eventapp.partners.imports.fields import FIELDS, plain_header
from eventapp.partners.imports.kinds import WAYS
from eventapp.partners.models import ImportBatch, ImportKind

# What is begun here; registrations are begun on the pages of their event.
BEGUN_HERE = (ImportKind.PARTNERS, ImportKind.PEOPLE)
PREFIX = "column_"
NONE = ""


def has_file(_form: Any, field: Any) -> None:
    """Stops where no file was chosen."""
    if not field.data or not field.data.filename:
        raise StopValidation(_("Choose a file."))


# So that no page calls the file optional.
has_file.field_flags = {"required": True}  # type: ignore[attr-defined] # read by WTForms


class StartForm(Form):
    """What to import, and from which file."""

    kind = RadioField(
        _l("What is in the file?"),
        [InputRequired(_l("Say what is in the file."))],
        choices=[SelectChoice(kind.value, WAYS[kind].label) for kind in BEGUN_HERE],
    )
    file = FileField(
        _l("File"),
        [has_file],
        description=_l("CSV or XLSX, up to 20 MB. The first line holds the names of the columns."),
        render_kw={"accept": ".csv,.tsv,.txt,.xlsx"},
    )


class ReadForm(Form):
    """How the bytes of a text file are to be read."""

    encoding = SelectField(
        _l("Encoding"),
        choices=[
            SelectChoice("utf-8", "UTF-8"),
            SelectChoice("cp1252", _l("Windows (cp1252)")),
            SelectChoice("utf-16-le", "UTF-16 LE"),
            SelectChoice("utf-16-be", "UTF-16 BE"),
        ],
    )
    delimiter = SelectField(
        _l("Columns are split by"),
        choices=[
            SelectChoice(",", _l("comma")),
            SelectChoice(";", _l("semicolon")),
            SelectChoice("\t", _l("TAB")),
            SelectChoice("|", _l("vertical bar")),
        ],
    )


class ColumnsForm(Form):
    """Which column holds what: a field `column_…` for each value that files of this kind can have."""

    def columns(self) -> dict[str, int]:
        """Field key → number of its column."""
        return {f.name.removeprefix(PREFIX): int(f.data) for f in self if f.name.startswith(PREFIX) and f.data != NONE}

    def selects(self) -> list[Any]:
        """The fields that a person chooses columns in."""
        return [f for f in self if f.name.startswith(PREFIX)]


def columns_form(batch: ImportBatch, further: Mapping[str, Any] | None = None) -> ColumnsForm:
    """The form for one file, its fields set as they are matched; `further` are fields of that kind of file besides."""
    choices = [SelectChoice(NONE, _("not in the file")), *_choices(batch.headers)]
    made: dict[str, Any] = dict(further or {})
    for field in FIELDS[batch.kind]:
        made[PREFIX + field.key] = SelectField(
            field.label,
            # Every field must be chosen or left out; none of them can stay open.
            choices=choices,
            default=str(batch.mapping.get(field.key, NONE)),
            description=_l("Needed.") if field.required else _l("Needed for new companies.") if field.for_new else "",
        )
    form = type("FileColumnsForm", (ColumnsForm,), made)()
    assert isinstance(form, ColumnsForm)
    return form


def _choices(headers: Sequence[str]) -> list[Any]:
    """The columns by their names; those that have one in common by their numbers, too."""
    several = Counter(plain_header(header) for header in headers)
    return [SelectChoice(str(n), _choice(n, header, several[plain_header(header)] > 1)) for n, header in enumerate(headers)]


def _choice(n: int, header: str, is_doubled: bool) -> str:
    if not header:
        return _("column %(number)d", number=n + 1)
    return _("%(header)s (column %(number)d)", header=header, number=n + 1) if is_doubled else header
