"""Material for those enrolled, and the tab of a run for whoever gives it."""

import io
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from eventapp.accounts.models import Role
from eventapp.core.db import db
from eventapp.registrations.models import Registration
from eventapp.training.models import CourseMaterial, EnrolmentState, Run, ShownFrom
from tests.conftest import NOW
from tests.support import factories, training
from tests.support.browsing import send
from tests.support.pages import PageClient
from tests.training.catalogue.test_admin_pages import press

LATER = NOW + timedelta(days=30)


@pytest.fixture(autouse=True)
def _today(clock: Any) -> None:
    """The clock stands at NOW."""


def material(version: Any = None, run: Run | None = None, title: str = "Book", **values: Any) -> CourseMaterial:
    """A file of a version or of a run."""
    owner = {"run_id": run.id} if run is not None else {"version_id": version.id}
    row = CourseMaterial(title=title, key=f"key-of-{title}", name="a.pdf", content=b"%PDF-", **owner, **values)
    db.session.add(row)
    factories.commit()
    return row


class TestEnrolled:
    """Behind the secret link."""

    def test_with_a_seat_and_when_it_is_time(self, client: PageClient, clock: Any) -> None:
        version = training.course("A-1")
        run = training.run(version, slots=[(LATER, LATER + timedelta(hours=2))])
        company = factories.organisation()
        enrolment = training.enrol(run, company, factories.person(company))
        material(version)
        material(version, title="Solutions", shown_from=ShownFrom.END)
        material(run=run, title="Notes")
        other = training.run(version)
        material(run=other, title="Foreign")
        token = db.session.scalars(select(Registration.token).where(Registration.id == enrolment.registration_id)).one()
        page = client.get(f"/r/{token}").text
        assert "Book" in page
        assert "Notes" in page
        assert "Solutions" not in page
        assert "Foreign" not in page
        file = client.get(f"/r/{token}/material/key-of-Book")
        assert (file.data, file.headers["Referrer-Policy"]) == (b"%PDF-", "no-referrer")
        for key in ("key-of-Solutions", "key-of-Foreign", "key-of-nothing"):
            assert client.get(f"/r/{token}/material/{key}").status_code == 404
        clock.move_to(LATER + timedelta(hours=2))
        assert client.get(f"/r/{token}/material/key-of-Solutions").status_code == 200

    def test_not_while_one_waits_or_after_one_has_cancelled(self, client: PageClient) -> None:
        version = training.course("A-1")
        run = training.run(version, capacity=1)
        company = factories.organisation()
        enrolments = [training.enrol(run, company, factories.person(company)) for _n in range(2)]
        assert enrolments[1].state is EnrolmentState.WAITLISTED
        material(version)
        tokens = {row.id: row.token for row in db.session.scalars(select(Registration)) for _e in enrolments}
        waiting = tokens[enrolments[1].registration_id]
        assert "Book" not in client.get(f"/r/{waiting}").text
        assert client.get(f"/r/{waiting}/material/key-of-Book").status_code == 404
        assert client.get("/r/nobodys-token/material/key-of-Book").status_code == 404


class TestTrainer:
    """The tab of a run."""

    def test_adds_and_takes_away_what_only_this_run_has(self, client: PageClient) -> None:
        version = training.course("A-1")
        user = factories.user("tim@karmin.example", Role.TRAINER)
        run = training.run(version, trainers=[user])
        of_course = material(version)
        course_file = of_course.id
        url = f"/teach/{run.id}/material"
        client.sign_in(user)
        assert "Nothing that only this run has" in client.get(url).text
        assert send(client, f"{url}/new", {"title": "Notes", "file": (io.BytesIO(b"%PDF-1"), "n.pdf")}).status_code == 302
        assert send(client, f"{url}/new", {"title": "Nothing"}).status_code == 422
        notes = db.session.scalars(select(CourseMaterial).where(CourseMaterial.run_id.is_not(None))).one().id
        assert client.get(f"{url}/{notes}").data == b"%PDF-1"
        assert client.get(f"{url}/{course_file}").data == b"%PDF-"
        press(client, url, f"/{notes}/delete")
        assert client.get(f"{url}/{notes}").status_code == 404
        # That of the course is the organizers'.
        assert client.post(f"{url}/{course_file}/delete").status_code in (400, 404)

    def test_of_other_runs_trainers_know_nothing(self, client: PageClient) -> None:
        version = training.course("A-1")
        run = training.run(version)
        material(run=run, title="Notes")
        client.sign_in(factories.user("tim@karmin.example", Role.TRAINER))
        assert client.get(f"/teach/{run.id}/material").status_code == 404


def test_from_the_page_of_a_run_to_that_of_its_course(client: PageClient) -> None:
    version = training.course("A-1")
    run = training.run(version)
    address = f"/events/{run.event.slug}/"
    assert '<a href="/courses/A-1">About the course</a>' in client.get(address).text
