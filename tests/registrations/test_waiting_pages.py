"""The organizer's waiting list: order, offers, who waits for what, moving up by hand; and groups in the company's form."""

from datetime import timedelta

import pytest
from flask import Flask

from eventapp.audit.models import AuditEntry
from eventapp.core.db import db
from eventapp.events.models import Event
from eventapp.partners.models import Organisation
from eventapp.places import queries as places
from eventapp.places import service as engine
from eventapp.places.models import Order, Pool
from eventapp.registrations import service
from eventapp.registrations.models import Registration
from eventapp.registrations.terms import Terms
from tests.conftest import NOW
from tests.registrations.conftest import Firm
from tests.registrations.test_offers import SOON, fresh, status_of
from tests.registrations.test_statements import statements
from tests.support import factories
from tests.support.browsing import check, confirm, press, send, summary
from tests.support.pages import PageClient


@pytest.fixture
def event(app: Flask) -> Event:
    return factories.event(title="Summit", capacity=1)


@pytest.fixture
def organizer(client: PageClient) -> PageClient:
    return client.sign_in(factories.organizer())


@pytest.fixture
def companies(app: Flask) -> list[Organisation]:
    """Of the lowest tier, of the highest, and of none."""
    return [factories.organisation(name, tier_key=tier) for name, tier in (("Low", "ready"), ("High", "premier"), ("None", None))]


@pytest.fixture
def waiting(event: Event, companies: list[Organisation]) -> list[Registration]:
    """The lowest tier holds the only place and waits for two more; then one of none, then one of the highest."""
    low, high, none = companies
    factories.registration(event, low)
    return [factories.registration(event, company, f"W{n}") for n, company in enumerate((low, low, none, high))]


def address(event: Event, page: str = "") -> str:
    return f"/admin/events/{event.slug}/waiting/{page}"


def in_order(page: str) -> list[str]:
    """The positions as the list shows them."""
    return [part.split("<")[0] for part in page.split('<td class="nowrap">')[1:] if " of " in part[:12]]


def test_nobody_waits(organizer: PageClient, event: Event) -> None:
    assert "Nobody waits" in organizer.get(address(event)).text


def test_the_list_says_who_waits_for_what(organizer: PageClient, event: Event, waiting: list[Registration]) -> None:
    page = organizer.get(address(event)).text
    assert in_order(page) == ["1 of 4", "2 of 4", "3 of 4", "4 of 4"]
    for text in ("W0", "Low", "Premier", "Places at the event", "First come, first served", "Move up …"):
        assert text in page


def test_as_many_queries_for_many_as_for_few(
    organizer: PageClient, event: Event, waiting: list[Registration], companies: list[Organisation]
) -> None:
    counts = []
    for _n in range(2):
        with statements() as sent:
            organizer.get(address(event))
        counts.append(len(sent))
        factories.register(event, companies[2], *[factories.attendee() for _a in range(20)], terms=Terms(together=False))
    assert counts[0] == counts[1] <= 12


def test_by_tier_the_highest_is_first(organizer: PageClient, event: Event, waiting: list[Registration]) -> None:
    assert send(organizer, address(event, "settings"), {f"order_{event.pool_id}": "by_rank"}).status_code == 302
    page = organizer.get(address(event)).text
    assert in_order(page) == ["2 of 4, by tier", "3 of 4, by tier", "4 of 4, by tier", "1 of 4, by tier"]
    late = factories.registration(event, factories.organisation(tier_key="advanced"))
    assert "position 2 of 5, by tier" in organizer.get(f"/r/{late.token}").text
    assert places.miscounts() == []


def test_in_turn_the_company_with_fewest_is_next(organizer: PageClient, event: Event, waiting: list[Registration]) -> None:
    send(organizer, address(event, "settings"), {f"order_{event.pool_id}": "round_robin"})
    assert in_order(organizer.get(address(event)).text) == [f"{n} of 4, companies in turn" for n in (3, 4, 1, 2)]
    factories.commit()
    moved = service.confirm_moved(engine.set_capacity(event.pool_id, 2), at=NOW)
    factories.commit()
    assert [r.id for r in moved] == [waiting[2].id]


def places_of(event: Event) -> Pool:
    return db.session.get_one(Pool, event.pool_id)


def test_what_was_set_stands_in_the_log_and_for_offers(organizer: PageClient, firm: Firm) -> None:
    event = factories.event(capacity=1, **SOON)
    values = {"offer_hours": "48", "offer_within_hours": "12", "short_offer_hours": "2"}
    assert send(organizer, address(event, "settings"), values).status_code == 302
    ada, ben = (factories.registration(event, firm.company, email=f"{name}@donau.example") for name in ("ada", "ben"))
    ben.missing_answers = 1
    factories.commit()
    service.cancel([fresh(ada)], reason="", by=factories.TESTS, at=NOW)
    factories.commit()
    until = fresh(ben).booking.offered_until
    assert until is not None
    assert until == min(NOW + timedelta(hours=48), event.starts_at)
    entry = db.session.scalars(db.select(AuditEntry).where(AuditEntry.action == "registrations.waiting_list")).one()
    assert entry.changes["offer_hours"] == [24, 48]


@pytest.mark.parametrize("hours", ["0", "-1", "1.5", "99999", "x", "", "2²"])
def test_hours_that_are_none_are_refused_and_kept(organizer: PageClient, event: Event, hours: str) -> None:
    answer = send(organizer, address(event, "settings"), {"offer_hours": hours})
    assert answer.status_code == 422
    assert summary(answer)
    assert f'value="{hours}"' in answer.text


@pytest.mark.parametrize("order", ["", "by_height", "1"])
def test_an_order_that_there_is_not_is_refused(organizer: PageClient, event: Event, order: str) -> None:
    assert send(organizer, address(event, "settings"), {f"order_{event.pool_id}": order}).status_code == 422
    assert places_of(event).order is Order.FIRST_COME


def test_two_organizers_do_not_overwrite_each_other(organizer: PageClient, event: Event) -> None:
    answer = send(organizer, address(event, "settings"), {"version": "77", "offer_hours": "5"})
    assert answer.status_code == 409
    assert 'value="5"' in answer.text


def test_moving_somebody_up_needs_a_reason_and_a_place(organizer: PageClient, event: Event, waiting: list[Registration]) -> None:
    last = waiting[-1]
    url = f"/admin/events/{event.slug}/registrations/{last.id}/move-up"
    assert send(organizer, url, {"reason": " "}).status_code == 422
    full = send(organizer, url, {"reason": "Speaks at ten"})
    assert (full.status_code, "There is no place left there." in full.text, "Speaks at ten" in full.text) == (409, True, True)
    assert send(organizer, url, {"reason": "Speaks at ten", "above": "y"}).status_code == 302
    assert status_of(last) == "confirmed"
    pool = places_of(event)
    assert (pool.taken, pool.overbooked, pool.waiting) == (2, 1, 3)
    entry = db.session.scalars(db.select(AuditEntry).where(AuditEntry.action == "registrations.confirm")).one()
    assert entry.changes["reason"] == "Speaks at ten"
    db.session.rollback()
    assert organizer.get(url).status_code == 404


def test_an_organizer_answers_an_offer(organizer: PageClient, event: Event, waiting: list[Registration]) -> None:
    first, second = waiting[:2]
    for one in (first, second):
        fresh(one).missing_answers = 1
        factories.commit()
    holder = db.session.scalars(
        db.select(Registration).where(Registration.event_id == event.id).order_by(Registration.id)
    ).first()
    assert holder is not None
    service.cancel([fresh(holder)], reason="", by=factories.TESTS, at=NOW)
    factories.commit()
    page = f"/admin/events/{event.slug}/registrations/{first.id}"
    press(organizer, page, f"{page}/turn-down")
    assert (status_of(first), status_of(second)) == ("cancelled", "offered")
    page = f"/admin/events/{event.slug}/registrations/{second.id}"
    press(organizer, page, f"{page}/accept")
    assert status_of(second) == "confirmed"


def test_an_unknown_registration_is_the_same_as_one_of_another_event(organizer: PageClient, event: Event, firm: Firm) -> None:
    other = factories.registration(factories.event(capacity=0), firm.company)
    for number in (other.id, 999_999):
        assert organizer.get(f"/admin/events/{event.slug}/registrations/{number}/move-up").status_code == 404


# Groups


def three(petra: PageClient, event: Event, together: str) -> None:
    people = [("Cem", "Yıldız", "cem@donau.example"), ("Dora", "Kos", "dora@donau.example"), ("Eva", "Rot", "eva@donau.example")]
    page = check(petra, event, people=people)
    assert "Only all together" in page.text
    assert confirm(petra, event, page, together=together).status_code == 302


@pytest.mark.parametrize(("together", "confirmed"), [("", 2), ("yes", 0)])
def test_a_company_says_whether_its_people_only_come_together(
    petra: PageClient, firm: Firm, together: str, confirmed: int
) -> None:
    event = factories.event(capacity=3)
    holder = factories.registration(event, factories.organisation())
    other = holder.id
    three(petra, event, together)
    made = list(db.session.scalars(db.select(Registration).where(Registration.organisation_id == firm.company.id)))
    assert sum(r.status.value == "confirmed" for r in made) == confirmed
    service.cancel([fresh(holder)], reason="", by=factories.TESTS, at=NOW)
    factories.commit()
    query = db.select(Registration.status).where(Registration.id != other)
    assert [status.value for status in db.session.scalars(query)] == ["confirmed"] * 3


def test_a_group_larger_than_the_event_is_refused(petra: PageClient) -> None:
    event = factories.event(capacity=2)
    people = [("Cem", "Yıldız", "cem@donau.example"), ("Dora", "Kos", "dora@donau.example"), ("Eva", "Rot", "eva@donau.example")]
    answer = confirm(petra, event, check(petra, event, people=people), together="yes")
    assert answer.status_code == 409
    assert "There are only 2 places, so 3 people cannot come only together." in answer.text
    assert db.session.scalar(db.select(db.func.count(Registration.id))) == 0


def test_where_the_organizer_wants_no_groups_nobody_is_asked(organizer: PageClient, petra: PageClient) -> None:
    event = factories.event(capacity=1, at=factories.AT)
    event.groups_together = False
    factories.commit()
    people = [("Cem", "Yıldız", "cem@donau.example"), ("Dora", "Kos", "dora@donau.example")]
    page = check(petra, event, people=people)
    assert "Only all together" not in page.text
    confirm(petra, event, page, together="yes")
    assert sorted(r.status.value for r in db.session.scalars(db.select(Registration))) == ["confirmed", "waiting"]


def test_the_organizer_lets_a_group_come_one_by_one(client: PageClient, petra: PageClient, firm: Firm) -> None:
    event = factories.event(capacity=3)
    factories.registration(event, factories.organisation())
    three(petra, event, "yes")
    one = db.session.scalars(db.select(Registration).where(Registration.organisation_id == firm.company.id)).first()
    assert one is not None
    organizer = client.sign_in(factories.organizer())
    assert "only together, 3 people" in organizer.get(address(event)).text
    page = f"/admin/events/{event.slug}/registrations/{one.id}"
    press(organizer, page, f"{page}/singly")
    statuses = [r.status.value for r in db.session.scalars(db.select(Registration).order_by(Registration.id))]
    assert statuses == ["confirmed", "confirmed", "confirmed", "waiting"]
