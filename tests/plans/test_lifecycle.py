"""What becomes of plans when companies or people are merged, or a person is erased."""

import pytest
from flask import Flask
from sqlalchemy import select

from eventapp.core.db import db, transaction
from eventapp.lifecycle import erasing
from eventapp.lifecycle.merging import companies, people
from eventapp.partners.models import Person
from eventapp.plans import queries
from eventapp.plans.models import MemberFunction as F
from eventapp.plans.models import Plan, PlanMember, PlanStatus, Side
from tests.conftest import NOW
from tests.support import factories, plans
from tests.support.plans import Made


@pytest.fixture
def made(app: Flask) -> Made:
    return plans.plan()


def test_a_merged_company_s_plans_are_suspended_and_come_back(made: Made) -> None:
    kept, organizer = factories.organisation(), factories.organizer()
    over = plans.plan(made.company, whole_teams=False, owner_b=made.owner_b)
    over.plan.status = PlanStatus.COMPLETED
    factories.commit()
    merge = companies.merge(kept, made.company, by=organizer, at=NOW)
    factories.commit()
    rows = db.session.execute(select(Plan.side_b_id, Plan.suspended_at).order_by(Plan.id)).all()
    assert [tuple(row) for row in rows] == [(kept.id, NOW), (kept.id, None)]
    companies.undo(merge, by=organizer, at=NOW)
    factories.commit()
    rows = db.session.execute(select(Plan.side_b_id, Plan.suspended_at, Plan.suspended_reason).order_by(Plan.id)).all()
    assert [tuple(row) for row in rows] == [(made.company.id, None, "")] * 2


def test_merged_people_go_on_in_their_teams(made: Made) -> None:
    sales, sponsor = made.team[Side.B, F.SALES], made.team[Side.B, F.EXEC_SPONSOR]
    organizer = factories.organizer()
    first, second = (db.session.get_one(Person, one.person_id) for one in (sponsor, sales))
    second.user_id = None
    factories.commit()
    merge = people.merge(first, second, by=organizer, at=NOW)
    factories.commit()
    now_in = [(one.function, one.person_id) for one in queries.team(made.plan) if one.side is Side.B]
    assert now_in == [(F.EXEC_SPONSOR, first.id), (F.OWNER, made.team[Side.B, F.OWNER].person_id)]
    people.undo(merge, by=organizer, at=NOW)
    factories.commit()
    db.session.expire_all()
    assert [one.function for one in queries.team(made.plan) if one.side is Side.B] == [F.EXEC_SPONSOR, F.OWNER, F.SALES]


def test_an_erased_person_leaves_the_team_and_keeps_no_name(made: Made) -> None:
    sales = made.team[Side.B, F.SALES]
    with transaction():
        erasing.erase(sales.person_id or 0, by=factories.organizer(), now=NOW)
    db.session.expire_all()
    one = db.session.get_one(PlanMember, sales.id)
    assert (one.name, one.name_salt, one.left_at) == ("Erased person", "", NOW)
