"""A code by mail, for whoever has no password, app or passkey to show who they are. It is typed on the page that asked.

The code waits in the browser's session, encrypted: whoever reads the mail elsewhere cannot use it.
"""

import hmac
import json
import re
import secrets
from datetime import datetime
from typing import Any

from flask import session

from eventapp.accounts import mails
from eventapp.accounts.models import User
from eventapp.accounts.rules import MAIL_CODE_LASTS
from eventapp.core import once
from eventapp.core.crypto import decrypt, encrypt

CODE = "mail_code"


def send(user: User, *, at: datetime) -> str:
    """Writes the mail. Gives what `keep` puts into the session as soon as that is committed."""
    code = f"{secrets.randbelow(10**6):06}"
    mails.send_mail_code(user, code, at=at)
    kept = {"code": code, "key": once.new_key(), "user": user.fs_uniquifier, "email": user.email, "at": at.timestamp()}
    return encrypt(json.dumps(kept), CODE)


def keep(made: str) -> None:
    """Lets the session wait for this code; one that was sent before is worth nothing from then on."""
    session[CODE] = made


def waits_for(user: User, at: datetime) -> bool:
    """Whether a code has been sent to the user that can still be typed."""
    return _kept(user, at) is not None


def accept(user: User, typed: str, *, at: datetime) -> bool:
    """Whether this is the code; it is used up then. Whoever calls has counted the try, and commits."""
    kept = _kept(user, at)
    if kept is None or not hmac.compare_digest(re.sub(r"\s", "", typed).encode(), kept["code"].encode()):
        return False
    once.hold(kept["key"])
    if once.used(kept["key"]) is not None:
        return False
    once.use(kept["key"], owner="mail code", body="", location="", at=at)
    return True


def _kept(user: User, at: datetime) -> dict[str, Any] | None:
    text = session.get(CODE)
    clear = decrypt(text, CODE) if isinstance(text, str) else None
    found: dict[str, Any] | None = json.loads(clear) if clear is not None else None
    if found is None or found["at"] < (at - MAIL_CODE_LASTS).timestamp():
        return None
    return found if (found["user"], found["email"]) == (user.fs_uniquifier, user.email) else None
