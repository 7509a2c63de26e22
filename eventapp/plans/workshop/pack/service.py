"""Freezing the pack: what both sides have prepared, as a document that stays as it is."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from eventapp.audit.service import Actor, record
from eventapp.core.db import db
from eventapp.core.errors import RuleError
from eventapp.core.i18n import _
from eventapp.core.pdf import typeset
from eventapp.plans import queries
from eventapp.plans.log import about
from eventapp.plans.models import MemberFunction, Plan, PlanMember, PrepState, PrepTask, Workshop
from eventapp.plans.ticking import tick
from eventapp.plans.workshop import mails
from eventapp.plans.workshop import queries as workshops
from eventapp.plans.workshop.pack.composing import pack_of
from eventapp.plans.workshop.permissions import is_ahead


class Drawn(NamedTuple):
    """A document with the data that it shows."""

    data: dict[str, Any]
    pdf: bytes


def draw(plan: Plan, workshop: Workshop, *, at: datetime) -> Drawn | None:
    """The pack as it would be frozen now; none while there is no date."""
    slot = workshops.confirmed_slot(workshop)
    if slot is None:
        return None
    data = pack_of(plan, workshop, slot, at=at)
    return Drawn(data, typeset("workshop.typ", data))


def freeze(plan: Plan, *, drawn: Drawn | None = None, by: Actor, at: datetime) -> None:
    """Freezes the pack, and tells both teams; who still has something to do hears that it is missing.

    `drawn` is the document as it was drawn before the lock was taken: it holds if nothing has changed since, else it is
    drawn anew. Raises RuleError while there is no date, and once the workshop has begun.
    """
    plan = queries.lock(plan)
    workshop = workshops.workshop(plan)
    slot = workshops.confirmed_slot(workshop)
    if not is_ahead(plan, workshop) or slot is None:
        raise RuleError(_("The pack is frozen once there is a date, and before the workshop begins."))
    data = pack_of(plan, workshop, slot, at=at)
    pdf = drawn.pdf if drawn is not None and drawn.data == data else typeset("workshop.typ", data)
    workshop.pack, workshop.pack_at = pdf, at
    db.session.flush()
    tick(plan)
    record("plans.freeze_pack", by=by, at=at, **about(plan))
    _tell(plan, workshop, at)


def _tell(plan: Plan, workshop: Workshop, at: datetime) -> None:
    team = queries.team(plan)
    missing: dict[int, int] = {}
    for task in workshops.tasks(workshop):
        who = responsible(team, task)
        if task.state is PrepState.TO_DO and who is not None:
            missing[who.id] = missing.get(who.id, 0) + 1
    for member in team:
        to = mails.addressees(plan, [member], at) if member.id in missing else []
        mails.tell("missing", plan, workshop, to, at=at, by_day=True, number=missing.get(member.id, 0))
    others = [one for one in team if one.id not in missing]
    mails.tell("pack", plan, workshop, mails.addressees(plan, others, at), at=at, by_day=True)


def responsible(team: Sequence[PlanMember], task: PrepTask) -> PlanMember | None:
    """Who prepares something: whoever it was given to, else the owner of that side."""
    found = next((one for one in team if one.id == task.assignee_id), None)
    owners = (one for one in team if one.side is task.side and one.function is MemberFunction.OWNER)
    return found or next(owners, None)
