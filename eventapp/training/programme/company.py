"""A company's page of the programme: what it has, what it lacks, because of whom, and whom to send where."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple

from flask import Blueprint, render_template
from sqlalchemy import or_, select
from sqlalchemy.orm import joinedload

from eventapp.core.clock import now
from eventapp.core.db import db
from eventapp.core.forms import ActionForm
from eventapp.events.models import Event, EventStatus
from eventapp.partners.audiences import company_reader, viewer
from eventapp.partners.company import queries as companies
from eventapp.partners.company.subnav import company_name, company_tabs
from eventapp.partners.models import CALLED_FAMILY, CALLED_GIVEN, CALLED_SORT, Membership, Organisation, Person
from eventapp.partners.permissions import may_run_company
from eventapp.registrations.models import ENDED, Registration
from eventapp.training.models import (
    STANDING_LABELS,
    Certificate,
    Course,
    CourseVersion,
    Credential,
    Curriculum,
    CurriculumCourse,
    ProgrammeRule,
    Run,
    Standing,
    VersionStatus,
)
from eventapp.training.programme import facts
from eventapp.training.programme.facts import Company, Rule
from eventapp.training.programme.listing import TONES
from eventapp.training.programme.queries import credentials_by_rule, rules
from eventapp.training.programme.rules import Holding, Verdict, in_scope, judge, to_renew
from eventapp.training.queries import takes_people

blueprint = Blueprint("company_programme", __name__)
SUGGESTED = 3
# A certificate that ends within this time counts as one to be renewed.
RENEWED_WITHIN = timedelta(days=90)


class Colleague(NamedTuple):
    """A member of the company, as the company calls them."""

    person_id: int
    name: str


class Holder(NamedTuple):
    """A colleague who counts for a rule, by which credentials, and until when by the one that lasts longest."""

    name: str
    credentials: str
    until: date | None
    ends_it: bool


class Step(NamedTuple):
    """Whom to send where: a colleague with the fewest courses to go, the next of them, and its next date with free seats.

    `going` is the date of that course on which they are enrolled already: then there is nothing to do but wait.
    """

    colleague: Colleague
    to_go: int
    credential: str
    course: CourseVersion
    event: Event | None
    going: Event | None
    renews: bool = False


class Card(NamedTuple):
    """A rule with the verdict of today."""

    rule: ProgrammeRule
    verdict: Verdict
    holders: Sequence[Holder]
    missing: int
    steps: Sequence[Step]


@blueprint.get("/company/training/programme")
@company_reader
def index() -> str:
    """How the company stands by each rule that is about it, and what to do."""
    at, seen_by = now(), viewer()
    company = companies.company(seen_by)
    return render_template(
        "training/programme/company.html",
        company=company,
        cards=cards(company, at),
        labels=STANDING_LABELS,
        state_tones=TONES,
        may_enrol=may_run_company(seen_by),
        form=ActionForm(),
        subnav=company_tabs("programme"),
        subnav_title=company_name(),
    )


def cards(company: Organisation, at: datetime) -> list[Card]:
    """Every rule about the company, judged at this moment: nothing here waits for the night. At most nine queries."""
    today = at.date()
    about = [r for r in rules() if in_scope(company.tier_key, company.country_code, r.tier_key, r.countries)]
    if not about:
        return []
    named = credentials_by_rule()
    here = Company(company.id, company.tier_key or "", company.country_code)
    wanted = {one.id for rule in about for one in named[rule.id]}
    held = facts.holdings([here], wanted, today)[company.id]
    kept = select(Standing.rule_id, Standing.grace_until).where(Standing.organisation_id == company.id)
    graces = dict(db.session.execute(kept).all())
    colleagues = _colleagues(company.id, today)
    ways = _Ways(wanted, colleagues, at)
    return [
        _card(
            rule, facts.facts_of(rule, [one.id for one in named[rule.id]]), named[rule.id], held, graces, colleagues, ways, today
        )
        for rule in about
    ]


def _card(
    rule: ProgrammeRule,
    known: Rule,
    credentials: Sequence[Credential],
    held: Sequence[Holding],
    graces: dict[int, date | None],
    colleagues: dict[int, Colleague],
    ways: "_Ways",
    today: date,
) -> Card:
    ours = [holding for holding in held if holding.credential_id in known.credential_ids]
    verdict = judge(known.demand, ours, today, graces.get(rule.id))
    names = {one.id: one.name for one in credentials}
    counted = [one for one in ours if one.counts_on(today, rule.window_months)]
    # Where what somebody has is about to end, they are the ones to send again.
    ending = to_renew(known.demand, ours, today, verdict.falls_on) if verdict.falls_on is not None else set()
    renewing = {person_id for person_id, _credential in ending}
    holders = _holders(counted, colleagues, names, rule, renewing)
    missing = max(rule.people_min - verdict.people, 0)
    has_it = {one.person_id for one in counted} - renewing
    asks = missing or verdict.falls_on is not None or verdict.score < rule.score_min
    steps = ways.steps(credentials, has_it, renewing) if asks else []
    return Card(rule, verdict, holders, missing, steps)


def _holders(
    counted: Sequence[Holding], colleagues: dict[int, Colleague], names: dict[int, str], rule: ProgrammeRule, renewing: set[int]
) -> list[Holder]:
    """Each colleague once, who ends first at the front."""
    found: dict[int, list[Holding]] = defaultdict(list)
    for one in counted:
        if one.person_id in colleagues:
            found[one.person_id].append(one)
    holders = []
    for person_id, theirs in found.items():
        longest = max(theirs, key=lambda one: one.last_day(rule.window_months) or date.max)
        held = sorted({names[one.credential_id] for one in theirs})
        until = longest.last_day(rule.window_months)
        holders.append(Holder(colleagues[person_id].name, ", ".join(held), until, person_id in renewing))
    return sorted(holders, key=lambda one: (one.until or date.max, one.name))


def _colleagues(company_id: int, today: date) -> dict[int, Colleague]:
    query = (
        select(Membership.person_id, CALLED_GIVEN, CALLED_FAMILY)
        .join(Person, Person.id == Membership.person_id)
        .where(Membership.organisation_id == company_id, facts.belongs_on(today))
        .order_by(CALLED_SORT, Membership.person_id)
    )
    return {
        person_id: Colleague(person_id, f"{given} {family}".strip()) for person_id, given, family in db.session.execute(query)
    }


class _Ways:
    """The curricula that lead to the credentials asked for, what each colleague has of them, and the next dates."""

    def __init__(self, credential_ids: set[int], colleagues: dict[int, Colleague], at: datetime) -> None:
        self.colleagues = colleagues
        self.curricula: dict[int, list[tuple[Curriculum, list[CurriculumCourse]]]] = defaultdict(list)
        parts = self._parts(credential_ids)
        course_ids = {part.course_id for _curriculum, courses in parts for part in courses}
        for curriculum, courses in parts:
            self.curricula[curriculum.credential_id].append((curriculum, courses))
        self.versions = self._versions(course_ids)
        self.done = self._done(course_ids, at.date())
        self.dates = self._dates(course_ids, at)
        self.going = self._going(course_ids, at)

    @staticmethod
    def _parts(credential_ids: set[int]) -> list[tuple[Curriculum, list[CurriculumCourse]]]:
        query = (
            select(Curriculum, CurriculumCourse)
            .join(CurriculumCourse, CurriculumCourse.curriculum_id == Curriculum.id)
            .where(Curriculum.credential_id.in_(credential_ids), ~Curriculum.archived)
            .order_by(Curriculum.id, CurriculumCourse.position)
        )
        found: dict[int, tuple[Curriculum, list[CurriculumCourse]]] = {}
        for curriculum, part in db.session.execute(query):
            found.setdefault(curriculum.id, (curriculum, []))[1].append(part)
        return list(found.values())

    @staticmethod
    def _versions(course_ids: set[int]) -> dict[int, CourseVersion]:
        query = select(CourseVersion).join(CourseVersion.course).options(joinedload(CourseVersion.course))
        current = query.where(
            CourseVersion.course_id.in_(course_ids), CourseVersion.status == VersionStatus.CURRENT, ~Course.archived
        )
        return {version.course_id: version for version in db.session.scalars(current)}

    def _done(self, course_ids: set[int], today: date) -> dict[int, set[int]]:
        """By person the courses of which they hold a certificate that does not end soon: else it is to be renewed."""
        query = (
            select(Certificate.person_id, CourseVersion.course_id)
            .join(CourseVersion, CourseVersion.id == Certificate.version_id)
            .where(
                Certificate.person_id.in_(list(self.colleagues)),
                CourseVersion.course_id.in_(course_ids),
                Certificate.revoked_at.is_(None),
                Certificate.replaced_by_id.is_(None),
                or_(Certificate.expires_on.is_(None), Certificate.expires_on > today + RENEWED_WITHIN),
            )
        )
        found: dict[int, set[int]] = defaultdict(set)
        for person_id, course_id in db.session.execute(query):
            found[person_id].add(course_id)
        return found

    @staticmethod
    def _dates(course_ids: set[int], at: datetime) -> dict[int, list[Event]]:
        """The coming runs of courses that are events of their own, open and not full, the soonest first."""
        query = (
            select(CourseVersion.course_id, Event)
            .join(Run, Run.version_id == CourseVersion.id)
            .join(Event, Event.id == Run.event_id)
            .where(CourseVersion.course_id.in_(course_ids), Run.session_id.is_(None), takes_people(at))
            .order_by(Event.starts_at, Event.id)
        )
        found: dict[int, list[Event]] = defaultdict(list)
        for course_id, event in db.session.execute(query):
            found[course_id].append(event)
        return found

    def _going(self, course_ids: set[int], at: datetime) -> dict[tuple[int, int], Event]:
        """By course and person the soonest run that is not over and in which they have a seat, or wait for one."""
        query = (
            select(CourseVersion.course_id, Registration.person_id, Event)
            .join(Run, Run.version_id == CourseVersion.id)
            .join(Event, Event.id == Run.event_id)
            .join(Registration, Registration.event_id == Event.id)
            .where(
                CourseVersion.course_id.in_(course_ids),
                Run.session_id.is_(None),
                Event.ends_at > at,
                Event.status != EventStatus.CANCELLED,
                Registration.person_id.in_(list(self.colleagues)),
                Registration.status.not_in(ENDED),
            )
            .order_by(Event.starts_at.desc(), Event.id)
        )
        return {(course_id, person_id): event for course_id, person_id, event in db.session.execute(query)}

    def steps(self, credentials: Sequence[Credential], has_it: set[int], renewing: set[int]) -> list[Step]:
        """The colleagues who have the shortest way, at most three: who is to renew first, then who has fewest courses to go."""
        found = []
        for colleague in self.colleagues.values():
            if colleague.person_id not in has_it and (step := self._shortest(colleague, credentials)) is not None:
                found.append(step._replace(renews=colleague.person_id in renewing))
        found.sort(key=lambda step: (not step.renews, step.to_go, step.event is None, step.colleague.name))
        return found[:SUGGESTED]

    def _shortest(self, colleague: Colleague, credentials: Sequence[Credential]) -> Step | None:
        ways = []
        for credential in credentials:
            for curriculum, parts in self.curricula[credential.id]:
                to_go, following = self._left(colleague, curriculum, parts)
                if following is not None:
                    going = self.going.get((following.course_id, colleague.person_id))
                    free = None if going else next(iter(self.dates[following.course_id]), None)
                    ways.append(Step(colleague, to_go, credential.name, following, free, going))
        return min(ways, key=lambda step: (step.to_go, step.event is None), default=None)

    def _left(
        self, colleague: Colleague, curriculum: Curriculum, parts: Sequence[CurriculumCourse]
    ) -> tuple[int, CourseVersion | None]:
        """How many courses are left, and the first of them that is offered."""
        done = self.done[colleague.person_id]
        required = [part.course_id for part in parts if part.required and part.course_id not in done]
        elective = [part.course_id for part in parts if not part.required]
        lacking = max(curriculum.electives - sum(course_id in done for course_id in elective), 0)
        open_ = required + [course_id for course_id in elective if course_id not in done][:lacking]
        offered = [self.versions[course_id] for course_id in open_ if course_id in self.versions]
        return len(required) + lacking, offered[0] if offered else None
