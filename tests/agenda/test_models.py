"""The factories of an agenda make rows that both databases take."""

from datetime import timedelta

from flask import Flask
from sqlalchemy import select

from eventapp.agenda.models import SessionSignUp, SessionSlot
from eventapp.core.db import db
from eventapp.places.models import Pool
from tests.support import agenda
from tests.support.factories import STARTS, event, organisation, registration


def test_a_session_with_everything(app: Flask) -> None:
    at = event()
    hall = agenda.room(at, "Hall", hours=[(agenda.day(7), agenda.day(15))], capacity=300)
    petra = agenda.speaker(at, "Petra", away=[(agenda.day(7, plus=1), agenda.day(15, plus=1))])
    talk = agenda.session(at, "News", room=hall, speakers=[petra], track=agenda.track(at), signs_up=True, capacity=2)
    agenda.session(at, "Lunch", type=agenda.session_type(at, "Break", is_break=True), starts_at=agenda.day(10))
    agenda.session(at, "Later", starts_at=None)
    guest = registration(at, organisation())
    agenda.star(guest, talk)
    agenda.sign_up(guest, talk)

    assert agenda.slot_of(talk).ends_at == STARTS + timedelta(minutes=45)
    assert sorted(db.session.scalars(select(SessionSlot.number))) == [1, 2, 3]
    assert db.session.get_one(Pool, talk.pool_id).taken == 1
    assert db.session.scalars(select(SessionSignUp)).one().session_id == talk.id
