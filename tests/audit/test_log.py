"""The page of the audit log."""

import re
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from eventapp.audit.models import AuditEntry
from eventapp.audit.queries import history
from eventapp.audit.service import NamedActor, record
from eventapp.core.db import db, transaction
from eventapp.core.doors import Door, through
from tests.support import factories
from tests.support.pages import PageClient, hidden, token_of


@pytest.fixture
def organizer(client: PageClient, clock: Any) -> PageClient:
    return client.sign_in(factories.organizer())


def note(action: str, name: str, at: datetime, **values: Any) -> None:
    with transaction():
        defaults = {"object_type": "organisation", "object_id": 7, "by": NamedActor("Olga")}
        record(action, at=at, object_name=name, **{**defaults, **values})


def test_shows_who_did_what(organizer: PageClient, now: datetime) -> None:
    assert "Nothing has happened yet" in organizer.get("/admin/log/").text
    note("company.change", "R&D <Ltd>", now, changes={"city": ["Wien", "Graz"], "tier_key": "premier", "note": [None, "x" * 400]})
    page = organizer.get("/admin/log/").text
    assert "R&amp;D &lt;Ltd&gt;" in page
    assert "<del>Wien</del> → Graz" in page
    assert "Tier: premier" in page
    assert "x" * 200 + "…" in page
    assert "x" * 201 not in page
    assert "20 Jan 2027, 09:00" in page
    assert "Changed a company" in page
    assert "company.change" not in page


def test_filters_and_searches(organizer: PageClient, now: datetime) -> None:
    note("company.change", "Adler GmbH", now, organisation_id=7, person_id=8, event_id=9)
    with through(Door.JOB):
        note("user.added", "Bussard GmbH", now - timedelta(days=40), object_type="user", by=NamedActor("Bo"))
    of_adler = ("group=company", "object=organisation", "q=adler", "company=7", "person=8", "of=organisation-7", "by=Olga")
    for query in (*of_adler, "when=7", "when=2027-01", "group=company&when=30&by=Olga"):
        page = organizer.get(f"/admin/log/?{query}").text
        assert "Adler GmbH" in page, query
        assert "Bussard GmbH" not in page, query
    assert "No entry matches" in organizer.get("/admin/log/?q=nobody").text
    assert "Bussard GmbH" in organizer.get("/admin/log/?door=job&when=2026-12").text
    assert "Adler GmbH" not in organizer.get("/admin/log/?door=job&when=2026-12").text
    hostile = "group=x&company=99999999999&person=-1&of=organisation-0&of=%00&by=%00&when=2027-99&event=x&after=nonsense&sort=-at"
    page = organizer.get(f"/admin/log/?{hostile}")
    assert page.status_code == 200
    assert "Adler GmbH" in page.text


def test_not_for_others(client: PageClient) -> None:
    assert client.get("/admin/log/").status_code == 302
    client.sign_in(factories.user())
    for path in ("/admin/log/", "/admin/log/1"):
        assert client.get(path).status_code == 403
    assert client.post("/admin/log/export", data={"csrf_token": token_of(client.get("/").text)}).status_code == 403


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


def export(client: PageClient, name: str, query: str = "") -> Any:
    """The file in that format."""
    return client.post(f"/admin/log/export{query}", data={**hidden(client.get("/admin/log/").text), "format": name})


def latest() -> AuditEntry:
    return db.session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc()).limit(1)).one()


def test_one_entry_shows_its_hash_and_the_one_before(organizer: PageClient, now: datetime) -> None:
    note("company.change", "Adler GmbH", now)
    first = latest()
    note("company.change", "Bussard GmbH", now, changes={"city": ["Wien", "Graz"], "auto_join": [False, True]})
    second = latest()
    page = organizer.get(f"/admin/log/{second.id}").text
    assert str(first.hash) in page
    assert str(second.hash) in page
    assert first.hash != second.hash
    assert "<td>Wien</td><td>Graz</td>" in page
    assert "<td>no</td><td>yes</td>" in page
    assert "0" * 64 in organizer.get(f"/admin/log/{first.id}").text
    for unknown in (second.id + 1, 2**31, 0, "x"):
        assert organizer.get(f"/admin/log/{unknown}").status_code == 404


def test_links_lead_to_what_still_exists(organizer: PageClient, now: datetime) -> None:
    company = factories.organisation("Adler GmbH")
    event = factories.event(title="Summit")
    guest = factories.registration(event, company, "Ada", "Lang")
    page = organizer.get("/admin/log/").text
    assert f'href="/admin/events/{event.slug}/registrations/{guest.id}"' in page
    assert f'href="/admin/log/?company={company.id}"' in page
    note("company.change", "Gone GmbH", now, object_id=999, organisation_id=999)
    page = organizer.get("/admin/log/").text
    assert "Gone GmbH" in page
    assert "/admin/companies/999" not in page
    one = organizer.get(f"/admin/log/?person={guest.person_id}").text
    assert "Ada Lang" in one
    assert "Gone GmbH" not in one


def test_the_file_holds_what_the_filter_shows(organizer: PageClient, now: datetime) -> None:
    note("company.change", "=Adler GmbH", now, changes={"city": ["Wien", "Graz"]}, on_behalf="Adler")
    note("user.added", "Bussard GmbH", now, object_type="user")
    text = export(organizer, "plain", "?group=company").text
    lines = text.splitlines()
    assert lines[0].startswith("id,at,actor,on_behalf,action,what,door,object_type")
    assert len(lines) == 2
    assert "'=Adler GmbH" in lines[1]
    assert "Changed a company" in lines[1]
    assert latest().hash is not None
    assert latest().action == "log.export"
    rows = export(organizer, "json").json
    assert [row["action"] for row in rows] == ["company.change", "user.added", "log.export", "log.export"]
    assert export(organizer, "xlsx").data.startswith(b"PK")
    assert export(organizer, "made-up").status_code == 400


def test_no_route_changes_entries(app: Flask) -> None:
    rules = [rule for rule in app.url_map.iter_rules() if rule.endpoint.startswith("audit_admin.")]
    writing = {rule.endpoint for rule in rules if (rule.methods or set()) - {"GET", "HEAD", "OPTIONS"}}
    assert writing == {"audit_admin.export"}
    package = Path(__file__).resolve().parents[2] / "eventapp"
    touching = re.compile(r"(update|delete|insert)\((table\()?_?(AuditEntry|AUDIT|_ENTRY)")
    # Sealing, erasing a person's names, and emptying what is old: all of them keep the chain.
    files = {path.relative_to(package).as_posix() for path in package.rglob("*.py") if touching.search(path.read_text())}
    assert files == {"audit/chain.py", "audit/service.py", "privacy/purging.py"}
