"""Joining on video: the link, the click, the arrival, and what takes the way in away again."""

import csv
import io
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from eventapp.accounts.models import Role
from eventapp.agenda.joining.models import Arrival, Joining
from eventapp.agenda.joining.rules import Part, State, Stream, judge
from eventapp.agenda.models import AgendaSession, SessionAudience, SessionSignUp, SignUpStatus
from eventapp.audit.models import AuditEntry
from eventapp.core.db import db
from eventapp.core.links import is_https
from eventapp.events.models import AudienceField, Event, EventFormat, Mode
from eventapp.lifecycle import service as lifecycle
from eventapp.partners.models import Organisation
from eventapp.registrations import service as registrations
from eventapp.registrations.join_links import join_token
from eventapp.registrations.messages.schedule import send_due
from eventapp.registrations.models import Registration, RegistrationStatus
from eventapp.registrations.queries import by_token
from tests.support import agenda, factories
from tests.support.browsing import mails, send
from tests.support.factories import ENDS, STARTS, TESTS
from tests.support.pages import PageClient, fields

CANARY = "provider-canary"
EVENT_URL = f"https://meet.{CANARY}.example/event"
ROOM_URL = f"https://meet.{CANARY}.example/room"
SESSION_URL = f"https://meet.{CANARY}.example/session"
FILM = f"https://films.{CANARY}.example/1"


@pytest.fixture
def company(app: Flask) -> Organisation:
    return factories.organisation("Donau Systemhaus GmbH", domain="donau.example")


@pytest.fixture
def event(company: Organisation) -> Event:
    return factories.event(
        slug="summit", title="Summit", format=EventFormat.HYBRID, join_url=EVENT_URL, capacity_in_person=9, capacity_virtual=9
    )


@pytest.fixture
def vera(event: Event, company: Organisation) -> Registration:
    """Takes part on video."""
    return factories.registration(event, company, "Vera", "Moser", mode=Mode.VIRTUAL, email="vera@donau.example")


@pytest.fixture
def ina(event: Event, company: Organisation) -> Registration:
    """Comes in person."""
    return factories.registration(event, company, "Ina", "Lang", mode=Mode.IN_PERSON, email="ina@donau.example")


@pytest.fixture
def sessions(event: Event) -> dict[str, AgendaSession]:
    """Of a release: one in the hall with a stream, one in a virtual room with places, one in the hall only."""
    hall = agenda.room(event, "Great Hall")
    online = agenda.room(event, "Online 1", is_virtual=True, join_url=ROOM_URL)
    made = {
        "keynote": agenda.session(event, "Keynote", room=hall, join_url=SESSION_URL),
        "lab": agenda.session(event, "Lab", room=online, starts_at=agenda.day(9), signs_up=True, capacity=2),
        "tour": agenda.session(event, "Tour", room=hall, starts_at=agenda.day(10), delivery=EventFormat.IN_PERSON),
    }
    agenda.release(event)
    return made


def at(clock: time_machine.Traveller, moment: datetime) -> None:
    clock.move_to(moment)


def link(one: Registration, session: AgendaSession | None = None) -> str:
    return f"/join/{join_token(one, session.code if session else '')}"


def join(client: PageClient, path: str) -> Any:
    """Presses the button of the page."""
    return client.post(path, data=fields(client.get(path).text, path))


def post(client: PageClient, path: str) -> Any:
    """Sends what the button would, also where the page shows none (any more)."""
    return client.post(path, data={"csrf_token": fields(client.get("/login").text)["csrf_token"]})


def loaded(one: Registration) -> Registration:
    """As the services want it."""
    return by_token(one.token)


def arrivals() -> list[Arrival]:
    db.session.rollback()
    return list(db.session.scalars(select(Arrival).order_by(Arrival.id)))


class TestRules:
    def verdict(self, when: datetime, **values: Any) -> State:
        event = Event(starts_at=STARTS, ends_at=ENDS, format=EventFormat.VIRTUAL, join_url="")
        one = Registration(event=event, status=RegistrationStatus.CONFIRMED, mode=values.pop("mode", Mode.VIRTUAL))
        parts = [Part(agenda.day(7), agenda.day(8), url=EVENT_URL), Part(agenda.day(10), agenda.day(11), url=EVENT_URL)]
        stream = Stream(event, values.pop("parts", parts), **values)
        return judge(stream, one, opens_minutes=10, in_person=False, at=when).state

    def test_each_part_opens_and_ends_to_the_minute(self, app: Flask) -> None:
        second = timedelta(seconds=1)
        for moment, state in (
            (agenda.day(6, 50) - second, State.EARLY),
            (agenda.day(6, 50), State.OPEN),
            (agenda.day(8) - second, State.OPEN),
            (agenda.day(8), State.EARLY),
            (agenda.day(9, 50), State.OPEN),
            (agenda.day(11), State.OVER),
        ):
            assert self.verdict(moment) is state, moment

    def test_what_stands_in_the_way_comes_before_the_time(self, app: Flask) -> None:
        early = agenda.day(1)
        assert self.verdict(early, cancelled=True) is State.CANCELLED
        assert self.verdict(early, delivery=EventFormat.IN_PERSON) is State.ROOM_ONLY
        assert self.verdict(early, mode=Mode.IN_PERSON) is State.IN_PERSON
        assert self.verdict(early, mine=False) is State.NO_SESSION_PLACE
        no_link = [Part(agenda.day(7), agenda.day(8))]
        assert self.verdict(agenda.day(7), parts=no_link) is State.NO_LINK
        assert self.verdict(agenda.day(6), parts=no_link) is State.EARLY

    def test_only_safe_addresses_lead_anywhere(self) -> None:
        good = (
            "https://meet.example/a?b=c#d",
            "https://meet.example:8443/",
            "https://[2001:db8::1]/x",
            "https://bücher.example/",
        )
        for url in good:
            assert is_https(url), url
        for url in (
            *(
                "",
                "http://meet.example/",
                "javascript:alert(1)",
                "//meet.example",
                "https://",
                "https:///x",
                "https://[",
                "data:,x",
            ),
            *("https://zoom.example@evil.example/", "https://a b.example/", "https://a.example/\n", "https://a.example:99999/"),
            *("https://a.example\\@b.example/", "https://a.example/\u202ecod", "ftp://a.example/", "HTTPS"),
        ):
            assert not is_https(url), url


class TestLink:
    def test_it_is_each_person_s_and_each_session_s_own_and_says_nothing(self, vera: Registration, ina: Registration) -> None:
        tokens = {join_token(one, session) for one in (vera, ina) for session in ("", "S1", "S2")}
        assert len(tokens) == 6
        for token in tokens:
            for one in (vera, ina):
                assert one.token not in token
                assert one.code not in token

    def test_anything_else_is_nothing(self, client: PageClient, vera: Registration, ina: Registration, sessions: Any) -> None:
        token, other = join_token(vera), join_token(ina)
        proof = token.rsplit(".", 1)[1]
        for wrong in (
            *(token[:-1], token + "A", vera.token, vera.uid, f"{vera.uid}.{other.rsplit('.', 1)[1]}", "A" * 40, "a.b.c.d.e"),
            *(f"{vera.uid}.{sessions['lab'].code}.{proof}", f"{vera.uid}..{proof}", "." * 20, join_token(vera, "NOSUCH")),
        ):
            answer = client.get(f"/join/{wrong}")
            assert answer.status_code == 404, wrong
            assert post(client, f"/join/{wrong}").status_code == 404, wrong
        assert arrivals() == []

    def test_it_dies_when_the_place_is_handed_on(
        self, client: PageClient, vera: Registration, clock: time_machine.Traveller
    ) -> None:
        at(clock, STARTS - timedelta(days=1))
        old = link(vera)
        assert client.get(old).status_code == 200
        db.session.add(Arrival(registration_id=vera.id, first_at=STARTS, last_at=STARTS, clicks=1))
        factories.commit()
        registrations.substitute(loaded(vera), "Uwe", "Neu", "uwe@donau.example", by=TESTS, at=STARTS - timedelta(days=1))
        factories.commit()
        assert client.get(old).status_code == 404
        assert arrivals() == [], "somebody else has arrived, if anybody"
        assert client.get(link(db.session.get_one(Registration, vera.id))).status_code == 200


class TestGoingIn:
    def test_from_waiting_to_the_recording(
        self, client: PageClient, event: Event, vera: Registration, clock: time_machine.Traveller
    ) -> None:
        db.session.add(Joining(event_id=event.id, recording_url=FILM))
        path = link(vera)
        at(clock, STARTS - timedelta(minutes=11))
        page = client.get(path)
        assert "The way in opens at 18 May 2027, 08:50 Vienna (UTC+2)." in page.text
        assert 'data-countdown="2027-05-18T06:50:00+00:00"' in page.text
        assert "Join now" not in page.text
        assert post(client, path).location == path
        assert "It is too early to join." in client.get(path).text
        assert arrivals() == []

        at(clock, STARTS - timedelta(minutes=10))
        answer = join(client, path)
        assert (answer.status_code, answer.location) == (303, EVENT_URL)
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert answer.headers["Cache-Control"] == "no-store"
        at(clock, STARTS + timedelta(hours=1))
        assert join(client, path).location == EVENT_URL
        (one,) = arrivals()
        assert (one.registration_id, one.session_id, one.clicks) == (vera.id, None, 2)
        assert timedelta(minutes=69) < one.last_at - one.first_at < timedelta(minutes=71)
        noted = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "joining.arrive")).all()
        assert [(n.actor, n.person_id) for n in noted] == [("Vera Moser (by link)", vera.person_id)]

        at(clock, ENDS)
        page = client.get(path)
        assert "This is over." in page.text
        recording = post(client, f"{path}/recording")
        assert (recording.status_code, recording.location) == (303, FILM)
        assert post(client, path).location == path
        assert [a.clicks for a in arrivals()] == [2]
        db.session.get_one(Joining, event.id).recording_until = ENDS + timedelta(hours=1)
        at(clock, ENDS + timedelta(hours=1))
        page = client.get(path)
        assert "There is no recording here." in page.text
        assert post(client, f"{path}/recording").location == path

    def test_looking_writes_nothing(self, client: PageClient, vera: Registration, clock: time_machine.Traveller) -> None:
        at(clock, STARTS)
        for _n in range(2):
            assert client.get(link(vera)).status_code == 200
            assert client.head(link(vera)).status_code == 200
        assert arrivals() == []

    def test_without_the_token_of_the_form_nobody_arrives(
        self, client: PageClient, vera: Registration, clock: time_machine.Traveller
    ) -> None:
        client.application.config["WTF_CSRF_ENABLED"] = True
        at(clock, STARTS)
        assert client.post(link(vera)).status_code == 400
        assert arrivals() == []

    def test_its_forms_may_end_at_the_provider_and_no_other_page_s(
        self, client: PageClient, vera: Registration, clock: time_machine.Traveller
    ) -> None:
        at(clock, STARTS)
        assert "form-action 'self' https:;" in client.get(link(vera)).headers["Content-Security-Policy"]
        assert "form-action 'self';" in client.get(f"/r/{vera.token}").headers["Content-Security-Policy"]

    def test_a_new_address_needs_no_new_mail(
        self, client: PageClient, event: Event, vera: Registration, clock: time_machine.Traveller
    ) -> None:
        at(clock, STARTS)
        path = link(vera)
        db.session.get_one(Event, event.id).join_url = "https://other.example/"
        assert join(client, path).location == "https://other.example/"
        db.session.get_one(Event, event.id).join_url = ""
        assert "has not set up the video yet" in client.get(path).text
        db.session.get_one(Event, event.id).join_url = "http://plain.example/"
        assert "has not set up the video yet" in client.get(path).text

    def test_who_is_cancelled_or_waits_does_not_get_in(
        self, client: PageClient, event: Event, vera: Registration, clock: time_machine.Traveller
    ) -> None:
        at(clock, STARTS)
        path = link(vera)
        assert "Join now" in client.get(path).text
        registrations.cancel([loaded(vera)], reason="", by=TESTS, at=STARTS)
        factories.commit()
        assert post(client, path).location == path
        assert "You have no place at this event any more" in client.get(path).text
        assert arrivals() == []

    def test_a_cancelled_event(self, client: PageClient, event: Event, vera: Registration, clock: time_machine.Traveller) -> None:
        at(clock, STARTS)
        lifecycle.cancel_event(db.session.get_one(Event, event.id), "The line is dead", by=TESTS, now=STARTS)
        factories.commit()
        page = client.get(link(vera)).text
        assert "This was cancelled. There is nothing to join." in page
        assert "The line is dead" in page

    def test_who_comes_in_person_follows_only_if_the_event_lets_them(
        self, client: PageClient, event: Event, ina: Registration, clock: time_machine.Traveller
    ) -> None:
        at(clock, STARTS)
        assert "You take part in person." in client.get(link(ina)).text
        assert "Join on video" not in client.get(f"/r/{ina.token}").text
        db.session.add(Joining(event_id=event.id, in_person_may_follow=True))
        assert "Join on video" in client.get(f"/r/{ina.token}").text
        assert join(client, link(ina)).location == EVENT_URL

    def test_switching_the_mode_opens_and_shuts_it(
        self, client: PageClient, ina: Registration, clock: time_machine.Traveller
    ) -> None:
        at(clock, STARTS - timedelta(days=1))
        token = ina.token
        assert send(client, f"/r/{token}/mode").status_code == 302
        assert "Join on video" in client.get(f"/r/{token}").text
        at(clock, STARTS - timedelta(minutes=5))
        assert "Join now" in client.get(link(ina)).text
        assert send(client, f"/r/{token}/mode").status_code == 302
        assert "You take part in person." in client.get(link(ina)).text


class TestSessions:
    def test_each_leads_to_its_own_address_else_its_room_s_else_the_event_s(
        self, client: PageClient, event: Event, vera: Registration, sessions: Any, clock: time_machine.Traveller
    ) -> None:
        at(clock, agenda.day(7))
        assert join(client, link(vera, sessions["keynote"])).location == SESSION_URL
        agenda.sign_up(vera, sessions["lab"])
        at(clock, agenda.day(8, 50))
        assert join(client, link(vera, sessions["lab"])).location == ROOM_URL
        db.session.get_one(AgendaSession, sessions["keynote"].id).join_url = ""
        at(clock, agenda.day(7))
        assert join(client, link(vera, sessions["keynote"])).location == EVENT_URL
        assert [(a.session_id, a.clicks) for a in arrivals()] == [(sessions["keynote"].id, 2), (sessions["lab"].id, 1)]

    def test_a_session_with_places_asks_for_one_at_the_click(
        self, client: PageClient, vera: Registration, sessions: Any, clock: time_machine.Traveller
    ) -> None:
        at(clock, agenda.day(9))
        path = link(vera, sessions["lab"])
        assert "You have no place in this session" in client.get(path).text
        place = agenda.sign_up(vera, sessions["lab"])
        assert "Join now" in client.get(path).text
        place = db.session.get_one(SessionSignUp, place.id)
        place.status, place.cancelled_at = SignUpStatus.CANCELLED, agenda.day(9)
        assert post(client, path).location == path
        assert "You have no place in this session" in client.get(path).text
        assert arrivals() == []

    def test_a_session_that_is_not_for_everybody(
        self, client: PageClient, event: Event, vera: Registration, clock: time_machine.Traveller
    ) -> None:
        closed, open_ = (
            agenda.session(event, title, listed=False, join_url=SESSION_URL) for title in ("Gold only", "Ready only")
        )
        rules = {closed.id: "gold", open_.id: "ready"}
        db.session.add_all(SessionAudience(session_id=i, field=AudienceField.TIER, values=[t]) for i, t in rules.items())
        agenda.release(event)
        at(clock, agenda.day(7))
        assert "You have no place in this session" in client.get(link(vera, closed)).text
        assert join(client, link(vera, open_)).location == SESSION_URL
        page = client.get(f"/r/{vera.token}").text
        assert "Ready only" in page
        assert "Gold only" not in page

    def test_one_in_a_room_only_and_one_that_is_cancelled(
        self, client: PageClient, event: Event, vera: Registration, sessions: Any, clock: time_machine.Traveller
    ) -> None:
        at(clock, agenda.day(7))
        assert "in a room only" in client.get(link(vera, sessions["tour"])).text
        agenda.cancel(db.session.get_one(AgendaSession, sessions["keynote"].id))
        assert "Join now" in client.get(link(vera, sessions["keynote"])).text, "the public does not know of it yet"
        agenda.release(db.session.get_one(Event, event.id))
        assert "There is nothing to join." in client.get(link(vera, sessions["keynote"])).text

    def test_room_and_stream_on_one_s_own_page(
        self, client: PageClient, event: Event, vera: Registration, ina: Registration, sessions: Any, count_queries: Any
    ) -> None:
        agenda.sign_up(vera, sessions["lab"])
        page = client.get(f"/r/{vera.token}").text
        for words in ("Keynote", "Lab", link(vera, sessions["keynote"]), link(vera, sessions["lab"]), link(vera)):
            assert words in page
        assert "Tour" not in page
        assert "Great Hall" not in page
        db.session.add(Joining(event_id=event.id, in_person_may_follow=True))
        page = client.get(f"/r/{ina.token}").text
        assert "Great Hall" in page
        assert link(ina, sessions["keynote"]) in page
        assert "Lab" not in page, "without a place"
        own_page = f"/r/{vera.token}"
        with count_queries() as queries:
            client.get(own_page)
        assert len(queries) <= 12

    def test_the_event_s_link_leads_to_the_sessions_where_it_has_no_address(
        self, client: PageClient, event: Event, vera: Registration, sessions: Any, clock: time_machine.Traveller
    ) -> None:
        db.session.get_one(Event, event.id).join_url = ""
        at(clock, agenda.day(7))
        page = client.get(link(vera)).text
        assert "Choose a session below." in page
        assert link(vera, sessions["keynote"]) in page


class TestWhereTheAddressStands:
    def test_nowhere_but_in_the_redirect_and_with_the_organizers(
        self,
        client: PageClient,
        event: Event,
        vera: Registration,
        ina: Registration,
        sessions: Any,
        clock: time_machine.Traveller,
    ) -> None:
        db.session.add(Joining(event_id=event.id, recording_url=FILM, in_person_may_follow=True))
        db.session.get_one(AgendaSession, sessions["keynote"].id).recording_url = FILM
        factories.commit()
        agenda.sign_up(vera, sessions["lab"])
        paths = [f"/events/{event.slug}/", f"/join/test/{event.slug}", "/"]
        for one in (vera, ina):
            paths += [f"/r/{one.token}", f"/r/{one.token}/event.ics", f"/r/{one.token}/mode"]
            paths += [link(one), *(link(one, session) for session in sessions.values())]
        own = link(vera)
        for moment in (STARTS - timedelta(days=1), STARTS - timedelta(minutes=59)):
            at(clock, moment)
            send_due(moment)
        for moment in (STARTS - timedelta(days=9), STARTS, agenda.day(9), ENDS):
            at(clock, moment)
            for path in paths:
                answer = client.get(path)
                assert answer.status_code in (200, 302), path
                assert CANARY not in answer.text, path
                assert CANARY not in str(answer.headers), path
        written = mails()
        assert {m.kind for m in written} >= {"registrations.confirmed", "registrations.before_1d", "registrations.before_1h"}
        for mail in written:
            for text in (mail.subject, mail.text, mail.html, mail.calendar or ""):
                assert CANARY not in text, mail.kind
        hours = mails("registrations.before_1h")
        assert [m.to_address for m in hours] == ["vera@donau.example"]
        assert f"http://events.test{own}" in hours[0].text
        confirmed = mails("registrations.confirmed", to="vera@donau.example")[0]
        assert own in (confirmed.calendar or "").replace("\r\n ", "")
        assert "/join/" not in mails("registrations.confirmed", to="ina@donau.example")[0].text

    def test_calendars_of_who_is_on_video_carry_the_link_and_those_of_others_the_room(
        self, client: PageClient, vera: Registration, ina: Registration, sessions: Any
    ) -> None:
        for one in (vera, ina):
            agenda.star(one, sessions["keynote"])
        link_of_vera, code = link(vera, sessions["keynote"]), sessions["keynote"].code
        for path in ("agenda.ics", f"agenda/{code}/session.ics"):
            theirs = client.get(f"/r/{vera.token}/{path}").text.replace("\r\n ", "")
            assert f"LOCATION:http://events.test{link_of_vera}" in theirs
            assert CANARY not in theirs
            room = client.get(f"/r/{ina.token}/{path}").text.replace("\r\n ", "")
            assert "LOCATION:Great Hall" in room
            assert "/join/" not in room

    def test_not_in_the_company_s_log_nor_in_what_it_takes_out(
        self, client: PageClient, company: Organisation, event: Event, vera: Registration, clock: time_machine.Traveller
    ) -> None:
        at(clock, STARTS)
        assert join(client, link(vera)).location == EVENT_URL
        petra = client.application.test_client()
        assert isinstance(petra, PageClient)
        petra.environ_base["HTTP_HOST"] = "events.test"
        petra.sign_in(factories.company_admin(company))
        page = petra.get("/company/log").text
        assert "Joined on video" in page
        assert CANARY not in page


class TestTestPage:
    def test_anybody_may_try_and_nobody_arrives(self, client: PageClient, event: Event) -> None:
        page = client.get(f"/join/test/{event.slug}").text
        assert "The organizer has named no test page" in page
        db.session.add(Joining(event_id=event.id, test_url="https://test.example/"))
        assert 'href="https://test.example/"' in client.get(f"/join/test/{event.slug}").text
        assert arrivals() == []

    def test_not_for_an_event_in_a_house_nor_one_that_is_none(self, client: PageClient, app: Flask) -> None:
        assert client.get(f"/join/test/{factories.event().slug}").status_code == 404
        assert client.get("/join/test/nosuch").status_code == 404
        draft = factories.event(published=False, format=EventFormat.VIRTUAL)
        assert client.get(f"/join/test/{draft.slug}").status_code == 404


class TestOrganizers:
    PAGE = "/admin/events/summit/agenda/video/"

    def test_links_and_arrivals(
        self,
        client: PageClient,
        event: Event,
        vera: Registration,
        sessions: Any,
        clock: time_machine.Traveller,
        count_queries: Any,
    ) -> None:
        at(clock, agenda.day(7))
        join(client, link(vera, sessions["keynote"]))
        client.sign_in(factories.organizer())
        with count_queries() as queries:
            page = client.get(self.PAGE).text
        assert len(queries) <= 12
        for words in ("Keynote", "its own link", "Lab", "s link</span>", "10 minutes before the start"):
            assert words in page, words
        assert "Tour" not in page
        listed = client.get(f"{self.PAGE}arrivals/{sessions['keynote'].id}").text
        assert "Vera Moser" in listed
        assert "Vera Moser" not in client.get(f"{self.PAGE}arrivals/{sessions['lab'].id}").text
        assert "Nobody has arrived yet" in client.get(f"{self.PAGE}arrivals").text
        assert "Nothing found" in client.get(f"{self.PAGE}arrivals/{sessions['keynote'].id}?q=nobody").text
        form = fields(listed, f"{self.PAGE}arrivals/{sessions['keynote'].id}/export")
        answer = client.post(f"{self.PAGE}arrivals/{sessions['keynote'].id}/export", data={**form, "format": "plain"})
        (row,) = csv.DictReader(io.StringIO(answer.text))
        assert (row["name"], row["session"], row["clicks"]) == ("Vera Moser", "Keynote", "1")
        assert CANARY not in answer.text
        everything = client.post(f"{self.PAGE}arrivals/export", data={**form, "format": "json"})
        assert "Vera Moser" in everything.text
        assert client.post(f"{self.PAGE}arrivals/export", data={**form, "format": "exe"}).status_code == 400

    def test_a_session_of_another_event_is_none(self, client: PageClient, event: Event, sessions: Any) -> None:
        client.sign_in(factories.organizer())
        other = factories.event(slug="other", format=EventFormat.VIRTUAL)
        assert client.get(f"/admin/events/{other.slug}/agenda/video/arrivals/{sessions['lab'].id}").status_code == 404
        assert client.get(f"{self.PAGE}arrivals/999999").status_code == 404

    def test_how_it_is_joined_is_said_and_shown(self, client: PageClient, event: Event) -> None:
        client.sign_in(factories.organizer())
        path = f"{self.PAGE}settings"
        values = {"opens_minutes": "25", "in_person_may_follow": "y", "test_url": "https://test.example/", "recording_url": FILM}
        open_before = client.get(path)
        assert send(client, path, values).status_code == 302
        kept = db.session.get_one(Joining, event.id)
        assert (kept.opens_minutes, kept.in_person_may_follow, kept.recording_url) == (25, True, FILM)
        page = client.get(self.PAGE).text
        assert "25 minutes before the start" in page
        assert "may follow on video" in page
        stale = client.post(path, data={**fields(open_before.text), **values, "opens_minutes": "3"})
        assert stale.status_code == 409
        assert "Somebody else has changed this" in stale.text
        assert 'value="3"' in stale.text

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            *[("opens_minutes", v) for v in ("", "-1", "1441", "x", "9" * 30, "1.5")],
            *[("test_url", v) for v in ("http://a.example", "javascript:alert(1)", "https://u@a.example/", "https://[")],
            *[("recording_url", v) for v in ("https://" + "a" * 500 + ".example", "//a.example", "https://a b.example")],
            ("recording_until", "0001-01-01T00:00"),
        ],
    )
    def test_hostile_values_are_refused_at_their_field(self, client: PageClient, event: Event, field: str, value: str) -> None:
        client.sign_in(factories.organizer())
        answer = send(client, f"{self.PAGE}settings", {field: value})
        assert answer.status_code == 422
        assert f'href="#{field}"' in answer.text
        assert db.session.get(Joining, event.id) is None

    def test_auditors_look_and_change_nothing(self, client: PageClient, event: Event) -> None:
        client.sign_in(factories.user(None, Role.AUDITOR))
        page = client.get(self.PAGE)
        assert page.status_code == 200
        assert "Change how it is joined" not in page.text
        assert client.get(f"{self.PAGE}settings").status_code == 403
