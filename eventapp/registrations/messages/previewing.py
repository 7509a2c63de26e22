"""Texts as real people would get them, without the links that only they may have."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from eventapp.core.i18n import _
from eventapp.core.links import absolute
from eventapp.core.times import zone_or_none
from eventapp.events.models import MODE_LABELS, Event, Mode
from eventapp.partners.models import Organisation, Person
from eventapp.registrations import queries as registrations
from eventapp.registrations.messages import composing, queries, texts
from eventapp.registrations.messages.kinds import Kind
from eventapp.registrations.messages.placeholders import PLACEHOLDERS, Change, Facts
from eventapp.registrations.models import Registration, RegistrationStatus, Source
from eventapp.registrations.waiting import texts as waiting

# In place of the secret of the person's link: whoever writes texts need not be able to act as those who get them.
NO_TOKEN = "preview-link"  # noqa: S105 - says that there is none


@dataclass(frozen=True)
class Preview:
    """A text as one person would get it. `zone` is where that person lives, if we know."""

    registration: Registration
    written: texts.Written
    language: str
    zone: str


def previews(
    event: Event,
    kind: Kind,
    language: str,
    subject: str,
    body: str,
    at: datetime,
    *,
    changes: Sequence[Sequence[str]] = (),
    reason: str | None = None,
    moved_up: Collection[int] = (),
) -> list[Preview]:
    """The text for up to three people of the event, or for a made-up one while there is nobody.

    What it would say is made up, unless it is known: `changes` as [what, old, new], `reason`, and the ids of those who
    `moved_up`.
    """
    found = [_facts(r, event, kind, at) for r in (queries.samples(event) or [made_up(event)])]
    if reason is not None:
        told = [Change(what, old, new) for what, old, new in changes]
        found = [replace(f, changes=told, reason=reason, moved_up=f.registration.id in moved_up) for f in found]
    return [
        Preview(
            facts.registration,
            composing.fill(subject, body, facts, language),
            composing.language_of(facts.registration),
            _zone(facts.registration),
        )
        for facts in found
    ]


def _zone(registration: Registration) -> str:
    name = registration.person.time_zone or registration.organisation.time_zone
    return name if zone_or_none(name) else ""


def _facts(registration: Registration, event: Event, kind: Kind, at: datetime) -> Facts:
    """What the message would know; what this person's registration does not have is made up."""
    places = waiting.positions([registration]) if registration.id else {}
    other = {Mode.IN_PERSON: Mode.VIRTUAL, Mode.VIRTUAL: Mode.IN_PERSON}[registration.mode]
    change = Change(_("Takes part"), str(MODE_LABELS[other]), str(MODE_LABELS[registration.mode]))
    if kind.calendar:
        change = Change(_("Where"), _("Somewhere else"), event.venue or event.city or event.title)
    return Facts(
        registration,
        link=absolute("registrations_link.show", token=NO_TOKEN),
        join_link=absolute("join.show", token=NO_TOKEN) if registration.mode is Mode.VIRTUAL else "",
        position=places.get(registration.id, _("%(n)s of %(of)s", n=1, of=3)),
        promise=waiting.promise(registration, at),
        waits_for=registrations.waiting_reason(registration) if registration.id else "",
        holder=waiting.holders([registration]).get(registration.id, "") if registration.id else "",
        deadline=at + timedelta(hours=24),
        changes=[change],
        missing=registration.missing_answers or 2,
        reason=registration.cancel_reason or _("An example of a reason"),
        further={
            "activity": _("Dinner"),
            "group": _("Table %(n)s", n=7),
            "group_where": event.venue or event.city,
            "group_when": _("after the last session"),
            "course": event.title,
        },
    )


def made_up(event: Event) -> Registration:
    """Somebody to try a text on while nobody is registered; stands in no table."""
    person = Person(given_name="Maximiliane", family_name="von Hohenstein-Lichtenberg", language="", time_zone="")
    return Registration(
        event=event,
        event_id=event.id,
        organisation=Organisation(name="Donau Systemhaus GmbH", language="", time_zone=""),
        person=person,
        name=person.full_name,
        mode=event.modes[0],
        status=RegistrationStatus.CONFIRMED,
        source=Source.COMPANY,
        registered_by="petra.huber@example.com",
        cancel_reason="",
        claim="",
        missing_answers=0,
    )


def lines_of(kind: Kind) -> Iterator[tuple[str, Any]]:
    """The placeholders of a kind as they are written, with what they stand for."""
    for key in kind.placeholders:
        yield f"{{{key}}}", PLACEHOLDERS[key].label
