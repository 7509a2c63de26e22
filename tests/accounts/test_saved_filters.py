"""Saved filters: under a name, opened by address, shared among the vendor's people only."""

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from eventapp.accounts.lists import queries, service
from eventapp.accounts.lists.models import SavedFilter
from eventapp.audit.models import AuditEntry
from eventapp.core.db import db
from eventapp.partners.models import MembershipRole
from tests.conftest import NOW
from tests.support import factories
from tests.support.pages import PageClient, hidden

PATH = "/admin/events/summit/registrations/"
WAITING = "status=waiting&sort=name"
NEW = "/lists/filters/new"


@pytest.fixture
def organizer(client: PageClient) -> PageClient:
    factories.event(slug="summit")
    return client.sign_in(factories.organizer("orga@karmin.example"))


@pytest.fixture
def colleague(app: Flask, organizer: PageClient) -> PageClient:
    return browser(app, factories.organizer("other@karmin.example"))


def browser(app: Flask, user: Any) -> PageClient:
    return PageClient(app, app.response_class, use_cookies=True).sign_in(user)


def save(client: PageClient, name: str = "Waiting", query: str = WAITING, path: str = PATH, **values: Any) -> TestResponse:
    page = client.get(NEW, query_string={"path": path, "query": query})
    if page.status_code != 200:
        return page
    return client.post(NEW, data={**hidden(page.text), "path": path, "query": query, "name": name, **values})


def saved() -> SavedFilter:
    return db.session.scalars(select(SavedFilter)).one()


def test_a_filter_is_saved_and_opened_by_its_address(organizer: PageClient, count_queries: Any) -> None:
    page = organizer.get(f"{PATH}?{WAITING}").text
    assert "None saved for this list yet." in page
    assert "Save this filter" in page
    answer = save(organizer)
    assert answer.location == f"{PATH}?filter={saved().id}"
    opened = organizer.get(answer.location)
    assert opened.location == f"{PATH}?{WAITING}"
    with count_queries() as counted:
        page = organizer.get(opened.location).text
    assert len(counted) <= 12
    assert 'aria-current="true"><bdi>Waiting</bdi>' in page
    assert "Save this filter" not in page
    assert 'aria-current="true"><bdi>Waiting' in organizer.get(f"{PATH}?sort=name&status=waiting").text, "in any order"
    factories.event(slug="other")
    other = organizer.get(f"/admin/events/other/registrations/?filter={saved().id}")
    assert other.location == f"/admin/events/other/registrations/?{WAITING}", "it serves every event"
    assert organizer.get(f"/admin/log/?filter={saved().id}").status_code == 404, "another list's"


def test_the_menu_says_how_to_begin(organizer: PageClient) -> None:
    assert "Search, filter or sort the list, then save that here." in organizer.get(PATH).text


@pytest.mark.parametrize("path", ["/admin/companies/", "/admin/mail/", "/admin/log/", "/admin/no-shows/", "/admin/staff/"])
def test_every_list_takes_part(organizer: PageClient, path: str) -> None:
    assert save(organizer, query="q=enns", path=path).status_code == 302
    assert organizer.get(f"{path}?filter={saved().id}").location == f"{path}?q=enns"
    assert "<bdi>Waiting</bdi>" in organizer.get(path).text


def test_the_same_name_replaces(organizer: PageClient) -> None:
    save(organizer)
    save(organizer, query="status=cancelled&after=x&filter=9", shared="y")
    assert (saved().query, saved().shared) == ("status=cancelled", True), "neither the page nor another filter"


@pytest.mark.parametrize("query", ["", "after=abc", "=&&=", "&" * 3000, "q=" + "x" * 3000, "filter=1"])
def test_nothing_and_too_much_are_refused(organizer: PageClient, query: str) -> None:
    answer = save(organizer, "Typed", query)
    assert answer.status_code == 422
    assert 'value="Typed"' in answer.text
    assert save(organizer, name=" ").status_code == 422
    assert save(organizer, name="x" * 61).status_code == 422
    assert db.session.scalars(select(SavedFilter)).all() == []


def test_hostile_text_stays_text(organizer: PageClient) -> None:
    save(organizer, "<b>", "q=<script>%0D%0ASet-Cookie:x&status=%00nothing&sort=)--")
    answer = organizer.get(f"{PATH}?filter={saved().id}")
    assert "\n" not in answer.location
    page = organizer.get(answer.location)
    assert page.status_code == 200
    assert "&lt;b&gt;" in page.text


PATHS = ["", "//evil.example/", "https://evil.example/", "/nowhere", "/\\evil", "/login/%0d", f"{PATH}?x"]


@pytest.mark.parametrize("path", PATHS)
def test_only_pages_of_this_site(organizer: PageClient, path: str) -> None:
    assert save(organizer, path=path).status_code == 404
    form = hidden(organizer.get(NEW, query_string={"path": PATH, "query": WAITING}).text)
    assert organizer.post(NEW, data={**form, "path": path, "query": WAITING, "name": "X"}).status_code == 404


@pytest.mark.parametrize("asked", ["²", "0", "-1", "x", "99999999999", "2147483648", "", "7"])
def test_unknown_ones_are_not_there(organizer: PageClient, asked: str) -> None:
    assert organizer.get(PATH, query_string={"filter": asked}).status_code == 404


def test_there_is_an_end(organizer: PageClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "MOST", 1)
    save(organizer)
    answer = save(organizer, "Another")
    assert answer.status_code == 409
    assert "Delete one first" in answer.text
    assert save(organizer).status_code == 302, "replacing makes none more"


def test_the_same_name_at_the_same_moment(organizer: PageClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """The other request commits between the look and the writing: whoever is second is told at the field."""
    save(organizer)
    monkeypatch.setattr(service, "_of_name", lambda *_args: None)
    answer = save(organizer, query="status=confirmed")
    assert answer.status_code == 409
    assert "at the same moment" in answer.text
    assert saved().query == WAITING


def test_a_double_click_saves_once(organizer: PageClient) -> None:
    page = organizer.get(NEW, query_string={"path": PATH, "query": WAITING}).text
    data = {**hidden(page), "path": PATH, "query": WAITING, "name": "Twice"}
    assert {organizer.post(NEW, data=data).location for _ in range(2)} == {f"{PATH}?filter={saved().id}"}


def test_renaming_sharing_and_deleting(organizer: PageClient) -> None:
    save(organizer)
    save(organizer, "Taken", "status=cancelled")
    first = db.session.scalars(select(SavedFilter).order_by(SavedFilter.id)).first()
    assert first is not None
    url = f"/lists/filters/{first.id}"
    page = organizer.get(url, query_string={"path": PATH}).text
    answer = organizer.post(url, data={**hidden(page), "name": "Taken", "path": PATH})
    assert answer.status_code == 409
    assert "has this name" in answer.text
    answer = organizer.post(url, data={**hidden(page), "name": "Still waiting", "shared": "y", "path": PATH})
    assert answer.location == PATH
    db.session.refresh(first)
    assert (first.name, first.shared) == ("Still waiting", True)
    evil = organizer.post(
        f"{url}/delete", query_string={"path": "//evil.example"}, data={"csrf_token": hidden(page)["csrf_token"]}
    )
    assert evil.location == "/"
    assert saved().name == "Taken"
    entries = db.session.execute(select(AuditEntry.action, AuditEntry.object_name).order_by(AuditEntry.id)).all()
    found = [tuple(one) for one in entries if one.action.startswith("filter.")]
    assert found == [
        ("filter.save", ""),
        ("filter.save", ""),
        ("filter.change", "Still waiting"),
        ("filter.delete", "Still waiting"),
    ]


def test_private_ones_are_private_and_shared_ones_the_owner_s(organizer: PageClient, colleague: PageClient) -> None:
    save(organizer, "zzmine")
    save(organizer, "zzours", "status=confirmed", shared="y")
    mine, ours = db.session.scalars(select(SavedFilter).order_by(SavedFilter.id))
    page = colleague.get(f"{PATH}?status=waiting").text
    assert "zzours" in page
    assert "zzmine" not in page
    assert colleague.get(f"{PATH}?filter={mine.id}").status_code == 404
    assert colleague.get(f"{PATH}?filter={ours.id}").status_code == 302
    for one in (mine, ours):
        assert colleague.get(f"/lists/filters/{one.id}").status_code == 404
        form = {**hidden(page), "name": "X"}
        assert colleague.post(f"/lists/filters/{one.id}", data=form).status_code == 404
        assert colleague.post(f"/lists/filters/{one.id}/delete", data=form).status_code == 404
    assert save(colleague, "zzours").status_code == 302, "a name is taken for its owner only"


def test_companies_share_nothing(app: Flask) -> None:
    factories.event(slug="summit")
    companies = [factories.organisation(f"Company {n} AG") for n in range(2)]
    admins = [factories.seat(company, MembershipRole.ADMIN, f"P{n}") for n, company in enumerate(companies)]
    first, second = (browser(app, admin) for admin in admins)
    people = "/company/people/"
    assert "Everybody who works here" not in first.get(NEW, query_string={"path": people, "query": "q=x"}).text
    assert save(first, "zzours", "q=secret", people, shared="y").status_code == 302
    assert saved().shared is False
    assert first.get(f"{people}?filter={saved().id}").location == f"{people}?q=secret"
    saved().shared = True
    assert "zzours" not in second.get(f"{people}?q=x").text, "not even then"
    assert second.get(f"{people}?filter={saved().id}").status_code == 404
    assert save(first, path=PATH).status_code == 404, "a list that is not theirs"


def test_who_loses_the_list_loses_the_filter(organizer: PageClient, app: Flask) -> None:
    save(organizer, shared="y")
    nobody = browser(app, factories.user("nobody@karmin.example"))
    assert nobody.get(f"{PATH}?filter={saved().id}").status_code == 403
    stranger = PageClient(app, app.response_class, use_cookies=True)
    assert stranger.get(f"{PATH}?filter={saved().id}").location.startswith("/login?next=")


def test_one_s_own_come_first_by_name(app: Flask) -> None:
    me, other = factories.organizer("a@karmin.example"), factories.organizer("b@karmin.example")
    for user, name in ((other, "Alpha"), (me, "beta"), (me, "Älter"), (me, "Able")):
        service.save(user, "x.index", name, "q=1", shared=True, by=user, at=NOW)
    factories.commit()
    assert [one.name for one in queries.of_list(me, "x.index", for_vendor=True)] == ["Able", "beta", "Älter", "Alpha"]
