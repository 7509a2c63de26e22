"""G2 for the agenda: a session that is not in the public agenda is seen by nobody who may not come to it.

A word that stands nowhere else is written into every text of such a session, its room, its speaker and its material. Then
every page, feed and file about the event is asked by everybody who may not come.
"""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from eventapp.agenda.models import AgendaSession, SessionAudience, SessionMaterial
from eventapp.agenda.own import audience
from eventapp.agenda.own import service as own
from eventapp.agenda.public import queries as public
from eventapp.core.db import db
from eventapp.events.models import AudienceField
from eventapp.partners.models import PartnerType
from eventapp.registrations import queries as registrations
from tests.conftest import NOW
from tests.guarantees.world import World, browser
from tests.support import agenda, factories

CANARY = "zzunlisted"


@pytest.fixture
def hidden(world: World) -> AgendaSession:
    """A session for companies of a type that neither side is of, released."""
    event = world.event
    speaker = agenda.speaker(event, f"{CANARY} Speaker", company=CANARY, code=CANARY.upper()[:10])
    values: dict[str, Any] = {
        "subtitle": CANARY,
        "abstract": CANARY,
        "recording_url": f"https://{CANARY}.example/",
        "signs_up": True,
    }
    room = agenda.room(event, f"{CANARY} Room")
    track = agenda.track(event, f"{CANARY} Track")
    made = agenda.session(
        event, f"{CANARY} Title", code="SECRET", room=room, track=track, speakers=[speaker], listed=False, **values
    )
    file = {"key": "canary-file-key", "name": f"{CANARY}.pdf", "content": CANARY.encode()}
    db.session.add(SessionMaterial(session_id=made.id, title=CANARY, **file))
    db.session.add(SessionAudience(session_id=made.id, field=AudienceField.TYPE, values=[PartnerType.ISV.value]))
    factories.commit()
    agenda.release(event)
    return made


def paths(world: World) -> list[str]:
    """Everything about the agenda, also what only somebody who knows the code would ask for."""
    mine = world.mine.names
    orders = ("view=list&day=all", "view=room", "view=track", "view=now", "view=mine", f"q={CANARY}x")
    public_ones = ["", "agenda", *(f"agenda?{order}" for order in orders), "agenda.ics", "schedule.json", "schedule.xml"]
    public_ones += ["agenda/SECRET", "agenda/SECRET/session.ics", "agenda/SECRET/materials/canary-file-key"]
    public_ones += [f"agenda/speakers/{CANARY.upper()[:10]}", "agenda/changes"]
    own_ones = ["agenda", "agenda?view=list&day=all", "agenda.ics", "agenda/SECRET", "agenda/SECRET/session.ics", ""]
    found = [f"/events/summit/{path}" for path in public_ones]
    found += [f"/r/{mine['token']}/{path}".rstrip("/") for path in own_ones]
    found += [f"/r/{mine['token']}/agenda/SECRET/materials/canary-file-key", f"/calendar/{mine['feed_token']}.ics"]
    return [*found, "/company/events/summit/sessions"]


def heard(app: Flask, world: World) -> list[str]:
    """Where the word comes back, for everybody who may not come."""
    found = []
    for role, user in {"anonymous": None, "nobody": world.nobody, "company": world.mine.admin}.items():
        client = browser(app, user)
        for path in paths(world):
            answer = client.get(path)
            if CANARY in answer.get_data(as_text=True).lower().replace(f"{CANARY}x", "") or CANARY in str(answer.headers).lower():
                found.append(f"{role} {path}")
    return found


def test_nobody_hears_of_what_is_not_for_them(
    app: Flask, world: World, hidden: AgendaSession, record_property: Callable[[str, object], None]
) -> None:
    assert heard(app, world) == []
    record_property("size", f"{len(paths(world))} pages and files asked by 3 visitors")


def test_nor_can_they_get_in(app: Flask, world: World, hidden: AgendaSession) -> None:
    token = world.mine.names["token"]
    client = browser(app)
    page = client.get(f"/r/{token}/agenda").text
    csrf = page.partition('name="csrf_token" value="')[2].partition('"')[0]
    for path in ("agenda/SECRET/sign-up",):
        assert client.post(f"/r/{token}/{path}", data={"csrf_token": csrf}).status_code == 404
    star = client.post(f"/r/{token}/agenda/star", data={"csrf_token": csrf, "star": f"on-{hidden.id}-1"})
    assert star.status_code == 404
    assert own.queries.of_sessions([hidden.id]) == []


def test_who_may_come_sees_it(app: Flask, world: World, hidden: AgendaSession) -> None:
    """The control that it is there: somebody of the right type finds it behind the link, and nowhere in public."""
    company = factories.organisation(primary_type=PartnerType.ISV)
    one = registrations.by_token(factories.registration(world.event, company).token)
    client = browser(app)
    assert f"{CANARY} Title" in client.get(f"/r/{one.token}/agenda?view=list&day=all").text
    assert f"{CANARY} Title" in client.get(f"/r/{one.token}/agenda/SECRET").text
    one = registrations.by_token(one.token)
    assert own.sign_up(one, hidden, by=factories.TESTS, at=NOW).status == "confirmed"
    secret = own.renew_feed(one, by=factories.TESTS, at=NOW).token
    factories.commit()
    assert f"{CANARY} Title" in client.get(f"/calendar/{secret}.ics").text


@pytest.mark.parametrize("protection", ["query", "audience"])
def test_control_without_the_protection_it_is_heard(
    app: Flask, world: World, hidden: AgendaSession, monkeypatch: pytest.MonkeyPatch, protection: str
) -> None:
    if protection == "query":
        monkeypatch.setattr(public, "_shown", lambda query, _also: query)
    else:
        monkeypatch.setattr(audience, "passes", lambda _door, _who: True)
    assert heard(app, world)
    assert db.session.scalars(select(AgendaSession.id).where(AgendaSession.id == hidden.id)).one()
