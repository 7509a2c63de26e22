"""Mails about blocks, to the admins of the holder and of the companies with places: before the last day, and what fell back."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from eventapp.core.db import db
from eventapp.core.links import absolute
from eventapp.mail.render import render
from eventapp.mail.service import queue
from eventapp.partners.joining.queries import admins_of
from eventapp.partners.models import Organisation
from eventapp.registrations.blocks.models import SeatBlock
from eventapp.registrations.blocks.rules import in_words


def send_notice(block: SeatBlock, unnamed: Mapping[int, int], days: int, *, at: datetime) -> int:
    """Reminds everybody with unnamed places (by company) that the last day comes. Gives back how many mails that were.

    The holder reads the whole block's number, a reseller its own only.
    """
    return _send("block_notice", block, unnamed, at, days=days, when=in_words(block.name_until, block.event.time_zone))


def send_released(block: SeatBlock, lost: Mapping[int, int], *, at: datetime) -> int:
    """Tells the holder, and whoever has lost places (by company), how many have fallen back to the event."""
    return _send("block_released", block, {block.organisation_id: 0, **lost}, at)


def _send(template: str, block: SeatBlock, numbers: Mapping[int, int], at: datetime, **more: Any) -> int:
    event, sent = block.event, 0
    for company_id, number in sorted(numbers.items()):
        holds = company_id == block.organisation_id
        for name, address in admins_of(company_id, at.date()):
            subject, text, html = render(
                f"registrations/{template}",
                name=name,
                event=event,
                company=db.session.get_one(Organisation, company_id).name,
                holder=block.organisation.name,
                holds=holds,
                total=sum(numbers.values()) if holds else number,
                number=number,
                size=block.size if holds else None,
                link=absolute("company_blocks.show", block_id=block.id) if holds else absolute("company_blocks.index"),
                **more,
            )
            queue(
                kind=f"registrations.{template}",
                about=f"event:{event.id}",
                to_name=name,
                to_address=address,
                subject=subject,
                text=text,
                html=html,
                from_name=event.sender_name,
                reply_to=event.contact_email,
                at=at,
            )
            sent += 1
    return sent
