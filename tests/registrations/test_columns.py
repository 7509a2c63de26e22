"""The columns of the organizer's list and of its export, as people choose them."""

import csv
import io
import re
from typing import Any

import pytest
from flask import Flask
from werkzeug.datastructures import MultiDict

from eventapp.accounts.models import Role
from eventapp.events.models import Event
from eventapp.registrations import listing
from eventapp.registrations.models import Registration
from tests.conftest import NOW
from tests.support import factories
from tests.support.pages import PageClient, hidden

DEFAULT = ["Name", "Company", "Status", "Registered (Vienna)"]


@pytest.fixture
def organizer(client: PageClient) -> PageClient:
    return client.sign_in(factories.organizer("orga@karmin.example"))


@pytest.fixture
def event(app: Flask) -> Event:
    event = factories.event(slug="summit")
    company = factories.organisation("Enns AG")
    made: list[Registration] = factories.register(event, company, *(factories.attendee() for _n in range(2)))
    made[0].note, made[0].badge_name = "<b>Vegetarian", "Addie"
    factories.commit()
    return event


def head(text: str) -> list[str]:
    """What stands over the columns, but for the boxes."""
    cells = re.findall(r'<th scope="col".*?</th>', text, re.DOTALL)
    return [re.sub(r"<svg.*?</svg>|<[^>]+>", "", cell, flags=re.DOTALL).strip() for cell in cells]


def url(query: str = "") -> str:
    return f"/admin/events/summit/registrations/?{query}"


def exported(client: PageClient, query: str, **values: str) -> list[list[str]]:
    token = hidden(client.get(url(query)).text)["csrf_token"]
    answer = client.post(url(query).replace("/?", "/export?"), data={"csrf_token": token, "format": "plain", **values})
    assert answer.status_code == 200
    return list(csv.reader(io.StringIO(answer.text)))


@pytest.mark.usefixtures("event")
class TestList:
    def test_shows_what_is_chosen_in_its_own_order(self, organizer: PageClient) -> None:
        assert head(organizer.get(url()).text) == DEFAULT
        text = organizer.get(url("columns=note&columns=status&columns=badge_name")).text
        assert head(text) == ["Name", "Status", "Name on the badge", "Note"]
        assert "&lt;b&gt;Vegetarian" in text
        assert "Addie" in text

    def test_the_choice_stays_in_every_address_of_the_list(self, organizer: PageClient) -> None:
        text = organizer.get(url("q=enns&status=confirmed&columns=note")).text
        assert "columns=note&amp;sort=name" in text
        assert '<input type="hidden" name="columns" value="note">' in text, "a search keeps it"
        assert 'href="/admin/events/summit/registrations/?columns=note">Clear all' in text
        assert re.search(r'id="choose-columns".*?name="q" value="enns".*?name="status" value="confirmed"', text, re.DOTALL)
        assert re.search(r"/lists/filters/new\?path=[^\"]*columns%3Dnote", text), "a saved filter has it too"

    @pytest.mark.parametrize("query", ["columns=nothing", "columns=", "columns=token&columns=%27)--", "columns=name"])
    def test_unknown_columns_are_no_choice(self, organizer: PageClient, query: str) -> None:
        text = organizer.get(url(query)).text
        assert head(text) == DEFAULT
        assert 'name="columns" value="token"' not in text

    def test_what_is_shown_anyway_needs_no_place_in_the_address(self, organizer: PageClient) -> None:
        text = organizer.get(url("columns=company&columns=status&columns=registered_at")).text
        assert head(text) == DEFAULT
        assert "columns=" not in text

    def test_all_at_once_takes_no_further_query(self, organizer: PageClient, count_queries: Any) -> None:
        with count_queries() as few:
            organizer.get(url())
        every = "&".join(f"columns={key}" for key in listing.EXTRAS)
        with count_queries() as many:
            assert len(head(organizer.get(url(every)).text)) == len(listing.EXTRAS) - 2  # the name, and no tags or form there
        assert len(few) == len(many) <= 12

    def test_nothing_is_joined_for_columns_that_are_not_shown(self, event: Event) -> None:
        rows = listing.rows_of(Registration.event_id == event.id)
        assert str(listing.with_extras(rows, [])) == str(rows)
        assert "admission_kind" not in str(listing.with_extras(rows, ["note", "code", "tags"]))
        assert "admission_kind" in str(listing.with_extras(rows, ["kind"]))

    def test_who_may_not_take_it_out_does_not_read_it_either(self, app: Flask) -> None:
        """The list itself is read by partner managers too, who get no export."""
        manager = PageClient(app, app.response_class, use_cookies=True)
        manager.sign_in(factories.user("manager@karmin.example", Role.PARTNER_MANAGER))
        text = manager.get(url("columns=note&columns=phone&columns=company")).text
        assert head(text) == ["Name", "Company"]
        assert "Vegetarian" not in text


@pytest.mark.usefixtures("event")
class TestExport:
    def test_has_what_the_list_shows(self, organizer: PageClient) -> None:
        rows = exported(organizer, "columns=company&columns=note")
        assert rows[0] == ["given_name", "family_name", "email", "company", "tier", "country", "note"]
        assert len(rows) == 3
        assert rows[1][-1] == "<b>Vegetarian"

    def test_has_everything_unless_somebody_chose(self, organizer: PageClient) -> None:
        assert len(exported(organizer, "")[0]) > 20
        assert len(exported(organizer, "columns=nothing")[0]) > 20
        assert len(exported(organizer, "columns=note", every="1")[0]) > 20

    def test_is_in_order_without_the_column_of_it(self, organizer: PageClient, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("eventapp.core.portions.SIZE", 1)
        assert [row[-1] for row in exported(organizer, "columns=note")[1:]] == ["<b>Vegetarian", ""]


def test_each_extra_column_is_one_of_the_export(event: Event) -> None:
    made = listing.table(event, "/", MultiDict(), NOW, extras=True)
    assert all(column.key in listing.SOURCES for column in made.columns if column.extra)
