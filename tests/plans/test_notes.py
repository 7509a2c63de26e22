"""A side's own notes: written and read by its team, in nothing that anybody else reads."""

import re
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from eventapp.accounts.models import Role
from eventapp.audit.models import AuditEntry
from eventapp.core.db import db
from eventapp.mail.models import OutboxMail
from eventapp.plans.models import MemberFunction as F
from eventapp.plans.models import PlanEdit, PlanNote, Side
from eventapp.plans.notes import service
from eventapp.plans.signing.canonical import canonical, content_of
from tests.conftest import NOW
from tests.support import factories, plans
from tests.support.pages import PageClient, fields
from tests.support.plans import Made

CANARY = "zzcanary-note"


def client_of(app: Flask, made: Made, side: Side, function: F = F.OWNER) -> PageClient:
    return PageClient(app, app.response_class, use_cookies=True).sign_in(made.logins[side, function])


@pytest.fixture
def made(app: Flask) -> Made:
    return plans.plan()


def note_of(made: Made, side: Side, text: str = "Ask for more") -> PlanNote:
    found = service.write(made.plan, text, member=made.team[side, F.OWNER], at=NOW)
    factories.commit()
    return found


def bare(page: str, *ids: int) -> str:
    """The page without what differs between any two requests: keys, the request's own number, and the address asked for."""
    for one in ids:
        page = page.replace(f"/notes/{one}", "/notes/1")
    return re.sub(r'(?<=value=")[\w.-]{20,}(?=")|\b[0-9a-f]{12}\b', "", page)


def texts() -> list[str]:
    return list(db.session.scalars(select(PlanNote.text).order_by(PlanNote.id)))


class TestWriting:
    """Everybody of the own team, each of them alike."""

    def test_from_none_to_one_and_back(self, app: Flask, made: Made, clock: Any) -> None:
        path = f"{made.path}notes/"
        sales, sponsor = (client_of(app, made, Side.B, one) for one in (F.SALES, F.EXEC_SPONSOR))
        empty = sales.get(path).text
        assert "No note yet" in empty
        assert made.company.name in empty
        answer = sales.post(f"{path}add", data=fields(sales.get(f"{path}add").text) | {"text": " Ask\r\nfor more \x00"})
        assert (answer.status_code, answer.location) == (302, path)
        assert texts() == ["Ask\nfor more"]
        note = db.session.scalars(select(PlanNote)).one()
        assert (note.side, note.member_id) == (Side.B, made.team[Side.B, F.SALES].id)
        page = sponsor.get(path).text
        assert "for more" in page
        assert made.team[Side.B, F.SALES].name in page
        one = f"{path}{note.id}"
        assert sponsor.post(one, data=fields(sponsor.get(one).text) | {"text": "Ask for less"}).status_code == 302
        page = sales.get(path).text
        assert "Ask for less" in page
        assert made.team[Side.B, F.EXEC_SPONSOR].name in page, "it is by whoever wrote it last"
        sales.post(f"{one}/remove", data=fields(page, f"{note.id}/remove"))
        assert texts() == []

    def test_what_cannot_be_is_refused_and_kept(self, app: Flask, made: Made) -> None:
        path, client = f"{made.path}notes/add", client_of(app, made, Side.A)
        data = fields(client.get(path).text)
        assert "Write something." in client.post(path, data=data | {"text": " \n "}).text
        answer = client.post(path, data=fields(client.get(path).text) | {"text": "x" * 4001})
        assert answer.status_code == 422
        assert "x" * 4001 in answer.text
        hostile = "<script>alert(1)</script> {{ 7*7 }} \u202e 'ž"
        assert client.post(path, data=fields(client.get(path).text) | {"text": hostile}).status_code == 302
        assert "<script>alert" not in client.get(f"{made.path}notes/").text
        assert texts() == [hostile]

    def test_clicking_twice_writes_once(self, app: Flask, made: Made) -> None:
        path, client = f"{made.path}notes/add", client_of(app, made, Side.A)
        data = fields(client.get(path).text) | {"text": "Once"}
        for _ in range(2):
            assert client.post(path, data=data).status_code == 302
        assert texts() == ["Once"]


class TestTwoAtOnce:
    """Nothing that somebody typed is lost."""

    def test_both_texts_are_shown_to_decide(self, app: Flask, made: Made) -> None:
        path = f"{made.path}notes/{note_of(made, Side.B).id}"
        first, second = (client_of(app, made, Side.B, one) for one in (F.OWNER, F.SALES))
        forms = [fields(one.get(path).text) for one in (first, second)]
        assert first.post(path, data=forms[0] | {"text": "Ask for double"}).status_code == 302
        answer = second.post(path, data=forms[1] | {"text": "Ask for half"})
        assert answer.status_code == 409
        assert f"{made.team[Side.B, F.OWNER].name} has written meanwhile" in answer.text
        assert "Ask for double" in answer.text
        again = fields(answer.text)
        assert again["text"] == "Ask for half"
        assert second.post(path, data=again).status_code == 302
        assert texts() == ["Ask for half"]

    def test_what_was_removed_meanwhile_can_be_added_anew(self, app: Flask, made: Made) -> None:
        note = note_of(made, Side.B)
        path, client = f"{made.path}notes/{note.id}", client_of(app, made, Side.B)
        form = fields(client.get(path).text)

        service.remove(made.plan, note.id, base=1, member=made.team[Side.B, F.SALES])
        factories.commit()
        assert client.get(path).status_code == 404
        answer = client.post(path, data=form | {"text": "Kept"})
        assert answer.status_code == 409
        assert "has removed this note" in answer.text
        assert client.post(f"{made.path}notes/add", data=fields(answer.text, "/notes/add")).status_code == 302
        assert texts() == ["Kept"]

    def test_only_what_was_read_is_removed(self, app: Flask, made: Made) -> None:
        note = note_of(made, Side.B)
        client = client_of(app, made, Side.B)
        form = fields(client.get(f"{made.path}notes/").text, f"{note.id}/remove")
        service.change(made.plan, note.id, "Changed", base=1, member=made.team[Side.B, F.SALES], at=NOW)
        factories.commit()
        answer = client.post(f"{made.path}notes/{note.id}/remove", data=form, follow_redirects=True)
        assert "has changed this note" in answer.text
        assert texts() == ["Changed"]


class TestWhoReads:
    """The own team. Not the other side, no auditor, and nobody who has left."""

    def test_neither_the_other_side_nor_auditors(self, app: Flask, made: Made) -> None:
        note = note_of(made, Side.B, CANARY)
        mine = note_of(made, Side.A, "Ours")
        other = client_of(app, made, Side.A)
        assert CANARY not in other.get(f"{made.path}notes/").text
        for method, page, status in (("GET", "", 404), ("POST", "", 409), ("POST", "/remove", 404)):
            answers = []
            for note_id in (note.id, 987654):
                data = fields(other.get(f"{made.path}notes/{mine.id}").text) if method == "POST" else None
                answers.append(other.open(f"{made.path}notes/{note_id}{page}", method=method, data=data))
                assert answers[-1].status_code == status
            assert len({bare(answer.text, note.id, 987654) for answer in answers}) == 1, "foreign is as unknown"
        assert texts() == [CANARY, "Ours"]
        auditor = PageClient(app, app.response_class, use_cookies=True).sign_in(factories.user(None, Role.AUDITOR))
        page = auditor.get(made.path)
        assert page.status_code == 200
        assert "Our notes" not in page.text
        assert [auditor.get(f"{made.path}notes/{end}").status_code for end in ("", "add", str(note.id))] == [403] * 3
        both = factories.user(None, Role.AUDITOR, Role.PARTNER_MANAGER)
        client = PageClient(app, app.response_class, use_cookies=True).sign_in(both)
        assert client.get(f"{made.path}notes/").status_code == 403

    def test_control_without_the_side_the_other_one_reads_them(
        self, app: Flask, made: Made, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        note_of(made, Side.B, CANARY)
        from eventapp.plans.notes import queries as notes  # the module whose guard is switched off here

        monkeypatch.setattr(notes, "notes", lambda plan, _side: [one for side in Side for one in _all(plan, side)])
        assert CANARY in client_of(app, made, Side.A).get(f"{made.path}notes/").text

    def test_who_has_left_reads_them_no_more(self, app: Flask, made: Made) -> None:
        note_of(made, Side.B)
        client = client_of(app, made, Side.B, F.SALES)
        assert client.get(f"{made.path}notes/").status_code == 200
        made.team[Side.B, F.SALES].left_at = NOW
        factories.commit()
        assert client.get(f"{made.path}notes/").status_code == 404


def _all(plan: Any, side: Side) -> list[PlanNote]:
    return list(db.session.scalars(select(PlanNote).where(PlanNote.plan_id == plan.id, PlanNote.side == side)))


def test_no_version_no_history_no_mail_and_no_log_knows_of_them(app: Flask, made: Made) -> None:
    def traces() -> list[int]:
        return [db.session.scalar(select(func.count()).select_from(one)) or 0 for one in (AuditEntry, OutboxMail, PlanEdit)]

    before, revision = traces(), made.plan.revision
    note = note_of(made, Side.A, CANARY)
    service.change(made.plan, note.id, f"{CANARY} again", base=1, member=made.team[Side.A, F.OWNER], at=NOW)
    factories.commit()
    assert CANARY not in canonical(content_of(made.plan))
    assert (traces(), made.plan.revision) == (before, revision)
    note_page = client_of(app, made, Side.A).get(f"{made.path}notes/").text
    assert CANARY in note_page, "the control: it is there to be found"
