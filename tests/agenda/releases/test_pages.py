"""Pages of the releases: the review, releasing once, comparing, taking back, the public list of changes."""

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from eventapp.accounts.models import Role
from eventapp.agenda.models import AgendaRelease, SessionStatus
from eventapp.agenda.releases import restoring
from eventapp.agenda.releases.models import ReleaseNotice
from eventapp.agenda.timetable import service as timetable
from eventapp.agenda.timetable.models import DraftStep
from eventapp.core.db import db
from eventapp.core.errors import RuleError
from eventapp.events.models import Event
from tests.support import agenda
from tests.support.factories import AT, STARTS, TESTS, commit, event, organisation, organizer, person, registration, user
from tests.support.pages import PageClient, fields

BASE = "/admin/events/day/agenda/releases"
LONG = "Maximiliane-Charlotte Wolfeschlegelsteinhausenbergerdorff"


@pytest.fixture
def at(app: Flask) -> Event:
    return event(slug="day")


@pytest.fixture
def me(client: PageClient) -> PageClient:
    return client.sign_in(organizer())


def text(client: PageClient, url: str) -> str:
    answer = client.get(url)
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def releases() -> int:
    return db.session.scalar(select(func.count()).select_from(AgendaRelease)) or 0


def test_nothing_to_release_says_what_to_do(at: Event, me: PageClient) -> None:
    assert "Place sessions in the timetable first." in text(me, BASE)
    assert "No confirmed session is in the timetable yet." in text(me, f"{BASE}/new")
    agenda.session(at, "News")
    agenda.release(at, "First")
    assert "The draft is as the latest release." in text(me, BASE)
    assert "Nothing has changed since the release “First”." in text(me, f"{BASE}/new")
    assert "No agenda yet" in text(me, f"/events/{event().slug}/agenda/changes")


def test_the_review_shows_the_difference_the_people_and_a_real_mail(at: Event, me: PageClient) -> None:
    hall = agenda.room(at, "Hall")
    company = organisation()
    given, _space, family = LONG.partition(" ")
    talk = agenda.session(at, "News", room=hall, signs_up=True, speakers=[agenda.speaker(at, "Petra", person(company))])
    agenda.sign_up(registration(at, company, given, family), talk)
    agenda.sign_up(registration(at, company, "Jo", "Li"), talk)
    assert "The first release, with 1 session." in text(me, f"{BASE}/new")
    agenda.release(at, "First")
    agenda.place(talk, starts_at=STARTS + timedelta(hours=1), room=hall)
    page = text(me, f"{BASE}/new")
    for words in (
        "Since “First”: 1 moved.",
        "before: Tue 18 May, 09:00–09:45, Hall",
        "2 people · 2 calendar updates",
        LONG,
        "Hello",
    ):
        assert words in page
    form = fields(page)
    assert (form["name"], form.get("speakers"), form.get("places"), form.get("stars"), form.get("words")) == (
        "Version 2", "y", "y", None, None,
    )  # fmt: skip


def test_clicking_twice_releases_once(at: Event, me: PageClient) -> None:
    talk = agenda.session(at, "News", speakers=[agenda.speaker(at, "Petra", person(organisation()))])
    form = fields(text(me, f"{BASE}/new"))
    for _click in range(2):
        answer = me.post(f"{BASE}/new", data=form)
        assert answer.status_code == 302
        assert answer.location.endswith("/releases/1")
    assert releases() == 1
    assert len(db.session.scalars(select(ReleaseNotice)).all()) == 1
    page = text(me, f"{BASE}/1")
    assert "Version 1" in page
    assert "0 of 1" in page
    assert talk.title in page


def test_a_review_that_is_old_is_shown_again_with_what_was_typed(at: Event, me: PageClient) -> None:
    agenda.session(at, "News")
    form = fields(text(me, f"{BASE}/new"))
    agenda.session(at, "Just added")
    answer = me.post(f"{BASE}/new", data={**form, "name": "Spring", "note": "Hello & welcome"})
    assert answer.status_code == 409
    page = answer.get_data(as_text=True)
    assert "The draft has changed since you looked at it." in page
    assert "Just added" in page
    again = fields(page)
    assert (again["name"], again["note"]) == ("Spring", "Hello & welcome")
    assert me.post(f"{BASE}/new", data=again).status_code == 302
    assert releases() == 1


def test_a_name_that_is_taken_or_missing_is_said_at_its_field(at: Event, me: PageClient) -> None:
    agenda.session(at, "News")
    agenda.release(at, "Spring")
    agenda.session(at, "More")
    form = fields(text(me, f"{BASE}/new"))
    for name, status, words in (
        ("Spring", 409, "exists already"),
        ("", 422, "Give the release a name."),
        ("x" * 61, 422, "At most 60"),
    ):
        answer = me.post(f"{BASE}/new", data={**fields(text(me, f"{BASE}/new")), "seen": form["seen"], "name": name})
        assert answer.status_code == status
        assert words in answer.get_data(as_text=True)
    assert releases() == 1


def test_any_two_releases_are_compared(at: Event, me: PageClient) -> None:
    hall = agenda.room(at, "Hall")
    talk = agenda.session(at, "News", room=hall)
    agenda.release(at, "First")
    agenda.place(talk, starts_at=STARTS + timedelta(hours=1), room=hall)
    agenda.release(at, "Second")
    agenda.session(at, "Views", room=hall)
    agenda.release(at, "Third")
    page = text(me, f"{BASE}/3")
    assert "New (1)" in page
    assert "Moved" not in page.split("Compare</button>")[1]
    far = text(me, f"{BASE}/3?since=1")
    assert "Moved (1)" in far
    assert "New (1)" in far
    for hostile in ("since=99", "since=x", "since=3", "since=%00"):
        text(me, f"{BASE}/3?{hostile}")
    assert me.get(f"{BASE}/4").status_code == 404
    assert me.get(f"{BASE}/{2**63}").status_code == 404


def test_a_release_is_taken_back_and_that_is_undone(at: Event, me: PageClient) -> None:
    hall, attic = agenda.room(at, "Hall"), agenda.room(at, "Attic")
    moved, gone, same = (agenda.session(at, name, room=hall) for name in ("Moved", "Gone", "Same"))
    first = agenda.release(at, "First")
    agenda.place(moved, starts_at=STARTS + timedelta(hours=2), room=attic, minutes=90)
    agenda.cancel(gone)
    later = agenda.session(at, "Later", room=attic)
    agenda.release(at, "Second")

    page = text(me, f"{BASE}/1/restore")
    for words in ("Moved back (1)", "Take place again (1)", "Go to the tray"):
        assert words in page
    assert me.post(f"{BASE}/1/restore", data=fields(page)).status_code == 302
    part = agenda.slot_of(moved)
    assert (part.starts_at, part.room_id, part.minutes) == (STARTS, hall.id, 45)
    db.session.refresh(gone)
    assert (gone.status, gone.cancelled_at) == (SessionStatus.CONFIRMED, None)
    assert agenda.slot_of(later).starts_at is None
    assert agenda.slot_of(same).starts_at == STARTS
    assert restoring.preview(at, first).nothing
    with pytest.raises(RuleError, match="as this release already"):
        restoring.restore(at, first, by=TESTS, at=AT)

    timetable.undo(at, db.session.scalars(select(DraftStep)).one().id, by=TESTS, at=AT)
    commit()
    assert agenda.slot_of(moved).room_id == attic.id
    assert agenda.slot_of(later).starts_at == STARTS
    db.session.refresh(gone)
    assert (gone.status, gone.cancelled_at) == (SessionStatus.CANCELLED, AT)


def test_the_public_list_says_what_changed_but_nothing_of_what_is_not_listed(at: Event, client: PageClient) -> None:
    hall = agenda.room(at, "Hall <b>")
    talk, secret = agenda.session(at, "News", room=hall), agenda.session(at, "Secret dinner", room=hall, listed=False)
    agenda.release(at, "First")
    for one in (talk, secret):
        agenda.place(one, starts_at=STARTS + timedelta(hours=1), room=hall)
    agenda.release(at, "Second", note="We moved <i>everything</i>.")
    page = text(client, "/events/day/agenda/changes")
    for words in ("The first version, with 1 session.", "News", "18 May 2027, 10:00", "before:", "Hall &lt;b&gt;", "&lt;i&gt;"):
        assert words in page
    assert "Secret dinner" not in page


def test_drafts_of_events_have_no_list_of_changes(app: Flask, client: PageClient) -> None:
    event(slug="secret", published=False)
    assert client.get("/events/secret/agenda/changes").status_code == 404
    assert client.get("/events/nothing/agenda/changes").status_code == 404


def test_readers_see_releases_and_make_none(at: Event, client: PageClient) -> None:
    agenda.session(at, "News")
    agenda.release(at, "First")
    agenda.session(at, "More")
    client.sign_in(user(None, Role.AUDITOR))
    assert "Release …" not in text(client, BASE)
    assert "Take back" not in text(client, f"{BASE}/1")
    for url in (f"{BASE}/new", f"{BASE}/1/restore"):
        assert client.get(url).status_code == 403


def test_queries_stay_the_same(at: Event, me: PageClient, count_queries: Any) -> None:
    company = organisation()

    def counted(sessions: int) -> list[int]:
        for _n in range(sessions):
            talk = agenda.session(at, signs_up=True, speakers=[agenda.speaker(at, "", person(company))])
            agenda.sign_up(registration(at, company), talk)
        agenda.release(at)
        for one in list(db.session.scalars(select(AgendaRelease.id))):
            assert one
        talk.title = f"Other words {sessions}"
        commit()
        found = []
        for path in (BASE, f"{BASE}/new", f"{BASE}/1", "/events/day/agenda/changes"):
            with count_queries() as queries:
                text(me, path)
            found.append(len(queries))
        return found

    counted(1)
    first = counted(1)
    assert first == counted(8)
    assert max(first) <= 12
