"""Plans for tests: with two owners, two whole teams, objectives that add up."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from eventapp.accounts.models import Role, User
from eventapp.core.db import db
from eventapp.partners.models import Organisation, Person
from eventapp.plans import queries
from eventapp.plans.content import editing
from eventapp.plans.founding import service as founding
from eventapp.plans.founding.service import PlanDetails
from eventapp.plans.models import (
    Actual,
    Cadence,
    ChangeRequest,
    Direction,
    EnablementLine,
    FundClaim,
    FundRequest,
    GovernanceLayer,
    GovernanceLine,
    Initiative,
    InitiativeKind,
    Lesson,
    LessonKind,
    MemberFunction,
    Objective,
    ObjectiveCategory,
    ObjectiveUnit,
    Plan,
    PlanAction,
    PlanAgreement,
    PlanComment,
    PlanDelegation,
    PlanFile,
    PlanKind,
    PlanMember,
    PlanNote,
    PlanRisk,
    PlanSection,
    PlanSignature,
    PlanStatus,
    PlanTemplate,
    PlanVersion,
    ResourceKind,
    ResourceLine,
    Review,
    ReviewAttendee,
    ReviewState,
    RollUp,
    SectionKind,
    SectionState,
    Side,
    TargetAccount,
    ValueFor,
    ValueLine,
)
from eventapp.plans.permissions import Standing
from eventapp.plans.reviews import freezing
from eventapp.plans.signing import queries as signing_queries
from eventapp.plans.signing import service as signing
from eventapp.plans.signing.canonical import canonical, content_of, digest
from eventapp.plans.teams import service as teams
from eventapp.plans.teams.service import Candidate
from tests.support import factories
from tests.support.factories import AT, TESTS
from tests.support.workshops import fill_workshop

START, END = date(2027, 2, 1), date(2028, 1, 31)
# What else a team needs for a quorum, besides its owner.
OTHERS = (MemberFunction.EXEC_SPONSOR, MemberFunction.SALES)


@dataclass
class Made:
    """A plan with its owners' logins; `team` has every member by side and function."""

    plan: Plan
    company: Organisation
    owner_a: User
    owner_b: User
    team: dict[tuple[Side, MemberFunction], PlanMember]
    logins: dict[tuple[Side, MemberFunction], User]

    @property
    def path(self) -> str:
        """The address of the plan's first page."""
        return f"/plans/{self.plan.code}/"


def as_candidate(user: User) -> Candidate:
    """The login as somebody to put into a team: of the vendor if it has a role, else the person behind it."""
    if user.grants:
        return Candidate(user.name, user_id=user.id)
    person = db.session.scalars(select(Person).where(Person.user_id == user.id)).one()
    return Candidate(person.full_name, person_id=person.id)


def plan(
    company: Organisation | None = None,
    kind: PlanKind = PlanKind.PARTNER,
    *,
    owner_a: User | None = None,
    owner_b: User | None = None,
    whole_teams: bool = True,
    **values: Any,
) -> Made:
    """A draft, committed. With `whole_teams` each side has a sponsor and a seller as well, all of them with logins."""
    company = company or factories.organisation()
    owner_a = owner_a or factories.user(None, Role.PARTNER_MANAGER)
    owner_b = owner_b or factories.company_admin(company)
    template = db.session.scalars(select(PlanTemplate).where(PlanTemplate.kind == kind)).one()
    title = values.pop("title", f"Plan with {company.name}")
    facts = {"title": title, "period_start": START, "period_end": END, "fiscal_start": 1, "currency": "EUR"}
    made = founding.create(
        template,
        company,
        PlanDetails(**{**facts, **values}),
        owner_a=as_candidate(owner_a),
        owner_b=as_candidate(owner_b),
        by=TESTS,
        at=AT,
    )
    return complete(made, company, owner_a, owner_b, whole_teams=whole_teams)


def complete(made: Plan, company: Organisation, owner_a: User, owner_b: User, *, whole_teams: bool = True) -> Made:
    """A plan that has its owners with the rest of both teams, committed."""
    logins = {(Side.A, MemberFunction.OWNER): owner_a, (Side.B, MemberFunction.OWNER): owner_b}
    for function in OTHERS if whole_teams else ():
        logins[Side.A, function] = factories.user(None, Role.PARTNER_MANAGER)
        user = logins[Side.B, function] = factories.user()
        factories.person(company, f"Bea {function.value}", "Berg", user.email, user=user)
        for side in Side:
            teams.join(made, as_candidate(logins[side, function]), function, by=TESTS, at=AT)
    factories.commit()
    return Made(made, company, owner_a, owner_b, {(one.side, one.function): one for one in queries.team(made)}, logins)


def section(made: Made, key: str) -> PlanSection:
    """A section of the plan."""
    return queries.section(made.plan, key)


def standing(made: Made, side: Side = Side.A, function: MemberFunction = MemberFunction.OWNER) -> Standing:
    """What somebody of the teams is in the plan."""
    return Standing(made.team[side, function])


def objective(made: Made, statement: str = "Sell more", *, weight: int = 100, **values: Any) -> Objective:
    """An objective with an owner on both sides and quarters that add up to 400, committed."""
    quarter = Decimal(100)
    defaults: dict[str, Any] = {
        "category": ObjectiveCategory.REVENUE,
        "unit": ObjectiveUnit.CURRENCY,
        "direction": Direction.MAXIMIZE,
        "roll_up": RollUp.ADDITIVE,
        "annual": 4 * quarter,
        **{f"q{n}": quarter for n in range(1, 5)},
        "owner_a_id": made.team[Side.A, MemberFunction.OWNER].id,
        "owner_b_id": made.team[Side.B, MemberFunction.OWNER].id,
    }
    typed = {"statement": statement, "weight": weight, **defaults, **values}
    row = editing.add(made.plan, section(made, "objectives"), Objective, typed, standing=standing(made), by=TESTS, at=AT)
    factories.commit()
    return row


def fill(made: Made) -> dict[str, int]:
    """A row in every table of the plan, committed: for tests that look where its words come out. Gives ids by kind."""
    a, b = made.team[Side.A, MemberFunction.OWNER].id, made.team[Side.B, MemberFunction.OWNER].id
    here: dict[str, Any] = {"plan_id": made.plan.id}
    by_kind = {one.kind: one.id for one in queries.sections(made.plan)}

    def of(kind: SectionKind) -> dict[str, Any]:
        return {**here, "section_id": by_kind.get(kind, next(iter(by_kind.values()))), "position": 1}

    text = section(made, "strategy")
    text.text, text.text_html, text.state = "Told", "<p>Told</p>", SectionState.DRAFTED
    made.plan.summary, made.plan.small_reason, made.plan.small_at, made.plan.small_by = "Told", "Told", AT, "tests"
    row = objective(made)
    initiative = Initiative(name="Told", kind=InitiativeKind.CAMPAIGN, owner_a_id=a, owner_b_id=b, **of(SectionKind.INITIATIVES))
    request = FundRequest(activity="Told", quarter=1, amount=Decimal(5), decision_note="Told", **of(SectionKind.MDF))
    text_of = canonical(content_of(made.plan))
    version = PlanVersion(major=1, minor=0, content=text_of, content_hash=digest(text_of), created_at=AT, **here)
    review = Review(quarter=1, planned_at=AT, time_zone="Europe/Vienna", place="Told", minutes="Told", **here)
    review.state, review.frozen_at, review.minutes_html = ReviewState.FROZEN, AT, "<p>Told</p>"
    review.numbers = freezing.numbers_now(made.plan, 1).plain()
    action = PlanAction(number=1, text="Told", accountable_id=b, helper_id=a, due_on=END, evidence="Told", created_at=AT, **here)
    db.session.add_all([initiative, request, version, review, action])
    db.session.flush()
    claim = FundClaim(request_id=request.id, amount=Decimal(1), description="Told", **here)
    comment = PlanComment(text="Told", member_id=b, written_at=AT, section_id=row.section_id, **here)
    note = PlanNote(side=Side.B, text="Told by the partner", member_id=b, written_at=AT, **here)
    db.session.add_all([claim, comment, note])
    db.session.flush()
    lesson = Lesson(kind=LessonKind.KEEP, side=Side.B, text="Told", member_id=b, written_at=AT, **here)
    change = ChangeRequest(number=1, items=["objectives"], wanted="Told", reason="Told", proposed_by_id=a, proposed_at=AT, **here)
    sponsor = made.team.get((Side.B, MemberFunction.EXEC_SPONSOR))
    rows: list[Any] = [
        TargetAccount(customer="Told", owner_a_id=a, owner_b_id=b, next_step="Told", **of(SectionKind.ACCOUNTS)),
        EnablementLine(title="Told", head_count=1, due_quarter=1, **of(SectionKind.ENABLEMENT)),
        ResourceLine(
            side=Side.B, kind=ResourceKind.PEOPLE, description="Told", quantity=Decimal("1.5"), **of(SectionKind.RESOURCES)
        ),
        PlanRisk(text="Told", probability=2, impact=3, mitigation="Told", owner_id=b, **of(SectionKind.RISKS)),
        ValueLine(value_for=ValueFor.PARTNER, text="Told", **of(SectionKind.VALUE)),
        GovernanceLine(
            layer=GovernanceLayer.STEERING,
            name="Told",
            cadence=Cadence.QUARTERLY,
            escalation="Told",
            **of(SectionKind.GOVERNANCE),
        ),
        Actual(objective_id=row.id, quarter=1, value=Decimal(1), note="Told", entered_by_id=b, entered_at=AT, **here),
        PlanNote(side=Side.A, text="Told by the vendor", member_id=a, written_at=AT, **here),
        PlanAgreement(section_id=text.id, side=Side.B, member_id=b, section_version=1, agreed_at=AT, **here),
        PlanSignature(
            version_id=version.id,
            member_id=b,
            side=Side.B,
            function=MemberFunction.OWNER,
            statement="Told",
            typed_name="Told",
            proven_at=AT,
            signed_at=AT,
            content_hash=version.content_hash,
            **here,
        ),
        ReviewAttendee(review_id=review.id, member_id=b, **here),
        change,
        lesson,
        PlanFile(
            claim_id=claim.id,
            key=f"key-of-{made.plan.code}",
            name="told.pdf",
            type="pdf",
            content=b"told",
            member_id=b,
            uploaded_at=AT,
            **here,
        ),
        PlanFile(
            action_id=action.id,
            key=f"evidence-of-{made.plan.code}",
            name="told.pdf",
            type="pdf",
            content=b"told",
            member_id=b,
            uploaded_at=AT,
            **here,
        ),
    ]
    if sponsor is not None:
        rows.append(PlanDelegation(sponsor_id=sponsor.id, delegate_id=b, text="Told", given_at=AT, **here))
    db.session.add_all(rows)
    workshop = fill_workshop(made)
    factories.commit()
    return {
        **workshop,
        "line_id": row.id,
        "action_id": action.id,
        "review_id": review.id,
        "change_id": change.id,
        "lesson_id": lesson.id,
        "plan_version_id": version.id,
        "claim_id": claim.id,
        "fund_id": request.id,
        "note_id": note.id,
        "plan_file_key": f"evidence-of-{made.plan.code}",
        "plan_comment_id": comment.id,
    }


def with_last_year(made: Made) -> Plan:
    """Lets the plan follow one of the year before, with a lesson and an open action, committed; gives that one."""
    plan = made.plan
    facts = {name: getattr(plan, name) for name in ("kind", "side_a_id", "side_b_id", "template_id", "fiscal_start", "currency")}
    period = {"period_start": START.replace(year=2026), "period_end": END.replace(year=2027)}
    before = Plan(
        code=plan.code.replace("2027", "2026"),
        title="Told",
        status=PlanStatus.COMPLETED,
        completed_at=AT,
        created_at=AT,
        **facts,
        **period,
    )
    before.small_reason, before.small_at, before.small_by = "Told", AT, "tests"
    db.session.add(before)
    db.session.flush()
    person = made.team[Side.B, MemberFunction.OWNER].person_id
    how = {"side": Side.B, "person_id": person, "function": MemberFunction.OWNER, "joined_at": AT, "added_by": "tests"}
    owner = PlanMember(plan_id=before.id, name="Told", name_salt="", **how)
    plan.follows_id = before.id
    db.session.add(owner)
    db.session.flush()
    here: dict[str, Any] = {"plan_id": before.id}
    db.session.add(Lesson(kind=LessonKind.TRY, side=Side.B, text="Told", member_id=owner.id, written_at=AT, **here))
    db.session.add(PlanAction(number=1, text="Told", accountable_id=owner.id, due_on=END, created_at=AT, **here))
    factories.commit()
    return before


def to_sign(made: Made, *, objectives: int = 4) -> Made:
    """Brings a draft into its final review with everything agreed, and a third signer on each side; committed."""
    for n in range(objectives):
        objective(made, f"Objective {n}", weight=100 // objectives)
    for side in Side:
        made.team[side, MemberFunction.SALES].signatory = True
    for one in queries.sections(made.plan):
        one.state = SectionState.AGREED
    made.plan.status = PlanStatus.FINAL_REVIEW
    factories.commit()
    return made


def in_signature(made: Made, at: datetime = AT) -> PlanVersion:
    """Both owners are ready: the version that everybody is to sign, committed."""
    version = None
    for side in Side:
        version = signing.ready(made.plan, revision=made.plan.revision, standing=standing(made, side), by=TESTS, at=at)
    assert version is not None
    factories.commit()
    return version


def sign_all(made: Made, version: PlanVersion, at: datetime = AT, *, but: int = 0, only: Collection[int] | None = None) -> None:
    """Everybody who has not yet signs, but the last so many, or only those members; committed."""
    required = [one for one in signing_queries.required(made.plan) if only is None or one.member.id in only]
    given = {one.member_id for one in signing_queries.signatures(made.plan) if one.version_id == version.id}
    for one in required[: len(required) - but]:
        if one.member.id in given:
            continue
        signing.sign(
            made.plan,
            version,
            content_hash=version.content_hash,
            typed_name=one.member.name,
            standing=Standing(one.member),
            proven_at=at,
            network="203.0.113.5",
            by=TESTS,
            at=at,
        )
    factories.commit()
