"""Links in mails: bound to an address, for one use, for a time. The table holds only the hash of their secret."""

import secrets
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, select, update

from eventapp.accounts.models import AccountLink, LinkKind, User
from eventapp.accounts.rules import LINKS_KEPT
from eventapp.accounts.service.sessions import hash_of
from eventapp.core.db import db
from eventapp.core.errors import RuleError
from eventapp.core.i18n import _

# The kinds that are forgotten here after a time.
FORGOTTEN = (LinkKind.SIGN_UP, LinkKind.SIGN_IN, LinkKind.CHANGE_ADDRESS, LinkKind.UNDO_ADDRESS)


class UsedLinkError(RuleError):
    """The link was used, taken back, or is too old."""

    def __init__(self) -> None:
        super().__init__(_("This link is used up or too old. Ask for a new one."), status=410)


def issue(
    kind: LinkKind,
    address: str,
    *,
    lasts: timedelta,
    by: str,
    at: datetime,
    user: User | None = None,
    details: dict[str, Any] | None = None,
) -> str:
    """Makes a link and gives its secret, which goes into a mail to `address` and nowhere else."""
    token = secrets.token_urlsafe(32)
    made = AccountLink(
        kind=kind,
        token_hash=hash_of(token),
        address=address,
        user_id=user.id if user else None,
        details=details or {},
        created_at=at,
        created_by=by[:254],
        expires_at=at + lasts,
    )
    db.session.add(made)
    db.session.flush()
    return token


def living(kind: LinkKind, token: str, *, at: datetime) -> AccountLink | None:
    """The link with this secret, if it can still be used."""
    query = select(AccountLink).where(AccountLink.kind == kind, AccountLink.token_hash == hash_of(token))
    return db.session.scalar(query.where(*_usable(at)))


def use(link: AccountLink, *, at: datetime) -> None:
    """Uses the link up. Raises `UsedLinkError` if somebody did so at the same moment; only one of many gets through.

    What a sign-up carried is forgotten: it holds the hash of a password.
    """
    taken = update(AccountLink).where(AccountLink.id == link.id, *_usable(at)).values(used_at=at)
    if link.kind is LinkKind.SIGN_UP:
        taken = taken.values(details={})
    found = db.session.execute(taken.returning(AccountLink.id), execution_options={"synchronize_session": False}).all()
    if not found:
        raise UsedLinkError


def take_back(*conditions: Any, at: datetime) -> None:
    """Makes all links worthless that meet the conditions and could still be used."""
    db.session.execute(update(AccountLink).where(*conditions, *_usable(at)).values(revoked_at=at))


def forget_old_links(at: datetime) -> None:
    """Deletes links that are long over."""
    old = (AccountLink.kind.in_(FORGOTTEN), AccountLink.expires_at < at - LINKS_KEPT)
    db.session.execute(delete(AccountLink).where(*old))


def _usable(at: datetime) -> tuple[Any, ...]:
    return AccountLink.used_at.is_(None), AccountLink.revoked_at.is_(None), AccountLink.expires_at > at
