"""What becomes of certificates later: revoked and restored, replaced under another spelling, sent again.

A code is never used again and says the same for good: so a corrected name is a new certificate, and the old one says that it
was replaced. Undoing that is replacing once more. Only revoking can be taken back as such.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select

from eventapp.audit.service import Actor, record
from eventapp.core.db import db
from eventapp.core.errors import RuleError, StaleError
from eventapp.core.i18n import _
from eventapp.registrations.rules import new_code
from eventapp.training import hooks
from eventapp.training.certificates import issuing, mails, printing, queries
from eventapp.training.certificates.rules import Way, basis, is_spelling_of, printed_name
from eventapp.training.models import Certificate
from eventapp.training.rules import new_salt

# So often people mend the spelling of their name alone; then they ask the organizer.
SPELLINGS = 3


def _about(one: Certificate) -> dict[str, Any]:
    return {"object_type": "certificate", "object_id": one.id, "object_name": one.name, "person_id": one.person_id}


def _as_seen(certificate_id: int, version: int | None) -> Certificate:
    one = queries.locked(certificate_id)
    if version is not None and one.version != version:
        raise StaleError(_("Somebody else has changed this certificate in the meantime."))
    return one


def revoke(certificate_id: int, reason: str, *, version: int | None = None, by: Actor, at: datetime) -> list[Certificate]:
    """Revokes a certificate, and the credentials of the person that do not hold without it. Returns all of them.

    The reason is told to the person and stands in the log; the public page gives the day only. Raises RuleError.
    """
    one = _as_seen(certificate_id, version)
    if one.revoked_at is not None:
        raise RuleError(_("This certificate was revoked already."))
    if one.replaced_by_id is not None:
        raise RuleError(_("This certificate was replaced: revoke the one that replaced it."))
    if not reason:
        raise RuleError(_("Say why."), "reason", 422)
    gone = [one]
    _revoke(one, reason, by, at)
    gone += _without_base(one, by, at)
    found = list(queries.chosen([each.id for each in gone]))
    mails.send_revoked(found, reason, at=at)
    hooks.certified(found, by=by, at=at)
    return found


def _revoke(one: Certificate, reason: str, by: Actor, at: datetime) -> None:
    one.revoked_at, one.revoked_by, one.revoked_reason = at, by.actor_name, reason
    db.session.flush()
    changes = {"of": printing.title_of(one), "reason": reason}
    record("certificates.revoke", by=by, at=at, changes=changes, **_about(one))


def _without_base(revoked: Certificate, by: Actor, at: datetime) -> list[Certificate]:
    """Revokes credentials that were given by rule for courses of which a certificate does not count any more."""
    if revoked.version_id is None:
        return []
    live, gone = queries.live_of([revoked.person_id]), list[Certificate]()
    held = [issuing.held_by(one) for one in live if one.course_version is not None]
    ways: dict[int, list[Way]] = {}
    for credential, required, elective, electives in queries.ways():
        ways.setdefault(credential.id, []).append(Way(required, elective, electives))
    course_id = revoked.course_version.course_id if revoked.course_version is not None else 0
    for one in live:
        if one.credential_id is None or one.by_hand:
            continue
        leading = ways.get(one.credential_id, [])
        concerned = any(course_id in way.required | way.elective for way in leading)
        if concerned and not any(basis(way, held, one.completed_on) for way in leading):
            whole = queries.locked(one.id)
            _revoke(whole, _("A course that it stands on was revoked."), by, at)
            gone.append(whole)
    return gone


def restore(certificate_id: int, *, by: Actor, at: datetime) -> list[Certificate]:
    """Takes revoking back, with the credentials that went along. Raises RuleError."""
    one = queries.locked(certificate_id)
    if one.revoked_at is None:
        raise RuleError(_("This certificate is not revoked."))
    along = select(Certificate.id).where(
        Certificate.person_id == one.person_id,
        Certificate.revoked_at == one.revoked_at,
        Certificate.revoked_by == one.revoked_by,
    )
    found = list(queries.chosen(db.session.scalars(along).all()))
    for each in found:
        each.revoked_at, each.revoked_by, each.revoked_reason = None, "", ""
        db.session.flush()
        record("certificates.restore", by=by, at=at, changes={"of": printing.title_of(each)}, **_about(each))
    hooks.certified(found, by=by, at=at)
    return found


def replace(certificate_id: int, name: str, *, version: int | None = None, by: Actor, at: datetime) -> Certificate:
    """Issues the certificate anew under another spelling; the old one says from now on that it was replaced.

    Raises RuleError if it does not count any more, or a character cannot be printed.
    """
    old, name = _as_seen(certificate_id, version), printed_name(name)
    if old.revoked_at is not None or old.replaced_by_id is not None:
        raise RuleError(_("This certificate does not count any more, so it cannot be replaced."))
    issuing.check_printable(name)
    if name == old.name:
        raise RuleError(_("That is the name as it stands there already."), "name", 422)
    kept = ("person_id", "version_id", "credential_id", "mode", "completed_on", "minutes", "half_credits", "expires_on")
    values = {column: getattr(old, column) for column in (*kept, "by_hand", "reason")}
    new = Certificate(**values, code=new_code(), name=name, issued_at=at, issued_by=by.actor_name, salt=new_salt())
    db.session.add(new)
    db.session.flush()
    # One at a time: an enrolment has a single certificate that counts.
    old.replaced_by_id = new.id
    db.session.flush()
    new.enrolment_id = old.enrolment_id
    db.session.flush()
    changes = {"of": printing.title_of(old), "printed": [old.name, new.name]}
    record("certificates.replace", by=by, at=at, changes=changes, **_about(new))
    (whole,) = queries.chosen([new.id])
    mails.send_issued([whole], at=at, replaced=True)
    hooks.certified([old, whole], by=by, at=at)
    return whole


def _first_of(one: Certificate) -> Certificate:
    """The certificate that this one stands for in the end: the first of those replaced one after the other."""
    while (before := db.session.scalar(select(Certificate).where(Certificate.replaced_by_id == one.id))) is not None:
        one = before
    return one


def mend_own_name(certificate_id: int, name: str, *, version: int | None = None, by: Actor, at: datetime) -> Certificate:
    """The person's own correction of the spelling. Another person's name, or a fourth time, is the organizer's to decide.

    It is compared with the name as it was issued first: step by step any name could become any other.
    """
    one = queries.locked(certificate_id)
    query = select(Certificate.id).where(
        Certificate.person_id == one.person_id,
        Certificate.version_id.is_not_distinct_from(one.version_id),
        Certificate.credential_id.is_not_distinct_from(one.credential_id),
        Certificate.replaced_by_id.is_not(None),
    )
    if len(db.session.scalars(query.limit(SPELLINGS)).all()) >= SPELLINGS:
        raise RuleError(_("The name was changed several times already. Please ask the organizer."), "name")
    if not is_spelling_of(printed_name(name), _first_of(one).name):
        raise RuleError(_("That looks like another person's name. Please ask the organizer."), "name", 422)
    return replace(certificate_id, name, version=version, by=by, at=at)


def resend(certificates: Sequence[Certificate], *, by: Actor, at: datetime) -> int:
    """Sends the mails with the certificates once more, of those that count; returns to how many people."""
    sent = mails.send_issued([one for one in certificates if one.revoked_at is None and one.replaced_by_id is None], at=at)
    for one in sent:
        record("certificates.resend", by=by, at=at, changes={"of": printing.title_of(one)}, **_about(one))
    return len({one.person_id for one in sent})
