"""Forms of events."""

import re
from collections.abc import Sequence
from typing import Any

from wtforms import HiddenField, IntegerField, RadioField, SelectField
from wtforms.fields import SelectChoice
from wtforms.validators import InputRequired, NumberRange, Regexp, ValidationError

from eventapp.core.forms import AddressField, Form, LineField, OptionalInput, TextField, required
from eventapp.core.i18n import _, _l
from eventapp.core.links import is_https
from eventapp.core.text import fold
from eventapp.core.times import zones
from eventapp.events import queries
from eventapp.events.models import FORMAT_LABELS, NO_TIER, Event, EventFormat
from eventapp.events.moments import LocalMoment, MomentsForm, moment_values, which_field
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


class EventForm(MomentsForm):
    """Everything about an event. Local times are in its zone."""

    class Meta(MomentsForm.Meta):
        """Most of it may be left out."""

        marks_required = True

    version = HiddenField(default="0")
    title = LineField(_l("Title"), [required(_l("Give the event a title."))], length=150)
    slug = LineField(
        _l("Web address"),
        [Regexp(r"^([a-z0-9][a-z0-9-]*)?$", message=_l("Use small letters, digits and hyphens, like partner-summit-2027."))],
        length=80,
        description=_l(
            "The last part of the page's address. Left empty, it is made from the title. When it changes, the old address goes"
            " on leading to the event."
        ),
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
    join_url = LineField(
        _l("Join link"), length=500, description=_l("Nobody gets to see it: people have a link of their own that leads there.")
    )
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

    moment_names = MOMENTS

    def zone(self) -> str:
        """The zone that is chosen in this very form; empty while it is none."""
        return "" if self.time_zone.errors or self.time_zone.data not in zones() else self.time_zone.data

    def validate_join_url(self, field: Any) -> None:
        """A link that browsers open in safety."""
        if field.data and not is_https(field.data):
            raise ValidationError(_("Enter a link like https://meet.example.com/room."))

    def validate(self, extra_validators: Any = None) -> bool:
        """Shape first, then the times in UTC: clocks that skip or repeat a time are asked about."""
        valid = super().validate(extra_validators)
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
        if end and opens and opens >= end:
            self.registration_opens_at.errors = [
                *self.registration_opens_at.errors,
                _("Registration must open before the event ends."),
            ]
            valid = False
        elif end and closes and closes > end:
            self.registration_closes_at.errors = [
                *self.registration_closes_at.errors,
                _("Registration closes when the event ends at the latest. Leave this empty for that."),
            ]
            valid = False
        if self.title.data and not self.slug.data and not slug_of(self.title.data):
            self.slug.errors = [*self.slug.errors, _("Enter an address; the title has no letters to make one from.")]
            valid = False
        return valid

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
        values |= moment_values(name, getattr(event, name), event.time_zone)
    values |= {f"quota_{tier}": places for tier, places in quotas.items()}
    return values


class ExceptionForm(Form):
    """Gives one company its own number of places."""

    company = LineField(_l("Company"), [required(_l("Enter a programme ID or the exact name."))], length=200)
    places = places_field(_l("Places"))
    reason = LineField(_l("Reason"), [required(_l("Say why, for the log."))], length=200)


class ReasonForm(Form):
    """An act with a reason."""

    reason = LineField(_l("Reason"), [required(_l("Say why; people read it in the mail."))], length=300)
