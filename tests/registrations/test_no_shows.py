"""No-shows by company over the years, the file, and the rule that an event may make of them."""

import csv
import io
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from eventapp.core.db import db
from eventapp.core.errors import RuleError
from eventapp.events.admission.queries import way_in
from eventapp.events.models import Event
from eventapp.registrations.models import Registration, Source
from eventapp.registrations.no_shows import applying, queries, rules, service
from eventapp.registrations.no_shows.models import Consequence, NoShowRule
from eventapp.registrations.no_shows.rules import Rate
from eventapp.registrations.service import cancel
from eventapp.registrations.terms import Terms
from eventapp.registrations.tester_admin import Trial, try_rules
from tests.conftest import NOW
from tests.registrations.conftest import Firm
from tests.support import factories
from tests.support.browsing import send
from tests.support.pages import PageClient, fields


@pytest.fixture
def organizer(client: PageClient) -> PageClient:
    return client.sign_in(factories.organizer("orga@karmin.example"))


def past(year: int, company: Any, came: int, absent: int, **values: Any) -> Event:
    """An event that is over, with so many people of a company who came and did not."""
    start = datetime(year, 5, 10, 8, 0, tzinfo=UTC)
    event = factories.event(starts_at=start, ends_at=start + timedelta(hours=8), at=start - timedelta(days=60), **values)
    made = [factories.registration(event, company, at=start - timedelta(days=9)) for _n in range(came + absent)]
    ids = [r.id for r in made[:came]]
    db.session.execute(update(Registration).where(Registration.id.in_(ids)).values(checked_in_at=start))
    factories.commit()
    return event


def test_only_events_with_a_door_count(app: object, firm: Firm) -> None:
    company = firm.company
    past(2024, company, 1, 3)
    gone = past(2025, company, 2, 1)
    past(2026, company, 0, 5)  # nobody was checked in: nothing is known
    coming = factories.event(slug="coming")
    factories.registration(coming, company)
    left = factories.registration(gone, company, at=datetime(2025, 4, 1, tzinfo=UTC))
    cancel([left], reason="", by=factories.TESTS, at=datetime(2025, 4, 2, tzinfo=UTC))
    factories.commit()
    assert queries.rate(company.id, at=NOW) == Rate(2, 7, 3)
    assert queries.rate(company.id, at=NOW, last=1) == Rate(1, 3, 2)
    assert queries.rate(company.id, at=NOW, but=gone.id) == Rate(1, 4, 1)
    assert queries.rate(999, at=NOW) == Rate()
    assert Rate().percent == 0


def test_the_list_and_the_file_agree(organizer: PageClient, firm: Firm, count_queries: Any) -> None:
    assert "No event tells yet" in organizer.get("/admin/no-shows/").text
    other = factories.organisation("=cmd() AG")
    past(2024, firm.company, 1, 3)
    past(2025, other, 4, 0)
    url = "/admin/no-shows/"
    with count_queries() as few:
        page = organizer.get(url).text
    assert page.index("Donau Systemhaus") < page.index("=cmd()"), "the most no-shows first"
    assert "75 %" in page.replace("75.0", "75")
    assert "<b>2</b> companies" in page
    narrowed = organizer.get(f"{url}?year=2025").text
    assert "Donau Systemhaus" not in narrowed
    for nonsense in ("²", "x", "0000", "9999", "-1"):
        assert organizer.get(url, query_string={"year": nonsense, "q": nonsense, "sort": "rate"}).status_code == 200
    form = fields(organizer.get(url).text, "/export")
    text = organizer.post("/admin/no-shows/export", data={**form, "format": "plain"}).get_data(as_text=True)
    rows = {row["company"]: row for row in csv.DictReader(io.StringIO(text))}
    assert rows["Donau Systemhaus GmbH"]["no_show_percent"] == "75.0"
    assert (rows["'=cmd() AG"]["confirmed"], rows["'=cmd() AG"]["came"]) == ("4", "4")
    past(2026, factories.organisation(), 1, 1)
    with count_queries() as many:
        organizer.get(url)
    assert len(few) == len(many) <= 12


def test_a_rule_is_off_by_default_and_set_per_event(organizer: PageClient, firm: Firm) -> None:
    event = factories.event(slug="summit")
    assert queries.rule_of(event.id) is None
    url = "/admin/events/summit/no-shows"
    assert send(organizer, url, {"consequence": "approval", "percent": "x"}).status_code == 422
    assert send(organizer, url, {"consequence": "approval", "percent": "120"}).status_code == 422
    assert send(organizer, url, {"consequence": "jail"}).status_code == 422
    assert send(organizer, url, {"consequence": "approval", "percent": "40", "events": "2"}).status_code == 302
    rule = db.session.scalars(select(NoShowRule)).one()
    assert (rule.consequence, rule.percent, rule.events) == (Consequence.APPROVAL, 40, 2)
    assert send(organizer, url, {"consequence": ""}).status_code == 302
    assert db.session.scalars(select(NoShowRule)).all() == []


def test_what_follows() -> None:
    rule = NoShowRule(event_id=1, consequence=Consequence.ONE_LESS, percent=30, events=3)
    assert rules.consequence(Rate(2, 10, 6), rule) is Consequence.ONE_LESS
    assert rules.consequence(Rate(2, 10, 7), rule) is None, "more than, not as many as"
    assert rules.consequence(Rate(1, 2, 0), rule) is None, "too few people to tell"
    assert rules.consequence(Rate(2, 10, 0), None) is None
    assert [rules.places_left(n, Consequence.ONE_LESS) for n in (None, 0, 1, 3)] == [None, 0, 1, 2]
    assert rules.places_left(3, Consequence.APPROVAL) == 3


def ruled(consequence: Consequence | None, **values: Any) -> Event:
    """An event that makes something of more than 30 % no-shows over the last three events."""
    event = factories.event(slug="summit", **values)
    service.set_rule(event, consequence, 30, 3, by=factories.TESTS, at=NOW)
    factories.commit()
    return event


def register(event: Event, firm: Firm, *people: Any, **values: Any) -> list[str]:
    """Registers by the company and tells what became of them."""
    chosen = [factories.attendee(email=f"new{n}@donau.example") for n in range(*people)]
    made = factories.register(event, firm.company, *chosen, **{"source": Source.COMPANY, **values})
    factories.commit()
    return [r.status.value for r in made]


def tried(event: Event, firm: Firm) -> Trial:
    return try_rules(event, way_in(event), None, firm.company, "", NOW)


def test_a_company_of_no_shows_needs_approval(petra: PageClient, firm: Firm) -> None:
    past(2025, firm.company, 2, 3)
    event = ruled(Consequence.APPROVAL)
    assert "An organizer decides about each registration" in petra.get("/events/summit/register").text
    trial = tried(event, firm)
    assert (trial.passed, trial.approval) == (True, True)
    assert "3 of 5 confirmed people did not come to the last 1 event that tells. So each" in trial.results[-1].message
    assert register(event, firm, 1) == ["pending"]
    assert register(event, firm, 1, 2, source=Source.ORGANIZER) == ["confirmed"], "organizers decide at once"
    assert register(event, firm, 2, 3, terms=Terms(approval=False)) == ["confirmed"]


def test_nothing_follows_without_a_rule_or_for_those_who_come(firm: Firm, count_queries: Any) -> None:
    past(2025, firm.company, 2, 3)
    off = ruled(None)
    with count_queries() as asked:
        assert applying.follows(off, firm.company, NOW) == applying.NOTHING
    assert not asked
    assert "no_shows" not in [r.rule for r in tried(off, firm).results]
    assert register(off, firm, 1) == ["confirmed"]
    event = factories.event(slug="other")
    service.set_rule(event, Consequence.APPROVAL, 70, 3, by=factories.TESTS, at=NOW)
    factories.commit()
    assert tried(event, firm).results[-1].message.endswith("Nothing follows.")
    assert register(event, firm, 1) == ["confirmed"]


def test_one_place_less_but_always_one(client: PageClient, petra: PageClient, firm: Firm) -> None:
    past(2025, firm.company, 2, 3)
    event = ruled(Consequence.ONE_LESS, capacity=1, quotas={"ready": 3})
    assert "one place less" in petra.get("/events/summit/register").text
    with pytest.raises(RuleError, match="has 2 places for this event, one less after no-shows"):
        register(event, firm, 3)
    db.session.rollback()
    # Who waits for a place of the event would take one of the company as well.
    assert register(event, firm, 2) == ["confirmed", "waiting"]
    trial = tried(event, firm)
    assert not trial.passed
    assert (trial.left[0].capacity, trial.left[0].taken) == (2, 1)
    with pytest.raises(RuleError, match="one less"):
        register(event, firm, 2, 3)
    db.session.rollback()
    assert "one less after no-shows" in petra.get("/events/summit/register").text
    assert register(event, firm, 2, 3, source=Source.ORGANIZER) == ["waiting"]
    least = factories.event(slug="least", quotas={"ready": 1})
    service.set_rule(least, Consequence.ONE_LESS, 30, 3, by=factories.TESTS, at=NOW)
    assert register(least, firm, 1) == ["confirmed"]
    factories.commit()


def test_the_tester_shows_organizers_the_rate(organizer: PageClient, firm: Firm) -> None:
    past(2025, firm.company, 2, 3)
    ruled(Consequence.APPROVAL)
    page = organizer.get("/admin/events/summit/admission/test", query_string={"company": firm.company.name}).text
    assert "3 of 5 confirmed people did not come" in page
    assert "They could apply; an organizer decides." in page
