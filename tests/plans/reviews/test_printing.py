"""The one-pager is one page, whatever is on it."""

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from eventapp.core import pdf
from eventapp.plans.models import MemberFunction as F
from eventapp.plans.models import Review, Side
from eventapp.plans.reviews import holding, printing
from tests.plans.test_living import client_of
from tests.support import factories, plans, reviews
from tests.support.factories import TESTS
from tests.support.plans import Made
from tests.support.reviews import NOW, WHEN


@pytest.fixture
def printed(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What was printed."""
    found: list[dict[str, Any]] = []
    typeset = pdf.typeset

    def noted(name: str, data: dict[str, Any]) -> bytes:
        found.append(data)
        return typeset(name, data)

    monkeypatch.setattr(printing, "typeset", noted)
    return found


def full(made: Made, one: Review) -> None:
    for n in range(14):
        who = made.team[Side.B if n % 2 else Side.A, F.SALES].id
        how = {"standing": plans.standing(made), "by": TESTS, "at": WHEN}
        text = f"Commitment {n}: " + "a long promise with many words " * 14
        holding.promise(made.plan, one, text, accountable_id=who, helper_id=None, due_on=WHEN.date() + timedelta(days=n), **how)
    factories.commit()


def test_a_full_review_is_one_page(app: Flask, clock: Any, printed: list[dict[str, Any]]) -> None:
    clock.move_to(NOW)
    company = factories.organisation("Donaudampfschifffahrtsgesellschaft " * 4)
    made = plans.plan(company, title="A title as long as a title may be, " * 4)
    for n in range(10):
        plans.objective(made, f"Objective {n}: " + "words that nobody will ever read again " * 7, weight=10)
    reviews.sign(made)
    one = reviews.frozen(made, reviews.planned(made))
    full(made, one)
    minutes = "\n".join(f"- Item {n} " + "was talked about at length " * 9 for n in range(30))
    reviews.accepted(made, reviews.held(made, one, minutes=minutes, next_on=WHEN.date() + timedelta(days=90)))
    answer = client_of(app, made, Side.B, F.SALES).get(f"{made.path}reviews/{one.id}/pdf")
    assert answer.status_code == 200
    assert answer.data.startswith(b"%PDF")
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{made.plan.code}_review_Q1.pdf"'
    [data] = printed
    assert len(pdf.pictures("review.typ", data)) == 1
    assert (len(data["lines"]), len(data["commitments"]), data["more"]) == (10, 10, "and 4 more")
    assert data["minutes"][-1].endswith("…")
    assert sum(map(len, data["minutes"])) <= 710


def test_what_it_says(app: Flask, clock: Any, printed: list[dict[str, Any]]) -> None:
    clock.move_to(NOW)
    made, rows = reviews.in_force()
    reviews.reached(made, rows[0], "70")
    reviews.reached(made, rows[1], "120")
    one = reviews.frozen(made, reviews.planned(made))
    client = client_of(app, made, Side.A)
    assert client.get(f"{made.path}reviews/{one.id}/pdf").status_code == 200
    [data] = printed
    assert (data["score"], data["rag"], data["word"]) == ("90", "amber", "At risk")
    assert [(line["attainment"], line["word"]) for line in data["lines"]] == [("70 %", "Behind"), ("120 %", "On track")]
    assert [row["text"] for row in data["acceptance"]] == ["not accepted yet"] * 2
    assert made.plan.code == data["code"]
    assert made.plan.title not in str(data), "it may be another one by the time both sides have accepted"
    reviews.accepted(made, reviews.held(made, one), Side.A)
    client.get(f"{made.path}reviews/{one.id}/pdf")
    assert [row["text"].split(",")[0] for row in printed[1]["acceptance"]] == [
        f"accepted by {made.team[Side.A, F.OWNER].name}",
        "not accepted yet",
    ]
    assert printed[1]["minutes"] == ["All well."]


def test_before_the_numbers_are_frozen_there_is_none(app: Flask, clock: Any) -> None:
    clock.move_to(NOW)
    made, _rows = reviews.in_force()
    one = reviews.planned(made)
    assert client_of(app, made, Side.A).get(f"{made.path}reviews/{one.id}/pdf").status_code == 409
