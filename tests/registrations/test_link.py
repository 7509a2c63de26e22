"""What one can do behind the secret link, and with the company's list: correct, cancel, undo, hand on."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from icalendar import Calendar

from eventapp.accounts.models import Role
from eventapp.core.db import db
from eventapp.events.models import Event, EventFormat, Mode
from eventapp.lifecycle import service as lifecycle
from eventapp.mail.models import OutboxMail
from eventapp.partners.models import Person
from eventapp.places.queries import miscounts
from eventapp.registrations.models import Registration, RegistrationStatus
from eventapp.registrations.tallies import miscounted
from tests.conftest import NOW
from tests.registrations.conftest import Firm
from tests.support import factories
from tests.support.browsing import mails, press, send, send_page, summary
from tests.support.pages import PageClient, fields


@pytest.fixture
def event(app: object) -> Event:
    return factories.event(title="Summit", capacity=1, join_url="https://meet.example/room")


@pytest.fixture
def ada(event: Event, firm: Firm) -> Registration:
    """Ada has the only place."""
    return factories.registration(event, firm.company, email="ada@donau.example")


def page_of(one: Registration) -> str:
    return f"/r/{one.token}"


def entry(mail: OutboxMail) -> Any:
    assert mail.calendar is not None
    calendar = Calendar.from_ical(mail.calendar)
    assert calendar["METHOD"] == mail.calendar_method
    (found,) = calendar.walk("VEVENT")
    return found


def status_of(one: Registration) -> str:
    db.session.rollback()
    db.session.expire_all()
    assert miscounts() == []
    assert miscounted() == []
    return db.session.get_one(Registration, one.id).status.value


class TestPage:
    def test_a_confirmed_person_sees_everything(self, client: PageClient, ada: Registration, event: Event) -> None:
        page = client.get(page_of(ada))
        assert "Ada Lang, your place is confirmed." in page.text
        for text in (ada.code, "Messe", "Vienna (UTC+2)", "calendar.google.com", "outlook.office.com", "Donau Systemhaus GmbH"):
            assert text in page.text
        assert "https://meet.example/room" not in page.text, "an event in person has no join link"
        assert page.headers["Referrer-Policy"] == "no-referrer"
        assert page.headers["X-Robots-Tag"] == "noindex, nofollow"
        assert page.headers["Cache-Control"] == "no-store"

    def test_a_waiting_person_sees_reason_and_position_but_no_code(
        self, client: PageClient, ada: Registration, event: Event, firm: Firm
    ) -> None:
        factories.registration(event, firm.company, email="ben@donau.example")
        third = factories.registration(event, firm.company)
        page = client.get(page_of(third)).text
        assert "Waiting for a place at the event, position 2 of 2." in page
        assert third.code not in page
        assert "Leave the waiting list" in page

    def test_the_qr_code_holds_the_code_and_nothing_else(self, client: PageClient, ada: Registration) -> None:
        answer = client.get(f"{page_of(ada)}/code.svg")
        assert answer.mimetype == "image/svg+xml"
        assert answer.text.startswith("<svg")
        assert "Ada" not in answer.text
        assert answer.headers["Cache-Control"] == "no-store"

    def test_the_join_link_is_for_confirmed_people_on_video(self, client: PageClient, firm: Firm) -> None:
        event = factories.event(format=EventFormat.VIRTUAL, venue="", capacity=1, join_url="https://meet.example/room")
        first = factories.registration(event, firm.company, mode=Mode.VIRTUAL)
        second = factories.registration(event, firm.company, mode=Mode.VIRTUAL)
        page = client.get(page_of(first)).text
        assert "Join on video" in page
        assert "https://meet.example/room" not in page, "it is reached at the click"
        assert "Join on video" not in client.get(page_of(second)).text

    def test_unknown_secrets_are_nothing(self, client: PageClient, ada: Registration) -> None:
        for token in ("A" * 32, ada.token[:-1], ada.token + "A", ada.code):
            for tail in ("", "/code.svg", "/event.ics", "/edit", "/cancel", "/substitute"):
                assert client.get(f"/r/{token}{tail}").status_code == 404

    def test_an_event_that_is_over_cannot_be_changed(
        self, client: PageClient, ada: Registration, event: Event, clock: time_machine.Traveller
    ) -> None:
        db.session.get_one(Event, event.id).starts_at = NOW
        db.session.get_one(Event, event.id).ends_at = NOW + timedelta(hours=1)
        form = fields(client.get(f"{page_of(ada)}/cancel").text)
        clock.shift(3601)
        page = client.get(page_of(ada)).text
        for word in ("Cancel my place", "Somebody else comes", "Correct name"):
            assert word not in page
        refused = client.post(f"{page_of(ada)}/cancel", data=form)
        assert "The event is over." in client.get(refused.location).text
        assert status_of(ada) == "confirmed"

    def test_an_event_cancelled_with_its_reason(self, client: PageClient, ada: Registration, event: Event) -> None:
        event = db.session.get_one(Event, event.id)
        lifecycle.cancel_event(event, "The venue burnt down", by=factories.TESTS, now=NOW)
        page = client.get(page_of(ada)).text
        assert "The event was cancelled. The venue burnt down" in page
        assert "Undo cancelling" not in page
        told = mails("registrations.event_cancelled")[-1]
        assert "The venue burnt down" in told.text
        assert entry(told)["STATUS"] == "CANCELLED"


class TestCalendar:
    def test_the_file_is_a_calendar_like_the_mail_s(self, client: PageClient, ada: Registration) -> None:
        answer = client.get(f"{page_of(ada)}/event.ics")
        assert answer.content_type == "text/calendar; charset=utf-8"
        text = answer.get_data().decode()
        assert all(len(line.encode()) <= 75 for line in text.split("\r\n"))
        assert "\n" not in text.replace("\r\n", "")
        calendar = Calendar.from_ical(text)
        assert (calendar["VERSION"], calendar["METHOD"]) == ("2.0", "PUBLISH")
        assert calendar["PRODID"]
        (found,) = calendar.walk("VEVENT")
        mailed = entry(mails("registrations.confirmed")[0])
        for name in ("UID", "SEQUENCE", "SUMMARY", "LOCATION", "URL"):
            assert found[name] == mailed[name]
        assert found["DTSTART"].dt == factories.STARTS
        assert found["DTEND"].dt == factories.ENDS
        assert found["STATUS"] == "CONFIRMED"
        assert mailed["DTSTAMP"].dt.tzinfo is not None
        assert str(mailed["ATTENDEE"]) == "mailto:ada@donau.example"
        assert str(mailed["ORGANIZER"]) == "mailto:events@karmin.example"
        assert "DURATION" not in found

    def test_uid_stays_and_sequence_grows(self, client: PageClient, ada: Registration, clock: time_machine.Traveller) -> None:
        send(client, f"{page_of(ada)}/cancel")
        press(client, page_of(ada), f"{page_of(ada)}/undo")
        entries = [entry(m) for m in mails(to="ada@donau.example")]
        assert len({str(e["UID"]) for e in entries}) == 1
        assert [int(e["SEQUENCE"]) for e in entries] == [0, 1, 2]
        assert [m.calendar_method for m in mails(to="ada@donau.example")] == ["REQUEST", "CANCEL", "REQUEST"]
        assert [str(e["STATUS"]) for e in entries] == ["CONFIRMED", "CANCELLED", "CONFIRMED"]


class TestCorrecting:
    def test_name_and_answers(self, client: PageClient, ada: Registration, firm: Firm) -> None:
        url = f"{page_of(ada)}/edit"
        values = {"given_name": "Ada Maria", "family_name": "Lang-Weiß", "badge_name": "Ada", "note": "no nuts"}
        assert send(client, url, values).location == page_of(ada)
        page = client.get(page_of(ada)).text
        for text in ("Ada Maria Lang-Weiß", "no nuts", "Saved."):
            assert text in page
        assert db.session.get_one(Person, firm.ada.id).given_name == "Ada Maria"
        assert status_of(ada) == "confirmed"

    def test_a_name_that_is_left_alone_stays_as_it_was_typed(self, client: PageClient, event: Event, firm: Firm) -> None:
        other = factories.organisation("Isar Netze AG", domain="isar.example")
        factories.person(other, "Hidden", "Surname", "stranger@isar.example")
        one = factories.registration(event, firm.company, "Typed", "Name", email="stranger@isar.example")
        url = f"{page_of(one)}/edit"
        send(client, url, {"note": "no nuts"})
        db.session.expire_all()
        assert (one.name, one.note) == ("Typed Name", "no nuts")

    def test_correcting_one_part_does_not_give_the_other_away(self, client: PageClient, event: Event, firm: Firm) -> None:
        """The form is filled in with the own name, which the company does not know."""
        other = factories.organisation("Isar Netze AG", domain="isar.example")
        person = factories.person(other, "Hidden", "Surname", "stranger@isar.example")
        one = factories.registration(event, firm.company, "Typed", "Name", email="stranger@isar.example")
        url = f"{page_of(one)}/edit"
        assert "“Typed Name”" in client.get(url).text
        send(client, url, {"family_name": "Chosen"})
        client.sign_in(factories.user("olga@karmin.example", Role.ORGANIZER))
        send(client, f"/admin/events/{event.slug}/registrations/{one.id}", {"family_name": "Chosen too"})
        db.session.expire_all()
        assert (one.name, person.full_name) == ("Typed Name", "Hidden Chosen too")
        send(client, url, {"shown": "y"})
        db.session.expire_all()
        assert one.name == "Hidden Chosen too"
        assert 'name="shown"' not in client.get(url).text, "there is nothing to choose any more"

    def test_a_mistake_keeps_what_was_typed(self, client: PageClient, ada: Registration) -> None:
        page = send(client, f"{page_of(ada)}/edit", {"given_name": "", "note": "n" * 501, "badge_name": "B"})
        assert page.status_code == 422
        assert 'href="#given_name"' in summary(page)
        assert 'href="#note"' in summary(page)
        kept = fields(page.text)
        assert (kept["given_name"], kept["note"], kept["badge_name"]) == ("", "n" * 501, "B")

    def test_a_stale_page_is_told_and_keeps_what_was_typed(self, client: PageClient, ada: Registration) -> None:
        url = f"{page_of(ada)}/edit"
        old = client.get(url)
        send(client, url, {"note": "first"})
        page = send_page(client, old, url, {"note": "second"})
        assert page.status_code == 409
        assert "changed elsewhere" in summary(page)
        assert fields(page.text)["note"] == "second"
        assert send_page(client, page, url).status_code == 302
        assert "second" in client.get(page_of(ada)).text


class TestCancelling:
    def test_two_clicks_and_the_first_who_waits_moves_up(
        self, client: PageClient, ada: Registration, event: Event, firm: Firm
    ) -> None:
        ben = factories.registration(event, firm.company, email="ben@donau.example")
        eva = factories.registration(event, firm.company, email="eva@donau.example")
        asked = client.get(f"{page_of(ada)}/cancel")
        assert "Cancel this registration?" in asked.text
        assert status_of(ada) == "confirmed"
        done = send_page(client, asked, f"{page_of(ada)}/cancel")
        assert done.location == page_of(ada)
        assert "This can be undone for 15 minutes." in client.get(done.location).text
        assert [status_of(r) for r in (ada, ben, eva)] == ["cancelled", "confirmed", "waiting"]
        assert "position 1" in client.get(page_of(eva)).text
        (cancelled,) = mails("registrations.cancelled")
        assert cancelled.to_address == "ada@donau.example"
        told = mails("registrations.promoted")[-1]
        assert told.to_address == "ben@donau.example"
        assert entry(told)["STATUS"] == "CONFIRMED"
        assert int(entry(told)["SEQUENCE"]) == 1

    def test_undo_within_the_quarter_of_an_hour(
        self, client: PageClient, ada: Registration, clock: time_machine.Traveller
    ) -> None:
        send(client, f"{page_of(ada)}/cancel")
        clock.shift(timedelta(minutes=14, seconds=50))
        press(client, page_of(ada), f"{page_of(ada)}/undo")
        assert status_of(ada) == "confirmed"
        assert "Your place is yours again." in client.get(page_of(ada)).text
        assert [m.kind.rpartition(".")[2] for m in mails()] == ["confirmed", "cancelled", "confirmed"]

    def test_undo_when_somebody_has_the_place_waits_at_the_old_turn(
        self, client: PageClient, ada: Registration, event: Event, firm: Firm
    ) -> None:
        ben = factories.registration(event, firm.company, email="ben@donau.example")
        eva = factories.registration(event, firm.company, email="eva@donau.example")
        send(client, f"{page_of(ada)}/cancel")
        press(client, page_of(ada), f"{page_of(ada)}/undo")
        page = client.get(page_of(ada)).text
        assert "The place has gone to somebody else meanwhile." in page
        assert "position 1" in page
        assert [status_of(r) for r in (ada, ben, eva)] == ["waiting", "confirmed", "waiting"]

    def test_after_the_quarter_of_an_hour_it_is_too_late(
        self, client: PageClient, ada: Registration, clock: time_machine.Traveller
    ) -> None:
        send(client, f"{page_of(ada)}/cancel")
        form = fields(client.get(page_of(ada)).text, "undo")
        clock.shift(timedelta(minutes=15, seconds=5))
        assert "Undo cancelling" not in client.get(page_of(ada)).text
        refused = client.post(f"{page_of(ada)}/undo", data=form)
        assert "The 15 minutes are over." in client.get(refused.location).text
        assert status_of(ada) == "cancelled"

    def test_undo_after_registering_anew_does_nothing(
        self, client: PageClient, ada: Registration, event: Event, firm: Firm
    ) -> None:
        send(client, f"{page_of(ada)}/cancel")
        form = fields(client.get(page_of(ada)).text, "undo")
        again = factories.registration(event, firm.company, email="ada@donau.example", at=NOW)
        refused = client.post(f"{page_of(ada)}/undo", data=form)
        assert "registered again already" in client.get(refused.location).text
        assert [status_of(r) for r in (ada, again)] == ["cancelled", "confirmed"]

    def test_pressing_undo_twice_is_undoing_once(self, client: PageClient, ada: Registration) -> None:
        send(client, f"{page_of(ada)}/cancel")
        form = fields(client.get(page_of(ada)).text, "undo")
        answers = [client.post(f"{page_of(ada)}/undo", data=form) for _n in range(2)]
        assert {(a.status_code, a.location) for a in answers} == {(302, page_of(ada))}
        assert "15 minutes are over" not in client.get(page_of(ada)).text
        assert len(mails()) == 3

    def test_leaving_the_waiting_list(self, client: PageClient, ada: Registration, event: Event, firm: Firm) -> None:
        ben = factories.registration(event, firm.company, email="ben@donau.example")
        eva = factories.registration(event, firm.company, email="eva@donau.example")
        send(client, f"{page_of(ben)}/cancel")
        assert [status_of(r) for r in (ada, ben, eva)] == ["confirmed", "cancelled", "waiting"]
        assert "position 1" in client.get(page_of(eva)).text

    def test_whoever_was_checked_in_cannot_cancel(self, client: PageClient, ada: Registration) -> None:
        db.session.get_one(Registration, ada.id).checked_in_at = NOW - timedelta(minutes=1)
        refused = send(client, f"{page_of(ada)}/cancel")
        assert "checked in already" in client.get(refused.location).text
        assert status_of(ada) == "confirmed"


class TestHandingOn:
    def test_a_new_colleague_comes_instead(self, client: PageClient, ada: Registration, firm: Firm) -> None:
        old_code, old_page, old_uid = ada.code, page_of(ada), ada.uid
        values = {"given_name": "Cem", "family_name": "Yıldız", "address": "cem@donau.example"}
        done = send(client, f"{old_page}/substitute", values)
        assert done.status_code == 302
        assert "Handed on." in client.get(done.location).text
        db.session.expire_all()
        now = db.session.get_one(Registration, ada.id)
        assert (now.name, now.status) == ("Cem Yıldız", RegistrationStatus.CONFIRMED)
        assert now.code != old_code
        assert client.get(old_page).status_code == 404
        assert client.get(f"{old_page}/code.svg").status_code == 404
        assert status_of(ada) == "confirmed"

        (farewell,) = mails("registrations.substituted")
        assert farewell.to_address == "ada@donau.example"
        gone = entry(farewell)
        assert (str(gone["UID"]), int(gone["SEQUENCE"]), str(gone["STATUS"])) == (f"{old_uid}@events.test", 1, "CANCELLED")
        assert farewell.calendar_method == "CANCEL"
        welcome = mails("registrations.confirmed")[-1]
        assert welcome.to_address == "cem@donau.example"
        assert now.token in welcome.text
        assert str(entry(welcome)["UID"]) != str(gone["UID"])
        for mail in (farewell, *mails("registrations.confirmed")[:-1]):
            assert now.token not in mail.text + mail.html + (mail.calendar or "")

    def test_the_old_holder_s_answers_do_not_go_along(self, client: PageClient, ada: Registration) -> None:
        send(client, f"{page_of(ada)}/edit", {"badge_name": "Ada!", "note": "no nuts"})
        send(client, f"{page_of(ada)}/substitute", {"given_name": "Cem", "family_name": "Y", "address": "cem@donau.example"})
        db.session.expire_all()
        now = db.session.get_one(Registration, ada.id)
        assert (now.badge_name, now.note) == ("", "")

    @pytest.mark.parametrize(
        ("address", "status", "message"),
        [
            ("cem@elsewhere.example", 422, "Enter the address of a colleague at Donau Systemhaus GmbH."),
            ("stranger@isar.example", 422, "Enter the address of a colleague at Donau Systemhaus GmbH."),
            ("ada@donau.example", 409, "Ada Lang is registered for this event already."),
            ("no address", 422, "Enter an e-mail like name@company.com."),
        ],
    )
    def test_who_cannot_come_instead(
        self, client: PageClient, ada: Registration, address: str, status: int, message: str
    ) -> None:
        other = factories.organisation("Isar Netze AG", domain="isar.example")
        factories.person(other, "Hidden", "Surname", "stranger@isar.example")
        page = send(client, f"{page_of(ada)}/substitute", {"given_name": "Cem", "family_name": "Y", "address": address})
        assert page.status_code == status
        assert message in summary(page)
        assert "Hidden" not in page.text
        kept = fields(page.text)
        assert (kept["given_name"], kept["address"]) == ("Cem", address)
        assert client.get(page_of(ada)).status_code == 200

    def test_a_cancelled_place_cannot_be_handed_on(self, client: PageClient, ada: Registration) -> None:
        form = fields(client.get(f"{page_of(ada)}/substitute").text)
        send(client, f"{page_of(ada)}/cancel")
        page = client.post(
            f"{page_of(ada)}/substitute", data={**form, "given_name": "C", "family_name": "Y", "address": "cem@donau.example"}
        )
        assert page.status_code == 409
        assert "A cancelled registration cannot be handed on." in summary(page)

    def test_a_turn_in_the_queue_can_be_handed_on(self, client: PageClient, ada: Registration, event: Event, firm: Firm) -> None:
        ben = factories.registration(event, firm.company, email="ben@donau.example")
        values = {"given_name": "Cem", "family_name": "Yıldız", "address": "cem@donau.example"}
        send(client, f"{page_of(ben)}/substitute", values)
        assert mails("registrations.waiting")[-1].to_address == "cem@donau.example"
        assert status_of(ben) == "waiting"


class TestByTheCompany:
    def test_cancel_undo_and_substitute_from_the_list(
        self, petra: PageClient, ada: Registration, event: Event, firm: Firm
    ) -> None:
        base = f"/events/{event.slug}/registrations"
        done = send(petra, f"{base}/{ada.id}/cancel")
        assert done.location == base
        assert status_of(ada) == "cancelled"
        press(petra, done.location, f"{base}/{ada.id}/undo")
        assert status_of(ada) == "confirmed"
        values = {"given_name": "Ben", "family_name": "Moser", "address": "ben@donau.example"}
        assert send(petra, f"{base}/{ada.id}/substitute", values).location == done.location
        db.session.expire_all()
        assert db.session.get_one(Registration, ada.id).person_id == firm.ben.id

    def test_other_companies_registrations_are_nothing(self, client: PageClient, ada: Registration, event: Event) -> None:
        other = factories.organisation("Isar Netze AG")
        client.sign_in(factories.company_admin(other))
        for act in ("cancel", "substitute"):
            assert client.get(f"/events/{event.slug}/registrations/{ada.id}/{act}").status_code == 404
        second = factories.event()
        for act in ("cancel", "substitute"):
            assert client.get(f"/events/{second.slug}/registrations/{ada.id}/{act}").status_code == 404


def test_times_are_told_in_the_zone_of_event_and_person(client: PageClient, firm: Firm) -> None:
    db.session.get_one(Person, firm.ada.id).time_zone = "Asia/Dubai"
    event = factories.event(starts_at=datetime(2027, 5, 18, 7, tzinfo=UTC), ends_at=datetime(2027, 5, 18, 15, tzinfo=UTC))
    one = factories.registration(event, firm.company, email="ada@donau.example")
    for text in (mails("registrations.confirmed")[0].text, client.get(page_of(one)).text):
        flat = re.sub(r"\s+", " ", text)
        assert "Tue 18 May 2027, 09:00–17:00" in flat
        assert "Vienna (UTC+2)" in flat
        assert "Tue 18 May 2027, 11:00–19:00" in flat
        assert "your time, Dubai (UTC+4)" in flat
