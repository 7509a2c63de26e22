"""The demo's joint plans: 25 in all states, with teams, sections, signatures, actual values, reviews and 60 open actions."""

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from sqlalchemy import func, select

from eventapp.accounts.queries import user_by_address
from eventapp.audit.service import Actor
from eventapp.core.db import db
from eventapp.core.markdown import to_html
from eventapp.events.models import Event
from eventapp.overview.demo import plan_living, plan_reading, plan_texts, plan_workshops
from eventapp.overview.demo.events import FLAGSHIP
from eventapp.overview.demo.logins import MANAGER, PRESALES, SPONSOR, TRAINER
from eventapp.overview.demo.plan_shapes import ALLIANCE, DISTRIBUTOR, SHAPES, Shape
from eventapp.overview.demo.plan_texts import Aim, Work
from eventapp.partners.models import (
    EmailDomain,
    Membership,
    MembershipRole,
    MembershipState,
    Organisation,
    OrganisationKind,
    OrganisationStatus,
    PartnerType,
    Person,
)
from eventapp.plans import queries
from eventapp.plans.founding import service as founding
from eventapp.plans.founding.service import PlanDetails
from eventapp.plans.models import (
    AccountStage,
    EnablementLine,
    FundRequest,
    GovernanceLine,
    Initiative,
    MemberFunction,
    Objective,
    Plan,
    PlanKind,
    PlanMember,
    PlanRisk,
    PlanSection,
    PlanStatus,
    PlanTemplate,
    Quadrant,
    ResourceLine,
    RollUp,
    SectionKind,
    SectionState,
    Side,
    SwotItem,
    SwotVote,
    TargetAccount,
    ValueLine,
)
from eventapp.plans.rules import add_months, default_end
from eventapp.plans.teams.service import Candidate

_S, _F = PlanStatus, MemberFunction
# The vendor's people in teams besides the logins: they need none to stand in the demo's records.
OTHER_SPONSOR, MARKETING = "Vera Sommer", "Carla Rossi"
ALLIES = (PartnerType.TECHNOLOGY_ALLIANCE, PartnerType.HYPERSCALER)
# Each row but the first needs somebody else of the company; the first two sign in any case.
FUNCTIONS = (_F.OWNER, _F.EXEC_SPONSOR, _F.SALES, _F.PRESALES, _F.MARKETING)


def fill(*, by: Actor, at: datetime) -> None:
    """Writes the plans. Needs companies, people and logins."""
    random = Random(25)
    templates = {one.kind: one for one in queries.templates()}
    for shape, company in zip(SHAPES, _companies(), strict=True):
        _Maker(shape, company, templates[shape.kind], random, by, at).make()
    db.session.flush()
    _link_years()


def _link_years() -> None:
    """A company's plan that begins when its last one ends was made from it."""
    plans = db.session.scalars(select(Plan).order_by(Plan.period_start, Plan.id)).all()
    ended = {(one.side_b_id, one.kind, one.period_end + timedelta(days=1)): one for one in plans}
    for one in plans:
        before = ended.get((one.side_b_id, one.kind, one.period_start))
        one.follows_id = before.id if before is not None else None
    db.session.flush()


def _companies() -> list[Organisation]:
    """A company for each shape: those of the logins, and of the others the largest with people, none twice."""
    people = (
        select(Membership.organisation_id, func.count().label("people"))
        .where(Membership.state == MembershipState.ACTIVE)
        .group_by(Membership.organisation_id)
        .subquery()
    )
    query = (
        select(Organisation)
        .join(people, people.c.organisation_id == Organisation.id)
        .where(Organisation.kind == OrganisationKind.PARTNER, Organisation.status == OrganisationStatus.ACTIVE)
        .where(people.c.people >= len(FUNCTIONS))
        .order_by(people.c.people.desc(), Organisation.id)
    )
    there = db.session.scalars(query).all()
    wanted = [shape.domain for shape in SHAPES if shape.domain]
    domains = select(EmailDomain.domain, EmailDomain.organisation_id).where(EmailDomain.domain.in_(wanted))
    named = dict(db.session.execute(domains).all())
    by_id = {one.id: one for one in there}
    left = [one for one in there if one.id not in named.values()]
    found = []
    for shape in SHAPES:
        if shape.domain:
            found.append(by_id[named[shape.domain]])
            continue
        chosen = next(one for one in left if _suits(one, shape))
        left.remove(chosen)
        found.append(chosen)
    return found


def _suits(company: Organisation, shape: Shape) -> bool:
    if shape.kind is ALLIANCE:
        return company.primary_type in ALLIES
    if shape.kind is DISTRIBUTOR:
        return company.primary_type is PartnerType.DISTRIBUTOR
    if company.tier_key not in ("premier", "advanced"):
        return False
    return {"GBP": "GB", "CHF": "CH", "SEK": "SE"}.get(shape.currency, company.country_code) == company.country_code


class _Maker:
    """Writes one plan, row by row: nobody else is there to be merged with."""

    def __init__(
        self, shape: Shape, company: Organisation, template: PlanTemplate, random: Random, by: Actor, at: datetime
    ) -> None:
        self.shape, self.company, self.template, self.random, self.by, self.at = shape, company, template, random, by, at
        self.begun = at - timedelta(days=60 if shape.starts > 0 else 45 - 30 * shape.starts)
        # Who leads the technical work, in an alliance under that name.
        self.lead = _F.TECHNICAL_LEAD if shape.kind is ALLIANCE else _F.PRESALES
        # A partner's year is a third of a distributor's, and some are larger than others.
        self.size = Decimal(random.choice((40, 60, 100, 130))) / 100

    def make(self) -> None:
        """The plan with everything that belongs to its state."""
        start = add_months(self.at.date().replace(day=1), self.shape.starts)
        owner = user_by_address(MANAGER)
        assert owner is not None
        people = self._people()
        details = PlanDetails(f"Growing with {self.company.name}"[:150], start, default_end(start), 1, self.shape.currency)
        plan = founding.create(
            self.template,
            self.company,
            details,
            owner_a=Candidate(owner.name, user_id=owner.id),
            owner_b=Candidate(people[0].full_name, person_id=people[0].id),
            by=self.by,
            at=self.begun,
        )
        self.plan = plan
        self.team = {(one.side, one.function): one for one in queries.team(plan)}
        if self.shape.status is not _S.DRAFT:
            self._complete_teams(people)
            self._write()
        else:
            plan_workshops.look_for_a_date(self.plan, self.team, self.at)
        plan_living.live(self.plan, self.team, self.shape, self.random, self.at)

    def _people(self) -> Sequence[Person]:
        """The people of the company, its admin at the front."""
        query = (
            select(Person)
            .join(Membership, Membership.person_id == Person.id)
            .where(Membership.organisation_id == self.company.id, Membership.state == MembershipState.ACTIVE)
            .order_by(Membership.role != MembershipRole.ADMIN, Person.id)
            .limit(len(FUNCTIONS))
        )
        return db.session.scalars(query).all()

    def _complete_teams(self, people: Sequence[Person]) -> None:
        trainer, henrik, milan = (user_by_address(one) for one in (TRAINER, SPONSOR, PRESALES))
        assert trainer is not None
        assert henrik is not None
        assert milan is not None
        # Where the company's owner has a login, all who sign for the vendor have one: such a plan can be tried to its end.
        tried = people[0].user_id is not None or self.random.random() < 0.5
        ours = [
            (_F.EXEC_SPONSOR, henrik.name if tried else OTHER_SPONSOR, henrik.id if tried else None),
            (self.lead, milan.name, milan.id),
            (_F.MARKETING, MARKETING, None),
            (_F.ENABLEMENT, trainer.name, trainer.id),
        ]
        functions = [self.lead if one is _F.PRESALES else one for one in FUNCTIONS[1:]]
        rows = [self._member(Side.A, function, name, user_id=user_id) for function, name, user_id in ours]
        rows += [
            self._member(Side.B, function, person.full_name, person_id=person.id)
            for function, person in zip(functions, people[1:], strict=True)
        ]
        db.session.add_all(rows)
        db.session.flush()
        self.team |= {(one.side, one.function): one for one in rows}

    def _member(self, side: Side, function: MemberFunction, name: str, **who: int | None) -> PlanMember:
        signs = function in (_F.EXEC_SPONSOR, self.lead)
        facts = {"name": name[:200], "name_salt": secrets.token_hex(16), "added_by": self.by.actor_name}
        return PlanMember(
            plan_id=self.plan.id, side=side, function=function, signatory=signs, joined_at=self.begun, **facts, **who
        )

    def _write(self) -> None:
        """The summary and the rows of all sections."""
        names = {"company": self.company.name, "vendor": queries.side_names(self.plan)[Side.A]}
        self.plan.summary = plan_texts.SUMMARY.format(**names)[:1200]
        rows: list[Any] = []
        for section in queries.sections(self.plan):
            if section.kind is SectionKind.TEXT:
                section.text = plan_texts.TEXTS[section.key].format(**names)
                section.text_html = to_html(section.text)
            else:
                rows += self._rows(section)
            section.state = SectionState.DRAFTED
        db.session.add_all(rows)
        db.session.flush()
        if self.shape.status is not _S.WORKSHOP:  # its workshop is still ahead
            self._vote([row for row in rows if isinstance(row, SwotItem)])

    def _rows(self, section: PlanSection) -> list[Any]:
        """The rows of a section, by what it holds."""
        make = {
            SectionKind.OBJECTIVES: self._objectives,
            SectionKind.ACCOUNTS: self._accounts,
            SectionKind.INITIATIVES: self._initiatives,
            SectionKind.ENABLEMENT: self._enablement,
            SectionKind.MDF: self._funds,
            SectionKind.RESOURCES: self._resources,
            SectionKind.RISKS: self._risks,
            SectionKind.VALUE: self._values,
            SectionKind.GOVERNANCE: self._governance,
            SectionKind.SWOT: self._swot,
        }[section.kind]
        rows = make()
        for position, row in enumerate(rows, start=1):
            row.plan_id, row.section_id, row.position = self.plan.id, section.id, position
        return rows

    def _owners(self, function: MemberFunction = _F.OWNER) -> dict[str, int]:
        return {f"owner_{side.value}_id": self.team.get((side, function), self.team[side, _F.OWNER]).id for side in Side}

    def _money(self, amount: int) -> Decimal:
        return (Decimal(amount) * self.size).quantize(Decimal(1000))

    def _objectives(self) -> list[Any]:
        aims = {PlanKind.DISTRIBUTOR: plan_texts.CHANNEL_AIMS, PlanKind.ALLIANCE: plan_texts.ALLIANCE_AIMS}
        rows = [self._objective(one) for one in aims.get(self.shape.kind, plan_texts.AIMS)]
        if self.shape.reads:
            certified, going = self._objective(plan_texts.CERTIFIED), self._objective(plan_texts.CONFERENCE)
            plan_reading.certified(certified, self.plan, self.at)
            plan_reading.going(going, self.plan, self.at)
            rows[3:4] = [certified, going]
        return rows

    def _objective(self, aim: Aim) -> Objective:
        owner = _F.SALES if (Side.B, _F.SALES) in self.team and aim.unit.value == "currency" else self.lead
        return Objective(
            category=aim.category,
            statement=aim.statement,
            unit=aim.unit,
            direction=aim.direction,
            roll_up=aim.roll_up,
            weight=aim.weight,
            share_a=50 if self.shape.kind is ALLIANCE and aim.unit.value == "currency" else None,
            **self._targets(aim),
            **self._owners(owner),
        )

    def _targets(self, aim: Aim) -> dict[str, Decimal]:
        """The year's target, and the quarters': they add up to it, or come up to it where a level is to be reached."""
        year = self._money(aim.annual) if aim.unit.value == "currency" else Decimal(aim.annual)
        if aim.roll_up is RollUp.LEVEL:
            steps = (2, Decimal("1.5"), Decimal("1.25"), 1) if aim.direction.value == "minimize" else (
                Decimal("0.5"), Decimal("0.75"), Decimal("0.75"), 1,
            )  # fmt: skip
            quarters = [(year * step).quantize(Decimal(1)) for step in steps]
        else:
            quarters = [(year * share).quantize(Decimal(1)) for share in (Decimal("0.25"), Decimal("0.25"), Decimal("0.2"))]
            quarters.append(year - sum(quarters))
        return {"annual": year, **{f"q{n}": value for n, value in enumerate(quarters, start=1)}}

    def _accounts(self) -> list[Any]:
        return [
            TargetAccount(
                customer=name,
                segment=segment,
                country_code=self.company.country_code,
                expected=self._money(expected),
                stage=AccountStage(stage),
                next_step=step,
                due_on=(self.at + timedelta(days=10 * n)).date(),
                confidential=n == 2,
                **self._owners(_F.SALES),
            )
            for n, (name, segment, expected, stage, step) in enumerate(plan_texts.ACCOUNTS, start=1)
        ]

    def _initiatives(self) -> list[Any]:
        work: Sequence[Work] = plan_texts.WORKSTREAMS if self.shape.kind is ALLIANCE else plan_texts.WORK
        if self.shape.reads:
            work = (*work, plan_texts.TO_THE_CONFERENCE)
        # The workstreams of an alliance are there from the beginning.
        there = {row.name: row for row in db.session.scalars(select(Initiative).where(Initiative.plan_id == self.plan.id))}
        owners = self._owners(self.lead if self.shape.kind is ALLIANCE else _F.MARKETING)
        found = []
        for one in work:
            row = there.get(one.name) or Initiative(name=one.name)
            row.kind, row.quarter, row.success_measure = one.kind, one.quarter, one.success
            row.budget, row.owner_a_id, row.owner_b_id = self._money(one.budget), owners["owner_a_id"], owners["owner_b_id"]
            if one is plan_texts.TO_THE_CONFERENCE:
                row.event_id = db.session.scalar(select(Event.id).where(Event.slug == FLAGSHIP))
            found.append(row)
        return found

    def _enablement(self) -> list[Any]:
        """For the partner what our academy certifies; in an alliance also what our own people learn at the other side."""
        rows = [(*one, Side.B) for one in plan_texts.ENABLEMENT]
        if self.shape.kind is ALLIANCE:
            rows.append((*plan_texts.ENABLEMENT_OF_OURS, Side.A))
        return [
            EnablementLine(
                title=title,
                course_code=code,
                for_side=side,
                head_count=number,
                due_quarter=quarter,
                **self._owners(_F.ENABLEMENT),
            )
            for title, code, number, quarter, side in rows
        ]

    def _funds(self) -> list[Any]:
        return [
            FundRequest(activity=activity, quarter=quarter, amount=self._money(amount), vendor_percent=percent)
            for activity, quarter, amount, percent in plan_texts.FUNDS
        ]

    def _resources(self) -> list[Any]:
        return [
            ResourceLine(side=side, kind=kind, description=text, quantity=Decimal(quantity), unit=unit)
            for side, kind, text, quantity, unit in plan_texts.RESOURCES
        ]

    def _risks(self) -> list[Any]:
        owner = self.team[Side.B, _F.OWNER].id
        return [
            PlanRisk(text=text, probability=probability, impact=impact, mitigation=mitigation, owner_id=owner)
            for text, probability, impact, mitigation in plan_texts.RISKS
        ]

    def _values(self) -> list[Any]:
        return [
            ValueLine(value_for=whose, text=text, measure=measure, baseline=before, target=target)
            for whose, text, measure, before, target in plan_texts.VALUES
        ]

    def _governance(self) -> list[Any]:
        return [
            GovernanceLine(layer=layer, name=name, cadence=cadence, minutes=minutes, escalation=escalation, **self._owners())
            for layer, name, cadence, minutes, escalation in plan_texts.GOVERNANCE
        ]

    def _swot(self) -> list[Any]:
        return [SwotItem(quadrant=Quadrant(field), text=text, side=side) for field, text, side, _votes in plan_texts.SWOT]

    def _vote(self, items: Sequence[SwotItem]) -> None:
        """Dots of the workshop: nobody has more than three on the six rows."""
        people = sorted(one.id for one in self.team.values())
        left = dict.fromkeys(people, 3)
        for item, (_field, _text, _side, votes) in zip(items, plan_texts.SWOT, strict=True):
            for member_id in sorted(people, key=lambda one: -left[one])[: min(votes, len(people))]:
                if left[member_id]:
                    left[member_id] -= 1
                    db.session.add(SwotVote(item_id=item.id, member_id=member_id, plan_id=self.plan.id, voted_at=self.begun))
