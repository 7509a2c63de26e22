"""What is chosen for a move: one form for each kind, and the sessions beside it."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any, Self
from urllib.parse import urlsplit

from flask import request
from wtforms import BooleanField, RadioField, SelectField, SelectMultipleField
from wtforms.fields import SelectChoice
from wtforms.validators import ValidationError
from wtforms.widgets import CheckboxInput, ListWidget

from eventapp.agenda.models import Room
from eventapp.core.errors import RuleError
from eventapp.core.forms import Day, LineField, OptionalInput, TextField, required
from eventapp.core.i18n import _, _l
from eventapp.core.text import one_line
from eventapp.decisions.models import Decision
from eventapp.events.forms import places_field
from eventapp.events.models import Event
from eventapp.events.moments import LocalMoment, MomentsForm, moment_values, which_field
from eventapp.lifecycle.converting.models import ConversionKind
from eventapp.lifecycle.converting.queries import Session
from eventapp.lifecycle.converting.rules import Plan, SessionChoice, TooMany
from eventapp.questions.rules.asked import Asked

LENGTH_OF_LINK = 500
ROOM, OWN, POSTPONED = "room", "own", "later"
SESSION_CHOICES = {ROOM: _l("Link of its room"), OWN: _l("A link of its own"), POSTPONED: _l("Postponed")}


def link_problem(text: str) -> str:
    """What is wrong with a link to a meeting; empty if nothing is, or if there is none."""
    if len(text) > LENGTH_OF_LINK:
        return _("At most %(max)s characters.", max=LENGTH_OF_LINK)
    try:
        parts = urlsplit(text)
        right = parts.scheme == "https" and bool(parts.hostname) and not any(c.isspace() for c in text)
    except ValueError:  # brackets of an IPv6 address that do not close
        right = False
    return _("Enter a link like https://meet.example.com/room.") if text and not right else ""


class Checkboxes(SelectMultipleField):
    """Several of some rows, by id."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()

    def __init__(self, label: Any, **kwargs: Any) -> None:
        super().__init__(label, [OptionalInput()], coerce=int, **kwargs)


class MoveForm(MomentsForm):
    """What every move asks."""

    note = TextField(
        _l("What everybody should know"),
        length=500,
        render_kw={"rows": 3},
        description=_l("Stands in the mail and on every page of the event. Plain words, no formatting."),
    )
    decision = SelectField(
        _l("Decided in"),
        [OptionalInput()],
        coerce=lambda text: int(text) if text else None,
        description=_l("Everybody who follows that decision is told that it was carried out."),
    )

    def cite(self, decisions: Sequence[Decision]) -> Self:
        """Offers the decisions in which it may have been agreed."""
        none = SelectChoice("", _("In none that stands here"))
        self.decision.choices = [none, *(SelectChoice(str(one.id), f"{one.code} {one.title}") for one in decisions)]
        return self


class VirtualForm(MoveForm):
    """On video."""

    capacity = places_field(_l("Places on video"))
    above_company = BooleanField(_l("Confirm as well who waits for a place of their company"), default=True)
    join_url = LineField(_l("One link for all"), length=LENGTH_OF_LINK)
    hide = Checkboxes(_l("Questions that make sense in a room only"))
    needs_until = Day(_l("Food and access needs are deleted on"), [required(_l("Choose a day."))])

    def offer(self, questions: Sequence[Asked]) -> Self:
        """Offers the questions of the event's form."""
        self.hide.choices = [SelectChoice(str(question.id), question.label) for question in questions]
        return self

    def validate_join_url(self, field: Any) -> None:
        """A link that browsers open."""
        if problem := link_problem(field.data or ""):
            raise ValidationError(problem)

    def validate_needs_until(self, field: Any) -> None:
        """Not before today: what is gone cannot come back; and no year that no calendar has."""
        today = self.today
        if field.data is not None and not today <= field.data <= today + timedelta(days=400):
            raise ValidationError(_("Choose a day from today on, within a year."))

    today = date.min

    def plan(self, sessions: "SessionsPart") -> Plan:
        """The checked input."""
        return Plan(
            ConversionKind.VIRTUAL,
            note=self.note.data or "",
            capacity=self.capacity.data,
            above_company=bool(self.above_company.data),
            join_url=self.join_url.data or "",
            room_links=sessions.room_links(),
            sessions=sessions.choices(),
            hide=frozenset(self.hide.data or ()),
            needs_until=self.needs_until.data,
        )


class InPersonForm(MoveForm):
    """Into a room."""

    venue = LineField(_l("Venue"), [required(_l("Name the venue, so that people know where to go."))], length=150)
    address = LineField(_l("Street and number"), length=250)
    city = LineField(_l("City"), length=100)
    capacity = places_field(_l("Places"))
    too_many = RadioField(
        _l("If more people have a place than the room holds"),
        [OptionalInput()],
        choices=[
            SelectChoice(TooMany.KEEP.value, _l("All keep their places; no new ones are given until enough have cancelled")),
            SelectChoice(TooMany.WAIT.value, _l("Who registered last waits, in the order of registering")),
        ],
        default=TooMany.KEEP.value,
    )
    show = Checkboxes(_l("Questions to ask again"))

    def offer(self, questions: Sequence[Asked]) -> Self:
        """Offers the questions that were hidden when the event went on video."""
        self.show.choices = [SelectChoice(str(question.id), question.label) for question in questions]
        return self

    def plan(self, _sessions: "SessionsPart | None" = None) -> Plan:
        """The checked input."""
        return Plan(
            ConversionKind.IN_PERSON,
            note=self.note.data or "",
            venue=self.venue.data or "",
            address=self.address.data or "",
            city=self.city.data or "",
            capacity=self.capacity.data,
            too_many=TooMany(self.too_many.data or TooMany.KEEP.value),
            show=frozenset(self.show.data or ()),
        )


class DateForm(MoveForm):
    """To another date, in the event's own time."""

    starts_at = LocalMoment(_l("Starts"), [required(_l("Say when the event starts."))])
    starts_at_fold = which_field()
    ends_at = LocalMoment(_l("Ends"), description=_l("Left empty: it takes as long as before."))
    ends_at_fold = which_field()
    move_sessions = RadioField(
        _l("Sessions in the timetable"),
        [OptionalInput()],
        choices=[
            SelectChoice("1", _l("Move with the event: same day of it, same hour on the clock")),
            SelectChoice("0", _l("Stay where they are; I shall place them anew")),
        ],
        default="1",
    )
    moment_names = ("starts_at", "ends_at")

    def validate(self, extra_validators: Any = None) -> bool:
        """Shape first, then the times in UTC."""
        valid = super().validate(extra_validators)
        start, end = self.moments.get("starts_at"), self.moments.get("ends_at")
        if start and end and end <= start:
            self.ends_at.errors = [*self.ends_at.errors, _("The event must end after it starts.")]
            return False
        return valid

    def plan(self, _sessions: "SessionsPart | None" = None) -> Plan:
        """The checked input."""
        return Plan(
            ConversionKind.DATE,
            note=self.note.data or "",
            starts_at=self.moments["starts_at"],
            ends_at=self.moments["ends_at"],
            move_sessions=self.move_sessions.data != "0",
        )


def date_values(event: Event) -> dict[str, Any]:
    """What the form for a new date shows first: the start that the event has."""
    return moment_values("starts_at", event.starts_at, event.time_zone)


class SessionsPart:
    """A link for each room and a choice for each session: too many fields to be fields of the form."""

    def __init__(self, rooms: Sequence[Room], sessions: Sequence[Session], *, sent: bool) -> None:
        self.rooms, self.sessions, self.sent = rooms, sessions, sent
        self.errors: dict[str, str] = {}

    def room_link(self, room: Room) -> str:
        """The link of a room as it is typed, or as it is."""
        return _typed(f"room-{room.id}") if self.sent else room.join_url

    def choice(self, session: Session) -> str:
        """What is chosen for a session: its room's link, one of its own, or postponed."""
        if not self.sent:
            return OWN if session.link else ROOM
        chosen = _typed(f"session-{session.id}")
        return chosen if chosen in SESSION_CHOICES else ROOM

    def link(self, session: Session) -> str:
        """The own link of a session as it is typed, or as it is."""
        return _typed(f"session-{session.id}-link") if self.sent else session.link

    @property
    def problems(self) -> list[tuple[str, str]]:
        """Messages, each with the id of its field."""
        return [(message, name) for name, message in self.errors.items()]

    def validate(self) -> bool:
        """Checks the links."""
        for room in self.rooms:
            if problem := link_problem(self.room_link(room)):
                self.errors[f"room-{room.id}"] = problem
        for session in self.sessions:
            link = self.link(session)
            if self.choice(session) == OWN:
                missing = _("Enter a link for “%(title)s”, or choose that of its room.", title=session.title)
                if problem := link_problem(link) if link else missing:
                    self.errors[f"session-{session.id}-link"] = problem
        return not self.errors

    def refuse(self, _error: RuleError) -> bool:
        """No rule is about one of these fields."""
        return False

    def room_links(self) -> dict[int, str]:
        """The links of rooms, by id."""
        return {room.id: self.room_link(room) for room in self.rooms}

    def choices(self) -> dict[int, SessionChoice]:
        """What becomes of each session, by id."""
        return {
            session.id: SessionChoice(
                link=self.link(session) if self.choice(session) == OWN else "",
                postponed=self.choice(session) == POSTPONED,
            )
            for session in self.sessions
        }


def _typed(name: str) -> str:
    return one_line(request.form.get(name, ""))


def sent_fields() -> list[tuple[str, str]]:
    """Everything that was sent, for the page that asks whether it is meant: (name, value). Not the keys of the form itself."""
    own = {"csrf_token", "once_key", "step"}
    return [(name, value) for name, value in request.form.items(multi=True) if name not in own]
