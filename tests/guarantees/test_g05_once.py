"""G5: clicking twice is clicking once.

Ten browsers with the same session send the very same form at the same moment. All get the same answer, and it happened once.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from eventapp.audit.models import AuditEntry
from eventapp.core import forms, saving
from eventapp.core.db import db
from eventapp.core.web import requests as request_path
from eventapp.events.models import Event
from eventapp.groups.models import Group
from eventapp.mail.models import OutboxMail
from eventapp.places.queries import miscounts
from eventapp.registrations.tallies import miscounted
from tests.conftest import NOW
from tests.guarantees.world import QuickClient, World, browser
from tests.support.browsing import check, send
from tests.support.pages import fields

CLICKS = 10
Act = Callable[[QuickClient, World], tuple[str, dict[str, Any]]]


def register(client: QuickClient, world: World) -> tuple[str, dict[str, Any]]:
    page = check(client, world.event, people=[("Cem", "Yıldız", "cem@donau.example")])
    return "/events/summit/register", fields(page.text)


def register_alone(client: QuickClient, world: World) -> tuple[str, dict[str, Any]]:
    url = f"/events/summit/register/{world.names['registrations.verify']}"
    return url, {**fields(client.get(url).text), "given_name": "Nina", "family_name": "Neu", "mode": "virtual"}


def ask_for_the_link(client: QuickClient, _world: World) -> tuple[str, dict[str, Any]]:
    url = "/events/summit/register"
    return url, {**fields(client.get(url).text), "email": "p2@donau.example"}


def by_link(act: str, **values: str) -> Act:
    def form(client: QuickClient, world: World) -> tuple[str, dict[str, Any]]:
        url = f"/r/{world.mine.names['token']}/{act}"
        return url, {**fields(client.get(url).text), **values}

    return form


def undo_by_link(client: QuickClient, world: World) -> tuple[str, dict[str, Any]]:
    page = f"/r/{world.mine.names['token']}"
    send(client, f"{page}/cancel")
    return f"{page}/undo", fields(client.get(page).text, "/undo")


def organize(path: str, action: str | None = None, **values: str) -> Act:
    def form(client: QuickClient, world: World) -> tuple[str, dict[str, Any]]:
        page = f"/admin/events/{path}"
        target = f"/admin/events/{action}" if action else page
        return target, {**fields(client.get(page).text, action), **values}

    return form


def bulk_cancel(client: QuickClient, world: World) -> tuple[str, dict[str, Any]]:
    url = "/admin/events/summit/registrations/bulk"
    form = fields(client.get("/admin/events/summit/registrations/").text, url)
    preview = client.post(url, data={**form, "act": "cancel", "ids": [world.mine.names["registration_id"]]})
    return url, {**fields(preview.text, None), "reason": "ill"}


def bring_along(client: QuickClient, world: World) -> tuple[str, dict[str, Any]]:
    db.session.execute(update(Event).where(Event.id == world.event.id).values(plus_ones=3))
    db.session.commit()
    url = f"/r/{world.mine.names['token']}/plus-ones"
    return url, {**fields(client.get(url).text), "given_name": "Inês", "family_name": "Óváry"}


def let_in(client: QuickClient, world: World) -> tuple[str, dict[str, Any]]:
    db.session.execute(update(Event).where(Event.id == world.event.id).values(starts_at=NOW, ends_at=NOW + timedelta(days=1)))
    db.session.commit()
    url = "/admin/events/summit/registrations/walk-in"
    return url, {**fields(client.get(url).text), "family_name": "Óváry", "company": "Nobody knows it Ltd"}


def in_groups(page: str, **values: str) -> Act:
    """A form of the world's set of groups; `ids` and `group` stand for its registrations and its other table."""

    def form(client: QuickClient, world: World) -> tuple[str, dict[str, Any]]:
        board = f"/admin/events/summit/groups/{world.names['set_id']}"
        shown, action = (board, f"{board}/act") if page == "act" else (f"{board}/{page}", None)
        data = {**fields(client.get(shown).text, action), **values}
        if page == "act":
            data |= {"ids": [str(one.registrations[0].id) for one in (world.mine, world.theirs)], "group": other_table(world)}
        return action or shown, data

    return form


def other_table(world: World) -> str:
    """The table of the world's set at which nobody sits."""
    query = select(Group.id).where(Group.set_id == world.names["set_id"], Group.id != world.names["group_id"])
    return str(db.session.scalars(query).one())


NEW_EVENT = {
    "title": "Autumn Day",
    "format": "virtual",
    "time_zone": "Europe/Vienna",
    "starts_at": "2027-10-01T09:00",
    "ends_at": "2027-10-01T17:00",
}
PERSON = {"given_name": "Cem", "family_name": "Yıldız", "address": "cem@donau.example"}
NEW_PERSON = {**PERSON, "company": "Isar Netze AG"}
# Who, what, the audit action that must stand there once, and how many mails it sends.
ACTS: dict[str, tuple[str | None, Act, str, int]] = {
    "register colleagues": ("company", register, "registrations.register", 2),
    "register alone": (None, register_alone, "registrations.register", 1),
    "ask for the link": (None, ask_for_the_link, "", 1),
    "cancel by link": (None, by_link("cancel"), "registrations.cancel", 2),
    "undo by link": (None, undo_by_link, "registrations.undo", 1),
    "hand on by link": (None, by_link("substitute", **PERSON), "registrations.substitute", 2),
    "correct by link": (None, by_link("edit", note="vegan"), "registrations.correct", 1),
    "bring somebody along": (None, bring_along, "registrations.register", 1),
    "let a walk-in in": ("organizer", let_in, "registrations.walk_in", 0),
    "add by hand": (
        "organizer",
        organize("summit/registrations/add", **NEW_PERSON),
        "registrations.register",
        1,
    ),
    "cancel in bulk": ("organizer", bulk_cancel, "registrations.cancel", 2),
    "create an event": ("organizer", organize("new", **NEW_EVENT), "events.create", 0),
    "edit an event": ("organizer", organize("summit/edit", title="Summit!"), "events.change", 0),
    "publish": ("organizer", organize("draft/", "draft/status/published"), "events.published", 0),
    "give places": ("organizer", organize("summit/quotas", company="Isar Netze AG", places="3", reason="x"), "events.quota", 1),
    "move an event": ("organizer", organize("summit/move/to/virtual", step="do"), "lifecycle.convert", 10),
    "make groups": ("organizer", organize("summit/groups/new", name="Lunch"), "groups.create", 0),
    "place automatically": ("organizer", in_groups("place"), "groups.place", 0),
    "announce places": ("organizer", in_groups("announce"), "groups.announce", 0),
    "pin people": ("organizer", in_groups("act", act="pin"), "groups.pin", 0),
    "keep together": ("organizer", in_groups("act", act="together"), "groups.add_rule", 0),
    "cancel an event": ("organizer", organize("summit/cancel", reason="storm"), "events.cancelled", 8),
}


def click(app: Flask, client: QuickClient, url: str, data: dict[str, Any], times: int = CLICKS) -> list[tuple[int, str]]:
    """The same form from `times` threads at once; what each was answered."""
    cookie = client.get_cookie("eventapp")
    barrier = Barrier(times)

    def one(_n: int) -> tuple[int, str]:
        mine = app.test_client()
        if cookie is not None:
            mine.set_cookie("eventapp", cookie.value)
        barrier.wait(30)
        with app.app_context():
            answer = super(QuickClient.__base__, mine).open(url, method="POST", data=data)  # type: ignore[arg-type]
            db.session.remove()
        return answer.status_code, answer.location or ""

    db.session.commit()
    with ThreadPoolExecutor(times) as pool:
        return list(pool.map(one, range(times)))


def counts(action: str) -> tuple[int, int]:
    """Entries of the log with that action, and mails."""
    db.session.rollback()
    entries = db.session.scalar(select(func.count()).select_from(AuditEntry).where(AuditEntry.action == action)) or 0
    return entries, db.session.scalar(select(func.count()).select_from(OutboxMail)) or 0


def visitor(app: Flask, world: World, role: str | None) -> QuickClient:
    users = {"company": world.mine.admin, "organizer": world.organizer}
    return browser(app, users[role] if role else None)


@pytest.mark.parametrize("name", ACTS)
def test_ten_clicks_are_one(app: Flask, world: World, name: str) -> None:
    role, act, action, mails = ACTS[name]
    client = visitor(app, world, role)
    url, data = act(client, world)
    before = counts(action)
    answers = click(app, client, url, data)
    assert {status for status, _location in answers} == {302}, answers
    assert len(set(answers)) == 1, answers
    after = counts(action)
    assert after[0] - before[0] == (1 if action else 0)
    assert after[1] - before[1] == mails
    assert (miscounts(), miscounted()) == ([], [])
    # And once more, later.
    assert click(app, client, url, data, 1) == answers[:1]
    assert counts(action) == after


def test_the_same_key_with_other_contents_is_refused(app: Flask, world: World) -> None:
    client = visitor(app, world, "company")
    url, data = register(client, world)
    assert client.post(url, data=data).status_code == 302
    other = client.post(url, data={**data, "people-0-email": "other@donau.example"})
    assert other.status_code == 422
    assert "The same form was sent before with other contents." in other.text
    assert client.post("/events/summit/register?x=1", data=data).status_code == 422


def test_a_key_belongs_to_whoever_used_it(app: Flask, world: World) -> None:
    """Somebody else who learns a key neither gets the answer nor is kept from working."""
    mine, theirs = visitor(app, world, "company"), browser(app, world.theirs.admin)
    url, data = register(mine, world)
    assert mine.post(url, data=data).status_code == 302
    form = fields(check(theirs, world.event, people=[("Xenia", "Xu", "x@isar.example")]).text)
    answer = theirs.post(url, data={**form, "once_key": data["once_key"]})
    assert str(world.mine.names["organisation_id"]) not in (answer.location or "").rpartition("=")[2]
    assert answer.status_code in (302, 409)


def test_a_refused_form_can_be_sent_again(app: Flask, world: World) -> None:
    client = visitor(app, world, "company")
    url, data = register(client, world)
    assert client.post(url, data={**data, "people-0-email": "no address"}).status_code == 422
    assert client.post(url, data=data).status_code == 302


def test_control_without_keys_ten_clicks_are_many(app: Flask, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(request_path, "earlier_use", lambda _key: None)
    monkeypatch.setattr(saving, "earlier_use", lambda _key: None)
    monkeypatch.setattr(forms.Form, "use_key", lambda *_arguments: None)
    client = visitor(app, world, None)
    url, data = ask_for_the_link(client, world)
    before = counts("")
    click(app, client, url, data)
    assert counts("")[1] - before[1] > 1
