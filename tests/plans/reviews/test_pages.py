"""Reviews on their pages: planned, frozen, held, accepted; by whom, and what is refused."""

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from eventapp.core.db import db
from eventapp.mail.models import OutboxMail
from eventapp.plans.models import MemberFunction as F
from eventapp.plans.models import PlanAction, Review, ReviewState, Side
from tests.plans.test_living import client_of
from tests.support import reviews
from tests.support.pages import fields
from tests.support.plans import Made
from tests.support.reviews import NOW


@pytest.fixture
def made(app: Flask, clock: Any) -> Made:
    clock.move_to(NOW)
    found, rows = reviews.in_force()
    reviews.reached(found, rows[0], "100")
    return found


def only() -> Review:
    return db.session.scalars(select(Review).execution_options(populate_existing=True)).one()


def test_from_planning_to_acceptance(app: Flask, made: Made, clock: Any) -> None:
    a, b = client_of(app, made, Side.A), client_of(app, made, Side.B)
    listing = f"{made.path}reviews/"
    assert "Plan it" in a.get(listing).text
    form = fields(a.get(f"{listing}new").text)
    assert form["quarter"] == "1"
    assert form["planned_at"] == "2027-05-14T10:00"
    answer = a.post(f"{listing}new", data=form | {"place": "Room 4", "time_zone": "Europe/Vienna"})
    assert answer.status_code == 302
    here = answer.location
    page = b.get(here).text
    assert "Room 4" in page
    assert "They freeze on 9 May 2027" in page
    assert b.post(f"{here}/freeze", data=fields(page, "/freeze")).status_code == 302
    page = a.get(here).text
    assert "Not reviewable: 40 of the weight of 100" in page
    data = fields(a.get(f"{here}/commitments/add").text)
    people = {"accountable_id": str(made.team[Side.B, F.SALES].id), "due_on": "2027-06-30"}
    assert a.post(f"{here}/commitments/add", data=data | people | {"text": "Train ten people"}).status_code == 302
    assert db.session.scalars(select(PlanAction)).one().review_id == only().id
    clock.move_to(only().planned_at)
    form = fields(a.get(f"{here}/minutes").text)
    assert form["held_on"] == "2027-05-14"
    assert a.post(f"{here}/minutes", data=form | {"minutes": "We **agreed**."}).status_code == 302
    page = b.get(here).text
    assert "<strong>agreed</strong>" in page
    assert "Train ten people" in page
    assert "Accept for our side" in page
    for client in (a, b):
        assert client.post(f"{here}/accept", data=fields(client.get(here).text, "/accept")).status_code == 302
    assert only().state is ReviewState.ACCEPTED
    assert "Accepted" in a.get(listing).text
    kinds = {one.kind for one in db.session.scalars(select(OutboxMail))}
    assert {"plans.review_planned", "plans.review_held", "plans.review_accepted"} <= kinds
    document = b.get(f"{here}/pdf")
    assert document.data.startswith(b"%PDF")
