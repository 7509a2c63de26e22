"""The public files of an agenda: each clause of their formats, hostile texts, and times over the changes of the clocks."""

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any
from xml.etree import ElementTree as ET
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from icalendar import Calendar

from eventapp.agenda.models import AgendaPicture
from eventapp.core.db import db
from eventapp.events.models import Event, EventFormat
from tests.agenda.schedule_rules import problems_of_json, problems_of_xml
from tests.support import agenda, factories
from tests.support.agenda import day
from tests.support.factories import AT
from tests.support.pages import PageClient

HOSTILE = ("]]></title><evil/>", "a\x01b\x0bc", "x\r\nATTENDEE:mailto:evil@x.example", "END:VEVENT", '"quotes" & <b>', "a\ufffeb")


@pytest.fixture
def event(app: Flask) -> Event:
    return factories.event(slug="epc-2027", title="Partner Conference")


def filled(event: Event) -> None:
    """What every clause needs: rooms, tracks, speakers, breaks, two days, a picture, parts, something cancelled and unlisted."""
    hall, lab = agenda.room(event, "Hall"), agenda.room(event, "Lab")
    picture = AgendaPicture(
        event_id=event.id, key="picture-key", mime="image/png", width=1, height=1, content=b"x", created_at=AT
    )
    db.session.add(picture)
    db.session.flush()
    ada = agenda.speaker(event, "Ada Lang", company="Karmin")
    track = agenda.track(event, "Keynotes")
    values = {"room": hall, "track": track, "speakers": [ada], "abstract": "All **good**\n\nthings."}
    agenda.session(event, "Opening", subtitle="Welcome; all", code="OPEN1", picture_id=picture.id, **values)
    long = agenda.session(event, "Workshop", room=lab, starts_at=day(8), code="WORK1")
    agenda.slot(long, starts_at=day(10), room=hall, label="Part two")
    agenda.session(event, "Closing", room=hall, starts_at=day(8, plus=1), minutes=90)
    pause = agenda.session_type(event, "Break", is_break=True)
    agenda.session(event, "Coffee", type=pause, starts_at=day(7, 45), minutes=15)
    agenda.session(event, "Hidden", room=lab, listed=False, starts_at=day(9))
    gone = agenda.session(event, "Gone", room=lab, starts_at=day(11))
    agenda.release(event, "v1")
    agenda.cancel(gone)
    agenda.release(event, "v2")


def test_schedule_xml_is_valid(client: PageClient, event: Event) -> None:
    filled(event)
    answer = client.get("/events/epc-2027/schedule.xml")
    assert answer.content_type == "application/xml; charset=utf-8"
    assert problems_of_xml(answer.data) == []
    root = ET.fromstring(answer.data)
    assert root.findtext("version") == "v2"
    assert root.findtext("conference/acronym") == "epc2027"
    assert root.findtext("conference/timeslot_duration") == "00:15"
    titles = [node.text for node in root.iterfind("day/room/event/title")]
    assert sorted(filter(None, titles)) == ["Closing", "Coffee", "Opening", "Workshop", "Workshop"]
    assert [node.get("name") for node in root.iterfind("day/room")] == ["Hall", "Lab", "Hall"]
    assert all(node.get("guid") for node in root.iterfind("day/room"))
    first = next(node for node in root.iterfind("day/room/event") if node.findtext("title") == "Opening")
    assert first.findtext("date") == "2027-05-18T09:00:00+02:00"
    assert first.findtext("abstract") == "All good\nthings."
    assert first.findtext("persons/person") == "Ada Lang"
    assert first.findtext("duration") == "00:45"
    assert first.find("links/link").get("href") == "http://events.test/events/epc-2027/agenda/OPEN1"  # type: ignore[union-attr]


def test_the_rules_find_what_is_wrong(client: PageClient, event: Event) -> None:
    """The control: the validator of these tests can fail."""
    filled(event)
    text = client.get("/events/epc-2027/schedule.xml").text
    for wrong, right in (
        ("<tracc>", "<track>"), ("<duration>45", "<duration>00:45"), ('id="0"', 'id="1"'), ("09:01<", "09:00<"),
    ):  # fmt: skip
        broken = text.replace(right, wrong).replace("</track>", "</tracc>" if "tracc" in wrong else "</track>")
        assert broken != text, right
        assert problems_of_xml(broken.encode()), wrong


def test_schedule_json_is_valid(client: PageClient, event: Event) -> None:
    filled(event)
    answer = client.get("/events/epc-2027/schedule.json")
    assert answer.mimetype == "application/json"
    found = answer.get_json()
    assert problems_of_json(found) == []
    conference = found["schedule"]["conference"]
    assert (conference["start"], conference["end"], conference["daysCount"]) == ("2027-05-18", "2027-05-19", 2)
    assert conference["time_zone_name"] == "Europe/Vienna"
    opening = next(e for e in conference["days"][0]["rooms"]["Hall"] if e["title"] == "Opening")
    assert opening["logo"] == "http://events.test/events/epc-2027/agenda/pictures/picture-key"
    assert opening["persons"][0]["public_name"] == "Ada Lang"
    assert {"links", "attachments"} <= opening.keys()
    again = client.get("/events/epc-2027/schedule.json", headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304


def test_the_calendar_holds_every_clause(client: PageClient, event: Event) -> None:
    filled(event)
    answer = client.get("/events/epc-2027/agenda.ics")
    assert answer.content_type == "text/calendar; charset=utf-8"
    lines = answer.text.split("\r\n")
    assert "\n" not in answer.text.replace("\r\n", "")
    assert all(len(line.encode()) <= 75 for line in lines)
    assert {"VERSION:2.0", "METHOD:PUBLISH", "X-WR-CALNAME:Partner Conference"} <= set(lines)
    calendar = Calendar.from_ical(answer.text)
    assert "PRODID" in calendar
    found = {str(one["SUMMARY"]): one for one in calendar.walk("VEVENT")}
    assert set(found) == {"Opening", "Workshop", "Workshop: Part two", "Closing", "Coffee", "Gone"}
    assert str(found["Gone"]["STATUS"]) == "CANCELLED"
    assert found["Gone"]["SEQUENCE"] > 0
    assert found["Opening"]["DTSTART"].dt == datetime(2027, 5, 18, 7, tzinfo=UTC)
    assert str(found["Opening"]["LOCATION"]) == "Hall, Messe, Wien"
    for one in found.values():
        assert {"UID", "DTSTAMP", "DTSTART", "DTEND", "SEQUENCE", "LAST-MODIFIED", "URL"} <= one.keys()
        assert "DURATION" not in one
    assert len({str(one["UID"]) for one in found.values()}) == 6
    assert "mailto:" not in answer.text
    again = client.get("/events/epc-2027/agenda.ics", headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304


def test_a_file_of_one_session(client: PageClient, event: Event) -> None:
    filled(event)
    answer = client.get("/events/epc-2027/agenda/WORK1/session.ics")
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="epc-2027-')
    assert len(Calendar.from_ical(answer.text).walk("VEVENT")) == 2
    all_of_it = client.get("/events/epc-2027/agenda.ics").text
    for one in Calendar.from_ical(answer.text).walk("VEVENT"):
        assert str(one["UID"]) in all_of_it


def test_a_moved_session_keeps_its_uid_and_its_number_grows(client: PageClient, event: Event) -> None:
    lab = agenda.session(event, "Lab")
    agenda.release(event)
    uids, numbers = set(), []
    for hour in (8, 9, 10):
        (one,) = Calendar.from_ical(client.get("/events/epc-2027/agenda.ics").text).walk("VEVENT")
        uids.add(str(one["UID"]))
        numbers.append(one["SEQUENCE"])
        agenda.place(lab, starts_at=day(hour))
        agenda.release(event)
    assert len(uids) == 1
    assert numbers == sorted(set(numbers))


def test_jsonld_says_when_a_moved_session_would_have_started(client: PageClient, event: Event) -> None:
    lab = agenda.session(event, "Lab", code="LAB001")
    agenda.release(event)
    agenda.place(lab, starts_at=day(9))
    agenda.release(event)
    found = jsonld(client.get("/events/epc-2027/agenda/LAB001").text)
    assert found["startDate"] == "2027-05-18T11:00:00+02:00"
    assert found["previousStartDate"] == "2027-05-18T09:00:00+02:00"
    assert found["eventStatus"] == "https://schema.org/EventRescheduled"


def test_jsonld_of_a_session(client: PageClient, event: Event) -> None:
    filled(event)
    found = jsonld(client.get("/events/epc-2027/agenda/OPEN1").text)
    assert found["@context"] == "https://schema.org"
    assert found["@type"] == "Event"
    assert found["startDate"] == "2027-05-18T09:00:00+02:00"
    assert found["endDate"] == "2027-05-18T09:45:00+02:00"
    assert found["eventStatus"] == "https://schema.org/EventScheduled"
    assert found["eventAttendanceMode"] == "https://schema.org/OfflineEventAttendanceMode"
    assert found["location"]["@type"] == "Place"
    assert found["location"]["name"] == "Hall"
    assert found["location"]["address"]["addressLocality"] == "Wien"
    assert found["superEvent"]["name"] == "Partner Conference"
    assert found["performer"] == [{"@type": "Person", "name": "Ada Lang"}]
    whole = jsonld(client.get("/events/epc-2027/").text)
    assert sorted({one["name"] for one in whole["subEvent"]}) == ["Closing", "Gone", "Opening", "Workshop"]


@pytest.mark.parametrize(
    ("delivery", "kinds"),
    [(EventFormat.VIRTUAL, ["VirtualLocation"]), (EventFormat.HYBRID, ["Place", "VirtualLocation"])],
)
def test_jsonld_says_how_to_follow(client: PageClient, event: Event, delivery: EventFormat, kinds: list[str]) -> None:
    agenda.session(event, "Stream", delivery=delivery, code="STREAM")
    agenda.release(event)
    location = jsonld(client.get("/events/epc-2027/agenda/STREAM").text)["location"]
    assert [one["@type"] for one in (location if isinstance(location, list) else [location])] == kinds


def jsonld(page: str) -> dict[str, Any]:
    found = re.search(r'<script type="application/ld\+json">(.*?)</script>', page, re.DOTALL)
    assert found
    read = json.loads(found[1])
    assert isinstance(read, dict)
    return read


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_texts_come_out_valid(client: PageClient, event: Event, text: str) -> None:
    room, track = agenda.room(event, text), agenda.track(event, text)
    speaker = agenda.speaker(event, text, company=text)
    agenda.session(event, text, subtitle=text, abstract=text, room=room, track=track, speakers=[speaker], language=text[:20])
    agenda.release(event, text)
    assert problems_of_xml(client.get("/events/epc-2027/schedule.xml").data) == []
    assert problems_of_json(client.get("/events/epc-2027/schedule.json").get_json()) == []
    answer = client.get("/events/epc-2027/agenda.ics").text
    lines = answer.replace("\r\n ", "").split("\r\n")
    names = [line.partition(":")[0].partition(";")[0] for line in lines if line]
    assert names.count("BEGIN") == names.count("END") == 2
    assert "ATTENDEE" not in names
    assert not re.search(r"[\x00-\x08\x0b\x0c\x0e-\x1f]", answer)
    assert len(Calendar.from_ical(answer).walk("VEVENT")) == 1


ZONES = ("Europe/Vienna", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe")


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("month", [3, 4, 10, 11])
def test_times_are_right_in_four_zones_over_both_changes_of_the_clocks(client: PageClient, zone: str, month: int) -> None:
    """A session every day of the month at the same moment in UTC: wherever the clocks change, all formats agree."""
    start = datetime(2027, month, 1, 0, 30, tzinfo=UTC)
    event = factories.event(slug="zones", time_zone=zone, starts_at=start, ends_at=start + timedelta(days=31))
    for n in range(0, 30, 3):
        for step in (0, 1):
            agenda.session(event, f"D{n + step}", starts_at=start + timedelta(days=n + step), minutes=60)
    agenda.release(event)
    xml = client.get("/events/zones/schedule.xml").data
    assert problems_of_xml(xml) == []
    found = client.get("/events/zones/schedule.json").get_json()
    assert problems_of_json(found) == []
    calendar = {
        str(one["SUMMARY"]): one["DTSTART"].dt
        for one in Calendar.from_ical(client.get("/events/zones/agenda.ics").text).walk("VEVENT")
    }
    events = [e for d in found["schedule"]["conference"]["days"] for room in d["rooms"].values() for e in room]
    assert len(events) == len(calendar) == 20
    for one in events:
        n = int(one["title"][1:])
        moment = start + timedelta(days=n)
        local = moment.astimezone(ZoneInfo(zone))
        assert one["date"] == local.isoformat()
        assert datetime.fromisoformat(one["date"]) == calendar[one["title"]] == moment
    page = client.get("/events/zones/agenda?view=list&day=all").text
    for one in events:
        local = datetime.fromisoformat(one["date"]).astimezone(ZoneInfo(zone))
        assert f"{local:%H:%M}–" in page


def test_links_come_from_the_settings_alone(client: PageClient, event: Event) -> None:
    filled(event)
    for path in ("agenda.ics", "schedule.json", "schedule.xml", "agenda/OPEN1/session.ics"):
        text = client.get(f"/events/epc-2027/{path}", headers={"X-Forwarded-Host": "evil.example"}).text
        assert "evil.example" not in text
        assert "http://events.test/events/epc-2027/agenda/OPEN1" in text


def test_nothing_comes_from_an_address(client: PageClient, event: Event) -> None:
    person = factories.person(None, "Zoe", "Zander", "zoe.zander@secret.example")
    agenda.session(event, "Talk", speakers=[agenda.speaker(event, person=person)])
    agenda.release(event)
    for path in ("agenda", "agenda.ics", "schedule.json", "schedule.xml"):
        text = client.get(f"/events/epc-2027/{path}").text
        assert "secret.example" not in text
        assert "zoe.zander" not in text.lower()
