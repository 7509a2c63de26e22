"""Keeping the list of first steps, and ticking what is done. Everything in the caller's transaction."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from eventapp.audit.service import Actor, record
from eventapp.community.models import Fact, OnboardingItem, OnboardingTick
from eventapp.community.onboarding import queries
from eventapp.core.db import db
from eventapp.core.errors import RuleError, StaleError
from eventapp.core.i18n import _
from eventapp.partners.models import Organisation

MOST_ITEMS = 30


@dataclass(frozen=True)
class ItemDetails:
    """An item, as typed."""

    title: str
    help: str = ""
    fact: Fact | None = None
    active: bool = True


def add_item(details: ItemDetails, *, by: Actor, at: datetime) -> OnboardingItem:
    """Asks something more of newcomers, at the end of the list. Raises RuleError beyond MOST_ITEMS."""
    if len(queries.items(all_of_them=True)) >= MOST_ITEMS:
        raise RuleError(_("%(n)s items are enough.", n=MOST_ITEMS))
    made = OnboardingItem(position=queries.last_position() + 1, **vars(details))
    db.session.add(made)
    db.session.flush()
    record("community.item", by=by, at=at, **_about(made))
    return made


def change_item(item: OnboardingItem, details: ItemDetails, *, version: int, by: Actor, at: datetime) -> None:
    """Changes an item; what companies have ticked stays ticked. Raises StaleError if somebody saved since `version`."""
    query = select(OnboardingItem).where(OnboardingItem.id == item.id).with_for_update()
    item = db.session.scalars(query.execution_options(populate_existing=True)).one()
    if item.version != version:
        raise StaleError(_("Somebody else has changed this since you opened it. Compare, then save again."))
    changes = {n: [getattr(item, n), v] for n, v in vars(details).items() if getattr(item, n) != v}
    for name, value in vars(details).items():
        setattr(item, name, value)
    db.session.flush()
    record("community.item", by=by, at=at, **_about(item), changes=changes)


def move_item(item: OnboardingItem, up: bool, *, by: Actor, at: datetime) -> None:
    """Puts an item one place up or down; at the end of the list it stays."""
    order = list(queries.items(all_of_them=True))
    here = next(n for n, one in enumerate(order) if one.id == item.id)
    there = here - 1 if up else here + 1
    if 0 <= there < len(order):
        order[here], order[there] = order[there], order[here]
        for position, one in enumerate(order, start=1):
            one.position = position
        db.session.flush()
        record("community.item", by=by, at=at, **_about(item))


def tick(company: Organisation, item: OnboardingItem, *, done: bool, by: Actor, at: datetime) -> None:
    """Notes that the company has done something, or has not after all. Twice is once."""
    # Two admins who tick at once do so one after the other.
    db.session.execute(select(Organisation.id).where(Organisation.id == company.id).with_for_update())
    if not item.active:
        raise RuleError(_("This is not asked any more."))
    there = db.session.get(OnboardingTick, (company.id, item.id), populate_existing=True)
    if (there is not None) is done:
        return
    if done:
        values: dict[str, Any] = {"ticked_at": at, "ticked_by": by.actor_name[:254]}
        db.session.add(OnboardingTick(organisation_id=company.id, item_id=item.id, **values))
    else:
        db.session.delete(there)
    db.session.flush()
    about: dict[str, Any] = {"object_type": "organisation", "object_id": company.id, "object_name": company.name}
    record("community.tick", by=by, at=at, **about, organisation_id=company.id, changes={"item": item.title, "done": done})


def _about(item: OnboardingItem) -> dict[str, Any]:
    return {"object_type": "onboarding_item", "object_id": item.id, "object_name": item.title}
