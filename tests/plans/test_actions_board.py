"""The board of actions, what is one's own and what is late, files that show that something is done, and all of one's plans."""

import io
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from eventapp.accounts.models import Role
from eventapp.audit.models import AuditEntry
from eventapp.core.db import db
from eventapp.core.errors import RuleError, StaleError
from eventapp.plans.actions import service
from eventapp.plans.files import service as keeping
from eventapp.plans.models import ActionStatus, PlanAction, PlanFile, PlanStatus, Side
from eventapp.plans.models import MemberFunction as F
from tests.conftest import NOW
from tests.support import factories, plans
from tests.support.factories import TESTS
from tests.support.pages import PageClient, fields
from tests.support.plans import Made

TODAY = NOW.date()
PDF = b"%PDF-1.7 told"


def client_of(app: Flask, made: Made, side: Side, function: F = F.OWNER) -> PageClient:
    return PageClient(app, app.response_class, use_cookies=True).sign_in(made.logins[side, function])


@pytest.fixture
def made(app: Flask) -> Made:
    return plans.plan()


def action(made: Made, text: str = "Book the rooms", *, who: F = F.OWNER, side: Side = Side.B, days: int = 30) -> PlanAction:
    values = {"standing": plans.standing(made), "by": TESTS, "at": NOW}
    found = service.add(
        made.plan,
        text,
        accountable_id=made.team[side, who].id,
        helper_id=None,
        due_on=TODAY + timedelta(days=days),
        **values,  # type: ignore[arg-type]
    )
    factories.commit()
    return found


def column(page: str, status: str) -> str:
    return page.split(f'data-column="{status}"')[1].split("</section>", maxsplit=1)[0]


class TestBoard:
    """Columns by status; a button for each step that there is, for whoever may take it."""

    def test_a_card_moves_by_its_buttons(self, app: Flask, made: Made, clock: Any) -> None:
        one = action(made)
        client, board = client_of(app, made, Side.B), f"{made.path}actions/?show=board"
        page = client.get(board).text
        assert "Book the rooms" in column(page, "open")
        form = fields(page, f"{one.id}/move")
        answer = client.post(f"{made.path}actions/{one.id}/move", data=form | {"status": "in_progress"})
        assert (answer.status_code, answer.location) == (302, board)
        page = client.get(board).text
        assert "Book the rooms" in column(page, "in_progress")
        client.post(f"{made.path}actions/{one.id}/move", data=fields(page, f"{one.id}/move") | {"status": "done"})
        db.session.refresh(one)
        assert (one.status, one.started_at is None, one.ended_at is None) == (ActionStatus.DONE, False, False)
        assert "Book the rooms" in column(client.get(board).text, "done")

    def test_what_blocks_it_is_said_on_its_page(self, app: Flask, made: Made) -> None:
        one = action(made)
        client = client_of(app, made, Side.B)
        page = client.get(f"{made.path}actions/?show=board").text
        path = f"{made.path}actions/{one.id}?status=blocked"
        assert f'href="{path}"' in page
        form = fields(client.get(path).text)
        assert form["status"] == "blocked"
        assert client.post(path, data=form).status_code == 422
        answer = client.post(path, data=fields(client.get(path).text) | {"blocked_by": "No budget"})
        assert answer.status_code == 302
        assert "No budget" in column(client.get(f"{made.path}actions/?show=board").text, "blocked")

    def test_no_step_that_is_none_and_none_twice(self, app: Flask, made: Made) -> None:
        one = action(made)
        client, path = client_of(app, made, Side.B), f"{made.path}actions/{one.id}/move"
        board = client.get(f"{made.path}actions/?show=board").text
        for status in ("", "gone", "blocked", "x" * 400):
            data = fields(client.get(f"{made.path}actions/?show=board").text, "/move") | {"status": status}
            assert client.post(path, data=data).status_code == 302
        stale = fields(board, "/move")
        service.move(made.plan, one, ActionStatus.DONE, base=1, standing=plans.standing(made), by=TESTS, at=NOW)
        factories.commit()
        answer = client.post(path, data=stale | {"status": "dropped"}, follow_redirects=True)
        assert "cannot go from there" in answer.text or "has changed the same here" in answer.text
        db.session.refresh(one)
        assert one.status is ActionStatus.DONE
        with pytest.raises((RuleError, StaleError)):
            service.move(made.plan, one, ActionStatus.IN_PROGRESS, base=1, standing=plans.standing(made), by=TESTS, at=NOW)

    def test_moved_by_one_and_written_by_another_at_once(self, made: Made) -> None:
        one = action(made)
        standing = plans.standing(made)
        typed = {
            name: getattr(one, name) for name in ("accountable_id", "helper_id", "due_on", "status", "blocked_by", "evidence")
        }
        service.change(made.plan, one, typed | {"text": "Book two rooms"}, base=1, standing=standing, by=TESTS, at=NOW)
        service.move(made.plan, one, ActionStatus.IN_PROGRESS, base=1, standing=standing, by=TESTS, at=NOW)
        assert (one.text, one.status) == ("Book two rooms", ActionStatus.IN_PROGRESS)

    def test_others_read_it_without_buttons(self, app: Flask, made: Made) -> None:
        one = action(made)
        for user, status in ((made.logins[Side.A, F.SALES], 403), (factories.user(None, Role.AUDITOR), 403)):
            client = PageClient(app, app.response_class, use_cookies=True).sign_in(user)
            page = client.get(f"{made.path}actions/?show=board").text
            assert "Book the rooms" in page
            assert "/move" not in page
            assert "data-card" not in page
            token = {"csrf_token": fields(client.get("/account/").text)["csrf_token"]}
            assert client.post(f"{made.path}actions/{one.id}/move", data=token).status_code == status
        organizer = PageClient(app, app.response_class, use_cookies=True).sign_in(factories.organizer())
        assert organizer.get(f"{made.path}actions/?show=board").status_code == 404

    def test_only_the_latest_of_what_is_over(self, app: Flask, made: Made, count_queries: Any, clock: Any) -> None:
        client, board, counts = client_of(app, made, Side.A), f"{made.path}actions/?show=board", []
        for number in (1, 11):
            for n in range(number):
                one = action(made, f"Done {number} {n}")
                one.status, one.ended_at = ActionStatus.DONE, NOW + timedelta(minutes=one.number)
                factories.commit()
            client.get(board)
            with count_queries() as found:
                page = client.get(board).text
            counts.append(len(found))
        assert column(page, "done").count("plan-card-text") == 10
        assert "Show all" in column(page, "done")
        assert "Done 1 0" not in page
        assert counts[0] == counts[1] <= 12


class TestWhose:
    """All, one's own, and what is late, as a list and as a board."""

    def test_mine_and_overdue(self, app: Flask, made: Made, clock: Any) -> None:
        action(made, "Mine and late", days=-1)
        action(made, "Mine alone")
        action(made, "Theirs and late", side=Side.A, days=-1)
        client = client_of(app, made, Side.B)
        for show in ("open", "board"):
            shown = {
                only: {text for text in ("Mine and late", "Mine alone", "Theirs and late") if text in page}
                for only in ("", "mine", "overdue", "else")
                if (page := client.get(f"{made.path}actions/?show={show}&only={only}").text)
            }
            assert shown == {
                "": {"Mine and late", "Mine alone", "Theirs and late"},
                "mine": {"Mine and late", "Mine alone"},
                "overdue": {"Mine and late", "Theirs and late"},
                "else": {"Mine and late", "Mine alone", "Theirs and late"},
            }
        sales = client_of(app, made, Side.B, F.SALES)
        assert "You are accountable for none" in sales.get(f"{made.path}actions/?only=mine").text
        auditor = PageClient(app, app.response_class, use_cookies=True).sign_in(factories.user(None, Role.AUDITOR))
        assert "Mine</a>" not in auditor.get(f"{made.path}actions/").text

    def test_over_all_plans_and_of_nobody_else(self, app: Flask, made: Made, count_queries: Any, clock: Any) -> None:
        second = plans.plan(made.company, owner_a=made.owner_a, owner_b=made.owner_b, title="Second plan")
        foreign = plans.plan()
        over = plans.plan(made.company, owner_b=made.owner_b)
        client = client_of(app, made, Side.B)
        assert "Nothing to do" in client.get("/plans/actions").text
        action(made, "First", days=5)
        action(second, "Second", days=-2)
        for one in (action(foreign, "Foreign"), action(over, "Over"), action(made, "Colleague", who=F.SALES)):
            assert one.id
        over.plan.status = PlanStatus.COMPLETED
        helped = action(made, "Helped", side=Side.A)
        helped.helper_id = made.team[Side.B, F.OWNER].id
        factories.commit()
        page = client.get("/plans/actions").text.split("<main")[1]
        assert page.index("Second") < page.index("First") < page.index("Helped")
        assert "you help" in page
        for text in ("Foreign", "Over<", "Colleague"):
            assert text not in page
        late = client.get("/plans/actions?due=overdue").text
        assert "Second" in late
        assert "First" not in late
        assert "First" in client.get("/plans/actions?q=FIRST").text
        assert "First" not in client.get("/plans/actions?q=%25").text
        with count_queries() as found:
            client.get("/plans/actions")
        assert len(found) <= 12
        for user in (factories.user(None, Role.AUDITOR), factories.organizer(), foreign.owner_b):
            other = PageClient(app, app.response_class, use_cookies=True).sign_in(user)
            assert "First" not in other.get("/plans/actions").text


class TestEvidence:
    """Files, read by both sides, kept and removed by whoever may change the action; only ever saved."""

    def send(self, client: PageClient, path: str, name: str = "photo.pdf", content: bytes = PDF) -> Any:
        data = fields(client.get(path).text, None) | {"file": (io.BytesIO(content), name)}
        return client.post(path, data=data, content_type="multipart/form-data")

    def test_one_side_adds_it_and_the_other_saves_it(self, app: Flask, made: Made, clock: Any) -> None:
        path = f"{made.path}actions/{action(made).id}/evidence"
        client = client_of(app, made, Side.B)
        assert self.send(client, path, "Fotos \u202e<b>.pdf").status_code == 302
        kept = db.session.scalars(select(PlanFile)).one()
        saved = f"{made.path}files/{kept.key}"
        other = client_of(app, made, Side.A, F.SALES)
        assert f"/files/{kept.key}" in other.get(f"{made.path}actions/").text
        answer = other.get(f"{made.path}files/{kept.key}")
        assert (answer.data, answer.content_type) == (PDF, "application/octet-stream")
        assert answer.headers["Content-Disposition"].startswith("attachment")
        assert answer.headers["Cache-Control"] == "private, no-store"
        assert "sandbox" in answer.headers["Content-Security-Policy"]
        entries = db.session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc()).limit(1)).all()
        assert [(one.action, one.changes, one.object_name) for one in entries] == [
            ("plans.add_file", {"side": "b"}, made.plan.code)
        ]
        client.post(f"{path}/{kept.key}/remove", data=fields(client.get(path).text, "/remove"))
        assert db.session.scalars(select(PlanFile.id)).all() == []
        assert other.get(saved).status_code == 404

    @pytest.mark.parametrize(
        ("name", "content"),
        [("a.html", b"<html>"), ("a.pdf", b"<html>"), ("a.svg", b"<svg/>"), ("a.pdf", b""), ("a.pdf", PDF + b"x" * 900_000)],
    )
    def test_what_is_not_taken(self, app: Flask, made: Made, name: str, content: bytes) -> None:
        path = f"{made.path}actions/{action(made).id}/evidence"
        assert self.send(client_of(app, made, Side.B), path, name, content).status_code == 422
        assert db.session.scalars(select(PlanFile.id)).all() == []

    def test_a_receipt_from_a_phone_is_taken(self, app: Flask, made: Made) -> None:
        path = f"{made.path}actions/{action(made).id}/evidence"
        assert self.send(client_of(app, made, Side.B), path, "IMG 1.JPG", b"\xff\xd8\xff\xe0 jpeg").status_code == 302

    def test_nobody_else(self, app: Flask, made: Made) -> None:
        one, other = action(made), plans.plan()
        member = made.team[Side.B, F.OWNER]
        kept = keeping.keep(made.plan, one, ("a.pdf", PDF), member=member, by=TESTS, at=NOW)
        foreign = action(other)
        private = keeping.keep(made.plan, one, ("b.pdf", PDF), member=member, by=TESTS, at=NOW)
        private.private_to = Side.B
        factories.commit()
        path = f"{made.path}actions/{one.id}/evidence"
        assert client_of(app, made, Side.A, F.SALES).get(path).status_code == 403
        stranger = client_of(app, other, Side.B)
        assert stranger.get(f"{made.path}files/{kept.key}").status_code == 404
        assert stranger.get(f"{other.path}files/{kept.key}").status_code == 404, "of another plan"
        assert client_of(app, made, Side.A).get(f"{made.path}files/{private.key}").status_code == 404
        assert client_of(app, made, Side.B).get(f"{made.path}files/{private.key}").status_code == 200
        client = client_of(app, other, Side.B)
        token = fields(client.get(f"{other.path}actions/{foreign.id}/evidence").text)
        assert client.post(f"{other.path}actions/{foreign.id}/evidence/{kept.key}/remove", data=token).status_code == 404

    def test_so_many_and_no_more_and_none_when_it_is_over(self, made: Made) -> None:
        one, member = action(made), made.team[Side.B, F.OWNER]
        for _ in range(keeping.MOST_FILES):
            keeping.keep(made.plan, one, ("a.pdf", PDF), member=member, by=TESTS, at=NOW)
        with pytest.raises(RuleError, match="10 files are enough"):
            keeping.keep(made.plan, one, ("a.pdf", PDF), member=member, by=TESTS, at=NOW)
        made.plan.status = PlanStatus.COMPLETED
        factories.commit()
        with pytest.raises(RuleError, match="any more"):
            keeping.remove(made.plan, one, db.session.scalars(select(PlanFile)).first(), member=member, by=TESTS, at=NOW)  # type: ignore[arg-type]
