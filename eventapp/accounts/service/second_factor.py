"""The second factor: codes of an authenticator app, and recovery codes for when it is lost."""

from datetime import datetime

from sqlalchemy import delete, or_, update

from eventapp.accounts import totp
from eventapp.accounts.models import RecoveryCode, User
from eventapp.audit.service import Actor, record
from eventapp.core.crypto import decrypt, encrypt
from eventapp.core.db import db
from eventapp.core.errors import RuleError
from eventapp.core.i18n import _

PURPOSE = "totp"


def turn_on(user: User, secret: str, code: str, *, by: Actor, at: datetime) -> list[str]:
    """Turns the second factor on and gives the recovery codes, which nobody can read again.

    Raises `RuleError` if it is on already, or the code is not one of this secret: an app that was set up wrongly must
    not lock anybody out.
    """
    step = totp.matching_step(secret, code, at=at, last=None)
    if step is None:
        raise RuleError(_("This code is wrong or too old. Enter the one that your app shows now."), "code", 422)
    is_off = (User.id == user.id, User.totp_secret.is_(None))
    values = {"totp_secret": encrypt(secret, PURPOSE), "totp_step": step, "totp_since": at}
    if not db.session.execute(update(User).where(*is_off).values(values).returning(User.id)).all():
        raise RuleError(_("Your second factor is on already."))
    db.session.refresh(user, list(values))
    record("user.second_factor_on", by=by, at=at, object_type="user", object_id=user.id, object_name=user.email)
    return _recovery_codes(user)


def turn_off(user: User, *, by: Actor, at: datetime) -> None:
    """Turns the second factor off and forgets its recovery codes."""
    user.totp_secret = user.totp_step = user.totp_since = None
    db.session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user.id))
    record("user.second_factor_off", by=by, at=at, object_type="user", object_id=user.id, object_name=user.email)
    db.session.flush()


def renew_recovery_codes(user: User, *, by: Actor, at: datetime) -> list[str]:
    """New recovery codes; the old ones are worth nothing any more. Raises `RuleError` without a second factor."""
    if user.totp_secret is None:
        raise RuleError(_("Turn your second factor on first."))
    record("user.recovery_codes_renewed", by=by, at=at, object_type="user", object_id=user.id, object_name=user.email)
    return _recovery_codes(user)


def accept(user: User, typed: str, *, at: datetime) -> str | None:
    """Uses up a code: `totp` for one of the app, `recovery` for a recovery code, none if it is neither or was used.

    Each code works once, also when it comes several times at the same moment.
    """
    if user.totp_secret is None:
        return None
    secret = decrypt(user.totp_secret, PURPOSE)
    step = totp.matching_step(secret, typed, at=at, last=user.totp_step) if secret else None
    if step is not None:
        unused = or_(User.totp_step.is_(None), User.totp_step < step)
        taken = update(User).where(User.id == user.id, unused).values(totp_step=step).returning(User.id)
        return "totp" if db.session.execute(taken).all() else None
    mine = (RecoveryCode.user_id == user.id, RecoveryCode.code_hash == totp.recovery_hash(user.id, typed))
    used = update(RecoveryCode).where(*mine, RecoveryCode.used_at.is_(None)).values(used_at=at).returning(RecoveryCode.id)
    if not db.session.execute(used).all():
        return None
    record("user.recovery_code_used", by=user, at=at, object_type="user", object_id=user.id, object_name=user.email)
    return "recovery"


def _recovery_codes(user: User) -> list[str]:
    db.session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user.id))
    codes = [totp.new_recovery_code() for _n in range(totp.RECOVERY_CODES)]
    db.session.add_all(RecoveryCode(user_id=user.id, code_hash=totp.recovery_hash(user.id, code)) for code in codes)
    db.session.flush()
    return codes
