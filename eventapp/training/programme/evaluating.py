"""Evaluating the programme's rules: for the companies of a few people at once, for all of them each night."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import Insert, case, delete, func, insert, select
from sqlalchemy.dialects import postgresql, sqlite

from eventapp.audit.service import Actor
from eventapp.core.db import db, table, write
from eventapp.partners.models import Membership, Organisation, Person
from eventapp.partners.service import hooks as joining
from eventapp.training import hooks
from eventapp.training.models import Certificate, Standing, StandingDay
from eventapp.training.programme import facts
from eventapp.training.programme.facts import Company, Rule
from eventapp.training.programme.rules import Holding, Verdict, in_scope, judge


class Judged(NamedTuple):
    """A company, a rule that is about it, and the verdict."""

    company: Company
    rule: Rule
    verdict: Verdict


def verdicts(rules: Sequence[Rule], today: date, only: Sequence[int] | None = None) -> Iterator[list[Judged]]:
    """Judges companies by all rules about them, some hundred companies at a time; writes nothing.

    `only` are ids of companies, none: all. A company that has fallen before keeps the end of its grace.
    """
    tiers = {rule.tier for rule in rules}
    credential_ids = frozenset().union(*(rule.credential_ids for rule in rules)) if rules else frozenset()
    last = 0
    while companies := facts.companies_after(last, tiers, only):
        last = companies[-1].id
        held = facts.holdings(companies, credential_ids, today)
        kept = select(Standing.organisation_id, Standing.rule_id, Standing.grace_until).where(
            Standing.organisation_id.in_([company.id for company in companies])
        )
        graces = {(company_id, rule_id): until for company_id, rule_id, until in db.session.execute(kept)}
        yield [
            Judged(company, rule, judge(rule.demand, _of(rule, held[company.id]), today, graces.get((company.id, rule.id))))
            for company in companies
            for rule in rules
            if in_scope(company.tier, company.country, rule.tier, rule.countries)
        ]


def _of(rule: Rule, held: list[Holding]) -> list[Holding]:
    return [holding for holding in held if holding.credential_id in rule.credential_ids]


def evaluate(company_ids: Sequence[int] | None, *, at: datetime) -> int:
    """Brings the standings of these companies (none: all) to what is true at that moment; returns how many there are.

    Standings by rules that are not about a company any more go.
    """
    rules, seen = facts.rules(), 0
    for judged in verdicts(rules, at.date(), company_ids):
        if judged:
            # In one order, so that two evaluations never wait for each other.
            write(_keeping(db.engine.dialect.name), [_row(*one, at) for one in judged])
        seen += len(judged)
    _forget_others(company_ids, at)
    return seen


@cache
def _keeping(dialect: str) -> Insert:
    make: Any = postgresql.insert if dialect == "postgresql" else sqlite.insert
    standings = table(Standing)
    row = make(standings)
    values = {c.name: row.excluded[c.name] for c in standings.c if not c.primary_key}
    # The state began when it was first found.
    values["since"] = case((standings.c.state == row.excluded.state, standings.c.since), else_=row.excluded.since)
    statement: Insert = row.on_conflict_do_update(index_elements=["organisation_id", "rule_id"], set_=values)
    return statement


def _row(company: Company, rule: Rule, verdict: Verdict, at: datetime) -> dict[str, Any]:
    return {
        "organisation_id": company.id,
        "rule_id": rule.id,
        "state": verdict.state,
        "people": verdict.people,
        "score": verdict.score,
        "falls_on": verdict.falls_on,
        "falls_by": list(verdict.falls_by),
        "grace_until": verdict.grace_until,
        "since": at,
        "evaluated_at": at,
    }


def finish(at: datetime) -> None:
    """After all companies were evaluated at that moment: lets go of what was not renewed, and notes the day."""
    _forget_others(None, at)
    note_day(at)


def _forget_others(company_ids: Sequence[int] | None, at: datetime) -> None:
    """Lets go of standings that this evaluation did not renew: the rule is not about the company any more."""
    old = delete(Standing).where(Standing.evaluated_at < at)
    db.session.execute(old if company_ids is None else old.where(Standing.organisation_id.in_(company_ids)))


def follow(certificates: Sequence[Certificate], _by: Actor, at: datetime) -> None:
    """Evaluates the companies of the people whose certificates have changed."""
    if any(certificate.credential_id is not None for certificate in certificates):
        follow_people({certificate.person_id for certificate in certificates}, at)


def follow_people(person_ids: Iterable[int], at: datetime) -> None:
    """Evaluates every company that these people belong to, or did: for one of them they count, or do not any more."""
    ids = select(Membership.organisation_id).where(Membership.person_id.in_(sorted(person_ids))).distinct()
    if found := sorted(db.session.scalars(ids)):
        evaluate(found, at=at)


def on_membership(person: Person, _company: Organisation, _by: Actor, at: datetime) -> None:
    """Somebody has joined a company or left one: what they hold goes with them, the same day."""
    holds = select(Certificate.id).where(Certificate.person_id == person.id, Certificate.credential_id.is_not(None))
    if db.session.scalar(holds.limit(1)) is not None:
        follow_people([person.id], at)


hooks.CERTIFIED.append(follow)
joining.ON_JOINED.append(on_membership)
joining.ON_LEFT.append(on_membership)


def note_day(at: datetime) -> None:
    """Keeps how many companies stand where today, once for each day: what is noted last counts."""
    day = at.date()
    db.session.execute(delete(StandingDay).where(StandingDay.day == day))
    columns = (Standing.rule_id, Standing.state, func.count())
    counted = db.session.execute(select(*columns).group_by(Standing.rule_id, Standing.state)).all()
    if counted:
        rows = [{"day": day, "rule_id": rule_id, "state": state, "companies": n} for rule_id, state, n in counted]
        db.session.execute(insert(StandingDay), rows)
