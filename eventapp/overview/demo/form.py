"""The form of the flagship event, and a small library to build others from."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any

from sqlalchemy import select

from eventapp.audit.service import Actor, NamedActor
from eventapp.core.db import db
from eventapp.events.models import Event
from eventapp.questions import queries, service
from eventapp.questions.models import Kind, Scope, Stage
from eventapp.questions.rules.asked import Given, Option
from eventapp.questions.service import QuestionDetails, SectionDetails
from eventapp.registrations.answers import service as answering
from eventapp.registrations.models import Registration, RegistrationStatus
from eventapp.registrations.queries import LOADED

HAVE_ANSWERED = 80
DRUM = 0.8
LAB = "hands_on_lab_migration_in_a_day"


@dataclass(frozen=True)
class _Ask:
    """A question of the demo; `shown_if` names an earlier one by its key and the value that it must have."""

    key: str
    label: str
    kind: Kind
    options: tuple[Option, ...] = ()
    shown_if: tuple[tuple[str, str], ...] = ()
    more: dict[str, Any] = field(default_factory=dict)


_WORKSHOPS = (
    Option("", "Sales stories that work", "blue"),
    Option("", "Hands-on lab: migration in a day", "green", 60),
    Option("", "Joint business planning for beginners", "violet", 24),
    Option("", "No workshop, I meet people", "grey"),
)
_PERSON = (
    _Ask("workshop", "Which workshop on Wednesday?", Kind.ONE_OF, _WORKSHOPS, more={"at_door": True}),
    _Ask(
        "laptop",
        "Do you bring a laptop to the lab?",
        Kind.YES_NO,
        shown_if=(("workshop", LAB),),
    ),
    _Ask(
        "experience",
        "How many migrations have you done?",
        Kind.NUMBER,
        shown_if=(("laptop", "yes"),),
        more={"settings": {"min": "0", "max": "500"}},
    ),
    _Ask(
        "languages",
        "In which languages can we seat you?",
        Kind.SEVERAL_OF,
        tuple(Option("", name) for name in ("English", "German", "French", "Spanish", "Italian", "Polish")),
        more={"settings": {"most": 3}, "help": "At most three, for the tables at dinner."},
    ),
    _Ask("drumming", "I drum along on Wednesday evening", Kind.YES_NO, more={"help": "900 people, 30 circles, no skill needed."}),
    _Ask(
        "drumming_health",
        "Anything that loud rhythm or standing for an hour would make difficult?",
        Kind.LONG_TEXT,
        shown_if=(("drumming", "yes"),),
        more={"special": True, "help": "Only those who look after food and access read this. It is deleted after the event."},
    ),
)
_GROUP = (
    _Ask(
        "stand",
        "Would your company like a table in the partner village?",
        Kind.YES_NO,
        more={"scope": Scope.GROUP},
    ),
    _Ask(
        "stand_topic",
        "What would you show there?",
        Kind.TEXT,
        shown_if=(("stand", "yes"),),
        more={"scope": Scope.GROUP, "settings": {"max": "120"}},
    ),
)
_BOARD = (
    _Ask(
        "board_dinner",
        "Does your management join the dinner with our board?",
        Kind.YES_NO,
        shown_if=(("tier", "premier"),),
        more={"scope": Scope.GROUP},
    ),
)
_TRAVEL = (
    _Ask("arrival", "When do you arrive?", Kind.MOMENT, more={"settings": {"min": "2027-05-15", "max": "2027-05-20"}}),
    _Ask("mobile", "Mobile number on the day", Kind.PHONE, more={"help": "With country code. Only the desk sees it."}),
    _Ask("portrait", "A picture of you", Kind.PICTURE, more={"help": "For the desk, to find your badge.", "at_door": True}),
)
_DESK = (_Ask("vip_note", "Who greets this person?", Kind.TEXT, more={"scope": Scope.ORGANIZER, "in_exports": False}),)
_LIBRARY = (
    _Ask("t_shirt", "T-shirt size", Kind.ONE_OF, tuple(Option("", size) for size in ("XS", "S", "M", "L", "XL", "XXL"))),
    _Ask("emergency", "Whom do we call in an emergency?", Kind.PHONE),
    _Ask("invoice_country", "Country of the invoice", Kind.COUNTRY),
    _Ask("house_rules", "I have read the house rules", Kind.CONSENT),
)


def build_form(event: Event, *, by: Actor, at: datetime) -> None:
    """Asks people, companies and the desk; the travel section is for after confirmation, until a week before."""
    ids: dict[str, str] = {}
    sections = (
        (SectionDetails("Your company", "Answered once for all who come from your company."), (*_GROUP, *_BOARD)),
        (SectionDetails("Your days in Vienna"), _PERSON),
        (SectionDetails("For the desk"), _DESK),
        (SectionDetails("Travel", "So that somebody waits for you.", Stage.B), _TRAVEL),
    )
    for details, asks in sections:
        _add(event, details, asks, ids, by=by, at=at)
    service.set_deadlines(event, {Stage.B: event.starts_at - timedelta(days=7)}, by=by, at=at)


def answer_some(event: Event, random: Random, *, at: datetime) -> None:
    """Some of those who come have chosen their workshop already, so that places are taken and columns are filled."""
    asked = {q.key: q for q in queries.questions_in(queries.form_of(event.id))}
    query = select(Registration).options(*LOADED).where(Registration.event_id == event.id)
    query = query.where(Registration.status == RegistrationStatus.CONFIRMED).order_by(Registration.id).limit(HAVE_ANSWERED)
    for registration in db.session.scalars(query):
        workshop = random.choices(asked["workshop"].options, weights=(5, 6, 2, 3))[0].key
        values = {asked["workshop"].id: workshop, asked["drumming"].id: random.random() < DRUM}
        if workshop == LAB:
            values[asked["laptop"].id] = random.random() < DRUM
        answering.store(registration, Given(values, frozenset(values)), by=NamedActor(registration.name), at=at)


def fill_library(*, by: Actor, at: datetime) -> None:
    """Questions that come back from event to event."""
    _add(None, SectionDetails("Often asked"), _LIBRARY, {}, by=by, at=at)


def _add(
    event: Event | None, details: SectionDetails, asks: tuple[_Ask, ...], ids: dict[str, str], *, by: Actor, at: datetime
) -> None:
    section = service.add_section(event, details, by=by, at=at)
    for ask in asks:
        tests = [{"on": ids.get(on, on), "is": "is", "value": value} for on, value in ask.shown_if]
        question = QuestionDetails(
            ask.label,
            ask.kind,
            key=ask.key,
            options=ask.options,
            condition={"all": True, "tests": tests} if tests else None,
            **ask.more,
        )
        ids[ask.key] = f"q{service.add_question(event, section, question, by=by, at=at).id}"
