"""The public page of an event, and the list of what is coming."""

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine

from eventapp.core.db import db
from eventapp.events import service as events
from eventapp.events.models import Event, EventFormat, EventStatus, Mode, Moved
from eventapp.lifecycle import service as lifecycle
from tests.conftest import NOW
from tests.support import factories
from tests.support.pages import PageClient


def page_of(event: Event) -> str:
    return f"/events/{event.slug}/"


def linked_data(text: str) -> dict[str, Any]:
    found = re.search(r'<script type="application/ld\+json">(.*?)</script>', text, re.DOTALL)
    assert found
    data: dict[str, Any] = json.loads(found[1])
    return data


def action_in(text: str, event: Event) -> bool:
    return f'href="/events/{event.slug}/register"' in text


class TestStates:
    def test_open(self, client: PageClient) -> None:
        event = factories.event(registration_closes_at=datetime(2027, 5, 1, 10, tzinfo=UTC))
        text = client.get(page_of(event)).text
        assert action_in(text, event)
        assert "Registration open" in text
        assert "Register by 1 May 2027, 12:00 Vienna (UTC+2)." in text
        assert "<strong>questions</strong>" in text

    def test_early(self, client: PageClient, clock: time_machine.Traveller) -> None:
        event = factories.event(registration_opens_at=NOW + timedelta(days=1))
        text = client.get(page_of(event)).text
        assert not action_in(text, event)
        assert "Registration opens on 21 Jan 2027, 10:00 Vienna (UTC+1)." in text
        clock.shift(timedelta(days=1, seconds=1))
        assert action_in(client.get(page_of(event)).text, event)

    def test_closed_over_and_cancelled(self, client: PageClient) -> None:
        closed = factories.event(registration_closes_at=NOW - timedelta(days=1))
        over = factories.event(starts_at=NOW - timedelta(days=2), ends_at=NOW - timedelta(days=1))
        gone = factories.event()
        lifecycle.cancel_event(gone, "No venue", by=factories.TESTS, now=NOW)
        factories.commit()
        for event, text in ((closed, "Registration closed"), (over, "This event is over."), (gone, "No venue")):
            page = client.get(page_of(event)).text
            assert text in page
            assert not action_in(page, event)

    def test_few_places_and_none(self, client: PageClient) -> None:
        event = factories.event(capacity=10)
        company = factories.organisation()
        assert "Only a few" not in client.get(page_of(event)).text
        factories.register(event, company, *[factories.attendee() for _n in range(9)])
        assert "Only a few places left." in client.get(page_of(event)).text
        factories.registration(event, company)
        full = client.get(page_of(event)).text
        assert "Full. You can still join the waiting list." in full
        assert action_in(full, event)

    def test_a_hybrid_event_is_full_when_both_modes_are(self, client: PageClient) -> None:
        event = factories.event(format=EventFormat.HYBRID, capacity_in_person=1, capacity_virtual=1)
        company = factories.organisation()
        factories.registration(event, company, mode=Mode.IN_PERSON)
        assert "Full." not in client.get(page_of(event)).text
        factories.registration(event, company, mode=Mode.VIRTUAL)
        assert "Full." in client.get(page_of(event)).text

    def test_a_draft_is_shown_to_organizers_only(self, client: PageClient) -> None:
        draft = factories.event(published=False)
        assert client.get(page_of(draft)).status_code == 404
        assert client.get("/events/nothing/").status_code == 404
        client.sign_in(factories.organizer())
        assert client.get(page_of(draft)).status_code == 200


class TestTimes:
    def test_the_event_s_zone_comes_first_in_person(self, client: PageClient) -> None:
        event = factories.event(starts_at=datetime(2027, 5, 18, 7, tzinfo=UTC), ends_at=datetime(2027, 5, 18, 15, tzinfo=UTC))
        client.set_cookie("tz", "America/New_York")
        text = client.get(page_of(event)).text
        there, here = text.index("09:00–17:00"), text.index("03:00–11:00")
        assert there < here
        assert "Vienna (UTC+2)" in text
        assert "your time, New York (UTC−4)" in text

    def test_the_viewer_s_zone_comes_first_on_video(self, client: PageClient) -> None:
        event = factories.event(
            format=EventFormat.VIRTUAL,
            starts_at=datetime(2027, 5, 18, 7, tzinfo=UTC),
            ends_at=datetime(2027, 5, 18, 15, tzinfo=UTC),
        )
        client.set_cookie("tz", "Asia/Kolkata")
        text = client.get(page_of(event)).text
        assert text.index("12:30–20:30") < text.index("09:00–17:00")
        assert "your time, Kolkata (UTC+5:30)" in text

    @pytest.mark.parametrize("zone", ["", "Europe/Berlin", "Nowhere/Town", "../../etc/passwd", "a" * 3000, "CET"])
    def test_the_same_clock_or_none_is_not_shown_twice(self, client: PageClient, zone: str) -> None:
        event = factories.event()
        client.set_cookie("tz", zone)
        assert "your time" not in client.get(page_of(event)).text


class TestLinkedData:
    def test_in_person(self, client: PageClient) -> None:
        event = factories.event(title="Summit </script><b>", sender_name="Karmin")
        data = linked_data(client.get(page_of(event)).text)
        assert data["@context"] == "https://schema.org"
        assert data["@type"] == "Event"
        assert data["name"] == "Summit </script><b>"
        assert data["startDate"] == "2027-05-18T09:00:00+02:00"
        assert data["endDate"] == "2027-05-19T17:00:00+02:00"
        assert data["eventStatus"] == "https://schema.org/EventScheduled"
        assert data["eventAttendanceMode"] == "https://schema.org/OfflineEventAttendanceMode"
        assert data["location"]["@type"] == "Place"
        assert data["location"]["address"]["addressCountry"] == "AT"
        assert data["organizer"]["name"] == "Karmin"
        assert data["offers"]["url"] == f"http://events.test/events/{event.slug}/"

    def test_virtual_and_hybrid(self, client: PageClient) -> None:
        virtual = factories.event(format=EventFormat.VIRTUAL, join_url="https://meet.example/secret")
        hybrid = factories.event(format=EventFormat.HYBRID)
        data = linked_data(client.get(page_of(virtual)).text)
        assert (data["location"]["@type"], data["eventAttendanceMode"][19:]) == ("VirtualLocation", "OnlineEventAttendanceMode")
        assert "secret" not in json.dumps(data)
        data = linked_data(client.get(page_of(hybrid)).text)
        assert [place["@type"] for place in data["location"]] == ["Place", "VirtualLocation"]
        assert data["eventAttendanceMode"] == "https://schema.org/MixedEventAttendanceMode"

    def test_moved_to_another_date_or_on_video(self, client: PageClient) -> None:
        event = factories.event()
        event.previous_starts_at = event.starts_at - timedelta(days=7)
        online = factories.event(format=EventFormat.VIRTUAL)
        online.moved, online.moved_at = Moved.VIRTUAL, NOW
        factories.commit()
        data = linked_data(client.get(page_of(event)).text)
        assert data["eventStatus"] == "https://schema.org/EventRescheduled"
        assert data["previousStartDate"] == "2027-05-11T09:00:00+02:00"
        assert linked_data(client.get(page_of(online)).text)["eventStatus"] == "https://schema.org/EventMovedOnline"

    def test_cancelled_and_closed(self, client: PageClient) -> None:
        gone = factories.event()
        lifecycle.cancel_event(gone, "No venue", by=factories.TESTS, now=NOW)
        factories.commit()
        data = linked_data(client.get(page_of(gone)).text)
        assert data["eventStatus"] == "https://schema.org/EventCancelled"
        assert "offers" not in data


class TestSharing:
    def test_a_browser_that_has_the_page_gets_no_second_copy(self, client: PageClient) -> None:
        event = factories.event()
        first = client.get(page_of(event))
        assert first.headers["Cache-Control"] == "public, max-age=0, must-revalidate"
        assert "Cookie" in first.headers["Vary"]
        second = client.get(page_of(event), headers={"If-None-Match": first.headers["ETag"]})
        assert (second.status_code, second.data) == (304, b"")
        assert second.headers["Content-Security-Policy"]
        events.change_status(event, EventStatus.CLOSED, by=factories.TESTS, now=NOW)
        third = client.get(page_of(event), headers={"If-None-Match": first.headers["ETag"]})
        assert third.status_code == 200
        assert "Registration closed" in third.text

    def test_signed_in_people_get_a_page_of_their_own(self, client: PageClient, app: Any) -> None:
        event = factories.event()
        company = factories.organisation()
        admin = factories.company_admin(company)
        name = admin.display_name
        shared = client.get(page_of(event)).text
        client.sign_in(admin)
        own = client.get(page_of(event))
        assert name in own.text
        assert own.headers["Cache-Control"] == "no-store"
        assert "ETag" not in own.headers
        assert name not in shared
        anonymous = app.test_client()
        anonymous.environ_base["HTTP_HOST"] = "events.test"
        again = anonymous.get(page_of(event)).text
        assert name not in again
        assert again == shared

    def test_a_message_for_one_visitor_is_not_kept_for_all(self, client: PageClient, app: Any) -> None:
        event = factories.event()
        with client.session_transaction() as session:
            session["_flashes"] = [("success", "Handed on to Cem.")]
        assert "Handed on to Cem." in client.get(page_of(event)).text
        assert "Handed on to Cem." not in client.get(page_of(event)).text
        anonymous = app.test_client()
        anonymous.environ_base["HTTP_HOST"] = "events.test"
        assert "Handed on" not in anonymous.get(page_of(event)).text

    def test_a_kept_page_costs_a_query_or_two(self, client: PageClient, count_queries: Any) -> None:
        event = factories.event()
        with count_queries() as first:
            client.get(page_of(event))
        with count_queries() as second:
            client.get(page_of(event))
        assert len(first) <= 6
        assert len(second) <= 2


class TestList:
    def test_upcoming_and_past_events(self, client: PageClient) -> None:
        later = factories.event(
            title="Later", starts_at=factories.STARTS + timedelta(days=30), ends_at=factories.ENDS + timedelta(days=30)
        )
        soon = factories.event(title="Soon")
        past = factories.event(title="Past", starts_at=NOW - timedelta(days=9), ends_at=NOW - timedelta(days=8))
        factories.event(title="Draft", published=False)
        text = client.get("/").text
        assert text.index(soon.slug) < text.index(later.slug) < text.index(past.slug)
        assert "Draft" not in text

    def test_nothing_yet(self, client: PageClient) -> None:
        assert client.get("/").status_code == 200

    def test_the_number_of_queries_does_not_grow(self, client: PageClient, count_queries: Any) -> None:
        factories.event()
        with count_queries() as one:
            client.get("/")
        for _n in range(3):
            factories.event()
        db.session.expunge_all()
        with count_queries() as four:
            client.get("/")
        assert len(four) == len(one) <= 6
