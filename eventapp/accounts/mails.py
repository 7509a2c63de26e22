"""Mails about logins."""

from datetime import datetime

from eventapp.accounts.models import User
from eventapp.accounts.rules import MAIL_CODE_LASTS, RESET_LINK_LASTS, SIGN_IN_LINK_LASTS, SIGN_UP_LINK_LASTS, UNDO_LINK_LASTS
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


def send_sign_up_link(address: str, token: str, *, at: datetime) -> None:
    """Sends the link that makes the login which somebody asked for with this address.

    Nothing that was typed but the address stands in it: anybody may have any name sent to anybody.
    """
    hours = int(SIGN_UP_LINK_LASTS.total_seconds() // 3600)
    link = absolute("accounts.verify", token=token)
    subject, text, html = render("accounts/sign_up", address=address, link=link, hours=hours)
    queue(
        kind="accounts.sign_up",
        about="sign-up",
        to_name="",
        to_address=address,
        subject=subject,
        text=text,
        html=html,
        at=at,
    )


def send_there_is_a_login(user: User, *, at: datetime) -> None:
    """Tells somebody who registers an account that there is one, and how to get in."""
    links = {"sign_in": absolute("accounts.mail_link"), "reset": absolute("security.forgot_password")}
    subject, text, html = render("accounts/there_is_a_login", name=user.name, active=user.active, **links)
    _send("accounts.there_is_a_login", user, subject, text, html, at)


def send_sign_in_link(user: User, token: str, *, at: datetime) -> None:
    """Sends the link that signs in."""
    minutes = int(SIGN_IN_LINK_LASTS.total_seconds() // 60)
    link = absolute("accounts.sign_in_by_mail", token=token)
    subject, text, html = render("accounts/sign_in", name=user.name, link=link, minutes=minutes)
    _send("accounts.sign_in", user, subject, text, html, at)


def send_mail_code(user: User, code: str, *, at: datetime) -> None:
    """Sends the code that shows who sits at a session which is signed in."""
    minutes = int(MAIL_CODE_LASTS.total_seconds() // 60)
    subject, text, html = render("accounts/mail_code", name=user.name, code=code, minutes=minutes)
    _send("accounts.mail_code", user, subject, text, html, at)


def send_confirm_address(user: User, address: str, token: str, *, at: datetime) -> None:
    """Sends the link that makes `address` the one of the login, to that address."""
    link = absolute("accounts.confirm_address", token=token)
    subject, text, html = render("accounts/confirm_address", name=user.name, old=user.email, address=address, link=link)
    _send("accounts.confirm_address", user, subject, text, html, at, to=address)


def send_address_is_taken(user: User, *, at: datetime) -> None:
    """Tells somebody that another login wanted to have this one's address."""
    subject, text, html = render("accounts/address_is_taken", name=user.name, address=user.email)
    _send("accounts.address_is_taken", user, subject, text, html, at)


def send_address_changed(user: User, old: str, token: str, *, at: datetime) -> None:
    """Tells the old address that the login has another one, with the link that puts it back."""
    days = UNDO_LINK_LASTS.days
    link = absolute("accounts.undo_address", token=token)
    subject, text, html = render("accounts/address_changed", name=user.name, old=old, new=user.email, link=link, days=days)
    _send("accounts.address_changed", user, subject, text, html, at, to=old)


def send_second_factor_changed(user: User, what: str, *, at: datetime) -> None:
    """Tells the user that something about how they log in has changed. `what`: on, off, codes, recovery, passkey, provider."""
    link = absolute("security.forgot_password")
    subject, text, html = render("accounts/second_factor", name=user.name, what=what, link=link)
    _send("accounts.second_factor", user, subject, text, html, at)


def _send(kind: str, user: User, subject: str, text: str, html: str, at: datetime, to: str | None = None) -> None:
    queue(
        kind=kind,
        about=f"user:{user.id}",
        to_name=user.name,
        to_address=to or user.email,
        subject=subject,
        text=text,
        html=html,
        at=at,
    )
