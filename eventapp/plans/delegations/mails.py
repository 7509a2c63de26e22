"""Mails about delegations. Organizers read the page of mails, so a mail names the plan by its code and says nothing of it."""

from datetime import datetime

from eventapp.core.links import absolute
from eventapp.mail.render import render
from eventapp.mail.service import queue
from eventapp.plans.models import Plan, PlanMember
from eventapp.plans.signing.mails import address_of


def send(what: str, plan: Plan, member: PlanMember, *, at: datetime) -> None:
    """Tells the delegate: `given` or `ended`."""
    address = address_of(member)
    if address is None:
        return
    link = absolute("plan_teams.index", plan_code=plan.code)
    subject, text, html = render("plans/delegation", what=what, name=member.name, code=plan.code, link=link)
    queue(
        kind=f"plans.delegation_{what}",
        about=f"plan:{plan.id}",
        to_name=member.name,
        to_address=address,
        subject=subject,
        text=text,
        html=html,
        at=at,
    )
