"""Forms about funds."""

from decimal import Decimal

from wtforms import HiddenField, RadioField
from wtforms.fields import SelectChoice
from wtforms.validators import InputRequired

from eventapp.core.forms import AmountField, Day, Form, TextField
from eventapp.core.i18n import _l


class VersionForm(Form):
    """A button that says which state was read."""

    version = HiddenField(default="0")


class DecideForm(VersionForm):
    """Whether a claim is granted."""

    decision = RadioField(
        _l("Decision"),
        [InputRequired(_l("Choose whether to approve or to reject it."))],
        choices=lambda: [SelectChoice("approve", str(_l("Approve"))), SelectChoice("reject", str(_l("Reject")))],
    )
    note = TextField(
        _l("Remark"), length=500, description=_l("Needed where you reject. Both sides read it."), render_kw={"rows": 3}
    )


class DecideRequestForm(DecideForm):
    """Whether a request is granted, and until when it is claimed."""

    claim_until = Day(_l("To be claimed until"), [InputRequired(_l("Choose a day."))])


class ClaimForm(VersionForm):
    """What is claimed."""

    amount = AmountField(_l("Amount"), [InputRequired(_l("Enter a number."))], least=Decimal("0.01"))
    description = TextField(_l("What it was spent for"), length=500, render_kw={"rows": 3})

    def said(self) -> tuple[Decimal, str]:
        """Amount, which is there once the form is valid, and description."""
        amount = self.amount.data
        assert isinstance(amount, Decimal)
        return amount, self.description.data or ""


class PayForm(VersionForm):
    """Since when it is paid."""

    paid_on = Day(_l("Paid on"), [InputRequired(_l("Choose a day."))])
