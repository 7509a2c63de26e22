"""A section says who last changed what is signed, not who lived by it."""

from decimal import Decimal
from typing import Any

from flask import Flask
from sqlalchemy import select

from eventapp.core.db import db
from eventapp.plans.content import editing
from eventapp.plans.funds import service as funds
from eventapp.plans.models import FundRequest, FundState, PlanEdit, PlanStatus, Side, TargetAccount
from eventapp.plans.models import MemberFunction as F
from tests.conftest import NOW
from tests.support import factories, plans
from tests.support.factories import AT, TESTS
from tests.support.pages import PageClient


def said(client: PageClient, path: str) -> str:
    """The line about the last change, without tags."""
    page = client.get(path).text
    return page.partition('data-announce="changed">')[2].partition("<")[0]


def test_a_decision_about_a_request_is_no_change_of_signed_words(app: Flask, clock: Any) -> None:
    made = plans.plan()
    section = plans.section(made, "mdf")
    typed = {"activity": "Briefings", "quarter": 1, "amount": Decimal(500), "vendor_percent": 50}
    values = {"standing": plans.standing(made, Side.B), "by": TESTS, "at": AT}
    request: FundRequest = editing.add(made.plan, section, FundRequest, typed, **values)
    made.plan.status, request.state = PlanStatus.ACTIVE, FundState.SUBMITTED
    factories.commit()
    client = PageClient(app, app.response_class, use_cookies=True).sign_in(made.owner_a)
    path = f"{made.path}sections/mdf"
    before = said(client, path)
    assert made.team[Side.B, F.OWNER].name in before
    funds.reject(made.plan, request, "Too late", base=request.version, standing=plans.standing(made), by=TESTS, at=NOW)
    factories.commit()
    assert len(db.session.scalars(select(PlanEdit).where(PlanEdit.kind == "fund_request")).all()) == 2, "it is kept all the same"
    assert said(client, path) == before


def test_the_next_step_with_a_customer_is_none_either(app: Flask, clock: Any) -> None:
    made = plans.plan()
    section, values = plans.section(made, "accounts"), {"by": TESTS, "at": AT}
    row = editing.add(made.plan, section, TargetAccount, {"customer": "Stadtwerke"}, standing=plans.standing(made), **values)
    factories.commit()
    client = PageClient(app, app.response_class, use_cookies=True).sign_in(made.owner_a)
    path = f"{made.path}sections/accounts"
    before = said(client, path)
    mine = {"standing": plans.standing(made, Side.B), "by": TESTS, "at": NOW}
    editing.change(made.plan, section, row, {"next_step": 'Say "segment": call'}, base=row.version, **mine)
    factories.commit()
    assert said(client, path) == before
    editing.change(made.plan, section, row, {"segment": "Energy"}, base=row.version, **mine)
    factories.commit()
    assert made.team[Side.B, F.OWNER].name in said(client, path)
