"""What was kept long enough goes: by kind, in portions, once a day, noted with numbers only."""

import json
import threading
from collections import Counter
from datetime import datetime, timedelta
from typing import Any

import pytest
from click.testing import CliRunner
from flask import Flask
from sqlalchemy import func, select, update

from eventapp.accounts.models import AccountLink, LinkKind, UserSession
from eventapp.audit.models import AuditEntry
from eventapp.audit.service import record
from eventapp.cli import main
from eventapp.core.db import db, reading
from eventapp.core.errors import RuleError
from eventapp.events.models import Event
from eventapp.mail import service as mail
from eventapp.mail.models import MailState, OutboxMail
from eventapp.overview import doctor
from eventapp.partners.models import ImportBatch, ImportKind, ImportRow, ImportState
from eventapp.privacy import jobs, purging
from eventapp.privacy.models import Needs, Purge
from eventapp.privacy.rules import KEPT, KEPT_BY_KIND
from tests.conftest import NOW
from tests.support import factories


def count(model: Any) -> int:
    db.session.rollback()
    found = db.session.scalar(select(func.count()).select_from(model)) or 0
    db.session.rollback()
    return found


def add_needs(people: int = 1) -> Event:
    event, company = factories.event(), factories.organisation(tier_key=None)
    for made in factories.register(event, company, *(factories.attendee() for _n in range(people))):
        values = {"diet": ["vegan"], "allergens": [], "severe_allergy": False, "given_by": "x"}
        db.session.add(Needs(registration_id=made.id, given_at=NOW, purge_on=factories.ENDS.date(), **values))
    factories.commit()
    return event


def test_needs_go_thirty_days_after_the_event_also_when_it_moves(app: Flask) -> None:
    event = add_needs()
    day = factories.ENDS + timedelta(days=30)
    assert purging.purge("needs", day - timedelta(seconds=1)).rows == 0
    event.ends_at = factories.ENDS + timedelta(days=10)
    factories.commit()
    assert purging.purge("needs", day + timedelta(days=9)).rows == 0
    assert db.session.scalars(select(Needs.purge_on)).one() == (day + timedelta(days=10)).date()
    db.session.rollback()
    assert purging.purge("needs", day + timedelta(days=10, seconds=1)).rows == 1
    assert count(Needs) == 0


def test_texts_of_old_mails_go_and_cannot_be_sent_again(app: Flask) -> None:
    for state in (MailState.SENT, MailState.QUEUED, MailState.FAILED):
        mail.queue(kind="x", about="x", to_name="E", to_address="e@x.example", subject="S", text="t", html="h", at=NOW)
        db.session.execute(update(OutboxMail).where(OutboxMail.id == _last()).values(state=state))
    factories.commit()
    assert purging.purge("mail_texts", NOW + timedelta(days=399)).rows == 0
    assert purging.purge("mail_texts", NOW + timedelta(days=401)).rows == 2
    left = db.session.execute(select(OutboxMail.state, OutboxMail.text, OutboxMail.subject).order_by(OutboxMail.id)).all()
    assert [(state.value, text) for state, text, _s in left] == [("sent", ""), ("queued", "t"), ("failed", "")]
    assert {subject for _state, _text, subject in left} == {"S"}
    db.session.rollback()
    with pytest.raises(RuleError):
        mail.send_again(db.session.scalars(select(OutboxMail).where(OutboxMail.state == MailState.SENT)).one(), NOW)
    db.session.rollback()


def _last() -> int:
    return db.session.scalar(select(func.max(OutboxMail.id))) or 0


def test_rows_of_imports_go_with_the_file(app: Flask) -> None:
    for n, made_at in enumerate((NOW, NOW + timedelta(days=60))):
        values: dict[str, Any] = {"headers": [], "mapping": {}, "counts": {"created": 3}, "links": {}}
        batch = ImportBatch(kind=ImportKind.PEOPLE, state=ImportState.APPLIED, file_name="f", content=b"x", **values)
        batch.created_by, batch.created_at = "x", made_at
        db.session.add(batch)
        db.session.flush()
        rows = {"line": 1, "outcome": "create", "cells": ["Eva"], "changes": {}, "warnings": []}
        db.session.add_all(ImportRow(batch_id=batch.id, record=k, **rows) for k in range(3 + n))
    factories.commit()
    assert purging.purge("import_files", NOW + timedelta(days=91)).rows == 3
    assert count(ImportRow) == 4
    assert [len(content) for content in db.session.scalars(select(ImportBatch.content).order_by(ImportBatch.id))] == [0, 1]
    assert db.session.scalars(select(ImportBatch.counts).order_by(ImportBatch.id)).first() == {"created": 3}


def test_links_and_sessions_go(app: Flask) -> None:
    user = factories.user()
    for n, ends in enumerate((NOW, NOW + timedelta(days=5))):
        link = {"kind": LinkKind.SIGN_IN, "address": user.email, "details": {}, "created_at": NOW}
        db.session.add(AccountLink(token_hash=str(n), expires_at=ends, **link))
    for n, ended in enumerate((NOW, None)):
        values = {"methods": "password", "created_at": NOW, "seen_at": NOW}
        db.session.add(UserSession(user_id=user.id, key_hash=str(n), ended_at=ended, **values))
    factories.commit()
    assert purging.purge("account_links", NOW + timedelta(days=31)).rows == 1
    assert purging.purge("sessions", NOW + timedelta(days=5000)).rows == 1, "a session that goes on is none to purge"
    assert (count(AccountLink), count(UserSession)) == (1, 1)


def test_the_log_loses_names_and_keeps_its_chain(app: Flask) -> None:
    for n in range(3):
        at = NOW + timedelta(days=n * 100)
        values = {"object_type": "person", "object_id": 1, "object_name": "Eva Huber", "changes": {"name": ["a", "b"]}}
        record("person.change", by=factories.TESTS, at=at, **values)
        factories.commit()
    before = count(AuditEntry)
    done = purging.purge("audit", NOW + timedelta(days=3650 + 150))
    assert done.rows == 2
    entries = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "person.change").order_by(AuditEntry.id)).all()
    assert [(e.actor, e.object_name) for e in entries] == [("purged", ""), ("purged", ""), ("tests", "Eva Huber")]
    db.session.rollback()
    assert count(AuditEntry) == before + 1, "one entry tells how many were emptied; none is gone"
    assert purging.purge("audit", NOW + timedelta(days=3650 + 150)).rows == 0
    with doctor.snapshot():
        assert [(r.check.name, r.details) for r in doctor.examine(NOW) if r.found and r.check.name != "mail"] == []


def test_a_large_purge_goes_in_portions(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(purging, "PORTION", 2)
    add_needs(people=5)
    assert purging.purge("needs", factories.ENDS + timedelta(days=31)).rows == 5
    (note,) = db.session.scalars(select(Purge))
    assert (note.kind, note.rows) == ("needs", 5)


def test_the_worker_purges_each_kind_once_a_day(app: Flask, clock: Any) -> None:
    add_needs()
    clock.move_to(factories.ENDS + timedelta(days=31))
    jobs.purge_due()
    jobs.purge_due()
    notes = db.session.scalars(select(Purge)).all()
    assert Counter(note.kind for note in notes) == Counter(list(KEPT_BY_KIND))
    assert {note.kind: note.rows for note in notes}["needs"] == 1
    db.session.rollback()
    clock.shift(timedelta(days=1))
    jobs.purge_due()
    assert count(Purge) == 2 * len(KEPT)


def test_two_purges_at_once_count_each_row_once(app: Flask) -> None:
    add_needs(people=12)
    at, found, wait = factories.ENDS + timedelta(days=31), [], threading.Barrier(2)

    def work() -> None:
        with app.app_context():
            wait.wait()
            found.append(purging.purge("needs", at).rows)

    threads = [threading.Thread(target=work) for _n in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(found) == 12
    assert sum(db.session.scalars(select(Purge.rows))) == 12


def test_the_command_says_first_and_does_then(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    late = factories.ENDS + timedelta(days=31)
    add_needs()
    with reading():
        found = {done.kind: done.rows for done in purging.preview(late)}
        db.session.rollback()
    assert found == {**dict.fromkeys(KEPT_BY_KIND, 0), "needs": 1}
    assert count(Needs) == 1
    assert "--dry-run" in CliRunner().invoke(main, ["purge", "--help"]).output


def test_bounds_hold_the_default(app: Flask) -> None:
    assert all(kept.least <= kept.days <= kept.most for kept in KEPT)
    assert {kept.kind: kept.days for kept in KEPT} == {
        "needs": 30, "special_answers": 30, "drafts": 14, "mail_texts": 400, "import_files": 90, "account_links": 30,
        "sessions": 90, "audit": 3650,
    }  # fmt: skip
    assert isinstance(NOW, datetime)
    assert json.dumps(list(purging.KINDS)) == json.dumps(list(KEPT_BY_KIND))
