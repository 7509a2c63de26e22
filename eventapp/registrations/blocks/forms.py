"""Forms about blocks."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from wtforms import HiddenField, IntegerField, RadioField, SelectField
from wtforms.fields import SelectChoice
from wtforms.validators import InputRequired, NumberRange

from eventapp.core.forms import Form, LineField, OptionalInput, required
from eventapp.core.i18n import _, _l
from eventapp.core.times import LocalTimeError, city, to_utc
from eventapp.events.models import MODE_LABELS, AdmissionKind, Event, OfferedTo
from eventapp.events.moments import LocalMoment
from eventapp.partners.acting import ActingForm

MOST_PLACES = 10_000


def number_field(label: Any, least: int) -> IntegerField:
    """A number of places, at least so many."""
    message = _l("Enter a whole number from %(min)s to %(max)s.")
    attributes = {"min": least, "max": MOST_PLACES, "inputmode": "numeric"}
    return IntegerField(
        label, [InputRequired(_l("Enter a number.")), NumberRange(least, MOST_PLACES, message)], render_kw=attributes
    )


class BlockForm(Form):
    """Size and dates of a block. Local times are in the event's zone."""

    version = HiddenField(default="0")
    size = number_field(_l("Places"), 1)
    name_until = LocalMoment(_l("Names until"), [required(_l("Say until when places may be named."))])
    releases_at = LocalMoment(_l("Unnamed places fall back on"), description=_l("Left empty: when the time for names is over."))
    note = LineField(_l("Note"), length=500, description=_l("Only organizers see it."))

    zone = "UTC"
    moments: dict[str, datetime]

    def in_zone(self, zone: str) -> "BlockForm":
        """Says in which zone the times are meant."""
        self.zone = zone
        return self

    def validate(self, extra_validators: Any = None) -> bool:
        """Shape first, then the times in UTC. A deadline at an hour that clocks skip or repeat that night is refused."""
        valid = bool(super().validate(extra_validators))
        if self.releases_at.data is None and not self.releases_at.errors:
            self.releases_at.data = self.name_until.data
        self.moments = {}
        for name in ("name_until", "releases_at"):
            valid = self._read_moment(name) and valid
        return valid

    def _read_moment(self, name: str) -> bool:
        field = self[name]
        if field.data is None:
            return not field.errors
        try:
            self.moments[name] = to_utc(field.data, self.zone)
        except LocalTimeError:
            text = _("Clocks in %(city)s change then: this time comes twice or never. Choose another hour.", city=city(self.zone))
            field.errors = [*field.errors, text]
            return False
        return True


class NewBlockForm(BlockForm):
    """A new block: for whom, and which way to take part."""

    company = LineField(
        _l("Company"),
        [required(_l("Enter a programme ID or the exact name."))],
        length=200,
        description=_l("A distributor, or any company that names its people later."),
    )
    mode = RadioField(_l("Takes part"), [OptionalInput()])
    kind = SelectField(_l("As what they come"), [InputRequired(_l("Choose as what they come."))], coerce=int)

    def for_event(self, event: Event, kinds: Sequence[AdmissionKind]) -> "NewBlockForm":
        """Offers the event's modes, in its zone, and the kinds that partners may come as, if it has kinds."""
        if kinds:
            offered = [kind for kind in kinds if kind.offered_to is not OfferedTo.ORGANIZERS]
            self.kind.choices = [SelectChoice(kind.id, kind.name) for kind in offered]
        else:
            del self.kind
        self.mode.choices = [SelectChoice(m.value, MODE_LABELS[m]) for m in event.modes]
        if not self.mode.data:
            self.mode.data = event.modes[0].value
        self.in_zone(event.time_zone)
        return self

    @property
    def kind_id(self) -> int | None:
        """The chosen kind; none where the event has no kinds."""
        return int(self.kind.data) if self.kind is not None else None


class AllotForm(Form):
    """An organizer gives places of a block to any company."""

    company = LineField(_l("Company"), [required(_l("Enter a programme ID or the exact name."))], length=200)
    places = number_field(_l("Places"), 1)


class OwnAllotForm(ActingForm):
    """The holder gives places to a company that it supplies."""

    company = SelectField(_l("Reseller"), [InputRequired(_l("Choose a company."))], coerce=int)
    places = number_field(_l("Places"), 1)

    def offer(self, companies: Sequence[tuple[int, str]]) -> "OwnAllotForm":
        """Offers these companies."""
        self.company.choices = [SelectChoice(0, _("Choose …")), *(SelectChoice(id_, name) for id_, name in companies)]
        return self


class ShareForm(Form):
    """How many places a reseller has; what it loses goes back to the holder."""

    places = number_field(_l("Places"), 0)


class OwnShareForm(ActingForm):
    """The same, by the holder."""

    places = number_field(_l("Places"), 0)


def share_problems(wrong: tuple[int, Form] | None) -> list[tuple[str, str]]:
    """What was refused in the form of a share, each with the id of the field that it stands at."""
    if wrong is None:
        return []
    share_id, form = wrong
    messages = [*form.form_errors, *(message for field in form.all_fields() for message in field.errors)]
    return [(str(message), f"places-{share_id}") for message in messages]
