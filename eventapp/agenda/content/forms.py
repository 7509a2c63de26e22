"""Forms of the agenda's content."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from flask_wtf.file import FileField
from wtforms import BooleanField, ColorField, HiddenField, IntegerField, RadioField, SelectField, SelectMultipleField
from wtforms.fields import SelectChoice
from wtforms.validators import InputRequired, NumberRange, StopValidation

from eventapp.agenda.content.catalogue import RoomDetails, TrackDetails, TypeDetails
from eventapp.agenda.content.sessions import SessionDetails
from eventapp.agenda.content.speakers import Away
from eventapp.agenda.models import (
    LEVEL_LABELS,
    AgendaSession,
    MaterialMoment,
    Room,
    SessionLevel,
    SessionStatus,
    SessionType,
    Speaker,
    Track,
)
from eventapp.core.forms import AddressField, Form, LineField, OptionalInput, TextField, required
from eventapp.core.i18n import _, _l
from eventapp.core.links import is_https, is_web_address
from eventapp.events.models import FORMAT_LABELS, AudienceField, EventFormat
from eventapp.events.moments import LocalMoment, MomentsForm, moment_values, which_field

SPANS = 5
MARKDOWN = _l("Markdown: **bold**, lists, links.")


def number_field(label: Any, least: int, most: int, *, needed: bool = False, **kwargs: Any) -> IntegerField:
    """A whole number from `least` to `most`; may stay empty unless it is `needed`."""
    first = InputRequired(_l("Enter a number.")) if needed else OptionalInput()
    message = _l("A number from %(min)d to %(max)d.")
    render = {"min": least, "max": most, "inputmode": "numeric"}
    return IntegerField(label, [first, NumberRange(least, most, message)], render_kw=render, **kwargs)


def _colour(_form: Any, field: Any) -> None:
    value = (field.data or "").lower()
    if len(value) != 7 or value[0] != "#" or any(char not in "0123456789abcdef" for char in value[1:]):
        raise StopValidation(_("Choose a colour, like #5b2a86."))
    field.data = value


def web_address(_form: Any, field: Any) -> None:
    """Stops at anything that is no address of a page on the web."""
    if field.data and not is_web_address(field.data):
        raise StopValidation(_("Enter an address that begins with https://."))


def join_link(_form: Any, field: Any) -> None:
    """Stops at anything that browsers do not open in safety."""
    if field.data and not is_https(field.data):
        raise StopValidation(_("Enter a link like https://meet.example.com/room."))


class TrackForm(Form):
    """A track."""

    name = LineField(_l("Name"), [required(_l("Give it a name, like Product updates."))], length=60)
    colour = ColorField(_l("Colour"), [_colour], default="#3d5a98", description=_l("Shown beside the name, never instead of it."))
    most_each = number_field(
        _l("Sessions of it for one person"),
        1,
        100,
        description=_l("How many with places somebody may sign up to. Empty: any number."),
    )

    def details(self) -> TrackDetails:
        """The checked input."""
        return TrackDetails(self.name.data, self.colour.data, self.most_each.data)


def track_values(track: Track) -> dict[str, Any]:
    """A track as the form shows it."""
    return {name: getattr(track, name) for name in ("name", "colour", "most_each")}


class TypeForm(Form):
    """A session type."""

    name = LineField(_l("Name"), [required(_l("Give it a name, like Workshop."))], length=60)
    minutes = number_field(_l("Minutes"), 5, 1440, needed=True, default=45, description=_l("What one takes by default."))
    is_break = BooleanField(_l("A break: nobody speaks, nobody signs up, it runs across all rooms"))

    def details(self) -> TypeDetails:
        """The checked input."""
        return TypeDetails(self.name.data, self.minutes.data or 45, self.is_break.data)


def type_values(type_: SessionType) -> dict[str, Any]:
    """A session type as the form shows it."""
    return {name: getattr(type_, name) for name in ("name", "minutes", "is_break")}


class SpansForm(MomentsForm):
    """A form with up to SPANS times from and until, in the event's zone: `from_1`, `until_1`, … Empty ones are left out."""

    moment_names = tuple(f"{which}_{n}" for n in range(1, SPANS + 1) for which in ("from", "until"))

    def validate(self, extra_validators: Any = None) -> bool:
        """Each span needs both of its ends, in order."""
        valid = super().validate(extra_validators)
        for n in range(1, SPANS + 1):
            start, end = self.moments.get(f"from_{n}"), self.moments.get(f"until_{n}")
            if valid and (start is None) != (end is None):
                self[f"from_{n}" if start is None else f"until_{n}"].errors = [_("Say both from when and until when.")]
                valid = False
            elif start and end and end <= start:
                self[f"until_{n}"].errors = [_("This is before the beginning.")]
                valid = False
        return valid

    def spans(self) -> list[tuple[datetime, datetime]]:
        """The spans that were filled in, in UTC."""
        pairs = [(self.moments[f"from_{n}"], self.moments[f"until_{n}"]) for n in range(1, SPANS + 1)]
        return [(start, end) for start, end in pairs if start and end]

    def rows(self) -> list[int]:
        """The numbers of the rows to show: those filled in or refused, and one more."""
        used = [
            n for n in range(1, SPANS + 1) if any(self[f"{w}_{n}"].data or self[f"{w}_{n}"].errors for w in ("from", "until"))
        ]
        return list(range(1, min(SPANS, max(used, default=0) + 1) + 1))


for _n in range(1, SPANS + 1):
    for _which, _label in (("from", _l("From")), ("until", _l("Until"))):
        setattr(SpansForm, f"{_which}_{_n}", LocalMoment(_label))
        setattr(SpansForm, f"{_which}_{_n}_fold", which_field())


def span_values(spans: Sequence[tuple[datetime, datetime]], zone: str) -> dict[str, Any]:
    """Spans as the form shows them."""
    values: dict[str, Any] = {}
    for n, (start, end) in enumerate(spans[:SPANS], 1):
        values |= moment_values(f"from_{n}", start, zone) | moment_values(f"until_{n}", end, zone)
    return values


class RoomForm(SpansForm):
    """A room or a virtual room."""

    version = HiddenField(default="0")
    name = LineField(_l("Name"), [required(_l("Give it a name, like Donau Room."))], length=80)
    description = LineField(_l("Where it is"), length=300, description=_l("Shown to everybody: Level 1, lift beside the desk."))
    is_virtual = BooleanField(_l("A virtual room: people join it by a link"))
    join_url = LineField(
        _l("Link to join"),
        [OptionalInput(), join_link],
        length=500,
        description=_l("Nobody sees it: people join by a link of their own."),
    )
    capacity = number_field(_l("People that fit in"), 1, 1_000_000, description=_l("Empty: any number."))
    changeover = number_field(_l("Minutes between two sessions"), 0, 480, default=0, description=_l("For changing over."))
    equipment = TextField(_l("Equipment"), length=500, render_kw={"rows": 2}, description=_l("For organizers and speakers."))

    def details(self) -> RoomDetails:
        """The checked input."""
        return RoomDetails(
            name=self.name.data,
            description=self.description.data or "",
            equipment=self.equipment.data or "",
            capacity=self.capacity.data,
            changeover=self.changeover.data or 0,
            is_virtual=self.is_virtual.data,
            join_url=self.join_url.data or "",
            hours=self.spans(),
        )


ROOM_FIELDS = ("name", "description", "is_virtual", "join_url", "capacity", "changeover", "equipment")


def room_values(room: Room) -> dict[str, Any]:
    """A room as the form shows it, but for its hours."""
    return {"version": str(room.version), **{name: getattr(room, name) for name in ROOM_FIELDS}}


class SessionForm(MomentsForm):
    """A session."""

    moment_names = ("signs_up_until", "recording_until")

    version = HiddenField(default="0")
    title = LineField(_l("Title"), [required(_l("Give it a title."))], length=200)
    subtitle = LineField(_l("Subtitle"), length=200)
    type = SelectField(_l("Type"), [InputRequired(_l("Choose one."))])
    track = SelectField(_l("Track"), [OptionalInput()])
    minutes = number_field(_l("Minutes"), 5, 1440, description=_l("Empty: as its type says."))
    abstract = TextField(_l("Abstract"), length=10_000, render_kw={"rows": 8}, description=MARKDOWN)
    language = LineField(_l("Language"), length=20, default="en", description=_l("Its code, like en or de."))
    level = SelectField(_l("Level"), choices=[SelectChoice(v.value, label) for v, label in LEVEL_LABELS.items()])
    status = RadioField(
        _l("Status"),
        choices=[
            SelectChoice(SessionStatus.CONFIRMED.value, _l("Confirmed: the next release shows it")),
            SelectChoice(SessionStatus.TENTATIVE.value, _l("Tentative: not yet agreed, no release shows it")),
        ],
        default=SessionStatus.CONFIRMED.value,
    )
    delivery = SelectField(
        _l("How it can be followed"),
        [OptionalInput()],
        choices=[SelectChoice("", _l("As the event")), *(SelectChoice(f.value, label) for f, label in FORMAT_LABELS.items())],
    )
    listed = BooleanField(_l("In the public agenda"), default=True, description=_l("Otherwise only those who may come see it."))
    signs_up = BooleanField(_l("People sign up for it"))
    capacity = number_field(_l("Places"), 1, 1_000_000, description=_l("Empty: no limit."))
    signs_up_until = LocalMoment(_l("Sign-up closes"), description=_l("Left empty: when it starts."))
    signs_up_until_fold = which_field()
    join_url = LineField(
        _l("Link to join"),
        [OptionalInput(), join_link],
        length=500,
        description=_l("Left empty: the room's, or the event's."),
    )
    recording_url = LineField(_l("Recording"), [OptionalInput(), web_address], length=500)
    recording_until = LocalMoment(_l("Recording can be seen until"))
    recording_until_fold = which_field()
    notes = TextField(_l("Notes"), length=1000, render_kw={"rows": 2}, description=_l("For organizers only."))

    def offer(self, types: Sequence[SessionType], tracks: Sequence[Track]) -> "SessionForm":
        """Offers the event's types and tracks."""
        self.type.choices = [SelectChoice(str(t.id), t.name) for t in types]
        self.track.choices = [SelectChoice("", _("None")), *(SelectChoice(str(t.id), t.name) for t in tracks)]
        return self

    def details(self) -> SessionDetails:
        """The checked input, times in UTC."""
        return SessionDetails(
            title=self.title.data,
            subtitle=self.subtitle.data or "",
            type_id=int(self.type.data),
            track_id=int(self.track.data) if self.track.data else None,
            abstract=self.abstract.data or "",
            language=self.language.data or "en",
            level=SessionLevel(self.level.data),
            status=SessionStatus(self.status.data),
            delivery=EventFormat(self.delivery.data) if self.delivery.data else None,
            listed=self.listed.data,
            signs_up=self.signs_up.data,
            capacity=self.capacity.data if self.signs_up.data else None,
            signs_up_until=self.moments["signs_up_until"],
            join_url=self.join_url.data or "",
            recording_url=self.recording_url.data or "",
            recording_until=self.moments["recording_until"],
            notes=self.notes.data or "",
        )


def session_values(session: AgendaSession, zone: str) -> dict[str, Any]:
    """A session as the form shows it."""
    names = ("title", "subtitle", "abstract", "language", "listed", "signs_up", "join_url", "recording_url", "notes")
    values: dict[str, Any] = {name: getattr(session, name) for name in names}
    values |= {
        "version": str(session.version),
        "type": str(session.type_id),
        "track": str(session.track_id or ""),
        "level": session.level.value,
        "status": session.status.value,
        "delivery": session.delivery.value if session.delivery else "",
        "capacity": session.pool.capacity if session.pool else None,
    }
    for name in SessionForm.moment_names:
        values |= moment_values(name, getattr(session, name), zone)
    return values


class PartForm(Form):
    """A part of a session."""

    label = LineField(_l("Name of the part"), length=200, description=_l("Like Part 2 of 2: writing at tables."))
    minutes = number_field(_l("Minutes"), 5, 1440, needed=True)


class AudienceForm(Form):
    """Who may come to a session: values of one field."""

    values = SelectMultipleField(_l("One of"), [OptionalInput()])

    def offer(self, choices: Sequence[tuple[str, str]]) -> "AudienceForm":
        """Offers the values of the field."""
        self.values.choices = [SelectChoice(value, label) for value, label in choices]
        return self


# Companies are named on the admission page of the event, where a list of them has its own form.
AUDIENCE_FIELDS = tuple(field for field in AudienceField if field is not AudienceField.COMPANY)


class ChooseSpeakerForm(Form):
    """Adds somebody to those who speak."""

    speaker = SelectField(_l("Speaker"), [InputRequired(_l("Choose one."))])

    def offer(self, speakers: Sequence[tuple[int, str, str]]) -> "ChooseSpeakerForm":
        """Offers the event's speakers."""
        self.speaker.choices = [SelectChoice("", _("Choose …"))]
        for id_, name, company in speakers:
            self.speaker.choices.append(SelectChoice(str(id_), f"{name}, {company}" if company else name))
        return self


class MaterialForm(Form):
    """A link or a file for a session."""

    moment = RadioField(
        _l("Shown"),
        choices=[
            SelectChoice(MaterialMoment.BEFORE.value, _l("Before the session")),
            SelectChoice(MaterialMoment.AFTER.value, _l("From its end on")),
        ],
        default=MaterialMoment.BEFORE.value,
    )
    title = LineField(_l("Title"), [required(_l("Say what it is, like Slides."))], length=150)
    url = LineField(_l("Link"), [OptionalInput(), web_address], length=500)
    file = FileField(_l("Or a file"), description=_l("PDF, Word, Excel, PowerPoint, OpenDocument or ZIP, at most 900 kB."))
    is_public = BooleanField(_l("Everybody may see it"), default=True, description=_l("Otherwise only who is registered."))


class SpeakerForm(SpansForm):
    """A speaker; the spans are when they cannot speak."""

    version = HiddenField(default="0")
    name = LineField(_l("Name"), [required(_l("Enter the name that the agenda shows."))], length=150)
    company = LineField(_l("Company"), length=200)
    job_title = LineField(_l("Job title"), length=150)
    address = AddressField(_l("E-mail"), description=_l("Ties them to a person, so that we can write to them."))
    biography = TextField(_l("Biography"), length=5000, render_kw={"rows": 6}, description=MARKDOWN)
    picture = FileField(_l("Picture"), description=_l("JPEG, PNG, WebP or GIF. We draw it anew, without what phones hide in it."))
    no_picture = BooleanField(_l("Take the picture away"))
    notes = TextField(_l("Notes"), length=1000, render_kw={"rows": 2}, description=_l("For organizers only."))

    def away(self) -> list[Away]:
        """When they cannot speak."""
        return [Away(start, end) for start, end in self.spans()]


SPEAKER_FIELDS = ("name", "company", "job_title", "biography", "notes")


def speaker_values(speaker: Speaker) -> dict[str, Any]:
    """A speaker as the form shows it, but for address and times."""
    return {"version": str(speaker.version), **{name: getattr(speaker, name) for name in SPEAKER_FIELDS}}


class TaskForm(MomentsForm):
    """Something that a speaker still owes us."""

    moment_names = ("due_at",)

    title = LineField(_l("What"), [required(_l("Say what we wait for, like Slides."))], length=150)
    due_at = LocalMoment(_l("Until"))
    due_at_fold = which_field()


class ReasonForm(Form):
    """Why a session is cancelled."""

    reason = LineField(_l("Reason"), length=300, description=_l("Shown to whoever wanted to come."))
