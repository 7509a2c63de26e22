"""eventapp: partner events for a vendor's partner organisation."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module


@contextmanager
def spared(*names: str) -> Iterator[None]:
    """Inside, these modules count as not installed, unless they were imported before.

    Libraries import what they could use besides, whether anybody does: 25 MB of each process and half of the time that
    a command takes to start. Whoever needs one of these modules imports it by name.
    """
    hidden = [name for name in names if name not in sys.modules]
    sys.modules.update(dict.fromkeys(hidden))  # type: ignore[arg-type] # none is how Python marks what cannot be imported
    try:
        yield
    finally:
        for name in hidden:
            del sys.modules[name]


# Sign-in by providers and passkeys are our own (accounts/oidc, accounts/service/authenticators), tracebacks are plain, and
# only a queue on Postgres needs its driver (core/jobs).
with spared("authlib", "webauthn", "cryptography", "rich", "psycopg"):
    for name in ("flask_security", "huey", "structlog"):
        import_module(name)

from eventapp.app import create_app  # noqa: E402 - the libraries first

__all__ = ["create_app"]
