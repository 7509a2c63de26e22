"""Comparing a schedule with the draft, and taking it over: entries are found again by their guid. In the caller's transaction."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from eventapp.agenda.content import catalogue, materials, sessions, speakers
from eventapp.agenda.content.catalogue import RoomDetails, TrackDetails, TypeDetails
from eventapp.agenda.content.sessions import SessionDetails
from eventapp.agenda.content.speakers import SpeakerDetails
from eventapp.agenda.imports import reading
from eventapp.agenda.imports.models import AgendaImport
from eventapp.agenda.imports.reading import Entry, Schedule
from eventapp.agenda.models import (
    AgendaSession,
    MaterialMoment,
    Room,
    SessionMaterial,
    SessionSlot,
    SessionSpeaker,
    SessionType,
    Speaker,
    Track,
)
from eventapp.audit.service import Actor, record
from eventapp.core.db import db
from eventapp.core.errors import RuleError
from eventapp.core.i18n import _
from eventapp.core.text import fold, one_line
from eventapp.events.models import Event
from eventapp.partners.models import Membership, MembershipState, Organisation, Person
from eventapp.places import service as places

SHOWN_LINES = 300


@dataclass
class Outcome:
    """What became, or would become, of a file. `lines` are session, what happens (created, updated, unchanged), and how."""

    schedule: Schedule
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    speakers_created: int = 0
    speakers_known: int = 0
    not_in_file: int = 0
    lines: list[tuple[str, str, str]] = field(default_factory=list)

    def numbers(self) -> dict[str, Any]:
        """The counts of the file and of the import."""
        mine = ("created", "updated", "unchanged", "speakers_created", "speakers_known", "not_in_file")
        return {**reading.counts(self.schedule), **{name: getattr(self, name) for name in mine}}


def begin(event: Event, file_name: str, content: bytes, *, by: Actor, at: datetime) -> AgendaImport:
    """Keeps a file with its dry run: carried out and rolled back, so that the numbers are those of the import.

    Raises RuleError for what is no schedule.
    """
    savepoint = db.session.begin_nested()
    try:
        outcome = take_over(event, content, by=by, at=at)
    finally:
        savepoint.rollback()
    name = one_line(file_name.replace("\\", "/").rpartition("/")[2])[-120:] or "schedule.json"
    made = AgendaImport(
        event_id=event.id, file_name=name, content=content, preview=preview(outcome), created_at=at, created_by=by.actor_name
    )
    db.session.add(made)
    db.session.flush()
    return made


def preview(outcome: Outcome) -> dict[str, Any]:
    """What a page shows of a dry run."""
    lines = [list(line) for line in outcome.lines[:SHOWN_LINES]]
    return {
        "counts": outcome.numbers(),
        "lines": lines,
        "rejected": [list(row) for row in outcome.schedule.rejected[:SHOWN_LINES]],
    }


def apply(event: Event, kept: AgendaImport, *, by: Actor, at: datetime) -> Outcome:
    """Carries out what a dry run has shown. Raises RuleError if that was done already."""
    places.lock([event.pool_id])
    db.session.refresh(kept)
    if kept.applied_at is not None:
        raise RuleError(_("This file has been imported already."))
    outcome = take_over(event, kept.content, by=by, at=at)
    kept.applied_at, kept.content = at, b""
    return outcome


def take_over(event: Event, content: bytes, *, by: Actor, at: datetime) -> Outcome:
    """Makes the draft what the file says, and leaves alone what it does not know. A dry run rolls back what this did."""
    places.lock([event.pool_id])
    schedule = reading.read(content, event.time_zone)
    outcome = Outcome(schedule)
    found = _Draft(event, by, at)
    rooms = {room.name: found.room(room) for room in schedule.rooms}
    tracks = {name: found.track(name, colour) for name, colour in schedule.tracks}
    people = found.speakers(schedule.entries, outcome)
    seen: set[int] = set()
    for entries in _groups(schedule.entries):
        session = found.session(entries, rooms, tracks, people, outcome)
        seen.add(session.id)
    outcome.not_in_file = len(found.known_sessions - seen)
    record(
        "agenda.import",
        by=by,
        at=at,
        object_type="event",
        object_id=event.id,
        object_name=event.title,
        event_id=event.id,
        changes={"created": outcome.created, "updated": outcome.updated, "unchanged": outcome.unchanged},
    )
    return outcome


def _groups(entries: Sequence[Entry]) -> list[list[Entry]]:
    """Entries by session: those that differ in time, place and subtitle alone are parts of one."""
    groups: dict[Any, list[Entry]] = {}
    for entry in entries:
        groups.setdefault(entry.session_key, []).append(entry)
    return [sorted(group, key=lambda e: (e.starts_at, e.guid)) for group in groups.values()]


class _Draft:
    """The draft as it is while a file is taken over."""

    def __init__(self, event: Event, by: Actor, at: datetime) -> None:
        self.event, self.by, self.at = event, by, at
        self.rooms = {r.name.casefold(): r for r in self._all(Room)}
        self.room_guids = {r.guid: r for r in self.rooms.values()}
        self.tracks = {t.name.casefold(): t for t in self._all(Track)}
        self.types = {t.name.casefold(): t for t in self._all(SessionType)}
        self.slots = {s.guid: s for s in self._all(SessionSlot)}
        self.sessions = {s.id: s for s in self._all(AgendaSession)}
        self.known_sessions = set(self.sessions)
        self.numbers = {s.number for s in self.slots.values()}
        self.parts: dict[int, list[SessionSlot]] = {}
        for slot in sorted(self.slots.values(), key=lambda s: s.part):
            self.parts.setdefault(slot.session_id, []).append(slot)
        query = select(SessionSpeaker.session_id, SessionSpeaker.speaker_id).order_by(SessionSpeaker.position)
        self.spoken: dict[int, list[int]] = {}
        for session_id, speaker_id in db.session.execute(
            query.join(AgendaSession, AgendaSession.id == SessionSpeaker.session_id).where(AgendaSession.event_id == event.id)
        ):
            self.spoken.setdefault(session_id, []).append(speaker_id)
        links = select(SessionMaterial.session_id, SessionMaterial.url).join(
            AgendaSession, AgendaSession.id == SessionMaterial.session_id
        )
        self.links = {(row[0], row[1]) for row in db.session.execute(links.where(AgendaSession.event_id == event.id))}

    def _all(self, model: Any) -> Sequence[Any]:
        return db.session.scalars(select(model).where(model.event_id == self.event.id)).all()

    def room(self, one: reading.RoomOf) -> Room:
        """The room of that guid or name; made if there is none."""
        found = self.room_guids.get(one.guid) or self.rooms.get(one.name.casefold())
        if found is None:
            details = RoomDetails(one.name, one.description, "", one.capacity, 0, False, "")
            found = catalogue.save_room(self.event, None, details, version=0, by=self.by, at=self.at)
            found.guid = one.guid or found.guid
            self.rooms[one.name.casefold()] = found
        found.archived = False
        return found

    def track(self, name: str, colour: str) -> Track:
        """The track of that name; made if there is none."""
        found = self.tracks.get(name.casefold())
        if found is None:
            details = TrackDetails(name, colour or "#59656f", None)
            found = self.tracks[name.casefold()] = catalogue.save_track(self.event, None, details, by=self.by, at=self.at)
        return found

    def type(self, name: str, minutes: int) -> SessionType:
        """The session type of that name; made if there is none, with the minutes of its first session."""
        found = self.types.get(name.casefold())
        if found is None:
            details = TypeDetails(name[:1].upper() + name[1:], minutes, False)
            found = self.types[name.casefold()] = catalogue.save_type(self.event, None, details, by=self.by, at=self.at)
        return found

    def speakers(self, entries: Sequence[Entry], outcome: Outcome) -> Mapping[str, int]:
        """Speaker ids by guid (or name, where a file has no guids); those who are new are made."""
        rows = self._all(Speaker)
        by_guid, by_name = {s.guid: s for s in rows}, {fold(s.name): s for s in rows}
        codes = {s.code for s in rows}
        wanted = {p.guid or p.name: p for e in entries for p in e.persons}
        contacts = _contacts([p for key, p in wanted.items() if p.guid not in by_guid])
        taken = {s.person_id for s in rows}
        ids: dict[str, int] = {}
        for key, person in wanted.items():
            speaker = by_guid.get(person.guid) or (None if person.guid else by_name.get(fold(person.name)))
            if speaker is None:
                person_id, company = contacts.get(key, (None, ""))
                if person_id in taken:
                    person_id = None
                details = SpeakerDetails(person.name, company, biography=person.biography, person_id=person_id)
                code = person.code if person.code and person.code not in codes else None
                guid = person.guid or str(uuid.uuid4())
                speaker = speakers.create_speaker(self.event, details, by=self.by, at=self.at, guid=guid, code=code)
                by_name[fold(person.name)] = speaker
                codes.add(speaker.code)
                outcome.speakers_created += 1
                if person_id is not None:
                    taken.add(person_id)
                    outcome.speakers_known += 1
            elif (speaker.name, speaker.biography) != (person.name, person.biography or speaker.biography):
                values = {n: getattr(speaker, n) for n in ("company", "job_title", "notes", "person_id")}
                details = SpeakerDetails(name=person.name, biography=person.biography or speaker.biography, **values)
                speakers.change_speaker(speaker, details, version=speaker.version, by=self.by, at=self.at)
            ids[key] = speaker.id
        return ids

    def session(
        self,
        entries: Sequence[Entry],
        rooms: Mapping[str, Room],
        tracks: Mapping[str, Track],
        people: Mapping[str, int],
        outcome: Outcome,
    ) -> AgendaSession:
        """Creates or updates the session of these entries, and says so."""
        first = entries[0]
        known = next((self.slots[e.guid] for e in entries if e.guid in self.slots), None)
        texts = [first.abstract, *(entry.description for entry in entries)]
        details = SessionDetails(
            title=first.title,
            type_id=self.type(first.type, first.minutes).id,
            subtitle=first.subtitle if len(entries) == 1 else "",
            abstract="\n\n".join(text for text in dict.fromkeys(texts) if text)[:10_000],
            language=first.language,
            track_id=tracks[first.track].id if first.track else None,
        )
        changed: list[str] = []
        if known is None:
            session = self._create(details, entries)
        else:
            session = self.sessions[known.session_id]
            changed += self._change(session, details)
        changed += self._place(session, entries, rooms, label=len(entries) > 1)
        ids = list(dict.fromkeys(people[p.guid or p.name] for p in first.persons))
        if self.spoken.get(session.id, []) != ids:
            sessions.set_speakers(session, ids, by=self.by, at=self.at)
            self.spoken[session.id] = ids
            changed.append(_("speakers"))
        changed += self._link(session, entries)
        if known is None:
            outcome.created += 1
            outcome.lines.append((first.title, "created", ""))
        elif changed:
            outcome.updated += 1
            outcome.lines.append((first.title, "updated", ", ".join(dict.fromkeys(changed))))
        else:
            outcome.unchanged += 1
        return session

    def _create(self, details: SessionDetails, entries: Sequence[Entry]) -> AgendaSession:
        """A new session with a part for each entry, under the file's ids and guids where they are free."""
        numbers = [e.number if e.number and e.number not in self.numbers else self._free() for e in entries]
        self.numbers |= set(numbers)
        made = sessions.create_session(
            self.event,
            details,
            [e.minutes for e in entries],
            by=self.by,
            at=self.at,
            numbers=numbers,
            guids=[e.guid for e in entries],
        )
        query = select(SessionSlot).where(SessionSlot.session_id == made.id).order_by(SessionSlot.part)
        self.parts[made.id] = list(db.session.scalars(query))
        self.slots |= {slot.guid: slot for slot in self.parts[made.id]}
        self.sessions[made.id] = made
        return made

    def _free(self) -> int:
        highest: int = db.session.scalar(select(func.max(SessionSlot.number)).where(SessionSlot.event_id == self.event.id)) or 0
        return int(max({highest, *self.numbers})) + 1

    def _change(self, session: AgendaSession, new: SessionDetails) -> list[str]:
        """Takes over what a file knows of a session, and leaves the rest as organizers have set it."""
        words = {
            "title": _("title"),
            "subtitle": _("subtitle"),
            "type_id": _("type"),
            "track_id": _("track"),
            "abstract": _("abstract"),
            "language": _("language"),
        }
        changed = [word for name, word in words.items() if getattr(session, name) != getattr(new, name)]
        if changed:
            kept = {n: getattr(session, n) for n in SessionDetails.__dataclass_fields__ if n not in words and n != "capacity"}
            pool = places.lock([session.pool_id])[session.pool_id] if session.pool_id else None
            details = replace(new, **kept, capacity=pool.capacity if pool else None)
            sessions.change_session(session, details, version=session.version, by=self.by, at=self.at)
        return changed

    def _place(self, session: AgendaSession, entries: Sequence[Entry], rooms: Mapping[str, Room], *, label: bool) -> list[str]:
        """Puts the parts where the file has them."""
        changed = []
        for entry in entries:
            slot = self.slots.get(entry.guid)
            if slot is None or slot.session_id != session.id:
                slot = sessions.add_part(session, entry.minutes, by=self.by, at=self.at)
                slot.guid = entry.guid if entry.guid not in self.slots else slot.guid
                self.slots[slot.guid] = slot
            room = rooms.get(entry.room)
            values = {
                "room_id": room.id if room else None,
                "starts_at": entry.starts_at,
                "minutes": entry.minutes,
                "label": entry.subtitle if label else "",
                "all_rooms": False,
            }
            words = {"room_id": _("room"), "starts_at": _("time"), "minutes": _("length"), "label": _("part"), "all_rooms": ""}
            for name, value in values.items():
                if getattr(slot, name) != value:
                    setattr(slot, name, value)
                    changed.append(words[name])
        db.session.flush()
        return [word for word in changed if word]

    def _link(self, session: AgendaSession, entries: Sequence[Entry]) -> list[str]:
        """Adds links that are not there yet."""
        changed = []
        for title, url in dict.fromkeys(link for entry in entries for link in entry.links):
            if (session.id, url) not in self.links:
                materials.add(
                    session,
                    title,
                    moment=MaterialMoment.BEFORE,
                    is_public=True,
                    url=url,
                    file=None,
                    by=self.by,
                    at=self.at,
                )
                self.links.add((session.id, url))
                changed.append(_("links"))
        return changed


def _contacts(people: Sequence[reading.Person]) -> dict[str, tuple[int | None, str]]:
    """Who of the partner list these are: one of that name whose company the biography ends with; others are nobody we know.

    A file has no addresses, and a name alone is many people's.
    """
    names = {fold(p.name): (p.guid or p.name, p) for p in people}
    if not names:
        return {}
    query = (
        select(Person.id, Person.given_name, Person.family_name, Organisation.name)
        .join(Membership, Membership.person_id == Person.id)
        .join(Organisation, Organisation.id == Membership.organisation_id)
        .where(
            Membership.state == MembershipState.ACTIVE,
            Person.merged_into_id.is_(None),
            Person.family_name.in_({p.name.split(" ", 1)[-1] for p in people} | {p.name.rsplit(" ", 1)[-1] for p in people}),
        )
    )
    found: dict[str, set[tuple[int, str]]] = {}
    for person_id, given, family, company in db.session.execute(query):
        key, person = names.get(fold(f"{given} {family}"), ("", None))
        if person is not None and fold(company) in fold(person.biography):
            found.setdefault(key, set()).add((person_id, company))
    return {key: next(iter(some)) for key, some in found.items() if len({row[0] for row in some}) == 1}
