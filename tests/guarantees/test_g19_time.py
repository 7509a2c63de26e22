"""G19: time is right twice a year. Page, mail and calendar say the same moment over the clock changes of five zones."""

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from icalendar import Calendar
from sqlalchemy import select

from eventapp.core import times
from eventapp.core.db import db
from eventapp.mail.models import OutboxMail
from eventapp.partners.models import Person
from tests.guarantees.world import browser
from tests.support import factories

ZONES = ["Europe/Vienna", "Africa/Cairo", "Asia/Dubai", "America/New_York", "America/Sao_Paulo"]
SPAN = re.compile(
    r"(\w{3}) (\d{1,2} \w{3} \d{4}), (\d\d:\d\d)(?:–| – \w{3} (\d{1,2} \w{3} \d{4}), )(\d\d:\d\d)\s*(?:<[^>]*>\s*)*"
    r"(?:your time, )?([\w .]+) \(UTC([+−]\d+(?::\d\d)?)?\)"
)

# Where clocks change in between, each end has its own offset.
CHANGING = re.compile(
    r"\w{3} (\d{1,2} \w{3} \d{4}), (\d\d:\d\d) \(UTC([+−]\d+(?::\d\d)?)?\) – (?:\w{3} (\d{1,2} \w{3} \d{4}), )?(\d\d:\d\d) "
    r"\(UTC([+−]\d+(?::\d\d)?)?\)\s*(?:<[^>]*>\s*)*(?:your time, )?([\w .]+)"
)
LASTS = timedelta(hours=3)


def changes(zone: str, year: int = 2027) -> list[datetime]:
    """The moments at which the clocks of a zone change in a year, in UTC; a plain one where they never do."""
    tz, found = ZoneInfo(zone), []
    moment = datetime(year, 1, 1, tzinfo=UTC)
    while moment.year == year:
        following = moment + timedelta(hours=1)
        if moment.astimezone(tz).utcoffset() != following.astimezone(tz).utcoffset():
            found.append(following)
        moment = following
    return found or [datetime(year, 6, 1, tzinfo=UTC)]


def moments_in(text: str) -> set[tuple[datetime, str]]:
    """The starts that a text names, in UTC, each with its city."""
    found = set()
    for _weekday, day, clock, _last_day, _end, place, offset in SPAN.findall(text):
        found.add((moment_of(day, clock, offset), place.strip()))
    for day, clock, offset, last_day, last_clock, last_offset, place in CHANGING.findall(text):
        start = moment_of(day, clock, offset)
        assert offset != last_offset
        assert moment_of(last_day or day, last_clock, last_offset) - start == LASTS
        found.add((start, place.strip()))
    return found


def moment_of(day: str, clock: str, offset: str) -> datetime:
    local = datetime.strptime(f"{parse_date_text(day)} {clock}", "%Y-%m-%d %H:%M")  # noqa: DTZ007 - offset below
    hours, _, minutes = (offset or "+0").replace("−", "-").partition(":")
    delta = timedelta(hours=int(hours), minutes=int(minutes or 0) * (-1 if hours.startswith("-") else 1))
    return (local - delta).replace(tzinfo=UTC)


def parse_date_text(day: str) -> str:
    return datetime.strptime(day, "%d %b %Y").strftime("%Y-%m-%d")  # noqa: DTZ007 - a date


def told(app: Flask, zone: str, start: datetime) -> dict[str, set[tuple[datetime, str]]]:
    """What page, link and mail say about an event that starts then, and the calendar's moment."""
    company = factories.organisation()
    event = factories.event(time_zone=zone, starts_at=start, ends_at=start + LASTS)
    address = f"p{event.id}@x.example"
    one = factories.registration(event, company, email=address)
    db.session.get_one(Person, one.person_id).time_zone = "Asia/Kathmandu"
    again = factories.registration(event, company, email=f"q{event.id}@x.example")
    factories.commit()
    client = browser(app)
    mail = db.session.scalars(select(OutboxMail).where(OutboxMail.to_address == f"q{event.id}@x.example")).one()
    (entry,) = Calendar.from_ical(mail.calendar or "").walk("VEVENT")
    return {
        "page": moments_in(client.get(f"/events/{event.slug}/").text),
        "link": moments_in(client.get(f"/r/{again.token}").text),
        "link in Kathmandu": moments_in(client.get(f"/r/{one.token}").text),
        "mail": moments_in(mail.text),
        "mail in HTML": moments_in(mail.html),
        "calendar": {(entry["DTSTART"].dt, times.city(zone))},
    }


@pytest.mark.parametrize("zone", ZONES)
def test_page_mail_and_calendar_agree(app: Flask, clock: object, zone: str) -> None:
    for change in changes(zone):
        for start in (change + timedelta(minutes=m) for m in (-90, -30, 0, 30, 90)):
            for name, found in told(app, zone, start).items():
                assert found, (name, start)
                assert {moment for moment, _place in found} == {start}, (name, found)
                assert times.city(zone) in {place for _moment, place in found}


@pytest.mark.parametrize("zone", ZONES)
def test_days_begin_when_clocks_say_so(zone: str) -> None:
    """The list's "new today" starts at the day's first moment, also where clocks jump at midnight."""
    from eventapp.registrations.filters import day_start

    class Here:
        time_zone = zone

    for change in changes(zone):
        for hours in range(-30, 30, 3):
            now = change + timedelta(hours=hours, minutes=7)
            start = day_start(Here(), now)  # type: ignore[arg-type]
            tz = ZoneInfo(zone)
            assert start <= now
            assert start.astimezone(tz).date() == now.astimezone(tz).date()
            assert (start - timedelta(seconds=1)).astimezone(tz).date() < now.astimezone(tz).date()


def test_control_an_offset_of_winter_disagrees(app: Flask, clock: object, monkeypatch: pytest.MonkeyPatch) -> None:
    winter = ZoneInfo("Europe/Vienna").utcoffset(datetime(2027, 1, 1))  # noqa: DTZ001 - of the zone itself
    assert winter is not None
    monkeypatch.setattr(times, "offset", lambda _moment: "UTC+1")
    start = changes("Europe/Vienna")[0] + timedelta(hours=5)
    assert {moment for moment, _place in told(app, "Europe/Vienna", start)["page"]} != {start}
