"""Acting for one company at a time: forms that remember for which one they were opened."""

from typing import Any

from wtforms import HiddenField

from eventapp.core.forms import Form
from eventapp.core.i18n import _
from eventapp.partners.audiences import viewer


def _acting_for() -> str:
    return str(viewer().acting_for or "")


class ActingForm(Form):
    """A form of the company acted for. Sent after a switch in another tab, it is refused once, with everything kept.

    Without that, what was typed for one company would be saved for another.
    """

    acting_for = HiddenField(default=_acting_for)

    def validate(self, extra_validators: Any = None) -> bool:
        """The fields, and that the visitor still acts for the company that the page was opened for."""
        valid = bool(super().validate(extra_validators))
        if self.acting_for.data == _acting_for():
            return valid
        seat = viewer().seat
        name = seat.company_name if seat else ""
        self.form_errors.append(
            _(
                "You act for %(company)s now; this page was opened for another company. Check it, then send it again.",
                company=name,
            )
        )
        self.acting_for.data = _acting_for()
        return False
