"""Organizer pages of the draft: rooms, tracks, types, sessions and their parts, speakers, material, pictures."""

import io
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from PIL import Image
from sqlalchemy import select
from werkzeug.test import TestResponse

from eventapp.agenda.content import catalogue, sessions
from eventapp.agenda.content.sessions import SessionDetails
from eventapp.agenda.models import (
    AgendaPicture,
    AgendaSession,
    Room,
    RoomHours,
    SessionAudience,
    SessionMaterial,
    SessionSlot,
    SessionSpeaker,
    SessionStatus,
    SessionType,
    Speaker,
    SpeakerAway,
    SpeakerTask,
    Track,
)
from eventapp.core.db import db
from eventapp.events.models import Event
from eventapp.places.models import Pool
from tests.conftest import NOW
from tests.registrations.test_statements import statements
from tests.support import agenda, browsing, factories
from tests.support.browsing import summary
from tests.support.factories import TESTS
from tests.support.pages import PageClient


@pytest.fixture
def event(app: Flask) -> Event:
    return factories.event(title="Summit")


@pytest.fixture
def organizer(client: PageClient) -> PageClient:
    return client.sign_in(factories.organizer())


def address(event: Event, page: str = "") -> str:
    return f"/admin/events/{event.slug}/agenda/{page}"


def send(client: PageClient, page: str, /, *, to: str | None = None, **values: Any) -> TestResponse:
    """Fills the values into the page's form and sends it."""
    return browsing.send(client, page, values, action=to)


def press(client: PageClient, page: str, path: str) -> TestResponse:
    """Presses the button whose address begins with the page's and ends with `path`; follows where it leads."""
    return client.get(browsing.press(client, page, page.partition("?")[0].rstrip("/") + path).location)


def fresh(model: type[Any], *conditions: Any) -> Any:
    db.session.expire_all()
    return db.session.scalars(select(model).where(*conditions)).one()


def counted(client: PageClient, url: str) -> int:
    """The statements that a page needs."""
    with statements() as found:
        assert client.get(url).status_code == 200
    return len(found)


def act(client: PageClient, event: Event, path: str) -> TestResponse:
    """Presses a button of the page of rooms, tracks and types."""
    return client.get(browsing.press(client, address(event, "catalogue/"), address(event, path)).location)


def test_an_agenda_starts_with_the_usual_types(organizer: PageClient, event: Event) -> None:
    assert "No agenda yet" in organizer.get(address(event)).text
    press(organizer, address(event), "/types/usual")
    names = db.session.scalars(select(SessionType.name).order_by(SessionType.position)).all()
    assert names[0] == "Keynote"
    assert names[-1] == "Break"
    assert len(names) == 7
    assert "No sessions yet" in organizer.get(address(event)).text
    assert catalogue.add_usual_types(event, by=TESTS, at=NOW) == 0


def test_rooms_have_hours_in_local_time(organizer: PageClient, event: Event) -> None:
    page = address(event, "rooms/new")
    times = {"from_1": "2027-05-18T08:00", "until_1": "2027-05-18T19:00"}
    answer = send(organizer, page, name="Donau Room", capacity="260", changeover="10", **times)
    assert answer.status_code == 302
    room, hours = fresh(Room), fresh(RoomHours)
    assert (room.name, room.capacity, room.changeover) == ("Donau Room", 260, 10)
    assert hours.starts_at.isoformat() == "2027-05-18T06:00:00+00:00"
    again = send(organizer, page, name="donau room")
    assert again.status_code == 409
    assert "There is one of that name already." in summary(again)
    half = send(organizer, address(event, f"rooms/{room.id}"), until_1="")
    assert half.status_code == 422
    assert "Say both from when and until when." in summary(half)
    stale = send(organizer, address(event, f"rooms/{room.id}"), version="99", description="Level 2")
    assert stale.status_code == 409
    assert "Level 2" in stale.text


def test_what_is_in_use_is_not_deleted(organizer: PageClient, event: Event) -> None:
    track, room = agenda.track(event, "Keynotes"), agenda.room(event, "Hall")
    agenda.session(event, "Opening", track=track, room=room)
    for path in (f"tracks/{track.id}/delete", f"rooms/{room.id}/delete"):
        assert "is in use" in act(organizer, event, path).text
    assert fresh(Track)
    assert fresh(Room)
    spare = agenda.room(event, "Spare")
    act(organizer, event, f"rooms/{spare.id}/up")
    assert [r.name for r in db.session.scalars(select(Room).order_by(Room.position))] == ["Spare", "Hall"]
    act(organizer, event, f"rooms/{spare.id}/delete")
    assert fresh(Room).name == "Hall"


def test_colours_are_a_style_sheet_of_checked_values(organizer: PageClient, event: Event) -> None:
    bad = send(organizer, address(event, "tracks/new"), name="A", colour="red;}body{display:none")
    assert bad.status_code == 422
    assert "Choose a colour" in summary(bad)
    assert send(organizer, address(event, "tracks/new"), name="A", colour="#5B2A86", most_each="2").status_code == 302
    track = fresh(Track)
    sheet = organizer.get(address(event, "tracks.css"))
    assert sheet.text == f".track-{track.id}{{--track:#5b2a86}}\n"
    assert sheet.mimetype == "text/css"


def test_a_session_is_added_changed_and_cancelled(organizer: PageClient, event: Event) -> None:
    kind, track = agenda.session_type(event, "Talk"), agenda.track(event, "Product updates")
    typed = {
        "title": "Sizing <b>small</b>",
        "type": str(kind.id),
        "track": str(track.id),
        "abstract": "**Many**<script>x</script>",
    }
    assert send(organizer, address(event, "sessions/new"), signs_up="y", capacity="20", **typed).status_code == 302
    session, slot = fresh(AgendaSession), fresh(SessionSlot)
    assert session.abstract_html == "<p><strong>Many</strong>&lt;script&gt;x&lt;/script&gt;</p>\n"
    assert (slot.minutes, slot.number, slot.starts_at) == (45, 1, None)
    assert fresh(Pool, Pool.id == session.pool_id).capacity == 20
    page = organizer.get(address(event, f"sessions/{session.code}"))
    assert "Sizing &lt;b&gt;small&lt;/b&gt;" in page.text
    assert "not placed" in page.text
    changed = send(organizer, address(event, f"sessions/{session.code}/edit"), title="Sizing", capacity="30")
    assert changed.status_code == 302
    assert fresh(Pool, Pool.id == session.pool_id).capacity == 30
    stale = send(organizer, address(event, f"sessions/{session.code}/edit"), title="Mine", version="1")
    assert stale.status_code == 409
    assert "Mine" in stale.text
    assert "Sizing" in stale.text
    press(organizer, address(event, f"sessions/{session.code}"), "/delete")
    assert db.session.scalars(select(AgendaSession)).all() == []


def test_a_released_session_is_cancelled_and_not_deleted(organizer: PageClient, event: Event) -> None:
    session = agenda.session(event, "Opening")
    with pytest.raises(Exception, match="not cancelled"):
        sessions.restore_session(session, by=TESTS, at=NOW)
    page = address(event, f"sessions/{session.code}/cancel")
    assert send(organizer, page, reason="The speaker is ill").status_code == 302
    assert fresh(AgendaSession).status is SessionStatus.CANCELLED
    assert send(organizer, page).status_code == 409
    shown = organizer.get(address(event, f"sessions/{session.code}")).text
    assert "The speaker is ill" in shown
    press(organizer, address(event, f"sessions/{session.code}"), "/restore")
    assert fresh(AgendaSession).status is SessionStatus.CONFIRMED


def test_nobody_loses_a_place_by_a_switched_off_sign_up(organizer: PageClient, event: Event) -> None:
    session = agenda.session(event, "Lab", signs_up=True, capacity=1)
    agenda.sign_up(factories.registration(event, factories.organisation()), session)
    answer = send(organizer, address(event, f"sessions/{session.code}/edit"), signs_up=None)
    assert answer.status_code == 409
    assert "People have signed up." in summary(answer)
    assert fresh(AgendaSession).signs_up


def test_parts(organizer: PageClient, event: Event) -> None:
    session = agenda.session(event, "Build a plan")
    press(organizer, address(event, f"sessions/{session.code}"), "/parts")
    first, second = db.session.scalars(select(SessionSlot).order_by(SessionSlot.part))
    assert (second.part, second.number) == (2, first.number + 1)
    edit = address(event, f"sessions/{session.code}/parts/{second.id}")
    assert send(organizer, edit, label="Part 2 of 2", minutes="90").status_code == 302
    assert "Part 2 of 2" in organizer.get(address(event, f"sessions/{session.code}")).text
    assert send(organizer, edit, minutes="0").status_code == 422
    press(organizer, address(event, f"sessions/{session.code}"), f"/parts/{second.id}/remove")
    assert fresh(SessionSlot).id == first.id
    with pytest.raises(Exception, match="at least one part"):
        sessions.remove_part(session, first, by=TESTS, at=NOW)


def test_who_speaks_in_which_order(organizer: PageClient, event: Event) -> None:
    session, one, two = agenda.session(event), agenda.speaker(event, "Søren Friis"), agenda.speaker(event, "Zoë O'Brien")
    page = address(event, f"sessions/{session.code}")
    for speaker in (one, two, two):
        send(organizer, page, to=f"{page}/speakers", speaker=str(speaker.id))
    press(organizer, page, f"/speakers/{two.id}/up")
    rows = db.session.scalars(select(SessionSpeaker).order_by(SessionSpeaker.position)).all()
    assert [r.speaker_id for r in rows] == [two.id, one.id]
    press(organizer, page, f"/speakers/{two.id}/remove")
    assert fresh(SessionSpeaker).speaker_id == one.id
    other = factories.event(slug="other")
    stranger = agenda.speaker(other)
    send(organizer, page, to=f"{page}/speakers", speaker=str(stranger.id))
    assert fresh(SessionSpeaker).speaker_id == one.id
    assert organizer.get(f"/admin/events/other/agenda/sessions/{session.code}").status_code == 404


def test_who_may_come(organizer: PageClient, event: Event) -> None:
    session = agenda.session(event)
    page = address(event, f"sessions/{session.code}/audience/tier")
    assert send(organizer, page, values=["premier", "advanced"]).status_code == 302
    assert sorted(fresh(SessionAudience).values) == ["advanced", "premier"]
    assert "Premier" in organizer.get(address(event, f"sessions/{session.code}")).text
    assert send(organizer, page, values=["nonsense"]).status_code == 422
    assert send(organizer, page, values=[]).status_code == 302
    assert db.session.scalars(select(SessionAudience)).all() == []


def test_material_is_a_link_or_a_file(organizer: PageClient, event: Event) -> None:
    session = agenda.session(event)
    page = address(event, f"sessions/{session.code}/material/new")
    assert send(organizer, page, title="Slides", url="https://slides.example/1").status_code == 302
    for url in ("javascript:alert(1)", "http://x", "ftp://files.example/1"):
        assert send(organizer, page, title="Slides", url=url).status_code == 422, url
    neither = send(organizer, page, title="Slides")
    assert neither.status_code == 422
    assert "Give either a link or a file." in summary(neither)
    for name, content in (("a.svg", b"<svg/>"), ("a.pdf", b"<html>"), ("a.html", b"%PDF-")):
        bad = send(organizer, page, title="Slides", file=(io.BytesIO(content), name))
        assert bad.status_code == 422, name
    good = send(organizer, page, title="Paper", moment="after", file=(io.BytesIO(b"%PDF-1.7"), "../../é paper.pdf"))
    assert good.status_code == 302
    rows = db.session.scalars(select(SessionMaterial).order_by(SessionMaterial.id)).all()
    assert [(r.title, r.name) for r in rows] == [("Slides", ""), ("Paper", "é paper.pdf")]
    press(organizer, address(event, f"sessions/{session.code}"), f"/material/{rows[1].id}/delete")
    assert fresh(SessionMaterial).title == "Slides"


def test_a_speaker_with_picture_and_times(organizer: PageClient, event: Event) -> None:
    company = factories.organisation("Donau AG", domain="donau.example")
    person = factories.person(company, "Petra", "Stein", "petra@donau.example")
    data = io.BytesIO()
    Image.new("RGB", (900, 300), "red").save(data, "JPEG")
    data.seek(0)
    typed = {"name": "Petra Stein", "address": "petra@donau.example", "biography": "*Plans*"}
    times = {"from_1": "2027-05-18T08:00", "until_1": "2027-05-18T12:00"}
    answer = send(organizer, address(event, "speakers/new"), **typed, **times, picture=(data, "me.jpg"))
    assert answer.status_code == 302
    speaker, away, picture = fresh(Speaker), fresh(SpeakerAway), fresh(AgendaPicture)
    assert speaker.person_id == person.id
    assert away.ends_at - away.starts_at == timedelta(hours=4)
    assert (picture.width, picture.height) == (480, 160)
    shown = organizer.get(address(event, f"speakers/{speaker.id}")).text
    assert "petra@donau.example" in shown
    assert "<em>Plans</em>" in shown
    got = organizer.get(address(event, f"speakers/{speaker.id}/picture"))
    assert got.mimetype == "image/jpeg"
    assert Image.open(io.BytesIO(got.data)).size == (480, 160)
    twice = send(organizer, address(event, "speakers/new"), **typed)
    assert twice.status_code == 409
    assert "speaks here already" in summary(twice)
    unknown = send(organizer, address(event, "speakers/new"), name="X", address="nobody@nowhere.example")
    assert unknown.status_code == 409
    assert "Nobody in the partner list has this address." in summary(unknown)
    broken = send(organizer, address(event, f"speakers/{speaker.id}/edit"), picture=(io.BytesIO(b"<svg>"), "me.jpg"))
    assert broken.status_code == 422
    assert send(organizer, address(event, f"speakers/{speaker.id}/edit"), no_picture="y").status_code == 302
    assert db.session.scalars(select(AgendaPicture)).all() == []


def test_what_a_speaker_still_owes(organizer: PageClient, event: Event) -> None:
    speaker = agenda.speaker(event, "Søren Friis")
    page = address(event, f"speakers/{speaker.id}")
    assert send(organizer, page, to=f"{page}/tasks", title="Slides", due_at="2020-01-01T12:00").status_code == 302
    task = fresh(SpeakerTask)
    assert "Late" in organizer.get(page).text
    assert organizer.get(address(event, "speakers/?owes=yes")).text.count("Søren Friis") == 1
    press(organizer, page, f"/tasks/{task.id}/done")
    assert fresh(SpeakerTask).done_at is not None
    assert "Søren Friis" not in organizer.get(address(event, "speakers/?owes=yes")).text


def test_the_lists_need_as_many_queries_for_three_as_for_one(organizer: PageClient, event: Event) -> None:
    def rows(n: int) -> None:
        for _n in range(n):
            agenda.session(event, speakers=[agenda.speaker(event)], track=agenda.track(event), room=agenda.room(event))

    pages = [address(event, page) for page in ("", "catalogue/", "speakers/")]
    rows(1)
    few = [counted(organizer, page) for page in pages]
    rows(2)
    assert [counted(organizer, page) for page in pages] == few
    assert max(few) <= 12
    listed = organizer.get(address(event, "?placed=no")).text
    assert "Nothing found" in listed


def test_numbers_go_on_where_a_file_ended(app: Flask, event: Event) -> None:
    kind = agenda.session_type(event)
    details = SessionDetails(title="From a file", type_id=kind.id)
    sessions.create_session(event, details, [45, 60], by=TESTS, at=NOW, numbers=[2701, 2702], guids=["a", "b"])
    made = sessions.create_session(event, details, 30, by=TESTS, at=NOW)
    factories.commit()
    slots = db.session.scalars(select(SessionSlot).order_by(SessionSlot.number)).all()
    assert [(s.number, s.part) for s in slots] == [(2701, 1), (2702, 2), (2703, 1)]
    assert slots[-1].session_id == made.id
    assert slots[0].guid == "a"
