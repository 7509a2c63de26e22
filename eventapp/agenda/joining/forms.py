"""The form of how an event is joined."""

from typing import Any

from wtforms import BooleanField, HiddenField, IntegerField
from wtforms.validators import NumberRange, ValidationError

from eventapp.agenda.joining.models import MOST_MINUTES, Joining
from eventapp.agenda.joining.service import Settings
from eventapp.core.forms import LineField, required
from eventapp.core.i18n import _, _l
from eventapp.core.links import is_https
from eventapp.events.models import Event
from eventapp.events.moments import LocalMoment, MomentsForm, moment_values, which_field


def https(_form: Any, field: Any) -> None:
    """A link that browsers open in safety."""
    if field.data and not is_https(field.data):
        raise ValidationError(_("Enter a link like https://meet.example.com/room."))


class JoiningForm(MomentsForm):
    """How people join an event on video."""

    version = HiddenField(default="0")
    opens_minutes = IntegerField(
        _l("Links open (minutes before the start)"),
        [required(), NumberRange(0, MOST_MINUTES, _l("Enter a whole number from 0 to 1,440."))],
        render_kw={"min": 0, "max": MOST_MINUTES, "inputmode": "numeric"},
    )
    in_person_may_follow = BooleanField(_l("Those who come in person may follow on video as well"))
    test_url = LineField(
        _l("The provider's test page"),
        [https],
        length=500,
        description=_l("Where people try microphone and sound. Everybody may see this address."),
    )
    recording_url = LineField(
        _l("Recording of the event"),
        [https],
        length=500,
        description=_l("Whoever might have joined is led there after the end. Sessions have recordings of their own."),
    )
    recording_until = LocalMoment(_l("Recording shown until"), description=_l("Left empty: for good."))
    recording_until_fold = which_field()

    moment_names = ("recording_until",)

    def settings(self) -> Settings:
        """What was filled in."""
        return Settings(
            opens_minutes=self.opens_minutes.data,
            in_person_may_follow=bool(self.in_person_may_follow.data),
            test_url=self.test_url.data or "",
            recording_url=self.recording_url.data or "",
            recording_until=self.moments["recording_until"],
        )


def form_of(event: Event, settings: Joining) -> JoiningForm:
    """The form with what is said now."""
    names = ("opens_minutes", "in_person_may_follow", "test_url", "recording_url")
    values: dict[str, Any] = {name: getattr(settings, name) for name in names}
    values |= {"version": str(settings.version), **moment_values("recording_until", settings.recording_until, event.time_zone)}
    return JoiningForm(data=values).in_zone(event.time_zone)
