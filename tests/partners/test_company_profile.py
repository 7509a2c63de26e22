"""What a company says about itself, who joins it, and its log."""

from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from eventapp.audit.models import AuditEntry
from eventapp.core.db import db
from eventapp.mail.models import OutboxMail
from eventapp.partners.models import MatchedBy, Membership, MembershipRole, MembershipState, Organisation, OrganisationStatus
from tests.support import factories
from tests.support.browsing import press, send, send_page, summary
from tests.support.pages import PageClient, fields

PROFILE = "/company/profile"
REQUESTS = "/company/requests/"
LOG = "/company/log"


@pytest.fixture(autouse=True)
def _time(clock: time_machine.Traveller) -> None:
    """Everything happens at the tests' moment."""


@pytest.fixture
def company(app: Flask) -> Organisation:
    return factories.organisation(
        "Donau Systemhaus GmbH", domain="donau.example", partner_manager="Marlene Fischer", notes="x9secret"
    )


@pytest.fixture
def petra(client: PageClient, company: Organisation) -> PageClient:
    """The company's admin, signed in."""
    return client.sign_in(factories.company_admin(company, "petra@donau.example"))


def ask(company: Organisation, given: str, family: str, address: str, **values: Any) -> Membership:
    """Somebody who asks to join the company."""
    person = factories.person(None, given, family, address)
    defaults = {"state": "requested", "matched_by": MatchedBy.SEARCH, "requested_at": datetime(2027, 1, 12, 9, tzinfo=UTC)}
    made = Membership(person_id=person.id, organisation_id=company.id, **{**defaults, **values})
    db.session.add(made)
    factories.commit()
    return made


class TestProfile:
    def test_shows_what_only_the_vendor_changes_and_whom_to_ask(self, petra: PageClient) -> None:
        page = petra.get(PROFILE).text
        for text in (
            "donau.example",
            "KP-",
            "Reseller",
            "Ready",
            "Austria",
            "Active",
            "Ask your partner manager, Marlene Fischer.",
        ):
            assert text in page
        assert "x9secret" not in page

    def test_is_edited_and_logged(self, petra: PageClient, company: Organisation) -> None:
        values = {
            "website": "www.donau.example",
            "phone": "+43 1 234567",
            "city": "Linz",
            "about": "We build.\nWe run.",
            "time_zone": "Europe/Vienna",
            "language": "de",
        }
        assert send(petra, f"{PROFILE}/edit", values).location == PROFILE
        db.session.expire_all()
        assert (company.website, company.phone, company.city) == ("www.donau.example", "+431234567", "Linz")
        assert (company.about, company.time_zone, company.language) == ("We build.\nWe run.", "Europe/Vienna", "de")
        page = petra.get(LOG).text
        assert "Changed the company profile" in page
        assert "<del>Wien</del> → Linz" in page
        assert "petra@donau.example" in page

    def test_what_the_vendor_changes_cannot_be_sent(self, petra: PageClient, company: Organisation) -> None:
        forged = {"name": "Mine", "tier_key": "premier", "status": "ended", "programme_id": "KP-999999", "country_code": "DE"}
        forged |= {"auto_join": "yes", "notes": "mine", "partner_manager": "me", "city": "Linz"}
        assert send(petra, f"{PROFILE}/edit", forged).status_code == 302
        db.session.expire_all()
        assert (company.name, company.tier_key, company.status) == ("Donau Systemhaus GmbH", "ready", OrganisationStatus.ACTIVE)
        assert (company.country_code, company.auto_join, company.notes) == ("AT", False, "x9secret")

    @pytest.mark.parametrize(
        ("name", "value", "message"),
        [
            ("website", "javascript:alert(1)", "Enter an address like www.company.com."),
            ("website", "http://user@evil.example", "Enter an address like www.company.com."),
            ("website", "not an address", "Enter an address like www.company.com."),
            ("phone", "12", "Enter a number with its country code"),
            ("language", "klingon!", "Enter a code like de or en-GB."),
            ("about", "x" * 601, "At most 600 characters."),
            ("time_zone", "Mars/Olympus", "Not a valid choice"),
        ],
    )
    def test_refuses_bad_values(self, petra: PageClient, name: str, value: str, message: str) -> None:
        page = send(petra, f"{PROFILE}/edit", {name: value})
        assert page.status_code == 422
        assert message in summary(page)

    def test_a_stale_form_shows_both_versions(self, petra: PageClient, company: Organisation) -> None:
        page = petra.get(f"{PROFILE}/edit")
        send(petra, f"{PROFILE}/edit", {"city": "Theirs"})
        refused = send_page(petra, page, f"{PROFILE}/edit", {"city": "Mine"})
        assert refused.status_code == 409
        assert "Theirs" in refused.text
        assert fields(refused.text)["city"] == "Mine"
        assert send_page(petra, refused, f"{PROFILE}/edit", {}).status_code == 302
        db.session.expire_all()
        assert company.city == "Mine"

    def test_joining_by_domain_is_switched_with_a_trace(self, petra: PageClient, company: Organisation) -> None:
        for value in ("yes", "no"):
            assert send(petra, PROFILE, {"auto_join": value}, action=f"{PROFILE}/auto-join").location == PROFILE
            db.session.expire_all()
            assert company.auto_join is (value == "yes")
        assert len(list(db.session.scalars(select(AuditEntry).where(AuditEntry.action == "company.auto_join")))) == 2
        assert "Changed how colleagues join" in petra.get(LOG).text

    def test_without_a_domain_nobody_joins_by_one(self, client: PageClient, app: Flask) -> None:
        bare = factories.organisation("Ohne Domain KG", domain="")
        client.sign_in(factories.company_admin(bare))
        assert "has no mail domain in our list" in client.get(PROFILE).text
        token = fields(client.get(f"{PROFILE}/edit").text)["csrf_token"]
        page = client.post(f"{PROFILE}/auto-join", data={"csrf_token": token, "auto_join": "yes"})
        assert page.status_code == 409
        db.session.expire_all()
        assert not bare.auto_join

    def test_an_executive_reads_and_a_member_does_not(self, client: PageClient, company: Organisation) -> None:
        page = client.sign_in(factories.seat(company, MembershipRole.EXECUTIVE)).get(PROFILE).text
        assert "Your domains:" in page
        assert "Save" not in page
        assert client.get(f"{PROFILE}/edit").status_code == 403
        client.sign_in(factories.seat(company, MembershipRole.MEMBER))
        for path in (PROFILE, LOG, REQUESTS):
            assert client.get(path).status_code == 403


class TestRequests:
    def test_are_shown_with_what_is_odd_about_them(self, petra: PageClient, company: Organisation) -> None:
        ask(company, "Rosa", "Ruf", "rosa@gmail.example", request_note="<b>Hi</b>")
        ask(company, "Tom", "Treu", "tom@donau.example")
        page = petra.get(REQUESTS).text
        assert page.count("Not an address of your company") == 1
        assert page.count("Your domain") == 1
        assert "&lt;b&gt;Hi&lt;/b&gt;" in page

    @pytest.mark.parametrize(("role", "made"), [("member", MembershipRole.MEMBER), ("admin", MembershipRole.ADMIN)])
    def test_letting_somebody_in(self, petra: PageClient, company: Organisation, role: str, made: MembershipRole) -> None:
        membership = ask(company, "Tom", "Treu", "tom@donau.example", role=MembershipRole.ADMIN)
        url = f"{REQUESTS}{membership.id}/approve"
        assert send(petra, REQUESTS, {"role": role}, action=url).location == REQUESTS
        db.session.expire_all()
        assert (membership.state, membership.role) == (MembershipState.ACTIVE, made)
        assert "Tom Treu belongs to your company now" in petra.get("/company/people/").text
        assert db.session.scalars(select(OutboxMail).where(OutboxMail.to_address == "tom@donau.example")).one()

    def test_twice_is_once(self, petra: PageClient, company: Organisation) -> None:
        membership = ask(company, "Tom", "Treu", "tom@donau.example")
        ask(company, "Eva", "Erst", "eva@donau.example")
        url = f"{REQUESTS}{membership.id}/approve"
        page = petra.get(REQUESTS)
        for _n in range(2):
            petra.post(url, data={**fields(page.text, url), "role": "member"})
        assert len(list(db.session.scalars(select(OutboxMail).where(OutboxMail.to_address == "tom@donau.example")))) == 1

    def test_declining_with_a_reason(self, petra: PageClient, company: Organisation) -> None:
        membership = ask(company, "Rosa", "Ruf", "rosa@gmail.example")
        assert send(petra, f"{REQUESTS}{membership.id}/decline", {"reason": "You left in 2024."}).location == REQUESTS
        db.session.expire_all()
        assert (membership.state, membership.decline_reason) == (MembershipState.DECLINED, "You left in 2024.")
        mail = db.session.scalars(select(OutboxMail).where(OutboxMail.to_address == "rosa@gmail.example")).one()
        assert "You left in 2024." in mail.text
        assert "Nobody is asking" in petra.get(REQUESTS).text

    def test_other_companies_requests_and_typed_people_are_nothing(self, petra: PageClient, company: Organisation) -> None:
        theirs = ask(factories.organisation("Isar Netze AG"), "Hidden", "Surname", "h@isar.example")
        typed = ask(company, "Typed", "Stranger", "t@isar.example", matched_by=MatchedBy.COMPANY, requested_at=None)
        ask(company, "Tom", "Treu", "tom@donau.example")
        page = petra.get(REQUESTS)
        for name in ("Hidden", "Stranger"):
            assert name not in page.text
        for one in (theirs.id, typed.id, 987_654):
            assert petra.get(f"{REQUESTS}{one}/decline").status_code == 404
            assert petra.post(f"{REQUESTS}{one}/approve", data=fields(page.text, "approve")).status_code == 404

    def test_an_executive_only_looks(self, client: PageClient, company: Organisation) -> None:
        membership = ask(company, "Tom", "Treu", "tom@donau.example")
        page = client.sign_in(factories.seat(company, MembershipRole.EXECUTIVE)).get(REQUESTS).text
        assert "Tom Treu" in page
        assert "Let in" not in page
        assert client.get(f"{REQUESTS}{membership.id}/decline").status_code == 403


class TestLog:
    def test_is_the_company_s_alone(self, petra: PageClient, company: Organisation, app: Flask) -> None:
        other = factories.organisation("Isar Netze AG", domain="isar.example")
        event = factories.event(title="Summit")
        factories.registration(event, other, "Hidden", "Surname", email="h@isar.example")
        factories.registration(event, company, "Ada", "Lang", email="ada@donau.example")
        page = petra.get(LOG).text
        assert "Ada Lang" in page
        assert "Summit" in page
        for text in ("Hidden", "Isar", "Published"):
            assert text not in page
            assert "Hidden" not in petra.get(f"{LOG}?q=hidden").text
        assert "Ada Lang" in petra.get(f"{LOG}?q=ada&group=registrations").text
        assert "No entry matches" in petra.get(f"{LOG}?q=nobody").text

    def test_tells_no_stranger_s_name(self, petra: PageClient, company: Organisation) -> None:
        other = factories.organisation("Isar Netze AG", domain="isar.example")
        factories.person(other, "Hidden", "Surname", "stranger@isar.example")
        event = factories.event()
        one = factories.registration(event, company, "Typed", "Name", email="stranger@isar.example")
        press(petra, f"/r/{one.token}/cancel", "")
        press(petra, f"/r/{one.token}", f"/r/{one.token}/undo")
        values = {"given_name": "Ben", "family_name": "Moser", "address": "ben@donau.example"}
        send(petra, f"/events/{event.slug}/registrations/{one.id}/substitute", values)
        page = petra.get(LOG).text
        assert "Typed Name" in page
        assert "Ben Moser" in page
        assert "Hidden" not in page
        assert "Surname" not in page

    def test_names_nobody_of_the_vendor_s(self, petra: PageClient, company: Organisation) -> None:
        organizer = factories.organizer("olivia@karmin.example")
        event = factories.event()
        factories.registration(event, company, "Ada", "Lang", email="ada@donau.example", by=organizer)
        page = petra.get(LOG).text
        assert "olivia" not in page
        assert "the organizer" in page

    def test_needs_no_more_queries_for_more_entries(self, petra: PageClient, company: Organisation, count_queries: Any) -> None:
        event = factories.event()
        factories.registration(event, company)
        petra.get(LOG)
        with count_queries() as one:
            petra.get(LOG)
        factories.register(event, company, factories.attendee(), factories.attendee())
        with count_queries() as more:
            petra.get(LOG)
        assert len(one) == len(more) <= 12
