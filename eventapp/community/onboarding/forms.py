"""Forms of the list of first steps."""

from typing import Any

from wtforms import BooleanField, HiddenField, SelectField
from wtforms.fields import SelectChoice

from eventapp.community.models import FACT_LABELS, Fact, OnboardingItem
from eventapp.community.onboarding.service import ItemDetails
from eventapp.core.forms import Form, LineField, OptionalInput, TextField, required
from eventapp.core.i18n import _l


class ItemForm(Form):
    """Something that newcomers do first."""

    version = HiddenField(default="0")
    title = LineField(_l("What to do"), [required(_l("Say what is to be done."))], length=150)
    help = TextField(_l("How, and what for"), length=400, render_kw={"rows": 3})
    fact = SelectField(
        _l("Ticks itself when"),
        [OptionalInput()],
        choices=[
            SelectChoice("", _l("Never: an admin of the company ticks it")),
            *(SelectChoice(k.value, v) for k, v in FACT_LABELS.items()),
        ],
    )
    active = BooleanField(_l("Asked of newcomers"), default=True)

    def details(self) -> ItemDetails:
        """The checked input."""
        fact = Fact(self.fact.data) if self.fact.data else None
        active = bool(self.active.data) if "active" in self else True
        return ItemDetails(self.title.data or "", self.help.data or "", fact, active)


def item_values(item: OnboardingItem) -> dict[str, Any]:
    """An item as the form shows it."""
    values = {name: getattr(item, name) for name in ("title", "help", "active")}
    return {**values, "fact": item.fact.value if item.fact is not None else "", "version": str(item.version)}
