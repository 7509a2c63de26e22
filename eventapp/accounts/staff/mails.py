"""The mail that invites somebody to work for the vendor."""

from datetime import datetime

from eventapp.accounts.staff.rules import INVITATION_LASTS
from eventapp.core.links import absolute
from eventapp.mail.render import render
from eventapp.mail.service import queue


def send_invitation(address: str, given: list[str], token: str, *, inviter: str, at: datetime) -> None:
    """Sends the link of an invitation; `given` says what it gives."""
    link, days = absolute("invitations.accept", token=token), INVITATION_LASTS.days
    subject, text, html = render("accounts/staff_invitation", address=address, given=given, inviter=inviter, link=link, days=days)
    queue(
        kind="accounts.staff_invitation",
        about="staff",
        to_name="",
        to_address=address,
        subject=subject,
        text=text,
        html=html,
        at=at,
    )
