"""What an organizer fills in for a run."""

from dataclasses import dataclass
from datetime import datetime

from eventapp.events.models import EventFormat
from eventapp.events.parts import PartDetails


@dataclass(frozen=True)
class RunDetails:
    """A run that is an event of its own. Times in UTC; capacities without a number have no limit.

    `capacity` is for a run in a room or on video, the other two for a hybrid one. With `waits` whoever finds it full may
    wait. `trainer_ids` are logins, in the order in which they are named. An empty title is that of the course.
    """

    slots: tuple[PartDetails, ...]
    time_zone: str
    format: EventFormat
    title: str = ""
    venue: str = ""
    address: str = ""
    city: str = ""
    country_code: str | None = None
    join_url: str = ""
    capacity: int | None = None
    capacity_in_person: int | None = None
    capacity_virtual: int | None = None
    waits: bool = True
    opens_at: datetime | None = None
    closes_at: datetime | None = None
    cancel_until: datetime | None = None
    seats_min: int = 0
    late_hours: int = 24
    language: str = "en"
    trainer_ids: tuple[int, ...] = ()
    contact_email: str = ""
    sender_name: str = ""


@dataclass(frozen=True)
class InsideDetails:
    """What a run has of its own that is a session of an event's agenda; everything else is the session's."""

    seats_min: int = 0
    late_hours: int = 24
    language: str = "en"
    trainer_ids: tuple[int, ...] = ()
