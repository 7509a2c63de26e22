"""A confirmed date as entries of calendars: one for each half, which says which plan it is for and leads to its page."""

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from flask import current_app

from eventapp.core.i18n import _
from eventapp.core.ical import Entry
from eventapp.core.links import absolute, site_host
from eventapp.plans.models import Plan, WorkshopSlot


class Addressee(NamedTuple):
    """Somebody who is written to about a workshop, and in which zone they live; `leads` is the facilitator."""

    name: str
    address: str
    zone: str
    leads: bool = False


def halves(slot: WorkshopSlot) -> Iterator[tuple[int, datetime, datetime]]:
    """Number, start and end of each half of a date; a day in person has one."""
    yield 1, slot.starts_at, slot.ends_at
    if slot.second_starts_at is not None and slot.second_ends_at is not None:
        yield 2, slot.second_starts_at, slot.second_ends_at


def page_of(plan: Plan, to: Addressee) -> str:
    """Where somebody reads about the workshop: the page of the teams, or that of the facilitator."""
    return absolute("plan_workshop.facilitator" if to.leads else "plan_workshop.index", plan_code=plan.code)


def entries(plan: Plan, slot: WorkshopSlot, to: Addressee, *, at: datetime, cancelled: bool = False) -> list[Entry]:
    """The entries of a date in somebody's calendar. Place and meeting link belong to the two teams, so they stay on the page."""
    settings = current_app.config["SETTINGS"]
    whole = slot.second_starts_at is None
    link = page_of(plan, to)
    return [
        Entry(
            uid=f"plan-workshop-{slot.id}-{number}@{site_host()}",
            sequence=slot.sequence,
            start=start,
            end=end,
            summary=_("Workshop of plan %(code)s", code=plan.code)
            if whole
            else _("Workshop of plan %(code)s, half %(number)s of 2", code=plan.code, number=number),
            location="",
            description=_("Place, agenda and preparation stand on the page of the workshop: %(link)s", link=link),
            url=link,
            stamp=at,
            organizer=(settings.site_name, settings.mail_from),
            attendee=(to.name, to.address),
            cancelled=cancelled,
        )
        for number, start, end in halves(slot)
    ]
