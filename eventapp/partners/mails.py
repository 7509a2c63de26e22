"""Mails about who looks after a company, and to whom a company has entered."""

from datetime import datetime

from eventapp.accounts.models import User
from eventapp.core.links import absolute
from eventapp.mail.render import render
from eventapp.mail.service import queue
from eventapp.partners.models import Membership, Organisation


def send_appointed(user: User, name: str, company: str, *, by: str, at: datetime) -> None:
    """Tells somebody with a login that they are an admin of the company from now on."""
    subject, text, html = render(
        "partners/appointed", name=name, company=company, by=by, link=absolute("security.login", next="/company/")
    )
    queue(
        kind="partners.appointed",
        about=f"user:{user.id}",
        to_name=name,
        to_address=user.email,
        subject=subject,
        text=text,
        html=html,
        at=at,
    )


def send_entered(membership: Membership, name: str, company: Organisation, *, by: str, link: str, at: datetime) -> None:
    """Asks somebody whom a company has entered whether they belong to it."""
    subject, text, html = render("partners/entered", company=company.name, by=by, link=link)
    queue(
        kind="partners.entered",
        about=f"person:{membership.person_id}",
        to_name=name,
        to_address=membership.address or "",
        subject=subject,
        text=text,
        html=html,
        at=at,
    )
