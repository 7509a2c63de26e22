"""The session in the browser's cookie: who is signed in by it, how that was proven, and what waits for a second step.

The cookie is signed and not secret, and can be copied. So it holds a random key whose hash stands in the table of
sessions; without a living row there it is worth nothing.
"""

from collections.abc import Callable
from dataclasses import dataclass

from flask import g, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user, logout_user
from flask_security.utils import login_user

from eventapp.accounts import queries
from eventapp.accounts.devices import device_of, short_network
from eventapp.accounts.models import User
from eventapp.accounts.permissions import works_for_vendor
from eventapp.accounts.queries import SignedIn
from eventapp.accounts.rules import PROOF_LASTS, SECOND_STEP_LASTS
from eventapp.accounts.service import passkeys, sessions
from eventapp.core.clock import now
from eventapp.core.saving import saving
from eventapp.core.web.audiences import may_open, safe_target

KEY, PROOF, PENDING = "key", "proof", "second_step"
WEAK = "mail"


@dataclass(frozen=True)
class Pending:
    """Somebody who has taken the first step of signing in: by which method, and where they want to go."""

    user: User
    method: str
    target: str | None


def load_user(uniquifier: str) -> User | None:
    """The user of this request's cookie, for Flask-Login: none without a living session."""
    key = session.get(KEY)
    if not isinstance(key, str):
        return None
    found = queries.signed_in_user(uniquifier, sessions.hash_of(key), at=now())
    g.signed_in = found
    return found.user if found else None


def this_session() -> SignedIn | None:
    """The session of this request, none if nobody is signed in."""
    if not current_user.is_authenticated:
        return None
    found: SignedIn | None = g.get("signed_in")
    return found


def me() -> User:
    """The user who is signed in, as the row itself."""
    user: User = current_user._get_current_object()
    return user


def target_or_home(asked: str | None) -> str:
    """Where to go after signing in: the page asked for if it is ours, else where the user works."""
    return safe_target(asked) or url_for("overview_admin.index" if may_open("overview_admin.index") else "overview.home")


def first_step_done(user: User, method: str, asked: str | None) -> ResponseReturnValue:
    """After the first factor: signs in, or asks for the second one if there is one to ask for."""
    if user.totp_secret is None and not (_must_have_two(user) and passkeys.has_any(user)):
        return enter(user, method, asked)
    session.clear()
    session[PENDING] = {"user": user.fs_uniquifier, "method": method, "at": int(now().timestamp()), "next": safe_target(asked)}
    return redirect(url_for("accounts.second_step"))


def pending() -> Pending | None:
    """Who waits for the second step in this browser, if it was begun not long ago and the login is still active."""
    kept = session.get(PENDING)
    if not isinstance(kept, dict) or kept["at"] < now().timestamp() - SECOND_STEP_LASTS.total_seconds():
        return None
    user = queries.user_by_uniquifier(kept["user"])
    return Pending(user, kept["method"], kept["next"]) if user is not None and user.active else None


def enter(user: User, methods: str, asked: str | None) -> ResponseReturnValue:
    """Signs in: a new row, a new cookie, and on to the page asked for."""
    with saving():
        key = start_row(user, methods)
    begin(user, key, methods)
    return redirect(target_or_home(asked))


def start_row(user: User, methods: str) -> str:
    """Writes the row of a new session and gives its key. Whoever calls commits."""
    device, network = device_of(request.user_agent.string), short_network(request.remote_addr)
    return sessions.start(user, methods, device=device, network=network, at=now())


def begin(user: User, key: str, methods: str) -> None:
    """Puts a new session into the cookie; nothing of the one before stays."""
    session.clear()
    g.pop("csrf_token", None)
    login_user(user, remember=False)
    session[KEY] = key
    if methods != WEAK or not _has_means(user):
        prove()


def forget() -> None:
    """Empties the cookie."""
    logout_user()
    session.clear()


def prove() -> None:
    """Notes that the visitor has just proven who they are."""
    session[PROOF] = int(now().timestamp())


def proven() -> bool:
    """Whether the visitor has proven who they are a moment ago. A form that was open meanwhile may take twice as long."""
    kept = session.get(PROOF)
    lasts = PROOF_LASTS * (2 if request.method == "POST" else 1)
    return isinstance(kept, int) and kept > now().timestamp() - lasts.total_seconds()


def ask_for_proof() -> ResponseReturnValue:
    """Sends the visitor to prove who they are, and back here."""
    back = request.path if request.method == "POST" else request.full_path.rstrip("?")
    return redirect(url_for("accounts.confirm", next=back))


def must_have_two(user: User, facts: SignedIn) -> bool:
    """Whether the vendor wants two factors of this user."""
    return facts.second_factor_for_staff and works_for_vendor(user, now())


def _must_have_two(user: User) -> bool:
    chosen = queries.second_factor_for_staff()
    return bool(chosen and chosen.value.get("on") and works_for_vendor(user, now()))


def _has_means(user: User) -> bool:
    """Whether the user could prove more than that they read their mail."""
    return bool(user.password or user.totp_secret or passkeys.has_any(user))


def kept_text(name: str, make: Callable[[], str]) -> str:
    """A random text of this session, made when it is first asked for."""
    if not isinstance(session.get(name), str):
        session[name] = make()
    return str(session[name])
