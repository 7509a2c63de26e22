"""Registering an account: nothing but a link and a mail until the address is proven."""

import secrets
from datetime import datetime

from eventapp.accounts import mails, queries
from eventapp.accounts.models import AccountLink, LinkKind, User
from eventapp.accounts.rules import SIGN_UP_LINK_LASTS
from eventapp.accounts.service import hooks, links
from eventapp.audit.service import record
from eventapp.core.db import db
from eventapp.core.errors import RuleError
from eventapp.core.i18n import _
from eventapp.core.text import one_line


def ask(address: str, name: str, password_hash: str | None, *, browser: str, at: datetime) -> None:
    """Mails a link that makes the login, or, if there is one, a mail that says so.

    `browser` is the hash of a secret that this browser keeps: only there the link makes the login with this password.
    Whoever opens it elsewhere chooses a password of their own, so nobody can plant one on somebody else's address.
    """
    user = queries.user_by_address(address)
    if user is not None:
        mails.send_there_is_a_login(user, at=at)
        return
    details = {"name": one_line(name)[:200], "password": password_hash, "browser": browser}
    token = links.issue(LinkKind.SIGN_UP, address, lasts=SIGN_UP_LINK_LASTS, by=address, at=at, details=details)
    mails.send_sign_up_link(address, token, at=at)


def verify(link: AccountLink, *, password_hash: str | None, at: datetime) -> tuple[User, str | None]:
    """Makes the login that the link stands for; gives it and the page that a later feature wants to go on with.

    Raises `UsedLinkError` if the link was used, and `RuleError` if there is a login for the address by now.
    """
    address, name = link.address, str(link.details.get("name", ""))
    links.use(link, at=at)
    if queries.user_by_address(address) is not None:
        raise RuleError(_("There is a login for %(address)s already. Log in with it.", address=address))
    user = User(email=address, name=name, fs_uniquifier=secrets.token_hex(32), created_at=at, verified_at=at, active=True)
    user.password = password_hash
    db.session.add(user)
    db.session.flush()
    links.take_back(AccountLink.kind == LinkKind.SIGN_UP, AccountLink.address == address, at=at)
    record("user.registered", by=user, at=at, object_type="user", object_id=user.id, object_name=address)
    return user, hooks.verified(user, by=user, at=at)
