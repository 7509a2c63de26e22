"""A company looks after its own people."""

from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from eventapp.accounts.models import User
from eventapp.audit.models import AuditEntry
from eventapp.core.db import db
from eventapp.mail.models import OutboxMail
from eventapp.partners.models import MatchedBy, Membership, MembershipRole, MembershipState, Person, PersonEmail
from tests.support import factories
from tests.support.browsing import press, send, send_page, summary
from tests.support.pages import PageClient, fields

PEOPLE = "/company/people/"


@pytest.fixture(autouse=True)
def _time(clock: time_machine.Traveller) -> None:
    """Everything happens at the tests' moment."""


@pytest.fixture
def company(app: Flask) -> Any:
    return factories.organisation("Donau Systemhaus GmbH", domain="donau.example")


@pytest.fixture
def petra(client: PageClient, company: Any) -> PageClient:
    """The company's admin, signed in."""
    return client.sign_in(factories.company_admin(company, "petra@donau.example"))


def membership_of(person: Person) -> Membership:
    db.session.rollback()
    return db.session.scalars(select(Membership).where(Membership.person_id == person.id)).one()


def url_of(person: Person, act: str = "") -> str:
    return f"{PEOPLE}{membership_of(person).id}{act}"


def names() -> list[str]:
    db.session.rollback()
    return sorted(p.full_name for p in db.session.scalars(select(Person)))


class TestTheList:
    def test_shows_search_filters_and_counts(self, petra: PageClient, company: Any) -> None:
        factories.person(company, "Ada", "Lang", "ada@donau.example", phone="+431234567")
        factories.person(company, "Ömer", "Yıldız", "oemer@donau.example")
        page = petra.get(PEOPLE).text
        assert "Ada Lang" in page
        assert "+431234567" in page
        assert "<b>3</b> people" in page
        found = petra.get(f"{PEOPLE}?q=yildiz").text
        assert "Ömer Yıldız" in found
        assert "Ada Lang" not in found
        assert "<b>1</b> person" in found
        assert "Petra Huber" in petra.get(f"{PEOPLE}?role=admin").text
        assert "Nobody found" in petra.get(f"{PEOPLE}?function=sales").text
        assert "Ada Lang" in petra.get(f"{PEOPLE}?missing=yes&function=none&login=no").text

    def test_needs_no_more_queries_for_more_people(self, petra: PageClient, company: Any, count_queries: Any) -> None:
        petra.get(PEOPLE)
        with count_queries() as one:
            petra.get(PEOPLE)
        for n in range(3):
            factories.person(company, f"Given{n}", "Family")
        with count_queries() as more:
            petra.get(PEOPLE)
        assert len(one) == len(more) <= 12

    def test_pages_through_many(self, petra: PageClient, company: Any) -> None:
        for n in range(60):
            factories.person(company, "Given", f"Family{n:02}")
        first = petra.get(PEOPLE).text
        assert "Family10" in first
        assert "Next" in first
        assert "<b>61</b> people" in first

    def test_is_for_admins_and_executives(self, client: PageClient, company: Any) -> None:
        executive = factories.seat(company, MembershipRole.EXECUTIVE)
        ada = factories.person(company, "Ada", "Lang", "ada@donau.example")
        page = client.sign_in(executive).get(PEOPLE)
        assert "Ada Lang" in page.text
        assert "Add a colleague" not in page.text
        assert "/invite" not in page.text
        for path in (f"{PEOPLE}add", url_of(ada), url_of(ada, "/end")):
            assert client.get(path).status_code == 403
        member = factories.seat(company, MembershipRole.MEMBER)
        for path in (PEOPLE, f"{PEOPLE}former", f"{PEOPLE}add", url_of(ada)):
            assert client.sign_in(member).get(path).status_code == 403

    def test_another_company_s_people_are_nothing(self, petra: PageClient) -> None:
        other = factories.organisation("Isar Netze AG", domain="isar.example")
        xaver = factories.person(other, "Xaver", "Fremd", "xaver@isar.example")
        assert "Xaver" not in petra.get(f"{PEOPLE}?q=xaver").text
        unknown = f"{PEOPLE}987654"
        for act in ("", "/end"):
            assert petra.get(url_of(xaver, act)).status_code == petra.get(unknown + act).status_code == 404

    def test_whose_membership_has_ended_is_out_at_the_next_request(self, petra: PageClient, company: Any) -> None:
        assert petra.get(PEOPLE).status_code == 200
        db.session.query(Membership).update({"state": MembershipState.ENDED, "valid_to": factories.AT.date()})
        factories.commit()
        assert petra.get(PEOPLE).status_code == 403
        assert petra.get("/company/").status_code == 403


class TestAdding:
    def test_somebody_new(self, petra: PageClient, company: Any) -> None:
        values = {
            "given_name": "Cem",
            "family_name": "Yıldız",
            "email": "CEM@Donau.example",
            "phone": "+43 1 234567",
            "job_title": "Engineer",
            "function": "technical",
            "role": "executive",
        }
        done = send(petra, f"{PEOPLE}add", values)
        assert done.location == PEOPLE
        page = petra.get(PEOPLE).text
        for text in ("Cem Yıldız", "cem@donau.example", "+431234567", "Engineer", "Technical", "Executive"):
            assert text in page
        assert db.session.scalars(select(AuditEntry).where(AuditEntry.action == "person.add")).one().organisation_id == company.id

    def test_refuses_bad_values_and_keeps_what_was_typed(self, petra: PageClient) -> None:
        page = send(petra, f"{PEOPLE}add", {"given_name": "Cem", "family_name": "", "email": "cem@", "phone": "12"})
        assert page.status_code == 422
        for text in ("Enter a name.", "Enter an e-mail like", "Enter a number with its country code"):
            assert text in summary(page)
        assert fields(page.text)["given_name"] == "Cem"
        assert send(petra, f"{PEOPLE}add", {"family_name": "X", "email": "x@donau.example", "role": "admin"}).status_code == 422

    def test_a_colleague_twice_is_said_by_name(self, petra: PageClient, company: Any) -> None:
        factories.person(company, "Ada", "Lang", "ada@donau.example")
        page = send(petra, f"{PEOPLE}add", {"family_name": "Lang", "email": "ada@donau.example"})
        assert page.status_code == 409
        assert "Ada Lang is in your list already." in summary(page)

    def test_a_double_click_adds_once(self, petra: PageClient) -> None:
        page = petra.get(f"{PEOPLE}add")
        data = {**fields(page.text), "family_name": "Twice", "email": "twice@donau.example"}
        assert [petra.post(f"{PEOPLE}add", data=data).status_code for _n in range(2)] == [302, 302]
        assert names().count("Twice") == 1

    def test_typing_a_stranger_s_address_tells_nothing(self, petra: PageClient) -> None:
        other = factories.organisation("Isar Netze AG", domain="isar.example")
        stranger = factories.person(other, "Hidden", "Surname", "stranger@isar.example", phone="+49891234567")
        said = {}
        for address in ("stranger@isar.example", "nobody@isar.example"):
            done = send(petra, f"{PEOPLE}add", {"given_name": "Typed", "family_name": "Name", "email": address})
            said[address] = petra.get(done.location).text
            assert "Typed Name is entered." in said[address]
        pages = [*said.values(), petra.get("/company/").text, petra.get("/company/log").text]
        pages += [petra.get("/company/requests/").text, petra.get(f"{PEOPLE}?q=hidden").text, petra.get(f"{PEOPLE}former").text]
        for page in pages:
            assert "Hidden" not in page
            assert "Surname" not in page
            assert "+4989" not in page
        waiting = db.session.scalars(
            select(Membership).where(Membership.person_id == stranger.id, Membership.organisation_id != other.id)
        ).one()
        assert (waiting.state, waiting.matched_by) == (MembershipState.REQUESTED, MatchedBy.COMPANY)
        assert petra.get(f"{PEOPLE}{waiting.id}").status_code == 404

    def test_somebody_who_left_comes_back(self, petra: PageClient, company: Any) -> None:
        ada = factories.person(company, "Ada", "Lang", "ada@donau.example")
        gone = membership_of(ada)
        gone.state, gone.valid_to = MembershipState.ENDED, factories.AT.date()
        factories.commit()
        send(petra, f"{PEOPLE}add", {"family_name": "Lang", "email": "ada@donau.example"})
        assert "ada@donau.example" in petra.get(PEOPLE).text
        assert "Ada Lang" in petra.get(f"{PEOPLE}former").text


class TestChanging:
    def test_everything_of_somebody_without_a_login(self, petra: PageClient, company: Any) -> None:
        ada = factories.person(company, "Ada", "Lang", "ada@donau.example")
        values = {
            "given_name": "Ada",
            "family_name": "Lange",
            "email": "lange@donau.example",
            "phone": "+43 1 234567",
            "job_title": "CTO",
            "function": "executive",
            "role": "executive",
        }
        assert send(petra, url_of(ada), values).location == PEOPLE
        page = petra.get(PEOPLE).text
        for text in ("Ada Lange", "lange@donau.example", "CTO"):
            assert text in page
        assert membership_of(ada).role is MembershipRole.EXECUTIVE

    def test_an_address_that_signs_in_is_its_owner_s(self, petra: PageClient, company: Any) -> None:
        account = factories.seat(company, MembershipRole.MEMBER, "Emil", "Gruber")
        emil = db.session.scalars(select(Person).where(Person.user_id == account.id)).one()
        page = petra.get(url_of(emil))
        assert "This address signs in" in page.text
        assert "email" not in fields(page.text)
        send_page(petra, page, url_of(emil), {"email": "mine@donau.example", "job_title": "Sales"})
        assert db.session.scalars(select(PersonEmail.address).where(PersonEmail.person_id == emil.id)).one() == account.email
        assert membership_of(emil).job_title == "Sales"

    def test_who_belongs_to_others_too_stays_who_they_are(self, petra: PageClient, company: Any) -> None:
        ada = factories.person(company, "Ada", "Lang", "ada@donau.example")
        other = factories.organisation("Isar Netze AG")
        ours = membership_of(ada).id
        db.session.add(Membership(person_id=ada.id, organisation_id=other.id))
        factories.commit()
        page = petra.get(f"{PEOPLE}{ours}")
        assert "can be changed by this person only" in page.text
        assert "Isar" not in page.text
        forged = {"given_name": "X", "family_name": "Y", "phone": "+431", "email": "x@donau.example", "job_title": "Guest"}
        assert send_page(petra, page, f"{PEOPLE}{ours}", forged).status_code == 302
        db.session.expire_all()
        assert (ada.full_name, ada.phone) == ("Ada Lang", "")
        assert db.session.get_one(Membership, ours).job_title == "Guest"

    def test_whom_another_company_registers_keeps_the_address(self, petra: PageClient, company: Any) -> None:
        """Else typing an address before its owner's company does would give away the mails of that registration."""
        send(petra, f"{PEOPLE}add", {"given_name": "V", "family_name": "Ictim", "email": "victim@isar.example"})
        victim = db.session.scalars(select(Person).where(Person.family_name == "Ictim")).one()
        ours = membership_of(victim).id
        other = factories.organisation("Isar Netze AG", domain="isar.example")
        factories.registration(factories.event(), other, "Vera", "Ictim", email="victim@isar.example")
        page = petra.get(f"{PEOPLE}{ours}")
        assert "can be changed by this person only" in page.text
        send_page(petra, page, f"{PEOPLE}{ours}", {"email": "attacker@donau.example", "job_title": "x"})
        address = select(PersonEmail.address).where(PersonEmail.person_id == victim.id)
        assert list(db.session.scalars(address)) == ["victim@isar.example"]

    def test_an_address_of_somebody_else_is_refused_without_the_name(self, petra: PageClient, company: Any) -> None:
        other = factories.organisation("Isar Netze AG")
        factories.person(other, "Hidden", "Surname", "stranger@isar.example")
        ada = factories.person(company, "Ada", "Lang", "ada@donau.example")
        page = send(petra, url_of(ada), {"email": "stranger@isar.example", "job_title": "kept"})
        assert page.status_code == 409
        assert "This address cannot be used here." in summary(page)
        assert "Hidden" not in page.text
        assert fields(page.text)["job_title"] == "kept"

    def test_a_stale_form_shows_both_versions(self, petra: PageClient, company: Any) -> None:
        ada = factories.person(company, "Ada", "Lang", "ada@donau.example")
        page = petra.get(url_of(ada))
        send(petra, url_of(ada), {"family_name": "Theirs"})
        refused = send_page(petra, page, url_of(ada), {"family_name": "Mine"})
        assert refused.status_code == 409
        assert "Theirs" in refused.text
        assert fields(refused.text)["family_name"] == "Mine"
        assert send_page(petra, refused, url_of(ada), {}).status_code == 302
        db.session.expire_all()
        assert ada.family_name == "Mine"

    def test_an_admin_s_role_is_not_changed_here(self, petra: PageClient, company: Any) -> None:
        petra_herself = db.session.scalars(select(Person).where(Person.given_name == "Petra")).one()
        page = petra.get(url_of(petra_herself))
        assert "role" not in fields(page.text)
        send_page(petra, page, url_of(petra_herself), {"role": "member", "job_title": "Boss"})
        assert membership_of(petra_herself).role is MembershipRole.ADMIN


class TestInviting:
    def test_a_member_gets_a_login_and_sees_little(self, app: Flask, petra: PageClient, company: Any) -> None:
        ada = factories.person(company, "Ada", "Lang", "ada@donau.example")
        assert press(petra, PEOPLE, url_of(ada, "/invite")).status_code == 302
        user = db.session.scalars(select(User).where(User.email == "ada@donau.example")).one()
        mail = db.session.scalars(select(OutboxMail).where(OutboxMail.kind == "accounts.invitation")).one()
        assert mail.to_address == "ada@donau.example"
        assert "Invited" in petra.get(f"{PEOPLE}?login=invited").text
        petra.sign_in(user)
        assert petra.get("/company/").status_code == 200
        assert petra.get(PEOPLE).status_code == 403

    def test_not_again_and_again(self, petra: PageClient, company: Any) -> None:
        ada = factories.person(company, "Ada", "Lang", "ada@donau.example")
        for _n in range(5):
            press(petra, PEOPLE, url_of(ada, "/invite"))
        assert len(list(db.session.scalars(select(OutboxMail).where(OutboxMail.kind == "accounts.invitation")))) == 3
        assert "Try again in an hour" in petra.get(PEOPLE).text

    def test_nobody_of_the_vendor_s(self, petra: PageClient, company: Any) -> None:
        olivia = factories.organizer("olivia@karmin.example")
        send(petra, f"{PEOPLE}add", {"given_name": "O", "family_name": "L", "email": olivia.email})
        typed = db.session.scalars(select(Person).where(Person.family_name == "L")).one()
        press(petra, PEOPLE, url_of(typed, "/invite"))
        assert "olivia@karmin.example cannot be invited here." in petra.get(PEOPLE).text
        db.session.expire_all()
        assert typed.user_id is None

    def test_a_disabled_login_stays_disabled(self, petra: PageClient, company: Any) -> None:
        ada = factories.person(company, "Ada", "Lang", "ada@donau.example")
        factories.user("ada@donau.example").active = False
        factories.commit()
        press(petra, PEOPLE, url_of(ada, "/invite"))
        assert "was disabled" in petra.get(PEOPLE).text
