"""Asking for a meeting: yes, no, another time; and that nobody but the two sides learns of it."""

import json
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from icalendar import Calendar
from sqlalchemy import func, select

from eventapp.accounts.models import Role, User
from eventapp.audit.models import AuditEntry
from eventapp.community.meetings import queries, service
from eventapp.community.meetings.rules import MOST_A_DAY, MOST_WAITING, Say, Side, state_after
from eventapp.community.models import MEETING_TRANSITIONS, MeetingBlock, MeetingRequest, MeetingState
from eventapp.core.db import db, transaction
from eventapp.core.errors import NotFoundError, RuleError, StaleError
from eventapp.lifecycle import erasing
from eventapp.mail.models import OutboxMail
from eventapp.partners.models import Membership, MembershipRole, PartnerType, Person
from eventapp.partners.service import people
from eventapp.privacy import exports
from tests.conftest import NOW
from tests.decisions.test_openness import strip
from tests.groups.test_races import at_once
from tests.guarantees.world import browser, csrf
from tests.support import community, factories
from tests.support.community import SOON
from tests.support.decisions import company_of, viewer
from tests.support.factories import TESTS
from tests.support.limits import most_queries
from tests.support.pages import fields

HERE, LIST = "/community/", "/community/meetings/"
S = MeetingState
WORD = "zzcanary"


@pytest.fixture
def donau(app: Flask, clock: Any) -> User:
    return community.company("Donau Systemhaus GmbH")


@pytest.fixture
def isar(app: Flask, clock: Any) -> User:
    """Who is asked: listed as a person."""
    return community.company("Isar Netze AG")


def person_of(user: User) -> Person:
    return db.session.scalars(select(Person).where(Person.user_id == user.id)).one()


def told() -> list[str]:
    """Who got a mail about meetings, in their order."""
    query = select(OutboxMail.to_address).where(OutboxMail.kind == "community.meeting").order_by(OutboxMail.id)
    return list(db.session.scalars(query))


class TestAsking:
    """From a person to a person or a company in the directory."""

    def test_by_the_page_and_answered_yes(self, app: Flask, donau: User, isar: User) -> None:
        listing = community.list_person(isar)
        sender, asked = browser(app, donau), browser(app, isar)
        path = f"{HERE}{listing.id}/ask"
        data = fields(sender.get(path).text) | {"subject": "Storage", "text": "Shall we?", "time_zone": "Europe/Vienna"}
        refused = sender.post(path, data=data)
        assert refused.status_code == 422
        assert "Propose at least one time" in refused.text
        data |= {"time_1": "2027-02-03T10:00", "time_2": "2027-02-04T15:30"}
        answer = sender.post(path, data=data)
        assert answer.status_code == 302
        meeting = db.session.scalars(select(MeetingRequest)).one()
        assert meeting.times == ["2027-02-03T09:00:00+00:00", "2027-02-04T14:30:00+00:00"]
        assert isar.email not in sender.get(answer.location).text, "not before a yes"
        assert donau.email not in asked.get(answer.location).text
        assert told() == [isar.email]
        assert "1 meeting waits for your answer" in asked.get("/company/").text
        path = f"{LIST}{meeting.id}/answer"
        data = fields(asked.get(path).text) | {"say": "yes"}
        assert asked.post(path, data=data).status_code == 422, "which of the times"
        data |= {"chosen": "2027-02-04T14:30:00+00:00", "answer": "Gladly."}
        assert asked.post(path, data=data).status_code == 302
        assert told() == [isar.email, donau.email]
        page = sender.get(answer.location).text
        assert isar.email in page
        assert "Gladly." in page
        assert donau.email in asked.get(answer.location).text
        again = asked.post(path, data={**data, "once_key": ""})
        assert again.status_code == 409
        file = sender.get(f"{LIST}{meeting.id}.ics")
        (event,) = Calendar.from_ical(file.data).walk("VEVENT")
        assert event["DTSTART"].dt == datetime.fromisoformat("2027-02-04T14:30:00+00:00")
        assert str(event["SUMMARY"]) == "Petra Huber: Storage"
        assert isar.email not in file.text

    def test_no_tells_no_address(self, app: Flask, donau: User, isar: User) -> None:
        meeting = community.ask(donau, community.list_person(isar))
        community.answer(isar, meeting, Say.NO, "Not now.")
        page = browser(app, donau).get(f"{LIST}{meeting.id}").text
        assert "Not now." in page
        assert isar.email not in page
        assert donau.email not in browser(app, isar).get(f"{LIST}{meeting.id}").text
        assert browser(app, donau).get(f"{LIST}{meeting.id}.ics").status_code == 404
        assert community.ask(donau, community.list_person(isar)).state is S.ASKED, "one may ask again"

    def test_another_time_back_and_forth(self, app: Flask, donau: User, isar: User) -> None:
        meeting = community.ask(donau, community.list_person(isar))
        later, latest = SOON + timedelta(days=1), SOON + timedelta(days=2)
        community.answer(isar, meeting, Say.OTHER, times=[later])
        assert community.seen(donau, meeting).turn
        assert not community.seen(isar, meeting).turn
        with pytest.raises(RuleError, match="answered already"):
            community.answer(isar, meeting, Say.YES)
        db.session.rollback()
        with pytest.raises(RuleError, match="not proposed any more"):
            community.answer(donau, meeting, Say.YES, chosen=SOON)
        db.session.rollback()
        community.answer(donau, meeting, Say.OTHER, times=[latest])
        community.answer(isar, meeting, Say.YES, chosen=latest)
        assert (meeting.state, meeting.agreed_at) == (S.ACCEPTED, latest)
        assert told() == [isar.email, donau.email, isar.email, donau.email]

    def test_a_company_is_answered_for_by_its_admins(self, app: Flask, donau: User, isar: User) -> None:
        second = factories.seat(company_of(isar), MembershipRole.ADMIN, "Zoe", "Second")
        member = factories.seat(company_of(isar), MembershipRole.MEMBER)
        executive = factories.seat(company_of(isar), MembershipRole.EXECUTIVE)
        meeting = community.ask(donau, community.list_company(isar))
        assert set(told()) == {isar.email, second.email}
        for user in (member, executive):
            assert browser(app, user).get(f"{LIST}{meeting.id}").status_code == 404
        community.answer(second, meeting, Say.YES)
        page = browser(app, donau).get(f"{LIST}{meeting.id}").text
        assert second.email in page
        assert isar.email not in page

    def test_at_an_event_without_a_time(self, app: Flask, donau: User, isar: User) -> None:
        event, hidden = factories.event(title="Summit"), factories.event(published=False)
        listing = community.list_person(isar)
        client, path = browser(app, donau), f"{HERE}{listing.id}/ask"
        data = fields(client.get(path).text) | {"subject": "There", "event": str(event.id)}
        assert client.post(path, data={**data, "event": str(hidden.id)}).status_code == 422
        assert client.post(path, data=data).status_code == 302
        meeting = db.session.scalars(select(MeetingRequest)).one()
        assert "Summit" in browser(app, isar).get(f"{LIST}{meeting.id}").text
        community.answer(isar, meeting, Say.YES, chosen=None)
        assert (meeting.state, meeting.agreed_at) == (S.ACCEPTED, None)

    @pytest.mark.parametrize(
        "typed",
        [
            {"subject": ""},
            {"subject": "x" * 151},
            {"text": "x" * 1001},
            {"time_1": "soon"},
            {"time_1": "0001-01-01T00:00"},
            {"time_1": "2027-01-19T10:00"},
            {"time_1": "2029-03-01T10:00"},
            {"time_1": "2027-03-28T02:30"},
            {"time_zone": "Mars/Base"},
            {"event": "987654"},
            {"event": "9" * 30},
        ],
    )
    def test_hostile_values(self, app: Flask, donau: User, isar: User, typed: dict[str, str]) -> None:
        listing = community.list_person(isar)
        client, path = browser(app, donau), f"{HERE}{listing.id}/ask"
        data = fields(client.get(path).text)
        data |= {"subject": "Kept", "time_1": "2027-02-03T10:00", "time_zone": "Europe/Vienna", **typed}
        answer = client.post(path, data=data)
        assert answer.status_code == 422
        assert fields(answer.text)["subject"] == typed.get("subject", "Kept")
        assert db.session.scalar(select(func.count()).select_from(MeetingRequest)) == 0

    def test_not_a_colleague_nor_oneself(self, app: Flask, donau: User) -> None:
        own = [community.list_person(donau), community.list_company(donau)]
        for listing in own:
            assert browser(app, donau).get(f"{HERE}{listing.id}/ask").status_code == 404
            with pytest.raises(RuleError, match="same company"):
                community.ask(donau, listing)
            db.session.rollback()

    def test_one_at_a_time_and_not_too_many(self, app: Flask, donau: User, isar: User) -> None:
        listing = community.list_person(isar)
        community.ask(donau, listing)
        with pytest.raises(RuleError, match="asked already"):
            community.ask(donau, listing)
        db.session.rollback()
        for n in range(MOST_A_DAY - 1):
            community.ask(donau, community.list_company(community.company(f"Company {n} AG")))
        last = community.list_company(community.company("Last AG"))
        client, path = browser(app, donau), f"{HERE}{last.id}/ask"
        data = fields(client.get(path).text) | {"subject": "Kept", "time_1": "2027-02-03T10:00"}
        answer = client.post(path, data=data)
        assert answer.status_code == 429
        assert answer.headers["Retry-After"] == "86400"
        assert fields(answer.text)["subject"] == "Kept"
        tomorrow = NOW + timedelta(days=1, seconds=1)
        for n in range(MOST_WAITING - MOST_A_DAY):
            community.ask(donau, community.list_company(community.company(f"Next {n} AG")), at=tomorrow, times=[SOON])
        with pytest.raises(RuleError, match="wait for an answer"):
            community.ask(donau, last, at=tomorrow + timedelta(days=1, seconds=1))
        db.session.rollback()

    def test_whoever_left_the_directory_meanwhile_is_asked_nothing(self, donau: User, isar: User) -> None:
        listing = community.list_company(isar)
        entry = service.directory.entry(listing.id, NOW)
        community.list_company(isar, shown=False)
        details = service.MeetingDetails("x", "", [SOON], "UTC")
        with pytest.raises(NotFoundError):
            service.ask(viewer(donau), entry, details, at=NOW)
        db.session.rollback()

    def test_taken_back(self, app: Flask, donau: User, isar: User) -> None:
        meeting = community.ask(donau, community.list_person(isar))
        client = browser(app, donau)
        token = csrf(client, donau)
        assert client.post(f"{LIST}{meeting.id}/withdraw", data={"csrf_token": token}).status_code == 302
        assert db.session.scalars(select(MeetingRequest.state)).one() is S.WITHDRAWN
        with pytest.raises(RuleError, match="answered already"):
            community.answer(isar, meeting, Say.YES)
        db.session.rollback()
        with pytest.raises(RuleError, match="over already"):
            service.withdraw(community.seen(isar, meeting), at=NOW)
        db.session.rollback()


class TestNotWanted:
    """Whoever is not wanted is not told, and reaches nobody."""

    def test_blocked_and_heard_again(self, app: Flask, donau: User, isar: User) -> None:
        listing = community.list_person(isar)
        meeting = community.ask(donau, listing)
        client = browser(app, isar)
        token = csrf(client, isar)
        assert client.post(f"{LIST}{meeting.id}/block", data={"csrf_token": token}).status_code == 302
        assert meeting.state is S.DECLINED
        before = len(told())
        second = community.ask(donau, listing, "Again")
        assert len(told()) == before, "no mail"
        page = client.get(LIST).text
        assert "Again" not in page
        assert client.get(f"{LIST}{second.id}").status_code == 404
        assert client.get(f"{LIST}{second.id}/answer").status_code == 404
        mine = browser(app, donau).get(f"{LIST}{second.id}").text
        assert "You get a mail when they have answered." in mine, "as if it had been sent"
        assert "Petra Huber" in client.get(f"{LIST}blocked").text
        block = db.session.scalars(select(MeetingBlock)).one()
        other = browser(app, donau)
        foreign = other.post(f"{LIST}blocked/{block.id}/delete", data={"csrf_token": csrf(other, donau)})
        assert foreign.status_code == 404
        assert client.post(f"{LIST}blocked/{block.id}/delete", data={"csrf_token": token}).status_code == 302
        service.withdraw(community.seen(donau, second), at=NOW)
        third = community.ask(donau, listing, "Third")
        assert "Third" in client.get(LIST).text
        assert client.get(f"{LIST}{second.id}").status_code == 404, "what was sent meanwhile stays unread"
        assert community.seen(isar, third).side is Side.ASKED

    def test_a_company_s_block_is_that_of_all_its_admins(self, donau: User, isar: User) -> None:
        second = factories.seat(company_of(isar), MembershipRole.ADMIN)
        listing = community.list_company(isar)
        meeting = community.ask(donau, listing)
        service.block(community.seen(second, meeting), at=NOW)
        service.block(community.seen(isar, meeting), at=NOW)
        factories.commit()
        assert db.session.scalar(select(func.count()).select_from(MeetingBlock)) == 1, "twice is once"
        assert community.ask(donau, listing).hidden
        assert len(queries.blocks(viewer(isar))) == 1
        person = community.list_person(isar)
        assert not community.ask(donau, person).hidden, "the person has said nothing"

    def test_the_sender_does_not_block_their_own(self, donau: User, isar: User) -> None:
        meeting = community.ask(donau, community.list_person(isar))
        with pytest.raises(RuleError, match="Withdraw it instead"):
            service.block(community.seen(donau, meeting), at=NOW)
        db.session.rollback()


class TestNobodyElse:
    """A word of the request is heard on no page but those of the two sides, not in the log, not in a mail."""

    @staticmethod
    def crawl(app: Flask, user: User | None, meeting: MeetingRequest) -> dict[str, str]:
        client, found = browser(app, user), {}
        token = csrf(client, user)
        one = f"{LIST}{meeting.id}"
        paths = [LIST, one, f"{one}/answer", f"{one}.ics", f"{LIST}blocked", HERE, f"{HERE}?q={WORD}", "/", "/company/"]
        paths += ["/company/log/", "/admin/mail/", f"/admin/mail/?q={WORD}", "/admin/log/", f"/admin/log/?q={WORD}"]
        paths += [f"/admin/mail/{n}" for n in range(1, 8)] + ["/account/privacy", "/admin/community/newcomers/"]
        for path in paths:
            answer = client.get(path)
            found[path] = str(answer.headers) + answer.get_data(as_text=True)
        for path in (f"{one}/withdraw", f"{one}/block", f"{one}/answer", "/admin/log/export", "/company/log/export"):
            answer = client.post(path, data={"csrf_token": token, "format": "json", "say": "yes"})
            found[path] = str(answer.headers) + answer.get_data(as_text=True)
        return {path: text for path, text in found.items() if f"{WORD}1" in text or f"{WORD}2" in text}

    def test_a_word_is_heard_by_two(self, app: Flask, donau: User, isar: User) -> None:
        meeting = community.ask(donau, community.list_person(isar), f"{WORD}1", text=f"{WORD}2")
        distributor = factories.organisation("Rhein Distribution GmbH", primary_type=PartnerType.DISTRIBUTOR)
        others: dict[str, User | None] = {
            "colleague of the sender": factories.seat(company_of(donau), MembershipRole.ADMIN),
            "colleague of the asked": factories.seat(company_of(isar), MembershipRole.ADMIN),
            "partner": community.company("Third AG"),
            "distributor": factories.company_admin(distributor),
            "organizer": factories.organizer(),
            "system admin": factories.user(None, Role.SYSTEM_ADMIN),
            "manager": factories.user(None, Role.PARTNER_MANAGER),
            "auditor": factories.user(None, Role.AUDITOR),
            "stranger": factories.user(),
            "anonymous": None,
        }
        for role, user in others.items():
            assert list(self.crawl(app, user, meeting)) == [], role
        assert f"{LIST}{meeting.id}" in self.crawl(app, donau, meeting)
        assert LIST in self.crawl(app, isar, meeting)

    def test_neither_log_nor_mails_say_who_talks_to_whom(self, app: Flask, donau: User, isar: User) -> None:
        before = db.session.scalar(select(func.count()).select_from(AuditEntry))
        meeting = community.ask(donau, community.list_person(isar))
        listed = before + 2  # the consent and the entry
        community.answer(isar, meeting, Say.YES)
        service.withdraw(community.seen(donau, community.ask(donau, community.list_company(isar))), at=NOW)
        factories.commit()
        assert db.session.scalar(select(func.count()).select_from(AuditEntry)) == listed + 1, "and that of the company"
        for mail in db.session.scalars(select(OutboxMail).where(OutboxMail.kind == "community.meeting")):
            whole = f"{mail.subject} {mail.text} {mail.html} {mail.about}"
            assert "Huber" not in whole.replace(mail.to_name, "")
            assert "GmbH" not in whole
            assert f"meetings/{meeting.id}" not in whole, "mails of one request are not known by it"

    def test_the_organizer_s_copy_of_a_person_s_data_has_none_of_it(self, donau: User, isar: User) -> None:
        community.ask(donau, community.list_person(isar), f"{WORD}1")
        for user in (donau, isar):
            person = person_of(user)
            assert WORD in json.dumps(exports.collect(person, NOW).tables, default=str)
            shown = exports.collect(person, NOW, private=False)
            assert "meeting_request" not in shown.tables
            assert WORD not in json.dumps(shown.tables, default=str)

    def test_control_without_the_scope_it_is_heard(self, app: Flask, donau: User, isar: User, monkeypatch: Any) -> None:
        meeting = community.ask(donau, community.list_person(isar), f"{WORD}1")
        monkeypatch.setattr(queries, "_sent", lambda _viewer: MeetingRequest.id > 0)
        monkeypatch.setattr("eventapp.core.wall.Wall.settings", lambda _self: dict.fromkeys(("companies", "person", "login"), ""))
        assert WORD in browser(app, community.company("Third AG")).get(f"{LIST}{meeting.id}").text

    def test_foreign_is_like_unknown(self, app: Flask, donau: User, isar: User) -> None:
        meeting = community.ask(donau, community.list_person(isar))
        client = browser(app, community.company("Third AG"))
        for path in ("", "/answer"):
            one, other = client.get(f"{LIST}{meeting.id}{path}"), client.get(f"{LIST}987654{path}")
            assert one.status_code == other.status_code == 404
            assert strip(one.text) == strip(other.text)

    def test_acting_for_another_company_one_sees_nothing_of_it(self, app: Flask, donau: User, isar: User) -> None:
        meeting = community.ask(donau, community.list_person(isar))
        other = factories.organisation("Zweite GmbH")
        factories.second_seat(donau, other)
        client = browser(app, donau)
        with client.session_transaction() as session:
            session["acting_for"] = other.id
        assert client.get(f"{LIST}{meeting.id}").status_code == 404


class TestWhoIsGone:
    """Addresses end with the company, requests with the person."""

    @staticmethod
    def leave(user: User) -> None:
        membership = db.session.scalars(select(Membership).where(Membership.person_id == person_of(user).id)).one()
        people.end_membership(membership, person_of(user), by=TESTS, at=NOW)
        factories.commit()

    def test_an_address_is_told_while_they_work_there(self, app: Flask, donau: User, isar: User) -> None:
        meeting = community.ask(donau, community.list_person(isar))
        community.answer(isar, meeting, Say.YES)
        self.leave(isar)
        page = browser(app, donau).get(f"{LIST}{meeting.id}").text
        assert isar.email not in page
        assert "does not work there any more" in page

    def test_what_waits_ends_when_somebody_leaves(self, donau: User, isar: User) -> None:
        to_isar = community.ask(donau, community.list_person(isar))
        from_isar = community.ask(isar, community.list_company(donau))
        self.leave(isar)
        db.session.expire_all()
        assert (to_isar.state, from_isar.state) == (S.DECLINED, S.WITHDRAWN)

    def test_the_erased_leave_no_request(self, app: Flask, donau: User, isar: User) -> None:
        community.ask(donau, community.list_person(isar))
        person_id = person_of(isar).id
        db.session.rollback()
        with transaction():
            erasing.erase(person_id, by=factories.organizer(), now=NOW)
        assert db.session.scalar(select(func.count()).select_from(MeetingRequest)) == 0
        assert browser(app, donau).get(LIST).status_code == 200


class TestAtOnce:
    """Two who act at the same moment."""

    def test_two_answers_are_one(self, app: Flask, donau: User, isar: User) -> None:
        second = factories.seat(company_of(isar), MembershipRole.ADMIN)
        meeting_id = community.ask(donau, community.list_company(isar)).id
        ids = [isar.id, second.id]

        def answering(user_id: int, say: Say) -> Any:
            def act() -> None:
                user = viewer(db.session.get_one(User, user_id))
                shown = queries.meeting(user, meeting_id, NOW)
                chosen = SOON if say is Say.YES else None
                service.answer(shown, say, "", chosen=chosen, version=1, viewer=user, at=NOW)

            return act

        outcomes = at_once(app, answering(ids[0], Say.YES), answering(ids[1], Say.NO))
        assert sorted(outcomes) == ["done", "refused"]
        assert len(told()) == 3, "two who were asked, and one answer"

    def test_asked_once_however_often(self, app: Flask, donau: User, isar: User) -> None:
        listing_id, user_id = community.list_person(isar).id, donau.id

        def act() -> None:
            entry = service.directory.entry(listing_id, NOW)
            user = viewer(db.session.get_one(User, user_id))
            service.ask(user, entry, service.MeetingDetails("x", "", [SOON], "UTC"), at=NOW)

        assert sorted(at_once(app, *[act] * 3)) == ["done", "refused", "refused"]

    def test_an_answer_to_what_was_changed(self, donau: User, isar: User) -> None:
        meeting = community.ask(donau, community.list_person(isar))
        shown = community.seen(isar, meeting)
        with pytest.raises(StaleError):
            service.answer(shown, Say.NO, "", version=meeting.version - 1, viewer=viewer(isar), at=NOW)
        db.session.rollback()


def test_every_answer_leads_where_the_table_says() -> None:
    for state in (S.ASKED, S.OTHER_TIME):
        assert {state_after(state, say) for say in Say} == MEETING_TRANSITIONS[state] - {S.WITHDRAWN}


def test_as_many_queries_for_many_as_for_one(app: Flask, donau: User, isar: User, count_queries: Any) -> None:
    listing = community.list_person(isar)
    meeting = community.ask(donau, listing, event_id=factories.event().id)
    client, counts = browser(app, isar), []
    for turn in range(2):
        for path in (LIST, f"{LIST}{meeting.id}", f"{LIST}{meeting.id}/answer", "/company/"):
            with count_queries() as found:
                assert client.get(path).status_code == 200
            counts.append(len(found))
        if not turn:
            for n in range(3):
                community.ask(community.company(f"Company {n} AG"), listing)
    assert counts[:4] == counts[4:]
    assert max(counts) <= most_queries()


def test_somebody_of_the_vendor_has_no_meetings(app: Flask, donau: User) -> None:
    assert browser(app, factories.organizer()).get(LIST).status_code == 403
    assert browser(app).get(LIST).status_code == 302
