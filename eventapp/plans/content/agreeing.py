"""Both sides agree with a section as it is; the next change of it ends that by itself (`editing.touch`)."""

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import update
from sqlalchemy.orm.attributes import set_committed_value

from eventapp.audit.service import Actor, record
from eventapp.core.db import db, table
from eventapp.core.errors import RuleError, StaleError
from eventapp.core.i18n import _
from eventapp.plans import queries
from eventapp.plans.log import about
from eventapp.plans.models import Plan, PlanAgreement, PlanSection, SectionState, Side
from eventapp.plans.permissions import Standing, is_agreeable
from eventapp.plans.ticking import tick

# Why nothing may be agreed now, for example because the workshop has no quorum: asked of each, none if it may.
BLOCKS: list[Callable[[Plan], str | None]] = []


def blocked(plan: Plan) -> str | None:
    """Why no section of the plan may be agreed now, in words; none if they may."""
    return next((why for ask in BLOCKS if (why := ask(plan))), None)


def agree(plan: Plan, section: PlanSection, *, version: int, standing: Standing, by: Actor, at: datetime) -> None:
    """Agrees for the side of whoever does it. Raises StaleError if the section was changed since `version`."""
    plan = queries.lock(plan)
    db.session.refresh(section)
    if section.version != version:
        raise StaleError(_("The section was changed since you opened it. Read it again before you agree."))
    if not is_agreeable(plan):
        raise RuleError(_("Sections are agreed in the workshop and after it, until the plan is signed."))
    if section.state is SectionState.EMPTY:
        raise RuleError(_("There is nothing in this section yet."))
    if why := blocked(plan):
        raise RuleError(why)
    assert standing.member is not None
    agreed = queries.agreements(plan)
    if (section.id, standing.member.side) not in agreed:
        values = {"plan_id": plan.id, "section_id": section.id, "side": standing.member.side, "member_id": standing.member.id}
        db.session.add(PlanAgreement(section_version=version, agreed_at=at, **values))
        db.session.flush()
        tick(plan)
        record("plans.agree", by=by, at=at, **about(plan), changes={"section": section.key, "side": standing.member.side})
    if (section.id, standing.member.side.other) in agreed:
        _put_state(section, SectionState.AGREED)


def disagree(plan: Plan, section: PlanSection, *, standing: Standing, by: Actor, at: datetime) -> None:
    """Takes the own side's agreement back. Nothing happens if there is none."""
    plan = queries.lock(plan)
    if not is_agreeable(plan):
        raise RuleError(_("Sections are agreed in the workshop and after it, until the plan is signed."))
    side = standing.side
    assert side is not None
    mine = queries.agreements(plan).get((section.id, side))
    if mine is None:
        return
    mine.ended_at = at
    db.session.flush()
    tick(plan)
    if section.state is SectionState.AGREED:
        _put_state(section, SectionState.DRAFTED)
    record("plans.disagree", by=by, at=at, **about(plan), changes={"section": section.key, "side": Side(side)})


def _put_state(section: PlanSection, state: SectionState) -> None:
    """Past the unit of work: the section says the same as before, so its version stays."""
    db.session.execute(update(table(PlanSection)).where(table(PlanSection).c.id == section.id).values(state=state))
    set_committed_value(section, "state", state)
