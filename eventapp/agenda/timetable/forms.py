"""Forms of the editor: a part's day, time, room and length, by hand and from the grid."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from wtforms import HiddenField, IntegerField, SelectField
from wtforms.fields import SelectChoice
from wtforms.validators import InputRequired, NumberRange

from eventapp.agenda.models import Room, SessionSlot
from eventapp.agenda.timetable.service import LONGEST, Placing
from eventapp.core.db import MAX_ID
from eventapp.core.errors import RuleError
from eventapp.core.forms import Form, LineField
from eventapp.core.i18n import _, _l
from eventapp.events.moments import LocalMoment, MomentsForm, moment_values, which_field

ALL_ROOMS = "all"
_MINUTES = _l("Enter between 1 and 1440 minutes.")


def _minutes_field() -> IntegerField:
    range_ = NumberRange(1, LONGEST, _MINUTES)
    return IntegerField(
        _l("Minutes"), [InputRequired(_MINUTES), range_], render_kw={"min": 1, "max": LONGEST, "inputmode": "numeric"}
    )


class PlaceForm(MomentsForm):
    """Where a part of a session is, in the event's own time. Without a time it goes to the tray."""

    moment_names = ("starts_at",)
    was = HiddenField()
    starts_at = LocalMoment(_l("Day and time"), description=_l("Without one it lies in the tray."))
    starts_at_fold = which_field()
    minutes = _minutes_field()
    room = SelectField(_l("Room"))

    @classmethod
    def of(cls, slot: SessionSlot, zone: str, rooms: Iterable[Room], *, is_break: bool) -> "PlaceForm":
        """The form as the part is now."""
        data: dict[str, Any] = {
            "was": Placing.of(slot).token,
            "minutes": slot.minutes,
            "room": room_value(slot),
            **moment_values("starts_at", slot.starts_at, zone),
        }
        form = cls(data=data).in_zone(zone)
        form.room.choices = [SelectChoice("", _("No room"))]
        if is_break:
            form.room.choices.append(SelectChoice(ALL_ROOMS, _("All rooms")))
        form.room.choices += [SelectChoice(str(room.id), room.name) for room in rooms]
        return form

    def placing(self) -> Placing:
        """What was filled in."""
        return _placing(self.moments["starts_at"], self.room.data or "", self.minutes.data or 0)


class MoveForm(Form):
    """The same as the grid sends it: a moment in UTC like 2027-05-18T07:00Z, or nothing."""

    starts_at = LineField("", length=20)
    room = LineField("", length=12)
    minutes = _minutes_field()
    was = LineField("", length=60)

    def placing(self) -> Placing:
        """Where the part is to go. Raises RuleError for what no grid sends."""
        text = self.starts_at.data or ""
        try:
            moment = datetime.strptime(text, "%Y-%m-%dT%H:%MZ").replace(tzinfo=UTC) if text else None
        except ValueError as error:
            raise RuleError(_("Choose the time again."), "starts_at", 422) from error
        return _placing(moment, self.room.data or "", self.minutes.data or 0)


def room_value(slot: SessionSlot) -> str:
    """The room of a part as forms and the grid say it."""
    return ALL_ROOMS if slot.all_rooms else str(slot.room_id or "")


def _placing(moment: datetime | None, room: str, minutes: int) -> Placing:
    if moment is None:
        return Placing(None, None, False, minutes)
    if room == ALL_ROOMS:
        return Placing(moment, None, True, minutes)
    if room and not (room.isascii() and room.isdigit() and 0 < int(room) <= MAX_ID):
        raise RuleError(_("This room does not exist any more. Choose another one."), "room", 422)
    return Placing(moment, int(room) if room else None, False, minutes)
