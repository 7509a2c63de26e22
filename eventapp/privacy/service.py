"""Consents, needs and objections. Only the person gives them: by the secret link or the own login."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select

from eventapp.audit.service import Actor, record
from eventapp.core.db import db
from eventapp.core.errors import NotFoundError, RuleError
from eventapp.core.i18n import _
from eventapp.events.models import Event
from eventapp.groups.hooks import NEEDING
from eventapp.partners.models import Person
from eventapp.privacy import mails, queries, texts
from eventapp.privacy.hooks import WITHDRAWN
from eventapp.privacy.models import Consent, ConsentKind, Needs, Objection
from eventapp.privacy.rules import asks_needs, purge_day
from eventapp.registrations import hooks
from eventapp.registrations import service as registrations
from eventapp.registrations.models import BY_THEMSELVES, ENDED, Registration, Side


@dataclass(frozen=True)
class Answers:
    """Needs as the person told them: values of `rules.DIETS` and `rules.ALLERGENS`, and words about access."""

    diet: Sequence[str]
    diet_other: str
    allergens: Sequence[str]
    severe_allergy: bool
    access: str

    @property
    def empty(self) -> bool:
        """Whether nothing was told."""
        return not (self.diet or self.diet_other or self.allergens or self.severe_allergy or self.access)


def _locked(person_id: int) -> Person:
    """The person, locked until the transaction ends: nothing is written about somebody who is being erased."""
    query = select(Person).where(Person.id == person_id).with_for_update().execution_options(populate_existing=True)
    person = db.session.scalars(query).one()
    if person.erased_at is not None:
        raise NotFoundError(person_id)
    return person


def give(person_id: int, kind: ConsentKind, event: Event | None, *, by: Actor, through: str, now: datetime) -> None:
    """Notes a consent to the current text, for one event or in general. Giving it again changes nothing.

    A consent to an older text ends and a new one begins.
    """
    person = _locked(person_id)
    event_id = event.id if event else None
    version = texts.current(kind).version
    there = queries.consents(person.id, [kind], event_id).get(kind)
    if there is not None:
        if there.text_version == version:
            return
        there.withdrawn_at, there.withdrawn_by = now, by.actor_name[:254]
        db.session.flush()
    db.session.add(
        Consent(
            person_id=person.id,
            kind=kind,
            event_id=event_id,
            text_version=version,
            given_at=now,
            given_by=by.actor_name[:254],
            given_through=through,
        )
    )
    db.session.flush()
    _record("consent.give", person, event_id, by, now, {"kind": kind, "text": version})


def withdraw(person_id: int, kind: ConsentKind, event: Event | None, *, by: Actor, now: datetime) -> None:
    """Ends a consent at once. What hangs on it goes with it (`hooks.WITHDRAWN`); nothing else changes for the person."""
    person = _locked(person_id)
    event_id = event.id if event else None
    there = queries.consents(person.id, [kind], event_id).get(kind)
    if there is None:
        return
    there.withdrawn_at, there.withdrawn_by = now, by.actor_name[:254]
    db.session.flush()
    _record("consent.withdraw", person, event_id, by, now, {"kind": kind, "text": there.text_version})
    for tell in WITHDRAWN:
        tell(person.id, kind, by, now)


def tell_needs(registration: Registration, answers: Answers, days: int, *, by: Actor, through: str, now: datetime) -> None:
    """Keeps what the person needs at the event, with the explicit consent to it, until `days` after the event.

    Raises RuleError where nothing is asked (any more), NotFoundError if the place has gone to somebody else.
    """
    person_id = registration.person_id
    # Cancelling and handing on change this row: they come before this, or find what is told here and delete it.
    db.session.refresh(registration, ["person_id", "status", "mode", "version"], with_for_update=True)
    if registration.person_id != person_id:
        raise NotFoundError(registration.id)
    if not asks_needs(registration, now):
        raise RuleError(_("Nothing is asked for this registration any more."))
    if answers.empty:
        raise RuleError(_("Choose at least one answer, or delete what you told us."), "diet", 422)
    give(person_id, ConsentKind.NEEDS, registration.event, by=by, through=through, now=now)
    needs = db.session.get(Needs, registration.id)
    if needs is None:
        needs = Needs(registration_id=registration.id)
        db.session.add(needs)
    needs.diet, needs.diet_other = list(answers.diet), answers.diet_other if "other" in answers.diet else ""
    needs.allergens, needs.severe_allergy = list(answers.allergens), answers.severe_allergy
    needs.access = answers.access
    needs.given_at, needs.given_by = now, by.actor_name[:254]
    needs.purge_on = purge_day(registration.event.ends_at, days)
    db.session.flush()
    # That something was told, never what.
    _record("needs.tell", registration.person, registration.event_id, by, now, {})


def forget_needs(registration: Registration, *, by: Actor, now: datetime) -> None:
    """Deletes what the person told and ends the consent to keep it."""
    clear_needs([registration.id])
    withdraw(registration.person_id, ConsentKind.NEEDS, registration.event, by=by, now=now)
    _record("needs.forget", registration.person, registration.event_id, by, now, {})


def clear_needs(registration_ids: Iterable[int]) -> None:
    """Deletes the needs of registrations whose person does not come, or is another now."""
    ids = list(registration_ids)
    db.session.execute(delete(Needs).where(Needs.registration_id.in_(ids)), execution_options={"synchronize_session": "fetch"})


def object_(registration: Registration, note: str, *, by: Actor, now: datetime) -> None:
    """The person does not want to be registered by others: this registration is cancelled and no other can be made.

    Whoever registered the person is told that much. A registration of one's own stays.
    """
    person = _locked(registration.person_id)
    there = db.session.get(Objection, person.id)
    if there is None:
        db.session.add(Objection(person_id=person.id, at=now, note=note))
    elif there.withdrawn_at is not None:
        there.at, there.note, there.withdrawn_at = now, note, None
    db.session.flush()
    _record("objection.make", person, registration.event_id, by, now, {})
    if registration.source in BY_THEMSELVES or registration.status in ENDED:
        return
    registrations.cancel([registration], reason="", by=by, at=now, side=Side.PERSON)
    mails.send_objected(registration, at=now)


def take_objection_back(person_id: int, *, by: Actor, now: datetime) -> None:
    """Lets others register the person again."""
    person = _locked(person_id)
    there = queries.objection(person.id)
    if there is not None:
        there.withdrawn_at, there.note = now, ""
        db.session.flush()
        _record("objection.withdraw", person, None, by, now, {})


def object_in_general(person_id: int, *, by: Actor, now: datetime) -> None:
    """The person does not want to be registered by others from now on; registrations stay as they are."""
    person = _locked(person_id)
    there = db.session.get(Objection, person.id)
    if there is None:
        db.session.add(Objection(person_id=person.id, at=now))
    else:
        there.at, there.withdrawn_at = now, None
    db.session.flush()
    _record("objection.make", person, None, by, now, {})


def ask_for_erasure(person: Person, address: str, *, by: Actor, now: datetime) -> None:
    """Asks the organizers to erase the person; each of them gets a mail with the way to do it."""
    _record("erasure.ask", person, None, by, now, {})
    for organizer in queries.organizers(now):
        mails.send_erasure_asked(person, address, organizer, at=now)


def note_look(event: Event, reason: str, count: int, *, exported: bool, by: Actor, now: datetime) -> None:
    """Notes that somebody looked at needs by name, or took them out, and why. Never what stood there."""
    record(
        "needs.export" if exported else "needs.look",
        by=by,
        at=now,
        object_type="event",
        object_id=event.id,
        object_name=event.title,
        event_id=event.id,
        changes={"reason": reason, "people": count},
    )


def note_export(person: Person, reason: str, form: str, *, by: Actor, now: datetime) -> None:
    """Notes that somebody took out all data of a person, and why."""
    _record("person.export", person, None, by, now, {"reason": reason, "form": form})


def _record(action: str, person: Person, event_id: int | None, by: Actor, at: datetime, changes: dict[str, object]) -> None:
    record(
        action,
        by=by,
        at=at,
        object_type="person",
        object_id=person.id,
        object_name=person.full_name,
        event_id=event_id,
        person_id=person.id,
        changes=changes,
    )


hooks.BARRED.append(queries.objectors)
hooks.CLEARED.append(clear_needs)
NEEDING.append(queries.with_access_needs)
