"""The form of how and where a workshop is held."""

from collections.abc import Sequence
from typing import Any

from wtforms import HiddenField, RadioField, SelectField
from wtforms.fields import SelectChoice
from wtforms.validators import InputRequired, ValidationError

from eventapp.core.forms import Form, LineField, required
from eventapp.core.i18n import _, _l
from eventapp.core.links import is_https
from eventapp.core.times import day_text, to_local, zones
from eventapp.plans.content.lines import Context, whom
from eventapp.plans.models import WORKSHOP_FORMAT_LABELS, WorkshopFormat
from eventapp.plans.workshop.planning.service import WorkshopDetails
from eventapp.plans.workshop.queries import Session


class WorkshopForm(Form):
    """How and where a workshop is held, and who has which part in it."""

    version = HiddenField(default="0")
    format = RadioField(
        _l("How it takes place"),
        [InputRequired(_l("Choose how it takes place."))],
        choices=lambda: [SelectChoice(one.value, str(label)) for one, label in WORKSHOP_FORMAT_LABELS.items()],
    )
    time_zone = SelectField(
        _l("Time zone"), [required()], choices=[SelectChoice(name, name.replace("_", " ")) for name in zones()]
    )
    place = LineField(_l("Place"), length=200, description=_l("Only the two teams and the facilitator read it."))
    meeting_url = LineField(
        _l("Meeting link"), length=500, description=_l("Stands on the page of the workshop and in no mail or calendar.")
    )
    session_id = SelectField(
        _l("Session of an event"),
        coerce=whom,
        description=_l("If the workshop takes place at an event. Its organizers see the session, and nothing of the workshop."),
    )
    facilitator_id = SelectField(
        _l("Facilitator"),
        coerce=whom,
        description=_l("Neutral: somebody of the vendor who is in neither team. The vendor's owner chooses."),
    )
    scribe_id = SelectField(_l("Scribe"), coerce=whom, description=_l("Writes the minutes."))
    timekeeper_id = SelectField(_l("Timekeeper"), coerce=whom, description=_l("Looks after the agenda."))

    PEOPLE = ("scribe_id", "timekeeper_id")

    def offer(self, context: Context, facilitators: Sequence[tuple[int, str]], sessions: Sequence[Session]) -> None:
        """Fills in the people and the sessions; who has a part keeps it."""
        nobody = SelectChoice("", _("Nobody yet"))
        for name in self.PEOPLE:
            field = self[name]
            there = [one for one in context.people.values() if one.left_at is None]
            people = (SelectChoice(str(one.id), one.name, optgroup=context.names[one.side]) for one in there)
            field.choices = [nobody, *people]
        self.facilitator_id.choices = [nobody, *(SelectChoice(str(id_), name) for id_, name in facilitators)]
        self.session_id.choices = [
            SelectChoice("", _("None, it stands alone")),
            *(SelectChoice(str(one.id), _session(one), optgroup=one.event) for one in sessions),
        ]

    def validate_meeting_url(self, field: Any) -> None:
        """A link that browsers open in safety."""
        if field.data and not is_https(field.data):
            raise ValidationError(_("Enter a link like https://meet.example.com/room."))

    def details(self) -> WorkshopDetails:
        """The checked input."""
        return WorkshopDetails(
            format=WorkshopFormat(self.format.data),
            time_zone=self.time_zone.data,
            place=self.place.data or "",
            meeting_url=self.meeting_url.data or "",
            session_id=self.session_id.data,
            facilitator_id=self.facilitator_id.data,
            scribe_id=self.scribe_id.data,
            timekeeper_id=self.timekeeper_id.data,
        )


def _session(one: Session) -> str:
    return f"{one.title} ({day_text(to_local(one.starts_at, one.time_zone).date())})"
