"""The link to join a session that stands in somebody's calendar."""

from eventapp.events.models import EventFormat, Mode
from eventapp.registrations.join_links import join_link
from eventapp.registrations.models import Registration, RegistrationStatus


def calendar_link(registration: Registration, code: str, delivery: EventFormat | None) -> str:
    """For who takes part on video in a session that is on video; else empty. Whether it leads on is asked at the click."""
    on_video = EventFormat.IN_PERSON not in (registration.event.format, delivery)
    remote = registration.mode is Mode.VIRTUAL and registration.status is RegistrationStatus.CONFIRMED
    return join_link(registration, code) if on_video and remote else ""
