"""A connection with another company."""

from wtforms import SelectField
from wtforms.fields import SelectChoice

from eventapp.core.forms import Day, Form, LineField, required
from eventapp.core.i18n import _l
from eventapp.partners.models import RelationshipKind
from eventapp.partners.relationships.words import KIND_LABELS


class RelationshipForm(Form):
    """How this company is connected with which other one, and for how long."""

    way = SelectField(
        _l("This company"), choices=[SelectChoice(f"{kind}_{way}", text) for (kind, way), text in KIND_LABELS.items()]
    )
    other = LineField(_l("The other company"), [required()], length=254)
    valid_from = Day(_l("First day"))
    valid_to = Day(_l("Last day"))

    def kind(self) -> RelationshipKind:
        """The kind of the connection."""
        return RelationshipKind(str(self.way.data).rpartition("_")[0])

    @property
    def outgoing(self) -> bool:
        """Whether this company is the one that supplies, gives work, and so on."""
        return str(self.way.data).endswith("_to")
