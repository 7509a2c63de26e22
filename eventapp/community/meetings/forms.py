"""Forms of meetings."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from wtforms import HiddenField, RadioField, SelectField
from wtforms.fields import SelectChoice
from wtforms.validators import InputRequired

from eventapp.community.meetings.rules import MOST_TIMES, SAY_LABELS, Say
from eventapp.community.meetings.service import MeetingDetails
from eventapp.core.forms import LineField, OptionalInput, TextField, required
from eventapp.core.i18n import _, _l
from eventapp.core.times import zones
from eventapp.events.models import Event
from eventapp.events.moments import LocalMoment, MomentsForm, which_field

TIMES = tuple(f"time_{n}" for n in range(1, MOST_TIMES + 1))


class _TimesForm(MomentsForm):
    """Up to three times in one zone."""

    time_zone = SelectField(
        _l("Time zone"), [InputRequired()], choices=[SelectChoice(name, name.replace("_", " ")) for name in zones()]
    )
    time_1 = LocalMoment(_l("Time"))
    time_1_fold = which_field()
    time_2 = LocalMoment(_l("Or"))
    time_2_fold = which_field()
    time_3 = LocalMoment(_l("Or else"))
    time_3_fold = which_field()
    moment_names = TIMES

    def zone(self) -> str:
        """The zone that is chosen in this very form; empty while it is none."""
        return "" if self.time_zone.errors or self.time_zone.data not in zones() else self.time_zone.data

    def times(self) -> list[datetime]:
        """The moments that were typed, each once and in their order."""
        return sorted({one for name in TIMES if (one := self.moments.get(name)) is not None})


class AskForm(_TimesForm):
    """Asks for a meeting."""

    subject = LineField(_l("What it is about"), [required(_l("Say in a few words what it is about."))], length=150)
    text = TextField(_l("What you want to say"), length=1000, render_kw={"rows": 5})
    event = SelectField(
        _l("At an event"), [OptionalInput()], description=_l("If you are both there. The times below are then optional.")
    )

    def offer(self, events: Sequence[Event]) -> None:
        """Offers events to meet at."""
        self.event.choices = [SelectChoice("", _("Nowhere in particular")), *(SelectChoice(str(e.id), e.title) for e in events)]

    def meeting(self) -> MeetingDetails:
        """The checked input."""
        event_id = int(self.event.data) if self.event.data else None
        return MeetingDetails(self.subject.data or "", self.text.data or "", self.times(), self.time_zone.data, event_id)


class AnswerForm(_TimesForm):
    """Answers a request."""

    version = HiddenField(default="0")
    say = RadioField(
        _l("Your answer"),
        [InputRequired(_l("Choose one."))],
        choices=[SelectChoice(key.value, label) for key, label in SAY_LABELS.items()],
    )
    chosen = RadioField(_l("If yes, when"), [OptionalInput()])
    answer = TextField(_l("A word to them"), length=500, render_kw={"rows": 3})

    def offer(self, times: Sequence[tuple[datetime, str]]) -> None:
        """Offers the proposed times, as they are shown."""
        self.chosen.choices = [SelectChoice(moment.isoformat(), words) for moment, words in times]
        if len(times) == 1 and not self.is_submitted():
            self.chosen.data = times[0][0].isoformat()

    def choice(self) -> datetime | None:
        """The time that a yes is about."""
        return datetime.fromisoformat(self.chosen.data) if self.chosen.data else None

    def said(self) -> Say:
        """The answer."""
        return Say(self.say.data)


def zone_values(zone: str) -> dict[str, Any]:
    """What a form starts with: the zone of whoever looks."""
    return {"time_zone": zone if zone in zones() else "UTC"}
