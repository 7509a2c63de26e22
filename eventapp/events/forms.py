"""Forms of events."""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from wtforms import DateTimeLocalField, HiddenField, IntegerField, RadioField, SelectField
from wtforms.fields import SelectChoice
from wtforms.validators import InputRequired, NumberRange, Regexp, ValidationError
from wtforms.validators import Optional as OptionalInput

from eventapp.core.forms import AddressField, Form, LineField, TextField, required
from eventapp.core.i18n import _, _l
from eventapp.core.text import fold
from eventapp.core.times import LocalTimeError, city, clock, offset, to_local, to_utc, zones
from eventapp.events import queries
from eventapp.events.models import FORMAT_LABELS, NO_TIER, Event, EventFormat
from eventapp.events.service import EventDetails
from eventapp.partners.models import Country, Tier

MOST_PLACES = 100_000
MOMENTS = ("starts_at", "ends_at", "registration_opens_at", "registration_closes_at")


def slug_of(title: str) -> str:
    """An address made from a title: "Partner Summit 2027" becomes partner-summit-2027."""
    return re.sub(r"[^a-z0-9]+", "-", fold(title)).strip("-")[:80].strip("-")


def places_field(label: Any) -> IntegerField:
    """A number of places; empty for no limit."""
    message = _l("Enter a whole number from 0 to 100,000, or leave it empty for no limit.")
    return IntegerField(
        label,
        [OptionalInput(), NumberRange(0, MOST_PLACES, message)],
        render_kw={"min": 0, "max": MOST_PLACES, "inputmode": "numeric"},
    )


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
            raise ValueError(_("Enter a year between 1990 and 2200."))


def which_field() -> RadioField:
    """Asks which of two moments is meant when clocks show a time twice. Shown only then."""
    choices = [SelectChoice("0", _l("The first time, before clocks go back")), SelectChoice("1", _l("The second time, after it"))]
    return RadioField(_l("Which one?"), [OptionalInput()], choices=choices)


class EventForm(Form):
    """Everything about an event. Local times are in its zone."""

    version = HiddenField(default="0")
    title = LineField(_l("Title"), [required(_l("Give the event a title."))], length=150)
    slug = LineField(
        _l("Web address"),
        [Regexp(r"^([a-z0-9][a-z0-9-]*)?$", message=_l("Use small letters, digits and hyphens, like partner-summit-2027."))],
        length=80,
        description=_l("The last part of the page's address. Left empty, it is made from the title."),
    )
    summary = LineField(_l("Summary"), length=300, description=_l("One or two sentences for lists and search engines."))
    description = TextField(_l("Description"), length=20_000, description=_l("Markdown: **bold**, lists, [links](https://…)."))
    format = RadioField(
        _l("Format"),
        [InputRequired(_l("Choose a format."))],
        choices=[SelectChoice(f.value, label) for f, label in FORMAT_LABELS.items()],
    )
    venue = LineField(_l("Venue"), length=150)
    address = LineField(_l("Street and number"), length=250)
    city = LineField(_l("City"), length=100)
    country_code = SelectField(_l("Country"), [OptionalInput()])
    join_url = LineField(_l("Join link"), length=500, description=_l("Only people with a confirmed place see it."))
    time_zone = SelectField(
        _l("Time zone"),
        [required()],
        choices=[SelectChoice(name, name.replace("_", " ")) for name in zones()],
        default="Europe/Vienna",
    )
    starts_at = LocalMoment(_l("Starts"), [required(_l("Say when the event starts."))])
    starts_at_fold = which_field()
    ends_at = LocalMoment(_l("Ends"), [required(_l("Say when the event ends."))])
    ends_at_fold = which_field()
    registration_opens_at = LocalMoment(_l("Registration opens"), description=_l("Left empty: as soon as it is published."))
    registration_opens_at_fold = which_field()
    registration_closes_at = LocalMoment(_l("Registration closes"), description=_l("Left empty: when the event ends."))
    registration_closes_at_fold = which_field()
    capacity = places_field(_l("Places"))
    capacity_in_person = places_field(_l("Places in person"))
    capacity_virtual = places_field(_l("Places on video"))
    contact_email = AddressField(_l("Contact address"), description=_l("Replies to mails go there."))
    sender_name = LineField(_l("Sender name"), length=120, description=_l("Mails come from this name."))

    moments: dict[str, datetime | None]

    def validate_join_url(self, field: Any) -> None:
        """A link that browsers open: http or https with a host."""
        parts = urlsplit(field.data or "")
        if field.data and (parts.scheme not in ("http", "https") or not parts.hostname or any(c.isspace() for c in field.data)):
            raise ValidationError(_("Enter a link like https://meet.example.com/room."))

    def validate(self, extra_validators: Any = None) -> bool:
        """Shape first, then the times in UTC: clocks that skip or repeat a time are asked about."""
        valid = bool(super().validate(extra_validators))
        self.moments = {}
        for name in MOMENTS:
            valid = self._read_moment(name) and valid
        start, end = self.moments.get("starts_at"), self.moments.get("ends_at")
        if start and end and end <= start:
            self.ends_at.errors = [*self.ends_at.errors, _("The event must end after it starts.")]
            valid = False
        opens, closes = self.moments.get("registration_opens_at"), self.moments.get("registration_closes_at")
        if opens and closes and closes <= opens:
            self.registration_closes_at.errors = [
                *self.registration_closes_at.errors,
                _("Registration must close after it opens."),
            ]
            valid = False
        if not self.slug.data and not slug_of(self.title.data or ""):
            self.slug.errors = [*self.slug.errors, _("Enter an address; the title has no letters to make one from.")]
            valid = False
        return valid

    def _read_moment(self, name: str) -> bool:
        local = self[name].data
        self.moments[name] = None
        if local is None or self.time_zone.errors:
            return not self[name].errors
        which = self[f"{name}_fold"].data
        try:
            self.moments[name] = to_utc(local, self.time_zone.data, int(which) if which in ("0", "1") else None)
        except LocalTimeError as error:
            asked = f"{name}_fold" if self.twice(name) else name
            self[asked].errors = [*self[asked].errors, _clock_message(error, self.time_zone.data)]
            return False
        return True

    def twice(self, name: str) -> bool:
        """Whether clocks show the time of this field twice, so that the choice is to be offered."""
        local = self[name].data
        if local is None or self.time_zone.data not in zones():
            return False
        return _shown_twice(local, self.time_zone.data)

    def details(self) -> EventDetails:
        """The checked input, times in UTC."""
        starts_at, ends_at = self.moments["starts_at"], self.moments["ends_at"]
        assert starts_at is not None
        assert ends_at is not None
        return EventDetails(
            title=self.title.data,
            slug=self.slug.data or slug_of(self.title.data),
            summary=self.summary.data or "",
            description=self.description.data or "",
            format=EventFormat(self.format.data),
            venue=self.venue.data or "",
            address=self.address.data or "",
            city=self.city.data or "",
            country_code=self.country_code.data or None,
            join_url=self.join_url.data or "",
            time_zone=self.time_zone.data,
            starts_at=starts_at,
            ends_at=ends_at,
            registration_opens_at=self.moments["registration_opens_at"],
            registration_closes_at=self.moments["registration_closes_at"],
            contact_email=self.contact_email.data or "",
            sender_name=self.sender_name.data or "",
            capacity=self.capacity.data,
            capacity_in_person=self.capacity_in_person.data,
            capacity_virtual=self.capacity_virtual.data,
            quotas={name.removeprefix("quota_"): self[name].data for name in self.quota_names},
        )

    quota_names: tuple[str, ...] = ()


def empty_form(**kwargs: Any) -> EventForm:
    """The event form with the programme's tiers and countries."""
    return event_form(queries.tiers(), queries.countries(), **kwargs)


def event_form(tiers: Sequence[Tier], countries: Sequence[Country], **kwargs: Any) -> EventForm:
    """The form with a quota field for each tier of the programme and one for companies of no tier."""
    fields: dict[str, Any] = {f"quota_{tier.key}": places_field(tier.label) for tier in reversed(tiers)}
    fields[f"quota_{NO_TIER}"] = places_field(_l("No tier (distributors, alliances)"))
    made: EventForm = type("EventFormWithTiers", (EventForm,), {**fields, "quota_names": tuple(fields)})(**kwargs)
    made.country_code.choices = [SelectChoice("", _("Not given")), *(SelectChoice(c.code, c.name) for c in countries)]
    return made


def values_of(event: Event, quotas: dict[str, int | None]) -> dict[str, Any]:
    """An event as the form shows it: local times in its zone, capacities from its pools."""
    values: dict[str, Any] = {
        name: getattr(event, name)
        for name in ("title", "slug", "summary", "description", "venue", "address", "city", "join_url", "time_zone")
    }
    values |= {"contact_email": event.contact_email, "sender_name": event.sender_name, "country_code": event.country_code or ""}
    values |= {"format": event.format.value, "version": str(event.version), "capacity": event.pool.capacity}
    values |= {"capacity_in_person": event.in_person_pool.capacity, "capacity_virtual": event.virtual_pool.capacity}
    for name in MOMENTS:
        moment = getattr(event, name)
        local = to_local(moment, event.time_zone) if moment else None
        values[name] = local.replace(tzinfo=None, fold=0) if local else None
        values[f"{name}_fold"] = str(local.fold) if local and _shown_twice(values[name], event.time_zone) else None
    values |= {f"quota_{tier}": places for tier, places in quotas.items()}
    return values


def _shown_twice(local: datetime, zone: str) -> bool:
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


class ExceptionForm(Form):
    """Gives one company its own number of places."""

    company = LineField(_l("Company"), [required(_l("Enter a programme ID or the exact name."))], length=200)
    places = places_field(_l("Places"))
    reason = LineField(_l("Reason"), [required(_l("Say why, for the log."))], length=200)


class ReasonForm(Form):
    """An act with a reason."""

    reason = LineField(_l("Reason"), [required(_l("Say why; people read it in the mail."))], length=300)
