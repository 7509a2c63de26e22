"""A company whose tier changes gets the places of its new tier for coming events, whoever changed it."""

from typing import Any

from flask import Flask
from sqlalchemy import select, update

from eventapp.audit.models import AuditEntry
from eventapp.core.db import db
from eventapp.core.doors import Door
from eventapp.core.jobs import SWEEPS, run_job
from eventapp.events.queries import astray_pools, places_of_company
from eventapp.lifecycle import service
from eventapp.mail.models import OutboxMail
from eventapp.partners.models import Organisation
from eventapp.places.queries import miscounts
from eventapp.registrations.models import Registration
from tests.conftest import NOW
from tests.support import factories

QUOTAS = {"ready": 1, "advanced": 3, "none": None}


def statuses(rows: list[Registration]) -> list[str]:
    db.session.expire_all()
    return [db.session.get_one(Registration, row.id).status.value for row in rows]


def change_tier(company: Organisation, tier: str | None) -> None:
    db.session.execute(update(Organisation).where(Organisation.id == company.id).values(tier_key=tier))
    db.session.commit()


def sweep(app: Flask) -> None:
    run_job(app, "lifecycle.follow_tiers")
    db.session.expire_all()


def test_the_worker_raises_and_lowers_places_and_tells_who_moves_up(app: Flask, clock: Any) -> None:
    event, company = factories.event(quotas=QUOTAS), factories.organisation(tier_key="ready")
    rows = factories.register(event, company, *[factories.attendee() for _n in range(4)])
    assert statuses(rows) == ["confirmed", "waiting", "waiting", "waiting"]
    mails = len(db.session.scalars(select(OutboxMail.id)).all())
    change_tier(company, "advanced")
    assert len(astray_pools(NOW)) == 1
    db.session.rollback()
    sweep(app)
    assert statuses(rows) == ["confirmed", "confirmed", "confirmed", "waiting"]
    assert len(db.session.scalars(select(OutboxMail.id)).all()) == mails + 2
    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "events.quota")).one()
    assert (entry.door, entry.actor, entry.changes["places"]) == (Door.JOB, "change of tier", [1, 3])
    db.session.rollback()
    change_tier(company, "ready")
    sweep(app)
    assert statuses(rows) == ["confirmed", "confirmed", "confirmed", "waiting"], "nobody loses a place"
    assert places_of_company(event, company)[0] == 1
    change_tier(company, None)
    sweep(app)
    assert statuses(rows) == ["confirmed"] * 4
    assert (miscounts(), astray_pools(NOW)) == ([], [])
    assert "lifecycle.follow_tiers" in SWEEPS


def test_exceptions_and_events_that_are_over_or_cancelled_stay(app: Flask, clock: Any) -> None:
    company = factories.organisation(tier_key="ready")
    special, cancelled, over = (factories.event(quotas=QUOTAS) for _n in range(3))
    for event in (special, cancelled, over):
        factories.register(event, company, factories.attendee())
    service.set_exception(special, company, 2, "Sponsor", by=factories.TESTS, now=NOW)
    service.cancel_event(cancelled, "storm", by=factories.TESTS, now=NOW)
    over.ends_at, over.starts_at = NOW, factories.AT
    factories.commit()
    change_tier(company, "advanced")
    assert astray_pools(NOW) == []
    db.session.rollback()
    sweep(app)
    assert [places_of_company(event, company)[0] for event in (special, cancelled, over)] == [2, 1, 1]


def test_an_exception_made_meanwhile_is_respected(app: Flask) -> None:
    event, company = factories.event(quotas=QUOTAS), factories.organisation(tier_key="ready")
    factories.register(event, company, factories.attendee())
    change_tier(company, "advanced")
    service.set_exception(event, company, 2, "Sponsor", by=factories.TESTS, now=NOW)
    assert service.follow_tier(event.id, company.id, by=factories.TESTS, now=NOW) == 0
    factories.commit()
    assert places_of_company(event, company)[0] == 2
