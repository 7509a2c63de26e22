"""Mails about a workshop. Organizers read the page of mails, so they name the plan by its code and say nothing of it."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import or_, select

from eventapp.accounts.models import Grant, User
from eventapp.core.db import db
from eventapp.core.i18n import _
from eventapp.core.ical import calendar_file
from eventapp.core.links import absolute
from eventapp.core.times import place_of, span
from eventapp.mail.render import render
from eventapp.mail.service import Letter, letter, queue_all
from eventapp.plans import queries
from eventapp.plans.models import Plan, PlanMember, Workshop, WorkshopSlot
from eventapp.plans.reaching import HOME, reached
from eventapp.plans.workshop import queries as workshops
from eventapp.plans.workshop.calendars import Addressee, entries, halves, page_of
from eventapp.registrations.messages.rules import awake_at

# Which page a mail leads to, but for the page of the workshop itself.
PAGES = {
    **dict.fromkeys(("asked", "unanswered"), "plan_dates.index"),
    **dict.fromkeys(("tasks", "overdue", "numbers"), "plan_preparing.index"),
}


def addressees(plan: Plan, members: Iterable[PlanMember], at: datetime) -> list[Addressee]:
    """Where these people are reached now; whoever has no address or no right any more is left out."""
    return [Addressee(one.member.name, one.address, one.zone) for one in reached(plan, members, at)]


def facilitator_address(workshop: Workshop, at: datetime) -> list[Addressee]:
    """The facilitator in a list of their own; empty if there is none who works for the vendor."""
    user = workshops.facilitator(workshop)
    return _leading(user, at) if user is not None else []


def _leading(user: User, at: datetime) -> list[Addressee]:
    holds = select(Grant.id).where(Grant.user_id == user.id, or_(Grant.ends_at.is_(None), Grant.ends_at > at)).limit(1)
    if not user.active or db.session.scalar(holds) is None:
        return []
    return [Addressee(user.display_name, user.email, HOME, leads=True)]


def tell(
    what: str, plan: Plan, workshop: Workshop, to: Sequence[Addressee], *, at: datetime, by_day: bool = False, **more: Any
) -> int:
    """Tells them: `asked`, `unanswered`, `tasks`, `overdue`, `numbers`, `pack`, `missing`; `by_day` lets nights pass first.

    Returns to how many it goes.
    """
    letters = [_letter(what, plan, workshop, one, None, at, awake_at(at, one.zone) if by_day else at, **more) for one in to]
    queue_all(letters)
    return len(letters)


def send_date(what: str, plan: Plan, workshop: Workshop, slot: WorkshopSlot, to: Sequence[Addressee], *, at: datetime) -> int:
    """Sends the calendar files of a date: `dated`, `moved`, `joined`, or `cancelled` and `left`, which take it back."""
    letters = [_letter(what, plan, workshop, one, slot, at, at) for one in to]
    queue_all(letters)
    return len(letters)


def everybody(plan: Plan, workshop: Workshop, at: datetime) -> list[Addressee]:
    """Both teams and the facilitator."""
    return [*addressees(plan, queries.team(plan), at), *facilitator_address(workshop, at)]


def facilitator_changed(plan: Plan, workshop: Workshop, former: User | None, *, at: datetime) -> None:
    """Gives the date to the new facilitator, and takes it from the one before."""
    slot = workshops.confirmed_slot(workshop)
    if slot is None:
        return
    if former is not None:
        slot.sequence += 1
        db.session.flush()
        send_date("left", plan, workshop, slot, _leading(former, at), at=at)
    send_date("joined", plan, workshop, slot, facilitator_address(workshop, at), at=at)


def _letter(
    what: str,
    plan: Plan,
    workshop: Workshop,
    to: Addressee,
    slot: WorkshopSlot | None,
    at: datetime,
    leaves_at: datetime,
    **more: Any,
) -> Letter:
    cancelled = what in ("cancelled", "left")
    link = page_of(plan, to) if what not in PAGES else absolute(PAGES[what], plan_code=plan.code)
    subject, text, html = render(
        "plans/workshop",
        what=what,
        name=to.name,
        code=plan.code,
        when=when_of(slot, workshop.time_zone) if slot is not None else [],
        link="" if what == "left" else link,
        **{"number": 0, "day": None, **more},
    )
    made = entries(plan, slot, to, at=at, cancelled=cancelled) if slot is not None else []
    return letter(
        kind=f"plans.workshop_{what}",
        about=f"plan:{plan.id}",
        to_name=to.name,
        to_address=to.address,
        subject=subject,
        text=text,
        html=html,
        calendar="".join(calendar_file(one) for one in made) or None,
        calendar_method=made[0].method if made else None,
        at=leaves_at,
    )


def when_of(slot: WorkshopSlot, zone: str) -> list[str]:
    """When a date is, in words, a line for each half."""
    found = []
    for number, start, end in halves(slot):
        text = f"{span(start, end, zone)} {place_of(start, end, zone)}"
        found.append(text if slot.second_starts_at is None else _("half %(number)s: %(when)s", number=number, when=text))
    return found
