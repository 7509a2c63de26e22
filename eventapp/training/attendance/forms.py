"""The forms of attendance."""

from typing import Any

from wtforms import HiddenField, SelectField
from wtforms.fields import SelectChoice
from wtforms.validators import StopValidation

from eventapp.core.forms import Form, LineField, TextField, required
from eventapp.core.i18n import _, _l
from eventapp.training.models import ATTENDANCE_LABELS, AttendanceState, Enrolment


def _chosen(_form: Any, field: Any) -> None:
    if not field.data:
        raise StopValidation(_("Choose one."))


class SettleForm(Form):
    """What somebody's attendance is, and why it is not what was counted."""

    version = HiddenField(default="0")
    state = SelectField(
        _l("Attendance"),
        [_chosen],
        choices=[SelectChoice("", _l("Choose …")), *(SelectChoice(s.value, ATTENDANCE_LABELS[s]) for s in AttendanceState)],
    )
    reason = LineField(_l("Reason"), [required()], length=300, description=_l("Stands in the log. The person does not see it."))


def settle_form(enrolment: Enrolment) -> SettleForm:
    """The form with what stands now."""
    state = enrolment.attendance.value if enrolment.attendance and enrolment.settled_at else ""
    return SettleForm(data={"version": str(enrolment.version), "state": state, "reason": enrolment.settled_reason})


class SheetForm(Form):
    """The lines of a sign-in sheet."""

    lines = TextField(
        _l("Who signed in"),
        [required()],
        length=200_000,
        description=_l("One name or address on each line. What stands behind a TAB or a semicolon is left out."),
        render_kw={"rows": 10},
    )


class MatchForm(Form):
    """Whose a line is, chosen by button or typed."""

    who = LineField(_l("Somebody else who is enrolled"), length=400)


class CloseForm(Form):
    """Makes the results final."""

    version = HiddenField(default="0")
