"""The rules by which a set is filled."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import func, select

from eventapp.audit.service import Actor
from eventapp.core.db import db
from eventapp.core.errors import RuleError
from eventapp.core.i18n import _
from eventapp.groups import queries
from eventapp.groups.models import GroupRule, GroupRuleMember, GroupSet, RuleKind
from eventapp.groups.service.log import differing, record_act
from eventapp.groups.service.seating import hold
from eventapp.partners.models import Organisation

MOST_RULES = 100
MOST_MEMBERS = 50


def switch_rules(found: GroupSet, *, mixes: bool, near_door: bool, by: Actor, at: datetime) -> None:
    """Says whether colleagues are put apart, and people with access needs near the door."""
    hold(found)
    changes = differing({"mixes": [found.mixes, mixes], "near_door": [found.near_door, near_door]})
    found.mixes, found.near_door = mixes, near_door
    db.session.flush()
    if changes:
        record_act("groups.rules", found, by, at, changes)


def add_rule(
    found: GroupSet,
    kind: RuleKind,
    *,
    companies: Iterable[Organisation] = (),
    registrations: Iterable[int] = (),
    by: Actor,
    at: datetime,
) -> GroupRule:
    """Keeps two or more companies or people apart, or people together. Raises RuleError for fewer than two."""
    hold(found)
    ids = {company.id for company in companies}
    people = queries.taking_part(found, registrations)
    if not 2 <= len(ids) + len(people) <= MOST_MEMBERS:
        raise RuleError(_("Choose from 2 to %(n)s.", n=MOST_MEMBERS), status=422)
    if (db.session.scalar(select(func.count()).where(GroupRule.set_id == found.id)) or 0) >= MOST_RULES:
        raise RuleError(_("A set has at most %(n)s rules of this kind.", n=MOST_RULES), status=422)
    made = GroupRule(set_id=found.id, kind=kind)
    db.session.add(made)
    db.session.flush()
    db.session.add_all(GroupRuleMember(rule_id=made.id, organisation_id=id_) for id_ in sorted(ids))
    db.session.add_all(GroupRuleMember(rule_id=made.id, registration_id=id_) for id_ in people)
    db.session.flush()
    record_act("groups.add_rule", found, by, at, {"rule": kind, "companies": len(ids), "people": len(people)})
    return made


def remove_rule(found: GroupSet, rule: GroupRule, *, by: Actor, at: datetime) -> None:
    """Takes a rule away."""
    hold(found)
    kind = rule.kind
    db.session.delete(rule)
    db.session.flush()
    record_act("groups.remove_rule", found, by, at, {"rule": kind})
