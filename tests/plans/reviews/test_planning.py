"""Planning, moving and giving up a review: who has it in the calendar, at which step, and that mails say nothing of the plan."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import icalendar
import pytest
from flask import Flask
from sqlalchemy import select, update

from eventapp.core.db import db
from eventapp.core.errors import NotFoundError, RuleError, StaleError
from eventapp.mail.models import OutboxMail
from eventapp.plans.models import MemberFunction as F
from eventapp.plans.models import PlanStatus, Review, ReviewState, Side
from eventapp.plans.reviews import planning
from eventapp.plans.reviews import queries as queries_of
from eventapp.plans.teams import service as teams
from tests.plans.test_living import client_of
from tests.support import factories, plans, reviews
from tests.support.factories import TESTS
from tests.support.pages import fields
from tests.support.plans import Made, as_candidate
from tests.support.reviews import EXPECTED, NOW, WHEN, details


@pytest.fixture
def made(app: Flask, clock: Any) -> Made:
    clock.move_to(NOW)
    return reviews.in_force()[0]


def new_mails() -> Sequence[OutboxMail]:
    """The mails about reviews that came since this was asked last."""
    found = db.session.scalars(
        select(OutboxMail).where(OutboxMail.kind.startswith("plans.review"), OutboxMail.about != "seen").order_by(OutboxMail.id)
    ).all()
    db.session.execute(update(OutboxMail).values(about="seen"))
    factories.commit()
    return found


def entry_of(mail: OutboxMail) -> Any:
    [found] = icalendar.Calendar.from_ical(mail.calendar or "").walk("VEVENT")
    return found


def address(made: Made, side: Side, function: F) -> str:
    return made.logins[side, function].email


def change(made: Made, one: Review, **values: Any) -> None:
    planning.change(made.plan, one, details(made, **values), version=one.version, by=TESTS, at=NOW)
    factories.commit()


def test_whoever_is_expected_has_it_in_the_calendar_and_mails_say_nothing(made: Made) -> None:
    made.plan.title = "Secret merger"
    factories.commit()
    one = reviews.planned(made, place="Hotel of the merger")
    mails = new_mails()
    assert sorted(mail.to_address for mail in mails) == sorted(address(made, *who) for who in EXPECTED)
    for mail in mails:
        assert mail.calendar_method == "REQUEST"
        everything = f"{mail.subject}{mail.text}{mail.html}{mail.calendar}"
        assert made.plan.code in everything
        for secret in ("Secret merger", "Hotel of the merger", "Objective", made.company.name):
            assert secret not in everything
        found = entry_of(mail)
        assert (found["DTSTART"].dt, found["DTEND"].dt) == (WHEN, WHEN + timedelta(minutes=90))
        assert found["SEQUENCE"] == 0
    assert len({str(entry_of(mail)["UID"]) for mail in mails}) == 1
    assert one.freeze_on is not None
    assert one.freeze_on.isoformat() == "2027-05-06"


def test_each_change_is_one_step_further(made: Made) -> None:
    one = reviews.planned(made)
    uid = str(entry_of(new_mails()[0])["UID"])
    change(made, one, planned_at=WHEN + timedelta(days=2))
    mails = new_mails()
    assert {mail.kind for mail in mails} == {"plans.review_changed"}
    assert len(mails) == 4
    assert {(str(entry_of(mail)["UID"]), entry_of(mail)["SEQUENCE"]) for mail in mails} == {(uid, 1)}
    assert one.freeze_on is not None
    assert one.freeze_on.isoformat() == "2027-05-08"
    ids = {made.team[who].id for who in EXPECTED} - {made.team[Side.A, F.EXEC_SPONSOR].id}
    after = {"planned_at": WHEN + timedelta(days=2), "attendees": frozenset({*ids, made.team[Side.B, F.SALES].id})}
    change(made, one, **after)
    mails = new_mails()
    assert {(mail.kind, mail.to_address, mail.calendar_method) for mail in mails} == {
        ("plans.review_planned", address(made, Side.B, F.SALES), "REQUEST"),
        ("plans.review_withdrawn", address(made, Side.A, F.EXEC_SPONSOR), "CANCEL"),
    }
    assert {entry_of(mail)["SEQUENCE"] for mail in mails} == {2}
    change(made, one, **after)
    assert new_mails() == []
    assert one.sequence == 2, "nothing has changed"


def test_withdrawn_and_planned_anew_it_is_the_same_entry(made: Made) -> None:
    one = reviews.frozen(made, reviews.planned(made))
    uid = str(entry_of(new_mails()[0])["UID"])
    planning.withdraw(made.plan, one, by=TESTS, at=NOW)
    factories.commit()
    mails = new_mails()
    assert [(mail.calendar_method, str(entry_of(mail)["UID"]), entry_of(mail)["SEQUENCE"]) for mail in mails] == [
        ("CANCEL", uid, 1)
    ] * 4
    assert (one.numbers, one.score, one.state) == ({}, None, ReviewState.PLANNED)
    assert queries_of.reviews(made.plan) == []
    with pytest.raises(NotFoundError):
        queries_of.review(made.plan, one.id)
    again = reviews.planned(made, planned_at=WHEN + timedelta(days=9))
    mails = new_mails()
    assert again.id == one.id
    assert {(mail.calendar_method, str(entry_of(mail)["UID"]), entry_of(mail)["SEQUENCE"]) for mail in mails} == {
        ("REQUEST", uid, 2)
    }


def test_what_is_refused(made: Made) -> None:
    only_a = frozenset({made.team[Side.A, F.OWNER].id})
    stranger = plans.plan().team[Side.B, F.OWNER].id
    for values, field in (
        ({"planned_at": NOW}, "planned_at"),
        ({"attendees": only_a}, "attendees_b"),
        ({"attendees": only_a | {stranger}}, "attendees_b"),
        ({"attendees": frozenset()}, "attendees_a"),
    ):
        with pytest.raises(RuleError) as refused:
            reviews.planned(made, **values)
        assert refused.value.field == field
    db.session.rollback()
    for quarter in (0, 5):
        with pytest.raises(RuleError):
            reviews.planned(made, quarter)
    one = reviews.planned(made)
    with pytest.raises(RuleError) as refused:
        reviews.planned(made)
    assert refused.value.field == "quarter"
    with pytest.raises(StaleError):
        planning.change(made.plan, one, details(made), version=one.version + 1, by=TESTS, at=NOW)
    reviews.held(made, reviews.frozen(made, one))
    with pytest.raises(RuleError):
        planning.change(made.plan, one, details(made), version=one.version, by=TESTS, at=NOW)
    with pytest.raises(RuleError):
        planning.withdraw(made.plan, one, by=TESTS, at=NOW)


@pytest.mark.parametrize("status", [PlanStatus.DRAFT, PlanStatus.COMPLETED, "suspended"])
def test_only_of_a_plan_in_force(made: Made, status: PlanStatus | str) -> None:
    if status == "suspended":
        made.plan.suspended_at, made.plan.suspended_reason = NOW, "Merged"
    else:
        made.plan.status = PlanStatus(status)
    factories.commit()
    with pytest.raises(RuleError):
        reviews.planned(made)


def test_a_shorter_plan_has_fewer_quarters(app: Flask, clock: Any) -> None:
    clock.move_to(NOW)
    made, _rows = reviews.in_force(plans.plan(period_end=plans.START + timedelta(days=180)))
    page = client_of(app, made, Side.A).get(f"{made.path}reviews/new").text
    assert 'value="2"' in page
    with pytest.raises(RuleError):
        reviews.planned(made, 3)


def test_a_successor_comes_instead(made: Made) -> None:
    one = reviews.planned(made)
    new_mails()
    sales, sponsor = made.team[Side.B, F.SALES], made.team[Side.B, F.EXEC_SPONSOR]
    teams.hand_over(made.plan, sponsor, sales, by=TESTS, at=NOW)
    factories.commit()
    assert {(mail.to_address, mail.calendar_method) for mail in new_mails()} == {
        (address(made, Side.B, F.EXEC_SPONSOR), "CANCEL"),
        (address(made, Side.B, F.SALES), "REQUEST"),
    }
    assert [person.name for person in queries_of.expected(made.plan, one) if person.side is Side.B] == [
        sales.name,
        made.team[Side.B, F.OWNER].name,
    ]


def test_who_leaves_comes_no_more_and_who_changes_function_still_does(made: Made) -> None:
    ids = frozenset(made.team[who].id for who in (*EXPECTED, (Side.B, F.SALES)))
    one = reviews.planned(made, attendees=ids)
    new_mails()
    sales = made.team[Side.B, F.SALES]
    teams.change(made.plan, sales, F.MARKETING, signatory=False, by=TESTS, at=NOW)
    factories.commit()
    assert new_mails() == []
    now_there = next(person for person in queries_of.expected(made.plan, one) if person.name == sales.name)
    assert now_there.function is F.MARKETING
    change(made, one, attendees=frozenset({*(ids - {sales.id}), now_there.id}))
    assert new_mails() == [], "the same people"
    teams.leave(made.plan, now_there, by=TESTS, at=NOW)
    factories.commit()
    assert [(mail.to_address, mail.calendar_method) for mail in new_mails()] == [(address(made, Side.B, F.SALES), "CANCEL")]
    assert len(queries_of.expected(made.plan, one)) == 4


def test_no_mail_to_whoever_has_no_way_in_any_more(made: Made) -> None:
    made.logins[Side.A, F.EXEC_SPONSOR].grants[0].ends_at = NOW - timedelta(days=1)
    made.logins[Side.A, F.OWNER].active = False
    factories.commit()
    reviews.planned(made)
    assert {mail.to_address for mail in new_mails()} == {address(made, Side.B, F.OWNER), address(made, Side.B, F.EXEC_SPONSOR)}


def test_the_calendar_of_the_plan(app: Flask, made: Made) -> None:
    reviews.planned(made)
    second = reviews.planned(made, 2, planned_at=WHEN + timedelta(days=90))
    planning.withdraw(made.plan, second, by=TESTS, at=NOW)
    factories.commit()
    answer = client_of(app, made, Side.B, F.SALES).get(f"{made.path}reviews.ics")
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{made.plan.code}_reviews.ics"'
    assert "no-store" in answer.headers["Cache-Control"]
    found = icalendar.Calendar.from_ical(answer.text).walk("VEVENT")
    assert [(str(one["STATUS"]), str(one["LOCATION"])) for one in found] == [("CONFIRMED", "Room 4"), ("CANCELLED", "Room 4")]
    assert "ATTENDEE" not in answer.text


def test_two_who_change_at_once_and_a_time_that_clocks_skip(app: Flask, made: Made) -> None:
    one = reviews.planned(made)
    a, b = client_of(app, made, Side.A), client_of(app, made, Side.B)
    here = f"{made.path}reviews/{one.id}"
    first, second = (fields(client.get(f"{here}/edit").text) for client in (a, b))
    assert a.post(f"{here}/edit", data=first | {"place": "Room 5"}).status_code == 302
    answer = b.post(f"{here}/edit", data=second | {"place": "Room 6"})
    assert answer.status_code == 409
    assert fields(answer.text)["place"] == "Room 6"
    assert b.post(f"{here}/edit", data=fields(answer.text)).status_code == 302
    assert "Room 6" in a.get(here).text
    for value in ("2028-03-26T02:30", "soon", "0001-01-01T00:00"):
        answer = a.post(f"{here}/edit", data=fields(a.get(f"{here}/edit").text) | {"planned_at": value})
        assert answer.status_code == 422
    twice = fields(a.get(f"{here}/edit").text) | {"planned_at": "2027-10-31T02:30"}
    answer = a.post(f"{here}/edit", data=twice)
    assert answer.status_code == 422
    assert "twice that night" in answer.text
    assert a.post(f"{here}/edit", data=fields(answer.text) | {"planned_at_fold": "1"}).status_code == 302
    assert as_candidate(made.owner_b).side is Side.B
