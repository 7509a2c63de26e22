"""Finding a date: proposing, answering, quorum, confirming, moving, cancelling; what goes into calendars."""

import re
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import icalendar
import pytest
from flask import Flask
from sqlalchemy import select

from eventapp.accounts.models import Role
from eventapp.audit.models import AuditEntry
from eventapp.core.db import db
from eventapp.core.errors import RuleError, StaleError
from eventapp.mail.message import message_of
from eventapp.mail.models import OutboxMail
from eventapp.partners.models import PersonEmail
from eventapp.plans.models import MemberFunction as F
from eventapp.plans.models import (
    Plan,
    PlanDelegation,
    PlanMember,
    PrepTask,
    Side,
    SlotAnswer,
    SlotState,
    WorkshopAnswer,
    WorkshopFormat,
    WorkshopSlot,
    WorkshopState,
)
from eventapp.plans.permissions import Standing
from eventapp.plans.teams import service as teams
from eventapp.plans.workshop import jobs
from eventapp.plans.workshop import queries as workshops
from eventapp.plans.workshop.dates import service
from eventapp.plans.workshop.dates.rules import ClockError, Quorum, moment, standing, warnings
from tests.conftest import NOW
from tests.groups.test_races import at_once
from tests.support import factories, plans
from tests.support.factories import AT, TESTS
from tests.support.pages import PageClient, fields
from tests.support.plans import Made
from tests.support.workshops import DAY_OF_WORKSHOP, dates_on, planned, proposed, with_date

SECRET = "Castle of the lake"


def client_of(app: Flask, made: Made, side: Side, function: F = F.OWNER) -> PageClient:
    return PageClient(app, app.response_class, use_cookies=True).sign_in(made.logins[side, function])


@pytest.fixture
def made(app: Flask) -> Made:
    return plans.plan(factories.organisation("Donau GmbH", domain="donau.example"))


def mails(kind: str) -> list[OutboxMail]:
    query = select(OutboxMail).where(OutboxMail.kind == f"plans.workshop_{kind}").order_by(OutboxMail.id)
    return list(db.session.scalars(query))


def events_in(mail: OutboxMail) -> list[Any]:
    files = [part for part in re.split(r"(?<=END:VCALENDAR)\r\n", mail.calendar or "") if part]
    return [event for file in files for event in icalendar.Calendar.from_ical(file).walk("VEVENT")]


class TestOnThePages:
    """From the empty page to a confirmed date, by people of both sides."""

    def test_the_whole_way(self, app: Flask, made: Made, clock: Any) -> None:
        owner = client_of(app, made, Side.A)
        path = f"{made.path}workshop/"
        assert "Plan the workshop" in owner.get(path).text
        page = owner.get(f"{path}new").text
        answer = owner.post(f"{path}new", data=fields(page) | {"place": SECRET, "time_zone": "Europe/Vienna"})
        assert answer.location == f"{made.path}workshop/dates", answer.text
        seller = client_of(app, made, Side.B, F.SALES)
        page = seller.get(f"{path}dates/propose").text
        typed = {"day1": "2027-03-09", "day2": "2027-03-10", "day4": "2027-03-29"}
        assert seller.post(f"{path}dates/propose", data=fields(page) | typed).status_code == 302
        slots = db.session.scalars(select(WorkshopSlot).order_by(WorkshopSlot.starts_at)).all()
        assert [one.starts_at for one in slots] == [
            datetime(2027, 3, 9, 8, tzinfo=UTC),
            datetime(2027, 3, 10, 8, tzinfo=UTC),
            # Clocks have gone forward the day before.
            datetime(2027, 3, 29, 7, tzinfo=UTC),
        ]
        assert len(mails("asked")) == 5, "one mail about all of them, to everybody else"
        for (side, function), _login in made.logins.items():
            client = client_of(app, made, side, function)
            page = client.get(f"{path}dates").text
            assert "29 Mar 2027 is a holiday in Austria: Easter Monday." in page
            typed = {f"slot_{slots[0].id}": "yes", f"slot_{slots[1].id}": "maybe" if side is Side.A else "no"}
            assert client.post(f"{path}dates", data=fields(page, "/dates") | typed).status_code == 302
        page = owner.get(f"{path}dates").text
        assert "0 of 6 people have answered everything" in page, "the third date is open"
        assert fields(page, "/dates")[f"slot_{slots[1].id}"] == "maybe"
        one = owner.get(f"{path}dates/{slots[1].id}").text
        assert "Quorum, if need be" in one
        assert "No quorum" in one
        assert "0 can; at least 3 are needed." in one
        first = owner.get(f"{path}dates/{slots[0].id}").text
        assert "the 2 other proposed dates are withdrawn" in first
        assert owner.post(f"{path}dates/{slots[0].id}/confirm", data=fields(first, "/confirm")).status_code == 302
        states = db.session.scalars(select(WorkshopSlot.state).order_by(WorkshopSlot.starts_at)).all()
        assert states == [SlotState.CONFIRMED, SlotState.WITHDRAWN, SlotState.WITHDRAWN]
        assert "2 withdrawn dates" in owner.get(f"{path}dates").text
        shown = owner.get(path).text
        assert "Tue 9 Mar 2027, 09:00–17:00" in shown
        assert SECRET in shown

    def test_in_the_zone_of_the_reader_too(self, app: Flask, made: Made) -> None:
        with_date(made, time_zone="America/New_York")
        client = client_of(app, made, Side.B)
        client.set_cookie("tz", "Europe/Vienna")
        page = client.get(f"{made.path}workshop/").text
        assert "09:00–17:00" in page
        assert "your time, Vienna" in page
        assert "15:00–23:00" in page

    def test_on_video_in_two_halves(self, app: Flask, made: Made, clock: Any) -> None:
        planned(made, format=WorkshopFormat.VIRTUAL)
        client = client_of(app, made, Side.A)
        path = f"{made.path}workshop/dates/propose"
        page = client.get(path).text
        # The second half is on the day on which clocks go forward.
        typed = {"day1": "2027-03-27"}
        assert client.post(path, data=fields(page) | typed).status_code == 302
        slot = db.session.scalars(select(WorkshopSlot)).one()
        hour = timedelta(hours=1)
        assert slot.starts_at == datetime(2027, 3, 27, 8, tzinfo=UTC)
        assert slot.second_starts_at == slot.starts_at + 23 * hour
        assert slot.second_ends_at == slot.starts_at + 26 * hour
        page = client.get(f"{made.path}workshop/dates").text
        assert "Half 1" in page
        assert "28 Mar 2027 is a holiday" not in page
        assert "28 Mar 2027 is a weekend in Austria." in page

    @pytest.mark.parametrize(
        ("typed", "told"),
        [
            ({"day1": ""}, "Choose at least one day."),
            ({"day1": "yesterday"}, "Enter a day like"),
            ({"day1": "0001-01-01"}, "Enter a year between"),
            ({"day1": "2027-01-02"}, "still to come"),
            ({"day1": "2027-03-09", "day2": "2027-03-09"}, "stands here twice"),
            ({"day1": "2027-03-09", "ends": "08:00"}, "The end comes after the beginning."),
            ({"day1": "2027-03-09", "starts": "06:00", "ends": "22:00"}, "longer than twelve hours"),
            ({"day1": "2027-03-09", "starts": "25:61"}, "Enter a time like"),
            ({"day1": "2027-03-28", "starts": "02:30"}, "never show 02:30"),
            ({"day1": "2027-10-31", "starts": "02:30"}, "show 02:30 twice"),
        ],
    )
    def test_what_cannot_be_proposed(self, app: Flask, made: Made, clock: Any, typed: dict[str, str], told: str) -> None:
        planned(made)
        client = client_of(app, made, Side.A)
        path = f"{made.path}workshop/dates/propose"
        answer = client.post(path, data=fields(client.get(path).text) | typed)
        assert answer.status_code == 422
        assert told in answer.text
        assert not db.session.scalars(select(WorkshopSlot)).all()

    def test_halves_that_overlap(self, app: Flask, made: Made, clock: Any) -> None:
        planned(made, format=WorkshopFormat.VIRTUAL)
        client = client_of(app, made, Side.A)
        path = f"{made.path}workshop/dates/propose"
        page = fields(client.get(path).text)
        answer = client.post(path, data=page | {"day1": "2027-03-09", "gap": "0", "starts": "09:00", "ends": "12:00"})
        assert answer.status_code == 422
        assert "The second half begins after the first has ended." in answer.text
        hostile = client.post(path, data=page | {"day1": "2027-03-09", "gap": "999999999"})
        assert hostile.status_code == 422

    def test_no_more_than_a_dozen(self, app: Flask, made: Made, clock: Any) -> None:
        planned(made)
        proposed(made, *(date(2027, 3, n) for n in range(1, 13)))
        client = client_of(app, made, Side.A)
        path = f"{made.path}workshop/dates/propose"
        answer = client.post(path, data=fields(client.get(path).text) | {"day1": "2027-04-01"})
        assert "At most 12 dates" in answer.text

    def test_owners_alone_confirm_and_who_proposed_withdraws(self, app: Flask, made: Made, clock: Any) -> None:
        planned(made)
        (slot,) = proposed(made, DAY_OF_WORKSHOP)
        path = f"{made.path}workshop/dates/{slot.id}"
        sponsor = client_of(app, made, Side.B, F.EXEC_SPONSOR)
        page = sponsor.get(path).text
        for act in ("confirm", "withdraw", "cancel", "move", "remind"):
            assert f"/{act}" not in page, act
        other = client_of(app, made, Side.B)
        token = fields(sponsor.get(f"{made.path}workshop/dates").text, "/dates")
        for act in (f"{path}/confirm", f"{path}/withdraw"):
            assert sponsor.post(act, data=token).status_code == 403
        for act in ("remind", "cancel", "move"):
            assert sponsor.post(f"{made.path}workshop/dates/{act}", data=token).status_code == 403
        assert other.post(f"{path}/withdraw", data=fields(other.get(path).text, "/withdraw")).status_code == 302
        assert db.session.scalars(select(WorkshopSlot.state)).one() is SlotState.WITHDRAWN
        # Anybody of the teams asks about it once more.
        assert sponsor.post(f"{path}/again", data=fields(sponsor.get(path).text, "/again")).status_code == 302
        db.session.expire_all()
        assert db.session.scalars(select(WorkshopSlot.state)).one() is SlotState.PROPOSED


class TestAnswers:
    """In one form, until the workshop begins."""

    def answer(self, made: Made, said: dict[int, SlotAnswer], shown: set[int], side: Side = Side.A, at: datetime = AT) -> None:
        values = {"standing": plans.standing(made, side), "by": TESTS, "at": at}
        service.answer(made.plan, said, shown=shown, **values)
        factories.commit()

    def test_a_date_that_was_confirmed_meanwhile(self, app: Flask, made: Made, clock: Any) -> None:
        planned(made)
        one, two = proposed(made, DAY_OF_WORKSHOP, DAY_OF_WORKSHOP + timedelta(days=1))
        client = client_of(app, made, Side.B)
        path = f"{made.path}workshop/dates"
        page = client.get(path).text
        service.confirm(made.plan, two, by=TESTS, at=AT)
        factories.commit()
        answer = client.post(path, data=fields(page, "/dates") | {f"slot_{one.id}": "yes", f"slot_{two.id}": "no"})
        assert answer.status_code == 409
        assert "The dates have changed since you opened the page" in answer.text
        assert not db.session.scalars(select(WorkshopAnswer)).all()
        again = fields(answer.text, "/dates")
        assert f"slot_{one.id}" not in answer.text.replace(f"slot_{one.id}0", "")
        assert client.post(path, data=again | {f"slot_{two.id}": "no"}).status_code == 302
        row = db.session.scalars(select(WorkshopAnswer)).one()
        assert (row.slot_id, row.answer) == (two.id, SlotAnswer.NO)

    def test_of_one_date_more_the_form_knows_nothing(self, made: Made) -> None:
        planned(made)
        one, two = proposed(made, DAY_OF_WORKSHOP, DAY_OF_WORKSHOP + timedelta(days=1))
        self.answer(made, {one.id: SlotAnswer.YES}, {one.id})
        self.answer(made, {one.id: SlotAnswer.NO, two.id: SlotAnswer.YES}, {one.id, two.id})
        rows = {row.slot_id: row.answer for row in db.session.scalars(select(WorkshopAnswer))}
        assert rows == {one.id: SlotAnswer.NO, two.id: SlotAnswer.YES}

    @pytest.mark.parametrize("shown", ["", "x", "99999999999", "1,2,3,-4", "1" * 4000, "٣"])
    def test_hostile_forms(self, app: Flask, made: Made, clock: Any, shown: str) -> None:
        planned(made)
        (slot,) = proposed(made, DAY_OF_WORKSHOP)
        client = client_of(app, made, Side.B)
        path = f"{made.path}workshop/dates"
        page = fields(client.get(path).text, "/dates")
        answer = client.post(path, data=page | {"shown": shown, f"slot_{slot.id}": "perhaps", "slot_999": "yes"})
        assert answer.status_code in (409, 422)
        assert not db.session.scalars(select(WorkshopAnswer)).all()

    def test_auditors_read_and_do_not_answer(self, app: Flask, made: Made) -> None:
        planned(made)
        proposed(made, DAY_OF_WORKSHOP)
        client = PageClient(app, app.response_class, use_cookies=True).sign_in(factories.user(None, Role.AUDITOR))
        page = client.get(f"{made.path}workshop/dates").text
        assert "All answers" in page
        assert "Save my answers" not in page

    def test_reminding_those_who_have_not(self, app: Flask, made: Made, clock: Any) -> None:
        planned(made)
        (slot,) = proposed(made, DAY_OF_WORKSHOP)
        self.answer(made, {slot.id: SlotAnswer.YES}, {slot.id})
        client = client_of(app, made, Side.A)
        page = client.get(f"{made.path}workshop/dates").text
        client.post(f"{made.path}workshop/dates/remind", data=fields(page, "/remind"))
        told = mails("unanswered")
        assert len(told) == 5
        assert made.owner_a.email not in {one.to_address for one in told}
        for _again in range(3):
            page = client.get(f"{made.path}workshop/dates").text
            answer = client.post(f"{made.path}workshop/dates/remind", data=fields(page, "/remind"), follow_redirects=True)
            assert "Remind them tomorrow" in answer.text
        assert len(mails("unanswered")) == 5
        with pytest.raises(RuleError, match="within a day"):
            service.remind(made.plan, by=TESTS, at=NOW + timedelta(hours=23, minutes=59))
        db.session.rollback()
        assert service.remind(made.plan, by=TESTS, at=NOW + timedelta(days=1, minutes=1)) == 5

    def test_the_team_is_asked_once_a_day_however_often_dates_come_and_go(self, made: Made) -> None:
        planned(made)
        proposed(made, DAY_OF_WORKSHOP)
        (slot,) = proposed(made, DAY_OF_WORKSHOP + timedelta(days=1))
        standing_of = plans.standing(made)
        for _again in range(5):
            service.withdraw(made.plan, slot, by=TESTS, at=AT)
            service.propose_again(made.plan, slot, standing=standing_of, by=TESTS, at=AT)
        with pytest.raises(RuleError, match="within a day"):
            service.remind(made.plan, by=TESTS, at=AT)
        db.session.rollback()
        assert len(mails("asked")) == 5
        proposed(made, DAY_OF_WORKSHOP + timedelta(days=2), at=AT + timedelta(days=1, minutes=1))
        assert len(mails("asked")) == 10

    def test_what_was_proposed_quietly_is_reminded_of_as_well(self, made: Made) -> None:
        workshop = planned(made)
        proposed(made, DAY_OF_WORKSHOP)
        jobs.look_after(workshop.id, AT + timedelta(days=3, minutes=1))
        assert len(mails("unanswered")) == 6
        later = AT + timedelta(days=3, hours=2)
        proposed(made, DAY_OF_WORKSHOP + timedelta(days=1), at=later)
        assert len(mails("asked")) == 5, "they had the reminder two hours before"
        for hours, told in ((1, 6), (73, 12), (80, 12)):
            jobs.look_after(workshop.id, later + timedelta(hours=hours))
            assert len(mails("unanswered")) == told

    def test_of_two_who_propose_at_once_one_asks(self, app: Flask, made: Made) -> None:
        planned(made)
        plan_id, members = made.plan.id, [made.team[side, F.OWNER].id for side in Side]

        def act(member_id: int, day: date) -> None:
            plan, standing_of = db.session.get_one(Plan, plan_id), Standing(db.session.get_one(PlanMember, member_id))
            service.propose(plan, [dates_on(day)], standing=standing_of, by=TESTS, at=AT)

        days = (DAY_OF_WORKSHOP, DAY_OF_WORKSHOP + timedelta(days=1))
        acts = [lambda one=one, day=day: act(one, day) for one, day in zip(members, days, strict=True)]
        assert at_once(app, *acts) == ["done", "done"]
        assert len(mails("asked")) == 5


class TestQuorum:
    """By the one rule for teams, over who can."""

    def of(self, made: Made, said: dict[F, SlotAnswer], side: Side = Side.A, **values: Any) -> Any:
        members = [member for (of, _function), member in made.team.items() if of is side]
        answers = {made.team[side, function].id: one for function, one in said.items()}
        return standing(members, answers, **{"small": False, **values})

    def test_by_what_they_say(self, made: Made) -> None:
        yes, maybe, no = SlotAnswer
        everybody = (F.OWNER, F.EXEC_SPONSOR, F.SALES)
        assert self.of(made, dict.fromkeys(everybody, yes)).quorum is Quorum.REACHED
        assert self.of(made, {**dict.fromkeys(everybody, yes), F.SALES: maybe}).quorum is Quorum.IF_NEED_BE
        found = self.of(made, {F.OWNER: yes, F.EXEC_SPONSOR: yes})
        assert found.quorum is Quorum.OPEN
        assert found.lacks == ["2 can; at least 3 are needed."]
        found = self.of(made, {F.OWNER: yes, F.EXEC_SPONSOR: no, F.SALES: yes})
        assert found.quorum is Quorum.MISSED
        assert found.lacks == ["2 can; at least 3 are needed.", "The executive sponsor is missing."]

    def test_small_partners_need_two_with_the_owner(self, made: Made) -> None:
        yes, _maybe, no = SlotAnswer
        said = {F.OWNER: yes, F.SALES: yes, F.EXEC_SPONSOR: no}
        assert self.of(made, said, Side.B, small=True).quorum is Quorum.REACHED
        assert self.of(made, said, Side.B).quorum is Quorum.MISSED
        assert self.of(made, {F.OWNER: no, F.SALES: yes, F.EXEC_SPONSOR: yes}, Side.B, small=True).quorum is Quorum.MISSED

    def test_a_delegate_stands_for_the_sponsor(self, app: Flask, made: Made) -> None:
        yes, no = SlotAnswer.YES, SlotAnswer.NO
        more = factories.user(None, Role.TRAINER)
        fourth = teams.join(made.plan, plans.as_candidate(more), F.MARKETING, by=TESTS, at=AT)
        made.team[Side.A, F.MARKETING] = fourth
        said = {F.OWNER: yes, F.SALES: yes, F.MARKETING: yes, F.EXEC_SPONSOR: no}
        assert self.of(made, said).quorum is Quorum.MISSED
        db.session.add(
            PlanDelegation(
                plan_id=made.plan.id,
                sponsor_id=made.team[Side.A, F.EXEC_SPONSOR].id,
                delegate_id=made.team[Side.A, F.SALES].id,
                text="For me",
                given_at=AT,
            )
        )
        factories.commit()
        assert self.of(made, said, delegates=workshops.delegates(made.plan)).quorum is Quorum.REACHED


class TestConfirming:
    """Calendars of everybody: one entry for each half, the same UID for good, a number that only grows."""

    def test_everybody_gets_a_file_and_mails_say_nothing(self, made: Made) -> None:
        leads = factories.user(None, Role.TRAINER, name="Nina Neutral")
        with_date(made, place=SECRET, meeting_url="https://meet.example/castle", facilitator_id=leads.id)
        told = mails("dated")
        assert len(told) == 7
        assert leads.email in {one.to_address for one in told}
        for mail in told:
            assert mail.calendar_method == "REQUEST"
            (event,) = events_in(mail)
            assert event["DTSTART"].dt == datetime(2027, 3, 9, 8, tzinfo=UTC)
            assert event["DTEND"].dt == datetime(2027, 3, 9, 16, tzinfo=UTC)
            assert event["ATTENDEE"] == f"mailto:{mail.to_address}"
            assert made.plan.code in event["SUMMARY"]
            everything = f"{mail.subject}{mail.text}{mail.html}{mail.calendar}"
            assert made.plan.code in everything
            for secret in (SECRET, "castle", made.plan.title, "Donau"):
                assert secret not in everything.replace("\r\n ", "")
            message = message_of(mail, "events@karmin.example", "Karmin")
            assert [part.get_param("method") for part in message.walk() if part.get_content_type() == "text/calendar"] == [
                "REQUEST",
                "REQUEST",
            ]
        entries = db.session.scalars(select(AuditEntry).order_by(AuditEntry.id)).all()
        assert "plans.confirm_date" in [one.action for one in entries]
        assert SECRET not in str([(one.changes, one.object_name) for one in entries])

    def test_two_halves_are_two_entries(self, made: Made) -> None:
        with_date(made, format=WorkshopFormat.VIRTUAL)
        one, two = events_in(mails("dated")[0])
        assert one["UID"] != two["UID"]
        assert "half 1 of 2" in one["SUMMARY"]
        assert two["DTSTART"].dt == datetime(2027, 3, 10, 8, tzinfo=UTC)
        assert "half 2: Wed 10 Mar 2027, 09:00–12:00" in mails("dated")[0].text

    def test_moving_updates_the_same_entries(self, made: Made) -> None:
        workshop = with_date(made)
        slot = workshops.confirmed_slot(workshop)
        assert slot is not None
        uid, sequence = (events_in(mails("dated")[0])[0][name] for name in ("UID", "SEQUENCE"))
        due = {one.id: one.due_on for one in workshops.tasks(workshop)}
        workshop.pack, workshop.pack_at = b"x", AT
        db.session.add(
            WorkshopAnswer(
                slot_id=slot.id,
                member_id=made.team[Side.A, F.SALES].id,
                plan_id=made.plan.id,
                answer=SlotAnswer.YES,
                answered_at=AT,
            )
        )
        db.session.flush()
        service.move(made.plan, dates_on(DAY_OF_WORKSHOP + timedelta(days=7)), version=slot.version, by=TESTS, at=AT)
        factories.commit()
        (event,) = events_in(mails("moved")[0])
        assert event["UID"] == uid
        assert event["SEQUENCE"] > sequence
        assert event["DTSTART"].dt == datetime(2027, 3, 16, 8, tzinfo=UTC)
        assert {one.id: one.due_on - timedelta(days=7) for one in workshops.tasks(workshop)} == due
        assert not db.session.scalars(select(WorkshopAnswer)).all(), "they said it of another day"
        assert workshop.pack_at is None

    def test_moving_to_where_a_withdrawn_date_was(self, made: Made) -> None:
        planned(made)
        one, two = proposed(made, DAY_OF_WORKSHOP, DAY_OF_WORKSHOP + timedelta(days=1))
        service.confirm(made.plan, one, by=TESTS, at=AT)
        service.move(made.plan, dates_on(DAY_OF_WORKSHOP + timedelta(days=1)), version=one.version, by=TESTS, at=AT)
        factories.commit()
        db.session.expire_all()
        assert one.starts_at == datetime(2027, 3, 10, 8, tzinfo=UTC)
        assert (two.starts_at, two.state) == (datetime(2027, 3, 9, 8, tzinfo=UTC), SlotState.WITHDRAWN)

    def test_cancelling_and_confirming_anew(self, made: Made) -> None:
        workshop = with_date(made)
        slot = workshops.confirmed_slot(workshop)
        assert slot is not None
        service.cancel(made.plan, version=slot.version, by=TESTS, at=AT)
        factories.commit()
        (gone,) = events_in(mails("cancelled")[0])
        assert mails("cancelled")[0].calendar_method == "CANCEL"
        assert gone["STATUS"] == "CANCELLED"
        assert workshop.state is WorkshopState.PLANNING
        tasks = db.session.scalars(select(PrepTask)).all()
        assert len(tasks) == 12, "what was prepared stays"
        service.propose_again(made.plan, slot, standing=plans.standing(made), by=TESTS, at=AT)
        service.confirm(made.plan, slot, by=TESTS, at=AT)
        factories.commit()
        (again,) = events_in(mails("dated")[-1])
        assert again["UID"] == gone["UID"]
        assert again["SEQUENCE"] > gone["SEQUENCE"]
        assert len(db.session.scalars(select(PrepTask)).all()) == 12

    def test_refusals(self, made: Made) -> None:
        workshop = with_date(made)
        slot = workshops.confirmed_slot(workshop)
        assert slot is not None
        with pytest.raises(RuleError, match="confirmed already"):
            proposed(made, DAY_OF_WORKSHOP + timedelta(days=1))
        with pytest.raises(RuleError, match="confirmed already"):
            service.confirm(made.plan, slot, by=TESTS, at=AT)
        with pytest.raises(StaleError):
            service.cancel(made.plan, version=slot.version - 1, by=TESTS, at=AT)
        with pytest.raises(StaleError):
            service.move(made.plan, dates_on(date(2027, 4, 1)), version=99, by=TESTS, at=AT)
        with pytest.raises(RuleError, match="holds already"):
            service.move(made.plan, dates_on(DAY_OF_WORKSHOP), version=slot.version, by=TESTS, at=AT)
        with pytest.raises(RuleError, match="two"):
            service.move(made.plan, dates_on(date(2027, 4, 1), halves=True), version=slot.version, by=TESTS, at=AT)
        with pytest.raises(RuleError, match="still to come"):
            service.move(made.plan, dates_on(date(2027, 1, 1)), version=slot.version, by=TESTS, at=AT)
        workshop.state, workshop.started_at = WorkshopState.RUNNING, AT
        db.session.flush()
        for act in (service.cancel, service.move):
            more = {"dates": dates_on(date(2027, 4, 1))} if act is service.move else {}
            with pytest.raises(RuleError, match="has begun"):
                act(made.plan, version=slot.version, by=TESTS, at=AT, **more)

    def test_on_the_page(self, app: Flask, made: Made, clock: Any) -> None:
        with_date(made)
        client = client_of(app, made, Side.B)
        path = f"{made.path}workshop/dates/move"
        page = client.get(path).text
        typed = fields(page, None)
        assert (typed["day"], typed["starts"], typed["ends"]) == ("2027-03-09", "09:00", "17:00")
        assert client.post(path, data=typed | {"day": "2027-03-11", "ends": "16:00"}).status_code == 302
        db.session.expire_all()
        slot = db.session.scalars(select(WorkshopSlot)).one()
        assert (slot.starts_at, slot.ends_at.time()) == (datetime(2027, 3, 11, 8, tzinfo=UTC), time(15))
        stale = client.post(path, data=typed | {"day": "2027-03-12", "once_key": ""})
        assert stale.status_code == 409
        assert client.post(path, data=fields(stale.text) | {"day": "2027-03-12"}).status_code == 302
        page = client.get(path).text
        assert client.post(f"{made.path}workshop/dates/cancel", data=fields(page, "/cancel")).status_code == 302
        assert "There is nothing to move" in client.get(path).text
        assert "No date proposed yet" in client.get(f"{made.path}workshop/dates").text

    def test_whoever_has_no_address_is_left_out(self, made: Made) -> None:
        seller = made.team[Side.B, F.SALES]
        for address in db.session.scalars(select(PersonEmail).where(PersonEmail.person_id == seller.person_id)):
            db.session.delete(address)
        made.logins[Side.A, F.SALES].active = False
        factories.commit()
        with_date(made)
        assert len(mails("dated")) == 4


class TestWarnings:
    """Holidays and weekends where both sides are."""

    def test_both_countries(self, app: Flask, made: Made) -> None:
        (slot,) = proposed_on(made, date(2027, 10, 26))
        with app.test_request_context():
            assert warnings(slot, "Europe/Vienna", ["AT", "DE"]) == ["26 Oct 2027 is a holiday in Austria: public holiday."]
            assert warnings(slot, "Europe/Vienna", ["DE"]) == []
            (other,) = proposed(made, date(2027, 12, 25))
            assert warnings(other, "Europe/Vienna", ["AT", "DE", "GB"]) == [
                "25 Dec 2027 is a holiday in Austria and Germany: Christmas Day.",
                "25 Dec 2027 is a weekend in United Kingdom.",
            ]

    def test_the_day_is_that_of_the_workshop(self, app: Flask, made: Made) -> None:
        (slot,) = proposed_on(made, date(2027, 10, 25), "Pacific/Auckland")
        with app.test_request_context():
            assert warnings(slot, "Pacific/Auckland", ["AT"]) == []
            assert warnings(slot, "Pacific/Auckland", ["SA", "IL"]) == []

    @pytest.mark.usefixtures("app")
    def test_clocks(self) -> None:
        assert moment(date(2027, 3, 28), time(9), "Europe/Vienna") == datetime(2027, 3, 28, 7, tzinfo=UTC)
        for day, hour in ((date(2027, 3, 28), time(2, 30)), (date(2027, 10, 31), time(2, 30))):
            with pytest.raises(ClockError):
                moment(day, hour, "Europe/Vienna")


def proposed_on(made: Made, day: date, zone: str = "Europe/Vienna") -> list[WorkshopSlot]:
    planned(made, time_zone=zone)
    return proposed(made, day)


def test_nobody_else_finds_it(app: Flask, made: Made) -> None:
    with_date(made)
    slot = db.session.scalars(select(WorkshopSlot)).one()
    paths = [
        f"{made.path}workshop/{page}"
        for page in ("", "dates", f"dates/{slot.id}", "agenda", "preparation", "new", "edit", "facilitator")
    ]
    others = [
        factories.organizer(),
        factories.user(None, Role.PARTNER_MANAGER),
        factories.company_admin(factories.organisation()),
        factories.company_admin(made.company),
    ]
    for user in others:
        client = PageClient(app, app.response_class, use_cookies=True).sign_in(user)
        assert [client.get(path).status_code for path in paths] == [404] * len(paths)


def test_constant_queries(app: Flask, made: Made, count_queries: Any) -> None:
    planned(made)
    proposed(made, DAY_OF_WORKSHOP)
    client = client_of(app, made, Side.A)
    path = f"{made.path}workshop/dates"
    client.get(path)
    with count_queries() as few:
        client.get(path)
    proposed(made, *(DAY_OF_WORKSHOP + timedelta(days=n) for n in range(1, 6)))
    with count_queries() as many:
        client.get(path)
    assert len(few) == len(many) <= 12
