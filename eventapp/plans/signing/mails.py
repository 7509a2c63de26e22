"""Mails about signing. Organizers read the page of mails, so a mail names the plan by its code and says nothing of it."""

from datetime import datetime

from sqlalchemy import select

from eventapp.accounts.models import User
from eventapp.core.db import db
from eventapp.core.links import absolute
from eventapp.mail.render import render
from eventapp.mail.service import queue
from eventapp.partners.models import PersonEmail
from eventapp.plans.models import Plan, PlanMember, PlanVersion


def address_of(member: PlanMember) -> str | None:
    """Where a member is reached now; none if they are not."""
    if member.user_id is not None:
        return db.session.scalar(select(User.email).where(User.id == member.user_id, User.active))
    primary = select(PersonEmail.address).where(PersonEmail.person_id == member.person_id, PersonEmail.is_primary)
    return db.session.scalar(primary)


def send(what: str, plan: Plan, version: PlanVersion, member: PlanMember, *, at: datetime) -> None:
    """Tells a member: `asked` to sign, `reminder`, `back` in the final review, `cancelled` with the plan, `in_force`."""
    address = address_of(member)
    if address is None:
        return
    link = absolute("plan_versions.show", plan_code=plan.code, plan_version_id=version.id)
    values = {
        "what": what,
        "name": member.name,
        "code": plan.code,
        "number": version.number,
        "due_at": version.due_at,
        "link": link,
    }
    subject, text, html = render("plans/signing", **values)
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
