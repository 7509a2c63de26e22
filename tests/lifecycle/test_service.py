"""Acts on an event that reach its registrations, without pages: exceptions, cancelling, and who is told."""

from datetime import UTC, datetime

import pytest
from flask import Flask
from sqlalchemy import select

from eventapp.audit.models import AuditEntry
from eventapp.core.db import db
from eventapp.core.errors import RuleError, StaleError
from eventapp.events import service as events
from eventapp.events.models import TRANSITIONS, Event, EventFormat, EventStatus, Mode
from eventapp.events.queries import places_of_company
from eventapp.events.rules import Window, may_change_registration, publish_blockers, window
from eventapp.lifecycle import service
from eventapp.mail.models import OutboxMail
from eventapp.places.models import Pool
from eventapp.places.queries import miscounts
from eventapp.registrations.models import Registration
from eventapp.registrations.tallies import miscounted
from tests.conftest import NOW
from tests.support import factories


def statuses(rows: list[Registration]) -> list[str]:
    db.session.expire_all()
    assert (miscounts(), miscounted()) == ([], [])
    return [db.session.get_one(Registration, row.id).status.value for row in rows]


def test_an_exception_lets_the_first_in_and_taking_it_back_keeps_them(app: Flask) -> None:
    event, company = factories.event(quotas={"ready": 1}), factories.organisation()
    rows = factories.register(event, company, *[factories.attendee() for _n in range(4)])
    assert service.set_exception(event, company, 3, "Sponsor", by=factories.TESTS, now=NOW) == 2
    factories.commit()
    assert statuses(rows) == ["confirmed", "confirmed", "confirmed", "waiting"]
    assert service.remove_exception(event, company, by=factories.TESTS, now=NOW) == 0
    factories.commit()
    assert statuses(rows) == ["confirmed", "confirmed", "confirmed", "waiting"]
    assert places_of_company(event, company) == (1, 3)


def test_an_exception_does_not_overtake_a_full_event(app: Flask) -> None:
    event, company = factories.event(capacity=1, quotas={"ready": 1}), factories.organisation()
    rows = factories.register(event, company, *[factories.attendee() for _n in range(2)])
    assert service.set_exception(event, company, 5, "Sponsor", by=factories.TESTS, now=NOW) == 0
    factories.commit()
    assert statuses(rows) == ["confirmed", "waiting"]
    assert db.session.get_one(Pool, event.pool_id).waiting == 1, "now it is the event they wait for"


def test_the_preview_of_a_cancellation_counts_people_and_companies(app: Flask) -> None:
    event = factories.event(capacity=3)
    for n in (2, 2):
        factories.register(event, factories.organisation(), *[factories.attendee() for _n in range(n)])
    assert [number for _label, number in service.cancel_preview(event, NOW)] == [3, 2, 1]
    assert service.cancel_event(event, "storm", by=factories.TESTS, now=NOW) == 4
    factories.commit()
    assert [number for _label, number in service.cancel_preview(event, NOW)] == [0, 0, 0]
    actions = db.session.scalars(select(AuditEntry.action).where(AuditEntry.at == NOW)).all()
    assert actions.count("registrations.cancel") == 4
    assert actions.count("events.cancelled") == 1
    assert "registrations.promote" not in actions


def test_cancelling_twice_is_refused(app: Flask) -> None:
    event = factories.event()
    service.cancel_event(event, "storm", by=factories.TESTS, now=NOW)
    with pytest.raises(RuleError):
        service.cancel_event(event, "storm", by=factories.TESTS, now=NOW)


def test_a_change_that_is_refused_changes_nothing(app: Flask) -> None:
    event = factories.event(title="Before", capacity=1)
    with pytest.raises(StaleError):
        service.change_event(event, factories.details(title="After"), version=event.version - 1, by=factories.TESTS, now=NOW)
    other = factories.event(slug="taken")
    details = factories.details(title="After", slug=other.slug)
    with pytest.raises(RuleError):
        service.change_event(event, details, version=event.version, by=factories.TESTS, now=NOW)
    db.session.rollback()
    assert db.session.get_one(Event, event.id).title == "Before"


def test_hybrid_places_go_by_mode(app: Flask) -> None:
    event = factories.event(format=EventFormat.HYBRID, capacity_in_person=1, capacity_virtual=0)
    company = factories.organisation()
    rows = [factories.registration(event, company, mode=mode) for mode in (Mode.IN_PERSON, Mode.IN_PERSON, Mode.VIRTUAL)]
    assert statuses(rows) == ["confirmed", "waiting", "waiting"]
    details = factories.details(slug=event.slug, format=EventFormat.HYBRID, capacity_in_person=1, capacity_virtual=1)
    assert service.change_event(event, details, version=event.version, by=factories.TESTS, now=NOW) == 1
    factories.commit()
    assert statuses(rows) == ["confirmed", "waiting", "confirmed"]


def test_from_in_person_to_hybrid_keeps_everybody(app: Flask) -> None:
    event, company = factories.event(capacity=2), factories.organisation()
    rows = [factories.registration(event, company) for _n in range(3)]
    details = factories.details(slug=event.slug, format=EventFormat.HYBRID, capacity_in_person=3)
    service.change_event(event, details, version=event.version, by=factories.TESTS, now=NOW)
    factories.commit()
    assert statuses(rows) == ["confirmed"] * 3
    assert db.session.get_one(Pool, event.in_person_pool_id).taken == 3


@pytest.mark.parametrize("start", EventStatus)
@pytest.mark.parametrize("end", EventStatus)
def test_only_the_steps_of_the_table_exist(app: Flask, start: EventStatus, end: EventStatus) -> None:
    event = factories.event(published=False)
    event.status = start
    if end in TRANSITIONS[start]:
        events.change_status(event, end, by=factories.TESTS, now=NOW)
        assert event.status is end
    else:
        with pytest.raises(RuleError):
            events.change_status(event, end, by=factories.TESTS, now=NOW)


MOMENTS = [
    (datetime(2027, 1, 1, tzinfo=UTC), Window.EARLY),
    (datetime(2027, 1, 15, tzinfo=UTC), Window.OPEN),
    (datetime(2027, 4, 30, 23, 59, 59, tzinfo=UTC), Window.OPEN),
    (datetime(2027, 5, 1, tzinfo=UTC), Window.CLOSED),
    (factories.STARTS, Window.CLOSED),
    (factories.ENDS, Window.OVER),
]


@pytest.mark.parametrize(("moment", "state"), MOMENTS)
def test_the_window_opens_and_closes_to_the_second(app: Flask, moment: datetime, state: Window) -> None:
    opens, closes = datetime(2027, 1, 15, tzinfo=UTC), datetime(2027, 5, 1, tzinfo=UTC)
    event = factories.event(registration_opens_at=opens, registration_closes_at=closes)
    assert window(event, moment) is state
    assert may_change_registration(event, moment) == (moment < factories.ENDS)
    for status, expected in ((EventStatus.DRAFT, Window.DRAFT), (EventStatus.CANCELLED, Window.CANCELLED)):
        event.status = status
        assert window(event, moment) is expected


def test_what_an_event_lacks_before_it_is_published(app: Flask) -> None:
    assert publish_blockers(factories.event(), NOW) == []
    assert [b.code for b in publish_blockers(factories.event(venue="", published=False), NOW)] == ["venue"]
    assert publish_blockers(factories.event(venue="", format=EventFormat.VIRTUAL), NOW) == []
    assert [b.code for b in publish_blockers(factories.event(), factories.ENDS)] == ["over"]


def test_each_person_is_told_once_about_each_step(app: Flask) -> None:
    event, company = factories.event(capacity=1), factories.organisation()
    factories.registration(event, company, email="a@x.example")
    factories.registration(event, company, email="b@x.example")
    details = factories.details(slug=event.slug, capacity=2)
    service.change_event(event, details, version=event.version, by=factories.TESTS, now=NOW)
    service.cancel_event(event, "storm", by=factories.TESTS, now=NOW)
    factories.commit()
    kinds = [(m.to_address[0], m.kind.rpartition(".")[2]) for m in db.session.scalars(select(OutboxMail).order_by(OutboxMail.id))]
    assert kinds == [("a", "confirmed"), ("b", "waiting"), ("b", "promoted"), ("a", "event_cancelled"), ("b", "event_cancelled")]
