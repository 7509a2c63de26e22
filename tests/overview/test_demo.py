"""The demo: its figures, from the database; where it refuses to load; and that it can be taken out again."""

import time
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select, text

from eventapp.accounts import passwords
from eventapp.accounts.demo import DEMO_LOGINS, DEMO_PASSWORD
from eventapp.accounts.models import Role
from eventapp.accounts.permissions import roles_of
from eventapp.accounts.queries import demo_logins, user_by_address
from eventapp.core.clock import now
from eventapp.core.db import db, transaction
from eventapp.events.models import Event, EventKind
from eventapp.overview import commands, demo
from eventapp.partners.models import TYPE_GROUPS, Organisation
from eventapp.partners.queries import administered_by
from eventapp.registrations.models import Registration
from eventapp.training.certificates import noticing
from eventapp.training.models import Certificate
from tests.overview.conftest import Run
from tests.support import factories


def rows(statement: str) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in db.session.execute(text(statement))]


def table(statement: str) -> dict[Any, int]:
    """Two columns as a dictionary."""
    return {row[0]: row[1] for row in rows(statement)}


ACTIVE = "r.event_id = (SELECT id FROM event WHERE slug = 'epc-2027') AND r.status = 'confirmed'"


def test_demo_has_its_figures_and_can_be_replaced(run: Run) -> None:
    factories.organisation("Somebody's own company")
    # Processor time: what else the machine does is not the demo's doing.
    started = time.process_time()
    done = run(commands.demo, "--reset", "--yes")
    took = time.process_time() - started
    assert done.exit_code == 0, done.output
    assert took < 30
    assert all(email in done.output for email, _label in DEMO_LOGINS)

    companies()
    people()
    flagship()
    other_events()
    logins()
    trained()
    planned()
    moments = select(func.min(Registration.registered_at), func.max(Registration.registered_at)).join(Registration.event)
    moments = moments.where(Event.kind == EventKind.EVENT)
    first, last = db.session.execute(moments).one()
    assert now() - timedelta(days=61) < first < last <= now()

    due = select(Certificate.expires_on).where(Certificate.id.in_([one.id for one in noticing._due(now())]))
    ends = [day for day in db.session.scalars(due) if day]
    assert len(ends) < 5, "the worker does not begin with a heap of mails"
    assert min(ends, default=now().date()) >= now().date(), "nor with certificates that have ended"
    assert rows("SELECT name FROM organisation WHERE programme_id = 'KP-123456'") == [], "the example of the help texts"
    db.session.rollback()
    checked = run(commands.doctor, "--strict")
    assert checked.exit_code == 0, checked.output
    assert rows("SELECT legal_name FROM organisation WHERE kind = 'vendor'") == [("Karmin Software",)]

    again = run(commands.demo)
    assert again.exit_code == 1
    assert "not empty" in again.output
    assert demo.strangers() == []
    new_rows_go_on_behind_it()
    assert demo.strangers() == ["1 logins", "1 companies"]
    refused = run(commands.demo, "--reset")
    assert refused.exit_code == 1
    assert "1 logins, 1 companies" in refused.output

    references = rows("SELECT count(*) FROM country")
    with transaction():
        demo.wipe()
    assert demo.is_empty()
    assert not demo.demo_loaded()
    assert rows("SELECT count(*) FROM country") == references != [(0,)]
    assert rows("SELECT count(*) FROM plan_template") == [(3,)], "plans are made from these, whatever else is deleted"
    assert rows("SELECT count(*) FROM person_word") == [(0,)]


def trained() -> None:
    """Forty runs of all kinds: past ones with what came of them, running, coming, full, cancelled, and one at the conference."""
    assert table("SELECT 1, count(*) FROM run")[1] == 40
    assert table("SELECT 1, count(*) FROM run WHERE session_id IS NOT NULL")[1] == 1
    assert table("SELECT 1, count(*) FROM run WHERE done_at IS NOT NULL")[1] == 16
    assert table("SELECT status, count(*) FROM event WHERE kind = 'run' GROUP BY status") == {
        "published": 36,
        "cancelled": 2,
        "draft": 1,
    }
    assert table("SELECT 1, count(*) FROM enrolment WHERE state = 'waitlisted'")[1] >= 8
    assert set(table("SELECT attendance, count(*) FROM enrolment GROUP BY attendance")) >= {"attended", "partial", "no_show"}


def planned() -> None:
    """25 plans in all states, two with distributors, one alliance with its four workstreams; 60 open actions, 8 decisions."""
    assert table("SELECT status, count(*) FROM plan GROUP BY status") == {
        "draft": 2,
        "workshop": 3,
        "final_review": 2,
        "in_signature": 3,
        "active": 12,
        "completed": 2,
        "cancelled": 1,
    }
    assert table("SELECT kind, count(*) FROM plan GROUP BY kind") == {"partner": 22, "distributor": 2, "alliance": 1}
    assert table("SELECT kind, count(*) FROM plan_initiative WHERE kind = 'workstream' GROUP BY kind") == {"workstream": 4}
    assert table("SELECT 1, count(*) FROM plan_action WHERE ended_at IS NULL")[1] == 60
    assert table("SELECT 1, count(*) FROM decision WHERE state NOT IN ('closed', 'withdrawn') AND NOT practice")[1] == 8
    assert table("SELECT 1, count(*) FROM plan WHERE amendment = 'editing'")[1] == 1
    assert set(table("SELECT rag, count(*) FROM plan_review WHERE rag IS NOT NULL GROUP BY rag")) >= {"green", "amber", "red"}


def companies() -> None:
    types = table("SELECT primary_type, count(*) FROM organisation WHERE kind = 'partner' GROUP BY primary_type")
    assert {group: sum(types[t] for t in members) for group, members in TYPE_GROUPS.items()} == {
        "solution_provider_reseller": 1560,
        "isv": 620,
        "si": 410,
        "msp_cloud": 310,
        "training_partner": 40,
        "alliance_oem_hyperscaler": 36,
        "distributor": 24,
    }
    tiers = table("SELECT tier_key, count(*) FROM organisation WHERE kind = 'partner' GROUP BY tier_key")
    assert tiers == {"ready": 2190, "advanced": 610, "premier": 140, None: 60}
    untiered = {
        row[0] for row in rows("SELECT DISTINCT primary_type FROM organisation WHERE tier_key IS NULL AND kind = 'partner'")
    }
    assert untiered == {"distributor", "technology_alliance", "oem", "hyperscaler"}
    regions = table(
        "SELECT c.sub_region_key, count(*) FROM organisation o JOIN country c ON c.code = o.country_code "
        "WHERE o.kind = 'partner' GROUP BY c.sub_region_key"
    )
    assert regions == {
        "dach": 640, "uki": 520, "france": 360, "nordics": 310, "benelux": 290, "cee": 250, "iberia": 240, "italy": 220,
        "meat": 110, "africa": 60,
    }  # fmt: skip
    assert rows("SELECT count(DISTINCT programme_id), count(DISTINCT name) FROM organisation WHERE kind = 'partner'") == [
        (3000, 3000)
    ]
    assert rows("SELECT count(*) FROM email_domain WHERE domain NOT LIKE '%.example'") == [(0,)]


def people() -> None:
    assert rows("SELECT count(*), count(DISTINCT person_id), count(DISTINCT organisation_id) FROM membership") == [
        (9000, 9000, 2500)
    ]
    given = {row[0] for row in rows("SELECT given_name FROM person")}
    family = {row[0] for row in rows("SELECT family_name FROM person")}
    assert {"محمد عبد الرحمن", "Žaneta", "Işıl", "Jürg", "Søren"} <= given
    assert {"O'Brien", "'t Hooft", "Παπαδάκης", "Weiß", "Ødegård"} <= family
    assert max(map(len, family)) > 40
    assert rows("SELECT count(*) FROM person p WHERE NOT EXISTS (SELECT 1 FROM person_word w WHERE w.person_id = p.id)") == [(0,)]


def flagship() -> None:
    assert rows(f"SELECT count(*), count(DISTINCT organisation_id) FROM registration r WHERE {ACTIVE}") == [(1040, 598)]
    here = f"{ACTIVE} AND r.checked_in_at IS NOT NULL"
    assert rows(f"SELECT count(*), count(DISTINCT organisation_id) FROM registration r WHERE {here}") == [(900, 550)]
    sizes = f"SELECT organisation_id, count(*) AS n FROM registration r WHERE {here} GROUP BY organisation_id"
    assert table(f"SELECT n, count(*) FROM ({sizes}) AS s GROUP BY n") == {1: 330, 2: 130, 3: 60, 4: 20, 5: 10}
    of_company = "FROM registration r JOIN organisation o ON o.id = r.organisation_id"
    assert table(f"SELECT o.tier_key, count(DISTINCT o.id) {of_company} WHERE {here} GROUP BY o.tier_key") == {
        "premier": 131,
        "advanced": 240,
        "ready": 139,
        None: 40,
    }
    statuses = "SELECT status, count(*) FROM registration r WHERE r.event_id = (SELECT id FROM event WHERE slug = 'epc-2027')"
    assert table(f"{statuses} GROUP BY status") == {"confirmed": 1040, "cancelled": 62, "waiting": 35}
    waits_for_full_company = """
        SELECT count(*) FROM registration r
        JOIN booking b ON b.id = r.booking_id
        JOIN company_quota q ON q.pool_id = b.waiting_for_id AND q.event_id = r.event_id AND q.organisation_id = r.organisation_id
        JOIN pool p ON p.id = q.pool_id AND p.taken = p.capacity
        JOIN event e ON e.id = r.event_id
        WHERE e.slug = 'epc-2027' AND r.status = 'waiting'"""
    assert rows(waits_for_full_company) == [(35,)]
    assert rows("SELECT p.capacity, p.taken FROM event e JOIN pool p ON p.id = e.pool_id WHERE slug = 'epc-2027'") == [
        (1100, 1040)
    ]
    quotas = "SELECT tier, places FROM tier_quota WHERE event_id = (SELECT id FROM event WHERE slug = 'epc-2027')"
    assert table(quotas) == {"ready": 2, "advanced": 3, "premier": 5, "none": 10}
    assert rows("SELECT count(*) FROM pool WHERE taken > capacity") == [(0,)]
    days = "SELECT min(checked_in_at), max(checked_in_at) FROM registration"
    assert [str(moment)[:10] for moment in rows(days)[0]] == ["2027-05-18", "2027-05-19"]


def other_events() -> None:
    moment = f"'{now():%Y-%m-%d %H:%M:%S}'"
    window = f"registration_opens_at < {moment} AND registration_closes_at > {moment}"
    open_now = f"status = 'published' AND starts_at > {moment} AND {window}"
    found = rows(f"SELECT format, time_zone FROM event WHERE slug <> 'epc-2027' AND {open_now} ORDER BY format")
    assert found == [("hybrid", "Africa/Nairobi"), ("virtual", "Europe/London")]
    waiting_for_the_room = """
        SELECT count(*), p.capacity, p.taken FROM booking b
        JOIN event e ON e.in_person_pool_id = b.waiting_for_id JOIN pool p ON p.id = b.waiting_for_id
        GROUP BY p.capacity, p.taken"""
    assert rows(waiting_for_the_room) == [(6, 40, 40)]
    assert rows("SELECT count(*) FROM outbox_mail WHERE state <> 'sent'") == [(0,)]
    assert rows("SELECT count(*) > 9 FROM outbox_mail") == [(True,)]
    assert rows("SELECT count(*) > 9 FROM audit_entry") == [(True,)]


def logins() -> None:
    found = [user_by_address(email) for email, _label in DEMO_LOGINS]
    assert all(passwords.matches(user, DEMO_PASSWORD) for user in found)
    assert [login.email for login in demo_logins()] == [email for email, _label in DEMO_LOGINS]
    names = []
    for user in found[1:4]:
        assert user is not None
        (company,) = administered_by(user.id, now().date())
        names.append(db.session.get_one(Organisation, company).name)
    assert names == ["Donau Systemhaus GmbH", "Alpen Distribution GmbH", "Accra Cloud Partners Ltd"]
    at = now()
    staff = [role for user in found if user is not None for role in roles_of(user, at)]
    assert staff == [Role.ORGANIZER, *[Role.PARTNER_MANAGER] * 3, Role.TRAINER, Role.AUDITOR, Role.SYSTEM_ADMIN]
    assert rows("SELECT sub_region_key FROM territory") == [("dach",)]
    colleagues = """
        SELECT p.given_name, p.family_name FROM person p JOIN membership m ON m.person_id = p.id
        JOIN organisation o ON o.id = m.organisation_id WHERE o.name = 'Donau Systemhaus GmbH' ORDER BY p.id"""
    assert [" ".join(row) for row in rows(colleagues)] == [
        "Petra Huber",
        "Lukas Maier",
        "Jana Nováková",
        "Ömer Yıldız",
        "Marek Kovář",
    ]
    of_company = "FROM registration r JOIN organisation o ON o.id = r.organisation_id JOIN event e ON e.id = r.event_id"
    assert rows(f"SELECT count(*) {of_company} WHERE o.name = 'Donau Systemhaus GmbH' AND e.kind = 'event'") == [(0,)]
    assert rows(f"SELECT count(*) > 9 {of_company} WHERE o.name = 'Donau Systemhaus GmbH' AND e.kind = 'run'") == [(True,)]


def new_rows_go_on_behind_it() -> None:
    """Ids were given by hand, so sequences have to know."""
    company = factories.organisation("Hinzugekommen GmbH", programme_id="KP-999999X")
    factories.company_admin(company, "neu@hinzugekommen.example")


def test_demo_refuses_production(app: Flask, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(app.config, "PRODUCTION", True)
    for arguments in ([], ["--reset", "--yes"]):
        done = run(commands.demo, *arguments)
        assert done.exit_code == 1
        assert done.output.strip() == "The demo is refused in production: everybody knows its passwords."
    assert demo.is_empty()


def test_demo_keeps_away_from_other_data(run: Run) -> None:
    factories.organisation("Somebody's own company")
    done = run(commands.demo)
    assert done.exit_code == 1
    assert "not empty" in done.output
    refused = run(commands.demo, "--reset")
    assert refused.exit_code == 1
    assert "1 companies" in refused.output
    assert rows("SELECT name FROM organisation") == [("Somebody's own company",)]


def test_a_login_made_before_is_not_wiped_unasked(run: Run) -> None:
    factories.organizer("real.person@karmin.example")
    refused = run(commands.demo, "--reset")
    assert refused.exit_code == 1
    assert "1 logins" in refused.output
    assert rows("SELECT email FROM user_account") == [("real.person@karmin.example",)]
