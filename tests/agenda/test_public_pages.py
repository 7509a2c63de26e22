"""The public agenda: its page in all orders, with filters, in every state, and the pages of sessions and speakers."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask

from eventapp.agenda.models import AgendaPicture, MaterialMoment, SessionLevel, SessionMaterial
from eventapp.core.db import db
from eventapp.events import service as events
from eventapp.events.models import Event, EventFormat, EventStatus
from tests.conftest import NOW
from tests.support import agenda, factories
from tests.support.agenda import day
from tests.support.factories import AT, STARTS
from tests.support.pages import PageClient


@pytest.fixture
def event(app: Flask) -> Event:
    return factories.event(slug="epc", title="Partner Conference")


def filled(event: Event) -> None:
    """Two rooms, two tracks, two days, a break, a speaker; released."""
    hall, lab = agenda.room(event, "Hall"), agenda.room(event, "Lab")
    keynotes, training = agenda.track(event, "Keynotes", colour="#5b2a86"), agenda.track(event, "Training")
    ada = agenda.speaker(event, "Ada Lang", company="Karmin")
    agenda.session(event, "Opening", room=hall, track=keynotes, speakers=[ada], starts_at=day(7), code="OPEN1")
    agenda.session(event, "Sizing", room=lab, track=training, starts_at=day(8), language="de", level=SessionLevel.ADVANCED)
    agenda.session(event, "Closing", room=hall, starts_at=day(8, plus=1), delivery=EventFormat.HYBRID)
    pause = agenda.session_type(event, "Break", is_break=True)
    agenda.session(event, "Coffee", type=pause, starts_at=day(7, 45), minutes=15)
    agenda.release(event, "v1")


def test_before_the_first_release_there_is_a_friendly_page(client: PageClient, event: Event) -> None:
    agenda.session(event, "Not out")
    page = client.get("/events/epc/agenda")
    assert page.status_code == 200
    assert "The agenda is not out yet" in page.text
    assert "Not out" not in page.text
    assert client.get("/events/epc/agenda.ics").status_code == 404
    assert "Agenda" not in client.get("/events/epc/").text


def test_of_a_draft_event_there_is_nothing(client: PageClient) -> None:
    hidden = factories.event(slug="secret", published=False)
    agenda.session(hidden, "Plan", code="PLAN")
    agenda.release(hidden)
    for path in ("agenda", "agenda.ics", "schedule.json", "schedule.xml", "agenda/PLAN", "agenda/PLAN/session.ics"):
        assert client.get(f"/events/secret/{path}").status_code == 404
        assert client.get(f"/events/nothing/{path}").status_code == 404


def test_by_day_shows_the_first_day_and_the_others_are_a_link_away(client: PageClient, event: Event) -> None:
    filled(event)
    page = client.get("/events/epc/agenda").text
    assert "Opening" in page
    assert "09:00–09:45" in page
    assert "Coffee" in page
    assert "Closing" not in page
    assert "Times in Vienna (UTC+2)" in page
    assert "2 sessions" in page
    assert "of 3" in page
    assert "Closing" in client.get("/events/epc/agenda?day=2027-05-19").text
    both = client.get("/events/epc/agenda?day=all").text
    assert "Opening" in both
    assert "Closing" in both


@pytest.mark.parametrize(
    ("view", "heads"),
    [("room", ["Hall", "Lab"]), ("track", ["Keynotes", "No track", "Training"]), ("list", ["Tuesday", "Wednesday"])],
)
def test_other_orders(client: PageClient, event: Event, view: str, heads: list[str]) -> None:
    filled(event)
    page = client.get(f"/events/epc/agenda?view={view}").text
    places = [page.find(f"<bdi>{head}") for head in heads]
    assert -1 not in places
    assert places == sorted(places)
    assert all(title in page for title in ("Opening", "Sizing", "Closing"))


@pytest.mark.parametrize(
    ("query", "there", "gone"),
    [
        ("q=ada", "Opening", "Sizing"),
        ("q=KARMIN+open", "Opening", "Sizing"),
        ("language=de", "Sizing", "Opening"),
        ("level=advanced", "Sizing", "Opening"),
        ("q=nobody", "Nothing found", "Opening"),
        ("track=999&type=x", "Opening", "Nothing found"),
    ],
)
def test_search_and_filters_stand_in_the_address(client: PageClient, event: Event, query: str, there: str, gone: str) -> None:
    filled(event)
    page = client.get(f"/events/epc/agenda?day=all&{query}").text
    assert f">{there}<" in page
    assert f">{gone}<" not in page


def test_own_times_are_one_link_away(client: PageClient, event: Event) -> None:
    filled(event)
    client.set_cookie("tz", "Europe/Dublin")
    page = client.get("/events/epc/agenda").text
    assert "Event time, Vienna (UTC+2)" in page
    assert "Your time, Dublin (UTC+1)" in page
    assert "09:00–09:45" in page
    assert "08:00–08:45" in client.get("/events/epc/agenda?times=own").text
    assert "16:00–16:45" in client.get("/events/epc/agenda?times=Asia/Tokyo").text
    assert "09:00–09:45" in client.get("/events/epc/agenda?times=Nowhere/Land").text


def test_at_a_virtual_event_own_times_come_first(client: PageClient) -> None:
    online = factories.event(slug="online", format=EventFormat.VIRTUAL)
    agenda.session(online, "Stream")
    agenda.release(online)
    client.set_cookie("tz", "Europe/Dublin")
    assert "08:00–08:45" in client.get("/events/online/agenda").text


def test_now_and_next(client: PageClient, event: Event, clock: time_machine.Traveller) -> None:
    filled(event)
    clock.move_to(day(7, 10))
    page = client.get("/events/epc/agenda?view=now").text
    assert page.index(">Now<") < page.index("Opening") < page.index(">Next<") < page.index("Coffee")
    assert "Sizing" not in page
    clock.move_to(day(20, plus=2))
    assert "The last session is over." in client.get("/events/epc/agenda?view=now").text


def test_what_was_cancelled_stays_as_cancelled(client: PageClient, event: Event) -> None:
    filled(event)
    gone = agenda.session(event, "Fragile", starts_at=day(9), code="FRAG", cancel_reason="The speaker is ill.")
    agenda.release(event, "v2")
    agenda.cancel(gone)
    agenda.release(event, "v3")
    assert "Cancelled" in client.get("/events/epc/agenda").text
    page = client.get("/events/epc/agenda/FRAG").text
    assert "This session was cancelled. The speaker is ill." in page
    assert "https://schema.org/EventCancelled" in page


def test_the_page_of_seventy_sessions_is_small_and_kept_for_a_minute(client: PageClient, event: Event) -> None:
    fill_up(event, 70)
    answer = client.get("/events/epc/agenda?view=list")
    assert answer.text.count('class="part"') == 70
    assert len(answer.data) < 100_000
    assert answer.headers["Cache-Control"] == "public, max-age=60, stale-while-revalidate=600"
    assert "no-store" not in answer.headers["Cache-Control"]
    again = client.get("/events/epc/agenda?view=list", headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304
    blocking = [
        tag for tag in answer.text.split("<script")[1:] if "async" not in tag.split(">")[0] and "module" not in tag.split(">")[0]
    ]
    assert blocking == []


def fill_up(event: Event, number: int, per_hour: int = 6) -> None:
    """That many sessions with long words, released."""
    rooms = [agenda.room(event, f"Room with a long name {n}") for n in range(per_hour)]
    track = agenda.track(event, "Alliances and customers")
    speakers = [agenda.speaker(event, f"Maximiliane Oberhuber-Steinbrecher {n}", company="Karmin Software") for n in range(6)]
    for n in range(number):
        agenda.session(
            event,
            f"How forty branch offices stopped worrying and began to measure {n}",
            subtitle="Edge sites with two nodes, and what they cost",
            room=rooms[n % per_hour],
            track=track,
            speakers=[speakers[n % 6], speakers[(n + 1) % 6]],
            starts_at=STARTS + timedelta(hours=n // per_hour),
        )
    agenda.release(event)


def test_a_big_agenda_shows_a_day_at_a_time(client: PageClient, event: Event, monkeypatch: pytest.MonkeyPatch) -> None:
    filled(event)
    monkeypatch.setattr("eventapp.agenda.public.rules.MANY", 2)
    page = client.get("/events/epc/agenda?view=list").text
    assert "Opening" in page
    assert "Closing" not in page
    assert "Closing" in client.get("/events/epc/agenda?view=list&day=all").text


def test_the_same_number_of_queries_whatever_the_size(client: PageClient, event: Event, count_queries: Any) -> None:
    filled(event)
    counts = []
    for query in ("", "?day=all"):
        with count_queries() as queries:
            client.get(f"/events/epc/agenda{query}")
        counts.append(len(queries))
    with count_queries() as kept:
        client.get("/events/epc/agenda")
    assert counts[0] == counts[1] <= 6
    assert len(kept) == 1
    with count_queries() as queries:
        client.get("/events/epc/agenda/OPEN1")
    assert len(queries) <= 9


def test_personal_pages_are_never_kept(client: PageClient, event: Event) -> None:
    filled(event)
    client.sign_in(factories.user())
    answer = client.get("/events/epc/agenda")
    assert "no-store" in answer.headers["Cache-Control"]
    assert "ETag" not in answer.headers


def test_the_event_page_leads_there_and_names_its_sessions(client: PageClient, event: Event) -> None:
    filled(event)
    page = client.get("/events/epc/").text
    assert 'href="/events/epc/agenda"' in page
    assert '"subEvent"' in page
    assert "2027-05-18T09:00:00+02:00" in page


def test_a_session_tells_everything(client: PageClient, event: Event) -> None:
    ada = agenda.speaker(event, "Ada Lang", company="Karmin", code="ADA1", biography_html="<p>Builds things.</p>")
    hall = agenda.room(event, "Hall")
    agenda.session(event, "Opening", subtitle="Welcome", abstract="All **good** things.", room=hall, speakers=[ada], code="OPEN1")
    agenda.release(event)
    page = client.get("/events/epc/agenda/OPEN1").text
    for text in (
        "Opening",
        "Welcome",
        "<strong>good</strong>",
        "Hall",
        "Ada Lang",
        "Tue 18 May 2027, 09:00–09:45",
        "Vienna (UTC+2)",
    ):
        assert text in page
    speaker = client.get("/events/epc/agenda/speakers/ADA1").text
    assert "Builds things." in speaker
    assert "Opening" in speaker
    assert client.get("/events/epc/agenda/speakers/NOBODY").status_code == 404
    assert client.get("/events/epc/agenda/NOTHING").status_code == 404


def test_material_and_recording_wait_for_their_time_and_their_readers(
    client: PageClient, event: Event, clock: time_machine.Traveller
) -> None:
    made = agenda.session(
        event, "Opening", code="OPEN1", recording_url="https://video.example/1", recording_until=day(20, plus=3)
    )
    rows = [
        ("Read first", MaterialMoment.BEFORE, True),
        ("Slides", MaterialMoment.AFTER, True),
        ("Inside", MaterialMoment.BEFORE, False),
    ]
    for n, (title, moment, public) in enumerate(rows):
        file = {"key": f"file-key-{n}", "content": b"data", "name": 'a"\r\nb.pdf'}
        db.session.add(SessionMaterial(session_id=made.id, title=title, moment=moment, is_public=public, **file))
    factories.commit()
    agenda.release(event)
    before = client.get("/events/epc/agenda/OPEN1").text
    assert "Read first" in before
    assert not [text for text in ("Slides", "Inside", "video.example") if text in before]
    assert client.get("/events/epc/agenda/OPEN1/materials/file-key-0").data == b"data"
    assert client.get("/events/epc/agenda/OPEN1/materials/file-key-1").status_code == 404
    assert client.get("/events/epc/agenda/OPEN1/materials/file-key-2").status_code == 404
    clock.move_to(day(20))
    after = client.get("/events/epc/agenda/OPEN1").text
    assert "Slides" in after
    assert "video.example" in after
    file = client.get("/events/epc/agenda/OPEN1/materials/file-key-1")
    assert file.headers["Content-Disposition"] == 'attachment; filename="a___b.pdf"'
    clock.move_to(day(20, plus=4))
    assert "video.example" not in client.get("/events/epc/agenda/OPEN1").text


def test_a_picture_is_kept_for_long_and_is_nothing_but_a_picture(client: PageClient, event: Event) -> None:
    row = {"width": 1, "height": 1, "content": b"\x89PNG", "created_at": AT}
    db.session.add(AgendaPicture(event_id=event.id, key="picture-key-1", mime="image/png", **row))
    db.session.add(AgendaPicture(event_id=event.id, key="picture-key-2", mime="text/html", **row))
    factories.commit()
    answer = client.get("/events/epc/agenda/pictures/picture-key-1")
    assert answer.mimetype == "image/png"
    assert "immutable" in answer.headers["Cache-Control"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    for key in ("picture-key-2", "picture-key-3"):
        assert client.get(f"/events/epc/agenda/pictures/{key}").status_code == 404


def test_a_cancelled_event_says_so(client: PageClient, event: Event) -> None:
    filled(event)
    events.change_status(event, EventStatus.CANCELLED, by=factories.TESTS, now=NOW)
    factories.commit()
    assert "This event was cancelled." in client.get("/events/epc/agenda").text


@pytest.mark.parametrize("title", ["<script>alert(1)</script>", "]]></title>", "a\u202eb", "x" * 200, "{{ 7*7 }}"])
def test_hostile_titles_stay_text(client: PageClient, event: Event, title: str) -> None:
    agenda.session(event, title, code="BAD", track=agenda.track(event, title[:60], colour='"><b>'[:7]))
    agenda.release(event)
    for path in ("agenda", "agenda?view=track", "agenda/BAD", ""):
        page = client.get(f"/events/epc/{path}")
        assert page.status_code == 200
        assert "<script>alert" not in page.text
