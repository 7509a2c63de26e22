"""Newcomers: their first steps, and buddies among the pioneers; what the vendor sees of both."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from eventapp.accounts.models import Role, User
from eventapp.community.buddies import queries, service
from eventapp.community.buddies.rules import About, PairSide, Volunteer, matches
from eventapp.community.directory.service import ListingDetails
from eventapp.community.models import BuddyOffer, BuddyPair, Fact, OnboardingItem, OnboardingTick, ProposedBy
from eventapp.community.onboarding import queries as steps
from eventapp.community.onboarding import service as onboarding
from eventapp.core.db import db
from eventapp.core.errors import NotFoundError, RuleError, StaleError
from eventapp.mail.models import OutboxMail
from eventapp.partners.models import Membership, MembershipRole, Organisation, Person, Territory
from eventapp.partners.service import people
from tests.conftest import NOW
from tests.groups.test_races import at_once
from tests.guarantees.world import browser, csrf
from tests.support import community, factories, plans, training
from tests.support.decisions import company_of, viewer
from tests.support.factories import TESTS
from tests.support.limits import most_queries
from tests.support.pages import fields

HERE, ADMIN, STEPS = "/community/buddies", "/admin/community/newcomers/", "/community/first-steps"


@pytest.fixture
def neu(app: Flask, clock: Any) -> User:
    return community.company("Neu GmbH", community.NEW)


@pytest.fixture
def alt(app: Flask, clock: Any) -> User:
    return community.company("Alt AG", community.OLD)


def post(app: Flask, user: User, path: str, **data: str) -> int:
    """Sends a button as somebody."""
    client = browser(app, user)
    return client.post(path, data={"csrf_token": csrf(client, user), **data}).status_code


def told() -> set[str]:
    """Who got a mail about buddies."""
    return set(db.session.scalars(select(OutboxMail.to_address).where(OutboxMail.kind == "community.buddy")))


class TestBuddies:
    """Both confirm, either ends it; addresses only while it is in force."""

    def test_a_newcomer_asks_and_the_pioneer_says_yes(self, app: Flask, neu: User, alt: User) -> None:
        new, old = browser(app, neu), browser(app, alt)
        assert "Nobody is free at the moment" in new.get(HERE).text
        data = fields(old.get(f"{HERE}/offer").text) | {"note": "Zebra questions", "most": "1"}
        assert old.post(f"{HERE}/offer", data={**data, "most": "0"}).status_code == 422
        assert old.post(f"{HERE}/offer", data=data).status_code == 302
        page = new.get(HERE).text
        assert "Zebra questions" in page
        assert "same country" in page
        buddy_id = company_of(alt).id
        assert post(app, neu, f"{HERE}/ask/{buddy_id}") == 302
        pair = db.session.scalars(select(BuddyPair)).one()
        assert told() == {alt.email}
        for user, other in ((neu, alt), (alt, neu)):
            assert other.email not in browser(app, user).get(HERE).text, "not before both have said yes"
        assert "Waiting for you" in old.get(HERE).text
        assert "asks for your help" in old.get(HERE).text
        page = new.get(HERE).text
        assert "Asked: Alt AG" in page
        assert "Take it back" in page
        assert "Your buddy" not in page.split("<main")[1]
        assert post(app, alt, f"{HERE}/{pair.id}/confirm") == 302
        assert told() == {alt.email, neu.email}
        for user, other in ((neu, alt), (alt, neu)):
            assert other.email in browser(app, user).get(HERE).text
        assert "Find a buddy" not in new.get(HERE).text.split("<main")[1]

    def test_the_vendor_brings_two_together_and_both_confirm(self, app: Flask, neu: User, alt: User) -> None:
        community.offer(alt)
        organizer = factories.organizer()
        path = f"{ADMIN}{company_of(neu).id}"
        page = browser(app, organizer).get(path).text
        assert "Alt AG" in page
        assert post(app, organizer, f"{path}/buddy/{company_of(alt).id}") == 302
        pair = db.session.scalars(select(BuddyPair)).one()
        assert told() == {alt.email, neu.email}
        for n, user in enumerate((neu, alt)):
            assert pair.in_force is False
            assert post(app, user, f"{HERE}/{pair.id}/confirm") == 302
            db.session.expire_all()
            assert pair.in_force is bool(n)
        text = browser(app, organizer).get(path).text
        assert "Both have said yes" in text
        assert neu.email not in text

    @pytest.mark.parametrize("ends", ["neu", "alt"])
    def test_who_was_asked_is_left_in_peace_for_a_while(self, app: Flask, neu: User, alt: User, clock: Any, ends: str) -> None:
        community.offer(alt)
        buddy_id, mails = company_of(alt).id, select(func.count()).where(OutboxMail.kind == "community.buddy")
        assert post(app, neu, f"{HERE}/ask/{buddy_id}") == 302
        pair = db.session.scalars(select(BuddyPair)).one()
        assert post(app, neu if ends == "neu" else alt, f"{HERE}/{pair.id}/end", reason="No time") == 302
        before = db.session.scalar(mails)
        client = browser(app, neu)
        answer = client.post(f"{HERE}/ask/{buddy_id}", data={"csrf_token": csrf(client, neu)}, follow_redirects=True)
        assert "Ask them again after 19 Feb 2027" in answer.text
        assert db.session.scalar(mails) == before
        clock.move_to(NOW + timedelta(days=30, seconds=-1))
        post(app, neu, f"{HERE}/ask/{buddy_id}")
        assert db.session.scalar(mails) == before
        clock.move_to(NOW + timedelta(days=30, minutes=1))
        assert post(app, neu, f"{HERE}/ask/{buddy_id}") == 302
        assert db.session.scalar(mails) == before + 1

    def test_the_vendor_need_not_wait_nor_do_other_companies(self, app: Flask, neu: User, alt: User) -> None:
        other = community.company("Uralt AG", community.OLD)
        for user in (alt, other):
            community.offer(user)
        service.end(community.pair(neu, alt), "", side=PairSide.NEWCOMER, by=TESTS, at=NOW)
        made = service.propose(company_of(neu), company_of(other), ProposedBy.NEWCOMER, by=TESTS, at=NOW)
        service.end(made, "", side=PairSide.NEWCOMER, by=TESTS, at=NOW)
        assert service.propose(company_of(neu), company_of(alt), ProposedBy.VENDOR, by=TESTS, at=NOW).ended_at is None

    def test_ended_by_either_and_by_the_vendor(self, app: Flask, neu: User, alt: User) -> None:
        community.offer(alt)
        for n, user in enumerate((neu, alt)):
            pair = community.pair(neu, alt)
            client = browser(app, user)
            path = f"{HERE}/{pair.id}/end"
            data = fields(client.get(path).text) | {"reason": f"Zebra{n}"}
            assert client.post(path, data=data).status_code == 302
            assert client.get(path).status_code == 200
            assert client.post(path, data={**data, "once_key": ""}).status_code == 409, "it is over"
            other = browser(app, alt if user is neu else neu)
            assert f"Zebra{n}" not in other.get(HERE).text
        community.pair(neu, alt)
        organizer = factories.organizer()
        client, path = browser(app, organizer), f"{ADMIN}{company_of(neu).id}"
        assert client.post(f"{path}/end", data=fields(client.get(f"{path}/end").text)).status_code == 302
        page = client.get(path).text
        assert "Zebra0" in page
        assert "Zebra1" in page
        assert client.get(f"{path}/end").status_code == 404

    def test_not_more_than_a_pioneer_takes_on(self, neu: User, alt: User) -> None:
        community.offer(alt)
        community.pair(neu, alt)
        second = community.company("Zweite GmbH", community.NEW)
        with pytest.raises(RuleError, match="takes nobody on"):
            community.pair(second, alt)
        db.session.rollback()
        third = community.company("Dritte GmbH", community.OLD)
        community.offer(third)
        with pytest.raises(RuleError, match="a buddy already"):
            community.pair(neu, third)
        db.session.rollback()
        service.stop_offering(company_of(third), by=TESTS, at=NOW)
        factories.commit()
        with pytest.raises(NotFoundError):
            queries.volunteer(company_of(third).id, NOW.date())

    def test_newcomers_and_pioneers_only(self, app: Flask, neu: User, alt: User) -> None:
        between = community.company("Mitte GmbH", date(2020, 1, 1))
        unknown = community.company("Unbekannt GmbH", None)
        community.offer(alt)
        for user in (between, unknown, neu):
            with pytest.raises(RuleError, match="ten years"):
                community.offer(user)
            db.session.rollback()
            assert browser(app, user).get(f"{HERE}/offer").status_code == 404
        for user in (between, unknown, alt):
            with pytest.raises(RuleError, match="Only newcomers"):
                service.propose(company_of(user), company_of(neu), ProposedBy.VENDOR, by=TESTS, at=NOW)
            db.session.rollback()
            assert post(app, user, f"{HERE}/ask/{company_of(alt).id}") == 404
            assert "Zebra" not in browser(app, user).get(HERE).text
        assert post(app, neu, f"{HERE}/ask/{company_of(between).id}") == 404, "who offers nothing is not there"

    def test_foreign_pairs_are_not_there(self, app: Flask, neu: User, alt: User) -> None:
        community.offer(alt)
        pair = community.pair(neu, alt)
        other = community.company("Fremd AG", community.NEW)
        assert post(app, other, f"{HERE}/{pair.id}/confirm") == 404
        assert browser(app, other).get(f"{HERE}/{pair.id}/end").status_code == 404
        assert "Alt AG" not in browser(app, other).get(HERE).text, "nor that it is taken"
        member = factories.seat(company_of(neu), MembershipRole.EXECUTIVE)
        assert post(app, member, f"{HERE}/{pair.id}/confirm") == 403
        assert browser(app, member).get(HERE).status_code == 200

    def test_a_contact_who_leaves_is_told_no_more_and_somebody_takes_over(self, app: Flask, neu: User, alt: User) -> None:
        community.offer(alt)
        pair = community.pair(neu, alt)
        for user, side in ((neu, PairSide.NEWCOMER), (alt, PairSide.BUDDY)):
            service.confirm(pair, side, viewer=viewer(user), at=NOW)
        second = factories.seat(company_of(alt), MembershipRole.ADMIN, "Zoe", "Second")
        person = db.session.scalars(select(Person).where(Person.user_id == alt.id)).one()
        membership = db.session.scalars(select(Membership).where(Membership.person_id == person.id)).one()
        people.end_membership(membership, person, by=TESTS, at=NOW)
        factories.commit()
        page = browser(app, neu).get(HERE).text
        assert alt.email not in page
        assert "somebody else of them takes over soon" in page
        assert "I take over" in browser(app, second).get(HERE).text
        assert post(app, second, f"{HERE}/{pair.id}/confirm") == 302
        assert second.email in browser(app, neu).get(HERE).text

    def test_two_who_ask_for_the_last_place(self, app: Flask, neu: User, alt: User) -> None:
        community.offer(alt)
        second = community.company("Zweite GmbH", community.NEW)
        ids, buddy_id = [company_of(user).id for user in (neu, second)], company_of(alt).id

        def asking(newcomer_id: int) -> Callable[[], object]:
            def act() -> None:
                newcomer, buddy = (db.session.get_one(Organisation, id_) for id_ in (newcomer_id, buddy_id))
                service.propose(newcomer, buddy, ProposedBy.NEWCOMER, by=TESTS, at=NOW)

            return act

        assert sorted(at_once(app, *(asking(id_) for id_ in ids))) == ["done", "refused"]
        assert sorted(at_once(app, *[asking(ids[0])] * 2)) in (["refused", "refused"], ["done", "refused"])
        assert db.session.scalar(select(func.count()).select_from(BuddyPair)) == 1

    def test_an_offer_that_was_changed_meanwhile(self, alt: User) -> None:
        community.offer(alt)
        with pytest.raises(StaleError):
            community.offer(alt)
        db.session.rollback()
        assert db.session.scalars(select(BuddyOffer.most)).one() == 1


class TestMatching:
    """Country, language and interests, in that order; nobody who is full."""

    @staticmethod
    def one(id_: int, country: str = "DE", languages: str = "", interests: str = "", free: int = 1) -> Volunteer:
        about = About(country, frozenset(languages.split()), frozenset(interests.split()))
        return Volunteer(id_, f"Company {id_}", country, "", free, about)

    def test_the_best_first(self) -> None:
        newcomer = About("AT", frozenset({"de"}), frozenset({"a", "b", "c"}))
        rows = [
            self.one(1),
            self.one(2, "AT"),
            self.one(3, languages="de en"),
            self.one(4, interests="a"),
            self.one(5, "AT", "de", "a b"),
            self.one(6, "AT", "de", "a b c", free=0),
        ]
        found = matches(newcomer, rows)
        assert [match.volunteer.company_id for match in found] == [5, 2, 3, 4, 1]
        assert (found[0].same_country, found[0].languages, found[0].interests) == (True, ("de",), ("a", "b"))

    def test_from_the_rows(self, neu: User, alt: User) -> None:
        company_of(neu).language = "de-AT"
        factories.commit()
        community.list_company(neu, ListingDetails(about="x", languages=("fr",), interests=(1, 2)))
        community.list_company(alt, ListingDetails(about="x", languages=("de", "fr"), interests=(2, 3)))
        community.offer(alt)
        (match,) = queries.suggestions(company_of(neu), NOW.date())
        assert (match.same_country, match.languages, len(match.interests)) == (True, ("de", "fr"), 1)
        community.list_company(alt, shown=False)
        (match,) = queries.suggestions(company_of(neu), NOW.date())
        assert (match.languages, match.interests) == ((), ()), "what is not shown is not compared"


class TestFirstSteps:
    """Some tick themselves, an admin ticks the others; whether there is a plan only its team learns."""

    @staticmethod
    def facts(user: User) -> set[Fact]:
        company_id = company_of(user).id
        return set(steps.facts_of(viewer(user), [company_id])[company_id])

    def test_they_tick_themselves(self, app: Flask, neu: User, alt: User) -> None:
        company = company_of(neu)
        assert self.facts(neu) == set()
        company.about, company.website = "We do things.", "https://neu.example"
        community.list_company(neu)
        community.offer(alt)
        pair = community.pair(neu, alt)
        person = factories.person(company, "Ola", "Nord")
        run = training.run(training.course())
        enrolment = training.enrol(run, company, person)
        assert self.facts(neu) == {Fact.PROFILE, Fact.LISTED, Fact.REGISTERED}
        enrolment.completed_at = NOW
        pair.newcomer_confirmed_at = pair.buddy_confirmed_at = NOW
        factories.commit()
        assert self.facts(neu) == set(Fact) - {Fact.PLAN}
        page = browser(app, neu).get("/company/").text
        assert "5 of 7 first steps done" in page
        assert "Open a joint plan" in page, "the next one"
        assert steps.own_progress(viewer(neu), company.id).done == 5

    def test_a_plan_is_told_to_its_team_alone(self, app: Flask, neu: User) -> None:
        colleague = factories.seat(company_of(neu), MembershipRole.ADMIN)
        made = plans.plan(company_of(neu), owner_b=neu)
        company_id = company_of(neu).id
        for user, knows in ((neu, True), (made.owner_a, True), (colleague, False), (factories.organizer(), False)):
            assert (Fact.PLAN in steps.facts_of(viewer(user), [company_id])[company_id]) is knows
            path = f"{ADMIN}{company_id}" if user.grants else STEPS
            expected = "1 of 7" if knows else "0 of 7"
            assert f"{expected} first steps done" in browser(app, user).get(path).text

    def test_ticked_by_an_admin_and_taken_back(self, app: Flask, neu: User) -> None:
        item = db.session.scalars(select(OnboardingItem).order_by(OnboardingItem.position.desc())).first()
        assert item is not None
        executive = factories.seat(company_of(neu), MembershipRole.EXECUTIVE)
        member = factories.seat(company_of(neu), MembershipRole.MEMBER)
        assert browser(app, member).get(STEPS).status_code == 403
        assert browser(app, executive).get(STEPS).status_code == 200
        assert post(app, executive, f"{STEPS}/{item.id}/tick") == 403
        for _twice in range(2):
            assert post(app, neu, f"{STEPS}/{item.id}/tick") == 302
        assert db.session.scalars(select(OnboardingTick.ticked_by)).one() == neu.email
        page = browser(app, executive).get(STEPS).text
        assert "1 of 7 first steps done" in page
        assert neu.email not in page.split("<main")[1], "a name, no address"
        neu.name = "Nele Neu"
        factories.commit()
        assert "by Nele Neu" in browser(app, executive).get(STEPS).text
        page = browser(app, neu).get(STEPS).text
        for path in ("/company/profile/edit", "/community/buddies"):
            assert f'<b><a href="{path}">' in page
        assert post(app, neu, f"{STEPS}/{item.id}/untick") == 302
        assert db.session.scalar(select(func.count()).select_from(OnboardingTick)) == 0
        assert post(app, neu, f"{STEPS}/987654/tick") == 404

    def test_two_admins_tick_at_once(self, app: Flask, neu: User) -> None:
        company_id = company_of(neu).id

        def act() -> None:
            item = db.session.scalars(select(OnboardingItem).order_by(OnboardingItem.position)).first()
            assert item is not None
            onboarding.tick(db.session.get_one(Organisation, company_id), item, done=True, by=TESTS, at=NOW)

        assert at_once(app, *[act] * 3) == ["done"] * 3
        assert db.session.scalar(select(func.count()).select_from(OnboardingTick)) == 1

    def test_not_on_the_first_page_of_others_nor_once_all_is_done(self, app: Flask, neu: User, alt: User) -> None:
        assert "Your first steps" not in browser(app, alt).get("/company/").text
        assert "Your first steps" in browser(app, neu).get("/company/").text
        for item in steps.items():
            onboarding.tick(company_of(neu), item, done=True, by=neu, at=NOW)
        factories.commit()
        assert "Your first steps" not in browser(app, neu).get("/company/").text

    def test_the_vendor_says_what_they_are(self, app: Flask, neu: User) -> None:
        organizer, here = factories.organizer(), "/admin/community/first-steps/"
        client = browser(app, organizer)
        data = fields(client.get(f"{here}new").text) | {"title": "Zebra", "help": "Feed it", "fact": ""}
        assert client.post(f"{here}new", data={**data, "title": ""}).status_code == 422
        assert client.post(f"{here}new", data={**data, "fact": "unicorn"}).status_code == 422
        assert client.post(f"{here}new", data=data).status_code == 302
        item = db.session.scalars(select(OnboardingItem).where(OnboardingItem.title == "Zebra")).one()
        assert "Zebra" in browser(app, neu).get(STEPS).text
        assert post(app, organizer, f"{here}{item.id}/up") == 302
        assert [one.title for one in steps.items()][-2] == "Zebra"
        stale = fields(client.get(f"{here}{item.id}").text)
        kept = {**stale, "title": "Lion"}
        assert client.post(f"{here}{item.id}", data=kept).status_code == 302
        answer = client.post(f"{here}{item.id}", data={**stale, "title": "Tiger", "once_key": ""})
        assert answer.status_code == 409
        assert "Lion" in answer.text
        onboarding.tick(company_of(neu), item, done=True, by=neu, at=NOW)
        off = fields(client.get(f"{here}{item.id}").text)
        del off["active"]
        assert client.post(f"{here}{item.id}", data=off).status_code == 302
        assert "Lion" not in browser(app, neu).get(STEPS).text
        assert post(app, neu, f"{STEPS}/{item.id}/untick") == 302
        assert db.session.scalar(select(func.count()).select_from(OnboardingTick)) == 1, "what is asked no more stays"
        for role in (Role.AUDITOR, Role.PARTNER_MANAGER):
            assert browser(app, factories.user(None, role)).get(f"{here}new").status_code == 403


class TestTheVendorsList:
    """Newcomers with how far they are and who helps them, of the own territory."""

    def test_filters_and_numbers(self, app: Flask, neu: User, alt: User) -> None:
        community.offer(alt, 3)
        community.company("Allein GmbH", community.NEW, country_code="DE")
        pair = community.pair(neu, alt)
        client = browser(app, factories.organizer())

        def names(query: str) -> set[str]:
            text = client.get(f"{ADMIN}?{query}").text.split("<main")[1]
            return {name for name in ("Neu GmbH", "Allein GmbH", "Alt AG") if f"<bdi>{name}</bdi></a>" in text}

        assert names("") == {"Neu GmbH", "Allein GmbH"}
        assert names("buddy=without") == {"Allein GmbH"}
        assert names("buddy=asked") == {"Neu GmbH"}
        assert names("buddy=with") == set()
        pair.newcomer_confirmed_at = pair.buddy_confirmed_at = NOW
        factories.commit()
        assert names("buddy=with") == {"Neu GmbH"}
        assert names("country=DE") == {"Allein GmbH"}
        assert names("q=allein") == {"Allein GmbH"}
        page = client.get(ADMIN).text
        assert "Pioneers would help 2 newcomers more." in page
        assert "<b>2</b> newcomers" in page

    def test_a_manager_sees_the_own_territory_and_acts_there(self, app: Flask, neu: User, alt: User) -> None:
        community.offer(alt)
        manager = factories.user(None, Role.PARTNER_MANAGER)
        path = f"{ADMIN}{company_of(neu).id}"
        assert "Neu GmbH" not in browser(app, manager).get(ADMIN).text
        assert post(app, manager, f"{path}/buddy/{company_of(alt).id}") == 404
        own = Territory(user_id=manager.id, organisation_id=company_of(neu).id, granted_at=NOW, granted_by="tests")
        db.session.add(own)
        factories.commit()
        assert "Neu GmbH" in browser(app, manager).get(ADMIN).text
        assert post(app, manager, f"{path}/buddy/{company_of(alt).id}") == 302
        auditor = factories.user(None, Role.AUDITOR)
        assert browser(app, auditor).get(path).status_code == 200
        assert post(app, auditor, f"{path}/buddy/{company_of(alt).id}") == 403

    def test_as_many_queries_for_many_as_for_one(self, app: Flask, neu: User, alt: User, count_queries: Any) -> None:
        community.offer(alt, 5)
        community.list_company(alt)

        def in_force(newcomer: User) -> None:
            pair = community.pair(newcomer, alt)
            for user, side in ((newcomer, PairSide.NEWCOMER), (alt, PairSide.BUDDY)):
                service.confirm(pair, side, viewer=viewer(user), at=NOW)
            factories.commit()

        in_force(community.company("Schon da GmbH", community.NEW))
        organizer, counts = browser(app, factories.organizer()), []
        new, old = browser(app, neu), browser(app, alt)
        paths = [(organizer, ADMIN), (organizer, f"{ADMIN}{company_of(neu).id}"), (new, HERE), (new, "/company/"), (old, HERE)]
        for turn in range(2):
            for client, path in paths:
                with count_queries() as found:
                    assert client.get(path).status_code == 200
                counts.append(len(found))
            if not turn:
                for n in range(3):
                    in_force(community.company(f"Neue {n} GmbH", community.NEW))
                    other = community.company(f"Alte {n} GmbH", community.OLD)
                    community.offer(other)
                    community.list_company(other)
        assert counts[:5] == counts[5:]
        assert max(counts) <= most_queries()

    def test_a_partner_since_the_future_or_forever(self, app: Flask) -> None:
        for since in (date(2099, 1, 1), date(1, 1, 1)):
            factories.organisation(partner_since=since)
        assert browser(app, factories.organizer()).get(ADMIN).status_code == 200
