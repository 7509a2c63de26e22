"""Waivers: somebody may take a run without what it asks for, for a reason. In the caller's transaction."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Row, exists, select

from eventapp.audit.service import Actor, record
from eventapp.core.db import db
from eventapp.core.errors import NotFoundError, RuleError
from eventapp.core.i18n import _
from eventapp.events.models import Event
from eventapp.partners import queries as partners
from eventapp.partners.models import Person
from eventapp.places import service as places
from eventapp.training.enrolling import requirements
from eventapp.training.models import Enrolment, Run, Waiver


def give(run: Run, address: str, reason: str, *, told_why: bool = False, by: Actor, at: datetime) -> Person:
    """Lets whoever has this address take the run without what it asks for. Raises RuleError for an address of nobody, of
    somebody who lacks nothing, or who has a waiver already.

    Which of these it is, and who has the address, is `told_why` to those who may read all people and certificates.
    """
    places.lock([db.session.get_one(Event, run.event_id).pool_id])
    person = partners.person_by_address(address)
    refused = _refused(run, person, at)
    if refused and not told_why:
        refused = _("No waiver is needed or possible for this address. Check it, or ask an organizer.")
    if refused or person is None:
        raise RuleError(refused, "address", 409)
    db.session.add(Waiver(run_id=run.id, person_id=person.id, reason=reason, given_at=at, given_by=by.actor_name[:254]))
    db.session.flush()
    _record("enrolling.waive", run, person, reason, by, at)
    return person


def _refused(run: Run, person: Person | None, at: datetime) -> str:
    """Why somebody gets no waiver for a run; empty if they get one."""
    if person is None or person.erased_at is not None:
        return _("Nobody in the partner list has this address.")
    if db.session.get(Waiver, (run.id, person.id), populate_existing=True) is not None:
        return _("%(name)s has a waiver for this run already.", name=person.full_name)
    if person.id not in requirements.missing_of(run, [person.id], at):
        return _("%(name)s needs no waiver: nothing is missing.", name=person.full_name)
    return ""


def take_back(run: Run, person_id: int, *, by: Actor, at: datetime) -> None:
    """Takes a waiver back. Whoever is enrolled by it stays enrolled. Raises NotFoundError if there is none."""
    waiver = db.session.get(Waiver, (run.id, person_id))
    if waiver is None:
        raise NotFoundError(person_id)
    db.session.delete(waiver)
    db.session.flush()
    _record("enrolling.unwaive", run, db.session.get_one(Person, person_id), waiver.reason, by, at)


def of_run(run: Run) -> Sequence[Row[Waiver, Person, bool]]:
    """The waivers of a run with whom they are for and whether these have any part in the run, the latest first."""
    has_part = exists().where(Enrolment.run_id == Waiver.run_id, Enrolment.person_id == Waiver.person_id)
    query = select(Waiver, Person, has_part).join(Person, Person.id == Waiver.person_id).where(Waiver.run_id == run.id)
    return db.session.execute(query.order_by(Waiver.given_at.desc(), Person.id)).all()


def _record(action: str, run: Run, person: Person, reason: str, by: Actor, at: datetime) -> None:
    record(
        action,
        by=by,
        at=at,
        object_type="run",
        object_id=run.id,
        object_name=run.event.title if run.session is None else run.session.title,
        event_id=run.event_id,
        person_id=person.id,
        changes={"name": person.full_name, "reason": reason},
    )
