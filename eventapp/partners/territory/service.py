"""Changing what a partner manager looks after."""

from datetime import datetime

from eventapp.accounts.models import User
from eventapp.audit.service import Actor, record
from eventapp.core.db import db
from eventapp.core.errors import RuleError
from eventapp.core.i18n import _
from eventapp.partners.models import Organisation, SubRegion, Territory
from eventapp.partners.territory import queries

MOST_PARTS = 200


def add_region(user: User, key: str, *, by: Actor, at: datetime) -> None:
    """Adds a sub-region. Raises `RuleError` if it is there already or does not exist."""
    region = db.session.get(SubRegion, key)
    if region is None:
        raise RuleError(_("Choose a sub-region of the list."), "region", 422)
    _add(user, Territory(sub_region_key=key), region.label, "region", by=by, at=at)


def add_manager_name(user: User, name: str, *, by: Actor, at: datetime) -> None:
    """Adds all companies at which the list names this manager, those to come as well."""
    _add(user, Territory(manager_name=name), name, "manager_name", by=by, at=at)


def add_company(user: User, company: Organisation, *, by: Actor, at: datetime) -> None:
    """Adds one company."""
    _add(user, Territory(organisation_id=company.id), company.name, "company", by=by, at=at)


def _add(user: User, part: Territory, name: str, field: str, *, by: Actor, at: datetime) -> None:
    there = queries.parts(user.id)
    kind = {"region": "region", "manager_name": "manager", "company": "company"}[field]
    if any(p.kind == kind and p.name == name and p.organisation_id == part.organisation_id for p in there):
        raise RuleError(_("%(name)s is in the territory already.", name=name), field)
    if len(there) >= MOST_PARTS:
        raise RuleError(
            _("A territory has at most %(number)d lines. Use a sub-region or a manager's name.", number=MOST_PARTS), field
        )
    part.user_id, part.granted_at, part.granted_by = user.id, at, by.actor_name
    db.session.add(part)
    db.session.flush()
    changes = {kind: name}
    record("territory.added", by=by, at=at, object_type="user", object_id=user.id, object_name=user.email, changes=changes)


def remove(user: User, part: Territory, *, by: Actor, at: datetime) -> None:
    """Takes a line out of the territory; from the next request on its companies are no longer theirs."""
    name = next((p.name for p in queries.parts(user.id) if p.id == part.id), "")
    db.session.delete(part)
    db.session.flush()
    changes = {"name": name}
    record("territory.removed", by=by, at=at, object_type="user", object_id=user.id, object_name=user.email, changes=changes)
