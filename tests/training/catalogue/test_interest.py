"""People for whom no date fits: they say so, organizers see where a run would help, and a new run is told once."""

import csv
import io
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from eventapp.core.db import db
from eventapp.events import service as events
from eventapp.events.models import EventFormat, EventStatus
from eventapp.partners.models import MembershipRole, Person
from eventapp.settings import SettingsError
from eventapp.training import hooks
from eventapp.training.catalogue import queries as catalogue
from eventapp.training.catalogue.interest import queries, service
from eventapp.training.models import CourseInterest
from tests.conftest import NOW, settings_for
from tests.support import factories, training
from tests.support.browsing import mails, send
from tests.support.factories import TESTS
from tests.support.pages import PageClient, fields, hidden
from tests.training.catalogue.test_admin_pages import press

LATER = NOW + timedelta(days=30)


@pytest.fixture(autouse=True)
def _today(clock: Any) -> None:
    """The clock stands at NOW."""


def interested() -> list[int]:
    db.session.expire_all()
    return sorted(db.session.scalars(select(CourseInterest.person_id)))


def people_of(country: str, n: int) -> list[Person]:
    """People of a company in that country who want the course A-1."""
    version = catalogue.offered("A-1")
    company = factories.organisation(country_code=country)
    found = [factories.person(company) for _n in range(n)]
    service.want(version, company.id, [one.id for one in found], "", by=TESTS, at=NOW)
    factories.commit()
    return found


class TestOneself:
    """A member of a company says it of themselves."""

    def test_wants_and_takes_it_back(self, client: PageClient) -> None:
        training.course("A-1")
        client.sign_in(factories.seat(factories.organisation(), MembershipRole.MEMBER))
        done = press(client, "/courses/A-1", "/wanted/want")
        assert done.location == "/courses/A-1#wanted"
        assert len(interested()) == 1
        assert "You want a date" in client.get("/courses/A-1").text
        assert "for colleagues" not in client.get("/courses/A-1").text
        assert client.get("/courses/A-1/wanted").status_code == 403
        press(client, "/courses/A-1", "/wanted/withdraw")
        assert interested() == []

    def test_twice_is_once(self, client: PageClient) -> None:
        training.course("A-1")
        client.sign_in(factories.seat(factories.organisation(), MembershipRole.MEMBER))
        page = client.get("/courses/A-1")
        for _n in range(2):
            client.post("/courses/A-1/wanted/want", data=fields(page.text, "/wanted/want"))
        assert len(interested()) == 1

    def test_without_a_login_or_a_company(self, client: PageClient) -> None:
        training.course("A-1")
        assert "Log in to say that you want a date" in client.get("/courses/A-1").text
        client.sign_in(factories.user("nobody@karmin.example"))
        page = client.get("/courses/A-1")
        assert "As soon as your company is confirmed" in page.text
        assert client.post("/courses/A-1/wanted/want", data=hidden(page.text)).status_code == 403
        assert interested() == []


class TestColleagues:
    """The company's admin says it of colleagues, and of nobody else."""

    def test_ticked_are_noted_and_unticked_taken_back(self, client: PageClient) -> None:
        training.course("A-1")
        company = factories.organisation()
        admin = factories.company_admin(company)
        one, two = (factories.person(company) for _n in range(2))
        ids = [str(one.id), str(two.id)]
        client.sign_in(admin)
        send(client, "/courses/A-1/wanted", {"people": ids, "note": "In March"})
        assert interested() == sorted(map(int, ids))
        page = client.get("/courses/A-1/wanted").text
        assert 'value="In March"' in page
        assert "2 colleagues want a date" in client.get("/courses/A-1").text
        send(client, "/courses/A-1/wanted", {"people": ids[1:]})
        assert interested() == [int(ids[1])]

    def test_people_of_another_company_are_neither_offered_nor_taken(self, client: PageClient) -> None:
        training.course("A-1")
        (stranger,) = people_of("DE", 1)
        stranger_id = stranger.id
        client.sign_in(factories.company_admin(factories.organisation()))
        refused = send(client, "/courses/A-1/wanted", {"people": [str(stranger_id)]})
        assert refused.status_code == 422
        send(client, "/courses/A-1/wanted", {"people": []})
        assert interested() == [stranger_id]


class TestDemand:
    """What organizers see."""

    def test_by_course_and_sub_region_with_a_suggestion(self, orga: PageClient) -> None:
        training.course("A-1", title="Vault")
        assert "Nobody waits for a date" in orga.get("/admin/training/wanted/").text
        people_of("AT", 5)
        people_of("DE", 3)
        people_of("ES", 7)
        (found,) = queries.wanted()
        assert (found.people, [(one.label, one.people) for one in found.regions]) == (15, [("DACH", 8), ("Iberia", 7)])
        page = orga.get("/admin/training/wanted/").text
        assert "A run in DACH: 8 people" in page
        assert "A run in Iberia" not in page

    def test_who_has_a_place_does_not_wait_any_more(self, app: Flask) -> None:
        version = training.course("A-1")
        run = training.run(version)
        company = factories.organisation()
        person = factories.person(company)
        service.want(version, company.id, [person.id], "", by=TESTS, at=NOW)
        factories.commit()
        assert len(queries.wanted()) == 1
        training.enrol(run, company, person)
        assert queries.wanted() == []

    def test_the_people_are_searched_filtered_and_taken_out(self, orga: PageClient, count_queries: Any) -> None:
        training.course("A-1")
        people_of("AT", 1)
        (spaniard,) = people_of("ES", 1)
        name = spaniard.full_name
        page = orga.get("/admin/training/wanted/A-1")
        assert "2</b> people" in page.text
        assert name in orga.get("/admin/training/wanted/A-1?region=iberia").text
        assert "Nothing found" in orga.get("/admin/training/wanted/A-1?region=nordics").text
        assert "Nothing found" in orga.get("/admin/training/wanted/A-1?told=yes").text
        file = orga.post("/admin/training/wanted/A-1/export?region=iberia", data={**hidden(page.text), "format": "plain"})
        (row,) = csv.DictReader(io.StringIO(file.text))
        assert (row["course"], row["sub_region"], row["told_at"]) == ("A-1", "Iberia", "")
        with count_queries() as few:
            orga.get("/admin/training/wanted/A-1")
        people_of("IT", 3)
        with count_queries() as many:
            orga.get("/admin/training/wanted/A-1")
        assert len(few) == len(many) <= 12

    @pytest.mark.parametrize(("value", "number"), [("", 8), ("3", 3), ("10000", 10_000)])
    def test_the_threshold_is_a_setting(self, tmp_path: Any, value: str, number: int) -> None:
        assert settings_for("sqlite:///x", tmp_path, EVENTAPP_RUN_DEMAND=value).run_demand == number

    @pytest.mark.parametrize("value", ["0", "x", "-1", "10001", "٣"])
    def test_a_threshold_that_is_none(self, tmp_path: Any, value: str) -> None:
        with pytest.raises(SettingsError, match="EVENTAPP_RUN_DEMAND"):
            settings_for("sqlite:///x", tmp_path, EVENTAPP_RUN_DEMAND=value)


class TestTelling:
    """A new run is told to those who wanted one, once."""

    def test_everybody_of_one_on_video_and_only_once(self, app: Flask) -> None:
        version = training.course("A-1", title="Vault")
        people_of("AT", 2)
        people_of("ES", 1)
        run = training.run(version, slots=[(LATER, LATER + timedelta(hours=2))])
        for _n in range(2):
            hooks.opened(run, by=TESTS, at=NOW)
            factories.commit()
        sent = mails("training.new_run")
        assert len(sent) == 3
        assert sent[0].subject == "A new date: Vault"
        assert f"/events/{run.event.slug}/" in sent[0].text
        assert "/courses/A-1" in sent[0].text
        assert run.event.join_url not in sent[0].text

    def test_of_one_in_a_room_those_in_its_sub_region(self, app: Flask) -> None:
        version = training.course("A-1")
        people_of("DE", 2)
        people_of("ES", 1)
        room: dict[str, Any] = {"format": EventFormat.IN_PERSON, "venue": "Hall", "city": "Vienna", "country_code": "AT"}
        run = training.run(version, slots=[(LATER, LATER + timedelta(hours=2))], **room)
        hooks.opened(run, by=TESTS, at=NOW)
        factories.commit()
        assert len(mails("training.new_run")) == 2
        assert "Hall, Vienna" in mails("training.new_run")[0].text

    def test_nobody_of_one_that_is_over(self, app: Flask) -> None:
        version = training.course("A-1")
        people_of("DE", 1)
        over = training.run(version, slots=[(NOW - timedelta(days=2), NOW - timedelta(days=1))])
        hooks.opened(over, by=TESTS, at=NOW)
        factories.commit()
        assert mails("training.new_run") == []

    def test_who_asks_again_is_told_again(self, app: Flask) -> None:
        version = training.course("A-1")
        (person,) = people_of("DE", 1)
        run = training.run(version, slots=[(LATER, LATER + timedelta(hours=2))])
        hooks.opened(run, by=TESTS, at=NOW)
        company_id = db.session.scalars(select(CourseInterest.organisation_id)).one()
        assert service.withdraw(version, company_id, [person.id], by=TESTS, at=NOW) == 1
        assert service.want(version, company_id, [person.id], "", by=TESTS, at=NOW) == 1
        hooks.opened(run, by=TESTS, at=NOW)
        factories.commit()
        assert len(mails("training.new_run")) == 2

    def test_on_whichever_page_the_run_is_published(self, app: Flask) -> None:
        version = training.course("A-1")
        people_of("DE", 1)
        event = training.run(version, slots=[(LATER, LATER + timedelta(hours=2))], published=False).event
        assert mails("training.new_run") == []
        events.change_status(event, EventStatus.PUBLISHED, by=TESTS, now=NOW)
        factories.commit()
        assert len(mails("training.new_run")) == 1
