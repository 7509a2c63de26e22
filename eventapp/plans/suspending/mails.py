"""Mails about suspended plans. Organizers read the page of mails, so a mail names the plan by its code and says nothing of it."""

from datetime import datetime

from eventapp.core.links import absolute
from eventapp.mail.render import render
from eventapp.mail.service import queue
from eventapp.plans.models import Plan, PlanMember
from eventapp.plans.signing.mails import address_of


def send(what: str, plan: Plan, member: PlanMember, *, at: datetime) -> None:
    """Tells an owner that the plan was `suspended` and waits for a decision."""
    address = address_of(member)
    if address is None:
        return
    subject, text, html = render(
        "plans/suspended", name=member.name, code=plan.code, link=absolute("plans.show", plan_code=plan.code)
    )
    queue(
        kind=f"plans.{what}",
        about=f"plan:{plan.id}",
        to_name=member.name,
        to_address=address,
        subject=subject,
        text=text,
        html=html,
        at=at,
    )
