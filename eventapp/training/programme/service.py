"""Changing the programme's rules. Everything happens in the caller's transaction."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import delete

from eventapp.audit.service import Actor, record
from eventapp.core.db import db
from eventapp.core.errors import RuleError, StaleError
from eventapp.core.i18n import _
from eventapp.partners.models import Organisation, Person
from eventapp.training.models import CountsFor, ProgrammeRule, RuleCredential, Standing
from eventapp.training.programme import evaluating, facts, queries


@dataclass(frozen=True)
class RuleDetails:
    """What an organizer fills in; `credential_ids` are those that count."""

    name: str
    tier_key: str
    countries: Sequence[str]
    credential_ids: Sequence[int]
    people_min: int
    score_min: int
    window_months: int | None
    risk_days: int
    grace_days: int


COLUMNS = tuple(field.name for field in fields(RuleDetails) if field.name != "credential_ids")


def create(details: RuleDetails, *, by: Actor, at: datetime, evaluate: bool = True) -> ProgrammeRule:
    """A new rule, in force at once. Without `evaluate` the caller evaluates the companies after several rules."""
    rule = ProgrammeRule(created_at=at, **{name: getattr(details, name) for name in COLUMNS})
    db.session.add(rule)
    db.session.flush()
    _name_credentials(rule, details.credential_ids)
    _record("programme.create", rule, by, at)
    if evaluate:
        evaluating.evaluate(None, at=at)
    return rule


def change(rule: ProgrammeRule, details: RuleDetails, *, version: int, by: Actor, at: datetime) -> None:
    """Changes a rule and evaluates all companies by it. Raises StaleError if somebody else saved since `version`."""
    if rule.version != version:
        raise StaleError(_("Somebody else has changed this rule since you opened it. Compare, then save again."))
    old = facts.facts_of(rule, [one.id for one in queries.credentials_by_rule()[rule.id]])
    changes = {n: [getattr(rule, n), getattr(details, n)] for n in COLUMNS if getattr(rule, n) != getattr(details, n)}
    for name in changes:
        setattr(rule, name, getattr(details, name))
    if old.credential_ids != frozenset(details.credential_ids):
        changes["credentials"] = [sorted(old.credential_ids), sorted(details.credential_ids)]
        _name_credentials(rule, details.credential_ids)
    db.session.flush()
    _record("programme.change", rule, by, at, changes)
    evaluating.evaluate(None, at=at)


def archive(rule: ProgrammeRule, archived: bool, *, by: Actor, at: datetime) -> None:
    """Puts a rule out of force, or back into it."""
    if rule.archived == archived:
        raise RuleError(_("That has been done already. Reload the page."))
    rule.archived = archived
    db.session.flush()
    _record("programme.archive" if archived else "programme.restore", rule, by, at)
    if archived:
        db.session.execute(delete(Standing).where(Standing.rule_id == rule.id))
    else:
        evaluating.evaluate(None, at=at)


def count_for(person: Person, company: Organisation, *, by: Actor, at: datetime) -> None:
    """Says for which of their companies a person counts."""
    row = db.session.get(CountsFor, person.id)
    before = row.organisation_id if row is not None else None
    if row is None:
        row = CountsFor(person_id=person.id)
        db.session.add(row)
    row.organisation_id, row.chosen_at, row.chosen_by = company.id, at, str(by)
    db.session.flush()
    record(
        "programme.count_for",
        by=by,
        at=at,
        object_type="person",
        object_id=person.id,
        object_name=person.full_name,
        person_id=person.id,
        changes={"counts_for": [before, company.id]},
    )
    evaluating.follow_people([person.id], at)


def _name_credentials(rule: ProgrammeRule, credential_ids: Sequence[int]) -> None:
    db.session.execute(delete(RuleCredential).where(RuleCredential.rule_id == rule.id))
    db.session.add_all(RuleCredential(rule_id=rule.id, credential_id=one) for one in sorted(set(credential_ids)))
    db.session.flush()


def _record(action: str, rule: ProgrammeRule, by: Actor, at: datetime, changes: dict[str, Any] | None = None) -> None:
    record(action, by=by, at=at, object_type="programme_rule", object_id=rule.id, object_name=rule.name, changes=changes or {})
