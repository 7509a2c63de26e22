"""Mails about registrations: each person's messages with the calendar file, the company's summary.

What messages say stands in `registrations/messages/`; here they meet addresses, calendar and outbox.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from eventapp.audit.words import FIELDS
from eventapp.core.ical import Entry, calendar_file
from eventapp.core.links import absolute
from eventapp.events.models import MODE_LABELS, Event, EventStatus, Mode
from eventapp.mail.render import render
from eventapp.mail.service import Letter, letter, queue, queue_all
from eventapp.partners.models import Organisation
from eventapp.registrations import queries
from eventapp.registrations.answers.service import Difference
from eventapp.registrations.calendars import calendar_entries, joins_video, link_of
from eventapp.registrations.join_links import join_link
from eventapp.registrations.messages import queries as messages
from eventapp.registrations.messages.composing import compose
from eventapp.registrations.messages.kinds import KINDS, Kind
from eventapp.registrations.messages.placeholders import Change, Facts, shown_times
from eventapp.registrations.messages.queries import Own
from eventapp.registrations.models import ENDED, Registration, RegistrationStatus
from eventapp.registrations.waiting import texts

NOTHING_FURTHER: Mapping[int, Mapping[str, str]] = {}


def send_status(
    registrations: Sequence[Registration],
    *,
    at: datetime,
    addresses: dict[int, str] | None = None,
    kind: str = "",
    changes: Sequence[Change] = (),
    calendar: bool = True,
    further: Mapping[int, Mapping[str, str]] = NOTHING_FURTHER,
) -> None:
    """Tells each person where the registration stands, by the message of its status or by that of `kind`.

    `addresses` are the people's primary ones by id, from whoever has read them already; `changes` what was changed.
    What the event has switched off is not sent. Without `calendar` the calendar entry stays as it is. `further` are
    values of placeholders that only later features know, by registration.
    """
    addresses = addresses or queries.addresses(r.person_id for r in registrations)
    hosts = queries.hosts_of(registrations)
    places, holders = texts.positions(registrations), texts.holders(registrations)
    kinds = {r.id: kind or kind_of(r) for r in registrations}
    owns = messages.own_of({r.event_id: r.event for r in registrations}.values(), set(kinds.values()))
    for registration in registrations:
        address, host = _reach(registration, addresses, hosts)
        position, holder = places.get(registration.id, ""), holders.get(registration.id, "")
        facts = facts_of(registration, position=position, at=at, changes=changes, host=host, holder=holder)
        facts = replace(facts, further=further[registration.id]) if registration.id in further else facts
        entries = calendar_entries(registration, address, at=at)
        offered = registration.status is RegistrationStatus.OFFERED
        has_calendar = registration.status is RegistrationStatus.CONFIRMED or (registration.sequence > 0 and not offered)
        _send(
            kinds[registration.id],
            facts,
            owns[registration.event_id],
            address,
            entries if calendar and has_calendar else (),
            at=at,
        )


def _reach(registration: Registration, addresses: Mapping[int, str], hosts: Mapping[int, queries.Host]) -> tuple[str, str]:
    """Where mails about somebody go, and the name of who gets them if it is not themselves: the own address before the host's."""
    own, host = addresses.get(registration.person_id, ""), hosts.get(registration.id)
    return (own, "") if own or host is None else (host.address, host.name)


def send_changed(
    registration: Registration, changes: Mapping[str, Sequence[object]], different: Sequence[Difference] = (), *, at: datetime
) -> None:
    """Tells somebody what was changed about the registration: [old, new] by field, and answers.

    Nothing leaves where nothing differs, or where the registration has ended.
    """
    if (changes or different) and registration.status not in ENDED:
        told = [Change(str(FIELDS.get(name, name)), _in_words(old), _in_words(new)) for name, (old, new) in changes.items()]
        told += [Change(one.label, one.old, one.new, one.confidential) for one in different]
        send_status([registration], at=at, kind="changed", changes=told, calendar="mode" in changes)


def _in_words(value: object) -> str:
    return str(MODE_LABELS[value]) if isinstance(value, Mode) else str(value or "")


def send_message(
    kind: Kind,
    registrations: Sequence[Registration],
    own: Own,
    *,
    changes: Sequence[Sequence[str]] = (),
    reason: str = "",
    moved_up: Collection[int] = (),
    sent_back: Collection[int] = (),
    begins: datetime | None = None,
    at: datetime,
) -> int:
    """Writes a message to people of one event, with the calendar entry if it is of those; returns how many mails it is.

    `changes` are [what, old, new]; `begins` is when the day begins that it is about, if not the event. Ids of registrations:
    `moved_up` have a place only now, `sent_back` have none any more.
    """
    addresses = queries.addresses(r.person_id for r in registrations)
    hosts = queries.hosts_of(registrations)
    places, holders = texts.positions(registrations), texts.holders(registrations)
    told = [Change(what, old, new) for what, old, new in changes]
    letters = []
    for registration in registrations:
        address, host = _reach(registration, addresses, hosts)
        facts = facts_of(
            registration,
            position=places.get(registration.id, ""),
            at=at,
            changes=told,
            host=host,
            holder=holders.get(registration.id, ""),
            reason=reason,
            moved_up=registration.id in moved_up,
            begins=begins,
        )
        moves = kind.calendar and (registration.status is RegistrationStatus.CONFIRMED or registration.id in sent_back)
        entries = calendar_entries(registration, address, at=at) if moves else ()
        letters += _letter(kind.key, facts, own, address, entries, at=at)
    queue_all(letters)
    return len(letters)


def send_handed_on(registration: Registration, *, at: datetime) -> None:
    """Tells the former holder that somebody else comes instead, and takes the entry out of the calendar.

    Somebody who only waited had nothing in the calendar.
    """
    event, person = registration.event, registration.person
    address = queries.addresses([person.id]).get(person.id, "")
    had_calendar = registration.status is RegistrationStatus.CONFIRMED or registration.sequence > 0
    registration.sequence += 1
    entries = calendar_entries(registration, address, at=at, cancelled=True) if had_calendar else ()
    own = messages.own_of([event], ["substituted"])[event.id]
    _send("substituted", facts_of(registration, at=at), own, address, entries, at=at)


def kind_of(registration: Registration) -> str:
    """The key of the message that says where a registration stands."""
    status = registration.status
    if status is RegistrationStatus.CANCELLED and registration.event.status is EventStatus.CANCELLED:
        return "event_cancelled"
    return status.value


def facts_of(
    registration: Registration,
    *,
    at: datetime,
    position: str = "",
    changes: Sequence[Change] = (),
    host: str = "",
    holder: str = "",
    reason: str = "",
    moved_up: bool = False,
    begins: datetime | None = None,
) -> Facts:
    """What is known of a registration at a moment that its holder may be told."""
    event = registration.event
    return Facts(
        registration,
        link=link_of(registration),
        join_link=join_link(registration) if joins_video(registration) else "",
        position=position,
        waits_for=queries.waiting_reason(registration),
        promise=texts.promise(registration, at),
        changes=changes,
        deadline=registration.booking.offered_until,
        missing=registration.missing_answers,
        reason=reason or event.cancelled_reason or registration.cancel_reason,
        host=host,
        holder=holder,
        moved_up=moved_up,
        begins=begins,
    )


def _send(kind: str, facts: Facts, own: Own, address: str, entries: Sequence[Entry], *, at: datetime) -> None:
    """Queues one message to one person, unless the event has switched it off or they have no address."""
    queue_all(_letter(kind, facts, own, address, entries, at=at))


def _letter(kind: str, facts: Facts, own: Own, address: str, entries: Sequence[Entry], *, at: datetime) -> list[Letter]:
    """One message to one person; none if the event has switched it off or they have no address."""
    if not address or not own.sends(KINDS[kind]):
        return []
    event, person = facts.event, facts.registration.person
    subject, text, html = compose(kind, facts, own)
    found = letter(
        kind=f"registrations.{kind}",
        about=f"event:{event.id}",
        to_name=facts.host or person.full_name,
        to_address=address,
        subject=subject,
        text=text,
        html=html,
        from_name=event.sender_name,
        reply_to=event.contact_email,
        # Of an event in parts a file for each, since one file may ask for one entry only (RFC 5546, 3.2.2).
        calendar="".join(calendar_file(entry) for entry in entries) or None,
        calendar_method=entries[0].method if entries else None,
        at=at,
    )
    return [found]


def send_summary(
    event: Event, company: Organisation, registrations: Sequence[Registration], *, to: tuple[str, str], at: datetime
) -> None:
    """Tells whoever registered them what became of each."""
    places, holders = texts.positions(registrations), texts.holders(registrations)
    lines = [(r, queries.waiting_reason(r), places.get(r.id), holders.get(r.id, "")) for r in registrations]
    subject, text, html = render(
        "registrations/summary",
        event=event,
        company=company,
        lines=lines,
        name=to[0],
        times=shown_times(event, ""),
        link=absolute("registrations.new", slug=event.slug),
    )
    queue(
        kind="registrations.summary",
        about=f"event:{event.id}",
        to_name=to[0],
        to_address=to[1],
        subject=subject,
        text=text,
        html=html,
        from_name=event.sender_name,
        reply_to=event.contact_email,
        at=at,
    )


def send_address_link(event: Event, address: str, link: str | None, *, at: datetime) -> None:
    """Answers somebody who wants to register alone: the link that proves the address, or why there is none."""
    subject, text, html = render("registrations/address_link", event=event, link=link, times=shown_times(event, ""))
    queue(
        kind="registrations.address_link",
        about=f"event:{event.id}",
        to_name="",
        to_address=address,
        subject=subject,
        text=text,
        html=html,
        from_name=event.sender_name,
        reply_to=event.contact_email,
        at=at,
    )


def send_draft_link(event: Event, name: str, address: str, link: str, *, at: datetime) -> None:
    """Tells whoever finishes a form later where it goes on."""
    subject, text, html = render("registrations/draft_link", event=event, name=name, link=link)
    queue(
        kind="registrations.draft_link",
        about=f"event:{event.id}",
        to_name=name,
        to_address=address,
        subject=subject,
        text=text,
        html=html,
        from_name=event.sender_name,
        reply_to=event.contact_email,
        at=at,
    )
