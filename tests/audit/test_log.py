"""The page of the audit log."""

from datetime import datetime
from typing import Any

import pytest

from eventapp.audit.queries import history
from eventapp.audit.service import NamedActor, record
from eventapp.core.db import transaction
from tests.support import factories
from tests.support.pages import PageClient


@pytest.fixture
def organizer(client: PageClient) -> PageClient:
    return client.sign_in(factories.organizer())


def note(action: str, name: str, at: datetime, **values: Any) -> None:
    with transaction():
        defaults = {"object_type": "organisation", "object_id": 7}
        record(action, by=NamedActor("Olga"), at=at, object_name=name, **{**defaults, **values})


def test_shows_who_did_what(organizer: PageClient, now: datetime) -> None:
    assert "Nothing has happened yet" in organizer.get("/admin/log/").text
    note(
        "organisation.changed", "R&D <Ltd>", now, changes={"city": ["Wien", "Graz"], "tier": "premier", "note": [None, "x" * 400]}
    )
    page = organizer.get("/admin/log/").text
    assert "R&amp;D &lt;Ltd&gt;" in page
    assert "<del>Wien</del> → Graz" in page
    assert "tier: premier" in page
    assert "x" * 200 + "…" in page
    assert "x" * 201 not in page
    assert "20 Jan 2027, 09:00" in page


def test_filters_and_searches(organizer: PageClient, now: datetime) -> None:
    note("organisation.changed", "Adler GmbH", now)
    note("user.added", "Bussard GmbH", now, object_type="user")
    for query in ("action=organisation.changed", "object=organisation", "q=adler"):
        page = organizer.get(f"/admin/log/?{query}").text
        assert "Adler GmbH" in page, query
        assert "Bussard GmbH" not in page, query
    assert "No entry matches" in organizer.get("/admin/log/?q=nobody").text
    assert organizer.get("/admin/log/?action=made-up&after=nonsense&sort=-at").status_code == 200


def test_not_for_others(client: PageClient) -> None:
    assert client.get("/admin/log/").status_code == 302
    client.sign_in(factories.user())
    assert client.get("/admin/log/").status_code == 403


def test_as_many_queries_for_three_as_for_one(organizer: PageClient, now: datetime, count_queries: Any) -> None:
    note("organisation.changed", "A", now)
    with count_queries() as one:
        organizer.get("/admin/log/")
    note("organisation.changed", "B", now)
    note("organisation.changed", "C", now)
    with count_queries() as three:
        organizer.get("/admin/log/")
    assert len(one) == len(three)
    assert [row.changes for row in history("organisation", 7)] == [{}, {}, {}]
