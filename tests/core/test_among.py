"""Any number of values in a condition."""

from flask import Flask
from sqlalchemy import delete, func, select

from eventapp.core.among import among
from eventapp.core.db import db
from eventapp.events.models import Event
from eventapp.partners.imports import person_store
from eventapp.partners.models import PersonWord
from eventapp.registrations.imports import store
from tests.support import factories

# More than a statement on Postgres takes parameters, and as many rows as a file may have.
MANY = 100_000


def test_numbers_and_texts(app: Flask) -> None:
    one, other = factories.event(slug="one"), factories.event(slug="ünter “zwei”")
    count = select(func.count()).select_from(Event)
    assert db.session.scalar(count.where(among(Event.id, range(MANY)))) == 2
    assert db.session.scalar(count.where(among(Event.slug, ["ünter “zwei”", "' OR 1=1", "\\", '"']))) == 1
    assert db.session.scalar(count.where(among(Event.id, []))) == 0
    assert db.session.scalar(count.where(~among(Event.id, [one.id]))) == 1
    db.session.execute(delete(PersonWord).where(among(PersonWord.person_id, {other.id})))


def test_a_file_as_long_as_files_may_be(app: Flask) -> None:
    event = factories.event()
    assert person_store.load([f"p{n}@many.example" for n in range(MANY)], lock=False) == {}
    assert store.by_code(event.id, {f"{n:012}" for n in range(MANY)}) == {}
    assert store.registrations_of(event.id, range(1, MANY)) == {}
