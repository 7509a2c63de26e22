"""Forms of runs."""

from collections.abc import Sequence
from typing import Any

from wtforms import BooleanField, HiddenField, IntegerField, RadioField, SelectField, SelectMultipleField
from wtforms.fields import SelectChoice
from wtforms.validators import InputRequired, NumberRange, ValidationError
from wtforms.widgets import CheckboxInput, ListWidget

from eventapp.accounts.models import User
from eventapp.core.forms import AddressField, Form, LineField, OptionalInput, required
from eventapp.core.i18n import _, _l, language_name
from eventapp.core.links import is_https
from eventapp.core.times import zones
from eventapp.events.forms import places_field
from eventapp.events.models import FORMAT_LABELS, EventFormat
from eventapp.events.moments import LocalMoment, MomentsForm, moment_values, which_field
from eventapp.events.parts import MOST_PARTS, PartDetails
from eventapp.partners.models import Country
from eventapp.training.models import CourseVersion
from eventapp.training.runs.details import InsideDetails, RunDetails

WINDOW = ("opens_at", "closes_at", "cancel_until")
# How many empty lines for slots a form has at first, and how many more a click gives.
ROWS, MORE = 3, 3


def _whole(label: Any, least: int, most: int, default: int, **kwargs: Any) -> IntegerField:
    message = _l("Enter a whole number from %(min)d to %(max)d.")
    limits = {"min": least, "max": most, "inputmode": "numeric"}
    return IntegerField(
        label, [InputRequired(message % {"min": least, "max": most}), NumberRange(least, most, message)], default=default,
        render_kw=limits, **kwargs,
    )  # fmt: skip


class Trainers(SelectMultipleField):
    """Several of the vendor's trainers, by id of the login."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(_l("Trainers"), [OptionalInput()], coerce=int, **kwargs)


class OwnFields:
    """What every run has of its own."""

    seats_min = _whole(
        _l("Fewest participants"),
        0,
        10_000,
        0,
        description=_l("With fewer enrolled the run is marked; nothing is cancelled by itself."),
    )
    late_hours = _whole(_l("Cancelling is late in the last … hours"), 0, 720, 24)
    language = SelectField(_l("Language"), [required()])
    trainers = Trainers(description=_l("They see names and companies of the participants, call the roll and mark."))

    def offer_own(self, version: CourseVersion, trainers: Sequence[User], language: str = "") -> None:
        """Fills the choices; a language that the run has already stays one."""
        known = [str(code) for code in version.languages] or ["en"]
        self.language.choices = [
            SelectChoice(c, language_name(c)) for c in dict.fromkeys([*known, *([language] if language else [])])
        ]
        self.trainers.choices = [SelectChoice(user.id, user.display_name) for user in trainers]


class InsideForm(Form, OwnFields):
    """What a run inside an agenda has of its own."""

    version = HiddenField(default="0")
    session = SelectField(_l("Session"), [InputRequired(_l("Choose a session."))], coerce=int)

    def details(self) -> InsideDetails:
        """The checked input."""
        return InsideDetails(self.seats_min.data, self.late_hours.data, self.language.data, tuple(self.trainers.data or ()))


class RunForm(MomentsForm, OwnFields):
    """Everything about a run that is an event of its own. Local times are in its zone; `rows` is how many slots it offers."""

    version = HiddenField(default="0")
    slots = HiddenField(default=str(ROWS))
    title = LineField(_l("Title"), length=150, description=_l("Left empty: the title of the course."))
    format = RadioField(_l("How it takes place"), [InputRequired(_l("Choose how it takes place."))])
    venue = LineField(_l("Venue and room"), length=150)
    address = LineField(_l("Street and number"), length=250)
    city = LineField(_l("City"), length=100)
    country_code = SelectField(_l("Country"), [OptionalInput()])
    join_url = LineField(
        _l("Join link"), length=500, description=_l("Nobody gets to see it: people have a link of their own that leads there.")
    )
    time_zone = SelectField(
        _l("Time zone"), [required()], choices=[SelectChoice(name, name.replace("_", " ")) for name in zones()],
        default="Europe/Vienna",
    )  # fmt: skip
    capacity = places_field(_l("Seats"))
    capacity_in_person = places_field(_l("Seats in the room"))
    capacity_virtual = places_field(_l("Seats on video"))
    waits = BooleanField(_l("Whoever finds it full may wait for a seat"), default=True)
    opens_at = LocalMoment(_l("Enrolment opens"), description=_l("Left empty: as soon as it is published."))
    opens_at_fold = which_field()
    closes_at = LocalMoment(_l("Enrolment closes"), description=_l("Left empty: when the run ends."))
    closes_at_fold = which_field()
    cancel_until = LocalMoment(
        _l("People may cancel until"), description=_l("Left empty: while the run lasts. Afterwards they write to the contact.")
    )
    cancel_until_fold = which_field()
    contact_email = AddressField(_l("Contact address"), description=_l("Replies to mails go there."))
    sender_name = LineField(_l("Sender name"), length=120, description=_l("Mails come from this name."))

    rows = ROWS

    def zone(self) -> str:
        """The zone that is chosen in this very form; empty while it is none."""
        return "" if self.time_zone.errors or self.time_zone.data not in zones() else self.time_zone.data

    def validate_join_url(self, field: Any) -> None:
        """A link that browsers open in safety."""
        if field.data and not is_https(field.data):
            raise ValidationError(_("Enter a link like https://meet.example.com/room."))

    def validate(self, extra_validators: Any = None) -> bool:
        """Shape first, then the times in UTC; each slot with its end after its start."""
        valid = super().validate(extra_validators)
        valid = self._check_slots() and valid
        opens, closes = self.moments.get("opens_at"), self.moments.get("closes_at")
        if opens and closes and closes <= opens:
            self.closes_at.errors = [*self.closes_at.errors, _("Enrolment must close after it opens.")]
            valid = False
        return valid

    def _check_slots(self) -> bool:
        valid, any_slot = True, False
        for n in range(1, self.rows + 1):
            start, end = self[f"slot{n}_starts_at"], self[f"slot{n}_ends_at"]
            if start.data is None and end.data is None and not self[f"slot{n}_label"].data:
                continue
            any_slot = True
            for field, text in ((start, _("Say when this slot starts.")), (end, _("Say when this slot ends."))):
                if field.data is None and not field.errors:
                    field.errors, valid = [text], False
            starts_at, ends_at = self.moments.get(start.name), self.moments.get(end.name)
            if starts_at and ends_at and ends_at <= starts_at:
                end.errors, valid = [*end.errors, _("A slot must end after it starts.")], False
        if not any_slot:
            self.slot1_starts_at.errors, valid = [*self.slot1_starts_at.errors, _("Say when it takes place.")], False
        return valid

    def _slots(self) -> tuple[PartDetails, ...]:
        found = []
        for n in range(1, self.rows + 1):
            starts_at, ends_at = self.moments[f"slot{n}_starts_at"], self.moments[f"slot{n}_ends_at"]
            number = self[f"slot{n}_number"].data or ""
            if starts_at and ends_at:
                known = int(number) if number.isascii() and number.isdigit() and len(number) < 5 else None
                found.append(PartDetails(starts_at, ends_at, self[f"slot{n}_label"].data or "", known))
        return tuple(found)

    def details(self) -> RunDetails:
        """The checked input, times in UTC."""
        texts = ("title", "venue", "address", "city", "join_url", "contact_email", "sender_name")
        values: dict[str, Any] = {name: self[name].data or "" for name in texts}
        values |= {name: self[name].data for name in ("capacity", "capacity_in_person", "capacity_virtual")}
        values |= {name: self[name].data for name in ("seats_min", "late_hours", "language", "time_zone")}
        values |= {name: self.moments[name] for name in WINDOW}
        return RunDetails(
            slots=self._slots(),
            format=EventFormat(self.format.data),
            country_code=self.country_code.data or None,
            waits=bool(self.waits.data),
            trainer_ids=tuple(self.trainers.data or ()),
            **values,
        )


class CopyForm(MomentsForm):
    """A run again on other dates."""

    starts_at = LocalMoment(_l("The first copy starts"), [required(_l("Say when it starts."))])
    starts_at_fold = which_field()
    times = _whole(_l("How many"), 1, 26, 1)
    every_days = _whole(_l("Days from one to the next"), 1, 366, 7)
    publish = BooleanField(_l("Open them for enrolment at once"))

    moment_names = ("starts_at",)


def run_form(
    version: CourseVersion, rows: int, trainers: Sequence[User], countries: Sequence[Country], *, language: str = "",
    format: EventFormat | None = None, **kwargs: Any,
) -> RunForm:  # fmt: skip
    """The form with so many lines for slots, and the choices that the course has."""
    rows = max(1, min(rows, MOST_PARTS))
    fields: dict[str, Any] = {}
    for n in range(1, rows + 1):
        fields[f"slot{n}_number"] = HiddenField(default="")
        fields[f"slot{n}_starts_at"] = LocalMoment(_l("Starts"))
        fields[f"slot{n}_starts_at_fold"] = which_field()
        fields[f"slot{n}_ends_at"] = LocalMoment(_l("Ends"))
        fields[f"slot{n}_ends_at_fold"] = which_field()
        fields[f"slot{n}_label"] = LineField(_l("Name of this part"), length=100)
    moments = (*(f"slot{n}_{end}" for n in range(1, rows + 1) for end in ("starts_at", "ends_at")), *WINDOW)
    made: RunForm = type("RunFormWithSlots", (RunForm,), {**fields, "rows": rows, "moment_names": moments})(**kwargs)
    made.offer_own(version, trainers, language)
    made.slots.data = str(rows)
    made.country_code.choices = [SelectChoice("", _("Not given")), *(SelectChoice(c.code, c.name) for c in countries)]
    made.format.choices = [SelectChoice(f.value, FORMAT_LABELS[f]) for f in formats(version, format)]
    return made


def formats(version: CourseVersion, has: EventFormat | None = None) -> list[EventFormat]:
    """How runs of the course may take place: as it says, hybrid where it may be both; and as this run does already."""
    modes = {EventFormat(mode) for mode in version.modes} or set(EventFormat)
    if {EventFormat.IN_PERSON, EventFormat.VIRTUAL} <= modes:
        modes.add(EventFormat.HYBRID)
    return [one for one in EventFormat if one in modes or one is has]


def values_of(details: RunDetails, version: int) -> dict[str, Any]:
    """A run as the form shows it, with local times in its zone."""
    names = (
        *("title", "time_zone", "venue", "address", "city", "join_url", "contact_email", "sender_name", "waits"),
        *("capacity", "capacity_in_person", "capacity_virtual", "seats_min", "late_hours", "language"),
    )
    values: dict[str, Any] = {name: getattr(details, name) for name in names}
    values |= {"format": details.format.value, "country_code": details.country_code or "", "version": str(version)}
    values["trainers"] = list(details.trainer_ids)
    for name in WINDOW:
        values |= moment_values(name, getattr(details, name), details.time_zone)
    for n, slot in enumerate(details.slots, 1):
        values |= moment_values(f"slot{n}_starts_at", slot.starts_at, details.time_zone)
        values |= moment_values(f"slot{n}_ends_at", slot.ends_at, details.time_zone)
        values |= {f"slot{n}_label": slot.label, f"slot{n}_number": str(slot.number or "")}
    return values
