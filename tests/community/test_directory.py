"""The directory: who stands in it, who reads it, and that nobody does who has not said so."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from eventapp.accounts.models import Role, User
from eventapp.audit.models import AuditEntry
from eventapp.community.directory import queries, service
from eventapp.community.directory.service import ListingDetails
from eventapp.community.models import Interest, Listing, ListingCountry, ListingInterest
from eventapp.core.db import db, transaction
from eventapp.core.errors import NotFoundError, RuleError, StaleError
from eventapp.lifecycle import erasing
from eventapp.partners.cohorts import Cohort, cohort_of, in_cohorts, years_before
from eventapp.partners.models import Membership, MembershipRole, MembershipState, Organisation, OrganisationStatus, Person
from eventapp.partners.service import people
from eventapp.privacy import service as privacy
from eventapp.privacy.models import Consent, ConsentKind
from tests.conftest import NOW
from tests.decisions.test_openness import strip
from tests.groups.test_races import at_once
from tests.guarantees.world import browser
from tests.support import community, factories
from tests.support.decisions import company_of, viewer
from tests.support.factories import TESTS
from tests.support.pages import fields

HERE = "/community/"


@pytest.fixture
def donau(app: Flask, clock: Any) -> User:
    return community.company("Donau Systemhaus GmbH", community.OLD)


@pytest.fixture
def isar(app: Flask, clock: Any) -> User:
    return community.company("Isar Netze AG", community.NEW)


def person_of(user: User) -> Person:
    return db.session.scalars(select(Person).where(Person.user_id == user.id)).one()


def interest(name: str) -> int:
    return db.session.scalars(select(Interest.id).where(Interest.name == name)).one()


class TestStandingInIt:
    """A company by its admin, a person by themselves, each as long as they want."""

    def test_a_person_puts_themselves_in_and_leaves_nothing_behind(self, app: Flask, donau: User, isar: User) -> None:
        client = browser(app, donau)
        page = client.get(f"{HERE}me")
        data = fields(page.text) | {"headline": "Zebra keeper", "interests": [str(interest("Storage"))], "languages": ["de"]}
        assert "agree" not in data, "nothing is ticked beforehand"
        refused = client.post(f"{HERE}me", data=data)
        assert refused.status_code == 422
        assert "Without your consent you are not shown." in refused.text
        assert fields(refused.text)["headline"] == "Zebra keeper"
        assert client.post(f"{HERE}me", data={**data, "agree": "y"}).status_code == 302
        consent = db.session.scalars(select(Consent).where(Consent.kind == ConsentKind.COMMUNITY)).one()
        assert (consent.text_version, consent.given_by, consent.given_through) == ("community-1", donau.email, "page")
        shown = browser(app, isar).get(HERE).text
        assert "Zebra keeper" in shown
        assert "Storage" in shown
        again = fields(client.get(f"{HERE}me").text)
        assert 'name="agree"' not in client.get(f"{HERE}me").text, "nobody is asked twice"
        assert client.post(f"{HERE}me", data={**again, "headline": "Lion keeper"}).status_code == 302
        assert "Lion keeper" in browser(app, isar).get(HERE).text
        assert client.post(f"{HERE}me/withdraw", data={"csrf_token": again["csrf_token"]}).status_code == 302
        assert "Lion keeper" not in browser(app, isar).get(HERE).text
        assert db.session.scalar(select(func.count()).select_from(Listing)) == 0
        assert db.session.scalar(select(func.count()).select_from(ListingInterest)) == 0
        assert db.session.scalars(select(Consent.withdrawn_at)).one() is not None

    def test_taking_the_consent_back_among_all_others_is_enough(self, app: Flask, donau: User, isar: User) -> None:
        community.list_person(donau)
        client = browser(app, donau)
        page = client.get("/account/privacy").text
        assert "Directory of partners" in page
        token = fields(page, "/consents/community")["csrf_token"]
        answer = client.post("/account/privacy/consents/community", data={"csrf_token": token, "do": "withdraw"})
        assert answer.status_code == 302
        assert db.session.scalar(select(func.count()).select_from(Listing)) == 0
        assert "Directory of partners" not in client.get("/account/privacy").text
        given = client.post("/account/privacy/consents/community", data={"csrf_token": token, "do": "give"})
        assert given.status_code == 404, "given where it is of use"

    def test_a_company_prepares_its_entry_and_shows_it(self, app: Flask, donau: User, isar: User) -> None:
        client = browser(app, donau)
        data = fields(client.get(f"{HERE}company").text) | {"offering": "Zebra keeping", "countries": ["CZ", "PL"]}
        assert client.post(f"{HERE}company", data=data).status_code == 302
        listing = db.session.scalars(select(Listing)).one()
        assert listing.listed_at is None
        assert "Zebra keeping" not in browser(app, isar).get(HERE).text
        assert browser(app, isar).get(f"{HERE}{listing.id}").status_code == 404
        data = fields(client.get(f"{HERE}company").text) | {"shown": "y"}
        assert client.post(f"{HERE}company", data=data).status_code == 302
        assert "Zebra keeping" in browser(app, isar).get(f"{HERE}?country=CZ").text
        assert "Czechia" in browser(app, isar).get(f"{HERE}{listing.id}").text
        empty = {**data, **dict.fromkeys(("about", "offering", "looking_for"), "")}
        refused = client.post(f"{HERE}company", data={**empty, "version": "2", "once_key": ""})
        assert refused.status_code == 422
        assert "Say at least what your company does" in refused.text

    def test_two_admins_at_once(self, donau: User) -> None:
        listing = community.list_company(donau)
        version = listing.version
        details = ListingDetails(about="Other")
        service.list_company(company_of(donau), details, shown=True, version=version, by=donau, at=NOW)
        factories.commit()
        with pytest.raises(StaleError):
            service.list_company(company_of(donau), details, shown=False, version=version, by=donau, at=NOW)
        db.session.rollback()

    def test_a_conflict_shows_both_texts(self, app: Flask, donau: User) -> None:
        community.list_company(donau)
        client = browser(app, donau)
        data = fields(client.get(f"{HERE}company").text) | {"about": "Mine"}
        community.list_company(donau, ListingDetails(about="Theirs"))
        answer = client.post(f"{HERE}company", data=data)
        assert answer.status_code == 409
        assert "Mine" in answer.text
        assert "Theirs" in answer.text
        again = fields(answer.text)
        assert client.post(f"{HERE}company", data=again).status_code == 302
        assert db.session.scalars(select(Listing.about)).one() == "Mine"

    @pytest.mark.parametrize(
        "typed",
        [
            {"headline": "x" * 151},
            {"about": "x" * 1001},
            {"interests": ["987654"]},
            {"interests": ["2147483648"]},
            {"interests": ["x", "-1"]},
            {"languages": ["klingon"]},
            {"countries": ["XX"]},
            {"version": "9" * 30},
        ],
    )
    def test_hostile_values(self, app: Flask, donau: User, typed: dict[str, Any]) -> None:
        client = browser(app, donau)
        data = fields(client.get(f"{HERE}company").text) | {"about": "Kept", "shown": "y", **typed}
        answer = client.post(f"{HERE}company", data=data)
        assert answer.status_code in (409, 422)
        assert fields(answer.text)["about"] == typed.get("about", "Kept")
        assert db.session.scalar(select(func.count()).select_from(Listing)) == 0

    def test_what_people_type_stays_text(self, app: Flask, donau: User, isar: User) -> None:
        community.list_company(donau, ListingDetails("<b>bold</b>", "[x](javascript:alert(1)) \u202eabc", "=1+1", "{{ 7*7 }}"))
        page = browser(app, isar).get(HERE).text
        assert "&lt;b&gt;bold" in page
        assert "<b>bold" not in page
        assert "{{ 7*7 }}" in page

    def test_more_interests_than_anybody_has(self, donau: User) -> None:
        ids = tuple(db.session.scalars(select(Interest.id)))
        with pytest.raises(RuleError, match="10 interests at most"):
            community.list_company(donau, ListingDetails(about="x", interests=ids))
        db.session.rollback()

    def test_at_once_there_is_one_entry(self, app: Flask, donau: User) -> None:
        user_id, company_id = donau.id, company_of(donau).id

        def company() -> None:
            own = db.session.get_one(Organisation, company_id)
            service.list_company(own, ListingDetails(about="x"), shown=True, version=0, by=TESTS, at=NOW)

        def person() -> None:
            service.list_person(viewer(db.session.get_one(User, user_id)), ListingDetails(), version=0, at=NOW)

        assert sorted(at_once(app, *[company] * 3)) == ["done", "refused", "refused"]
        assert sorted(at_once(app, *[person] * 3)) == ["done", "refused", "refused"]
        assert db.session.scalar(select(func.count()).select_from(Listing)) == 2


class TestWhoIsGone:
    """Whoever does not belong there any more is not shown, whichever way they went."""

    @staticmethod
    def left(user: User) -> None:
        membership = db.session.scalars(select(Membership).where(Membership.person_id == person_of(user).id)).one()
        people.end_membership(membership, person_of(user), by=TESTS, at=NOW)

    WAYS: dict[str, Callable[[User], object]] = {  # noqa: RUF012
        "left": left,
        "ran out": lambda user: setattr(
            db.session.scalars(select(Membership).where(Membership.person_id == person_of(user).id)).one(),
            "valid_to",
            NOW.date() - timedelta(days=1),
        ),
        "declined": lambda user: setattr(
            db.session.scalars(select(Membership).where(Membership.person_id == person_of(user).id)).one(),
            "state",
            MembershipState.ENDED,
        ),
        "consent": lambda user: privacy.withdraw(person_of(user).id, ConsentKind.COMMUNITY, None, by=TESTS, now=NOW),
        "company ended": lambda user: setattr(company_of(user), "status", OrganisationStatus.ENDED),
        "suspended": lambda user: setattr(company_of(user), "status", OrganisationStatus.SUSPENDED),
    }

    @pytest.mark.parametrize("way", WAYS)
    def test_nobody_sees_them(self, app: Flask, donau: User, isar: User, way: str) -> None:
        listing_id = community.list_person(donau).id
        client = browser(app, isar)
        assert "Petra Huber" in client.get(HERE).text
        self.WAYS[way](donau)
        factories.commit()
        assert "Petra Huber" not in client.get(f"{HERE}?show=people").text
        gone, none = client.get(f"{HERE}{listing_id}"), client.get(f"{HERE}987654")
        assert gone.status_code == none.status_code == 404
        assert strip(gone.text) == strip(none.text), "nothing tells that there was somebody"
        asked, unknown = client.get(f"{HERE}{listing_id}/ask"), client.get(f"{HERE}987654/ask")
        assert (asked.status_code, strip(asked.text)) == (unknown.status_code, strip(unknown.text))

    def test_whoever_leaves_leaves_no_row(self, donau: User) -> None:
        community.list_person(donau)
        self.left(donau)
        factories.commit()
        assert db.session.scalar(select(func.count()).select_from(Listing)) == 0

    def test_the_erased(self, app: Flask, donau: User, isar: User) -> None:
        community.list_person(donau)
        person_id = person_of(donau).id
        db.session.rollback()
        with transaction():
            erasing.erase(person_id, by=factories.organizer(), now=NOW)
        assert db.session.scalar(select(func.count()).select_from(Listing)) == 0
        page = browser(app, isar).get(f"{HERE}?show=people").text
        assert "Erased" not in page
        assert "Petra" not in page

    def test_control_without_the_condition_they_stand_there(
        self, app: Flask, donau: User, isar: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        community.list_person(donau)
        self.WAYS["ran out"](donau)
        factories.commit()
        monkeypatch.setattr("eventapp.community.directory.queries.belongs", lambda *_facts: Listing.id > 0)
        assert "Petra Huber" in browser(app, isar).get(HERE).text

    def test_for_another_company_one_puts_oneself_in_anew(self, app: Flask, donau: User) -> None:
        listing = community.list_person(donau)
        other = factories.organisation("Zweite GmbH")
        factories.second_seat(donau, other)
        self_there = db.session.scalars(select(Listing.organisation_id)).one()
        assert self_there == listing.organisation_id
        client = browser(app, donau)
        with client.session_transaction() as session:
            session["acting_for"] = other.id
        page = client.get(f"{HERE}me").text
        assert "for another company" in page
        assert client.post(f"{HERE}me", data=fields(page)).status_code == 302
        assert db.session.scalars(select(Listing.organisation_id)).one() == other.id


class TestWhoReads:
    """Partners and the vendor, logged in; the public not, and somebody without a company neither."""

    def test_by_role(self, app: Flask, donau: User, isar: User) -> None:
        listing = community.list_company(donau)
        readers = [isar, factories.organizer(), factories.user(None, Role.AUDITOR), factories.user(None, Role.TRAINER)]
        for user in readers:
            for path in (HERE, f"{HERE}{listing.id}"):
                assert "Donau Systemhaus GmbH" in browser(app, user).get(path).text
        assert browser(app).get(HERE).status_code == 302
        assert browser(app, factories.user()).get(HERE).status_code == 403
        assert browser(app, factories.organizer()).get(f"{HERE}me").status_code == 403, "the vendor's people have no entry"
        member = factories.seat(company_of(isar), MembershipRole.MEMBER)
        assert browser(app, member).get(f"{HERE}company").status_code == 403, "an admin lists the company"
        assert browser(app, member).get(f"{HERE}me").status_code == 200

    def test_no_address_is_told(self, app: Flask, donau: User, isar: User) -> None:
        listings = [community.list_company(donau).id, community.list_person(donau).id]
        person_of(donau).phone = "+43155555"
        factories.commit()
        client = browser(app, isar)
        for path in (HERE, *(f"{HERE}{id_}" for id_ in listings), f"{HERE}{listings[1]}/ask"):
            text = client.get(path).text
            assert donau.email not in text
            assert "55555" not in text
        local = donau.email.split("@")[0]
        assert "Nobody in the directory fits" in client.get(f"{HERE}?q={local}").text, "nor found by it"

    def test_found_and_filtered(self, app: Flask, donau: User, isar: User) -> None:
        community.list_company(donau, ListingDetails("", "Ölfelder überwachen", interests=(interest("Storage"),)))
        community.list_company(isar, ListingDetails("", "Schulen", interests=(interest("Training"),)))
        community.list_person(donau)
        client = browser(app, isar)

        def names(query: str) -> set[str]:
            text = client.get(f"{HERE}?{query}").text
            return {n for n in ("Donau Systemhaus GmbH", "Isar Netze AG", "Petra Huber") if f"<bdi>{n}</bdi></a>" in text}

        assert names("") == {"Donau Systemhaus GmbH", "Isar Netze AG", "Petra Huber"}
        assert names("q=olfelder") == {"Donau Systemhaus GmbH"}
        assert names("q=huber") == {"Petra Huber"}
        assert names("show=people") == {"Petra Huber"}
        assert names(f"interest={interest('Training')}") == {"Isar Netze AG"}
        assert names("cohort=pioneer&show=companies") == {"Donau Systemhaus GmbH"}
        assert names("cohort=newcomer&cohort=established") == {"Isar Netze AG"}
        assert names("country=DE") == set()
        assert names("q=%25") == names("q=zz_z") == set()
        assert names("interest=x&cohort=zz&country=%00") == names(""), "what is none is no filter"
        assert "<b>1</b> person" in client.get(f"{HERE}?show=people").text

    def test_as_many_queries_for_many_as_for_one(self, app: Flask, donau: User, isar: User, count_queries: Any) -> None:
        first = community.list_company(donau, ListingDetails(about="x", interests=(interest("Storage"),), countries=("CZ",)))
        client, counts = browser(app, isar), []
        for _turn in range(2):
            for path in (HERE, f"{HERE}{first.id}", f"{HERE}{first.id}/ask", f"{HERE}me"):
                with count_queries() as found:
                    assert client.get(path).status_code == 200
                counts.append(len(found))
            community.list_person(donau)
            community.list_company(isar)
        assert counts[:4] == counts[4:]
        assert max(counts) <= 12


class TestVocabulary:
    """The words that everybody chooses from."""

    def test_added_renamed_and_offered_no_more(self, app: Flask, donau: User) -> None:
        client, here = browser(app, factories.organizer()), "/admin/community/interests/"
        data = fields(client.get(f"{here}new").text) | {"name": "Quantum"}
        assert client.post(f"{here}new", data=data).status_code == 302
        twice = client.post(f"{here}new", data=fields(client.get(f"{here}new").text) | {"name": "QUANTUM"})
        assert twice.status_code == 409
        assert "one of that name already" in twice.text
        id_ = interest("Quantum")
        community.list_company(donau, ListingDetails(about="x", interests=(id_,)))
        data = fields(client.get(f"{here}{id_}").text) | {"name": "Quantum computing"}
        del data["active"]
        assert client.post(f"{here}{id_}", data=data).status_code == 302
        assert "Not offered any more" in client.get(here).text
        page = browser(app, donau).get(f"{HERE}company").text
        assert "Quantum computing" in page, "who has chosen it keeps it"
        assert "Quantum computing" not in browser(app, donau).get(f"{HERE}me").text
        assert browser(app, factories.user(None, Role.AUDITOR)).get(here).status_code == 200
        assert browser(app, factories.user(None, Role.AUDITOR)).get(f"{here}new").status_code == 403

    def test_what_is_there_no_more_is_left_out(self, donau: User) -> None:
        community.list_company(donau, ListingDetails(about="x", interests=(1, 987_654), countries=("CZ", "XX")))
        assert db.session.scalars(select(ListingInterest.interest_id)).all() == [1]
        assert db.session.scalars(select(ListingCountry.country_code)).all() == ["CZ"]


class TestCohorts:
    """By the day since when a company is a partner."""

    @pytest.mark.parametrize(
        ("since", "cohort"),
        [
            (None, None),
            (date(2027, 1, 20), Cohort.NEWCOMER),
            (date(2026, 1, 21), Cohort.NEWCOMER),
            (date(2026, 1, 20), Cohort.ESTABLISHED),
            (date(2017, 1, 21), Cohort.ESTABLISHED),
            (date(2017, 1, 20), Cohort.PIONEER),
            (date(1999, 1, 1), Cohort.PIONEER),
            (date(2030, 1, 1), Cohort.NEWCOMER),
        ],
    )
    def test_rules_and_condition_agree(self, app: Flask, since: date | None, cohort: Cohort | None) -> None:
        today = date(2027, 1, 20)
        assert cohort_of(since, today) is cohort
        company = factories.organisation(partner_since=since)
        found = [
            one
            for one in Cohort
            if company.id in set(db.session.scalars(select(Organisation.id).where(in_cohorts([one], today))))
        ]
        assert found == [one for one in (cohort,) if one is not None]

    def test_on_a_leap_day(self) -> None:
        assert years_before(date(2028, 2, 29), 1) == date(2027, 2, 28)

    def test_the_list_of_companies_has_them_as_a_filter(self, app: Flask, donau: User, isar: User) -> None:
        text = browser(app, factories.organizer()).get("/admin/companies/?cohort=pioneer").text
        assert "Donau Systemhaus GmbH" in text
        assert "Isar Netze AG" not in text


def test_the_log_says_who_stands_there_and_no_word_of_it(donau: User) -> None:
    community.list_company(donau, ListingDetails("Zebra", "Zebra"))
    community.list_person(donau, ListingDetails("Giraffe"))
    service.unlist_person(person_of(donau).id, by=donau, at=NOW)
    factories.commit()
    entries = db.session.scalars(select(AuditEntry).where(AuditEntry.action.startswith("community.")).order_by(AuditEntry.id))
    rows = list(entries)
    assert [row.action for row in rows] == ["community.list_company", "community.list_person", "community.unlist_person"]
    assert not any(word in str([row.changes for row in rows]) for word in ("Zebra", "Giraffe"))


def test_an_entry_that_is_not_shown_is_not_there(donau: User) -> None:
    listing = community.list_company(donau, shown=False)
    with pytest.raises(NotFoundError):
        queries.entry(listing.id, NOW)
