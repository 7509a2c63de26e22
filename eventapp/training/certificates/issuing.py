"""Issuing certificates: by rule when a run is completed and final, by hand, and credentials that have become complete.

A certificate of a run is issued once its results are final (`Run.done_at`): at once for who completes it later, by an
assessment that may still be taken. What a name needs that no font prints holds its certificate back, until a font is added
or the name is given in another spelling; nobody else waits for that.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from eventapp.audit.service import Actor, record
from eventapp.core.db import db
from eventapp.core.errors import RuleError
from eventapp.core.i18n import _
from eventapp.core.times import to_local
from eventapp.events.models import EventFormat
from eventapp.partners.models import Person
from eventapp.registrations.rules import new_code
from eventapp.training import hooks
from eventapp.training import queries as training
from eventapp.training.certificates import mails, printing, queries
from eventapp.training.certificates.rules import Held, Way, basis, expiry, lasts_longer, printed_name, term
from eventapp.training.models import Certificate, CourseVersion, Credential, Enrolment
from eventapp.training.rules import Slot, half_credits, new_salt


@dataclass
class Issued:
    """What was issued, and whose certificate waits for a name that can be printed: enrolment → missing characters."""

    certificates: list[Certificate] = field(default_factory=list)
    held_back: list[tuple[Enrolment, list[str]]] = field(default_factory=list)


def for_enrolments(enrolment_ids: Collection[int], *, names: Mapping[int, str] | None = None, by: Actor, at: datetime) -> Issued:
    """Issues certificates of those enrolments that are complete, final, and have none yet, and the credentials that follow.

    `names` are what to print instead of names that no font prints, by enrolment. Called twice it issues once: whoever comes
    second waits for the people's locks, and finds the certificates.
    """
    issued = Issued()
    complete = queries.enrolments_to_certify(enrolment_ids)
    queries.lock([one.person_id for one in complete])
    final = [one for one in queries.enrolments_to_certify(enrolment_ids) if one.run.done_at is not None]
    spelt = _spelt(final, names or {})
    gone = printing.missing(spelt.values())
    slots = training.slots_of(list({one.run_id: one.run for one in final}.values()))
    for one in final:
        if spelt[one.id] in gone or not spelt[one.id]:
            issued.held_back.append((one, gone.get(spelt[one.id], [])))
        else:
            issued.certificates.append(_of_enrolment(one, spelt[one.id], slots[one.run_id], by, at))
    db.session.add_all(issued.certificates)
    _finish(issued, by, at)
    return issued


def _spelt(enrolments: Sequence[Enrolment], names: Mapping[int, str]) -> dict[int, str]:
    """The name on each certificate: the person's own, or what was given for one that cannot be printed."""
    own = {one.id: printed_name(one.person.full_name) for one in enrolments}
    gone = printing.missing(own.values())
    return {id_: printed_name(names.get(id_, "")) or name if name in gone or not name else name for id_, name in own.items()}


def _of_enrolment(one: Enrolment, name: str, slots: Sequence[Slot], by: Actor, at: datetime) -> Certificate:
    version, zone = one.run.course_version, one.run.event.time_zone
    day = to_local(slots[-1].ends_at, zone).date()
    if version.assessed and one.completed_at is not None:
        day = max(day, to_local(one.completed_at, zone).date())
    # Who was settled as attended without any interval was there in another way than the tools could see.
    minutes = (one.attended or one.slots) // 60
    return Certificate(
        code=new_code(),
        person_id=one.person_id,
        enrolment_id=one.id,
        version_id=version.id,
        name=name,
        mode=EventFormat(one.registration.mode.value),
        completed_on=day,
        minutes=minutes,
        half_credits=half_credits(minutes, version.credit_minutes),
        expires_on=expiry(day, version.validity_months),
        issued_at=at,
        issued_by=by.actor_name,
        salt=new_salt(),
    )


@dataclass(frozen=True)
class ByHand:
    """What an organizer fills in. `of` is a version of a course, or a credential; `expires_on` none: as that says."""

    of: CourseVersion | Credential
    name: str
    completed_on: date
    minutes: int
    mode: EventFormat | None
    reason: str
    expires_on: date | None = None


def by_hand(person: Person, details: ByHand, *, by: Actor, at: datetime) -> Issued:
    """Issues a certificate for something that no run of ours led to, for a reason. Raises RuleError."""
    name = printed_name(details.name) or printed_name(person.full_name)
    check_printable(name)
    if details.completed_on > at.date():
        raise RuleError(_("That day has not come yet."), "completed_on", 422)
    if person.erased_at is not None or person.merged_into_id is not None:
        raise RuleError(_("This person is not in the list any more."), "who")
    queries.lock([person.id])
    of = details.of
    course = of if isinstance(of, CourseVersion) else None
    made = Certificate(
        code=new_code(),
        person_id=person.id,
        version_id=course.id if course is not None else None,
        credential_id=of.id if course is None else None,
        name=name,
        mode=details.mode if course is not None else None,
        completed_on=details.completed_on,
        minutes=details.minutes if course is not None else 0,
        half_credits=half_credits(details.minutes, course.credit_minutes) if course is not None else 0,
        expires_on=_until(details),
        by_hand=True,
        reason=details.reason,
        issued_at=at,
        issued_by=by.actor_name,
        salt=new_salt(),
    )
    db.session.add(made)
    issued = Issued([made])
    _finish(issued, by, at)
    return issued


def _until(details: ByHand) -> date | None:
    """The last day of a certificate by hand: as given, else as the course or the credential says. Raises RuleError.

    A credential without months of its own is valid as its courses are, of which nothing is known here.
    """
    if details.expires_on is not None:
        if details.expires_on < details.completed_on:
            raise RuleError(_("It must not end before it was completed."), "expires_on", 422)
        return details.expires_on
    if isinstance(details.of, Credential) and details.of.validity_months is None:
        raise RuleError(_("This credential is valid as its courses are: say until when."), "expires_on", 422)
    return expiry(details.completed_on, details.of.validity_months)


def check_printable(name: str) -> None:
    """Raises RuleError if nothing of a name is left, or no font at hand prints all of it."""
    if not name:
        raise RuleError(_("Give the name that is to be printed."), "name", 422)
    if gone := printing.missing([name]):
        signs = " ".join(gone[name])
        text = _("No font at hand prints these characters: %(signs)s. Add one, or give the name in another script.", signs=signs)
        raise RuleError(text, "name", 422)


def _finish(issued: Issued, by: Actor, at: datetime) -> None:
    """Credentials that follow, the log, the mails, and what later parts make of it."""
    if not issued.certificates:
        return
    db.session.flush()
    issued.certificates += credentials_for({one.person_id for one in issued.certificates}, by=by, at=at)
    # With all that mails and the log say of them.
    issued.certificates = list(queries.chosen([one.id for one in issued.certificates]))
    for one in issued.certificates:
        _write_down(one, by, at)
    mails.send_issued(issued.certificates, at=at)
    hooks.certified(issued.certificates, by=by, at=at)


def credentials_for(person_ids: Collection[int], *, by: Actor, at: datetime) -> list[Certificate]:
    """Issues the credentials whose courses these people have all completed, where that lasts longer than what they hold.

    The people are locked: two of their courses that are completed at once make one credential.
    """
    ways, made, today = queries.ways(), list[Certificate](), at.date()
    by_person: dict[int, list[Certificate]] = {}
    for one in queries.live_of(person_ids):
        by_person.setdefault(one.person_id, []).append(one)
    for person_id, certificates in by_person.items():
        held = [held_by(one) for one in certificates if one.course_version is not None]
        # As the newest of their certificates has it, so that a name that was corrected stays so.
        name = max(certificates, key=lambda one: one.id).name
        terms: dict[int, tuple[Credential, date, date | None]] = {}
        for credential, required, elective, electives in ways:
            stands_on = basis(Way(required, elective, electives), held, today)
            if stands_on is not None:
                completed_on, expires_on = term(stands_on, credential.validity_months)
                best = terms.get(credential.id)
                if best is None or lasts_longer(expires_on, best[2]):
                    terms[credential.id] = (credential, completed_on, expires_on)
        for credential, completed_on, expires_on in terms.values():
            had = [one.expires_on for one in certificates if one.credential_id == credential.id]
            ended = expires_on is not None and expires_on < today
            if not ended and all(lasts_longer(expires_on, one) for one in had):
                made.append(_of_credential(person_id, credential, name, completed_on, expires_on, by, at))
    db.session.add_all(made)
    db.session.flush()
    return made


def _of_credential(
    person_id: int, credential: Credential, name: str, completed_on: date, expires_on: date | None, by: Actor, at: datetime
) -> Certificate:
    return Certificate(
        code=new_code(),
        person_id=person_id,
        credential_id=credential.id,
        name=name,
        completed_on=completed_on,
        expires_on=expires_on,
        issued_at=at,
        issued_by=by.actor_name,
        salt=new_salt(),
    )


def held_by(certificate: Certificate) -> Held:
    """A certificate of a course, as the rules of credentials look at it."""
    version = certificate.course_version
    assert version is not None
    return Held(version.course_id, certificate.completed_on, certificate.expires_on)


def _write_down(one: Certificate, by: Actor, at: datetime) -> None:
    changes = {"of": printing.title_of(one), "completed_on": one.completed_on, "expires_on": one.expires_on}
    about: dict[str, Any] = {"object_type": "certificate", "object_id": one.id, "object_name": one.name}
    if one.by_hand:
        changes = {**changes, "reason": one.reason}
        record("certificates.issue_by_hand", by=by, at=at, person_id=one.person_id, changes=changes, **about)
    else:
        record("certificates.issue", by=by, at=at, person_id=one.person_id, changes=changes, **about)


def _completed(enrolments: Sequence[Enrolment], complete: bool, by: Actor, at: datetime) -> None:
    """Certifies who completes a run that is final. Who does not hold it any more keeps the certificate until it is revoked."""
    if complete:
        db.session.flush()
        for_enrolments([one.id for one in enrolments], by=by, at=at)


hooks.COMPLETED.append(_completed)
