"""The catalogue as everybody sees it."""

import json
import re
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from icalendar import Calendar

from eventapp.core.db import db
from eventapp.events.models import Admission, Event, EventFormat, EventStatus
from eventapp.partners.models import Person
from eventapp.training.catalogue.ways import progress
from eventapp.training.models import CourseMaterial, VersionStatus
from tests.conftest import NOW
from tests.support import factories, training
from tests.support.pages import PageClient

LATER = NOW + timedelta(days=30)


@pytest.fixture(autouse=True)
def _today(clock: Any) -> None:
    """The clock stands at NOW."""


def run(version: Any, starts_at: datetime = LATER, **values: Any) -> Any:
    """A run to come, without a limit unless `values` say so."""
    return training.run(version, slots=[(starts_at, starts_at + timedelta(hours=2))], **values)


def listed(client: PageClient, query: str = "") -> list[str]:
    """The codes of the courses that the list shows, in order."""
    page = client.get(f"/courses/?{query}")
    assert page.status_code == 200
    return re.findall(r'<h2><a href="/courses/([A-Z0-9-]+)"', page.text)


class TestList:
    """Search and filters."""

    def test_nothing_yet(self, client: PageClient) -> None:
        assert "No courses yet" in client.get("/courses/").text

    def test_only_what_is_offered(self, client: PageClient) -> None:
        training.course("A-1")
        training.course("A-2", status=VersionStatus.DRAFT)
        training.course("A-3", status=VersionStatus.RETIRED)
        training.course("A-4").course.archived = True
        factories.commit()
        assert listed(client) == ["A-1"]
        for code in ("A-2", "A-3", "A-4", "NOPE"):
            assert client.get(f"/courses/{code}").status_code == 404
        assert client.get("/courses/a-1").location == "/courses/A-1"

    def test_filters_of_courses(self, client: PageClient) -> None:
        training.course("A-1", title="Vault", product_tags=["Karmin Vault"], languages=["de"], audience_types=["msp"])
        training.course("A-2", title="Core", level="advanced", modes=["in_person"], audience_functions=["sales"])
        for query, codes in (
            ("q=vau", ["A-1"]),
            ("q=karmin+a-1", ["A-1"]),
            ("q=nothing", []),
            ("level=advanced", ["A-2"]),
            ("product=Karmin+Vault", ["A-1"]),
            ("language=de&language=en", ["A-1", "A-2"]),
            ("mode=virtual", ["A-1"]),
            # Who is not named is welcome.
            ("type=msp", ["A-1", "A-2"]),
            ("function=sales", ["A-1", "A-2"]),
            ("level=unknown", ["A-1", "A-2"]),
        ):
            assert listed(client, query) == codes, query

    def test_filters_of_dates(self, client: PageClient) -> None:
        first = training.course("A-1", languages=["en", "de"])
        second, third = (training.course(f"A-{n}") for n in (2, 3))
        run(first, capacity=0)
        run(first, LATER + timedelta(days=31), language="de")
        room = {"format": EventFormat.IN_PERSON, "venue": "Hall", "city": "Vienna", "country_code": "AT", "join_url": ""}
        run(second, **room)
        assert third
        for query, codes in (
            ("", ["A-1", "A-2", "A-3"]),
            ("free=yes", ["A-1", "A-2"]),
            ("region=dach", ["A-2"]),
            ("region=video", ["A-1"]),
            ("place=Vienna", ["A-2"]),
            ("q=vienna", ["A-2"]),
            (f"from={(LATER + timedelta(days=1)).date()}", ["A-1"]),
            (f"from={LATER.date()}&until={LATER.date()}", ["A-1", "A-2"]),
            ("from=2031-01-01", []),
            # Both must hold of the same date.
            (f"until={LATER.date()}&free=yes&region=video", []),
            (f"from={LATER.date()}&language=de", ["A-1"]),
            (f"until={LATER.date()}&language=de", []),
            ("from=nonsense&until=2027-13-01&page=0&page=x", ["A-1", "A-2", "A-3"]),
        ):
            assert listed(client, query) == codes, query

    def test_draft_cancelled_and_past_runs_are_no_dates(self, client: PageClient) -> None:
        version = training.course("A-1")
        for event in (
            run(version, published=False).event,
            run(version).event,
            run(version, NOW - timedelta(hours=1)).event,
        ):
            if event.status is EventStatus.PUBLISHED and event.starts_at > NOW:
                event.status = EventStatus.CANCELLED
        factories.commit()
        assert "There is no date at the moment" in client.get("/courses/A-1").text

    def test_hostile_words_do_no_harm(self, client: PageClient) -> None:
        training.course("A-1", title="<script>alert(1)</script>", product_tags=['"><b>'])
        for query in ("q=%00%27%22", "q=" + "x" * 5000, "product=%22%3E%3Cb%3E", "page=99999", "from=0000-00-00"):
            assert client.get(f"/courses/?{query}").status_code == 200
        assert "<script>alert" not in client.get("/courses/A-1").text


class TestCourse:
    """The page of a course."""

    def test_dates_in_both_zones_with_seats_and_the_way_to_enrol(self, client: PageClient) -> None:
        version = training.course("A-1", languages=["de"])
        event = run(version, capacity=5, registration_closes_at=LATER - timedelta(days=1), language="de").event
        address, meeting = f"/events/{event.slug}/", event.join_url
        client.set_cookie("tz", "Asia/Dubai")
        page = client.get("/courses/A-1").text
        assert "13:00–15:00" in page
        assert "your time, Dubai (UTC+4)" in page
        assert "10:00–12:00 Vienna (UTC+1)" in re.sub(r"<[^>]+>|\s+", " ", page).replace("  ", " ")
        assert "5 seats left" in page
        assert "Enrol by" in page
        assert "German" in page
        assert f'href="{address}">Enrol' in page
        assert meeting not in page

    def test_full_by_invitation_and_not_yet_open(self, client: PageClient) -> None:
        version = training.course("A-1")
        company = factories.organisation()
        full = run(version, capacity=1)
        event = full.event
        for _n in range(3):
            training.enrol(full, company, factories.person(company))
        page = client.get("/courses/A-1").text
        assert "Full" in page
        assert "2 people wait" in page
        assert "Join the waiting list" in page
        event.admission = Admission.INVITATION
        event.version += 1
        factories.commit()
        assert "By invitation" in client.get("/courses/A-1").text
        event.admission = Admission.OPEN
        event.registration_opens_at = NOW + timedelta(days=2)
        factories.commit()
        assert "Enrolment opens on" in client.get("/courses/A-1").text

    def test_what_it_asks_for_and_is_worth(self, client: PageClient) -> None:
        first, held = training.course("A-1", title="First"), training.credential("KCE", name="Engineer")
        training.course("A-2", needs=[first.course, held], needed="any", minutes=480, validity_months=24, pass_mark=75)
        page = client.get("/courses/A-2").text
        assert "one of these" in page
        assert '<a href="/courses/A-1">A-1 <bdi>First</bdi></a>' in page
        assert '<a href="/credentials/KCE"><bdi>Engineer</bdi></a>' in page
        assert "9.5 credits" in page
        assert "valid for 2 years" in page
        assert "reaches 75 %" in page

    def test_how_far_one_has_come(self, client: PageClient) -> None:
        versions = [training.course(f"A-{n}") for n in range(5)]
        held = training.credential("KCE", name="Engineer")
        training.curriculum(held, [one.course for one in versions[:2]], [one.course for one in versions[2:]], 1)
        assert "3 courses, 1 of them of your choice" in client.get("/courses/A-0").text
        company = factories.organisation()
        user = factories.company_admin(company)
        (person,) = db.session.scalars(db.select(Person).filter_by(user_id=user.id))
        training.certificate(person, versions[1])
        training.certificate(person, versions[2])
        training.certificate(person, versions[3])
        training.certificate(person, versions[0], completed_on=date(2026, 1, 1), expires_on=NOW.date() - timedelta(days=1))
        client.sign_in(user)
        page = client.get("/courses/A-0").text
        assert "2 of 3" in page
        assert page.count("You hold this") == 3
        whole = client.get("/credentials/KCE").text
        assert "2 of 3" in whole
        assert whole.count("You hold this") == 3

    def test_public_material_only(self, client: PageClient) -> None:
        version = training.course("A-1")
        for public, key in ((True, "public-key"), (False, "secret-key")):
            row = {"key": key, "name": "a.pdf", "content": b"%PDF-", "is_public": public}
            db.session.add(CourseMaterial(version_id=version.id, title=f"Book {key}", **row))
        factories.commit()
        page = client.get("/courses/A-1").text
        assert "Book public-key" in page
        assert "secret-key" not in page
        file = client.get("/courses/A-1/material/public-key")
        assert (file.data, file.mimetype) == (b"%PDF-", "application/octet-stream")
        assert client.get("/courses/A-1/material/secret-key").status_code == 404

    def test_machines_read_it_too(self, client: PageClient) -> None:
        version = training.course("A-1", product_tags=["Core"], summary="What it is")
        run(version, format=EventFormat.IN_PERSON, venue="Hall", city="Vienna", country_code="AT", join_url="")
        page = client.get("/courses/A-1").text
        found = json.loads(re.findall(r'<script type="application/ld\+json">(.*?)</script>', page, re.DOTALL)[0])
        assert (found["@type"], found["courseCode"], found["timeRequired"]) == ("Course", "A-1", "PT120M")
        (instance,) = found["hasCourseInstance"]
        assert (instance["courseMode"], instance["location"]["name"]) == ("onsite", "Hall")
        assert instance["startDate"].startswith("2027-02-19T10:00:00+01:00")


class TestConditional:
    """Pages and calendars that a browser has already are not sent again."""

    def test_pages(self, client: PageClient) -> None:
        version = training.course("A-1")
        for url in ("/courses/", "/courses/A-1"):
            first = client.get(url)
            assert first.headers["ETag"]
            assert client.get(url, headers={"If-None-Match": first.headers["ETag"]}).status_code == 304
        made = run(version, capacity=1)
        page = client.get("/courses/A-1")
        assert "1 seat left" in page.text
        company = factories.organisation()
        made.event = db.session.get_one(Event, made.event_id)
        training.enrol(made, company, factories.person(company))
        # No minute has passed, but the seat is gone.
        assert "Full" in client.get("/courses/A-1").text

    def test_who_is_signed_in_gets_a_page_of_their_own(self, client: PageClient) -> None:
        training.course("A-1")
        client.sign_in(factories.company_admin(factories.organisation()))
        assert "public" not in client.get("/courses/A-1").headers.get("Cache-Control", "")

    def test_calendars(self, client: PageClient) -> None:
        version = training.course("A-1", title="Core; all, of it")
        slots = [(LATER, LATER + timedelta(hours=2)), (LATER + timedelta(days=1), LATER + timedelta(days=1, hours=2))]
        meeting = training.run(version, slots=slots).event.join_url
        run(training.course("A-2"))
        run(training.course("A-3", status=VersionStatus.RETIRED))
        file = client.get("/courses/A-1/dates.ics")
        assert file.mimetype == "text/calendar"
        entries = Calendar.from_ical(file.data).walk("VEVENT")
        assert [str(one["SUMMARY"]) for one in entries] == [f"A-1 Core; all, of it: part {n} of 2" for n in (1, 2)]
        assert [one.decoded("DTSTART") for one in entries] == [start for start, _end in slots]
        assert "2 parts, the last on" in client.get("/courses/").text
        assert meeting not in file.text
        assert client.get("/courses/A-1/dates.ics", headers={"If-None-Match": file.headers["ETag"]}).status_code == 304
        everything = Calendar.from_ical(client.get("/courses/dates.ics").data).walk("VEVENT")
        assert len(everything) == 3
        assert len({str(one["UID"]) for one in everything}) == 3
        assert client.get("/courses/NOPE/dates.ics").status_code == 404


def test_as_many_queries_for_three_courses_as_for_one(app: Flask, client: PageClient, count_queries: Any) -> None:
    client.sign_in(factories.company_admin(factories.organisation()))
    held = training.credential()
    first = training.course("A-1")
    course = first.course
    run(first)
    training.curriculum(held, [course])
    counts = []
    for _n in range(2):
        for url in ("/courses/", "/courses/A-1"):
            with count_queries() as queries:
                client.get(url)
            counts.append(len(queries))
        others = [training.course(), training.course()]
        for one in (first, *others):
            run(one)
        training.curriculum(held, [course, *(one.course for one in others)])
    assert counts[:2] == counts[2:]
    assert max(counts) <= 12, counts


@pytest.mark.parametrize(
    ("held", "done"), [(set(), 0), ({1}, 1), ({1, 2}, 2), ({1, 2, 3}, 3), ({3, 4}, 1), ({1, 2, 3, 4}, 3), ({9}, 0)]
)
def test_electives_beyond_what_is_asked_for_do_not_count(held: set[int], done: int) -> None:
    assert progress({1, 2}, {3, 4}, 1, held) == (3, done)


def test_everybody_finds_the_way(client: PageClient) -> None:
    assert '<a href="/courses/">Courses</a>' in client.get("/").text
    client.sign_in(factories.company_admin(factories.organisation()))
    assert '<a href="/courses/">Courses</a>' in client.get("/").text
