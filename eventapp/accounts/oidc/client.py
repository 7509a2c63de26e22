"""The way to the protocol. Its libraries are an extra, and take long to import."""

import importlib.util
from datetime import datetime
from typing import Any

from eventapp.accounts.oidc.rules import Provider


class ProviderError(Exception):
    """A provider cannot be asked, or says what must not be believed. `detail` is for the log, never for a page.

    `reason` is "unreachable", "untrusted" or "missing", when the libraries are not installed.
    """

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail[:300]


def is_installed() -> bool:
    """Whether the extra `oidc` is installed."""
    return all(importlib.util.find_spec(name) is not None for name in ("authlib", "requests"))


def _protocol() -> Any:
    if not is_installed():
        raise ProviderError("missing", "the extra oidc is not installed")
    # Authlib and requests take 0.4 s to import, are an extra, and most processes never need them.
    from eventapp.accounts.oidc import protocol

    return protocol


def discover(provider: Provider, *, production: bool) -> None:
    """Asks the provider what it says of itself, anew. Raises `ProviderError`."""
    found = _protocol()
    found.forget_discovered()
    found.discover(provider, production=production)


def authorization_url(
    provider: Provider, *, redirect_uri: str, state: str, nonce: str, verifier: str, login_hint: str = "", production: bool
) -> str:
    """Where the visitor is sent to sign in. Raises `ProviderError`."""
    found = _protocol().authorization_url(
        provider,
        redirect_uri=redirect_uri,
        state=state,
        nonce=nonce,
        verifier=verifier,
        login_hint=login_hint,
        production=production,
    )
    return str(found)


def redeem(
    provider: Provider, *, code: str, redirect_uri: str, nonce: str, verifier: str, at: datetime, production: bool
) -> dict[str, Any]:
    """The checked claims behind the code that the visitor brings back. Raises `ProviderError`."""
    found: dict[str, Any] = _protocol().redeem(
        provider, code=code, redirect_uri=redirect_uri, nonce=nonce, verifier=verifier, at=at, production=production
    )
    return found
