"""Whom a release concerns: speakers, people with a place in a session or waiting for one, people who starred it.

The same question before a release, for its review, and after it, by the worker for a batch of those who are to be told.
"""

import hashlib
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Select, and_, case, false, literal, or_, select, union_all

from eventapp.agenda.models import ChangeKind, SessionSignUp, SessionStar, SignUpStatus, Speaker
from eventapp.agenda.releases.difference import Change, Plan
from eventapp.core.db import db
from eventapp.core.i18n import _l
from eventapp.partners.models import PersonEmail
from eventapp.registrations.models import ENDED, Registration


class Group(StrEnum):
    """Who can be told."""

    SPEAKERS = "speakers"
    PLACES = "places"
    STARS = "stars"


GROUP_LABELS = {
    Group.SPEAKERS: _l("Speakers"),
    Group.PLACES: _l("People with a place, or waiting for one"),
    Group.STARS: _l("People who starred a session"),
}


class Role(StrEnum):
    """What a session is to somebody; of several the first one counts."""

    SPEAKS = "speaks"
    PLACE = "place"
    WAITS = "waits"
    STAR = "star"


ROLE_LABELS = {
    Role.SPEAKS: _l("you speak"),
    Role.PLACE: _l("you have a place"),
    Role.WAITS: _l("you wait for a place"),
    Role.STAR: _l("you starred it"),
}
ROLES = {Group.SPEAKERS: (Role.SPEAKS,), Group.PLACES: (Role.PLACE, Role.WAITS), Group.STARS: (Role.STAR,)}
IN_CALENDAR = (Role.SPEAKS, Role.PLACE)
_RANK = {role: rank for rank, role in enumerate(Role)}


@dataclass
class Recipient:
    """One person and what the changed sessions are to them, by session id.

    `sequences` say how often their calendar entries changed beyond what the releases changed, as in the private feed.
    """

    name: str
    address: str
    registration_id: int | None = None
    speaker_id: int | None = None
    person_id: int | None = None
    token: str = ""
    guest: bool = False
    roles: dict[int, Role] = field(default_factory=dict)
    sequences: dict[int, int] = field(default_factory=dict)

    def add(self, session_id: int, role: Role) -> None:
        """Notes what a session is to them, unless it is more already."""
        if session_id not in self.roles or _RANK[role] < _RANK[self.roles[session_id]]:
            self.roles[session_id] = role

    def changes(self, changes: Iterable[Change], *, words: bool) -> list[Change]:
        """Those of the changes that concern them; without `words` not those of words only."""
        return [change for change in changes if change.new.session_id in self.roles and (words or not only_words(change))]

    def calendar(self, changes: Iterable[Change]) -> list[Change]:
        """Those of the changes that their calendar has an entry of."""
        return [change for change in changes if self.roles[change.new.session_id] in IN_CALENDAR]


def only_words(change: Change) -> bool:
    """Whether nobody has to come at another time or to another place."""
    return change.kind is ChangeKind.CHANGED and not change.raises


def recipients(
    event_id: int,
    changes: Sequence[Change],
    groups: Collection[Group] = tuple(Group),
    *,
    registrations: Collection[int] | None = None,
    speakers: Collection[int] | None = None,
    freed_at: datetime | None = None,
) -> list[Recipient]:
    """Everybody of the groups whom one of the changes concerns, by name; a speaker who is registered too is one person.

    Of `registrations` and `speakers` only these, if given; `freed_at`: also those whose places a release took away then.
    Two queries.
    """
    found: dict[int, Recipient] = {}
    sessions = sorted({change.new.session_id for change in changes})
    for row in db.session.execute(_registered(event_id, sessions, groups, registrations, freed_at)):
        one = _person(found, row)
        one.add(row.session_id, Role(row.role))
        if row.role != Role.STAR:
            one.sequences[row.session_id] = row.own_changes
    everybody = list(found.values())
    if Group.SPEAKERS in groups:
        everybody += _speakers(changes, found, speakers)
    return sorted(everybody, key=lambda one: (one.name.casefold(), one.registration_id or 0, one.speaker_id or 0))


def _registered(
    event_id: int,
    sessions: Sequence[int],
    groups: Collection[Group],
    ids: Collection[int] | None,
    freed_at: datetime | None,
) -> Select[Any]:
    """What the sessions are to people who are registered: a row for each place, turn and star."""
    place = case((SessionSignUp.status == SignUpStatus.WAITING, Role.WAITS.value), else_=Role.PLACE.value).label("role")
    places = select(SessionSignUp.registration_id, SessionSignUp.session_id, place, SessionSignUp.sequence)
    kept = or_(SessionSignUp.status != SignUpStatus.CANCELLED, SessionSignUp.cancelled_at == freed_at)
    places = places.where(kept, SessionSignUp.session_id.in_(sessions))
    stars = select(SessionStar.registration_id, SessionStar.session_id, literal(Role.STAR.value), literal(0))
    stars = stars.where(SessionStar.session_id.in_(sessions))
    wanted = [query for group, query in ((Group.PLACES, places), (Group.STARS, stars)) if group in groups]
    both = union_all(*(wanted or [stars.where(false())])).subquery()
    registration_id, session_id, role, own_changes = both.c
    of_session = (session_id.label("session_id"), role.label("role"), own_changes.label("own_changes"))
    query = (
        select(
            Registration.id,
            Registration.name,
            Registration.token,
            Registration.guest_of_id,
            Registration.person_id,
            PersonEmail.address,
            *of_session,
        )
        .join(both, registration_id == Registration.id)
        .outerjoin(PersonEmail, and_(PersonEmail.person_id == Registration.person_id, PersonEmail.is_primary))
        .where(Registration.event_id == event_id, Registration.status.not_in(ENDED))
    )
    return query if ids is None else query.where(Registration.id.in_(list(ids)))


def _person(found: dict[int, Recipient], row: Any) -> Recipient:
    return found.setdefault(
        row.id,
        Recipient(
            row.name,
            row.address or "",
            registration_id=row.id,
            person_id=row.person_id,
            token=row.token,
            guest=row.guest_of_id is not None,
        ),
    )


def _speakers(changes: Sequence[Change], registered: dict[int, Recipient], ids: Collection[int] | None) -> list[Recipient]:
    """Whoever speaks in a changed session or spoke in it before; only those who are not among the registered."""
    sessions: dict[int, set[int]] = {}
    for change in changes:
        for speaker_id in {*change.new.speakers, *(change.old.speakers if change.old else ())}:
            sessions.setdefault(speaker_id, set()).add(change.new.session_id)
    query = (
        select(Speaker.id, Speaker.name, Speaker.person_id, PersonEmail.address)
        .outerjoin(PersonEmail, and_(PersonEmail.person_id == Speaker.person_id, PersonEmail.is_primary))
        .where(Speaker.id.in_(sessions.keys() if ids is None else sessions.keys() & set(ids)))
    )
    people = {one.person_id: one for one in registered.values()}
    alone = []
    for row in db.session.execute(query):
        one = people.get(row.person_id) if row.person_id is not None else None
        if one is None:
            one = Recipient(row.name, row.address or "", person_id=row.person_id)
            alone.append(one)
        one.speaker_id = row.id
        for session_id in sessions[row.id]:
            one.add(session_id, Role.SPEAKS)
    return alone


@dataclass(frozen=True)
class Share:
    """What one group would get: people with a mail, calendar entries in these mails, people whom no mail reaches.

    `words` are those whom only words concern, who get a mail only if changed words are told too.
    """

    group: Group
    people: int
    entries: int
    unreached: int
    words: int


@dataclass(frozen=True)
class Review:
    """All that leaves with a release, in numbers for each group and person by person."""

    shares: list[Share]
    everybody: list[Recipient]

    def longest(self) -> Recipient | None:
        """Whose name is the longest of all whom a mail reaches: if it is right for them it is right for all."""
        reached = [one for one in self.everybody if one.address or one.guest]
        return max(reached, key=lambda one: len(one.name), default=None)


def review(event_id: int, plan: Plan) -> Review:
    """What would leave if every group were told. Two queries."""
    everybody = recipients(event_id, plan.changes)
    shares = []
    for group in Group:
        of_group = [one for one in everybody if any(role in ROLES[group] for role in one.roles.values())]
        own = [(one, _of_group(one, plan.changes, group, words=False)) for one in of_group]
        told = [(one, changes) for one, changes in own if changes]
        reached = [(one, changes) for one, changes in told if one.address or one.guest]
        entries = sum(len(one.calendar(changes)) for one, changes in reached)
        shares.append(Share(group, len(reached), entries, len(told) - len(reached), len(of_group) - len(told)))
    return Review(shares, everybody)


def _of_group(one: Recipient, changes: Iterable[Change], group: Group, *, words: bool) -> list[Change]:
    return [c for c in one.changes(changes, words=words) if one.roles[c.new.session_id] in ROLES[group]]


def to_tell(event_id: int, plan: Plan, groups: Collection[Group], *, words: bool) -> list[Recipient]:
    """Who gets a mail when these groups are told."""
    found = recipients(event_id, plan.changes, groups)
    return [one for one in found if (one.address or one.guest) and one.changes(plan.changes, words=words)]


def fingerprint(plan: Plan) -> str:
    """A short text that differs when the difference does: what was reviewed is what is released."""
    return hashlib.sha256(repr(plan.changes).encode()).hexdigest()[:32]
