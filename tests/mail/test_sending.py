"""The worker's side, against real mail servers."""

import os
import shutil
import signal
import smtplib
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select, text, update

from eventapp.core import jobs
from eventapp.core.db import db, rollback, transaction
from eventapp.mail import sender, service
from eventapp.mail.models import MailState, OutboxMail
from eventapp.mail.sender import BACK_OFF, LEASE, claim, drain
from eventapp.mail.transports import SmtpTransport
from eventapp.settings import ROOT
from tests.conftest import BASE_URL
from tests.mail.conftest import Queue
from tests.mail.servers import Inbox, free_port, mail_server, tarpit

Again = Callable[[OutboxMail], OutboxMail]
CALENDAR = (
    "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nMETHOD:REQUEST\r\nBEGIN:VEVENT\r\nSUMMARY:Łódź & Co\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
)


def by(url: str, timeout: float = 5) -> SmtpTransport:
    return SmtpTransport(url, "events.test", timeout=timeout)


def states() -> list[str]:
    found = list(db.session.scalars(select(OutboxMail.state).order_by(OutboxMail.id)))
    db.session.commit()
    return [state.value for state in found]


def test_all_parts_arrive(queue: Queue, again: Again) -> None:
    inbox = Inbox()
    mail = queue(
        to_name="Zoë O'Brien, R&D",
        from_name="Partner Day",
        reply_to="team@karmin.example",
        subject="Bestätigt: R&D Tag in Łódź",
        text="Hello Zoë,\n\nR&D awaits you.\n",
        html="<p>Hello Zoë, R&amp;D awaits you.</p>",
        calendar=CALENDAR,
        calendar_method="REQUEST",
    )
    with mail_server(inbox) as url:
        assert drain(by(url)) == 1
    message = inbox.messages[0]
    assert str(message["From"]) == "Partner Day via eventapp <events@events.test>"
    assert message["To"].addresses[0].display_name == "Zoë O'Brien, R&D"
    assert str(message["Reply-To"]) == "Partner Day <team@karmin.example>"
    assert message["Subject"] == "Bestätigt: R&D Tag in Łódź"
    assert message["Message-ID"] == mail.message_id
    assert message["Auto-Submitted"] == "auto-generated"
    assert abs(message["Date"].datetime - datetime.now(UTC)) < timedelta(minutes=1)
    kinds = [part.get_content_type() for part in message.walk()]
    assert kinds == ["multipart/mixed", "multipart/alternative", "text/plain", "text/html", "text/calendar", "text/calendar"]
    plain, html, calendar, attached = [part for part in message.walk() if not part.is_multipart()]
    assert "R&D awaits you." in plain.get_content()
    assert "R&amp;D awaits you." in html.get_content()
    for part in (calendar, attached):
        assert part.get_param("method") == "REQUEST"
        assert part.get_payload(decode=True) == CALENDAR.encode()
    assert attached.get_filename() == "event.ics"
    sent = again(mail)
    assert (sent.state, sent.attempts, sent.error) == (MailState.SENT, 1, "")
    assert sent.sent_at is not None
    assert drain(by("smtp://127.0.0.1:1")) == 0, "nothing is left"


def test_one_of_five_refused(queue: Queue, again: Again) -> None:
    inbox = Inbox()
    inbox.refuse = {"gone@partner.example": "550 5.1.1 no such user", "full@partner.example": "452 mailbox full"}
    mails = [queue(f"{name}@partner.example") for name in ("a", "b", "gone", "c", "full", "d")]
    with mail_server(inbox) as url:
        assert drain(by(url)) == 4
    assert [r for [r] in inbox.recipients] == [f"{name}@partner.example" for name in "abcd"]
    assert inbox.connections == 1
    assert states() == ["sent", "sent", "failed", "sent", "queued", "sent"]
    gone, full = again(mails[2]), again(mails[4])
    assert gone.error == "The mail server refused the recipient (550 5.1.1 no such user)"
    assert full.error == "The mail server refused the recipient (452 mailbox full)"
    assert full.run_after > datetime.now(UTC) + timedelta(seconds=50)


def test_server_down_then_up(queue: Queue) -> None:
    mails = [queue(f"p{n}@partner.example") for n in range(30)]
    port = free_port()
    assert drain(by(f"smtp://127.0.0.1:{port}")) == 0
    db.session.rollback()
    rows = list(db.session.query(OutboxMail).order_by(OutboxMail.id).populate_existing())
    assert {row.state for row in rows} == {MailState.QUEUED}
    assert [row.attempts for row in rows] == [1] + [0] * 29, "only what was tried counts as a try"
    assert rows[0].error.startswith(f"The mail server at 127.0.0.1:{port} refused the connection (")
    assert "Errno" in rows[0].error, "the original is kept"
    assert [row.held_up for row in rows] == [True] * 20 + [False] * 10, "those of the batch; the rest was not tried"
    inbox = Inbox()
    with mail_server(inbox, port) as url, time_machine.travel(datetime.now(UTC) + BACK_OFF[0] + timedelta(seconds=5)):
        assert drain(by(url)) == 30
    assert {m["Message-ID"] for m in inbox.messages} == {m.message_id for m in mails}
    assert inbox.connections == 1


def test_tarpit_gives_up_in_time(queue: Queue, again: Again) -> None:
    mail = queue()
    with tarpit() as url:
        started = datetime.now(UTC)
        assert drain(by(url, timeout=0.3)) == 0
        assert datetime.now(UTC) - started < timedelta(seconds=3)
    late = again(mail)
    assert (late.state, late.attempts) == (MailState.QUEUED, 1)
    assert late.error.startswith(f"The mail server at {url.removeprefix('smtp://')} did not answer in time (")
    assert "timed out" in late.error


def test_says_that_the_name_is_not_known_and_that_the_login_is_refused(queue: Queue, again: Again) -> None:
    mail = queue()
    assert drain(by("smtp://mail.partner.invalid")) == 0
    assert again(mail).error.startswith("The name of the mail server, mail.partner.invalid, is not known (")
    error = smtplib.SMTPAuthenticationError(535, b"5.7.8 no")
    said = by("smtp://robot:hunter2@mail.test")._why_down(error)
    assert said == "The mail server at mail.test:587 refused the login (535 5.7.8 no)"


def ready(app: Flask) -> tuple[int, dict[str, object]]:
    with app.app_context():
        answer = app.test_client().get("/readyz")
        return answer.status_code, answer.json


def test_readiness_tells_of_a_dead_mail_server_and_turns_nobody_away(app: Flask, queue: Queue) -> None:
    first, port = datetime.now(UTC), free_port()
    for n in range(3):
        queue(f"p{n}@partner.example")
    assert drain(by(f"smtp://127.0.0.1:{port}")) == 0
    for minutes in (2, 8):
        with time_machine.travel(first + timedelta(minutes=minutes)):
            assert drain(by(f"smtp://127.0.0.1:{port}")) == 0
    with time_machine.travel(first + timedelta(minutes=16)):
        status, said = ready(app)
        assert (status, said["mail"], said["status"]) == (200, False, "mail does not flow")
    with mail_server(Inbox(), port) as url, time_machine.travel(first + timedelta(minutes=30)):
        assert drain(by(url)) == 3
        assert ready(app)[1]["mail"] is True


def test_readiness_tells_of_a_worker_that_is_gone(app: Flask, queue: Queue) -> None:
    queue()
    assert ready(app)[1]["mail"] is True
    with time_machine.travel(datetime.now(UTC) + timedelta(minutes=16)):
        assert ready(app)[1]["mail"] is False


def test_a_refused_recipient_does_not_make_mail_unready(app: Flask, queue: Queue, again: Again) -> None:
    inbox = Inbox()
    inbox.refuse = {"gone@partner.example": "550 no", "full@partner.example": "452 full"}
    gone, full = queue("gone@partner.example"), queue("full@partner.example")
    first = datetime.now(UTC)
    with mail_server(inbox) as url:
        for minutes in (0, 2, 8):
            with time_machine.travel(first + timedelta(minutes=minutes)):
                drain(by(url))
    assert [again(mail).state for mail in (gone, full)] == [MailState.FAILED, MailState.QUEUED]
    with time_machine.travel(first + timedelta(minutes=20)):
        assert ready(app)[1]["mail"] is True


def test_backs_off_and_fails_after_ten_tries(queue: Queue, again: Again) -> None:
    mail = queue()
    at, waits = datetime.now(UTC), []
    for _n in range(10):
        with time_machine.travel(at, tick=False):
            [row] = claim(at)
            sender.put_off(row, "451 try later", at, final=False)
        waits.append((again(mail).run_after - at).total_seconds() / 60)
        at = again(mail).run_after
    assert waits == [1, 5, 15, 60, 360, 360, 360, 360, 360, 360]
    assert again(mail).state is MailState.FAILED
    assert claim(at + timedelta(days=1)) == []


@pytest.mark.parametrize(
    ("address", "recipient"),
    [
        ("petra@bücher.example", "petra@xn--bcher-kva.example"),
        ("petra@例え.example", "petra@xn--r8jz45g.example"),
        ("jörg@partner.example", "jörg@partner.example"),
    ],
)
def test_addresses_of_the_world(queue: Queue, address: str, recipient: str) -> None:
    inbox = Inbox()
    queue(address)
    with mail_server(inbox) as url:
        assert drain(by(url)) == 1
    assert inbox.recipients == [[recipient]]


def test_a_hopeless_address_stops_nothing(queue: Queue, again: Again) -> None:
    broken = queue("x@" + "a" * 70 + "ü.example")
    queue()
    inbox = Inbox()
    with mail_server(inbox) as url:
        assert drain(by(url)) == 1
    assert again(broken).state is MailState.FAILED
    assert "cannot be written" in again(broken).error


@pytest.mark.parametrize(
    "name", ["Eve\r\nBcc: all@partner.example", "Eve\n\n<p>body", "a\x00b\x1bc", "“Ein Name”" * 30, '"', "=?utf-8?q?x?="]
)
def test_names_neither_forge_nor_stop(queue: Queue, name: str) -> None:
    inbox = Inbox()
    queue(to_name=name, from_name=name, subject=f"For {name}", reply_to="a@b.example\r\nX-Evil: 1")
    with mail_server(inbox) as url:
        drain(by(url))
    [message] = inbox.messages
    assert message["Bcc"] is None
    assert message["X-Evil"] is None
    assert inbox.recipients == [["petra@partner.example"]]
    body = message.get_body(("plain",))
    assert body is not None
    assert body.get_content().strip() == "You are in."


def test_refused_for_its_content(queue: Queue, again: Again) -> None:
    inbox = Inbox()
    inbox.answers = ["554 looks like spam", "250 OK", "451 later"]
    mails = [queue(f"p{n}@partner.example") for n in range(3)]
    with mail_server(inbox) as url:
        assert drain(by(url)) == 1
    assert [again(m).state.value for m in mails] == ["failed", "sent", "queued"]


def test_without_a_server_mails_are_files(queue: Queue, again: Again, app: Flask) -> None:
    mail = queue()
    folder = app.config["SETTINGS"].instance / "mail"
    shutil.rmtree(folder, ignore_errors=True)
    assert drain() == 1
    [path] = folder.iterdir()
    assert path.name.endswith(f"-{mail.id}.eml")
    assert mail.message_id.encode() in path.read_bytes()
    assert again(mail).state is MailState.SENT


def test_two_workers_share_the_work(queue: Queue, app: Flask) -> None:
    for n in range(30):
        queue(f"p{n}@partner.example")
    at = datetime.now(UTC)
    first, second, third = claim(at), claim(at), claim(at)
    assert len(first) == 20
    assert len(second) == 10
    assert third == []
    assert not {m.id for m in first} & {m.id for m in second}
    assert [m.attempts for m in first] == [1] * 20


def test_no_more_than_a_batch_whatever_way_the_database_finds_them(queue: Queue, app: Flask) -> None:
    """Postgres may work out again, for each mail, which are due: those that are locked by then make room for others."""
    for n in range(30):
        queue(f"p{n}@partner.example")
    if db.engine.dialect.name == "postgresql":
        for way in ("hashjoin", "mergejoin", "hashagg", "sort", "material", "memoize"):
            db.session.execute(text(f"ALTER DATABASE {db.engine.url.database} SET enable_{way} = off"))
        db.session.commit()
        db.engine.dispose()
    try:
        assert len(claim(datetime.now(UTC))) == 20
    finally:
        if db.engine.dialect.name == "postgresql":
            db.session.rollback()
            db.session.execute(text(f"ALTER DATABASE {db.engine.url.database} RESET ALL"))
            db.session.commit()
            db.engine.dispose()


def test_a_late_worker_does_not_undo_the_next(queue: Queue, again: Again) -> None:
    mail = queue()
    at = datetime.now(UTC)
    [late] = claim(at)
    attempts = late.attempts
    [_next] = claim(at + LEASE)
    late = OutboxMail(id=mail.id, attempts=attempts)
    sender.put_off(late, "too late", at, final=True)
    sender.release([late], at)
    assert (again(mail).state, again(mail).attempts) == (MailState.SENDING, 2)
    sender.record_sent(late, at)
    assert again(mail).state is MailState.SENT, "what went out, went out"


def test_a_batch_ends_with_its_lease(queue: Queue, again: Again, app: Flask) -> None:
    mails = [queue(f"p{n}@partner.example") for n in range(3)]
    at = datetime.now(UTC)
    batch = claim(at)
    with time_machine.travel(at + LEASE - timedelta(seconds=30), tick=False):
        assert sender._send_batch(batch, by("smtp://127.0.0.1:1"), app.config["SETTINGS"]) == (0, True)
    assert {(again(m).state, again(m).attempts) for m in mails} == {(MailState.QUEUED, 0)}


def test_the_commit_wakes_the_worker_and_a_rollback_does_not(queue: Queue, app: Flask) -> None:
    jobs.run_waiting()
    for n in range(3):
        queue(f"p{n}@partner.example")
    assert states() == ["queued"] * 3
    assert jobs.run_waiting() == 3
    assert states() == ["sent"] * 3
    service.poke_after_commit()
    rollback()
    with transaction():
        pass
    assert jobs.run_waiting() == 0


def test_one_poke_for_a_transaction(app: Flask) -> None:
    jobs.run_waiting()
    with transaction():
        for n in range(5):
            service.queue(
                kind="t", about="", to_name="", to_address=f"p{n}@x.example", subject="", text="", html="", at=datetime.now(UTC)
            )
    assert jobs.run_waiting() == 1


def test_killed_between_claim_and_send(queue: Queue, app: Flask, backend: Any, tmp_path: Path) -> None:
    mails = [queue(f"p{n}@partner.example") for n in range(5)]
    db.session.remove()
    inbox = Inbox()
    inbox.block_at = 2
    with mail_server(inbox) as url:
        process = start_worker(backend.url, tmp_path, url)
        try:
            assert inbox.blocked.wait(30), "the worker did not begin"
        finally:
            process.send_signal(signal.SIGKILL)
            process.wait()
        inbox.block_at = None
        assert states() == ["sent", "sent", "sending", "sending", "sending"]
        assert drain(by(url)) == 0, "the lease holds"
        with transaction():
            db.session.execute(
                update(OutboxMail).where(OutboxMail.state == MailState.SENDING).values(run_after=datetime.now(UTC))
            )
        assert drain(by(url)) == 3
    assert states() == ["sent"] * 5
    ids = [message["Message-ID"] for message in inbox.messages]
    assert set(ids) == {mail.message_id for mail in mails}
    assert len(ids) <= 6


def start_worker(database_url: str, folder: Path, mail_url: str) -> subprocess.Popen[bytes]:
    """A worker process of its own, as `eventapp serve` starts one."""
    environ = {
        **{k: v for k, v in os.environ.items() if not k.startswith("EVENTAPP_")},
        "EVENTAPP_DATABASE_URL": database_url,
        "EVENTAPP_INSTANCE": str(folder),
        "EVENTAPP_MAIL_URL": mail_url,
        "EVENTAPP_BASE_URL": BASE_URL,
    }
    command = [sys.executable, "-m", "eventapp.cli", "worker"]
    return subprocess.Popen(command, env=environ, cwd=ROOT, stderr=subprocess.DEVNULL)
