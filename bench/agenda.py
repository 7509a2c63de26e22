"""The public agenda with 70 and 600 sessions, and a private calendar."""

import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from sqlalchemy import select

from bench import data
from bench.databases import Database
from bench.figures import Figure
from bench.load import Server
from bench.measures import CLIENTS, Bench, _child, _got, _rates, floor_environ
from eventapp import create_app
from eventapp.agenda.models import AgendaSession, Room, SessionSlot, SessionSpeaker, SessionStar, SessionType, Speaker, Track
from eventapp.agenda.own import service as own
from eventapp.agenda.releases import service as releases
from eventapp.audit.service import NamedActor
from eventapp.core.db import db, transaction
from eventapp.events.models import Event
from eventapp.registrations import queries as registrations
from eventapp.registrations.models import Registration, RegistrationStatus

BENCH = NamedActor("bench")
# Sessions, rooms and days, as one reads of conferences of that size; the event that has them.
SMALL, LARGE = (70, 6, 3), (600, 25, 5)
SHAPES = ((data.SLUG, SMALL), (data.EMPTY_SLUG, LARGE))
STARS = 20


def agenda(bench: Bench) -> Iterator[Figure]:
    """The pages as visitors get them, and as they are when they are rendered; the private calendar."""
    database = bench.engine.new("agenda")
    data.generate(database, companies=20, people=100, registrations=100)
    feed = fill(database)
    with Server("wsgi:app", database.environ()) as ours:
        for slug, (sessions, _rooms, _days) in SHAPES:
            path = f"/events/{slug}/agenda?view=list&day=all"
            weight = len(_got(ours, path).body)
            with Server("bench.floors:app", floor_environ(database, weight)) as floor:
                own_rate, least = _rates(bench, (ours, path), (floor, f"/page?slug={slug}"))
            name = f"public agenda, {sessions} sessions"
            bare = "bare Flask page of that weight, one query"
            note = f"all days as a list, {CLIENTS} clients, without ETag"
            yield Figure(name, bench.kind, own_rate.rate, "1/s", least.rate, bare, at_least=0.7, note=note)
            most = 100_000 if sessions == SMALL[0] else None
            yield Figure(f"{name}, HTML", bench.kind, weight, "bytes", at_most=most, note="before compression")
    for slug, (sessions, _rooms, _days) in SHAPES:
        path = f"/events/{slug}/agenda?view=list&day=all"
        counted = _child(database.environ(), "statements", "GET", f"/events/{slug}/", path)
        yield Figure(f"public agenda, {sessions} sessions, queries when rendered", bench.kind, counted["first"], "", at_most=6)
        shown = _child(database.environ(), "pages", data.ORGANIZER, path, f"/events/{slug}/agenda")
        yield Figure(
            f"public agenda, {sessions} sessions, rendered", bench.kind, shown[path], "ms", note="median of 30, all days"
        )
        day = shown[f"/events/{slug}/agenda"]
        yield Figure(f"public agenda, {sessions} sessions, a day of it rendered", bench.kind, day, "ms", note="the same")
    shown = _child(database.environ(), "pages", data.ORGANIZER, feed)
    yield Figure(f"private calendar of {STARS} sessions", bench.kind, shown[feed], "ms", note="median of 30, server side")


def fill(database: Database) -> str:
    """Makes and releases both agendas; the path of the private calendar of somebody with stars."""
    app = create_app(database.settings())
    with app.app_context():
        for slug, (sessions, rooms, days) in SHAPES:
            with transaction():
                event = db.session.scalars(select(Event).where(Event.slug == slug)).one()
                _sessions(event, sessions, rooms, days)
                releases.release(event, "Version 1", by=BENCH, at=datetime.now(UTC))
            db.session.expunge_all()
        with transaction():
            token = select(Registration.token).where(Registration.status == RegistrationStatus.CONFIRMED).limit(1)
            one = registrations.by_token(db.session.scalars(token).one())
            starred = select(AgendaSession.id).where(AgendaSession.event_id == one.event_id).order_by(AgendaSession.id)
            at = datetime.now(UTC)
            for session_id in db.session.scalars(starred.limit(STARS)).all():
                db.session.add(SessionStar(registration_id=one.id, session_id=session_id, starred_at=at))
            secret = own.renew_feed(one, by=BENCH, at=at).token
        db.session.remove()
    return f"/calendar/{secret}.ics"


def _sessions(event: Event, number: int, rooms: int, days: int) -> None:
    """That many sessions of three quarters of an hour, spread over rooms and days, with two speakers each."""
    at = datetime.now(UTC)
    kind = SessionType(event_id=event.id, name="Talk", minutes=45)
    tracks = [Track(event_id=event.id, name=f"Track {n}", colour="#0b6e8a") for n in range(8)]
    halls = [Room(event_id=event.id, guid=str(uuid.uuid4()), name=f"Hall {n}", position=n) for n in range(rooms)]
    db.session.add_all([kind, *tracks, *halls])
    speakers = [
        Speaker(
            event_id=event.id,
            guid=str(uuid.uuid4()),
            code=f"SP{n:04}",
            name=f"Veronika Steinbrecher {n}",
            company="Karmin Software",
            token=uuid.uuid4().hex,
            created_at=at,
            updated_at=at,
        )
        for n in range(number)
    ]
    db.session.add_all(speakers)
    db.session.flush()
    slots_a_day = -(-number // (rooms * days))
    for n in range(number):
        made = AgendaSession(
            event_id=event.id,
            code=f"S{n:05}",
            title=f"How forty branch offices stopped worrying and began to measure {n}",
            subtitle="Edge sites with two nodes, and what they cost",
            abstract_html=f"<p>{data.PARAGRAPH}</p>",
            track_id=tracks[n % len(tracks)].id,
            type_id=kind.id,
            created_at=at,
            updated_at=at,
        )
        db.session.add(made)
        db.session.flush()
        day, turn = divmod(n // rooms, slots_a_day)
        starts_at = event.starts_at + timedelta(days=day, hours=turn)
        slot = {"number": n + 1, "guid": str(uuid.uuid4()), "minutes": 45, "starts_at": starts_at}
        db.session.add(SessionSlot(event_id=event.id, session_id=made.id, room_id=halls[n % rooms].id, **slot))
        for position in range(2):
            speaker_id = speakers[(n + position) % number].id
            db.session.add(SessionSpeaker(session_id=made.id, speaker_id=speaker_id, position=position))
    db.session.flush()
