"""What joint plans read: certificates that people of both sides hold, and who of the partner is confirmed for events.

Plans stand beside training and below this. A question names its company, and no answer holds anybody of another one.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from flask import Flask
from sqlalchemy import Select, and_, func, literal, or_, select, union_all

from eventapp.accounts.models import Grant, User
from eventapp.core.db import db
from eventapp.core.times import to_local
from eventapp.events.models import Event, EventSlug, EventStatus
from eventapp.partners.models import CALLED_FAMILY, CALLED_GIVEN, CALLED_SORT, Membership, MembershipState, Person
from eventapp.plans import hooks
from eventapp.plans.hooks import Attending, Certified, Confirmed, Holding
from eventapp.registrations.models import Registration, RegistrationStatus
from eventapp.training.certificates.queries import LIVE
from eventapp.training.models import Certificate, Course, CourseVersion, Credential, VersionStatus
from eventapp.training.programme.facts import belongs_on

# Stands for the vendor among ids of companies.
_VENDOR = 0
_CODE = func.upper(func.coalesce(Course.code, Credential.code))


def holdings(asked: Collection[Certified], at: datetime) -> Mapping[Certified, Sequence[Holding]]:
    """The certificates that people hold who belong to the companies asked for at that moment; one query.

    Of the vendor these are people whose login has a role there. By course or credential as it is asked for, by name.
    """
    codes = {one.code for one in asked}
    companies = {one.company_id for one in asked if one.company_id is not None}
    sources = [_of_members(companies, codes, at.date())]
    if any(one.company_id is None for one in asked):
        sources.append(_of_staff(codes, at))
    held = union_all(*sources).subquery("held") if len(sources) > 1 else sources[0].subquery("held")
    # What was never taught is as if it did not exist.
    taught = select(CourseVersion.course_id).where(CourseVersion.status != VersionStatus.DRAFT)
    courses = select(func.upper(Course.code).label("code")).where(Course.id.in_(taught))
    there = union_all(courses, select(func.upper(Credential.code).label("code"))).subquery("there")
    query = select(there.c.code, held).outerjoin(held, held.c.of == there.c.code).where(there.c.code.in_(codes))
    known: set[str] = set()
    found: dict[tuple[int, str], list[Holding]] = {}
    for code, _of, company_id, *person, _sort in db.session.execute(query.order_by(held.c.sort, held.c.person_id)):
        known.add(code)
        if company_id is not None:
            found.setdefault((company_id, code), []).append(Holding(*person))
    return {one: found.get((one.company_id or _VENDOR, one.code), []) for one in asked if one.code in known}


def _held_by(codes: Collection[str], company: Any, name: Any, sort: Any) -> Select[Any]:
    """Certificates of these courses and credentials that are neither revoked nor replaced, of people: narrow it."""
    return (
        select(
            _CODE.label("of"),
            company.label("company_id"),
            Person.id.label("person_id"),
            func.trim(name).label("name"),
            Certificate.completed_on,
            Certificate.expires_on,
            sort.label("sort"),
        )
        .select_from(Person)
        .join(Certificate, Certificate.person_id == Person.id)
        .outerjoin(CourseVersion, CourseVersion.id == Certificate.version_id)
        .outerjoin(Course, Course.id == CourseVersion.course_id)
        .outerjoin(Credential, Credential.id == Certificate.credential_id)
        .where(*LIVE, _CODE.in_(codes))
    )


def _of_members(companies: Collection[int], codes: Collection[str], today: date) -> Select[Any]:
    query = _held_by(codes, Membership.organisation_id, CALLED_GIVEN + " " + CALLED_FAMILY, CALLED_SORT)
    belongs = and_(Membership.organisation_id.in_(companies), belongs_on(today))
    return query.join(Membership, Membership.person_id == Person.id).where(belongs)


def _of_staff(codes: Collection[str], at: datetime) -> Select[Any]:
    """Nobody belongs to the vendor's row in the partner list: it stands for guests. Its people are those with a role."""
    roles = select(Grant.user_id).join(User, User.id == Grant.user_id)
    roles = roles.where(User.active, or_(Grant.ends_at.is_(None), Grant.ends_at > at))
    query = _held_by(codes, literal(_VENDOR), Person.given_name + " " + Person.family_name, Person.sort_key)
    return query.where(Person.user_id.in_(roles))


def confirmed(asked: Collection[Attending], at: datetime) -> Mapping[Attending, Confirmed]:
    """Who is confirmed for the events asked for, with the companies asked for; one query.

    Events that nobody may register for yet, or that were cancelled, are as if they did not exist. Whoever has left the
    company since does not count; people who came along without belonging to it do, as in all numbers of registrations.
    """
    companies = {one.company_id for one in asked}
    belonged = and_(Membership.organisation_id == Registration.organisation_id, Membership.person_id == Registration.person_id)
    ended = or_(Membership.state == MembershipState.ENDED, Membership.valid_to < at.date())
    left = select(Membership.id).where(belonged, ended).correlate(Registration).exists()
    stays = select(Membership.id).where(belonged, belongs_on(at.date())).correlate(Registration).exists()
    of_event = and_(
        Registration.event_id == Event.id,
        Registration.organisation_id.in_(companies),
        Registration.status == RegistrationStatus.CONFIRMED,
        or_(~left, stays),
    )
    # A plan may name an event by an address that it had when that was written.
    columns = (EventSlug.slug, Event.starts_at, Event.time_zone, Registration.organisation_id, Registration.registered_at)
    query = select(*columns).join(EventSlug, EventSlug.event_id == Event.id).outerjoin(Registration, of_event).where(
        EventSlug.slug.in_({one.slug for one in asked}), Event.status.in_((EventStatus.PUBLISHED, EventStatus.CLOSED))
    )  # fmt: skip
    begins: dict[str, date] = {}
    days: dict[tuple[int, str], list[date]] = {}
    for slug, starts_at, zone, company_id, registered_at in db.session.execute(query):
        begins[slug] = to_local(starts_at, zone).date()
        if company_id is not None:
            days.setdefault((company_id, slug), []).append(to_local(registered_at, zone).date())
    return {one: Confirmed(begins[one.slug], days.get((one.company_id, one.slug), [])) for one in asked if one.slug in begins}


def init_plan_readers(_app: Flask) -> None:
    """Gives plans their readers, once in a process."""
    if holdings not in hooks.HOLDINGS:
        hooks.HOLDINGS.append(holdings)
    if confirmed not in hooks.CONFIRMED:
        hooks.CONFIRMED.append(confirmed)
