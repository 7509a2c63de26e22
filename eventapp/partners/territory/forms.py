"""The form of a territory: one of three ways to name companies."""

from wtforms import SelectField
from wtforms.fields import SelectChoice

from eventapp.core.forms import Form, LineField
from eventapp.core.i18n import _l


class PartForm(Form):
    """What to add; one field of it is filled in."""

    region = SelectField(_l("Sub-region"))
    manager_name = LineField(
        _l("Manager's name in the list"),
        length=150,
        description=_l("All companies that name this partner manager, those to come as well."),
        render_kw={"list": "manager-names", "autocomplete": "off"},
    )
    company = LineField(_l("One company"), length=200, description=_l("Programme ID like KP-182660, or the exact name."))


def part_form(regions: list[tuple[str, str]]) -> PartForm:
    """The form with the sub-regions to choose from."""
    form = PartForm()
    form.region.choices = [SelectChoice("", _l("None")), *(SelectChoice(key, label) for key, label in regions)]
    return form
