"""Reading some at a time: all rows once, in order, whatever the portion, as they were when the first was read."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask
from sqlalchemy import func, select, text

from eventapp.core.db import db, rollback
from eventapp.core.portions import apart, portions, rows_of
from eventapp.partners.models import Organisation
from tests.support import factories


@pytest.fixture
def names(app: Flask) -> list[str]:
    found = [f"Company {n}" for n in (3, 1, 2, 1, 5)]
    for name in found:
        factories.organisation(name)
    return found


@pytest.mark.parametrize("size", [1, 2, 5, 6])
def test_every_row_once_in_order(names: list[str], size: int) -> None:
    query = select(Organisation.name, Organisation.id)
    found = list(portions(query, Organisation.id, size=size))
    assert [row.name for rows in found for row in rows] == names
    assert all(0 < len(rows) <= size for rows in found)


def test_a_key_of_two_columns_keeps_those_that_share_the_first(names: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("eventapp.core.portions.SIZE", 1)
    query = select(Organisation.country_code, Organisation.name)
    assert [row.name for row in rows_of(query, Organisation.name, Organisation.id)] == sorted(names)


def test_nothing_there(app: Flask) -> None:
    assert list(rows_of(select(Organisation.id), Organisation.id)) == []


def test_its_own_order_without_a_key(names: list[str]) -> None:
    query = select(Organisation.name).order_by(Organisation.name.desc(), Organisation.id)
    assert [row.name for row in rows_of(query)] == sorted(names, reverse=True)


def test_other_statements_may_be_sent_between_two_portions(names: list[str]) -> None:
    seen = []
    for rows in portions(select(Organisation.id), Organisation.id, size=2):
        seen += db.session.scalars(select(Organisation.name).where(Organisation.id.in_([id_ for (id_,) in rows]))).all()
    assert sorted(seen) == sorted(names)


def test_what_comes_in_meanwhile_is_left_out(names: list[str], app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("eventapp.core.portions.SIZE", 1)
    with apart():
        found = rows_of(select(Organisation.name), Organisation.id)
        seen = [next(found).name]
        with ThreadPoolExecutor(1) as elsewhere:
            elsewhere.submit(_add, app, "Later").result()
        seen += [row.name for row in found]
    assert seen == names
    assert "Later" in db.session.scalars(select(Organisation.name)).all()


def test_all_statements_of_a_transaction_apart_see_one_moment(names: list[str], app: Flask) -> None:
    count = select(func.count()).select_from(Organisation)
    with apart():
        before = db.session.scalars(count).one()
        with ThreadPoolExecutor(1) as elsewhere:
            elsewhere.submit(_add, app, "Later").result()
        assert db.session.scalar(count) == before
    assert db.session.scalar(count) == before + 1


def test_the_transactions_after_it_are_as_ever(names: list[str]) -> None:
    if db.engine.dialect.name == "sqlite":
        pytest.skip("SQLite knows one isolation only")
    isolation = text("SHOW transaction_isolation")
    rollback()
    with apart():
        assert db.session.scalar(isolation) == "repeatable read"
    assert db.session.scalar(isolation) == "read committed"  # the same connection, which lay in the pool in between
    factories.organisation("Later")


def _add(app: Flask, name: str) -> None:
    with app.app_context():
        factories.organisation(name)


def test_nothing_is_written_while_reading(names: list[str]) -> None:
    with apart():
        db.session.scalars(select(Organisation).limit(1)).one().name = "Other"
        with pytest.raises(RuntimeError, match="never writes"):
            db.session.flush()
    assert "Other" not in db.session.scalars(select(Organisation.name)).all()
