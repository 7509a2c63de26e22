"""Changing the address of a login: the new one confirms, the old one is told and can take it back."""

from datetime import datetime

from sqlalchemy import delete, func, select

from eventapp.accounts import mails, queries
from eventapp.accounts.models import AccountLink, Identity, LinkKind, Passkey, User
from eventapp.accounts.rules import ADDRESS_LINK_LASTS, UNDO_LINK_LASTS
from eventapp.accounts.service import hooks, links, second_factor
from eventapp.accounts.service.users import end_sessions
from eventapp.audit.service import Actor, record
from eventapp.core.db import db
from eventapp.core.errors import RuleError
from eventapp.core.i18n import _


def ask(user: User, address: str, *, by: Actor, at: datetime) -> None:
    """Mails a link to the new address. Raises `RuleError` if the user has it already.

    If it is the address of another login, that one is told instead; whoever asks sees no difference.
    """
    if address == user.email:
        raise RuleError(_("This is your address already."), "email", 422)
    record("user.address_asked", by=by, at=at, object_type="user", object_id=user.id, object_name=user.email)
    other = queries.user_by_address(address)
    if other is not None:
        mails.send_address_is_taken(other, at=at)
        return
    links.take_back(AccountLink.kind == LinkKind.CHANGE_ADDRESS, AccountLink.user_id == user.id, at=at)
    token = links.issue(LinkKind.CHANGE_ADDRESS, address, lasts=ADDRESS_LINK_LASTS, by=user.email, at=at, user=user)
    mails.send_confirm_address(user, address, token, at=at)


def confirm(link: AccountLink, *, at: datetime) -> User:
    """Gives the login the new address and mails the old one the way back.

    Raises `UsedLinkError` if the link was used or the login is disabled, `RuleError` if the address is another login's.
    """
    user = _user_of(link, at)
    old, new = user.email, link.address
    if queries.user_by_address(new) is not None:
        raise RuleError(_("There is a login for %(address)s already.", address=new))
    user.email, user.verified_at = new, at
    token = links.issue(LinkKind.UNDO_ADDRESS, old, lasts=UNDO_LINK_LASTS, by=new, at=at, user=user)
    links.take_back(AccountLink.kind == LinkKind.SIGN_IN, AccountLink.user_id == user.id, at=at)
    mails.send_address_changed(user, old, token, at=at)
    _changed(user, old, at)
    return user


def undo(link: AccountLink, *, at: datetime) -> User:
    """Puts the old address back, for somebody whose login may have been taken over.

    All sessions end, the password has to be set anew, and passkeys, identities at providers and the second factor go
    if they came since the change was asked for. Raises like `confirm`.
    """
    user = _user_of(link, at)
    taken_over, old = user.email, link.address
    if queries.user_by_address(old) not in (None, user):
        raise RuleError(_("There is a login for %(address)s already.", address=old))
    user.email, user.password = old, None
    end_sessions(user, at=at)
    since = _asked_at(link)
    for means in (Passkey, Identity):
        db.session.execute(delete(means).where(means.user_id == user.id, means.created_at >= since))
    if user.totp_since is not None and user.totp_since >= since:
        second_factor.turn_off(user, by=user, at=at)
    later = (AccountLink.kind == LinkKind.UNDO_ADDRESS, AccountLink.user_id == user.id, AccountLink.id > link.id)
    links.take_back(*later, at=at)
    _changed(user, taken_over, at)
    return user


def _asked_at(link: AccountLink) -> datetime:
    """When the change that `link` undoes was asked for; asking again does not hide what came after the first time."""
    asked = select(func.min(AccountLink.created_at)).where(
        AccountLink.kind == LinkKind.CHANGE_ADDRESS,
        AccountLink.user_id == link.user_id,
        AccountLink.created_at.between(link.created_at - UNDO_LINK_LASTS, link.created_at),
    )
    return db.session.scalar(asked) or link.created_at


def _user_of(link: AccountLink, at: datetime) -> User:
    user = db.session.get(User, link.user_id) if link.user_id is not None else None
    links.use(link, at=at)
    if user is None or not user.active:
        raise links.UsedLinkError
    return user


def _changed(user: User, old: str, at: datetime) -> None:
    db.session.flush()
    changes = {"email": [old, user.email]}
    record("user.address_changed", by=user, at=at, object_type="user", object_id=user.id, object_name=user.email, changes=changes)
    hooks.address_changed(user, old, by=user, at=at)
