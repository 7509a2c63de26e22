"""Organizer pages of the catalogue, as somebody without JavaScript uses them."""

import csv
import io
import re
from typing import Any

import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from eventapp.core.db import db
from eventapp.training.catalogue import needs
from eventapp.training.catalogue.rules import Thing
from eventapp.training.models import CourseMaterial, CourseVersion, Credential, Curriculum, Needed, VersionStatus
from tests.support import factories, training
from tests.support.browsing import send, send_page, summary
from tests.support.pages import PageClient, fields, hidden

NEW = {
    "code": "cor-101",
    "title": "Essentials",
    "summary": "What it is",
    "description": "**All** of it",
    "minutes": "480",
    "languages": "en, de",
    "product_tags": "Core, Vault, Core",
    "modes": ["virtual", "in_person"],
    "audience_types": ["msp"],
    "pass_mark": "70",
}


def press(client: PageClient, url: str, ending: str, values: dict[str, str] | None = None) -> TestResponse:
    """Sends the form of a page whose address ends like that."""
    page = client.get(url)
    action = next(found for found in re.findall(r'action="([^"]+)"', page.text) if found.endswith(ending))
    return client.post(action, data={**fields(page.text, action), **(values or {})})


def the_version() -> CourseVersion:
    """The newest version there is."""
    db.session.expire_all()
    return db.session.scalars(select(CourseVersion).order_by(CourseVersion.id.desc()).limit(1)).one()


def test_a_course_is_written_and_published(orga: PageClient) -> None:
    assert "No courses yet" in orga.get("/admin/training/").text
    done = send(orga, "/admin/training/courses/new", NEW)
    assert done.location == "/admin/training/courses/COR-101"
    made = the_version()
    assert (made.minutes, made.languages, made.product_tags) == (480, ["en", "de"], ["Core", "Vault"])
    assert (made.modes, made.audience_types, made.pass_mark) == (["virtual", "in_person"], ["msp"], 70)
    page = orga.get(done.location)
    assert "Version 1: draft" in page.text
    assert "9.5" in page.text  # 480 minutes are 19 half credits of 50
    assert orga.get("/courses/COR-101").status_code == 404
    press(orga, done.location, "/versions/1/publish")
    assert the_version().status is VersionStatus.CURRENT
    assert orga.get("/courses/COR-101").status_code == 200


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("code", "a b", "letters, digits and hyphens"),
        ("title", " ", "Give the course a title"),
        ("minutes", "0", "A number from 1 to 60000"),
        ("languages", "en, klingonisch", "no code of a language"),
        ("partial_from", "90", "cannot be more than what counts as attended"),
        ("pass_mark", "101", "A number from 1 to 100"),
        ("follow_up_days", "29", "A number from 30 to 90"),
        ("product_tags", "x" * 41, "At most 12 products of 40 characters"),
        ("needs", "course:999", "not a valid choice"),
    ],
)
def test_each_field_is_refused_where_it_stands(orga: PageClient, field: str, value: str, message: str) -> None:
    refused = send(orga, "/admin/training/courses/new", {**NEW, field: value})
    assert refused.status_code == 422
    assert message in summary(refused)
    assert 'value="What it is"' in refused.text
    assert db.session.scalar(select(CourseVersion.id)) is None


def test_prerequisites_are_ticked_and_circles_refused(orga: PageClient) -> None:
    first, second, held = training.course("A-1"), training.course("A-2"), training.credential("KCE")
    url = "/admin/training/courses/A-2/versions/1/edit"
    assert send(orga, url, {"needs": [f"course:{first.course_id}", f"credential:{held.id}"], "needed": "any"}).status_code == 302
    db.session.expire_all()
    found = needs.needs_of(db.session.get_one(CourseVersion, second.id))
    assert found.needed is Needed.ANY
    assert found.things == {Thing(False, first.course_id), Thing(True, held.id)}
    page = orga.get("/admin/training/courses/A-2")
    assert "One of these:" in page.text
    refused = send(orga, "/admin/training/courses/A-1/versions/1/edit", {"needs": [f"course:{second.course_id}"]})
    assert refused.status_code == 409
    assert "A-1 → A-2 → A-1" in summary(refused)
    assert f'value="course:{second.course_id}" checked' in refused.text


def test_what_was_promised_is_refused_at_its_field(orga: PageClient) -> None:
    version = training.course("A-1", pass_mark=70)
    company = factories.organisation()
    training.enrol(training.run(version), company, factories.person(company))
    refused = send(orga, "/admin/training/courses/A-1/versions/1/edit", {"pass_mark": "50"})
    assert refused.status_code == 409
    assert 'href="#pass_mark"' in summary(refused)
    assert "Make a new version" in summary(refused)


def test_two_who_write_at_once_see_each_others_words(orga: PageClient) -> None:
    training.course("A-1", title="Old")
    url = "/admin/training/courses/A-1/versions/1/edit"
    page = orga.get(url)
    send(orga, url, {"title": "Theirs"})
    refused = send_page(orga, page, url, {"title": "Mine"})
    assert refused.status_code == 409
    assert "Theirs" in refused.text
    again = orga.post(url, data={**fields(refused.text), "title": "Mine"})
    assert again.status_code == 302
    assert the_version().title == "Mine"


def test_a_publish_button_is_about_what_was_seen(orga: PageClient) -> None:
    training.course("A-1", summary="s", description="d", status=VersionStatus.DRAFT)
    page = orga.get("/admin/training/courses/A-1")
    send(orga, "/admin/training/courses/A-1/versions/1/edit", {"title": "Other"})
    url = "/admin/training/courses/A-1/versions/1/publish"
    orga.post(url, data=fields(page.text, url))
    assert the_version().status is VersionStatus.DRAFT
    assert "Somebody else has changed this course" in orga.get("/admin/training/courses/A-1").text


def test_a_new_version_a_copy_and_the_way_out(orga: PageClient) -> None:
    training.course("A-1", summary="s", description="d", title="First")
    done = press(orga, "/admin/training/courses/A-1", "/versions/1/renew")
    assert done.location == "/admin/training/courses/A-1?version=2"
    page = orga.get(done.location)
    assert "draft of the next version" in page.text
    send(orga, "/admin/training/courses/A-1/versions/2/edit", {"title": "Second"})
    press(orga, done.location, "/versions/2/publish")
    page = orga.get("/admin/training/courses/A-1?version=1")
    assert "This version is retired" in page.text
    assert "First" in page.text
    copied = send(orga, "/admin/training/courses/A-1/versions/2/copy", {"code": "A-9"})
    assert copied.location == "/admin/training/courses/A-9"
    taken = send(orga, "/admin/training/courses/A-1/versions/2/copy", {"code": "a-9"})
    assert taken.status_code == 409
    press(orga, "/admin/training/courses/A-9", "/versions/1/delete")
    assert orga.get("/admin/training/courses/A-9").status_code == 404
    press(orga, "/admin/training/courses/A-1", "/archive")
    assert orga.get("/courses/A-1").status_code == 404
    press(orga, "/admin/training/courses/A-1", "/restore")
    assert orga.get("/courses/A-1").status_code == 200


def test_the_list_is_searched_filtered_and_taken_out(orga: PageClient, count_queries: Any) -> None:
    training.course("A-1", title="Vault for all", languages=["de"], product_tags=["Käse & Co"])
    training.course("A-2", title="Core for some", status=VersionStatus.DRAFT)
    found = orga.get("/admin/training/?q=vau").text
    assert "Vault for all" in found
    assert "Core for some" not in found
    for query, shown in (
        ("state=draft", "Core"),
        ("language=de", "Vault"),
        ("product=K%C3%A4se+%26+Co", "Vault"),
        ("mode=virtual&level=beginner&state=current", "Vault"),
    ):
        page = orga.get(f"/admin/training/?{query}").text
        assert ("Vault for all" in page, "Core for some" in page) == (shown == "Vault", shown == "Core"), query
    assert "Nothing found" in orga.get("/admin/training/?state=archived").text
    page = orga.get("/admin/training/?language=de")
    file = orga.post("/admin/training/export?language=de", data={**hidden(page.text), "format": "plain"})
    rows = list(csv.DictReader(io.StringIO(file.text)))
    assert [(row["code"], row["products"], row["languages"]) for row in rows] == [("A-1", "Käse & Co", "de")]
    assert orga.post("/admin/training/export", data={**hidden(page.text), "format": "exe"}).status_code == 400
    with count_queries() as two:
        orga.get("/admin/training/")
    training.course("A-3")
    with count_queries() as three:
        orga.get("/admin/training/")
    assert len(three) == len(two) <= 12


def test_material_is_added_moved_given_out_and_deleted(orga: PageClient) -> None:
    training.course("A-1")
    url, page = "/admin/training/courses/A-1/versions/1/material/new", "/admin/training/courses/A-1"
    assert send(orga, url, {"title": "Link", "url": "https://docs.example/a"}).status_code == 302
    upload = {"title": "Book", "file": (io.BytesIO(b"%PDF-1.7"), "../../book.pdf")}
    assert send(orga, url, upload).status_code == 302
    for bad in (
        {"title": "Bad", "url": "javascript:alert(1)"},
        {"title": "Bad", "file": (io.BytesIO(b"MZ"), "a.exe")},
        {"title": "Bad"},
    ):
        assert send(orga, url, bad).status_code == 422
    link, book = db.session.scalars(select(CourseMaterial).order_by(CourseMaterial.id)).all()
    press(orga, page, f"/material/{book.id}/up")
    shown = orga.get(page).text
    assert shown.index("<bdi>Book</bdi>") < shown.index("<bdi>Link</bdi>")
    file = orga.get(f"/admin/training/courses/A-1/versions/1/material/{book.id}")
    assert file.data == b"%PDF-1.7"
    assert file.headers["Content-Disposition"] == "attachment; filename=book.pdf"
    assert "sandbox" in file.headers["Content-Security-Policy"]
    assert orga.get(f"/admin/training/courses/A-1/versions/1/material/{link.id}").status_code == 404
    press(orga, page, f"/material/{book.id}/delete")
    assert [one.title for one in db.session.scalars(select(CourseMaterial))] == ["Link"]


def test_a_credential_and_the_way_to_it(orga: PageClient) -> None:
    first, second = training.course("A-1"), training.course("A-2")
    assert "No credentials yet" in orga.get("/admin/training/credentials/").text
    done = send(orga, "/admin/training/credentials/new", {"code": "kce", "name": "Engineer", "points": "2"})
    made = db.session.scalars(select(Credential)).one()
    assert (made.code, made.points) == ("KCE", 2)
    assert "No way leads here yet" in orga.get(done.location).text
    send(orga, f"{done.location}/curricula/new", {"name": "Standard"})
    way = db.session.scalars(select(Curriculum)).one()
    for course, required in ((first, "yes"), (second, "no")):
        values = {"course": str(course.course_id), "required": required}
        press(orga, done.location, f"/curricula/{way.id}/courses", values)
    too_many = send(orga, f"{done.location}/curricula/{way.id}/edit", {"electives": "2"})
    assert "only 1 electives" in summary(too_many)
    send(orga, f"{done.location}/curricula/{way.id}/edit", {"electives": "1"})
    page = orga.get(done.location)
    assert "1 required course, and 1 of 1 electives" in page.text
    press(orga, done.location, f"/courses/{second.course_id}/up")
    press(orga, done.location, f"/courses/{second.course_id}/require")
    page = orga.get(done.location)
    assert "2 required courses" in page.text
    assert page.text.index("A-2 ") < page.text.index("A-1 ")
    press(orga, done.location, f"/courses/{second.course_id}/remove")
    press(orga, done.location, f"/curricula/{way.id}/archive")
    press(orga, done.location, "/archive")
    assert "Not given out any more" in orga.get(done.location).text
    nothing = press(orga, done.location, f"/curricula/{way.id}/courses", {"course": ""})
    assert nothing.status_code == 302
    assert "Choose a course." in orga.get(done.location).text


def test_foreign_and_unknown_are_the_same_404(orga: PageClient) -> None:
    version, other = training.course("A-1"), training.credential()
    way = training.curriculum(training.credential(), [version.course])
    for url in (
        "/admin/training/courses/NOPE",
        "/admin/training/courses/A-1/versions/2/edit",
        "/admin/training/credentials/999",
        f"/admin/training/credentials/{other.id}/curricula/{way.id}/edit",
    ):
        assert orga.get(url).status_code == 404, url


def test_what_nobody_could_pass_is_said(orga: PageClient) -> None:
    version = training.course("COR-101", pass_mark=70, exercise="Show it")
    page = orga.get("/admin/training/courses/COR-101").text
    assert "it has a pass mark, and no questions" in page
    assert "no rubric to mark it by" in page
    question = training.question(version)
    training.criterion(version)
    assert "Nobody can pass" not in orga.get("/admin/training/courses/COR-101").text
    question.archived = True
    factories.commit()
    assert "it has a pass mark, and no questions" in orga.get("/admin/training/courses/COR-101").text
