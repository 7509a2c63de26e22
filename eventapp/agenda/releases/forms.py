"""The form of a release: its name, a note, and who is told."""

from wtforms import BooleanField, HiddenField

from eventapp.agenda.releases.telling import Group
from eventapp.core.forms import Form, LineField, TextField, required
from eventapp.core.i18n import _l


class ReleaseForm(Form):
    """Name and note, and a box for each group that can be told. `seen` is the difference that was looked at."""

    seen = HiddenField()
    name = LineField(_l("Name"), [required(_l("Give the release a name."))], length=60, description=_l("People see it."))
    note = TextField(
        _l("Note"), length=1000, description=_l("Stands in the public list of changes and in the mails."), render_kw={"rows": 3}
    )
    speakers = BooleanField(_l("Speakers"))
    places = BooleanField(_l("People with a place, or waiting for one"))
    stars = BooleanField(_l("People who starred a session"))
    words = BooleanField(_l("Also tell them of changed words"))

    def groups(self) -> list[Group]:
        """Who is to be told."""
        return [group for group in Group if self[group.value].data]
