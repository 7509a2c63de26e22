"""Comments on sections: both teams write and read them, anybody of them marks them as done, nothing signed changes."""

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from eventapp.accounts.models import Role
from eventapp.audit.models import AuditEntry
from eventapp.core.db import db
from eventapp.core.errors import RuleError
from eventapp.plans.comments import service
from eventapp.plans.models import MemberFunction as F
from eventapp.plans.models import PlanComment, PlanStatus, Side
from eventapp.plans.signing.canonical import canonical, content_of
from tests.conftest import NOW
from tests.support import factories, plans
from tests.support.factories import TESTS
from tests.support.pages import PageClient, fields
from tests.support.plans import Made


def client_of(app: Flask, made: Made, side: Side, function: F = F.OWNER) -> PageClient:
    return PageClient(app, app.response_class, use_cookies=True).sign_in(made.logins[side, function])


@pytest.fixture
def made(app: Flask) -> Made:
    return plans.plan()


def comment_of(made: Made, text: str = "Is this enough?", key: str = "strategy") -> PlanComment:
    found = service.write(made.plan, plans.section(made, key), text, member=made.team[Side.B, F.EXEC_SPONSOR], by=TESTS, at=NOW)
    factories.commit()
    return found


def test_written_by_one_side_and_marked_as_done_by_the_other(app: Flask, made: Made, clock: Any) -> None:
    page = f"{made.path}sections/strategy"
    sponsor, sales = client_of(app, made, Side.B, F.EXEC_SPONSOR), client_of(app, made, Side.A, F.SALES)
    answer = sponsor.post(f"{page}/comments/add", data=fields(sponsor.get(page).text, "/comments/add") | {"text": "Enough?"})
    assert (answer.status_code, answer.location) == (302, f"{page}#comments")
    shown = sales.get(page).text
    assert "Enough?" in shown
    assert made.team[Side.B, F.EXEC_SPONSOR].name in shown
    assert made.company.name in shown
    assert "1 open comment<" in sales.get(made.path).text
    one = db.session.scalars(select(PlanComment)).one()
    sales.post(f"{page}/comments/{one.id}/done", data=fields(shown, "/done"))
    shown = sales.get(page).text
    assert "Done: 1" in shown
    assert "open comment" not in sales.get(made.path).text
    sponsor.post(f"{page}/comments/{one.id}/open", data=fields(sponsor.get(page).text, f"{one.id}/open"))
    assert db.session.scalars(select(PlanComment.done_at)).one() is None


def test_what_cannot_be_is_refused_and_kept(app: Flask, made: Made) -> None:
    client, path = client_of(app, made, Side.A), f"{made.path}sections/strategy/comments/add"
    assert "Write something." in client.post(path, data=fields(client.get(path).text) | {"text": " \t"}).text
    answer = client.post(path, data=fields(client.get(path).text) | {"text": "x" * 2001})
    assert answer.status_code == 422
    assert "x" * 2001 in answer.text
    hostile = "<script>alert(1)</script> {{ 7*7 }} \u202e"
    data = fields(client.get(path).text) | {"text": hostile}
    assert [client.post(path, data=data).status_code for _ in range(2)] == [302, 302]
    assert db.session.scalars(select(PlanComment.text)).all() == [hostile], "twice is once"
    assert "<script>alert" not in client.get(f"{made.path}sections/strategy").text


def test_nothing_signed_changes_and_the_log_has_no_words(made: Made) -> None:
    before, revision = canonical(content_of(made.plan)), made.plan.revision
    comment_of(made, "zzcanary")
    assert (canonical(content_of(made.plan)), made.plan.revision) == (before, revision)
    entry = db.session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc())).first()
    assert entry is not None
    assert (entry.action, entry.changes, entry.object_name) == ("plans.comment", {"section": "strategy"}, made.plan.code)


def test_a_comment_belongs_to_its_section_and_plan(app: Flask, made: Made) -> None:
    one, other = comment_of(made), comment_of(plans.plan())
    client = client_of(app, made, Side.A)
    token = fields(client.get(f"{made.path}sections/market/comments/add").text)
    for path in (f"market/comments/{one.id}", f"strategy/comments/{other.id}", "strategy/comments/987654"):
        assert client.post(f"{made.path}sections/{path}/done", data=token).status_code == 404
    assert client.post(f"{made.path}sections/strategy/comments/{one.id}/gone", data=token).status_code == 404


def test_auditors_read_only_and_strangers_nothing(app: Flask, made: Made) -> None:
    comment_of(made)
    page = f"{made.path}sections/strategy"
    auditor = PageClient(app, app.response_class, use_cookies=True).sign_in(factories.user(None, Role.AUDITOR))
    shown = auditor.get(page).text
    assert "Is this enough?" in shown
    assert "/comments/" not in shown
    assert auditor.get(f"{page}/comments/add").status_code == 403
    for user in (factories.organizer(), factories.company_admin(factories.organisation())):
        other = PageClient(app, app.response_class, use_cookies=True).sign_in(user)
        assert other.get(f"{page}/comments/add").status_code == 404


def test_a_plan_that_is_over_is_commented_on_no_more(app: Flask, made: Made) -> None:
    one = comment_of(made)
    made.plan.status, made.plan.suspended_at = PlanStatus.ACTIVE, NOW
    comment_of(made, "While it is suspended owners have to talk")
    made.plan.status = PlanStatus.COMPLETED
    factories.commit()
    with pytest.raises(RuleError):
        comment_of(made)
    with pytest.raises(RuleError):
        service.mark(made.plan, one, done=True, at=NOW)
    assert "comments/add" not in client_of(app, made, Side.A).get(f"{made.path}sections/strategy").text


def test_as_many_queries_for_three_comments_as_for_one(app: Flask, made: Made, count_queries: Any, clock: Any) -> None:
    client, page = client_of(app, made, Side.A), f"{made.path}sections/strategy"
    counts = []
    for number in (1, 2):
        for _ in range(number):
            comment_of(made)
        client.get(page)
        with count_queries() as found:
            client.get(page)
        counts.append(len(found))
    assert counts[0] == counts[1] <= 12
