"""Whether a link leads on at a moment: pure functions over facts, the same for the page, the click and the lists."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from eventapp.core.links import is_https
from eventapp.events.models import Event, EventFormat, EventStatus, Mode
from eventapp.registrations.models import Registration, RegistrationStatus


class State(StrEnum):
    """What becomes of somebody who follows a link."""

    # Nothing to be joined, for good or for this person.
    CANCELLED = "cancelled"
    NO_PLACE = "no_place"
    NO_SESSION_PLACE = "no_session_place"
    ROOM_ONLY = "room_only"
    IN_PERSON = "in_person"
    # All is well but for the time.
    EARLY = "early"
    OVER = "over"
    # It is time.
    NO_LINK = "no_link"
    OPEN = "open"


@dataclass(frozen=True)
class Part:
    """A time at which something can be followed, the room that it takes place in, and the provider's address."""

    starts_at: datetime
    ends_at: datetime
    room: str = ""
    url: str = ""


@dataclass(frozen=True)
class Stream:
    """What can be joined: a session as it was released, or (without `session_id`) the event as a whole.

    `mine`: whoever asks has a place, or needs none. A session in several parts is joined in each of them.
    """

    event: Event
    parts: Sequence[Part]
    session_id: int | None = None
    code: str = ""
    title: str = ""
    delivery: EventFormat | None = None
    cancelled: bool = False
    mine: bool = True
    recording_url: str = ""
    recording_until: datetime | None = None

    @property
    def in_room(self) -> bool:
        """Whether it also takes place where people are."""
        return (self.delivery or self.event.format) is not EventFormat.VIRTUAL

    @property
    def on_video(self) -> bool:
        """Whether it can be followed on video at all: its delivery can only narrow that of the event."""
        return self.event.format is not EventFormat.IN_PERSON and self.delivery is not EventFormat.IN_PERSON

    @property
    def starts_at(self) -> datetime:
        """When its first part begins."""
        return self.parts[0].starts_at

    @property
    def ends_at(self) -> datetime:
        """When its last part ends."""
        return self.parts[-1].ends_at

    def recording(self, at: datetime) -> str:
        """Where its recording is, while that may be seen; else empty."""
        seen = self.recording_until is None or at < self.recording_until
        return self.recording_url if seen and at >= self.ends_at and is_https(self.recording_url) else ""


@dataclass(frozen=True)
class Verdict:
    """The state, and the part that is on or comes next: `opens_at` is when one may go in."""

    state: State
    part: Part
    opens_at: datetime


def judge(stream: Stream, registration: Registration, *, opens_minutes: int, in_person: bool, at: datetime) -> Verdict:
    """What becomes of this person at this moment; `in_person` says whether those who come in person may follow."""
    part = part_at(stream, at)
    opens_at = part.starts_at - timedelta(minutes=opens_minutes)
    return Verdict(refusal(stream, registration, in_person=in_person) or _in_time(part, opens_at, at), part, opens_at)


def refusal(stream: Stream, registration: Registration, *, in_person: bool) -> State | None:
    """Why this person may not follow it whatever the time; none if they may."""
    if registration.event.status is EventStatus.CANCELLED or stream.cancelled:
        return State.CANCELLED
    if registration.status is not RegistrationStatus.CONFIRMED:
        return State.NO_PLACE
    if not stream.on_video:
        return State.ROOM_ONLY
    if registration.mode is Mode.IN_PERSON and not in_person:
        return State.IN_PERSON
    return None if stream.mine else State.NO_SESSION_PLACE


def _in_time(part: Part, opens_at: datetime, at: datetime) -> State:
    if at >= part.ends_at:
        return State.OVER
    if at < opens_at:
        return State.EARLY
    return State.OPEN if is_https(part.url) else State.NO_LINK


def part_at(stream: Stream, at: datetime) -> Part:
    """The part that is on or comes next; the last one when all are over."""
    return next((part for part in stream.parts if at < part.ends_at), stream.parts[-1])


def provider(session_url: str, room_url: str, event_url: str) -> str:
    """Where a session is joined: at its own address, else its room's, else the event's."""
    return session_url or room_url or event_url
