"""Requests to providers: short, small, never followed elsewhere, and in production only to public addresses by https.

Imported with the first sign-in by a provider: see `eventapp.accounts.oidc.client`.
"""

import ipaddress
import socket
import threading
import time
from contextlib import suppress
from typing import Any, ClassVar

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

CONNECT_SECONDS, READ_SECONDS = 3, 5
# A connection ends after this time, however steadily its bytes drip.
WHOLE_SECONDS = 8
MOST_BYTES = 256 * 1024

_NAT64 = (ipaddress.ip_network("64:ff9b::/96"), ipaddress.ip_network("64:ff9b:1::/48"))


class ForbiddenAddressError(OSError):
    """A name that leads to an address inside: of this machine, this network, or nobody's."""


class TooMuchError(OSError):
    """An answer that is larger, or takes longer, than any honest one."""


def is_public(text: str) -> bool:
    """Whether an IP address is one of the public Internet, also where IPv6 carries an IPv4 address inside."""
    try:
        found = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return False
    if isinstance(found, ipaddress.IPv6Address):
        inner = found.ipv4_mapped or found.sixtofour
        if inner is None and any(found in network for network in _NAT64):
            inner = ipaddress.IPv4Address(int(found) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(str(inner))
        if found.teredo is not None or int(found) >> 32 == 0:
            return False
    return found.is_global and not found.is_multicast and not found.is_reserved


def connect_to_public(host: str, port: int) -> socket.socket:
    """A connection to a public address of `host`. The name is asked once, and the address that it gave is connected to.

    Raises `ForbiddenAddressError` if one of its addresses is not public: no second answer can lead inside.
    """
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    if not found or not all(is_public(str(address[0])) for *_rest, address in found):
        raise ForbiddenAddressError(f"{host} is not a public address")
    error: OSError | None = None
    for family, kind, protocol, _name, address in found[:4]:
        made = socket.socket(family, kind, protocol)
        made.settimeout(CONNECT_SECONDS)
        try:
            made.connect(address)
            if not is_public(str(made.getpeername()[0])):
                raise ForbiddenAddressError(f"{host} is not a public address")
        except OSError as refused:
            made.close()
            error = refused
        else:
            return made
    raise error or OSError("no address")


class _Limited:
    """A connection that ends after a while, and in production reaches public addresses only."""

    public_only: ClassVar[bool] = False
    _ends: threading.Timer | None = None
    _handle: socket.socket | None = None

    def _new_conn(self) -> socket.socket:
        made: socket.socket
        if self.public_only:
            made = connect_to_public(self.host, self.port)  # type: ignore[attr-defined] # the library's connection
            made.settimeout(READ_SECONDS)
        else:
            made = super()._new_conn()  # type: ignore[misc]
        # A second handle: TLS takes the first one over.
        self._handle = made.dup()
        self._ends = threading.Timer(WHOLE_SECONDS, _hang_up, [self._handle])
        self._ends.daemon = True
        self._ends.start()
        return made

    def close(self) -> None:
        """Closes the connection and forgets its end."""
        if self._ends is not None:
            self._ends.cancel()
        if self._handle is not None:
            self._handle.close()
        super().close()  # type: ignore[misc]


def _hang_up(handle: socket.socket) -> None:
    with suppress(OSError):
        handle.shutdown(socket.SHUT_RDWR)


class _Connection(_Limited, HTTPConnection):
    pass


class _SecureConnection(_Limited, HTTPSConnection):
    pass


class _PublicSecureConnection(_Limited, HTTPSConnection):
    public_only = True


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _SecureConnection


class _PublicSecurePool(HTTPSConnectionPool):
    ConnectionCls = _PublicSecureConnection


class BoundedAdapter(HTTPAdapter):
    """Reads at most `MOST_BYTES` of an answer, and not for longer than `WHOLE_SECONDS`."""

    def __init__(self, *, production: bool) -> None:
        self.production = production
        super().__init__(max_retries=0)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Puts our connections into the library's pools."""
        super().init_poolmanager(*args, **kwargs)
        secure = _PublicSecurePool if self.production else _SecurePool
        self.poolmanager.pool_classes_by_scheme = {"http": _Pool, "https": secure}

    def send(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        """Sends one request and reads its bounded answer."""
        until = time.monotonic() + WHOLE_SECONDS
        kwargs.update(stream=True, timeout=(CONNECT_SECONDS, READ_SECONDS), proxies={})
        response = super().send(request, *args, **kwargs)
        parts, size = [], 0
        try:
            for part in response.iter_content(16 * 1024):
                size += len(part)
                if size > MOST_BYTES or time.monotonic() > until:
                    raise TooMuchError("the answer is too large or too slow")
                parts.append(part)
        finally:
            response.close()
        response._content = b"".join(parts)
        return response


def bound(session: requests.Session, *, production: bool) -> requests.Session:
    """Makes the session one that asks providers: no proxy or password out of the environment, no way on."""
    session.trust_env = False
    session.max_redirects = 0
    session.adapters.clear()
    session.mount("https://", BoundedAdapter(production=production))
    if not production:
        session.mount("http://", BoundedAdapter(production=False))
    return session
