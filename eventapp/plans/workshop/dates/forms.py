"""Forms of dates: proposing some, moving one, saying which one can."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from wtforms import HiddenField, RadioField, SelectField, TimeField
from wtforms.fields import SelectChoice
from wtforms.validators import InputRequired

from eventapp.core.forms import Day, Form, OptionalInput
from eventapp.core.i18n import _, _l
from eventapp.core.times import to_local
from eventapp.plans.models import SLOT_ANSWER_LABELS, SlotAnswer, WorkshopSlot
from eventapp.plans.workshop.dates.rules import DAY, HALF, LONGEST, ClockError, Dates, Span, moment

# Days that a form offers to propose at once.
DAYS = 6
GAPS = (0, 1, 2, 3, 7)
DAY_NAMES = tuple(f"day{n}" for n in range(1, DAYS + 1))


class Clock(TimeField):
    """A time of the day, to the minute."""

    data: time | None

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Reads what was typed; what is no time stays in the field with its message."""
        try:
            super().process_formdata(valuelist)
        except ValueError as error:
            raise ValueError(_("Enter a time like 09:00.")) from error


def _clock(label: Any, default: time) -> Clock:
    return Clock(label, [InputRequired(_l("Enter a time like 09:00."))], default=default)


class HoursForm(Form):
    """From when to when, in the workshop's zone, on a day that a subclass asks for. `dates` gives what it comes to.

    On video there is a second half, on the same day or some days later.
    """

    gap = SelectField(_l("The second half is"), coerce=int, default=1)
    second_starts = _clock(_l("From"), HALF[0])
    second_ends = _clock(_l("To"), HALF[1])
    starts = _clock(_l("From"), DAY[0])
    ends = _clock(_l("To"), DAY[1])

    zone = ""
    halves = False

    def in_zone(self, zone: str, *, halves: bool, gap: int = 1) -> None:
        """Says whose hours these are, and whether there are two halves; `gap` days between them is a choice as well."""
        self.zone, self.halves = zone, halves
        if not halves:
            del self.gap, self.second_starts, self.second_ends
            return
        offered = sorted({*GAPS, gap})
        self.gap.choices = [SelectChoice(days, self._gap_label(days)) for days in offered]
        if not self.is_submitted():
            self.gap.data = gap

    @staticmethod
    def _gap_label(days: int) -> str:
        if days == 0:
            return _("later on the same day")
        return _("on the next day") if days == 1 else _("%(number)s days later", number=days)

    def on(self, field: Any) -> Dates | None:
        """The date on the day of that field; none where something cannot be, which then stands at its field."""
        day = field.data
        first = self._span(field, day, self.starts, self.ends)
        if not self.halves:
            return Dates(first) if first is not None else None
        second = self._span(field, day + timedelta(days=self.gap.data), self.second_starts, self.second_ends)
        if first is None or second is None:
            return None
        if second.starts_at < first.ends_at:
            self._say(self.second_starts, _("The second half begins after the first has ended."))
            return None
        return Dates(first, second)

    def _span(self, field: Any, day: date, starts: Clock, ends: Clock) -> Span | None:
        if starts.data is None or ends.data is None:
            return None
        try:
            found = Span(moment(day, starts.data, self.zone), moment(day, ends.data, self.zone))
        except ClockError as error:
            self._say(field, error.text)
            return None
        if found.ends_at <= found.starts_at:
            self._say(ends, _("The end comes after the beginning."))
            return None
        if found.ends_at - found.starts_at > LONGEST:
            self._say(ends, _("That is longer than twelve hours."))
            return None
        return found

    @staticmethod
    def _say(field: Any, text: str) -> None:
        if text not in field.errors:
            field.errors = [*field.errors, text]


class ProposeForm(HoursForm):
    """Several days at once, all with the same hours."""

    day1 = Day(_l("Day"), [InputRequired(_l("Choose at least one day."))])
    day2 = Day(_l("Further day"))
    day3 = Day(_l("Further day"))
    day4 = Day(_l("Further day"))
    day5 = Day(_l("Further day"))
    day6 = Day(_l("Further day"))

    dates: Sequence[Dates] = ()

    def days(self) -> list[Any]:
        """The fields of the days."""
        return [self[name] for name in DAY_NAMES]

    def validate(self, extra_validators: Any = None) -> bool:
        """Also that clocks show these hours, and that no day stands twice."""
        if not super().validate(extra_validators):
            return False
        found: dict[datetime, Dates] = {}
        for field in self.days():
            if field.data is None:
                continue
            made = self.on(field)
            if made is not None and found.setdefault(made.first.starts_at, made) is not made:
                self._say(field, _("This day stands here twice."))
        self.dates = list(found.values())
        return not any(field.errors for field in self.all_fields())


class MoveForm(HoursForm):
    """Another date instead of the one that holds."""

    version = HiddenField(default="0")
    day = Day(_l("Day"), [InputRequired(_l("Choose a day."))])

    date: Dates | None = None

    def validate(self, extra_validators: Any = None) -> bool:
        """Also that clocks show these hours."""
        if not super().validate(extra_validators):
            return False
        self.date = self.on(self.day)
        return self.date is not None


def hours_of(slot: WorkshopSlot, zone: str) -> tuple[dict[str, Any], int]:
    """What the form of moving shows of a date, and how many days its halves are apart."""
    start, end = to_local(slot.starts_at, zone), to_local(slot.ends_at, zone)
    values: dict[str, Any] = {"day": start.date(), "starts": start.time(), "ends": end.time(), "version": str(slot.version)}
    if slot.second_starts_at is None or slot.second_ends_at is None:
        return values, 0
    second, last = to_local(slot.second_starts_at, zone), to_local(slot.second_ends_at, zone)
    return {**values, "second_starts": second.time(), "second_ends": last.time()}, (second.date() - start.date()).days


class AnswersForm(Form):
    """Whether one can, for each date that is asked about."""

    # Ids of the dates that the form was made of, so that an answer to others is found out.
    shown = HiddenField()

    slot_ids: Sequence[int] = ()

    def of(self, slot_id: int) -> Any:
        """The field of a date."""
        return self[f"slot_{slot_id}"]

    def was_shown(self) -> set[int]:
        """The dates that the form asked about when it was opened."""
        texts = (self.shown.data or "").split(",")
        return {int(one) for one in texts if one.isascii() and one.isdigit() and len(one) < 10}

    def said(self) -> dict[int, SlotAnswer]:
        """What was answered, by date; nothing of those that are left open."""
        found = {slot_id: self.of(slot_id).data for slot_id in self.slot_ids}
        return {slot_id: SlotAnswer(value) for slot_id, value in found.items() if value}


def answers_form(slots: Sequence[WorkshopSlot], said: Mapping[int, SlotAnswer]) -> AnswersForm:
    """The form for these dates with what was answered before."""
    fields = {
        f"slot_{one.id}": RadioField(
            _l("Can you?"),
            [OptionalInput()],
            choices=[SelectChoice(value.value, str(label)) for value, label in SLOT_ANSWER_LABELS.items()],
            default=answer.value if (answer := said.get(one.id)) is not None else None,
        )
        for one in slots
    }
    made: AnswersForm = type("SlotsForm", (AnswersForm,), fields)()
    made.slot_ids = [one.id for one in slots]
    if not made.is_submitted():
        made.shown.data = ",".join(map(str, made.slot_ids))
    return made
