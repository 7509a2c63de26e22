"""Moments in an event's own zone: fields, and forms that turn them into UTC and ask where clocks skip or repeat a time."""

from datetime import datetime
from typing import Any, Self

from wtforms import DateTimeLocalField, RadioField
from wtforms.fields import SelectChoice

from eventapp.core.forms import Form, OptionalInput
from eventapp.core.i18n import _, _l
from eventapp.core.times import LocalTimeError, city, clock, offset, to_local, to_utc


class LocalMoment(DateTimeLocalField):
    """A local date and time in the event's zone, to the minute."""

    def __init__(self, label: Any, validators: list[Any] | None = None, **kwargs: Any) -> None:
        formats = ["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%S"]
        super().__init__(label, validators or [OptionalInput()], format=formats, **kwargs)

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Reads the value; the years between 1900 and 9000 that no calendar trips over."""
        try:
            super().process_formdata(valuelist)
        except ValueError as error:
            raise ValueError(_("Enter a date and a time, like 18.05.2027 09:00.")) from error
        if self.data is not None and not 1990 <= self.data.year <= 2200:
            # Nobody is to reckon with it: in many zones the first hours of the year 1 are no moment at all.
            self.data: datetime | None = None
            raise ValueError(_("Enter a year between 1990 and 2200."))


def which_field() -> RadioField:
    """Asks which of two moments is meant when clocks show a time twice. Shown only then."""
    choices = [SelectChoice("0", _l("The first time, before clocks go back")), SelectChoice("1", _l("The second time, after it"))]
    return RadioField(_l("Which one?"), [OptionalInput()], choices=choices)


class MomentsForm(Form):
    """A form with moments in one zone. For each name in `moment_names` there is a LocalMoment and a `<name>_fold`."""

    moment_names: tuple[str, ...] = ()
    moments: dict[str, datetime | None]

    own_zone = ""

    def in_zone(self, zone: str) -> Self:
        """Says whose local times these are."""
        self.own_zone = zone
        return self

    def zone(self) -> str:
        """The zone of the local times; empty while it is not known."""
        return self.own_zone

    def validate(self, extra_validators: Any = None) -> bool:
        """Shape first, then the times in UTC, which stand in `moments`."""
        valid = bool(super().validate(extra_validators))
        self.moments = {}
        for name in self.moment_names:
            valid = self._read_moment(name) and valid
        return valid

    def _read_moment(self, name: str) -> bool:
        local = self[name].data
        self.moments[name] = None
        if local is None or not self.zone():
            return not self[name].errors
        which = self[f"{name}_fold"].data
        try:
            self.moments[name] = to_utc(local, self.zone(), int(which) if which in ("0", "1") else None)
        except LocalTimeError as error:
            asked = f"{name}_fold" if self.twice(name) else name
            self[asked].errors = [*self[asked].errors, _clock_message(error, self.zone())]
            return False
        return True

    def twice(self, name: str) -> bool:
        """Whether clocks show the time of this field twice, so that the choice is to be offered."""
        local = self[name].data
        return local is not None and bool(self.zone()) and shown_twice(local, self.zone())


def moment_values(name: str, moment: datetime | None, zone: str) -> dict[str, Any]:
    """What a form shows of a moment: the local time in the zone, and which of two it is."""
    local = to_local(moment, zone) if moment else None
    plain = local.replace(tzinfo=None, fold=0) if local else None
    return {name: plain, f"{name}_fold": str(local.fold) if local and plain and shown_twice(plain, zone) else None}


def shown_twice(local: datetime, zone: str) -> bool:
    """Whether clocks in the zone show this local time twice, so that the form must say which is meant."""
    try:
        to_utc(local, zone)
    except LocalTimeError as error:
        return all(to_local(moment, zone).replace(tzinfo=None) == local for moment in error.choices)
    return False


def _clock_message(error: LocalTimeError, zone: str) -> str:
    """Why a local time cannot be taken as it is, with the times around it."""
    before, after = (to_local(moment, zone) for moment in error.choices)
    if before.replace(tzinfo=None) == error.local:
        return _(
            "Clocks in %(city)s show %(time)s twice that night: %(first)s and %(second)s. Choose which is meant.",
            city=city(zone), time=clock(error.local), first=offset(before), second=offset(after),
        )  # fmt: skip
    return _(
        "Clocks in %(city)s never show %(time)s that night, they jump ahead. Enter %(early)s or %(late)s.",
        city=city(zone), time=clock(error.local), early=clock(before), late=clock(after),
    )  # fmt: skip
