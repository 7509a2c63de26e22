"""OpenID Connect as the relying party: discovery, the code flow with PKCE, and checking what comes back.

Imported with the first sign-in by a provider: see `eventapp.accounts.oidc.client`. The numbers are those of OpenID
Connect Core 1.0 and Discovery 1.0.
"""

import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import requests
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.requests_client import OAuth2Session
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OKPKey, RSAKey
from joserfc.jws import extract_compact

from eventapp.accounts.oidc.client import ProviderError
from eventapp.accounts.oidc.net import bound
from eventapp.accounts.oidc.rules import Provider, is_usable_url

SCOPE = "openid email profile"
# Signed by a key that only the provider has: no "none", and no HS256, whose key could be anybody's public one.
ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"]
KEY_TYPES: dict[str, Any] = {"RSA": RSAKey, "EC": ECKey, "OKP": OKPKey}
LEEWAY_SECONDS = 60
DISCOVERY_KEPT_SECONDS = 300
OK = 200

# Issuer → when it was read, and what it said. Each process asks for itself.
_discovered: dict[tuple[str, bool], tuple[float, "Metadata"]] = {}


@dataclass(frozen=True)
class Metadata:
    """Where a provider's doors are (Discovery 3)."""

    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str
    by_post: bool


@contextmanager
def _trouble() -> Iterator[None]:
    """Whatever goes wrong on the way to a provider, or is wrong with what it says, is a `ProviderError`."""
    try:
        yield
    except ProviderError:
        raise
    except (requests.RequestException, OSError) as error:
        raise ProviderError("unreachable", f"{type(error).__name__}: {error}") from error
    except (JoseError, AuthlibBaseError, ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise ProviderError("untrusted", f"{type(error).__name__}: {error}") from error


def discover(provider: Provider, *, production: bool) -> Metadata:
    """What the provider says of itself, at most five minutes old. Raises `ProviderError`."""
    kept = _discovered.get((provider.issuer, production))
    if kept is not None and kept[0] > time.monotonic() - DISCOVERY_KEPT_SECONDS:
        return kept[1]
    with _trouble():
        if not is_usable_url(provider.issuer, production=production):
            raise ValueError("the issuer's address is not allowed")
        with bound(requests.Session(), production=production) as session:
            found = _json(session.get(provider.issuer.rstrip("/") + "/.well-known/openid-configuration", allow_redirects=False))
        # Discovery 4.3: exactly the issuer that was asked.
        if found.get("issuer") != provider.issuer:
            raise ValueError(f"another issuer: {found.get('issuer')!r}")
        urls = {name: found[name] for name in ("authorization_endpoint", "token_endpoint", "jwks_uri")}
        urls["userinfo_endpoint"] = found.get("userinfo_endpoint") or ""
        for name, url in urls.items():
            if url and not (isinstance(url, str) and is_usable_url(url, production=production)):
                raise ValueError(f"{name} is not allowed")
        methods = found.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
        made = Metadata(**urls, by_post="client_secret_basic" not in methods and "client_secret_post" in methods)
    _discovered[provider.issuer, production] = (time.monotonic(), made)
    return made


def forget_discovered() -> None:
    """The next sign-in reads anew what providers say of themselves."""
    _discovered.clear()


def authorization_url(
    provider: Provider, *, redirect_uri: str, state: str, nonce: str, verifier: str, login_hint: str, production: bool
) -> str:
    """Where the visitor is sent (Core 3.1.2.1), with PKCE S256 (RFC 7636). Raises `ProviderError`."""
    metadata = discover(provider, production=production)
    with _trouble(), _client(provider, metadata, production=production, redirect_uri=redirect_uri) as client:
        hint = {"login_hint": login_hint} if login_hint else {}
        url, _state = client.create_authorization_url(
            metadata.authorization_endpoint, state=state, code_verifier=verifier, nonce=nonce, **hint
        )
        return str(url)


def redeem(
    provider: Provider, *, code: str, redirect_uri: str, nonce: str, verifier: str, at: datetime, production: bool
) -> dict[str, Any]:
    """The checked claims behind a code. Raises `ProviderError` for whatever is not exactly as it must be."""
    metadata = discover(provider, production=production)
    with _trouble(), _client(provider, metadata, production=production, redirect_uri=redirect_uri) as client:
        token = client.fetch_token(
            metadata.token_endpoint,
            grant_type="authorization_code",
            code=code,
            code_verifier=verifier,
            redirect_uri=redirect_uri,
            allow_redirects=False,
        )
        raw = token["id_token"]
        if not isinstance(raw, str):
            raise TypeError("no ID token")
        keys = _json(client.get(metadata.jwks_uri, withhold_token=True, allow_redirects=False))["keys"]
        decoded = _verified(raw, keys)
        claims = CodeIDToken(
            decoded.claims,
            decoded.header,
            options={
                "iss": {"essential": True, "value": provider.issuer},
                "aud": {"essential": True, "value": provider.client_id},
            },
            params={"nonce": nonce, "client_id": provider.client_id, "access_token": token.get("access_token")},
        )
        claims.validate(now=int(at.timestamp()), leeway=LEEWAY_SECONDS)
        found = dict(claims)
        if metadata.userinfo_endpoint and not {"email", *filter(None, [provider.groups_claim])} <= found.keys():
            # Not by the client, which holds a token that lives for a minute to be over.
            bearer = {"Authorization": f"Bearer {token['access_token']}"}
            more = _json(client.get(metadata.userinfo_endpoint, withhold_token=True, headers=bearer, allow_redirects=False))
            # Core 5.3.2: without the same subject it may be anybody's.
            if more.get("sub") != found["sub"]:
                raise ValueError("userinfo about another subject")
            found = {**more, **found}
        return found


def _client(provider: Provider, metadata: Metadata, *, production: bool, redirect_uri: str) -> Any:
    client = OAuth2Session(
        provider.client_id,
        provider.secret,
        token_endpoint_auth_method="client_secret_post" if metadata.by_post else "client_secret_basic",
        scope=SCOPE,
        redirect_uri=redirect_uri,
        code_challenge_method="S256",
    )
    return bound(client, production=production)


def _json(response: Any) -> Mapping[str, Any]:
    if response.status_code >= 500:
        raise ProviderError("unreachable", f"status {response.status_code}")
    if response.status_code != OK:
        raise ValueError(f"status {response.status_code}")
    found = json.loads(response.content)
    if not isinstance(found, dict):
        raise TypeError("not a JSON object")
    return found


def _verified(raw: str, keys: list[Mapping[str, Any]]) -> jwt.Token:
    """The token, if one of the provider's keys has signed it (Core 3.1.3.7)."""
    wanted = extract_compact(raw.encode("ascii")).headers().get("kid")
    error: Exception = ValueError("no key fits")
    for key in keys:
        made = KEY_TYPES.get(str(key.get("kty")))
        if made is None or key.get("use", "sig") != "sig" or (wanted is not None and key.get("kid") != wanted):
            continue
        try:
            return jwt.decode(raw, made.import_key(dict(key)), algorithms=ALGORITHMS)
        except (JoseError, ValueError) as refused:
            error = refused
    raise error
