"""Telling people and their companies that certificates end: 90, 30 and 0 days before, each once, in the person's own days.

A certificate that was renewed, by another of the same course or credential that lasts longer, needs no notice. A company's
admins get one mail about all of its people whose certificates came due together.
"""

from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Select, exists, func, or_, select
from sqlalchemy.orm import aliased

from eventapp.core.clock import now
from eventapp.core.db import db, reading, rollback, transaction
from eventapp.core.jobs import job
from eventapp.core.links import absolute
from eventapp.core.times import day_text, to_local, zone_or_none
from eventapp.mail.render import render
from eventapp.mail.service import Letter, letter, queue_all
from eventapp.partners.models import (
    CALLED_FAMILY,
    CALLED_GIVEN,
    IN_PROGRAMME,
    Membership,
    MembershipState,
    Organisation,
    Person,
)
from eventapp.registrations.invitations.queries import admins_of
from eventapp.training.certificates import mails, queries
from eventapp.training.certificates.printing import title_of
from eventapp.training.certificates.rules import LATE_DAYS, NOTICE_DAYS, notice_due
from eventapp.training.models import Certificate, CertificateNotice, CourseVersion

PORTION = 200
EVERY = timedelta(hours=1)
# When this process looked last: the table is asked once an hour, not every minute.
_looked: list[datetime] = []


class Colleague(NamedTuple):
    """A certificate as a company's admins read of it: under the name that the company knows."""

    person: str
    title: str
    until: str
    over: bool


@job("certificates.notices", every_minute=True)
def notice_all() -> None:
    """Sends the notices that are due, looking once an hour."""
    at = now()
    if not _looked or not timedelta() <= at - _looked[-1] < EVERY:
        _looked[:] = [at]
        send_due(at)


def send_due(at: datetime) -> int:
    """Sends all notices that are due at that moment, a portion in each transaction; returns for how many certificates."""
    with reading():
        due = sorted(_due(at), key=lambda one: one.person_id)
        rollback()
    for start in range(0, len(due), PORTION):
        with transaction():
            _send([one.id for one in due[start : start + PORTION]], at)
        db.session.expunge_all()
    return len(due)


class Due(NamedTuple):
    """A certificate with the notice that is due for it."""

    id: int
    person_id: int
    days: int


def _ending(at: datetime) -> Select[Any]:
    """The certificates that end soon or have just ended, as long as no other makes up for them."""
    newer, version, own = aliased(Certificate), aliased(CourseVersion), aliased(CourseVersion)
    same_course = select(version.id).join(own, own.course_id == version.course_id).where(own.id == Certificate.version_id)
    # Two queries further in: by itself it would ask for the courses of all certificates, and any later one would do.
    same_course = same_course.correlate(Certificate)
    renewed = exists().where(
        newer.person_id == Certificate.person_id,
        newer.id != Certificate.id,
        newer.revoked_at.is_(None),
        newer.replaced_by_id.is_(None),
        or_(newer.expires_on.is_(None), newer.expires_on > Certificate.expires_on),
        or_(newer.credential_id == Certificate.credential_id, newer.version_id.in_(same_course)),
    )
    told = select(func.min(CertificateNotice.days)).where(CertificateNotice.certificate_id == Certificate.id)
    # A day more on both sides: elsewhere it is tomorrow already, or still yesterday.
    first, last = at.date() - timedelta(days=LATE_DAYS + 1), at.date() + timedelta(days=NOTICE_DAYS[-1] + 1)
    return (
        select(
            Certificate.id,
            Certificate.person_id,
            Certificate.expires_on,
            Certificate.issued_at,
            Person.time_zone,
            told.scalar_subquery().label("told"),
        )
        .join(Person, Person.id == Certificate.person_id)
        .where(*queries.LIVE, Certificate.expires_on.between(first, last), ~renewed)
    )


def _today(zone: str, at: datetime) -> date:
    """Which day it is for a person in that zone; in UTC where there is no such zone."""
    return to_local(at, zone).date() if zone_or_none(zone) else at.date()


def _due(at: datetime, ids: Collection[int] | None = None) -> list[Due]:
    query = _ending(at) if ids is None else _ending(at).where(Certificate.id.in_(ids))
    found = []
    for row in db.session.execute(query):
        today = _today(row.time_zone, at)
        days = notice_due(row.expires_on, row.issued_at.date(), today)
        if days is not None and (row.told is None or row.told > days):
            found.append(Due(row.id, row.person_id, days))
    return found


def _send(ids: Sequence[int], at: datetime) -> None:
    """Those of them that are still due: another worker may have told about them, whose rows are passed over."""
    held = select(Certificate.id).where(Certificate.id.in_(ids)).with_for_update(skip_locked=True)
    due = _due(at, db.session.scalars(held).all())
    db.session.add_all(CertificateNotice(certificate_id=one.id, days=one.days, told_at=at) for one in due)
    certificates = queries.chosen([one.id for one in due])
    queue_all([*_to_people(certificates, at), *_to_companies(certificates, at)])


def _is_over(certificate: Certificate, at: datetime) -> bool:
    """Whether it has ended by now, in the person's own days: the sweep comes late sometimes."""
    return certificate.expires_on is not None and certificate.expires_on < _today(certificate.person.time_zone, at)


def _to_people(certificates: Sequence[Certificate], at: datetime) -> list[Letter]:
    found, letters = mails.by_person(certificates), []
    known = mails.addresses(found)
    for person_id, own in found.items():
        if person_id in known:
            with mails.language_of(own[0].person.language):
                over = [one for one in own if _is_over(one, at)]
                written = render(
                    "training/certificates_ending",
                    name=own[0].name,
                    lines=mails.lines([one for one in own if one not in over]),
                    ended=mails.lines(over),
                    courses=absolute("courses.index"),
                )
            letters.append(_letter(f"person:{person_id}", own[0].name, known[person_id], written, at))
    return letters


def _to_companies(certificates: Sequence[Certificate], at: datetime) -> list[Letter]:
    found = mails.by_person(certificates)
    members = (
        select(Membership.person_id, Organisation.id, Organisation.name, func.trim(CALLED_GIVEN + " " + CALLED_FAMILY))
        .join(Organisation, Organisation.id == Membership.organisation_id)
        .join(Person, Person.id == Membership.person_id)
        .where(Membership.person_id.in_(found), Membership.state == MembershipState.ACTIVE, IN_PROGRAMME)
        .order_by(Organisation.id, Person.sort_key, Person.id)
    )
    companies: dict[int, str] = {}
    lines: dict[int, list[Colleague]] = {}
    for person_id, organisation_id, company, called in db.session.execute(members):
        companies[organisation_id] = company
        lines.setdefault(organisation_id, []).extend(
            Colleague(called, title_of(one), day_text(one.expires_on), _is_over(one, at))
            for one in found[person_id]
            if one.expires_on
        )
    letters = []
    for organisation_id, admins in admins_of(list(companies)).items():
        company = companies[organisation_id]
        for name, address in admins:
            written = render(
                "training/certificates_ending_company",
                name=name,
                company=company,
                lines=[one for one in lines[organisation_id] if not one.over],
                ended=[one for one in lines[organisation_id] if one.over],
                link=absolute("company_certificates.index"),
            )
            letters.append(_letter(f"organisation:{organisation_id}", name, address, written, at))
    return letters


def _letter(about: str, name: str, address: str, written: tuple[str, str, str], at: datetime) -> Letter:
    subject, text, html = written
    return letter(
        kind="certificates.ending",
        about=about,
        to_name=name,
        to_address=address,
        subject=subject,
        text=text,
        html=html,
        at=at,
    )
