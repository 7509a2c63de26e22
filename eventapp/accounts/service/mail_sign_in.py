"""Signing in by a link in a mail."""

from datetime import datetime

from eventapp.accounts import mails, queries
from eventapp.accounts.models import AccountLink, LinkKind, User
from eventapp.accounts.permissions import roles_of
from eventapp.accounts.rules import SIGN_IN_LINK_LASTS
from eventapp.accounts.service import hooks, links
from eventapp.core.db import db


def ask(address: str, *, at: datetime) -> None:
    """Mails a link to sign in, if there is an active login with this address."""
    user = queries.user_by_address(address)
    if user is None or not user.active:
        return
    token = links.issue(LinkKind.SIGN_IN, address, lasts=SIGN_IN_LINK_LASTS, by=address, at=at, user=user)
    mails.send_sign_in_link(user, token, at=at)


def enter(link: AccountLink, *, at: datetime) -> tuple[User, str | None]:
    """The user whom the link signs in, and the page that a later feature wants to go on with.

    Raises `UsedLinkError` if the link was used, the login is disabled, or it has another address by now. The mail has
    proven the address, if nothing had before. The vendor's people always go to where they work.
    """
    user = db.session.get(User, link.user_id) if link.user_id is not None else None
    links.use(link, at=at)
    if user is None or not user.active or user.email != link.address:
        raise links.UsedLinkError
    if user.verified_at is not None:
        return user, None
    user.verified_at = at
    db.session.flush()
    target = hooks.verified(user, by=user, at=at)
    return user, None if roles_of(user, at) else target
