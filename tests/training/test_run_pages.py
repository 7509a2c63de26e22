"""The pages on which runs are made, changed and looked at."""

import csv
import io
import re
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from eventapp.accounts.models import Role
from eventapp.audit.models import AuditEntry
from eventapp.core.db import db
from eventapp.core.web.audiences import audience_of
from eventapp.events.models import Event, EventStatus
from eventapp.training.models import AttendanceInterval, IntervalSource, MatchedRow, Run
from eventapp.training.runs import facts
from tests.support import factories, training
from tests.support.factories import STARTS
from tests.support.pages import PageClient, fields


def signed_in(client: PageClient, *roles: Role) -> PageClient:
    client.sign_in(factories.user(None, *roles))
    return client


def only_run() -> Run:
    return db.session.scalars(select(Run)).one()


FILLED = {
    "format": "virtual",
    "capacity": "12",
    "slot1_starts_at": "2027-05-03T09:00",
    "slot1_ends_at": "2027-05-03T12:00",
    "slot2_starts_at": "2027-05-04T09:00",
    "slot2_ends_at": "2027-05-04T12:00",
    "slot2_label": "Practice",
}
NOTHING_FILLED = {name: "" for name in FILLED if name.startswith("slot")}


def test_a_run_is_made_in_one_form(client: PageClient) -> None:
    version = training.course("OPS-101")
    trainer = factories.user(None, Role.TRAINER, name="Tea Trainer")
    signed_in(client, Role.ORGANIZER)
    page = f"/admin/training/runs/new/{version.id}"
    sent = fields(client.get(page).get_data(as_text=True)) | FILLED | {"trainers": str(trainer.id)}
    answer = client.post(page, data=sent, follow_redirects=True)
    assert answer.status_code == 200
    text = answer.get_data(as_text=True)
    assert "Practice" in text
    assert "Tea Trainer" in text
    assert only_run().event_id
    assert client.post(page, data=sent).status_code == 302  # sent twice: the same answer, and no second run
    only_run()


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        (NOTHING_FILLED, "Say when it takes place"),
        ({"slot2_ends_at": ""}, "Say when this slot ends"),
        ({"slot1_ends_at": "2027-05-03T08:00"}, "must end after it starts"),
        ({"slot2_starts_at": "2027-05-03T11:00", "slot2_ends_at": "2027-05-03T13:00"}, "overlap"),
        ({"slot1_starts_at": "yesterday"}, "Enter a date and a time"),
        ({"seats_min": "-1"}, "Enter a whole number"),
        ({"trainers": "99999"}, "valid choice"),
        ({"join_url": "javascript:alert(1)"}, "Enter a link like"),
        ({"slots": "9999999"}, ""),
        ({"slot1_number": "<x>"}, ""),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_with_all_that_was_typed(client: PageClient, changed: dict[str, str], message: str) -> None:
    version = training.course("OPS-101")
    signed_in(client, Role.ORGANIZER)
    page = f"/admin/training/runs/new/{version.id}"
    sent = fields(client.get(page).get_data(as_text=True)) | FILLED | changed
    answer = client.post(page, data=sent)
    if message:
        assert answer.status_code == 422
        assert message in answer.get_data(as_text=True)
        assert 'value="12"' in answer.get_data(as_text=True)
    else:
        assert answer.status_code == 302


def test_more_parts_keep_what_was_typed(client: PageClient) -> None:
    version = training.course("OPS-101")
    signed_in(client, Role.ORGANIZER)
    page = f"/admin/training/runs/new/{version.id}"
    sent = fields(client.get(page).get_data(as_text=True)) | FILLED | {"more": "1"}
    text = client.post(page, data=sent).get_data(as_text=True)
    assert "slot6_starts_at" in text
    assert "Practice" in text


def test_a_run_is_changed_published_and_copied(client: PageClient) -> None:
    run = training.run(training.course("OPS-101"), slots=[(STARTS, STARTS + timedelta(hours=2))])
    run.event.status = EventStatus.DRAFT
    factories.commit()
    signed_in(client, Role.ORGANIZER)
    page = f"/teach/{run.id}/edit"
    sent = fields(client.get(page).get_data(as_text=True)) | {"title": "Another name"}
    assert client.post(page, data=sent).status_code == 302
    assert client.post(page, data=sent | {"once_key": "", "title": "Third"}).status_code == 409
    assert "Another name" in client.get(f"/teach/{run.id}").get_data(as_text=True)
    publish = fields(client.get(f"/teach/{run.id}").get_data(as_text=True), "published")
    client.post(f"/teach/{run.id}/status/published", data=publish)
    assert db.session.get_one(Event, run.event_id).status is EventStatus.PUBLISHED
    page = f"/teach/{run.id}/copy"
    sent = fields(client.get(page).get_data(as_text=True)) | {"times": "3", "starts_at": "2027-09-01T09:00"}
    answer = client.post(page, data=sent, follow_redirects=True)
    assert "3 runs made" in answer.get_data(as_text=True)
    assert len(db.session.scalars(select(Run)).all()) == 4


def test_a_trainer_sees_the_own_runs_and_no_other(client: PageClient) -> None:
    trainer = factories.user(None, Role.TRAINER)
    mine = training.run(training.course("OPS-101"), trainers=[trainer], title="Mine of all")
    other = training.run(training.course("OPS-102"), title="Of somebody else")
    client.sign_in(trainer)
    text = client.get("/teach/").get_data(as_text=True)
    assert "Mine of all" in text
    assert "Of somebody else" not in text
    assert client.get(f"/teach/{mine.id}").status_code == 200
    for path in ("", "/participants", "/participants/waive"):
        assert client.get(f"/teach/{other.id}{path}").status_code == 404
        assert client.get(f"/teach/99999{path}").status_code == 404
    assert client.get(f"/teach/{mine.id}/edit").status_code == 403
    assert client.get("/admin/training/runs/").status_code == 403


def test_a_trainer_who_is_an_auditor_besides_reads_all_runs_and_changes_the_own(app: Flask, client: PageClient) -> None:
    user = factories.user(None, Role.TRAINER, Role.AUDITOR)
    mine = training.run(training.course("OPS-101"), trainers=[user])
    other = training.run(training.course("OPS-102"))
    client.sign_in(user)
    form = fields(client.get(f"/teach/{other.id}/participants").text, "export")
    assert client.get(f"/teach/{mine.id}/close").status_code == 200
    tried = 0
    for rule in app.url_map.iter_rules():
        if not rule.rule.startswith("/teach/<id:run_id>/") or audience_of(app, rule.endpoint) != "trainer":
            continue
        path = re.sub(r"<any\((\w+)[^>]*>", r"\1", rule.rule.replace("<id:run_id>", str(other.id)))
        path = re.sub(r"<[^>]+>", "1", path)
        assert client.post(path, data=form).status_code == 404, rule.rule
        tried += 1
    assert tried > 15
    db.session.rollback()
    assert db.session.get_one(Run, other.id).done_at is None


def test_the_list_finds_and_counts(client: PageClient) -> None:
    version = training.course("OPS-101")
    trainer = factories.user(None, Role.TRAINER, name="Tea Trainer")
    full = training.run(version, capacity=1, title="Full one", trainers=[trainer])
    training.run(version, capacity=10, seats_min=5, title="Empty one")
    company = factories.organisation()
    for _n in range(2):
        training.enrol(full, company, factories.person(company))
    signed_in(client, Role.AUDITOR)
    page = "/admin/training/runs/"
    assert "Full one" in client.get(page).get_data(as_text=True)
    for query, found in (
        ("?status=full", "Full one"),
        ("?seats=few", "Empty one"),
        (f"?trainer={trainer.id}", "Full one"),
        ("?q=empty", "Empty one"),
    ):
        text = client.get(page + query).get_data(as_text=True)
        other = "Empty one" if found == "Full one" else "Full one"
        assert found in text, query
        assert other not in text, query
    assert "Nothing found" in client.get(page + "?q=%25%00zz").get_data(as_text=True)
    assert "OPS-101" in client.get(page + "?course=OPS-101&when=2027q2&sort=-seats").get_data(as_text=True)


def test_the_list_asks_the_same_number_of_queries_for_more_runs(client: PageClient, count_queries: object) -> None:
    signed_in(client, Role.AUDITOR)
    version = training.course("OPS-101")
    counts = []
    for n in (1, 2):
        for _n in range(n):
            training.run(version, trainers=[factories.user(None, Role.TRAINER)])
        with count_queries() as found:  # type: ignore[operator]
            client.get("/admin/training/runs/")
        counts.append(len(found))
    assert counts[0] == counts[1] <= 12


def test_an_empty_list_says_what_to_do(client: PageClient) -> None:
    signed_in(client, Role.ORGANIZER)
    assert "No runs yet" in client.get("/admin/training/runs/").get_data(as_text=True)
    assert "You give no runs" in client.get("/teach/").get_data(as_text=True)
    assert "No course is offered" in client.get("/admin/training/runs/new").get_data(as_text=True)


def test_participants_show_names_and_companies_only(client: PageClient) -> None:
    trainer = factories.user(None, Role.TRAINER)
    run = training.run(training.course("OPS-101"), trainers=[trainer])
    company = factories.organisation("Donau Systemhaus GmbH")
    person = factories.person(company, "Eva", "Horvath")
    enrolment = training.enrol(run, company, person)
    address = db.session.scalars(select(factories.PersonEmail.address)).first() or ""
    client.sign_in(trainer)
    text = client.get(f"/teach/{run.id}/participants").get_data(as_text=True)
    assert "Eva Horvath" in text
    assert "Donau Systemhaus" in text
    assert address not in text
    file = client.post(f"/teach/{run.id}/participants/export", data=fields(text, "export") | {"format": "plain"})
    rows = file.get_data(as_text=True).splitlines()
    assert len(rows) == 2
    assert address not in rows[1]
    assert enrolment.state.value in rows[1]
    assert client.post(f"/teach/{run.id}/participants/export", data=fields(text, "export") | {"format": "exe"}).status_code == 400


def test_the_events_pages_lead_to_the_run(client: PageClient) -> None:
    run = training.run(training.course("OPS-101"), slug="ops-1")
    factories.event(slug="plain")
    signed_in(client, Role.ORGANIZER)
    assert client.get("/admin/events/ops-1/run").headers["Location"].endswith(f"/teach/{run.id}")
    assert client.get("/admin/events/plain/run").status_code == 404
    assert "/admin/events/ops-1/run" in client.get("/admin/events/ops-1/edit").get_data(as_text=True)


@pytest.mark.parametrize("what", ["enrolments", "attendance"])
def test_rows_of_several_runs_are_taken_out_as_the_list_is_narrowed(client: PageClient, what: str, monkeypatch: Any) -> None:
    monkeypatch.setattr(facts, "BATCH", 2)
    monkeypatch.setattr("eventapp.core.portions.SIZE", 2)
    company = factories.organisation("=Donau")
    one, other, later = training.course("OPS-101"), training.course("OPS-201"), STARTS + timedelta(days=200)
    runs = [
        training.run(one),
        training.run(one),
        training.run(other),
        training.run(other, slots=[(later, later + timedelta(hours=2))]),
    ]
    slugs = [run.event.slug for run in runs for _n in range(3)]
    for run in runs:
        starts_at, ends_at = run.event.starts_at, run.event.ends_at
        for _n in range(3):
            enrolment = training.enrol(run, company, factories.person(company))
            noted = {"key": f"door-{enrolment.id}", "noted_at": STARTS, "noted_by": "x", "matched": MatchedRow.TOKEN}
            times = {"joined_at": starts_at, "left_at": ends_at + timedelta(hours=1)}
            db.session.add(
                AttendanceInterval(run_id=run.id, enrolment_id=enrolment.id, source=IntervalSource.DOOR, **noted, **times)
            )
    factories.commit()
    signed_in(client, Role.ORGANIZER)
    url = f"/admin/training/runs/export/{what}"

    def taken(query: str) -> list[dict[str, str]]:
        token = fields(client.get("/admin/training/runs/").text, "export")["csrf_token"]
        answer = client.post(f"{url}?{query}", data={"csrf_token": token, "format": "plain"})
        assert answer.status_code == 200
        return list(csv.DictReader(io.StringIO(answer.text)))

    rows = taken("")
    assert [row["run"] for row in rows] == slugs
    assert rows[0]["company"] == "'=Donau"
    if what == "attendance":
        assert {row["seconds_in_slots"] for row in rows} == {"7200"}, "clipped to the slot of their own run"
    assert "@" not in str(rows)
    assert {row["course_code"] for row in taken("course=OPS-201")} == {"OPS-201"}
    quarter = (STARTS.month - 1) // 3 + 1
    assert len(taken(f"when={STARTS.year}q{quarter}")) == 9
    assert taken("q=nothing") == []
    entry = db.session.scalars(
        select(AuditEntry).where(AuditEntry.action == f"runs.export_{what}").order_by(AuditEntry.id)
    ).all()[-1]
    assert entry.changes == {"format": "plain", "runs": 0, "filter": "q=nothing"}
    token = fields(client.get("/admin/training/runs/").text, "export")["csrf_token"]
    assert client.post(url, data={"csrf_token": token, "format": "exe"}).status_code == 400
    client.sign_in(factories.user(None, Role.TRAINER))
    assert client.post(url, data={"csrf_token": token, "format": "plain"}).status_code in (400, 403)


def test_what_was_moved_on_video_names_no_room_any_more(client: PageClient) -> None:
    trainer = factories.user(None, Role.TRAINER, Role.ORGANIZER)
    run = training.run(training.course("OPS-101"), trainers=[trainer], venue="Salle B", city="Paris")
    client.sign_in(trainer)
    for page in ("/admin/training/runs/", "/teach/", f"/teach/{run.id}"):
        text = client.get(page).text
        assert "On video" in text
        assert "Paris" not in text.replace("Europe/Paris", "")
