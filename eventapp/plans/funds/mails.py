"""Mails about funds. Organizers read the page of mails, so a mail names the plan by its code: no activity, amount or reason."""

from datetime import datetime

from sqlalchemy import select

from eventapp.core.db import db
from eventapp.core.links import absolute
from eventapp.mail.render import render
from eventapp.mail.service import queue
from eventapp.plans import queries
from eventapp.plans.funds.rules import DECIDES
from eventapp.plans.models import Plan, PlanMember, Side
from eventapp.plans.signing.mails import address_of


def to_decide(plan: Plan, *, at: datetime) -> None:
    """Tells the vendor's owner and finance that something waits for them."""
    for one in queries.team(plan):
        if one.side is Side.A and one.function in DECIDES:
            _send("to_decide", plan, one, at)


def decided(plan: Plan, member_id: int | None, *, at: datetime) -> None:
    """Tells whoever handed something in that it has moved on; whoever took over from them, if they have left."""
    member = db.session.scalar(select(PlanMember).where(PlanMember.id == member_id)) if member_id is not None else None
    while member is not None and member.left_at is not None and member.successor_id is not None:
        member = db.session.get_one(PlanMember, member.successor_id)
    if member is not None and member.left_at is None:
        _send("decided", plan, member, at)


def _send(what: str, plan: Plan, member: PlanMember, at: datetime) -> None:
    address = address_of(member)
    if address is None:
        return
    link = absolute("plan_funds.index", plan_code=plan.code)
    subject, text, html = render("plans/funds", what=what, name=member.name, code=plan.code, link=link)
    queue(
        kind=f"plans.funds_{what}",
        about=f"plan:{plan.id}",
        to_name=member.name,
        to_address=address,
        subject=subject,
        text=text,
        html=html,
        at=at,
    )
