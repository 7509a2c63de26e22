"""A company looks after its own people."""

import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from eventapp.accounts.models import User
from eventapp.audit.models import AuditEntry
from eventapp.core.db import db, transaction
from eventapp.mail.models import OutboxMail
from eventapp.partners.joining import service as joining
from eventapp.partners.joining.rules import Way
from eventapp.partners.models import MatchedBy, Membership, MembershipRole, MembershipState, Person, PersonEmail
from tests.support import factories
from tests.support.browsing import mails, press, send, send_page, summary
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


def bare(page: str, address: str) -> str:
    """A page without the address that was typed, ids, and what is new on every request."""
    text = re.sub(r'(csrf_token|once_key)"[^>]*value="[^"]+"', "", page).replace(address, "…")
    return re.sub(r"entered/\d+|(?<=id=.)error-id.*", "", text)


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
        """Known or not: nobody appears, both get the same mail, and every page says the same."""
        other = factories.organisation("Isar Netze AG", domain="isar.example")
        stranger = factories.person(other, "Hidden", "Surname", "stranger@isar.example", phone="+49891234567")
        pages = ("/company/people/", "/company/", "/company/log", "/company/requests/", f"{PEOPLE}former", f"{PEOPLE}?q=typed")
        said = {}
        for address in ("stranger@isar.example", "nobody12@isar.example"):
            done = send(petra, f"{PEOPLE}add", {"given_name": "Typed", "family_name": "Name", "email": address})
            said[address] = [bare(petra.get(path).text, address) for path in (done.location, *pages)]
            assert "Typed Name gets a mail" in said[address][0]
            entered = db.session.scalars(select(Membership).where(Membership.address == address)).one()
            assert petra.get(f"{PEOPLE}{entered.id}").status_code == 404, "nobody to be changed"
            press(petra, PEOPLE, f"{PEOPLE}entered/{entered.id}/take-back")
            said[address] += [bare(petra.get(path).text, address) for path in pages if path != "/company/log"]
        assert said["stranger@isar.example"][:1] == said["nobody12@isar.example"][:1]
        assert said["stranger@isar.example"][4:] == said["nobody12@isar.example"][4:]
        for page in said["stranger@isar.example"]:
            assert not [word for word in ("Hidden", "Surname", "+4989") if word in page]
        assert [(m.to_address, m.to_name) for m in mails("partners.entered")] == [(a, "Typed Name") for a in said]
        assert membership_of(stranger).organisation_id == other.id

    def test_an_address_of_the_own_domain_joins_known_or_not(self, petra: PageClient, company: Any) -> None:
        other = factories.organisation("Isar Netze AG", domain="isar.example")
        factories.person(other, "Hidden", "Surname", "known@donau.example", phone="+49891234567")
        for address in ("known@donau.example", "fresh@donau.example"):
            send(petra, f"{PEOPLE}add", {"given_name": "Typed", "family_name": "Name", "email": address, "phone": "+43123456"})
        page = petra.get(PEOPLE).text
        assert (page.count("Typed Name</bdi></a>"), page.count("+43123456"), "Hidden" in page) == (2, 2, False)
        assert "known@donau.example" not in petra.get(f"{PEOPLE}?q=hidden").text
        assert "known@donau.example" in petra.get(f"{PEOPLE}?q=typ+nam").text
        register = petra.get(f"/events/{factories.event().slug}/register").text
        assert (register.count("Typed Name") >= 2, "Hidden" in register) == (True, False)

    def test_a_domain_that_others_have_too_proves_nothing(self, petra: PageClient, company: Any) -> None:
        factories.organisation("Donau Schweiz AG", domain="donau.example")
        send(petra, f"{PEOPLE}add", {"given_name": "Cem", "family_name": "Yıldız", "email": "cem@donau.example"})
        made = db.session.scalars(select(Membership).where(Membership.address == "cem@donau.example")).one()
        assert (made.state, made.matched_by) == (MembershipState.REQUESTED, MatchedBy.COMPANY)

    def test_the_mails_are_counted(self, petra: PageClient) -> None:
        for _n in range(5):
            page = send(petra, f"{PEOPLE}add", {"family_name": "X", "email": "guest@elsewhere.example"})
        assert page.status_code == 429
        assert "Try again in an hour" in page.text
        assert len(mails("partners.entered")) == 3

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
            "phone": "+43 1 234567",
            "job_title": "CTO",
            "function": "executive",
            "role": "executive",
        }
        assert send(petra, url_of(ada), values).location == PEOPLE
        page = petra.get(PEOPLE).text
        for text in ("Ada Lange", "ada@donau.example", "+431234567", "CTO"):
            assert text in page
        assert membership_of(ada).role is MembershipRole.EXECUTIVE

    def test_an_address_is_its_owner_s(self, petra: PageClient, company: Any) -> None:
        """Else typing an address before its owner's company does would turn the mails of that company's registration."""
        ada = factories.person(company, "Ada", "Lang", "ada@donau.example")
        page = petra.get(url_of(ada))
        assert "email" not in fields(page.text)
        send_page(petra, page, url_of(ada), {"email": "mine@donau.example", "job_title": "Sales"})
        assert db.session.scalars(select(PersonEmail.address).where(PersonEmail.person_id == ada.id)).one() == "ada@donau.example"
        assert membership_of(ada).job_title == "Sales"

    def test_who_belongs_to_others_too_is_changed_for_us_alone(self, petra: PageClient, company: Any) -> None:
        """Two colleagues, one of whom another company knows: every page and answer is the same for both."""
        other = factories.organisation("Isar Netze AG")
        seen = []
        for n, name in enumerate(("Alone", "Double")):
            person = factories.person(company, "Ada", name, f"{name.lower()}@donau.example")
            ours = membership_of(person).id
            if n:
                db.session.add(Membership(person_id=person.id, organisation_id=other.id))
                factories.commit()
            opened = petra.get(f"{PEOPLE}{ours}")
            factories.commit()
            if n:
                person.phone, person.badge_name = "+49111", "Changed by others"
                factories.commit()
                opened = petra.get(f"{PEOPLE}{ours}")
            new = {"given_name": "Bea", "family_name": f"New{name}", "phone": "+43 1 999999", "job_title": "Guest"}
            done = send_page(petra, opened, f"{PEOPLE}{ours}", new)
            pages = [done.location, petra.get(PEOPLE).text, petra.get(f"{PEOPLE}?q=new{name.lower()}").text]
            pages += [petra.get(f"{PEOPLE}{ours}").text, petra.get("/company/log").text]
            assert f"New{name}" in pages[2]
            # Not found under the name of before, which is the person's own still.
            assert f"{name.lower()}@donau.example" not in petra.get(f"{PEOPLE}?q=ada").text
            seen.append(pages)
            db.session.expire_all()
            assert person.full_name == (f"Ada {name}" if n else f"Bea New{name}")
        assert "Isar" not in str(seen)
        assert "Ada Double" not in str(seen[1])
        assert "+49111" not in str(seen[1])

    def test_what_others_change_does_not_make_our_form_old(self, petra: PageClient, company: Any) -> None:
        ada = factories.person(company, "Ada", "Lang", "ada@donau.example")
        ours = membership_of(ada).id
        page = petra.get(f"{PEOPLE}{ours}")
        other = factories.organisation("Isar Netze AG")
        db.session.add(Membership(person_id=ada.id, organisation_id=other.id))
        ada.badge_name, ada.updated_at = "Theirs", factories.AT
        factories.commit()
        assert send_page(petra, page, f"{PEOPLE}{ours}", {"job_title": "CTO"}).status_code == 302

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
        olivia = factories.organizer("olivia@donau.example")
        send(petra, f"{PEOPLE}add", {"given_name": "O", "family_name": "L", "email": olivia.email})
        typed = db.session.scalars(select(Person).where(Person.family_name == "L")).one()
        press(petra, PEOPLE, url_of(typed, "/invite"))
        assert "olivia@donau.example cannot be invited here." in petra.get(PEOPLE).text
        db.session.expire_all()
        assert typed.user_id is None

    def test_a_disabled_login_stays_disabled(self, petra: PageClient, company: Any) -> None:
        ada = factories.person(company, "Ada", "Lang", "ada@donau.example")
        factories.user("ada@donau.example").active = False
        factories.commit()
        press(petra, PEOPLE, url_of(ada, "/invite"))
        assert "was disabled" in petra.get(PEOPLE).text


class TestConfirming:
    def enter(self, petra: PageClient, address: str = "guest@elsewhere.example", **more: str) -> str:
        send(petra, f"{PEOPLE}add", {"given_name": "Typed", "family_name": "Name", "email": address, **more})
        found = re.search(r"/colleague/\S+", mails("partners.entered", address)[-1].text)
        assert found
        return found[0]

    def test_who_says_yes_is_in_the_list(self, app: Flask, petra: PageClient, company: Any) -> None:
        other = factories.organisation("Isar Netze AG", domain="isar.example")
        stranger = factories.person(other, "Hidden", "Surname", "stranger@isar.example")
        url, them = self.enter(petra, "stranger@isar.example", job_title="Adviser"), app.test_client()
        assert isinstance(them, PageClient)
        page = them.get(url)
        assert "Do you belong to Donau Systemhaus GmbH?" in page.text
        assert "Hidden" not in petra.get(PEOPLE).text, "opening it is no answer"
        assert send_page(them, page, url, {"yes": "1"}).location == url
        assert send_page(them, page, url, {"yes": "1"}).location == url, "clicked twice"
        assert "You belong to Donau Systemhaus GmbH now" in them.get(url).text
        assert "Hidden Surname" in petra.get(PEOPLE).text
        assert {m.organisation_id for m in db.session.scalars(select(Membership).where(Membership.person_id == stranger.id))} == {
            company.id,
            other.id,
        }

    def test_who_says_no_is_gone(self, app: Flask, petra: PageClient) -> None:
        url, them = self.enter(petra), app.test_client()
        assert isinstance(them, PageClient)
        assert send(them, url, {"no": "1"}).location == "/"
        petra.get("/company/")
        assert "Typed Name" not in petra.get(PEOPLE).text
        assert them.get(url).status_code == 404

    def test_a_link_is_good_for_thirty_days_and_one_entry(
        self, app: Flask, petra: PageClient, clock: time_machine.Traveller, company: Any
    ) -> None:
        url = self.enter(petra)
        clock.shift(timedelta(days=31))
        assert app.test_client().get(url).status_code == 404
        clock.shift(-timedelta(days=31))
        entered = db.session.scalars(select(Membership).where(Membership.address.is_not(None))).one()
        for forged in (url[:-3] + "xyz", "/colleague/made-up", url.replace("/colleague/", "/r/")):
            assert app.test_client().get(forged).status_code == 404
        press(petra, PEOPLE, f"{PEOPLE}entered/{entered.id}/take-back")
        assert app.test_client().get(url).status_code == 404
        clock.shift(timedelta(minutes=1))
        again = self.enter(petra)
        assert again != url, "SQLite gives the row the id of the one before"
        assert (app.test_client().get(url).status_code, app.test_client().get(again).status_code) == (404, 200)

    def test_another_company_s_entries_are_nothing(self, app: Flask, petra: PageClient) -> None:
        self.enter(petra)
        entered = db.session.scalars(select(Membership).where(Membership.address.is_not(None))).one().id
        other = factories.organisation("Isar Netze AG", domain="isar.example")
        paula = app.test_client()
        assert isinstance(paula, PageClient)
        paula.sign_in(factories.company_admin(other, "paula@isar.example"))
        assert "Typed Name" not in paula.get(PEOPLE).text
        token = fields(paula.get(f"{PEOPLE}add").text)
        for one in (entered, 987_654):
            assert paula.post(f"{PEOPLE}entered/{one}/take-back", data=token).status_code == 404

    def test_a_future_employee_of_others_is_theirs(self, app: Flask, petra: PageClient) -> None:
        """Donau types Carol of Isar before Isar knows her: she is asked for by Isar, under the name that she gives."""
        isar = factories.organisation("Isar Netze AG", domain="isar.example")
        self.enter(petra, "carol@isar.example", phone="+43166600")
        carol = factories.user("carol@isar.example", name="Carol Huber")
        with transaction():
            assert joining.match(carol, by=factories.TESTS, at=factories.AT) is Way.ASKED
        person = db.session.scalars(select(Person).where(Person.user_id == carol.id)).one()
        assert (person.full_name, person.phone) == ("Carol Huber", "")
        asked = db.session.scalars(select(Membership).where(Membership.organisation_id == isar.id)).one()
        assert asked.state is MembershipState.REQUESTED
        page = petra.get(PEOPLE).text
        assert ("Typed Name" in page, "Carol" in page) == (True, False)
