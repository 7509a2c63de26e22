"""The organizer's pages about mail."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm.attributes import set_committed_value

from eventapp.audit.models import AuditEntry
from eventapp.core import jobs
from eventapp.core.db import db, transaction
from eventapp.mail import service
from eventapp.mail.models import MailState, OutboxMail
from eventapp.mail.sender import claim, drain
from tests.mail.conftest import Queue
from tests.support import factories
from tests.support.pages import PageClient, fields

Again = Callable[[OutboxMail], OutboxMail]


@pytest.fixture
def organizer(client: PageClient) -> PageClient:
    return client.sign_in(factories.organizer())


def change(mail: OutboxMail, **values: Any) -> None:
    with transaction():
        row = db.session.get_one(OutboxMail, mail.id)
        for name, value in values.items():
            setattr(row, name, value)


def test_empty(organizer: PageClient) -> None:
    assert "No mail yet" in organizer.get("/admin/mail/").text
    assert "No mail matches" in organizer.get("/admin/mail/?state=failed").text


def test_list_search_and_filter(organizer: PageClient, queue: Queue) -> None:
    queue("anna@partner.example", subject="First")
    failed = queue("bert@partner.example", subject="100% sure_thing", to_name="Bert")
    change(failed, state=MailState.FAILED, error="550 no such user")
    page = organizer.get("/admin/mail/").text
    assert "anna@partner.example" in page
    assert "550 no such user" in page
    assert "No mail server is set" in page
    for query, found in {
        "q=ANNA": "anna",
        "q=bert": "bert",
        "q=100%25": "bert",
        "q=sure_": "bert",
        "state=failed": "bert",
    }.items():
        page = organizer.get(f"/admin/mail/?{query}").text
        assert f"{found}@partner.example" in page, query
        assert ("bert" if found == "anna" else "anna") + "@partner.example" not in page, query
    assert "No mail matches" in organizer.get("/admin/mail/?q=_nna").text


def test_pages_by_key(organizer: PageClient, queue: Queue) -> None:
    for n in range(60):
        queue(f"p{n:02}@partner.example")
    first = organizer.get("/admin/mail/").text
    assert "p59@" in first
    assert "p09@" not in first
    next_url = first.partition('rel="next" href="')[2].partition('"')[0].replace("&amp;", "&")
    second = organizer.get(next_url).text
    assert "p09@" in second
    assert "p10@" not in second


def test_shows_text_calendar_and_state(organizer: PageClient, queue: Queue) -> None:
    mail = queue(text="Hello <b>R&D</b>\n", calendar="BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n", calendar_method="REQUEST")
    page = organizer.get(f"/admin/mail/{mail.id}").text
    assert "Hello &lt;b&gt;R&amp;D&lt;/b&gt;" in page
    assert "BEGIN:VCALENDAR" in page
    assert "method REQUEST" in page
    assert "Waiting" in page
    assert organizer.get("/admin/mail/999999").status_code == 404


def test_resends_a_failed_mail_as_it_is(organizer: PageClient, queue: Queue, again: Again) -> None:
    mail = queue()
    change(mail, state=MailState.FAILED, attempts=10, error="550 no", run_after=datetime.now(UTC) + timedelta(hours=6))
    jobs.run_waiting()
    form = fields(organizer.get(f"/admin/mail/{mail.id}").text, "/send")
    answer = organizer.post(f"/admin/mail/{mail.id}/send", data=form)
    assert answer.location == f"/admin/mail/{mail.id}"
    assert "on its way" in organizer.get(answer.location).text
    jobs.run_waiting()
    sent = again(mail)
    assert (sent.state, sent.attempts, sent.error) == (MailState.SENT, 1, "")
    organizer.post(f"/admin/mail/{mail.id}/send", data=form)
    assert db.session.query(OutboxMail).count() == 1, "the same click twice"


def test_resends_a_sent_mail_as_a_new_one(organizer: PageClient, queue: Queue) -> None:
    mail = queue(calendar="BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n", calendar_method="REQUEST")
    drain()
    form = fields(organizer.get(f"/admin/mail/{mail.id}").text, "/send")
    answer = organizer.post(f"/admin/mail/{mail.id}/send", data=form)
    first, second = db.session.query(OutboxMail).order_by(OutboxMail.id)
    assert answer.location == f"/admin/mail/{second.id}"
    assert second.message_id != first.message_id
    assert (second.text, second.calendar, second.state) == (first.text, first.calendar, MailState.QUEUED)


def test_banner_when_mail_is_stuck(organizer: PageClient, client: PageClient, queue: Queue) -> None:
    banner = "1 mail is stuck and has not been sent."
    mail = queue()
    assert banner not in organizer.get("/account/").text
    change(mail, created_at=datetime.now(UTC) - timedelta(minutes=16))
    page = organizer.get("/account/").text
    assert banner in page
    assert "/admin/mail/?state=stuck" in page
    assert "petra@partner.example" in organizer.get("/admin/mail/?state=stuck").text
    drain()
    assert banner not in organizer.get("/account/").text
    change(mail, state=MailState.FAILED)
    assert banner in organizer.get("/account/").text
    client.sign_in(factories.user())
    assert banner not in client.get("/account/").text


def test_banner_counts(organizer: PageClient, queue: Queue) -> None:
    for n in range(2):
        change(queue(f"p{n}@partner.example"), created_at=datetime.now(UTC) - timedelta(minutes=16))
    assert "2 mails are stuck and have not been sent." in organizer.get("/account/").text


def test_sends_all_that_failed_at_once(organizer: PageClient, queue: Queue, again: Again) -> None:
    later = datetime.now(UTC) + timedelta(hours=6)
    assert "send-failed" not in organizer.get("/admin/mail/").text
    failed, waiting, held, untried, sending, sent, bare = (queue(f"p{n}@partner.example") for n in range(7))
    change(failed, state=MailState.FAILED, attempts=10, error="550 no", run_after=later)
    change(waiting, attempts=3, error="refused", held_up=True, run_after=later)
    change(held, held_up=True, run_after=later)
    change(untried, run_after=later)
    change(sending, state=MailState.SENDING, attempts=2, error="refused", run_after=later)
    change(sent, state=MailState.SENT)
    change(bare, state=MailState.FAILED, error="550 no", text="", run_after=later)
    page = organizer.get("/admin/mail/").text
    assert "Send all 3 mails that failed now" in page
    form = fields(page, "/send-failed")
    assert organizer.post("/admin/mail/send-failed", data=form).location == "/admin/mail/"
    assert "3 mails are on their way." in organizer.get("/admin/mail/").text
    rows = [again(mail) for mail in (failed, waiting, held)]
    assert [(row.attempts, row.error, row.held_up, row.run_after < later) for row in rows] == [
        (0, "", False, True),
        (3, "", False, True),
        (0, "", False, True),
    ]
    assert again(sending).state is MailState.SENDING, "the worker has it"
    assert [again(mail).run_after for mail in (untried, sending, bare)] == [later] * 3
    organizer.post("/admin/mail/send-failed", data=form)
    assert [(e.action, e.changes) for e in db.session.scalars(select(AuditEntry))] == [("mail.send_all", {"mails": 3})]
    assert drain() == 3
    organizer.post("/admin/mail/send-failed", data=form | {"once_key": ""})
    assert "No mail has failed that could be sent now." in organizer.get("/admin/mail/").text


def test_what_a_worker_has_taken_meanwhile_is_left_to_it(organizer: PageClient, queue: Queue, again: Again) -> None:
    mail = queue()
    seen = db.session.get_one(OutboxMail, mail.id)
    [taken] = claim(datetime.now(UTC))
    with transaction():
        set_committed_value(seen, "state", MailState.QUEUED)
        service.send_again(seen, datetime.now(UTC))
    assert (again(mail).state, again(mail).attempts) == (MailState.SENDING, taken.attempts)


def test_says_what_a_mail_is_about_by_its_name(organizer: PageClient, queue: Queue) -> None:
    event = factories.event(title="Summit & Co")
    page = organizer.get(f"/admin/mail/{queue(about=f'event:{event.id}').id}").text
    assert f'<a href="/admin/events/{event.slug}/"><bdi>Summit &amp; Co</bdi></a>' in page
    for about, shown in {"event:999999": "Event 999999", "sign-in": "sign-in", "event:²": "event:²", "x:1": "x 1"}.items():
        assert f"<dd>{shown}</dd>" in organizer.get(f"/admin/mail/{queue(about=about).id}").text


def test_an_event_s_own_mails(organizer: PageClient, queue: Queue) -> None:
    """The tab of an event leads to what was written about it, and to nothing else."""
    event = factories.event(title="Summit")
    queue("anna@partner.example", subject="Yours", about=f"event:{event.id}")
    queue("bert@partner.example", subject="Another one", about="organisation:1")
    page = organizer.get(f"/admin/mail/?about=event:{event.id}").text
    assert "Yours" in page
    assert "Another one" not in page
    assert "Event: <b>Summit</b>" in page
    for unknown in ("event:999", "event:x", "organisation:1", "plan:1"):
        assert "Another one" in organizer.get(f"/admin/mail/?about={unknown}").text


def test_not_for_others(client: PageClient, queue: Queue) -> None:
    mail = queue(text="canary text")
    for url in ("/admin/mail/", f"/admin/mail/{mail.id}"):
        assert client.get(url).status_code == 302
    client.sign_in(factories.user())
    for url in ("/admin/mail/", f"/admin/mail/{mail.id}", "/admin/mail/999999"):
        answer = client.get(url)
        assert answer.status_code == 403
        assert "canary" not in answer.text
    token = fields(client.get("/account/").text, "/logout")["csrf_token"]
    assert client.post(f"/admin/mail/{mail.id}/send", data={"csrf_token": token}).status_code == 403


def test_needs_its_csrf_token(organizer: PageClient, queue: Queue) -> None:
    mail = queue()
    drain()
    assert organizer.post(f"/admin/mail/{mail.id}/send").status_code == 400
    assert db.session.query(OutboxMail).count() == 1


def test_links_that_open_a_login_are_hidden_where_mail_really_goes_out(app: Flask, organizer: PageClient, queue: Queue) -> None:
    mail = queue(kind="accounts.reset", text="http://events.test/reset/canary")
    assert "canary" in organizer.get(f"/admin/mail/{mail.id}").text
    settings = app.config["SETTINGS"]
    app.config["SETTINGS"] = replace(settings, mail_url="smtp://127.0.0.1:25")
    try:
        assert "canary" not in organizer.get(f"/admin/mail/{mail.id}").text
    finally:
        app.config["SETTINGS"] = settings


def test_no_link_is_shown_where_mail_really_goes_out(app: Flask, organizer: PageClient, queue: Queue) -> None:
    calendar = "BEGIN:VCALENDAR\r\nURL:http://events.test/r/canary\r\n zzfold\r\nEND:VCALENDAR\r\n"
    mail = queue(kind="registrations.confirmed", text="Your place:\nhttp://events.test/r/canary\nBye\n", calendar=calendar)
    assert organizer.get(f"/admin/mail/{mail.id}").text.count("/r/canary") == 2, "in a demo it is how links are followed"
    settings = app.config["SETTINGS"]
    for production, url in ((False, "smtp://127.0.0.1:25"), (True, None)):
        app.config.update(SETTINGS=replace(settings, mail_url=url), PRODUCTION=production)
        try:
            page = organizer.get(f"/admin/mail/{mail.id}").text
        finally:
            app.config.update(SETTINGS=settings, PRODUCTION=False)
        assert "canary" not in page
        assert "zzfold" not in page, "nor what was folded away from it"
        assert "Your place:\n(link)\nBye" in page


def test_as_many_queries_for_three_as_for_one(organizer: PageClient, queue: Queue, count_queries: Any) -> None:
    queue()
    with count_queries() as one:
        organizer.get("/admin/mail/")
    queue()
    queue()
    with count_queries() as three:
        organizer.get("/admin/mail/")
    assert len(one) == len(three) <= 7
