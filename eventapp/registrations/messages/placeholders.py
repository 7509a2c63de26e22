"""What texts may say about a registration: each placeholder with its label and its value.

Values are plain text and never read again: whatever people type stays what they typed.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import Enum
from typing import Any

from markupsafe import Markup, escape

from eventapp.core.i18n import _, _l
from eventapp.core.text import one_line
from eventapp.core.times import ShownTime, day_text, event_times, place, to_local
from eventapp.core.times import clock as hours
from eventapp.events.models import MODE_LABELS, Event, Mode
from eventapp.registrations.models import BY_THEMSELVES, Registration, RegistrationStatus, Side

# How much of a changed answer a mail repeats, in characters.
LONGEST_QUOTE = 300


class Shape(Enum):
    """Where a placeholder may stand: in a line, as an address to open, or as a paragraph of its own."""

    LINE = "line"
    LINK = "link"
    BLOCK = "block"


@dataclass(frozen=True)
class Change:
    """What was and what is now, in words. Of what is `confidential` only the label is told."""

    label: str
    old: str
    new: str
    confidential: bool = False


@dataclass(frozen=True)
class Facts:
    """What is known when a message about a registration is written. `link` opens it: a secret of its holder.

    `join_link` is that to join on video, empty for who does not.

    `waits_for` is one of `queries.waiting_reason`, `holder` whose block it is where they wait for a place of one. `host` is
    who reads it where it is about somebody whom they bring along, `moved_up` whether they have waited until now. `further`
    are values of placeholders that only later features know, by key. `begins` is when the day begins that it is about; none:
    the event.
    """

    registration: Registration
    link: str
    join_link: str = ""
    position: str = ""
    waits_for: str = ""
    holder: str = ""
    promise: str = ""
    deadline: datetime | None = None
    changes: Sequence[Change] = ()
    missing: int = 0
    reason: str = ""
    host: str = ""
    further: Mapping[str, str] = field(default_factory=dict)
    moved_up: bool = False
    begins: datetime | None = None

    @property
    def event(self) -> Event:
        """The event that it is about."""
        return self.registration.event

    @property
    def start(self) -> datetime:
        """When it begins, by the clocks there."""
        return to_local(self.begins or self.event.starts_at, self.event.time_zone)

    @property
    def times(self) -> list[ShownTime]:
        """The event's times in its own zone and, where clocks differ, in the reader's."""
        return shown_times(self.event, self.registration.person.time_zone)


@dataclass(frozen=True)
class Block:
    """A paragraph of our own making, for both halves of a mail."""

    html: Markup
    text: str

    def __bool__(self) -> bool:
        """Whether it has anything to say."""
        return bool(self.text)


@dataclass(frozen=True)
class Placeholder:
    """`value` gives text, for a BLOCK a `Block`; empty where there is nothing to say: its paragraph is then left out."""

    key: str
    label: Any
    value: Callable[[Facts], Any]
    shape: Shape = Shape.LINE


def shown_times(event: Event, zone: str) -> list[ShownTime]:
    """The event's times, those of each part, in its own zone and, where clocks differ, in the reader's."""
    found = []
    for starts_at, ends_at, label in event.times:
        times = event_times(starts_at, ends_at, event.time_zone, zone or None, event.is_virtual)
        found += [replace(time, text=f"{label}: {time.text}") if label else time for time in times]
    return found


def venue_of(event: Event) -> str:
    """Where an event takes place, in one line; empty if that is not known yet."""
    return ", ".join(part for part in (event.venue, event.address, event.city) if part)


def _company(facts: Facts) -> str:
    """As the person calls it, while nobody has confirmed where somebody belongs."""
    return facts.registration.claim or facts.registration.organisation.name


def _called(facts: Facts, name: str) -> str:
    """Who is spoken to; with the host, who reads it, before the one whom it is about."""
    return _("%(host)s (about %(guest)s)", host=facts.host, guest=facts.registration.person.full_name) if facts.host else name


def _given_name(facts: Facts) -> str:
    return _called(facts, facts.registration.person.given_name or facts.registration.person.full_name)


def _where(facts: Facts) -> str:
    return venue_of(facts.event) if facts.registration.mode is Mode.IN_PERSON else ""


def _start_time(facts: Facts) -> str:
    return f"{hours(facts.start)} {place(facts.start, facts.event.time_zone)}"


def _deadline(facts: Facts) -> str:
    if facts.deadline is None:
        return ""
    deadline, own = _moment(facts.deadline, facts.event.time_zone), facts.registration.person.time_zone
    if not own or own == facts.event.time_zone:
        return deadline
    return _("%(deadline)s (on your clock %(own)s)", deadline=deadline, own=_moment(facts.deadline, own))


def _moment(moment: datetime, zone: str) -> str:
    local = to_local(moment, zone)
    return f"{day_text(local.date())}, {hours(local)} {place(local, zone)}"


def _waiting_reason(facts: Facts) -> str:
    n = facts.position or "1"
    if facts.waits_for == "company":
        company = _company(facts)
        return _(
            "You are waiting for a company place, position %(n)s. All places of %(company)s are taken.", n=n, company=company
        )
    if facts.waits_for in ("draw", "round") and facts.event.fairness_at is not None:
        when = _moment(facts.event.fairness_at, facts.event.time_zone)
        if facts.waits_for == "draw":
            return _("You are in the draw on %(when)s. Until then it does not matter who came first.", when=when)
        return _(
            "Each company gets one place first. You are waiting for the second round on %(when)s, position %(n)s.",
            when=when,
            n=n,
        )
    if facts.waits_for == "kind":
        return _("You are waiting for a place of your kind, position %(n)s.", n=n)
    if facts.waits_for == "block":
        return _("You are waiting for a place of the block of %(company)s, position %(n)s.", company=facts.holder, n=n)
    if facts.waits_for == "mode":
        if facts.registration.mode is Mode.VIRTUAL:
            return _("You are waiting for a place on video, position %(n)s.", n=n)
        return _("You are waiting for a place in the room, position %(n)s.", n=n)
    return _("You are waiting for a place, position %(n)s. The event is full.", n=n)


def _standing(facts: Facts) -> str:
    """Where somebody stands, in a sentence for messages that go to all."""
    status = facts.registration.status
    if status is RegistrationStatus.WAITING:
        return _waiting_reason(facts)
    if status is RegistrationStatus.OFFERED:
        return _("The place that is offered to you is yours to take until %(when)s.", when=_deadline(facts))
    if status is RegistrationStatus.PENDING:
        return _("Your application is still with the organizers.")
    if facts.moved_up:
        return _("You have waited for a place, and now you have one: it is confirmed.")
    return _("Your place is confirmed, as before.")


def _details(facts: Facts) -> Block:
    rows: list[tuple[str, list[tuple[str, ...]]]] = [(_("When"), [(time.text, time.place) for time in facts.times])]
    if where := _where(facts):
        rows.append((_("Where"), [(where,)]))
    elif facts.registration.mode is Mode.VIRTUAL:
        rows.append((_("On video"), [(facts.join_link or _("The link comes with your place."),)]))
    # Only our own link is one: what organizers call a place may look like an address as well.
    own = {facts.join_link: Markup('<a href="{0}">{0}</a>').format(facts.join_link)} if facts.join_link else {}
    html = Markup().join(
        Markup("<dt>{}</dt>").format(label)
        + Markup().join(
            Markup("<dd>{}</dd>").format(Markup("<br>").join(own.get(line, escape(line)) for line in lines)) for lines in found
        )
        for label, found in rows
    )
    # A link says nothing by itself; times and places do.
    text = "\n\n".join(
        "\n".join("\n   ".join(f"{label}: {line}" if line in own else line for line in lines) for lines in found)
        for label, found in rows
    )
    return Block(Markup("<dl>{}</dl>").format(html), text)


def _changes(facts: Facts) -> Block:
    html, text = Markup(), []
    for change in facts.changes:
        label, old, new = one_line(change.label), _quoted(change.old), _quoted(change.new)
        if change.confidential:
            html += Markup("<li>{}: {}</li>").format(label, _("changed; in confidence, so it is not said here"))
            text.append(f"- {label}: {_('changed; in confidence, so it is not said here')}")
        else:
            html += Markup("<li>{}: <del>{}</del> → <b>{}</b></li>").format(label, old, new)
            text.append(f"- {label}: {old} → {new}")
    return Block(Markup("<ul>{}</ul>").format(html), "\n".join(text))


def _quoted(value: str) -> str:
    line = one_line(value) or _("empty")
    return line if len(line) <= LONGEST_QUOTE else f"{line[:LONGEST_QUOTE].rstrip()} …"


def _object_link(facts: Facts) -> str:
    registration = facts.registration
    user_id = registration.person.user_id
    by_themselves = registration.source in BY_THEMSELVES or (user_id is not None and registration.registered_by_id == user_id)
    return "" if by_themselves else f"{facts.link}/object"


def _undo_link(facts: Facts) -> str:
    """Also where nothing is cancelled yet: a preview shows what people may get."""
    registration = facts.registration
    others = registration.status is RegistrationStatus.CANCELLED and registration.cancelled_by is not Side.PERSON
    return "" if others else facts.link


ALL = (
    Placeholder("position", _l("Position on the waiting list"), lambda f: f.position or "1"),
    Placeholder("waiting_reason", _l("What the person waits for, as a sentence"), _waiting_reason),
    Placeholder("promise", _l("Whether a free place is theirs at once, or an offer"), lambda f: f.promise),
    Placeholder("deadline", _l("Until when the offer stands"), _deadline),
    Placeholder("changes", _l("What changed, as a list"), _changes, Shape.BLOCK),
    Placeholder("standing", _l("Where the person stands now, as a sentence"), _standing),
    Placeholder("reason", _l("The reason that was given"), lambda f: f.reason),
    Placeholder("undo_link", _l("Link to undo; empty unless the person has cancelled themselves"), _undo_link, Shape.LINK),
    Placeholder("missing", _l("How many answers are missing"), lambda f: str(f.missing or "")),
    Placeholder("activity", _l("What the groups are for"), lambda f: f.further.get("activity", "")),
    Placeholder("group", _l("Circle, table or room of the person"), lambda f: f.further.get("group", "")),
    Placeholder(
        "group_where", _l("Where the groups meet; empty if that was not said"), lambda f: f.further.get("group_where", "")
    ),
    Placeholder("group_when", _l("When the groups meet; empty if that was not said"), lambda f: f.further.get("group_when", "")),
    Placeholder("course", _l("Name of the course"), lambda f: f.further.get("course", "")),
    Placeholder("course_link", _l("Link to the own page of the course"), lambda f: f"{f.link}/course", Shape.LINK),
    Placeholder("name", _l("Full name"), lambda f: _called(f, f.registration.person.full_name)),
    Placeholder("given_name", _l("Given name"), _given_name),
    Placeholder("company", _l("Company"), _company),
    Placeholder("event", _l("Name of the event"), lambda f: f.event.title),
    Placeholder("details", _l("When and where, as a list"), _details, Shape.BLOCK),
    Placeholder("when", _l("When, in both zones"), lambda f: "\n".join(f"{t.text} {t.place}" for t in f.times)),
    Placeholder("where", _l("Where; empty for those on video"), _where),
    Placeholder("mode", _l("In person or on video"), lambda f: str(MODE_LABELS[f.registration.mode])),
    Placeholder("start_day", _l("Day that it is about, usually the first"), lambda f: day_text(f.start.date())),
    Placeholder("start_time", _l("Hour of the start, with city"), _start_time),
    Placeholder("contact", _l("Contact address of the event"), lambda f: f.event.contact_email),
    Placeholder("registered_by", _l("Who registered the person"), lambda f: f.registration.registered_by),
    Placeholder("link", _l("Link to the own registration"), lambda f: f.link, Shape.LINK),
    Placeholder("join_link", _l("Link to join; empty for those who come in person"), lambda f: f.join_link, Shape.LINK),
    Placeholder("details_link", _l("Link to complete one's details"), lambda f: f"{f.link}/details", Shape.LINK),
    Placeholder("object_link", _l("Link to object; empty for those who registered themselves"), _object_link, Shape.LINK),
)
PLACEHOLDERS = {placeholder.key: placeholder for placeholder in ALL}
