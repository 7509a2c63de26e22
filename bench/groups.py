"""Placing people into circles: from reading who takes part to the written places, and the pages that show them."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime

from sqlalchemy import select

from bench import data
from bench.figures import Figure
from bench.measures import Bench, _child
from eventapp import create_app
from eventapp.accounts.models import Role, User
from eventapp.accounts.permissions import Viewer
from eventapp.audit.service import NamedActor
from eventapp.core.db import db, transaction
from eventapp.events.models import Event
from eventapp.groups import service
from eventapp.groups.models import GroupKind, GroupPlace, GroupSet
from eventapp.groups.rules.facts import fewest_pairs
from eventapp.groups.service import SetDetails
from eventapp.groups.service.placing import Draft

BENCH = NamedActor("bench")
COMPANIES, MORE = 550, 100


def placing(bench: Bench) -> Iterator[Figure]:
    """How long placing takes, how good it is, and how the board answers then."""
    circles, size = bench.sizes.circles, bench.sizes.circle
    database = bench.engine.new("groups")
    people = circles * size + MORE
    data.generate(database, companies=COMPANIES, people=people, registrations=people)
    app, took = create_app(database.settings()), list[float]()
    with app.app_context():
        with transaction():
            event = db.session.scalars(select(Event).where(Event.slug == data.SLUG)).one()
            details = SetDetails("Drumming", GroupKind.CIRCLE, size=size)
            set_id = service.create(event, details, circles, by=BENCH, at=datetime.now(UTC)).id
        for seed in range(1, bench.sizes.rounds + 1):
            began = time.perf_counter()
            draft = _place(set_id, seed)
            took.append(time.perf_counter() - began)
        placed = db.session.query(GroupPlace).count()
        db.session.remove()
    companies = draft.facts.companies()
    least = fewest_pairs((companies[guest] for guest in draft.after), circles)
    name = f"{placed:,} people into {circles} circles"
    note = "everybody anew: facts, rules, places, log"
    yield Figure(f"{name}, read, placed and written", bench.kind, max(took), "s", at_most=5, note=note)
    yield Figure(f"{name}, pairs of one company above the fewest", bench.kind, draft.pairs - least, "", at_most=0)
    board = f"/admin/events/{data.SLUG}/groups/{set_id}"
    shown = _child(database.environ(), "pages", data.ORGANIZER, board, f"{board}/place?who=everybody")
    yield Figure(f"board of {placed:,} people", bench.kind, shown[board], "ms", note="median of 30, server side")
    yield Figure(f"preview of {placed:,} people anew", bench.kind, shown[f"{board}/place?who=everybody"], "ms", note="the same")


def _place(set_id: int, seed: int) -> Draft:
    """What the button does: the preview, and then the same again under the lock of the event."""
    organizer = Viewer(User(), frozenset({Role.ORGANIZER}))
    with transaction():
        found = db.session.get_one(GroupSet, set_id)
        event = db.session.get_one(Event, found.event_id)
        mark = service.draft(organizer, event, found, anew=True, seed=seed).fingerprint
        at = datetime.now(UTC)
        return service.apply(organizer, event, found, anew=True, seed=seed, fingerprint=mark, by=BENCH, at=at)
