"""The agenda of the workshop while it is under way: moving on from one part to the next, with the time that is left."""

from datetime import datetime

from eventapp.core.db import db
from eventapp.core.errors import RuleError, StaleError
from eventapp.core.i18n import _
from eventapp.plans.models import Plan, Workshop, WorkshopItem, WorkshopState
from eventapp.plans.room import queries as rooms
from eventapp.plans.room.rules import EXTENSION
from eventapp.plans.room.service.entering import enter
from eventapp.plans.ticking import tick
from eventapp.plans.workshop import queries as planned

LONGEST = 480


def stop(workshop: Workshop, at: datetime) -> None:
    """Ends the part that is under way."""
    running = rooms.under_way(planned.items(workshop))
    if running is not None and running.started_at is not None:
        running.ended_at = max(at, running.started_at)
        db.session.flush()


def begin(plan: Plan, item: WorkshopItem, *, seen: int | None, at: datetime) -> None:
    """Takes up a part of the agenda and ends the one under way. One that was ended is taken up anew.

    `seen` is the part that was under way when the button was shown. Raises StaleError if another is by now: two people who
    press at once move on by one part, not by two.
    """
    plan, workshop = enter(plan, WorkshopState.RUNNING)
    running = rooms.under_way(planned.items(workshop))
    if (running.id if running is not None else None) != seen:
        raise StaleError(_("Somebody else has moved the agenda on."))
    stop(workshop, at)
    db.session.refresh(item)
    item.started_at, item.ended_at = at, None
    db.session.flush()
    tick(plan)


def finish(plan: Plan, item: WorkshopItem, *, at: datetime) -> None:
    """Ends a part without another. Nothing happens if it is not under way."""
    plan, workshop = enter(plan, WorkshopState.RUNNING)
    running = rooms.under_way(planned.items(workshop))
    if running is not None and running.id == item.id:
        stop(workshop, at)
        tick(plan)


def extend(plan: Plan, item: WorkshopItem, *, version: int) -> None:
    """Gives a part five minutes more. Raises StaleError if it was changed since `version`: two presses at once are one."""
    plan, _workshop = enter(plan, WorkshopState.RUNNING)
    db.session.refresh(item)
    if item.version != version:
        raise StaleError(_("Somebody else has changed this since you opened it. Look at it again."))
    minutes = item.minutes + int(EXTENSION.total_seconds() // 60)
    if minutes > LONGEST:
        raise RuleError(_("A part of the agenda lasts eight hours at most."))
    item.minutes = minutes
    db.session.flush()
    tick(plan)
