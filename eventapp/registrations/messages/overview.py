"""The list of an event's messages: on or off, when, whose text, how many get it or have got it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from eventapp.events.models import Event
from eventapp.registrations.hooks import further_kinds
from eventapp.registrations.messages import queries
from eventapp.registrations.messages.kinds import ALL, DATED, Kind
from eventapp.registrations.messages.models import Outcome
from eventapp.registrations.messages.queries import Own
from eventapp.registrations.messages.rules import due_at, occasions


@dataclass(frozen=True)
class Line:
    """One message of an event. `due` is none for what leaves at once; of the others `to_come` people have not got it."""

    kind: Kind
    on: bool
    due: datetime | None
    languages: list[str]
    got: int
    skipped: int
    to_come: int

    @property
    def over(self) -> bool:
        """Whether its moment has passed with nobody left to write to."""
        return self.due is not None and not self.to_come


def kinds_of(event: Event) -> list[Kind]:
    """The messages that an event may send: of those of later features only its own."""
    there = further_kinds(event)
    return [kind for kind in ALL if not kind.further or kind.key in there]


def lines(event: Event, at: datetime, kinds: Iterable[Kind] = ALL) -> list[Line]:
    """The event's messages in their order."""
    own = queries.own_of([event])[event.id]
    sent, mails = queries.sent_counts(event), queries.mail_counts(event)
    expected = queries.expected(event)
    return [_line(event, kind, own, sent, mails, expected, at) for kind in kinds]


def _line(
    event: Event,
    kind: Kind,
    own: Own,
    sent: dict[tuple[str, Outcome], int],
    mails: dict[str, int],
    expected: dict[str, int],
    at: datetime,
) -> Line:
    on = own.sends(kind)
    due, again = _next(event, kind, own, at) if kind in DATED else (None, False)
    got, skipped = mails.get(f"registrations.{kind.key}", 0), 0
    if due is not None:
        got, skipped = sent.get((kind.key, Outcome.SENT), 0), sent.get((kind.key, Outcome.SKIPPED), 0)
    to_come = expected.get(kind.key, 0) if on and due is not None and due > at else 0
    # Who has got it for a day of the event gets it for the next one as well.
    to_come -= 0 if again else got
    return Line(kind, on, due, sorted(own.texts.get(kind.key, {})), got, skipped, max(0, to_come))


def _next(event: Event, kind: Kind, own: Own, at: datetime) -> tuple[datetime | None, bool]:
    """When a message leaves next, or left last, and whether that is for a later day of the event than its first."""
    if kind.schedule is None:
        return None, False
    found = [due_at(kind.schedule, one, own.hour(kind)) for one in occasions(kind.schedule, event)]
    due = next((one for one in found if one > at), found[-1])
    return due, due > found[0]
