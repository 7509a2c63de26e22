"""Passkeys: credentials of W3C Web Authentication, kept by a device or a password manager.

Signing in always asks the device to verify its user, so a passkey counts as two factors. The challenge comes from the
visitor's session and is used up here, so no answer of a device works twice.
"""

import json
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from eventapp.accounts import queries
from eventapp.accounts.models import Passkey, User
from eventapp.accounts.rules import PASSKEYS_MAX
from eventapp.audit.service import Actor, record
from eventapp.core import once
from eventapp.core.db import db
from eventapp.core.errors import NotFoundError, RuleError
from eventapp.core.i18n import _
from eventapp.core.text import one_line

CREDENTIAL_MAX = 20_000


@dataclass(frozen=True)
class Site:
    """What a passkey is bound to (relying party): host name, origin and the name that people see."""

    host: str
    origin: str
    name: str


def new_challenge() -> str:
    """A challenge for a device, 256 bits."""
    return secrets.token_urlsafe(32)


def new_handle() -> str:
    """A user handle: random, since devices keep it and it must not tell who somebody is."""
    return secrets.token_urlsafe(32)


def _authenticators() -> Any:
    # The library and what it needs take 12 MB and 0.2 s to import, and most processes never meet a passkey.
    from eventapp.accounts.service import authenticators

    return authenticators


def creation_options(site: Site, user: User, handle: str, challenge: str) -> str:
    """What the browser needs to make a passkey, as JSON."""
    known = [key.credential_id for key in queries.passkeys_of(user)]
    found: str = _authenticators().creation_options(site, user.email, user.display_name, handle, challenge, known)
    return found


def sign_in_options(site: Site, challenge: str) -> str:
    """What the browser needs to sign in with any passkey of this site, as JSON."""
    found: str = _authenticators().sign_in_options(site, challenge)
    return found


def add(user: User, answer: str, *, site: Site, challenge: str, handle: str, name: str, by: Actor, at: datetime) -> Passkey:
    """Keeps the passkey that a device has made. Raises `RuleError` if its answer is not right or there are too many."""
    _use_up(challenge, at)
    if len(queries.passkeys_of(user)) >= PASSKEYS_MAX:
        raise RuleError(_("You have %(number)s passkeys. Remove one first.", number=PASSKEYS_MAX))
    if user.passkey_handle not in (None, handle):
        raise RuleError(_("Open the page again and try once more."))
    found = _parsed(answer)
    try:
        verified = _authenticators().made(found, site, challenge)
    except ValueError as error:
        raise _refused() from error
    if len(verified.credential_id) > 1024 or len(verified.credential_public_key) > 2048:
        raise _refused()
    if db.session.scalar(select(Passkey.id).where(Passkey.credential_id == verified.credential_id)):
        raise RuleError(_("This passkey is known already."))
    transports = found.get("response", {}).get("transports")
    made = Passkey(
        user_id=user.id,
        credential_id=verified.credential_id,
        public_key=verified.credential_public_key,
        sign_count=verified.sign_count,
        transports=",".join(t for t in transports if isinstance(t, str) and t.isalpha())[:100]
        if isinstance(transports, list)
        else "",
        name=one_line(name)[:64] or _("Passkey"),
        created_at=at,
    )
    user.passkey_handle = handle
    db.session.add(made)
    db.session.flush()
    changes = {"name": made.name}
    record("user.passkey_added", by=by, at=at, object_type="user", object_id=user.id, object_name=user.email, changes=changes)
    return made


def recognise(answer: str, *, site: Site, challenge: str, at: datetime) -> User:
    """The active user whose passkey has answered the challenge.

    Raises `RuleError`, always with the same words, if there is none, the answer is not right, the device did not verify
    its user, or its counter went backwards, as that of a copied device does.
    """
    _use_up(challenge, at)
    found = _parsed(answer)
    try:
        credential_id = _authenticators().credential_id(found)
    except ValueError as error:
        raise _refused() from error
    row = db.session.execute(
        select(Passkey, User)
        .join(User, User.id == Passkey.user_id)
        .where(Passkey.credential_id == credential_id, User.active)
        .with_for_update(of=Passkey)
    ).one_or_none()
    if row is None:
        raise _refused()
    key, user = row
    try:
        count, handle = _authenticators().answered(found, site, challenge, key.public_key, key.sign_count)
    except ValueError as error:
        raise _refused() from error
    if handle != user.passkey_handle:
        raise _refused()
    key.sign_count, key.used_at = count, at
    db.session.flush()
    return user


def rename(user: User, passkey_id: int, name: str, *, by: Actor, at: datetime) -> None:
    """Gives one of the user's passkeys another name. Raises `NotFoundError`, and `RuleError` for an empty name."""
    key = own(user, passkey_id)
    new = one_line(name)[:64]
    if not new:
        raise RuleError(_("Fill this in."), "name", 422)
    changes = {"name": [key.name, new]}
    key.name = new
    record("user.passkey_named", by=by, at=at, object_type="user", object_id=user.id, object_name=user.email, changes=changes)
    db.session.flush()


def remove(user: User, passkey_id: int, *, by: Actor, at: datetime) -> None:
    """Removes one of the user's passkeys. Raises `NotFoundError`."""
    key = own(user, passkey_id)
    changes = {"name": [key.name, None]}
    db.session.delete(key)
    record("user.passkey_removed", by=by, at=at, object_type="user", object_id=user.id, object_name=user.email, changes=changes)
    db.session.flush()


def own(user: User, passkey_id: int) -> Passkey:
    """The user's passkey with this id. Raises `NotFoundError`, for other people's as well."""
    key = db.session.scalar(select(Passkey).where(Passkey.id == passkey_id, Passkey.user_id == user.id))
    if key is None:
        raise NotFoundError
    return key


def has_any(user: User) -> bool:
    """Whether the user has a passkey."""
    return bool(db.session.scalar(select(func.count()).select_from(Passkey).where(Passkey.user_id == user.id)))


def _use_up(challenge: str, at: datetime) -> None:
    """Marks the challenge as answered, in the table of one-time keys. Raises `RuleError` if it was."""
    if not once.well_formed(challenge):
        raise _refused()
    once.hold(challenge)
    if once.used(challenge) is not None:
        raise _refused()
    once.use(challenge, owner="passkey", body="", location="", at=at)


def _parsed(answer: str) -> dict[str, Any]:
    """The device's answer, as JSON. Raises `RuleError` if it is none of ours."""
    try:
        found = json.loads(answer) if len(answer) <= CREDENTIAL_MAX else None
    except (ValueError, RecursionError) as error:
        raise _refused() from error
    if not isinstance(found, dict) or not isinstance(found.get("response"), dict):
        raise _refused()
    return found


def _refused() -> RuleError:
    return RuleError(_("This passkey did not work here. Open the page again and try once more, or use another way."), None, 422)
