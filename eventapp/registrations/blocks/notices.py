"""Reminding before the last day for naming: 14, 7 and 1 day before, never twice, and rather not at all than late."""

from datetime import datetime, timedelta

from sqlalchemy import select

from eventapp.core.db import db
from eventapp.events.models import EventStatus
from eventapp.registrations.blocks import mails, queries
from eventapp.registrations.blocks.models import SeatBlock
from eventapp.registrations.blocks.rules import NOTICE_DAYS, notice_due
from eventapp.registrations.blocks.service import lock


def candidates(at: datetime) -> list[int]:
    """Ids of blocks whose last day for naming is near enough for a notice."""
    last = at + timedelta(days=max(NOTICE_DAYS) + 1)
    return list(queries.open_ids(SeatBlock.name_until > at, SeatBlock.name_until <= last))


def remind(block_id: int, *, at: datetime) -> int:
    """Sends the notice that is due now, if any, to everybody with unnamed places. Gives back how many mails that were."""
    block = db.session.scalars(select(SeatBlock).options(*queries.LOADED).where(SeatBlock.id == block_id)).one()
    lock(block)
    if block.released_at is not None or block.event.status not in (EventStatus.PUBLISHED, EventStatus.CLOSED):
        return 0
    days = notice_due(block.name_until, block.event.time_zone, block.noticed, at)
    if days is None:
        return 0
    block.noticed = days
    db.session.flush()
    unnamed = queries.unnamed_by_company(block)
    return mails.send_notice(block, unnamed, days, at=at) if unnamed else 0
