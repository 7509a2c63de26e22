"""A company's registrations over all events, handing places on, and people who leave."""

import csv
import io
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask
from python_calamine import CalamineWorkbook
from sqlalchemy import select

from eventapp.audit.models import AuditEntry
from eventapp.core.db import db
from eventapp.events.models import Event
from eventapp.partners.models import Membership, MembershipRole, MembershipState, Organisation
from eventapp.registrations.models import Registration, RegistrationStatus
from tests.registrations.conftest import Firm
from tests.support import factories
from tests.support.browsing import enrol, mails, send, send_page, summary
from tests.support.pages import PageClient, fields

LIST = "/company/registrations/"
EARLIER = {"starts_at": datetime(2027, 1, 11, 8, tzinfo=UTC), "ends_at": datetime(2027, 1, 11, 15, tzinfo=UTC)}


def export(client: PageClient, name: str, query: str = "") -> bytes:
    page = client.get(f"{LIST}{query}")
    done = client.post(f"{LIST}export{query}", data={**fields(page.text, "export"), "format": name})
    assert done.status_code == 200, done.text[:500]
    return bytes(done.data)


def cells(client: PageClient, query: str = "") -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(export(client, "plain", query).decode())))


def membership_of(person_id: int, company: Organisation) -> Membership:
    query = select(Membership).where(Membership.person_id == person_id, Membership.organisation_id == company.id)
    return db.session.scalars(query).one()


@pytest.fixture
def two(firm: Firm) -> tuple[Event, Event]:
    """An event to come with three of us for two places, and a past one."""
    coming = factories.event(title="Summit", slug="summit", quotas={"ready": 2})
    past = factories.event(title="Kick-off", slug="kick-off", at=datetime(2027, 1, 1, tzinfo=UTC), **EARLIER)
    guests = [("Ada", "Lang", "ada@donau.example"), ("Ben", "Moser", "ben@donau.example"), ("Cem", "Yıldız", "cem@donau.example")]
    factories.register(coming, firm.company, *[factories.attendee(*guest) for guest in guests])
    factories.registration(past, firm.company, "Ada", "Lang", email="ada@donau.example", at=datetime(2027, 1, 2, tzinfo=UTC))
    return coming, past


class TestTheList:
    def test_shows_everybody_everywhere_with_acts_on_what_is_to_come(self, petra: PageClient, two: Any) -> None:
        page = petra.get(LIST).text
        for text in ("Ada Lang", "Ben Moser", "Cem Yıldız", "Summit", "Kick-off", "for a company place, position 1"):
            assert text in page
        assert "<b>4</b> registrations · <b>2</b> events" in page
        assert page.count("/substitute") == page.count("/cancel") == 3
        assert "kick-off/registrations/" not in page

    def test_taking_back_what_was_cancelled_says_of_whom(self, petra: PageClient, two: tuple[Event, Event]) -> None:
        ada = db.session.scalars(select(Registration).where(Registration.event_id == two[0].id).order_by(Registration.id)).first()
        assert ada is not None
        page, act = "/events/summit/registrations", f"/events/summit/registrations/{ada.id}"
        send(petra, f"{act}/cancel")
        petra.post(f"{act}/undo", data=fields(petra.get(page).text, f"{ada.id}/undo"))
        assert "The place has gone to somebody else meanwhile. Ada Lang is back on the list" in petra.get(page).text

    def test_filters_by_event_status_person_and_time(self, petra: PageClient, firm: Firm, two: tuple[Event, Event]) -> None:
        ada = membership_of(firm.ada.id, firm.company).id
        for query, found in (
            (f"?event={two[1].id}", {"Ada Lang"}),
            ("?status=waiting", {"Cem Yıldız"}),
            (f"?person={ada}", {"Ada Lang"}),
            ("?when=past", {"Ada Lang"}),
            ("?q=yildiz", {"Cem Yıldız"}),
            ("?q=ben+mos", {"Ben Moser"}),
            ("?when=upcoming&status=confirmed", {"Ada Lang", "Ben Moser"}),
        ):
            page = petra.get(f"{LIST}{query}").text
            body = page[page.index("<tbody>") : page.index("</tbody>")]
            assert {n for n in ("Ada Lang", "Ben Moser", "Cem Yıldız") if n in body} == found, query
        assert "Nothing found" in petra.get(f"{LIST}?q=nobody").text

    @pytest.mark.parametrize("query", ["?person=987654", "?person=x", "?person=99999999999", "?event=0&event=%00", "?person=²"])
    def test_unknown_filters_narrow_nothing(self, petra: PageClient, two: Any, query: str) -> None:
        assert "<b>4</b> registrations" in petra.get(f"{LIST}{query}").text

    def test_another_company_s_are_nothing(self, client: PageClient, petra: PageClient, firm: Firm, two: Any) -> None:
        other = factories.organisation("Isar Netze AG", domain="isar.example")
        hidden = factories.person(other, "Hidden", "Surname", "h@isar.example")
        factories.registration(two[0], other, "Hidden", "Surname", email="h@isar.example")
        theirs = membership_of(hidden.id, other).id
        assert "<b>4</b> registrations" in petra.get(f"{LIST}?person={theirs}").text
        for path in (LIST, f"{LIST}?q=hidden", f"{LIST}?person={theirs}"):
            assert "Surname" not in petra.get(path).text
        assert {row["name"] for row in cells(petra)} == {"Ada Lang", "Ben Moser", "Cem Yıldız"}

    def test_a_stranger_who_was_typed_stays_unknown(self, petra: PageClient, firm: Firm) -> None:
        other = factories.organisation("Isar Netze AG", domain="isar.example")
        factories.person(other, "Hidden", "Surname", "stranger@isar.example", phone="+498912345")
        event = factories.event()
        enrol(petra, event, people=[("Typed", "Name", "stranger@isar.example")], foreign_confirmed="y")
        page = petra.get(LIST).text
        assert "Typed Name" in page
        assert "Nothing found" in petra.get(f"{LIST}?q=hidden").text
        assert "Typed Name" in petra.get(f"{LIST}?q=typed+na").text
        (row,) = cells(petra)
        assert (row["name"], row["email"]) == ("Typed Name", "")
        for text in (page, json.dumps(row), petra.get("/company/").text):
            assert "Hidden" not in text
            assert "stranger@" not in text

    def test_is_for_admins_and_executives(self, client: PageClient, firm: Firm, two: Any) -> None:
        page = client.sign_in(factories.seat(firm.company, MembershipRole.EXECUTIVE)).get(LIST).text
        assert "Ada Lang" in page
        assert "/cancel" not in page
        assert len(cells(client)) == 4
        client.sign_in(factories.seat(firm.company, MembershipRole.MEMBER))
        assert client.get(LIST).status_code == 403
        assert client.post(f"{LIST}export", data={**fields(client.get("/company/").text), "format": "json"}).status_code == 403

    def test_an_admin_who_does_not_attend_needs_no_place(self, petra: PageClient, firm: Firm, two: Any) -> None:
        """Whoever coordinates is in no list of registrations, and nothing asks them to be."""
        assert "Petra" not in {row["name"] for row in cells(petra)}
        assert "2 of 2 company places taken" in petra.get("/company/").text

    def test_needs_no_more_queries_for_more_rows(self, petra: PageClient, firm: Firm, count_queries: Any) -> None:
        event = factories.event(quotas={"ready": 1})
        factories.register(event, firm.company, factories.attendee(), factories.attendee())
        petra.get(LIST)
        with count_queries() as one:
            petra.get(LIST)
        factories.register(factories.event(quotas={"ready": 1}), firm.company, *[factories.attendee() for _n in range(3)])
        with count_queries() as more:
            petra.get(LIST)
        assert len(one) == len(more) <= 12

    def test_nothing_yet_says_what_to_do(self, petra: PageClient) -> None:
        page = petra.get(LIST).text
        assert "Nobody is registered yet" in page
        assert "See the events" in page


class TestExport:
    def test_holds_what_the_screen_shows(self, petra: PageClient, two: Any) -> None:
        for query in ("", "?status=waiting", "?when=past", "?q=ada"):
            page = petra.get(f"{LIST}{query}").text
            found = cells(petra, query)
            assert f"<b>{len(found)}</b> registration" in page
            body = page[page.index("<tbody>") : page.index("</tbody>")]
            assert all(row["name"] in body and row["event"] in body for row in found)

    def test_in_every_format_and_logged(self, petra: PageClient, firm: Firm, two: Any) -> None:
        assert export(petra, "excel-eu").startswith(b"\xef\xbb\xbfevent;event_starts_at;name;")
        sheet = CalamineWorkbook.from_filelike(io.BytesIO(export(petra, "xlsx"))).get_sheet_by_index(0)
        assert len(sheet.to_python()) == 5
        found = json.loads(export(petra, "json", "?status=waiting"))
        assert [(row["name"], row["email"], row["waits_for"]) for row in found] == [
            ("Cem Yıldız", "cem@donau.example", "company")
        ]
        entries = list(db.session.scalars(select(AuditEntry).where(AuditEntry.action == "registrations.export")))
        assert [e.organisation_id for e in entries] == [firm.company.id] * 3
        assert "Downloaded registrations" in petra.get("/company/log").text
        assert petra.post(f"{LIST}export", data={**fields(petra.get(LIST).text, "export"), "format": "exe"}).status_code == 400

    def test_never_holds_codes_or_secrets(self, petra: PageClient, two: Any) -> None:
        text = "".join(export(petra, name).decode() for name in ("plain", "json"))
        for one in db.session.scalars(select(Registration)):
            assert one.code not in text
            assert one.token not in text

    def test_goes_on_behind_a_full_chunk(self, petra: PageClient, two: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("eventapp.core.portions.SIZE", 2)
        assert len(cells(petra)) == 4


class TestSubstituting:
    def url(self, one: Registration) -> str:
        return f"/events/summit/registrations/{one.id}/substitute"

    @pytest.fixture
    def ada(self, firm: Firm) -> Registration:
        return factories.registration(factories.event(slug="summit"), firm.company, "Ada", "Lang", email="ada@donau.example")

    def test_a_colleague_is_chosen(self, petra: PageClient, firm: Firm, ada: Registration) -> None:
        page = petra.get(self.url(ada)).text
        assert "Ben Moser (ben@donau.example)" in page
        assert "Ada Lang (" not in page, "who comes already cannot come instead"
        assert send(petra, self.url(ada), {"colleague": firm.ben.id}).status_code == 302
        db.session.expire_all()
        assert (ada.person_id, ada.name) == (firm.ben.id, "Ben Moser")
        assert [m.to_address for m in mails("registrations.confirmed")] == ["ada@donau.example", "ben@donau.example"]

    def test_somebody_new_is_typed(self, petra: PageClient, ada: Registration) -> None:
        values = {"given_name": "Cem", "family_name": "Yıldız", "address": "cem@donau.example"}
        assert send(petra, self.url(ada), values).status_code == 302
        db.session.expire_all()
        assert ada.name == "Cem Yıldız"

    def test_both_or_neither_is_asked_again(self, petra: PageClient, firm: Firm, ada: Registration) -> None:
        page = send(petra, self.url(ada), {"colleague": firm.ben.id, "family_name": "Yıldız"})
        assert page.status_code == 422
        assert "Choose a colleague or enter somebody new, not both." in summary(page)
        assert fields(page.text)["family_name"] == "Yıldız"
        page = send(petra, self.url(ada), {})
        assert "Choose a colleague, or enter the given name." in summary(page)
        told = summary(send(petra, self.url(ada), {"family_name": "Yıldız", "address": "no address"}))
        assert "Choose a colleague, or enter the given name." in told, "all at once"
        assert "Enter an e-mail like name@company.com." in told

    def test_where_all_are_registered_it_says_so(self, petra: PageClient, firm: Firm, ada: Registration) -> None:
        event = db.session.scalars(select(Event).where(Event.slug == "summit")).one()
        for address in ("ben@donau.example", "petra@donau.example"):
            factories.registration(event, firm.company, email=address)
        page = petra.get(self.url(ada)).text
        assert "Everybody in your company’s list is registered already. Enter somebody new." in page

    def test_a_stranger_cannot_be_chosen(self, petra: PageClient, ada: Registration) -> None:
        other = factories.organisation("Isar Netze AG")
        hidden = factories.person(other, "Hidden", "Surname", "h@isar.example")
        page = petra.get(self.url(ada))
        refused = send_page(petra, page, self.url(ada), {"colleague": hidden.id})
        assert refused.status_code == 422
        assert "Hidden" not in refused.text

    def test_who_has_been_registered_meanwhile(self, petra: PageClient, firm: Firm, ada: Registration) -> None:
        page = petra.get(self.url(ada))
        event = db.session.scalars(select(Event).where(Event.slug == "summit")).one()
        factories.registration(event, firm.company, "Ben", "Moser", email="ben@donau.example")
        refused = send_page(petra, page, self.url(ada), {"colleague": firm.ben.id})
        assert refused.status_code == 422
        db.session.expire_all()
        assert ada.name == "Ada Lang"

    def test_the_secret_link_shows_no_colleagues(self, client: PageClient, ada: Registration) -> None:
        assert "Ben Moser" not in client.get(f"/r/{ada.token}/substitute").text


class TestLeaving:
    def url(self, firm: Firm) -> str:
        return f"/company/people/{membership_of(firm.ada.id, firm.company).id}/end"

    def ended(self, firm: Firm) -> bool:
        db.session.expire_all()
        return membership_of(firm.ada.id, firm.company).state is MembershipState.ENDED

    def statuses(self, event: Event) -> list[str]:
        db.session.expire_all()
        query = select(Registration).where(Registration.event_id == event.id).order_by(Registration.id)
        return [r.status.value for r in db.session.scalars(query)]

    def test_what_becomes_of_registrations_is_asked(self, petra: PageClient, firm: Firm, two: Any) -> None:
        page = petra.get(self.url(firm)).text
        assert "Summit" in page
        assert "Kick-off" not in page
        refused = send(petra, self.url(firm), {"reason": "New job"})
        assert refused.status_code == 422
        assert "Choose one." in summary(refused)
        assert fields(refused.text)["reason"] == "New job"
        assert not self.ended(firm)

    def test_cancelling_moves_somebody_up(self, petra: PageClient, firm: Firm, two: tuple[Event, Event]) -> None:
        done = send(petra, self.url(firm), {"upcoming": "cancel", "reason": "New job"})
        assert done.location == "/company/people/former"
        page = petra.get(done.location).text
        assert "Ada Lang has left, and 1 registration is cancelled." in page
        assert self.ended(firm)
        assert self.statuses(two[0]) == ["cancelled", "confirmed", "confirmed"]
        assert self.statuses(two[1]) == ["confirmed"], "what is past stays"
        assert "Ada Lang" in petra.get(LIST).text, "history stays"
        assert "New job" in petra.get("/company/log").text

    def test_keeping(self, petra: PageClient, firm: Firm, two: tuple[Event, Event]) -> None:
        send(petra, self.url(firm), {"upcoming": "keep"})
        assert self.ended(firm)
        assert self.statuses(two[0]) == ["confirmed", "confirmed", "waiting"]

    def test_nobody_asks_where_there_is_nothing(self, petra: PageClient, firm: Firm) -> None:
        assert "upcoming" not in petra.get(self.url(firm)).text
        send(petra, self.url(firm), {})
        assert self.ended(firm)

    def test_two_clicks_are_one(self, petra: PageClient, firm: Firm, two: Any) -> None:
        page = petra.get(self.url(firm))
        data = {**fields(page.text), "upcoming": "cancel"}
        assert [petra.post(self.url(firm), data=data).status_code for _n in range(2)] == [302, 302]
        assert len(mails("registrations.cancelled")) == 1
        assert db.session.scalars(select(AuditEntry).where(AuditEntry.action == "membership.end")).one()

    def test_is_only_for_admins_and_their_own(self, client: PageClient, firm: Firm, app: Flask) -> None:
        url = self.url(firm)
        other = factories.organisation("Isar Netze AG")
        for user, status in (
            (factories.company_admin(other), 404),
            (factories.seat(firm.company, MembershipRole.EXECUTIVE), 403),
            (factories.seat(firm.company, MembershipRole.MEMBER), 403),
        ):
            assert client.sign_in(user).get(url).status_code == status

    def test_registrations_of_the_person_by_another_company_stay(self, petra: PageClient, firm: Firm) -> None:
        other = factories.organisation("Isar Netze AG")
        db.session.add(Membership(person_id=firm.ada.id, organisation_id=other.id))
        factories.commit()
        event = factories.event()
        factories.registration(event, other, "Ada", "Lang", email="ada@donau.example")
        assert event.title not in petra.get(self.url(firm)).text
        send(petra, self.url(firm), {})
        assert self.statuses(event) == [RegistrationStatus.CONFIRMED]
