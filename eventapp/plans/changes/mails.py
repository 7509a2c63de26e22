"""Mails about requests for changes: the plan by its code and the request by its number, nothing of what they say."""

from collections.abc import Iterable
from datetime import datetime

from eventapp.core.links import absolute
from eventapp.mail.render import render
from eventapp.mail.service import Letter, letter, queue_all
from eventapp.plans.models import ChangeRequest, Plan, PlanMember
from eventapp.plans.reaching import Reached, reached


def send(what: str, plan: Plan, request: ChangeRequest, members: Iterable[PlanMember], *, at: datetime) -> None:
    """Tells them: `proposed`, `accepted`, `rejected`, `withdrawn`."""
    queue_all([_letter(what, plan, request, one, at) for one in reached(plan, members, at)])


def _letter(what: str, plan: Plan, request: ChangeRequest, to: Reached, at: datetime) -> Letter:
    link = absolute("plan_changes.index", plan_code=plan.code)
    values = {"what": what, "name": to.member.name, "code": plan.code, "number": request.number, "link": link}
    subject, text, html = render("plans/change", **values)
    return letter(
        kind=f"plans.change_{what}",
        about=f"plan:{plan.id}",
        to_name=to.member.name,
        to_address=to.address,
        subject=subject,
        text=text,
        html=html,
        at=at,
    )
