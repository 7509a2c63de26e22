"""The pages of one's own agenda: behind the link, for a company's people, for organizers; the private calendar."""

import csv
import io
from typing import Any

import pytest
import time_machine
from flask import Flask
from icalendar import Calendar
from sqlalchemy import select

from eventapp.agenda.models import SessionAudience, SessionSignUp, SessionStar, SignUpStatus
from eventapp.agenda.own import queries, service
from eventapp.audit.models import AuditEntry
from eventapp.core.db import db
from eventapp.events.models import AudienceField, Event
from eventapp.partners.models import Organisation, Person
from eventapp.registrations import queries as registrations
from eventapp.registrations import service as registering
from eventapp.registrations.models import Registration
from tests.conftest import NOW
from tests.support import agenda, factories
from tests.support.agenda import day
from tests.support.browsing import mails, press, send, summary
from tests.support.factories import TESTS
from tests.support.pages import PageClient, hidden


@pytest.fixture
def event(app: Flask, clock: time_machine.Traveller) -> Event:
    return factories.event(slug="epc", title="Partner Conference")


@pytest.fixture
def company(app: Flask) -> Organisation:
    return factories.organisation("Donau Systemhaus GmbH", domain="donau.example")


@pytest.fixture
def ada(event: Event, company: Organisation) -> Registration:
    made = factories.registration(event, company, "Ada", "Lang", email="ada@donau.example")
    return registrations.by_token(made.token)


def statuses() -> list[SignUpStatus]:
    db.session.rollback()
    return list(db.session.scalars(select(SessionSignUp.status).order_by(SessionSignUp.id)))


def test_before_a_release_the_own_page_is_friendly(client: PageClient, ada: Registration) -> None:
    assert "The agenda is not out yet" in client.get(f"/r/{ada.token}/agenda").text
    assert "Agenda" not in client.get(f"/r/{ada.token}").text
    assert client.get("/r/no-such-token/agenda").status_code == 404


def test_a_star_is_set_and_taken_away_and_shows_on_the_registration(client: PageClient, event: Event, ada: Registration) -> None:
    lab = agenda.session(event, "Lab")
    agenda.release(event)
    page = client.get(f"/r/{ada.token}/agenda")
    assert 'aria-pressed="false"' in page.text
    number = agenda.slot_of(lab).number
    answer = client.post(
        f"/r/{ada.token}/agenda/star",
        data={**hidden(page.text), "star": f"on-{lab.id}-{number}", "back": f"/r/{ada.token}/agenda?view=list"},
    )
    assert answer.location == f"/r/{ada.token}/agenda?view=list#p{number}"
    page = client.get(f"/r/{ada.token}/agenda")
    assert 'aria-pressed="true"' in page.text
    assert "Lab" in client.get(f"/r/{ada.token}").text
    client.post(f"/r/{ada.token}/agenda/star", data={**hidden(page.text), "star": f"off-{lab.id}-1", "back": "//evil.example"})
    assert db.session.scalars(select(SessionStar)).all() == []


@pytest.mark.parametrize("star", ["", "on", "on-", "on-x-1", "on-999999-1", "what-1-1", "on-99999999999-1"])
def test_a_star_on_nothing_is_nothing(client: PageClient, event: Event, ada: Registration, star: str) -> None:
    agenda.session(event, "Lab")
    agenda.release(event)
    page = client.get(f"/r/{ada.token}/agenda")
    answer = client.post(f"/r/{ada.token}/agenda/star", data={**hidden(page.text), "star": star})
    assert answer.status_code == 404


def test_signed_in_people_have_stars_on_the_public_page(client: PageClient, event: Event, company: Organisation) -> None:
    agenda.session(event, "Lab", signs_up=True, capacity=3, code="LAB")
    agenda.release(event)
    account = factories.user("eva@donau.example")
    one = factories.registration(event, company, "Eva", "Huber", email="eva@donau.example")
    db.session.get_one(Person, one.person_id).user_id = account.id
    factories.commit()
    assert "aria-pressed" not in client.get("/events/epc/agenda").text
    client.sign_in(account)
    page = client.get("/events/epc/agenda").text
    assert 'aria-pressed="false"' in page
    assert f"/r/{one.token}/agenda" in page
    assert "Sign up" in client.get("/events/epc/agenda/LAB").text
    press(client, "/events/epc/agenda/LAB", f"/r/{one.token}/agenda/LAB/sign-up")
    assert statuses() == [SignUpStatus.CONFIRMED]


def test_a_place_is_taken_and_given_back_by_buttons(client: PageClient, event: Event, ada: Registration) -> None:
    agenda.session(event, "Lab", signs_up=True, capacity=1, code="LAB")
    agenda.release(event)
    path = f"/r/{ada.token}/agenda/LAB"
    assert "1 place left" in client.get(path).text
    press(client, path, f"{path}/sign-up")
    assert "You have a place" in client.get(path).text
    assert "You have a place" in client.get(f"/r/{ada.token}/agenda").text
    press(client, path, f"{path}/give-back")
    assert statuses() == [SignUpStatus.CANCELLED]


def test_a_double_click_signs_up_once(client: PageClient, event: Event, ada: Registration) -> None:
    agenda.session(event, "Lab", signs_up=True, capacity=5, code="LAB")
    agenda.release(event)
    path = f"/r/{ada.token}/agenda/LAB"
    data = {**hidden(client.get(path).text), "back": path}
    for _click in range(3):
        assert client.post(f"{path}/sign-up", data=data).location == path
    assert statuses() == [SignUpStatus.CONFIRMED]
    assert len(mails("agenda.confirmed")) == 1


def test_an_overlap_is_said_and_the_button_gives_the_other_up(client: PageClient, event: Event, ada: Registration) -> None:
    agenda.session(event, "Lab", signs_up=True, code="LAB")
    agenda.session(event, "Other", signs_up=True, code="OTHER")
    agenda.release(event)
    press(client, f"/r/{ada.token}/agenda/LAB", f"/r/{ada.token}/agenda/LAB/sign-up")
    page = client.get(f"/r/{ada.token}/agenda/OTHER").text
    assert "It overlaps with Lab" in page
    plain = client.post(f"/r/{ada.token}/agenda/OTHER/sign-up", data=hidden(page), follow_redirects=True)
    assert "It overlaps with Lab" in plain.text
    assert statuses() == [SignUpStatus.CONFIRMED]
    press(client, f"/r/{ada.token}/agenda/OTHER", f"/r/{ada.token}/agenda/OTHER/sign-up")
    assert statuses() == [SignUpStatus.CANCELLED, SignUpStatus.CONFIRMED]


def test_who_is_not_confirmed_reads_why(client: PageClient, event: Event, ada: Registration) -> None:
    agenda.session(event, "Lab", signs_up=True, code="LAB")
    agenda.release(event)
    registering.cancel([ada], reason="", by=TESTS, at=NOW)
    factories.commit()
    assert "Only people with a confirmed registration" in client.get(f"/r/{ada.token}/agenda/LAB").text


def feed_of(client: PageClient, registration: Registration) -> str:
    """The path of a private calendar, made by the button."""
    press(client, f"/r/{registration.token}/agenda", f"/r/{registration.token}/agenda/calendar")
    page = client.get(f"/r/{registration.token}/agenda").text
    start = page.index('value="http://events.test/calendar/') + len('value="http://events.test')
    return page[start : page.index('"', start)]


def entries(client: PageClient, path: str) -> dict[str, Any]:
    answer = client.get(path)
    assert answer.status_code == 200
    return {str(one["SUMMARY"]): one for one in Calendar.from_ical(answer.text).walk("VEVENT")}


def test_the_private_calendar_follows(client: PageClient, event: Event, ada: Registration) -> None:
    lab = agenda.session(event, "Lab", signs_up=True, capacity=1)
    starred = agenda.session(event, "Starred", starts_at=day(9))
    agenda.session(event, "Neither", starts_at=day(10))
    agenda.release(event)
    service.sign_up(ada, lab, by=TESTS, at=NOW)
    factories.commit()
    agenda.star(ada, starred)
    path = feed_of(client, ada)
    answer = client.get(path)
    assert answer.content_type == "text/calendar; charset=utf-8"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert "noindex" in answer.headers["X-Robots-Tag"]
    for line in ("X-WR-CALNAME:Partner Conference: my agenda", "REFRESH-INTERVAL;VALUE=DURATION:PT30M", "METHOD:PUBLISH"):
        assert f"\r\n{line}\r\n" in answer.text
    assert "mailto:" not in answer.text
    assert client.get(path, headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304
    first = entries(client, path)
    assert set(first) == {"Lab", "Starred"}
    agenda.place(lab, starts_at=day(11))
    agenda.release(event)
    moved = entries(client, path)
    assert moved["Lab"]["UID"] == first["Lab"]["UID"]
    assert moved["Lab"]["SEQUENCE"] > first["Lab"]["SEQUENCE"]
    agenda.cancel(starred)
    agenda.release(event)
    gone = entries(client, path)
    assert str(gone["Starred"]["STATUS"]) == "CANCELLED"
    assert gone["Starred"]["SEQUENCE"] > moved["Starred"]["SEQUENCE"]
    service.give_back(queries.of_registrations([ada.id]), by=TESTS, at=NOW)
    factories.commit()
    back = entries(client, path)
    assert str(back["Lab"]["STATUS"]) == "CANCELLED"
    assert back["Lab"]["SEQUENCE"] > moved["Lab"]["SEQUENCE"]


def test_a_new_address_closes_the_old_one(client: PageClient, event: Event, ada: Registration) -> None:
    agenda.session(event, "Lab")
    agenda.release(event)
    old = feed_of(client, ada)
    new = feed_of(client, ada)
    assert client.get(old).status_code == 404
    assert client.get(new).status_code == 200
    assert client.get(f"/calendar/{ada.token}.ics").status_code == 404


def test_the_pages_ask_a_constant_number_of_questions(
    client: PageClient, event: Event, ada: Registration, count_queries: Any
) -> None:
    numbers = []
    for size in (1, 3):
        for n in range(size):
            made = agenda.session(event, f"S{size}{n}", signs_up=True, starts_at=day(7 + n + size), code=f"C{size}{n}")
        agenda.release(event)
        service.sign_up(registrations.by_token(ada.token), made, by=TESTS, at=NOW)
        factories.commit()
        counts = []
        for path in (f"/r/{ada.token}/agenda", f"/r/{ada.token}/agenda/C{size}0", f"/r/{ada.token}/agenda.ics"):
            with count_queries() as found:
                assert client.get(path).status_code == 200
            counts.append(len(found))
        numbers.append(counts)
    assert numbers[0] == numbers[1]
    assert max(numbers[0]) <= 12


# A company's people.


@pytest.fixture
def admin(client: PageClient, event: Event, company: Organisation) -> PageClient:
    return client.sign_in(factories.company_admin(company, "petra@donau.example"))


def cell(registration: Registration, session: Any) -> str:
    return f"{registration.id}-{session.id}"


def test_a_company_admin_gives_places_on_one_page(
    admin: PageClient, event: Event, company: Organisation, ada: Registration
) -> None:
    bob = factories.registration(event, company, "Bob", "Maier", email="bob@donau.example")
    lab = agenda.session(event, "Lab", signs_up=True, capacity=1)
    agenda.session(event, "Open to all", starts_at=day(10))
    agenda.release(event)
    url = "/company/events/epc/sessions"
    assert f'href="{url}"' in admin.get("/events/epc/registrations").text
    page = admin.get(url).text
    assert "Ada Lang" in page
    assert "Open to all" not in page
    answer = send(admin, url, {"place": [cell(ada, lab), cell(bob, lab)]})
    assert answer.status_code == 302
    assert statuses() == [SignUpStatus.CONFIRMED, SignUpStatus.WAITING]
    assert mails("agenda.confirmed")[0].to_address == "ada@donau.example"
    send(admin, url, {"place": [cell(bob, lab)]})
    assert statuses() == [SignUpStatus.CANCELLED, SignUpStatus.CONFIRMED]
    send(admin, url)
    assert statuses() == [SignUpStatus.CANCELLED, SignUpStatus.CONFIRMED]


def test_a_refusal_names_the_cell_and_keeps_the_ticks(admin: PageClient, event: Event, ada: Registration) -> None:
    lab = agenda.session(event, "Lab", signs_up=True)
    other = agenda.session(event, "Other", signs_up=True)
    agenda.release(event)
    answer = send(admin, "/company/events/epc/sessions", {"place": [cell(ada, lab), cell(ada, other)]})
    assert answer.status_code == 409
    assert "Ada Lang, Other: It overlaps with Lab" in summary(answer)
    assert answer.text.count(" checked") == 2
    assert statuses() == []
    send(admin, "/company/events/epc/sessions", {"place": [cell(ada, lab)]})
    send(admin, "/company/events/epc/sessions", {"place": [cell(ada, other)]})
    assert statuses() == [SignUpStatus.CANCELLED, SignUpStatus.CONFIRMED]


def test_foreign_people_are_not_on_the_page_and_cannot_be_signed_up(admin: PageClient, event: Event, ada: Registration) -> None:
    foreign = factories.registration(event, factories.organisation("Isar AG"), "Xaver", "Fremd")
    lab = agenda.session(event, "Lab", signs_up=True)
    agenda.release(event)
    assert "Xaver" not in admin.get("/company/events/epc/sessions").text
    send(admin, "/company/events/epc/sessions", {"place": [cell(foreign, lab), "x-y", "1", "9-9"]})
    assert statuses() == []


def test_what_a_company_may_not_come_to_it_does_not_hear_of(admin: PageClient, event: Event, ada: Registration) -> None:
    secret = agenda.session(event, "Only for ISVs", signs_up=True, listed=False)
    agenda.session(event, "Lab", signs_up=True)
    db.session.add(SessionAudience(session_id=secret.id, field=AudienceField.TYPE, values=["isv"]))
    factories.commit()
    agenda.release(event)
    page = admin.get("/company/events/epc/sessions").text
    assert "Lab" in page
    assert "Only for ISVs" not in page
    send(admin, "/company/events/epc/sessions", {"place": [cell(ada, secret)]})
    assert statuses() == []


def test_empty_states_of_the_company_page(admin: PageClient, event: Event) -> None:
    url = "/company/events/epc/sessions"
    assert "The agenda is not out yet" in admin.get(url).text
    agenda.session(event, "Lab")
    agenda.release(event)
    assert "Nobody has a confirmed place" in admin.get(url).text
    assert admin.get("/company/events/nothing/sessions").status_code == 404


# Organizers.


@pytest.fixture
def organizer(client: PageClient, event: Event) -> PageClient:
    return client.sign_in(factories.organizer())


def test_organizers_see_put_in_and_take_out(
    organizer: PageClient, event: Event, ada: Registration, company: Organisation
) -> None:
    factories.registration(event, company, "Bob", "Maier", email="bob@donau.example")
    lab = agenda.session(event, "Lab", signs_up=True, capacity=1, code="LAB")
    agenda.release(event)
    service.sign_up(ada, lab, by=TESTS, at=NOW)
    factories.commit()
    assert "1 of 1" in organizer.get("/admin/events/epc/agenda/sign-ups").text
    url = "/admin/events/epc/agenda/sign-ups/LAB"
    assert "Ada Lang" in organizer.get(url).text
    nobody = send(organizer, url, {"who": "nobody@x.example", "reason": "VIP"}, action=f"{url}/add")
    assert nobody.status_code == 422
    assert "Nobody with a confirmed registration" in summary(nobody)
    assert 'value="VIP"' in nobody.text
    assert "Say why" in summary(send(organizer, url, {"who": "bob@donau.example"}, action=f"{url}/add"))
    send(organizer, url, {"who": "BOB@donau.example", "reason": "VIP"}, action=f"{url}/add")
    assert statuses() == [SignUpStatus.CONFIRMED, SignUpStatus.WAITING]
    first = db.session.scalars(select(SessionSignUp.id).order_by(SessionSignUp.id)).first()
    assert "Tick whom" in summary(send(organizer, url, {"why": "Ill"}, action=f"{url}/remove"))
    send(organizer, url, {"why": "Ill", "ids": [str(first)]}, action=f"{url}/remove")
    assert statuses() == [SignUpStatus.CANCELLED, SignUpStatus.CONFIRMED]
    assert "Bob Maier" in organizer.get(f"{url}?q=maier").text
    assert "Ada Lang" in organizer.get(f"{url}?status=cancelled").text


def test_above_its_capacity_on_demand(organizer: PageClient, event: Event, ada: Registration) -> None:
    agenda.session(event, "Lab", signs_up=True, capacity=0, code="LAB")
    agenda.release(event)
    url = "/admin/events/epc/agenda/sign-ups/LAB"
    send(organizer, url, {"who": ada.code, "reason": "VIP", "above": "y"}, action=f"{url}/add")
    assert statuses() == [SignUpStatus.CONFIRMED]
    assert "1 of 0" in organizer.get(url).text


def test_the_export_has_a_row_for_each_person_and_session(organizer: PageClient, event: Event, company: Organisation) -> None:
    evil = factories.registration(event, company, "=1+1", "Evil", email="evil@donau.example")
    lab = agenda.session(event, "Lab; or not", signs_up=True, code="LAB")
    other = agenda.session(event, "@Other", signs_up=True, starts_at=day(10), code="OTHER")
    agenda.release(event)
    for session in (lab, other):
        service.sign_up(registrations.by_token(evil.token), session, by=TESTS, at=NOW)
        factories.commit()
    token = hidden(organizer.get("/admin/events/epc/agenda/sign-ups").text)
    answer = organizer.post("/admin/events/epc/agenda/sign-ups/export", data={**token, "format": "excel-eu"})
    rows = list(csv.DictReader(io.StringIO(answer.get_data().decode("utf-8-sig")), delimiter=";"))
    assert [(row["given_name"], row["session"], row["session_status"]) for row in rows] == [
        ("'=1+1", "Lab; or not", "confirmed"),
        ("'=1+1", "'@Other", "confirmed"),
    ]
    assert "epc_attendee_sessions_" in answer.headers["Content-Disposition"]
    one = organizer.post("/admin/events/epc/agenda/sign-ups/export", data={**token, "format": "json", "session": "LAB"})
    assert len(one.get_json()) == 1
    assert db.session.scalars(select(AuditEntry).where(AuditEntry.action == "own_agenda.export")).all()


def test_the_company_page_asks_a_constant_number_of_questions(
    admin: PageClient, event: Event, company: Organisation, ada: Registration, count_queries: Any
) -> None:
    counts = []
    for size in (1, 3):
        for n in range(size):
            made = agenda.session(event, f"S{size}{n}", signs_up=True, starts_at=day(7 + n + size))
            for field, values in ((AudienceField.TIER, ["ready"]), (AudienceField.FUNCTION, ["sales"])):
                db.session.add(SessionAudience(session_id=made.id, field=field, values=values))
            factories.registration(event, company, email=f"c{size}{n}@donau.example")
        factories.commit()
        agenda.release(event)
        with count_queries() as found:
            assert admin.get("/company/events/epc/sessions").status_code == 200
        asked = [statement for statement in found.statements if "set_config" not in statement]  # of the wall on Postgres
        counts.append(len(asked))
    assert counts[0] == counts[1]
    assert counts[0] <= 12
