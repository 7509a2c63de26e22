"""What the verdicts stand on: companies in scope, who counts for them, and the certificates these people hold."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import NamedTuple

from sqlalchemy import ColumnElement, and_, or_, select

from eventapp.core.db import db
from eventapp.partners.models import (
    IN_PROGRAMME,
    Membership,
    MembershipState,
    Organisation,
    OrganisationStatus,
)
from eventapp.training.models import Certificate, CountsFor, Credential, ProgrammeRule, RuleCredential
from eventapp.training.programme.rules import Demand, Holding, Place, counting

# Companies that are looked at in one go: what they need stays in memory, whatever the programme's size.
AT_ONCE = 500


class Company(NamedTuple):
    """A company as rules look at it."""

    id: int
    tier: str
    country: str


class Rule(NamedTuple):
    """A rule with the ids of its credentials."""

    id: int
    tier: str
    countries: frozenset[str]
    demand: Demand
    credential_ids: frozenset[int]


def rules() -> list[Rule]:
    """All rules that are in force. Two queries."""
    kept: dict[int, set[int]] = defaultdict(set)
    for rule_id, credential_id in db.session.execute(select(RuleCredential.rule_id, RuleCredential.credential_id)):
        kept[rule_id].add(credential_id)
    query = select(ProgrammeRule).where(~ProgrammeRule.archived).order_by(ProgrammeRule.id)
    return [facts_of(rule, kept[rule.id]) for rule in db.session.scalars(query)]


def facts_of(rule: ProgrammeRule, credential_ids: Iterable[int]) -> Rule:
    """A rule as verdicts need it, saved or not yet."""
    demand = Demand(rule.people_min, rule.score_min, rule.window_months, rule.risk_days, rule.grace_days)
    return Rule(rule.id, rule.tier_key, frozenset(rule.countries), demand, frozenset(credential_ids))


def companies_after(last_id: int, tiers: Iterable[str], only: Sequence[int] | None = None) -> list[Company]:
    """The next companies of these tiers by id, at most `AT_ONCE`; with `only` among these."""
    query = select(Organisation.id, Organisation.tier_key, Organisation.country_code).where(
        Organisation.id > last_id,
        Organisation.tier_key.in_(list(tiers)),
        Organisation.merged_into_id.is_(None),
        Organisation.status.in_([OrganisationStatus.ACTIVE, OrganisationStatus.SUSPENDED]),
        IN_PROGRAMME,
    )
    if only is not None:
        query = query.where(Organisation.id.in_(only))
    rows = db.session.execute(query.order_by(Organisation.id).limit(AT_ONCE))
    return [Company(company_id, tier or "", country) for company_id, tier, country in rows]


def belongs_on(day: date) -> ColumnElement[bool]:
    """The condition of memberships in force on that day."""
    return and_(
        Membership.state == MembershipState.ACTIVE,
        or_(Membership.valid_from.is_(None), Membership.valid_from <= day),
        or_(Membership.valid_to.is_(None), Membership.valid_to >= day),
    )


def holdings(companies: Sequence[Company], credential_ids: Iterable[int], today: date) -> dict[int, list[Holding]]:
    """By company: the certificates of those credentials that people hold who count for it.

    Those revoked or replaced are left out, and those that have expired. People first, then what they hold, by their ids: a
    join is planned badly while the tables have no statistics yet, and then takes minutes.
    """
    here = {company.id for company in companies}
    members = select(Membership.person_id).where(Membership.organisation_id.in_(here), belongs_on(today)).distinct()
    held = (
        select(
            Certificate.id, Certificate.person_id, Certificate.credential_id, Certificate.completed_on, Certificate.expires_on,
        ).where(
            Certificate.credential_id.in_(list(credential_ids)),
            Certificate.revoked_at.is_(None),
            Certificate.replaced_by_id.is_(None),
            or_(Certificate.expires_on.is_(None), Certificate.expires_on >= today),
        )
    )  # fmt: skip
    points = dict(db.session.execute(select(Credential.id, Credential.points)).all())
    found: list[Holding] = []
    for ids in _pieces(db.session.scalars(members)):
        rows = db.session.execute(held.where(Certificate.person_id.in_(ids)))
        for certificate_id, person_id, credential_id, completed_on, expires_on in rows:
            assert credential_id is not None  # as asked for
            found.append(Holding(certificate_id, person_id, credential_id, points[credential_id], completed_on, expires_on))
    company_of = counting(places_of({holding.person_id for holding in found}, today))
    by_company: dict[int, list[Holding]] = defaultdict(list)
    for holding in found:
        if company_of.get(holding.person_id) in here:
            by_company[company_of[holding.person_id]].append(holding)
    return by_company


def _pieces(ids: Iterable[int]) -> Iterator[list[int]]:
    """As many ids as a statement can hold, in their order."""
    ordered = sorted(ids)
    for start in range(0, len(ordered), 1000):
        yield ordered[start : start + 1000]


def places_of(person_ids: Iterable[int], today: date) -> list[Place]:
    """All companies that these people belong to on that day, in pieces that a statement can hold."""
    query = (
        select(
            Membership.id, Membership.person_id, Membership.organisation_id, Membership.valid_from,
            CountsFor.person_id.is_not(None),
        )
        .outerjoin(
            CountsFor,
            and_(CountsFor.person_id == Membership.person_id, CountsFor.organisation_id == Membership.organisation_id),
        )
        .where(belongs_on(today))
    )  # fmt: skip
    found: list[Place] = []
    for ids in _pieces(person_ids):
        found += [Place(*row) for row in db.session.execute(query.where(Membership.person_id.in_(ids)))]
    return found
