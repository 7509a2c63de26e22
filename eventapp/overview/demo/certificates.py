"""What the people of the demo hold: taken over from a former academy, so that tiers mean something from the first day.

Most companies have what their tier asks for, some fall below it soon because a certificate ends, and some lack somebody.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from itertools import count
from random import Random
from typing import Any

from sqlalchemy import select, update

from eventapp.core.db import db
from eventapp.events.models import EventFormat
from eventapp.overview.demo.companies import DONAU, Company
from eventapp.overview.demo.people import Colleague
from eventapp.overview.demo.writing import bulk, free_ids, move_sequences
from eventapp.partners.models import JobFunction, MembershipRole, OrganisationStatus
from eventapp.registrations.rules import new_code
from eventapp.training.certificates.rules import months_after, notice_due
from eventapp.training.models import Certificate, CertificateNotice, CourseVersion, Credential
from eventapp.training.rules import half_credits, new_salt

REASON = "Taken over from the former academy"
ENGINEER, EXPERT, SELLER = "KCE", "KCX", "KSP"
# What leads to a credential in the demo, the course that ends first at the front.
COURSES = {
    ENGINEER: ("COR-201", "COR-101", "VLT-201"),
    EXPERT: ("COR-301", "PRE-201", "VPS-101"),
    SELLER: ("SAL-210", "SAL-201", "SAL-101"),
}
# Tier → how many engineers and sellers a company of it should have.
WANTED = {"premier": (6, 3), "advanced": (2, 1), "ready": (1, 0)}
TECHNICAL = (JobFunction.TECHNICAL, JobFunction.PRESALES, JobFunction.SERVICES, JobFunction.TRAINING)
# Of a hundred companies: how many have all of it, how many of these with an end within 80 days, and how many had it once.
WHOLE, AT_RISK, ENDED = 76, 12, 6


class _Book:
    """The rows to be written, with the ids that they will have."""

    def __init__(self, versions: Mapping[str, CourseVersion], random: Random, at: datetime) -> None:
        self.versions = versions
        self.credentials = {one.code: one.id for one in db.session.scalars(select(Credential))}
        self.random, self.at, self.today = random, at, at.date()
        self.ids: Iterator[int] = free_ids(Certificate)
        self.rows: list[dict[str, Any]] = []

    def add(self, person: Colleague, completed_on: date, expires_on: date | None, **of: Any) -> dict[str, Any]:
        """A row; `of` is what it is of, and whatever else is not usual."""
        row = {
            "id": next(self.ids),
            "code": new_code(),
            "person_id": person.id,
            "version_id": None,
            "credential_id": None,
            "name": person.full_name,
            "mode": None,
            "completed_on": completed_on,
            "minutes": 0,
            "half_credits": 0,
            "expires_on": expires_on,
            "by_hand": False,
            "reason": "",
            "issued_at": min(self.at, self.at.replace(hour=9) - (self.today - completed_on) + timedelta(days=1)),
            "issued_by": "olivia.organizer@karmin.example",
            "revoked_at": None,
            "revoked_by": "",
            "revoked_reason": "",
            "salt": new_salt(),
            "version": 1,
            **of,
        }
        self.rows.append(row)
        return row

    def course(self, person: Colleague, code: str, completed_on: date) -> dict[str, Any]:
        """Somebody's certificate of a course."""
        version = self.versions[code]
        expires_on = months_after(completed_on, version.validity_months) if version.validity_months else None
        return self.add(
            person,
            completed_on,
            expires_on,
            version_id=version.id,
            mode=self.random.choice((EventFormat.IN_PERSON, EventFormat.VIRTUAL)),
            minutes=version.minutes,
            half_credits=half_credits(version.minutes, version.credit_minutes),
            by_hand=True,
            reason=REASON,
        )

    def held(self, person: Colleague, credential: str, ends_in: int | None = None) -> None:
        """Somebody's courses and the credential that they come to; it ends in so many days, or in a year or so."""
        first, *others = COURSES[credential]
        months = self.versions[first].validity_months or 24
        left = ends_in if ends_in is not None else self.random.randrange(120, months * 30 - 30)
        begun = months_before(self.today + timedelta(days=left), months)
        made = [self.course(person, first, begun)]
        # The others are younger, and so end later.
        for code in others:
            later = min(self.today - timedelta(days=1), begun + timedelta(days=self.random.randrange(3, 60)))
            made.append(self.course(person, code, max(begun, later)))
        ends = [row["expires_on"] for row in made if row["expires_on"] is not None]
        completed_on = max(row["completed_on"] for row in made)
        self.add(person, completed_on, min(ends, default=None), credential_id=self.credentials[credential])


def months_before(day: date, months: int) -> date:
    """A day whose certificate of so many months ends about then."""
    years, month = divmod(day.month - 1 - months, 12)
    return date(day.year + years, month + 1, min(day.day, 28))


def fill(versions: Mapping[str, CourseVersion], companies: Sequence[Company], random: Random, at: datetime) -> None:
    """Writes certificates of all states for the people of companies with a tier."""
    book = _Book(versions, random, at)
    for company in companies:
        if company.domain == DONAU:
            _donau(book, company)
        elif company.tier is not None and company.people and company.status is OrganisationStatus.ACTIVE:
            _company(book, company)
    bulk(Certificate, book.rows)
    move_sequences([Certificate])
    _corrected(book)
    bulk(CertificateNotice, _told(book))


def _told(book: _Book) -> Iterator[dict[str, Any]]:
    """The notices that have gone out by now, so that the worker does not begin with a thousand mails."""
    for row in book.rows:
        if row["expires_on"] is not None:
            # Whatever day it is where the person is, and until tomorrow: also what has ended as long ago as is still told.
            near = [book.today + timedelta(days=n) for n in (-1, 0, 1)]
            due = [notice_due(row["expires_on"], row["issued_at"].date(), day) for day in near]
            told = [days for days in due if days is not None]
            if told:
                yield {"certificate_id": row["id"], "days": min(told), "told_at": book.at}


def _company(book: _Book, company: Company) -> None:
    engineers, sellers = WANTED[company.tier or ""]
    technical = sorted(company.people, key=lambda one: one.function not in TECHNICAL)
    others = sorted(company.people, key=lambda one: (one.function is not JobFunction.SALES, one.function in TECHNICAL))
    luck = book.random.randrange(100)
    if luck >= WHOLE + ENDED:
        engineers, sellers = book.random.randrange(engineers + 1), book.random.randrange(sellers + 1)
    for number, person in enumerate(technical[:engineers]):
        soon = number == 0 and luck < AT_RISK
        gone = number == 0 and WHOLE <= luck < WHOLE + ENDED
        ends_in = book.random.randrange(3, 80) if soon else -book.random.randrange(5, 60) if gone else None
        book.held(person, ENGINEER, ends_in)
        if company.tier == "premier" and number < 2:
            book.held(person, EXPERT)
    for person in others[:sellers]:
        book.held(person, SELLER)


def _donau(book: _Book, company: Company) -> None:
    """The company of the demo's login: two engineers, of whom one ends soon, and the one who logs in as a seller."""
    technical = sorted(company.people, key=lambda one: (one.role is MembershipRole.ADMIN, one.function not in TECHNICAL))
    book.held(technical[0], ENGINEER)
    book.held(technical[1], ENGINEER, 33)
    book.held(technical[-1], SELLER)


def _corrected(book: _Book) -> None:
    """A few that were revoked, and a few that were replaced under another spelling."""
    courses = [row for row in book.rows if row["version_id"] is not None and row["expires_on"] is not None]
    chosen = book.random.sample([row for row in courses if row["expires_on"] > book.today], min(8, len(courses)))
    for row, number in zip(chosen, count(), strict=False):
        if number < 4:
            person_id = row["person_id"]
            values = {"revoked_at": book.at - timedelta(days=number + 1), "revoked_by": row["issued_by"]}
            reason = "Somebody else sat the assessment"
            # The credential that stands on it goes along, as by the real act.
            own = (Certificate.id == row["id"]) | ((Certificate.person_id == person_id) & Certificate.credential_id.is_not(None))
            db.session.execute(update(Certificate).where(own).values(revoked_reason=reason, **values))
        else:
            new = {**row, "id": next(book.ids), "code": new_code(), "salt": new_salt()}
            bulk(Certificate, [{**new, "name": f"{row['name']} MSc", "issued_at": book.at - timedelta(days=number)}])
            db.session.execute(update(Certificate).where(Certificate.id == row["id"]).values(replaced_by_id=new["id"]))
    move_sequences([Certificate])
