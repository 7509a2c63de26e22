"""Comments and tags on registrations: written and shown for the staff, found in the list, and nowhere else."""

import csv
import io
import threading
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from eventapp.audit.models import AuditEntry
from eventapp.core.db import db, transaction
from eventapp.events.models import Event
from eventapp.lifecycle import erasing
from eventapp.registrations import queries as registrations
from eventapp.registrations.desk import queries, service
from eventapp.registrations.desk.models import Comment, RegistrationTag, Tag, TagColour
from eventapp.registrations.models import Registration
from eventapp.registrations.service import substitute
from tests.conftest import NOW
from tests.registrations.conftest import Firm
from tests.support import factories
from tests.support.browsing import send
from tests.support.pages import PageClient, fields, hidden

BASE = "/admin/events/summit"


@pytest.fixture
def organizer(client: PageClient) -> PageClient:
    return client.sign_in(factories.organizer("orga@karmin.example"))


@pytest.fixture
def event(app: object) -> Event:
    return factories.event(slug="summit", title="Summit")


@pytest.fixture
def ada(event: Event, firm: Firm) -> Registration:
    return factories.registration(event, firm.company, "Ada", "Lang", email="ada@donau.example")


def tag(event: Event, word: str, *carried_by: Registration, colour: TagColour = TagColour.RED) -> Tag:
    made = service.make_tag(event, word, colour, by=factories.TESTS, at=NOW)
    service.put_on([r.id for r in carried_by], [made.id])
    factories.commit()
    return made


def note(client: PageClient, registration: Registration, text: str) -> Any:
    page = f"{BASE}/registrations/{registration.id}"
    return client.post(f"{page}/comments", data={**fields(client.get(page).text, "/comments"), "text": text})


def test_a_comment_says_who_and_when(organizer: PageClient, ada: Registration) -> None:
    assert note(organizer, ada, "Called: arrives late.\nHotel is <b>ours</b>.").status_code == 302
    page = organizer.get(f"{BASE}/registrations/{ada.id}").text
    assert "Called: arrives late.\nHotel is &lt;b&gt;ours&lt;/b&gt;." in page
    assert "orga@karmin.example" in page
    one = db.session.scalars(select(Comment)).one()
    assert (one.registration_id, one.written_by, one.written_at.date()) == (ada.id, "orga@karmin.example", NOW.date())
    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "registrations.comment")).one()
    assert (entry.changes, entry.organisation_id, entry.person_id) == ({}, None, None), "nothing of it in a log that others read"


def test_an_empty_or_endless_comment_comes_back(organizer: PageClient, ada: Registration) -> None:
    answer = note(organizer, ada, "   \n ")
    assert answer.status_code == 422
    assert "Write something." in answer.text
    answer = note(organizer, ada, "x" * 2001)
    assert answer.status_code == 422
    assert "x" * 2001 in answer.text, "what was typed is still there"
    assert db.session.scalars(select(Comment)).all() == []


def test_the_same_comment_sent_twice_is_one(organizer: PageClient, ada: Registration) -> None:
    page = f"{BASE}/registrations/{ada.id}"
    data = {**fields(organizer.get(page).text, "/comments"), "text": "Once"}
    first, second = organizer.post(f"{page}/comments", data=data), organizer.post(f"{page}/comments", data=data)
    assert (first.status_code, second.status_code) == (302, 302)
    assert len(db.session.scalars(select(Comment)).all()) == 1


def test_a_comment_can_be_deleted(organizer: PageClient, ada: Registration, event: Event, firm: Firm) -> None:
    note(organizer, ada, "Wrong")
    one = db.session.scalars(select(Comment)).one()
    ben = factories.registration(event, firm.company, "Ben", "Moser", email="ben@donau.example")
    token = hidden(organizer.get(f"{BASE}/registrations/{ada.id}").text)
    wrong = organizer.post(f"{BASE}/registrations/{ben.id}/comments/{one.id}/delete", data=token)
    assert wrong.status_code == 404, "another registration's comment"
    assert organizer.post(f"{BASE}/registrations/{ada.id}/comments/{one.id}/delete", data=token).status_code == 302
    assert db.session.scalars(select(Comment)).all() == []


def test_neither_company_nor_link_nor_person_reads_comments_and_tags(
    app: Flask, organizer: PageClient, ada: Registration, event: Event, firm: Firm
) -> None:
    note(organizer, ada, "zzsecretnote")
    tag(event, "zzsecrettag", ada)
    mine = factories.user("ada@donau.example")
    firm.ada.user_id = mine.id
    factories.commit()
    for user in (firm.admin, mine, None):
        client = app.test_client()
        if user is not None:
            client.sign_in(user)  # type: ignore[attr-defined]
        paths = [f"/r/{ada.token}", f"/r/{ada.token}/edit", "/events/summit/registrations", "/company/log", "/account/data"]
        for path in [*paths, f"/events/summit/registrations/{ada.id}/cancel", "/account/data/file", "/company/"]:
            text = client.get(path, follow_redirects=True).text
            assert "zzsecret" not in text, path
    form = fields(organizer.get("/admin/log/").text, "/export")
    assert "zzsecretnote" not in organizer.post("/admin/log/export", data={**form, "format": "plain"}).text


def test_tags_are_made_changed_and_deleted(organizer: PageClient, event: Event, ada: Registration) -> None:
    assert send(organizer, f"{BASE}/tags", {"word": "VIP", "colour": "violet"}).status_code == 302
    same = send(organizer, f"{BASE}/tags", {"word": "vip", "colour": "red"})
    assert same.status_code == 409
    assert "There is a tag “VIP” already." in same.text
    assert send(organizer, f"{BASE}/tags", {"word": "", "colour": "red"}).status_code == 422
    assert send(organizer, f"{BASE}/tags", {"word": "Odd", "colour": "pink"}).status_code == 422
    one = db.session.scalars(select(Tag)).one()
    service.put_on([ada.id], [one.id])
    factories.commit()
    assert send(organizer, f"{BASE}/tags/{one.id}", {"word": "Guest of honour", "colour": "green"}).status_code == 302
    db.session.refresh(one)
    assert (one.word, one.colour) == ("Guest of honour", TagColour.GREEN)
    page = organizer.get(f"{BASE}/tags/{one.id}/delete").text
    assert "1 registration carries it." in page
    assert send(organizer, f"{BASE}/tags/{one.id}/delete").status_code == 302
    assert db.session.scalars(select(RegistrationTag)).all() == []
    actions = db.session.scalars(select(AuditEntry.action).where(AuditEntry.object_type == "tag").order_by(AuditEntry.id)).all()
    assert actions == ["registrations.make_tag", "registrations.change_tag", "registrations.delete_tag"]


def test_another_events_tags_are_not_there(organizer: PageClient, event: Event, ada: Registration) -> None:
    other = factories.event(slug="other")
    foreign = tag(other, "Foreign")
    assert organizer.get(f"{BASE}/tags/{foreign.id}").status_code == 404
    tag(event, "Own")
    form = fields(organizer.get(f"{BASE}/registrations/{ada.id}").text, "/tags")
    answer = organizer.post(f"{BASE}/registrations/{ada.id}/tags", data={**form, "tags": [str(foreign.id)]})
    assert answer.status_code == 422
    assert queries.ids_on(ada) == set()


@pytest.mark.parametrize("value", ["", "x", "²", "99999999999999999999", "-1", "0"])
def test_hostile_tags_are_refused(organizer: PageClient, event: Event, ada: Registration, value: str) -> None:
    tag(event, "Own")
    form = fields(organizer.get(f"{BASE}/registrations/{ada.id}").text, "/tags")
    assert organizer.post(f"{BASE}/registrations/{ada.id}/tags", data={**form, "tags": [value]}).status_code == (
        422 if value else 302
    )
    assert queries.ids_on(ada) == set()
    assert organizer.get(f"{BASE}/registrations/", query_string={"tag": value}).status_code == 200


def test_tags_are_put_on_and_taken_off(organizer: PageClient, event: Event, ada: Registration) -> None:
    vip, press_ = tag(event, "VIP"), tag(event, "Press")
    page = f"{BASE}/registrations/{ada.id}"
    form = fields(organizer.get(page).text, "/tags")
    assert organizer.post(f"{page}/tags", data={**form, "tags": [str(vip.id), str(press_.id)]}).status_code == 302
    form = fields(organizer.get(page).text, "/tags")
    assert sorted(form["tags"]) == sorted([str(vip.id), str(press_.id)])
    assert organizer.post(f"{page}/tags", data={**form, "tags": [str(press_.id)]}).status_code == 302
    assert queries.ids_on(ada) == {press_.id}
    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "registrations.tags").order_by(AuditEntry.id)).all()
    assert [e.changes for e in entry] == [{"tags": [[], ["Press", "VIP"]]}, {"tags": [["Press", "VIP"], ["Press"]]}]


def test_the_list_shows_and_filters_tags_with_the_right_totals(
    organizer: PageClient, event: Event, ada: Registration, firm: Firm, count_queries: Any
) -> None:
    page = organizer.get(f"{BASE}/registrations/").text
    assert 'name="tag"' not in page, "no filter without tags"
    ben = factories.registration(event, firm.company, "Ben", "Moser", email="ben@donau.example")
    vip = tag(event, "VIP & more", ada)
    tag(event, "Nobody")
    page = organizer.get(f"{BASE}/registrations/").text
    assert page.count("VIP &amp; more</bdi>") == 1
    narrowed = organizer.get(f"{BASE}/registrations/?tag={vip.id}").text
    assert "Ada Lang" in narrowed
    assert "Ben Moser" not in narrowed
    assert "<b>1</b> person" in narrowed
    url, all_ = f"{BASE}/registrations/?tag={vip.id}", f"{BASE}/registrations/"
    with count_queries() as one:
        organizer.get(url)
    service.put_on([ben.id], [vip.id])
    for n in range(3):
        more = factories.registration(event, firm.company, f"N{n}", "More", email=f"n{n}@donau.example")
        service.put_on([more.id], [vip.id])
    factories.commit()
    with count_queries() as many:
        organizer.get(url)
    with count_queries() as everything:
        organizer.get(all_)
    assert len(one) == len(many) <= 12
    assert len(everything) <= 12


def test_the_export_has_a_column_of_tags(organizer: PageClient, event: Event, ada: Registration, firm: Firm) -> None:
    factories.registration(event, firm.company, "Ben", "Moser", email="ben@donau.example")

    def exported() -> list[str]:
        form = fields(organizer.get(f"{BASE}/registrations/").text, "/export")
        answer = organizer.post(f"{BASE}/registrations/export", data={**form, "format": "plain"})
        return [row["tags"] for row in csv.DictReader(io.StringIO(answer.get_data(as_text=True)))]

    assert exported() == ["", ""]
    tag(event, "VIP", ada)
    tag(event, "=cmd()", ada)
    assert {*exported()[0].split("; ")} in ({"VIP", "=cmd()"}, {"VIP", "'=cmd()"})
    assert exported()[1] == ""


def test_comments_stay_with_the_place_and_go_with_the_person(organizer: PageClient, ada: Registration, firm: Firm) -> None:
    note(organizer, ada, "Ada Lang asked for a window seat")
    place = registrations.of_bookings([ada.booking_id])[0]
    substitute(place, "Ben", "Moser", "ben@donau.example", by=factories.TESTS, at=NOW)
    factories.commit()
    with transaction():
        erasing.erase(firm.ada.id, by=factories.TESTS, now=NOW)
    assert db.session.scalars(select(Comment.text)).one() == "Erased person asked for a window seat"
    with transaction():
        erasing.erase(firm.ben.id, by=factories.TESTS, now=NOW)
    assert db.session.scalars(select(Comment.text)).all() == []


def test_the_history_says_who_what_and_when(organizer: PageClient, ada: Registration) -> None:
    page = f"{BASE}/registrations/{ada.id}"
    send(organizer, page, {"family_name": "Lange", "badge_name": "Ada L."})
    text = organizer.get(page).text
    assert "Corrected a registration" in text
    assert "Ada L." in text
    assert "<del>Ada Lang</del> → Ada Lange" in text
    assert "Registered" in text
    assert "orga@karmin.example" in text


def test_two_organizers_tag_at_once(app: Flask, event: Event, ada: Registration) -> None:
    vip, registration = tag(event, "VIP").id, ada.id
    db.session.remove()
    errors: list[BaseException] = []

    def put() -> None:
        with app.app_context():
            try:
                with transaction():
                    service.put_on([registration], [vip])
            except BaseException as error:
                errors.append(error)

    threads = [threading.Thread(target=put) for _n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(db.session.scalars(select(RegistrationTag)).all()) == 1
    assert errors == []


def test_only_organizers_write(app: Flask, client: PageClient, ada: Registration, firm: Firm) -> None:
    client.sign_in(firm.admin)
    token = hidden(client.get("/account/password").text)
    for path in (f"registrations/{ada.id}/comments", f"registrations/{ada.id}/tags", "tags"):
        assert client.post(f"{BASE}/{path}", data=token).status_code == 403
