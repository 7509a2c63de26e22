"""Rows in every section of a plan, as many as asked for: for tests of what shows a whole plan."""

from decimal import Decimal
from typing import Any

from eventapp.core.db import db
from eventapp.plans import queries
from eventapp.plans.models import (
    Cadence,
    EnablementLine,
    FundRequest,
    GovernanceLayer,
    GovernanceLine,
    Initiative,
    InitiativeKind,
    PlanRisk,
    ResourceKind,
    ResourceLine,
    SectionKind,
    Side,
    TargetAccount,
    ValueFor,
    ValueLine,
)
from eventapp.plans.models import MemberFunction as F
from tests.support import factories
from tests.support.plans import Made, objective

HUNDRED = Decimal("1234567.89")


def fill_sections(made: Made, *, objectives: int = 10, rows: int = 100, word: str = "Together") -> None:
    """So many objectives, and so many rows spread over all other sections; every text has `word` in it. Committed."""
    a, b = made.team[Side.A, F.OWNER].id, made.team[Side.B, F.OWNER].id
    owners = {"owner_a_id": a, "owner_b_id": b}
    for n in range(objectives):
        objective(made, f"{word}: objective {n}", weight=100 // objectives, product=f"{word} product", country_code="AT")
    sections = {one.kind: one.id for one in queries.sections(made.plan)}
    makers: list[tuple[SectionKind, Any]] = [
        (SectionKind.ACCOUNTS, _account(word, owners)),
        (SectionKind.INITIATIVES, _initiative(word, owners)),
        (SectionKind.ENABLEMENT, _enablement(word, owners)),
        (SectionKind.MDF, _fund(word)),
        (SectionKind.RESOURCES, _resource(word, b)),
        (SectionKind.RISKS, _risk(word, a)),
        (SectionKind.VALUE, _value(word)),
        (SectionKind.GOVERNANCE, _governance(word, owners)),
    ]
    there = [(sections[kind], make) for kind, make in makers if kind in sections]
    for n in range(rows):
        section_id, make = there[n % len(there)]
        db.session.add(make(n, {"plan_id": made.plan.id, "section_id": section_id, "position": n}))
    factories.commit()


def _account(word: str, owners: dict[str, int]) -> Any:
    return lambda n, here: TargetAccount(
        customer=f"{word} customer {n}", country_code="DE", segment=word, product=word, expected=HUNDRED, **owners, **here
    )


def _initiative(word: str, owners: dict[str, int]) -> Any:
    kinds = list(InitiativeKind)
    return lambda n, here: Initiative(
        name=f"{word} initiative {n}",
        kind=kinds[n % len(kinds)],
        description=f"{word} description {n}",
        quarter=n % 5 or None,
        budget=HUNDRED,
        success_measure=f"{word} measure {n}",
        **owners,
        **here,
    )


def _enablement(word: str, owners: dict[str, int]) -> Any:
    return lambda n, here: EnablementLine(
        title=f"{word} course {n}", course_code="EAS-101", head_count=n + 1, due_quarter=n % 4 + 1, **owners, **here
    )


def _fund(word: str) -> Any:
    return lambda n, here: FundRequest(activity=f"{word} activity {n}", quarter=n % 4 + 1, amount=HUNDRED, **here)


def _resource(word: str, member_id: int) -> Any:
    return lambda n, here: ResourceLine(
        side=Side.B,
        kind=ResourceKind.PEOPLE,
        description=f"{word} people {n}",
        quantity=Decimal("1.5"),
        unit="FTE",
        quarter=None,
        member_id=member_id,
        **here,
    )


def _risk(word: str, member_id: int) -> Any:
    return lambda n, here: PlanRisk(
        text=f"{word} risk {n}", probability=2, impact=3, mitigation=f"{word} mitigation {n}", owner_id=member_id, **here
    )


def _value(word: str) -> Any:
    values = list(ValueFor)
    return lambda n, here: ValueLine(
        value_for=values[n % 3], text=f"{word} value {n}", measure=f"{word} seen {n}", baseline="3", target="5", **here
    )


def _governance(word: str, owners: dict[str, int]) -> Any:
    return lambda n, here: GovernanceLine(
        layer=GovernanceLayer.STEERING, name=f"{word} meeting {n}", cadence=Cadence.QUARTERLY, escalation=word, **owners, **here
    )
