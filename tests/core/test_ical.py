"""Calendar files (RFC 5545, 5546)."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar

from eventapp.core.ical import Entry, calendar_file

START = datetime(2027, 5, 18, 7, tzinfo=UTC)
ENTRY = Entry(
    uid="abc@events.test",
    sequence=3,
    start=START,
    end=START + timedelta(hours=8),
    summary="Summit",
    location="Messe, Wien",
    description="Bring; this, and \\ that\nand more",
    url="http://events.test/r/abc",
    organizer=("Karmin; Events", "events@karmin.example"),
    attendee=("Ada Lang", "ada@donau.example"),
    stamp=datetime(2027, 1, 10, tzinfo=UTC),
)
TEXTS = st.text(st.characters(blacklist_categories=["Cs", "Cc"]), max_size=120)


def test_a_request() -> None:
    text = calendar_file(ENTRY)
    assert text.startswith("BEGIN:VCALENDAR\r\n")
    for line in (
        "VERSION:2.0",
        "METHOD:REQUEST",
        "UID:abc@events.test",
        "SEQUENCE:3",
        "STATUS:CONFIRMED",
        "DTSTART:20270518T070000Z",
    ):
        assert f"\r\n{line}\r\n" in text
    assert "LOCATION:Messe\\, Wien" in text
    assert "PARTSTAT=ACCEPTED" in text.upper().replace("\r\n ", "")


def test_a_cancellation_and_a_publication() -> None:
    gone = calendar_file(replace(ENTRY, cancelled=True))
    assert "METHOD:CANCEL" in gone
    assert "STATUS:CANCELLED" in gone
    published = calendar_file(ENTRY, published=True)
    assert "METHOD:PUBLISH" in published
    assert "ATTENDEE" not in published


@given(summary=TEXTS, name=TEXTS, place=TEXTS)
def test_any_text_stays_text_in_short_lines(summary: str, name: str, place: str) -> None:
    entry = replace(
        ENTRY, summary=summary, location=place, attendee=(name, "ada@donau.example"), organizer=(name, "o@karmin.example")
    )
    text = calendar_file(entry)
    assert all(len(line.encode()) <= 75 for line in text.split("\r\n"))
    (found,) = Calendar.from_ical(text).walk("VEVENT")
    assert str(found["SUMMARY"]) == summary
    assert str(found["LOCATION"]) == place
    assert str(found["ATTENDEE"]) == "mailto:ada@donau.example"
    assert len(Calendar.from_ical(text).walk()) == 2


@pytest.mark.parametrize(
    "bad", ["x\r\nATTENDEE:mailto:evil@x.example", "x\nEND:VEVENT", "x\r\n\r\nBEGIN:VALARM", 'x";CN=evil:mailto:evil@x.example']
)
def test_no_text_becomes_a_line_of_its_own(bad: str) -> None:
    entry = replace(
        ENTRY,
        summary=bad,
        description=bad,
        location=bad,
        attendee=(bad, "ada@donau.example"),
        organizer=(bad, "o@karmin.example"),
    )
    lines = calendar_file(entry).replace("\r\n ", "").split("\r\n")
    names = [line.partition(":")[0].partition(";")[0] for line in lines if line]
    assert names.count("ATTENDEE") == names.count("ORGANIZER") == names.count("END") - 1 == 1
    assert "BEGIN:VALARM" not in lines
    assert not any("evil@x.example" in line and line.startswith(("ATTENDEE:", "ATTENDEE;CN=x:")) for line in lines)
