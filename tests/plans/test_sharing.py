"""A shared summary is read by everybody of both organisations, and it is all that they read."""

from typing import Any

import pytest
from flask import Flask

from eventapp.accounts.models import Role, User
from eventapp.core.db import db
from eventapp.partners.models import MembershipRole, Relationship, RelationshipKind
from eventapp.plans.models import Confidentiality, PlanStatus
from eventapp.plans.sharing import queries as sharing
from tests.support import factories, plans
from tests.support.pages import PageClient
from tests.support.plans import Made

SUMMARY = "We grow together in the public sector."
LIST = "/plans/shared"


def client_of(app: Flask, user: User) -> PageClient:
    return PageClient(app, app.response_class, use_cookies=True).sign_in(user)


@pytest.fixture
def made(app: Flask) -> Made:
    made = plans.plan(factories.organisation("Donau GmbH"), title="zzcanary-title")
    made.plan.summary, made.plan.confidentiality = SUMMARY, Confidentiality.BOTH
    factories.commit()
    return made


def test_colleagues_of_both_sides_read_the_summary_and_nothing_else(app: Flask, made: Made, clock: Any) -> None:
    colleague = factories.seat(made.company, MembershipRole.MEMBER)
    staff = [factories.user(None, role) for role in (Role.PARTNER_MANAGER, Role.TRAINER, Role.FINANCE)]
    for user in (colleague, *staff):
        client = client_of(app, user)
        assert "Summaries that are shared" in client.get("/plans/").text
        page = client.get(LIST).text
        assert SUMMARY in page
        assert "Donau GmbH" in page
        for word in ("zzcanary", made.plan.code):
            assert word not in page
            assert word not in client.get("/plans/").text
        for path in ("", "team", "versions/", "sections/strategy", "actions/", "notes/"):
            assert client.get(f"{made.path}{path}").status_code == 404


@pytest.mark.parametrize("who", ["other partner", "distributor", "organizer", "system admin", "catering"])
def test_nobody_else_reads_it(app: Flask, made: Made, who: str) -> None:
    other, supplier = factories.organisation("Isar AG"), factories.organisation("Rhein Distribution")
    supplies = {"from_id": supplier.id, "to_id": made.company.id, "kind": RelationshipKind.SUPPLIES}
    db.session.add(Relationship(**supplies))
    users = {
        "other partner": lambda: factories.company_admin(other),
        "distributor": lambda: factories.company_admin(supplier),
        "organizer": factories.organizer,
        "system admin": lambda: factories.user(None, Role.SYSTEM_ADMIN),
        "catering": lambda: factories.user(None, Role.CATERING),
    }
    client = client_of(app, users[who]())
    for path in (LIST, f"{LIST}?q=Donau", "/plans/"):
        page = client.get(path).text
        assert SUMMARY not in page
        assert "Donau GmbH" not in page.split("<main")[1].replace("?q=Donau", "")
    assert "Nothing is shared" in client.get(LIST).text


def test_only_while_it_is_shared(app: Flask, made: Made) -> None:
    client = client_of(app, factories.seat(made.company, MembershipRole.MEMBER))
    for name, value in (("confidentiality", Confidentiality.TEAM), ("summary", ""), ("status", PlanStatus.CANCELLED)):
        before = getattr(made.plan, name)
        setattr(made.plan, name, value)
        if name == "status":
            made.plan.cancelled_at, made.plan.cancelled_reason = made.plan.created_at, "x"
        factories.commit()
        assert SUMMARY not in client.get(LIST).text
        assert "Summaries that are shared" not in client.get("/plans/").text
        if name != "status":
            setattr(made.plan, name, before)
    assert client.get(LIST).status_code == 200


def test_whoever_acts_for_another_company_reads_that_one_s(app: Flask, made: Made) -> None:
    user = factories.seat(made.company, MembershipRole.MEMBER)
    assert SUMMARY in client_of(app, user).get(LIST).text
    made.plan.side_b_id = factories.organisation("Isar AG").id
    factories.commit()
    assert SUMMARY not in client_of(app, user).get(LIST).text


def test_control_without_the_condition_everybody_reads_it(app: Flask, made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("eventapp.plans.sharing.listing.shared", lambda _viewer: sharing.Plan.summary != "")
    assert SUMMARY in client_of(app, factories.organizer()).get(LIST).text


def test_as_many_queries_for_three_as_for_one(app: Flask, made: Made, count_queries: Any, clock: Any) -> None:
    client, counts = client_of(app, factories.user(None, Role.PARTNER_MANAGER)), []
    for _ in range(2):
        client.get(LIST)
        with count_queries() as found:
            client.get(LIST)
        counts.append(len(found))
        for _n in range(2):
            more = plans.plan()
            more.plan.summary, more.plan.confidentiality = SUMMARY, Confidentiality.BOTH
        factories.commit()
    assert counts[0] == counts[1] <= 12
