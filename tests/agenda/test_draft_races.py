"""Two organizers at once: the same session moved, the same step undone, the draft released, a worker beside a worker."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

from flask import Flask
from sqlalchemy import func, select

from eventapp.agenda.models import AgendaRelease, SessionSlot
from eventapp.agenda.releases import jobs, service
from eventapp.agenda.releases.telling import Group
from eventapp.agenda.timetable import service as timetable
from eventapp.agenda.timetable.models import DraftStep
from eventapp.agenda.timetable.service import Placing
from eventapp.core.db import db, transaction
from eventapp.core.errors import RuleError
from eventapp.events.models import Event
from eventapp.mail.models import OutboxMail
from tests.support import agenda
from tests.support.factories import AT, STARTS, TESTS, event, organisation, registration

Act = Callable[[], object]


def at_once(app: Flask, *acts: Act, committing: bool = True) -> list[str]:
    """Each act in a thread of its own, all beginning together; what became of each."""
    barrier = Barrier(len(acts))
    db.session.rollback()

    def one(act: Act) -> str:
        with app.app_context():
            barrier.wait(30)
            try:
                if committing:
                    with transaction():
                        act()
                else:
                    act()
                return "done"
            except RuleError:
                return "refused"
            finally:
                db.session.remove()

    with ThreadPoolExecutor(len(acts)) as pool:
        return sorted(pool.map(one, acts))


def test_of_many_who_move_the_same_session_one_does(app: Flask) -> None:
    at = event()
    hall = agenda.room(at, "Hall")
    part = agenda.slot_of(agenda.session(at, "News", room=hall))
    seen, event_id, slot_id, hall_id = Placing.of(part).token, at.id, part.id, hall.id

    def move(hours: int) -> Act:
        to = Placing(STARTS + timedelta(hours=hours), hall_id, False, 45)
        return lambda: timetable.place(db.session.get_one(Event, event_id), slot_id, to, was=seen, by=TESTS, at=AT)

    assert at_once(app, *(move(n) for n in range(1, 6))) == ["done", *["refused"] * 4]
    db.session.expire_all()
    [step] = db.session.scalars(select(DraftStep)).all()
    assert Placing.read(step.changes[0]["after"]) == Placing.of(db.session.get_one(SessionSlot, slot_id))
    step_id = step.id
    undo: Act = lambda: timetable.undo(db.session.get_one(Event, event_id), step_id, by=TESTS, at=AT)  # noqa: E731
    assert at_once(app, undo, undo, undo) == ["done", "refused", "refused"]


def test_of_many_who_release_one_does(app: Flask) -> None:
    at = event()
    agenda.session(at, "News")
    event_id = at.id

    def release(n: int) -> Act:
        return lambda: service.release(db.session.get_one(Event, event_id), f"Version {n}", by=TESTS, at=AT)

    assert at_once(app, *(release(n) for n in range(4))) == ["done", "refused", "refused", "refused"]
    assert db.session.scalar(select(func.count()).select_from(AgendaRelease)) == 1


def test_workers_beside_each_other_tell_each_person_once(app: Flask) -> None:
    at = event()
    talk = agenda.session(at, "News", signs_up=True)
    company = organisation()
    for _n in range(12):
        agenda.sign_up(registration(at, company), talk)
    agenda.release(at)
    agenda.place(talk, starts_at=STARTS + timedelta(hours=1))
    release_id = agenda.release(at, tell=(Group.PLACES,)).id
    jobs_batch, jobs.BATCH = jobs.BATCH, 3
    try:
        assert at_once(app, *([lambda: jobs.tell(release_id)] * 4), committing=False) == ["done"] * 4
    finally:
        jobs.BATCH = jobs_batch
    addresses = db.session.scalars(select(OutboxMail.to_address).where(OutboxMail.kind == "agenda.release")).all()
    assert len(addresses) == len(set(addresses)) == 12
