"""The editor's pages without a browser: the grid, the form, what the script sends, undoing, hostile values."""

import json
import secrets
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from eventapp.accounts.models import Role
from eventapp.agenda.models import AgendaSession, Room, SessionSlot
from eventapp.agenda.timetable import service
from eventapp.agenda.timetable.models import DraftStep
from eventapp.agenda.timetable.service import Placing
from eventapp.core.db import db
from eventapp.events.models import Event
from tests.support import agenda
from tests.support.factories import STARTS, event, organizer, user
from tests.support.pages import PageClient, fields, hidden

BASE = "/admin/events/day/agenda/timetable"


@pytest.fixture
def at(app: Flask) -> Event:
    return event(slug="day")


@pytest.fixture
def hall(at: Event) -> Room:
    return agenda.room(at, "Hall", capacity=100)


@pytest.fixture
def me(client: PageClient) -> PageClient:
    return client.sign_in(organizer())


def text(client: PageClient, url: str) -> str:
    answer = client.get(url)
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def send(client: PageClient, slot: SessionSlot, **values: Any) -> TestResponse:
    """What the grid sends; by itself that nothing changes."""
    slot_id, placing = slot.id, Placing.of(slot)
    moment, room, minutes = placing.token.split("|")
    token = hidden(text(client, f"{BASE}/{slot_id}"))["csrf_token"]
    data = {"starts_at": moment, "room": room, "minutes": minutes, "was": placing.token, "day": "2027-05-18"}
    return client.post(f"{BASE}/{slot_id}/move", data={"csrf_token": token, "once_key": secrets.token_hex(16), **data, **values})


def slot_now(session: AgendaSession) -> SessionSlot:
    return agenda.slot_of(session)


def test_a_day_shows_its_rooms_sessions_warnings_and_the_tray(at: Event, hall: Room, me: PageClient) -> None:
    petra = agenda.speaker(at, "Petra")
    for name in ("News", "Views"):
        agenda.session(at, name, room=hall, speakers=[petra], track=agenda.track(at, f"Track of {name}"))
    agenda.session(at, "Lunch", type=agenda.session_type(at, is_break=True), starts_at=agenda.day(10))
    agenda.session(at, "Later", starts_at=None)
    agenda.session(at, "Tomorrow", room=hall, starts_at=agenda.day(8, plus=1))
    page = text(me, BASE)
    for words in ("Tue 18 May", "3 sessions", "2 warnings", "Hall", "100 seats", "News", "Later", "09:00–09:45"):
        assert words in page
    assert "Petra speaks in both at the same time." in page
    assert "Both are in Hall at the same time." in page
    assert "Speaker twice, Room twice" in page
    assert page.count("data-slot=") == 4
    other = text(me, f"{BASE}?day=2027-05-19")
    assert "Tomorrow" in other
    assert "News" not in other
    assert "Nothing is wrong here." in other


def test_no_rooms_and_no_sessions_say_what_to_do(at: Event, me: PageClient) -> None:
    assert "Add rooms and sessions first" in text(me, BASE)
    assert "0 things to look at" in text(me, f"{BASE}/warnings")


def test_hostile_days_and_searches_show_the_first_day(at: Event, hall: Room, me: PageClient) -> None:
    agenda.session(at, "Later & more <b>", starts_at=None)
    for query in ("day=9999-99-99", "day=%00", "day=2027-05-18'--", "q=%00%F0%9F%98%80" + "x" * 3000, "q=<script>"):
        assert "Tue 18 May" in text(me, f"{BASE}?{query}")
    assert "Later &amp; more &lt;b&gt;" in text(me, f"{BASE}?q=LATER")
    assert "Nothing fits the search." in text(me, f"{BASE}?q=nothing")


def test_the_form_places_asks_about_clocks_and_keeps_what_was_typed(app: Flask, me: PageClient) -> None:
    autumn = datetime(2027, 10, 30, 7, tzinfo=STARTS.tzinfo)
    at = event(slug="day", starts_at=autumn, ends_at=autumn + timedelta(days=2))
    hall, talk = agenda.room(at, "Hall"), agenda.session(at, "Night owls", starts_at=None)
    slot_id = slot_now(talk).id
    url = f"{BASE}/{slot_id}"
    form = fields(text(me, url))
    asked = me.post(url, data={**form, "starts_at": "2027-10-31T02:30", "room": str(hall.id), "minutes": "30"})
    assert asked.status_code == 422
    page = asked.get_data(as_text=True)
    assert "twice that night" in page
    again = fields(page)
    assert (again["starts_at"], again["room"], again["minutes"]) == ("2027-10-31T02:30", str(hall.id), "30")
    done = me.post(url, data={**again, "starts_at_fold": "1"})
    assert done.status_code == 302
    assert "day=2027-10-31" in done.location
    assert slot_now(talk).starts_at == datetime(2027, 10, 31, 1, 30, tzinfo=STARTS.tzinfo)
    spring = fields(text(me, url))
    missing = me.post(url, data={**spring, "starts_at": "2028-03-26T02:30"})
    assert missing.status_code == 422
    assert "never show" in missing.get_data(as_text=True)
    assert "02:00" in text(me, f"{BASE}?day=2027-10-31")


def test_the_form_says_when_somebody_was_faster(at: Event, hall: Room, me: PageClient) -> None:
    talk = agenda.session(at, "News", room=hall)
    url = f"{BASE}/{slot_now(talk).id}"
    form = fields(text(me, url))
    agenda.place(talk, starts_at=agenda.day(12), room=hall)
    late = me.post(url, data={**form, "starts_at": "2027-05-18T10:00"})
    assert late.status_code == 409
    page = late.get_data(as_text=True)
    assert "it is now Hall, Tue 18 May 2027, 14:00–14:45" in page
    assert fields(page)["starts_at"] == "2027-05-18T10:00"
    assert me.post(url, data=fields(page)).status_code == 302
    assert slot_now(talk).starts_at == agenda.day(8)


def test_the_grid_moves_and_gets_what_is_wrong_then(at: Event, hall: Room, me: PageClient) -> None:
    agenda.session(at, "Views", room=hall, starts_at=agenda.day(9))
    talk = agenda.session(at, "News", room=hall)
    answer = send(me, slot_now(talk), starts_at="2027-05-18T09:00Z")
    assert answer.status_code == 200
    found = json.loads(answer.data)
    assert (found["starts_at"], found["room"], found["minutes"]) == ("2027-05-18T09:00Z", str(hall.id), 45)
    assert found["say"] == "News: Hall, Tue 18 May 2027, 11:00–11:45"
    assert found["flags"][str(slot_now(talk).id)] == "Room twice"
    assert "Both are in Hall" in found["told"]
    assert "Undo my last step" in found["steps"]
    assert slot_now(talk).starts_at == agenda.day(9)


def test_the_same_key_twice_is_one_move_and_one_answer(at: Event, hall: Room, me: PageClient) -> None:
    talk = agenda.session(at, "News", room=hall)
    key, was = secrets.token_hex(16), slot_now(talk)
    seen = Placing.of(was).token
    for _click in range(2):
        answer = send(me, slot_now(talk), starts_at="2027-05-18T09:00Z", once_key=key, was=seen)
        if answer.status_code == 302:
            answer = me.get(answer.location)
        assert json.loads(answer.data)["starts_at"] == "2027-05-18T09:00Z"
    assert len(db.session.scalars(select(DraftStep)).all()) == 1


def test_a_move_of_something_that_moved_is_refused_with_what_is_there_now(at: Event, hall: Room, me: PageClient) -> None:
    talk = agenda.session(at, "News", room=hall)
    answer = send(me, slot_now(talk), starts_at="2027-05-18T09:00Z", was="2027-05-18T05:00Z||45")
    assert answer.status_code == 409
    found = json.loads(answer.data)
    assert "it is now Hall" in found["error"]
    assert found["starts_at"] == "2027-05-18T07:00Z"


@pytest.mark.parametrize(
    "values",
    [
        {"starts_at": "2027-02-31T09:00Z"},
        {"starts_at": "' OR 1=1"},
        {"starts_at": "0001-01-01T00:00Z"},
        {"starts_at": "9999-12-31T23:59Z"},
        {"starts_at": "x" * 5000},
        {"room": "99999999999999999999"},
        {"room": "-1"},
        {"room": "²"},
        {"room": "all"},
        {"room": "\x00"},
        {"minutes": "0"},
        {"minutes": "1e9"},
        {"minutes": "99999999999999999999"},
        {"minutes": ""},
    ],
)  # fmt: skip
def test_hostile_moves_are_refused_and_change_nothing(at: Event, hall: Room, me: PageClient, values: dict[str, str]) -> None:
    talk = agenda.session(at, "News", room=hall)
    before = Placing.of(slot_now(talk))
    answer = send(me, slot_now(talk), **({"starts_at": "2027-05-18T09:00Z"} | values))
    if values != {"room": "\x00"}:  # control characters fall away, and no room is left
        assert answer.status_code == 422
        assert json.loads(answer.data)["error"]
        assert Placing.of(slot_now(talk)) == before


def test_undo_takes_back_ones_own_last_step(at: Event, hall: Room, me: PageClient) -> None:
    talk = agenda.session(at, "News", room=hall)
    send(me, slot_now(talk), starts_at="2027-05-18T09:00Z")
    send(me, slot_now(talk), starts_at="", room="")
    for expected in (agenda.day(9), STARTS):
        page = text(me, f"{BASE}?day=2027-05-18")
        step = max(s.id for s in db.session.scalars(select(DraftStep)) if s.undone_at is None)
        done = me.post(f"{BASE}/undo/{step}", data=fields(page, f"/undo/{step}"))
        assert done.status_code == 302
        assert slot_now(talk).starts_at == expected
    assert "Undo my last step" not in text(me, BASE)
    assert text(me, BASE).count("undone") >= 2


def test_undo_of_an_overtaken_step_says_so(at: Event, hall: Room, me: PageClient) -> None:
    talk = agenda.session(at, "News", room=hall)
    send(me, slot_now(talk), starts_at="2027-05-18T09:00Z")
    agenda.place(talk, starts_at=agenda.day(13), room=hall)
    step = db.session.scalars(select(DraftStep)).one().id
    me.post(f"{BASE}/undo/{step}", data=fields(text(me, BASE), f"/undo/{step}"))
    assert "was moved again after this step: it is now Hall" in text(me, BASE)
    assert slot_now(talk).starts_at == agenda.day(13)


def test_readers_see_it_and_change_nothing(at: Event, hall: Room, client: PageClient) -> None:
    talk = agenda.session(at, "News", room=hall)
    client.sign_in(user(None, Role.AUDITOR))
    page = text(client, BASE)
    assert "News" in page
    assert "timetable.js" not in page
    assert "Release …" not in page
    assert client.get(f"{BASE}/{slot_now(talk).id}").status_code == 403


def test_parts_of_another_event_are_the_same_404(at: Event, me: PageClient) -> None:
    theirs = slot_now(agenda.session(event(slug="other")))
    known, unknown = (me.get(f"{BASE}/{id_}") for id_ in (theirs.id, 2**31 - 1))
    assert (known.status_code, unknown.status_code) == (404, 404)
    assert me.get(f"{BASE}/{2**63}").status_code == 404


def test_queries_stay_the_same_and_a_day_stays_small(at: Event, me: PageClient, count_queries: Any) -> None:
    rooms = [agenda.room(at, f"Room number {n} with a name") for n in range(6)]
    petra, path = agenda.speaker(at, "Petra"), f"{BASE}?day=2027-05-18"

    def counted(sessions: int) -> int:
        for n in range(sessions):
            start = agenda.day(7) + timedelta(minutes=45 * (n % 10))
            agenda.session(
                at, f"A session with a title of usual length {n}", room=rooms[n % 6], starts_at=start, speakers=[petra]
            )
        text(me, path)
        with count_queries() as queries:
            text(me, path)
        return len(queries)

    assert counted(1) == counted(69) <= 12
    assert len(me.get(path).data) < 100_000


def test_a_break_without_a_room_is_placed_over_all_rooms_by_the_grid(at: Event, hall: Room, me: PageClient) -> None:
    lunch = agenda.session(at, "Lunch", type=agenda.session_type(at, is_break=True), starts_at=None)
    assert send(me, slot_now(lunch), starts_at="2027-05-18T10:00Z", room="all").status_code == 200
    assert service.slot(at, slot_now(lunch).id).all_rooms
