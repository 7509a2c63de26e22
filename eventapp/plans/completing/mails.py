"""Telling both teams that a plan is completed: by its code."""

from collections.abc import Iterable
from datetime import datetime

from eventapp.core.links import absolute
from eventapp.mail.render import render
from eventapp.mail.service import letter, queue_all
from eventapp.plans.models import Plan, PlanMember
from eventapp.plans.reaching import reached


def send(plan: Plan, members: Iterable[PlanMember], *, at: datetime) -> None:
    """Tells them, and asks what they learnt."""
    letters, link = [], absolute("plan_completing.lessons", plan_code=plan.code)
    for one in reached(plan, members, at):
        subject, text, html = render("plans/completed", name=one.member.name, code=plan.code, link=link)
        letters.append(
            letter(
                kind="plans.completed",
                about=f"plan:{plan.id}",
                to_name=one.member.name,
                to_address=one.address,
                subject=subject,
                text=text,
                html=html,
                at=at,
            )
        )
    queue_all(letters)
