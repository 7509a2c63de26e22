"""Who reads reviews, leads them, accepts them: both owners, sponsor, member, other partner, distributor, organizer, auditor."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from eventapp.accounts.models import Role, User
from eventapp.core.db import db
from eventapp.partners.models import MembershipRole, PartnerType
from eventapp.plans.models import MemberFunction as F
from eventapp.plans.models import Review, ReviewState, Side
from tests.support import factories, reviews
from tests.support.pages import PageClient, fields
from tests.support.plans import Made
from tests.support.reviews import NOW, WHEN


def other_partner(_made: Made) -> User:
    return factories.company_admin(factories.organisation())


def distributor(_made: Made) -> User:
    return factories.company_admin(factories.organisation(primary_type=PartnerType.DISTRIBUTOR))


PEOPLE: dict[str, Callable[[Made], User]] = {
    "owner_a": lambda made: made.owner_a,
    "owner_b": lambda made: made.owner_b,
    "sponsor": lambda made: made.logins[Side.B, F.EXEC_SPONSOR],
    "member": lambda made: made.logins[Side.B, F.SALES],
    "colleague": lambda made: factories.seat(made.company, MembershipRole.ADMIN),
    "other_partner": other_partner,
    "distributor": distributor,
    "organizer": lambda _made: factories.organizer(),
    "manager": lambda _made: factories.user(None, Role.PARTNER_MANAGER),
    "auditor": lambda _made: factories.user(None, Role.AUDITOR),
}
OWNERS, TEAM = {"owner_a", "owner_b"}, {"owner_a", "owner_b", "sponsor", "member"}
READING = ("", "reviews/", "reviews.ics", "reviews/{id}", "reviews/{id}/pdf")
LEADING = ("reviews/new", "reviews/{id}/edit", "reviews/{id}/minutes", "reviews/{id}/commitments/add")
BUTTONS = ("freeze", "thaw", "withdraw")


def client_as(app: Flask, user: User) -> PageClient:
    return PageClient(app, app.response_class, use_cookies=True).sign_in(user)


@pytest.fixture
def made(app: Flask, clock: Any) -> Made:
    clock.move_to(NOW)
    return reviews.in_force()[0]


@pytest.mark.parametrize("who", PEOPLE)
def test_on_every_page(app: Flask, made: Made, who: str) -> None:
    one = reviews.frozen(made, reviews.planned(made))
    client = client_as(app, PEOPLE[who](made))
    reads = who in TEAM or who == "auditor"
    for path in READING:
        answer = client.get(made.path + path.format(id=one.id))
        assert answer.status_code == (200 if reads else 404), path
    for path in LEADING:
        answer = client.get(made.path + path.format(id=one.id))
        assert answer.status_code == (200 if who in OWNERS else 403 if reads else 404), path
    token = fields(client.get("/account/").text)["csrf_token"]
    for name in BUTTONS:
        if who not in OWNERS:
            answer = client.post(f"{made.path}reviews/{one.id}/{name}", data={"csrf_token": token})
            assert answer.status_code == (403 if reads else 404), name
    there = db.session.scalars(select(Review).execution_options(populate_existing=True)).one()
    assert (there.state, there.withdrawn_at) == (ReviewState.FROZEN, None)
    page = client.get(f"{made.path}reviews/{one.id}").text
    assert ("Write the minutes" in page) is (who in OWNERS)


@pytest.mark.parametrize("who", PEOPLE)
def test_accepting(app: Flask, made: Made, who: str, clock: Any) -> None:
    one = reviews.held(made, reviews.frozen(made, reviews.planned(made)))
    clock.move_to(WHEN.replace(hour=20))
    client = client_as(app, PEOPLE[who](made))
    page = client.get(f"{made.path}reviews/{one.id}").text
    assert ("Accept for our side" in page) is (who in OWNERS)
    token = fields(client.get("/account/").text)["csrf_token"]
    data = {"csrf_token": token, "version": str(one.version)}
    answer = client.post(f"{made.path}reviews/{one.id}/accept", data=data)
    expected = {"sponsor": 302, "member": 403, "auditor": 403} | dict.fromkeys(OWNERS, 302)
    assert answer.status_code == expected.get(who, 404)
    there = db.session.scalars(select(Review).execution_options(populate_existing=True)).one()
    accepted = {"owner_a": (True, False), "owner_b": (False, True)}.get(who, (False, False))
    assert (there.accepted_a_at is not None, there.accepted_b_at is not None) == accepted


def test_a_review_of_another_plan_is_not_there(app: Flask, made: Made) -> None:
    theirs = reviews.frozen(made, reviews.planned(made))
    mine, _rows = reviews.in_force()
    client = client_as(app, mine.owner_b)
    for path in (*READING[3:], *LEADING[1:]):
        assert client.get(mine.path + path.format(id=theirs.id)).status_code == 404
        assert client.get(mine.path + path.format(id=987_654)).status_code == 404


def test_as_many_queries_with_three_as_with_one(app: Flask, made: Made, count_queries: Any) -> None:
    client, counts = client_as(app, made.owner_b), []
    for n in (1, 2, 3):
        one = reviews.planned(made, n)
        here, found = f"{made.path}reviews/{one.id}", []
        with count_queries() as asked:
            assert client.get(here).status_code == 200
        found.append(len(asked))
        reviews.held(made, reviews.frozen(made, one))
        paths = (f"{made.path}reviews/", here, f"{here}/minutes")
        for path in paths:
            with count_queries() as asked:
                assert client.get(path).status_code == 200
            found.append(len(asked))
        counts.append(found)
    assert counts[0] == counts[1] == counts[2]
    assert max(counts[0]) <= 12
