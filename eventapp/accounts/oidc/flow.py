"""One sign-in at a provider, kept in the browser's session from leaving to coming back."""

import hmac
import json
import secrets
from dataclasses import asdict, dataclass
from datetime import datetime

import structlog
from flask import current_app, flash, g, make_response, redirect, render_template, session, url_for
from flask.typing import ResponseReturnValue

from eventapp.accounts.models import User
from eventapp.accounts.oidc import client
from eventapp.accounts.oidc.client import ProviderError
from eventapp.accounts.oidc.rules import FLOW_LASTS, Provider
from eventapp.accounts.throttling import count_try
from eventapp.core.clock import now
from eventapp.core.crypto import decrypt, encrypt
from eventapp.core.i18n import _
from eventapp.core.links import absolute
from eventapp.core.web.audiences import safe_target

log = structlog.get_logger()
FLOW = "oidc"


@dataclass(frozen=True)
class Flow:
    """What was sent along to the provider; `user` is the `fs_uniquifier` of whoever connects a login that they have."""

    key: str
    state: str
    nonce: str
    verifier: str
    target: str | None
    at: float
    user: str | None


def production() -> bool:
    """Whether providers may only be asked by https and at public addresses."""
    return bool(current_app.config["PRODUCTION"])


def redirect_uri(key: str) -> str:
    """Where the provider sends people back to: from `EVENTAPP_BASE_URL` alone."""
    return absolute("oidc.come_back", provider_key=key)


def leave(provider: Provider, asked: str | None, *, connects: User | None = None, login_hint: str = "") -> ResponseReturnValue:
    """Sends the visitor to the provider, by a page: the policy of our pages lets no form lead to another site.

    Raises `TooManyTries`. No transaction is open while the provider is asked.
    """
    owner = connects.fs_uniquifier if connects is not None else None
    at = count_try("oidc", None)
    made = Flow(
        provider.key,
        # As long as a one-time key, which it becomes: see `views.come_back`.
        secrets.token_urlsafe(32),
        secrets.token_urlsafe(32),
        secrets.token_urlsafe(48),
        safe_target(asked),
        at.timestamp(),
        owner,
    )
    try:
        url = client.authorization_url(
            provider,
            redirect_uri=redirect_uri(provider.key),
            state=made.state,
            nonce=made.nonce,
            verifier=made.verifier,
            login_hint=login_hint,
            production=production(),
        )
    except ProviderError as error:
        return give_up(provider, error, made.target, back=url_for("oidc.mine") if owner else None)
    # The cookie is signed and not secret.
    session[FLOW] = encrypt(json.dumps(asdict(made)), FLOW)
    page = make_response(render_template("accounts/oidc/leave.html", provider=provider, url=url))
    page.headers["Refresh"] = f"0; url={url}"
    return page


def kept(key: str) -> Flow | None:
    """The sign-in that was begun in this browser at this provider, not too long ago."""
    text = session.get(FLOW)
    clear = decrypt(text, FLOW) if isinstance(text, str) else None
    if clear is None:
        return None
    found = Flow(**json.loads(clear))
    return found if found.key == key and found.at > now().timestamp() - FLOW_LASTS.total_seconds() else None


def used(key: str, state: str) -> Flow | None:
    """Like `kept`, if the state is that of the flow; whatever it was, it is not there any more afterwards."""
    found = kept(key)
    session.pop(FLOW, None)
    return found if found is not None and hmac.compare_digest(found.state.encode(), state.encode()) else None


def began(flow: Flow, at: datetime) -> datetime:
    """When leaving was counted as a try."""
    return datetime.fromtimestamp(flow.at, tz=at.tzinfo)


def give_up(provider: Provider, error: ProviderError, target: str | None, *, back: str | None = None) -> ResponseReturnValue:
    """Back to the sign-in page, with what happened in words, and a number that stands in the log with the reason."""
    log.warning("oidc", provider=provider.key, reason=error.reason, detail=error.detail, request_id=g.get("request_id"))
    if error.reason == "unreachable":
        text = _("%(label)s does not answer at the moment. Try again in a minute, or log in another way.", label=provider.label)
    else:
        text = _("Logging in at %(label)s did not work. Try again, or log in another way.", label=provider.label)
    flash(f"{text} {_('(Number %(id)s)', id=g.get('request_id', ''))}", "warning")
    return redirect(back or url_for("security.login", next=target))
