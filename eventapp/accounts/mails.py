"""Mails about logins."""

from datetime import datetime

from eventapp.accounts.models import User
from eventapp.accounts.rules import RESET_LINK_LASTS
from eventapp.core.links import absolute
from eventapp.mail.render import render
from eventapp.mail.service import queue


def send_reset_link(user: User, token: str, *, at: datetime) -> None:
    """Sends the link to set a new password."""
    hours = int(RESET_LINK_LASTS.total_seconds() // 3600)
    link = absolute("security.reset_password", token=token)
    subject, text, html = render("accounts/reset", name=user.name, link=link, hours=hours)
    _send("accounts.reset", user, subject, text, html, at)


def send_invitation(user: User, *, at: datetime) -> None:
    """Tells somebody that there is a login for them, and how to set its password."""
    subject, text, html = render(
        "accounts/invitation", name=user.name, address=user.email, link=absolute("security.forgot_password")
    )
    _send("accounts.invitation", user, subject, text, html, at)


def send_password_changed(user: User, *, at: datetime) -> None:
    """Tells the user that the password is a new one."""
    subject, text, html = render("accounts/password_changed", name=user.name, link=absolute("security.forgot_password"))
    _send("accounts.password_changed", user, subject, text, html, at)


def _send(kind: str, user: User, subject: str, text: str, html: str, at: datetime) -> None:
    queue(
        kind=kind,
        about=f"user:{user.id}",
        to_name=user.name,
        to_address=user.email,
        subject=subject,
        text=text,
        html=html,
        at=at,
    )
